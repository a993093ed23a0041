// Makes pages that already work a little better: parts stay fresh, short tasks open as sheets, the app can be installed.

const FRESH_EVERY = 2000; // milliseconds, while somebody looks

const announcer = document.getElementById("announcer");

export function announce(sentence) {
  if (announcer && announcer.textContent !== sentence) announcer.textContent = sentence;
}

// <div data-live="ADDRESS">: its content is asked for again and replaced when it has changed.
async function refresh(part) {
  const headers = part.dataset.etag ? { "If-None-Match": part.dataset.etag } : {};
  const answer = await fetch(part.dataset.live, { headers, cache: "no-store" });
  const text = await answer.text(); // also when nothing changed: an answer left unread counts as broken off
  if (answer.status !== 200) return;
  const before = part.querySelector("[data-announce]")?.textContent.trim();
  const focused = part.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
  part.dataset.etag = answer.headers.get("ETag") ?? "";
  part.innerHTML = text;
  if (focused !== null) part.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus();
  const after = part.querySelector("[data-announce]")?.textContent.trim();
  if (after && before !== undefined && after !== before) announce(after);
  part.dispatchEvent(new CustomEvent("fresh", { bubbles: true }));
}

let refreshing = false;

export async function refreshAll() {
  if (refreshing || document.hidden) return;
  refreshing = true;
  try {
    for (const part of document.querySelectorAll("[data-live]")) await refresh(part);
    document.body.classList.remove("stale");
  } catch {
    document.body.classList.add("stale"); // the phone does not answer; the page says so
  } finally {
    refreshing = false;
  }
}

if (document.querySelector("[data-live]")) {
  setInterval(refreshAll, FRESH_EVERY);
  document.addEventListener("visibilitychange", refreshAll);
}

// <a data-sheet href="ADDRESS">: the page's <main> opens as a sheet over this one; without script it is a page.
let sheet = null;

function closeSheet() {
  sheet?.close();
}

async function openSheet(link) {
  const answer = await fetch(link.href, { cache: "no-store" });
  if (!answer.ok) throw new Error(String(answer.status));
  const main = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("main");
  sheet = document.createElement("dialog");
  sheet.className = "sheet";
  sheet.append(...main.childNodes);
  const heading = sheet.querySelector("h1");
  if (heading) {
    heading.id = "sheet-heading";
    sheet.setAttribute("aria-labelledby", heading.id);
  }
  for (const back of sheet.querySelectorAll("[data-close]")) {
    back.addEventListener("click", (event) => {
      event.preventDefault();
      closeSheet();
    });
  }
  sheet.addEventListener("click", (event) => {
    if (event.target === sheet) closeSheet();
  });
  sheet.addEventListener("close", () => {
    sheet.remove();
    sheet = null;
    link.focus();
  });
  document.body.append(sheet);
  sheet.showModal();
}

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[data-sheet]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || !window.HTMLDialogElement) return;
  event.preventDefault();
  openSheet(link).catch(() => location.assign(link.href));
});

// A button is pressed once.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  form.setAttribute("aria-busy", "true");
});
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
    form.removeAttribute("aria-busy");
  }
});

if ("serviceWorker" in navigator && window.top === window) {
  navigator.serviceWorker.register(document.body.dataset.worker).catch(() => {});
}
