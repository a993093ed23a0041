// What scripts make nicer here: progress without loading the page again, and a button that says that it works.

for (const button of document.querySelectorAll("button[data-busy]")) {
  button.form.addEventListener("submit", () => {
    button.setAttribute("aria-busy", "true");
    button.lastChild.textContent = button.dataset.busy;
  });
}

const shown = document.querySelector("[data-progress]");
if (shown) {
  const bar = shown.querySelector("progress");
  const done = shown.querySelector("[data-done]");
  const numbers = new Intl.NumberFormat(document.documentElement.lang);
  const look = async () => {
    try {
      const answer = await fetch(shown.dataset.progress, { headers: { Accept: "application/json" } });
      if (!answer.ok) throw new Error(answer.status);
      const told = await answer.json();
      bar.value = told.done;
      done.textContent = numbers.format(told.done);
      if (told.state !== "running") {
        location.reload();
        return;
      }
    } catch {
      // The server starts anew, perhaps: ask again.
    }
    setTimeout(look, 700);
  };
  setTimeout(look, 300);
}
