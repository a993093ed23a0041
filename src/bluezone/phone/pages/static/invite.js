// Sharing and copying the link, where the device can.

const link = document.getElementById("link");
const share = document.querySelector("[data-share]");
const copy = document.querySelector("[data-copy]");

if (share && navigator.share) {
  share.hidden = false;
  share.addEventListener("click", () => {
    navigator.share({ title: share.dataset.title, text: share.dataset.text, url: link.value }).catch(() => {});
  });
}

if (copy && navigator.clipboard) {
  copy.hidden = false;
  if (!navigator.share) copy.classList.add("button-main");
  copy.addEventListener("click", async () => {
    await navigator.clipboard.writeText(link.value);
    copy.querySelector("span").textContent = copy.dataset.copied;
    copy.setAttribute("aria-live", "polite");
  });
}

link?.addEventListener("focus", () => link.select());
