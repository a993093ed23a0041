// The seconds that a pass is still good for; then it says so itself.

const left = document.querySelector("[data-seconds]");
const shown = document.querySelector("[data-pass]");
const over = document.querySelector("[data-over]");
const end = performance.now() + Number(left.dataset.seconds) * 1000;

function tick() {
  const seconds = Math.max(0, Math.ceil((end - performance.now()) / 1000));
  left.textContent = String(seconds);
  if (seconds > 0) {
    setTimeout(tick, 250);
    return;
  }
  shown.hidden = true;
  over.hidden = false;
  over.querySelector("a").focus();
}

tick();
