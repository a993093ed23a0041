// How long a code can still be read aloud, by the server's clock.

for (const line of document.querySelectorAll("[data-until]")) {
  const left = line.querySelector(".code-left");
  const ends = performance.now() + (Number(line.dataset.until) - Number(line.dataset.now)) * 1000;
  const tell = () => {
    const seconds = Math.max(0, Math.ceil((ends - performance.now()) / 1000));
    const time = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    left.textContent = seconds ? line.dataset.left.replace("[time]", time) : line.dataset.over;
    left.hidden = false;
    line.parentElement.classList.toggle("code-over", !seconds);
    if (!seconds) clearInterval(ticking);
  };
  const ticking = setInterval(tell, 1000);
  tell();
}
