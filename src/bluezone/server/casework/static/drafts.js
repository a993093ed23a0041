// Keeps what is typed on the server at every pause. When the session has ended the page says so, keeps everything,
// and sends the form in the next session after signing in again in another tab.

const PAUSE = 1200;
const LOOK_AGAIN = 5000;

export function keepDrafts() {
  for (const form of document.querySelectorAll("form[data-draft]")) keep(form);
}

function keep(form) {
  const address = `/console/drafts/${form.dataset.draft}`;
  const state = form.querySelector(".draft-state");
  const token = () => form.elements.form_token;
  let waiting = 0;
  let ended = false;
  let kept = "";

  const say = (word, more = "") => {
    state.textContent = `${state.dataset[word]}${more}`;
    state.hidden = false;
    state.classList.toggle("draft-ended", word === "ended" || word === "offline");
  };
  const typed = () => {
    const fields = new URLSearchParams();
    for (const [name, value] of new FormData(form)) if (!["form_token", "draft"].includes(name)) fields.set(name, value);
    return fields;
  };
  // True when the server kept it, false when the session has ended, null when nothing answered.
  const save = async () => {
    const fields = typed();
    if (fields.toString() === kept) return true;
    try {
      const answer = await fetch(address, {
        method: "POST",
        body: fields,
        headers: { Accept: "application/json", "X-Form-Token": token().value },
        redirect: "manual",
      });
      if (answer.ok) {
        kept = fields.toString();
        const { savedAt } = await answer.json();
        say("kept", ` ${new Date(savedAt * 1000).toLocaleTimeString("vi", { hour: "2-digit", minute: "2-digit", timeZone: "Asia/Ho_Chi_Minh" })}`);
        return true;
      }
      return answer.type === "opaqueredirect" || answer.status === 403 ? renew() : true;
    } catch {
      say("offline");
      return null;
    }
  };
  // Another session may have begun in another tab: its token sends this form.
  const renew = async () => {
    const answer = await fetch(address, { headers: { Accept: "application/json" }, redirect: "manual" });
    if (!answer.ok) {
      ended = true;
      say("ended");
      return false;
    }
    const { formToken } = await answer.json();
    for (const field of document.querySelectorAll("input[name=form_token]")) field.value = formToken;
    if (ended) say("back");
    ended = false;
    return true;
  };

  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(save, PAUSE);
  });
  let sending = false;
  form.addEventListener("submit", async (event) => {
    if (sending) return;
    event.preventDefault();
    clearTimeout(waiting);
    kept = "";
    if (await save()) {
      sending = true;
      form.requestSubmit(event.submitter);
    } else {
      state.scrollIntoView({ block: "center" });
    }
  });
  setInterval(() => { if (ended) renew().catch(() => {}); }, LOOK_AGAIN);
  window.addEventListener("focus", () => { if (ended) renew().catch(() => {}); });
}
