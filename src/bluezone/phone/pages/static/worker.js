// Starts the pages even when the phone's program does not answer. Only the look and one page that says so are kept:
// pages with what the phone stores are never written anywhere else.

const KEPT = "bluezone-look";
const OFFLINE = new URL("offline", self.registration.scope).href;

async function keep() {
  const kept = await caches.open(KEPT);
  const page = await fetch(OFFLINE, { cache: "no-store" });
  const text = await page.clone().text();
  await kept.put(OFFLINE, page);
  const looks = [...text.matchAll(/(?:href|src)="([^"]*\/static\/[^"]+)"/g)].map((match) => match[1]);
  await kept.addAll([...new Set(looks)]);
}

self.addEventListener("install", (event) => event.waitUntil(keep().then(() => self.skipWaiting())));

self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const request = event.request;
  if (request.method !== "GET") return;
  if (request.mode === "navigate") {
    event.respondWith(fetch(request).catch(() => caches.match(OFFLINE)));
  } else if (request.url.includes("/static/")) {
    event.respondWith(caches.match(request).then((found) => found ?? keepStatic(request)));
  }
});

// Fonts are named in style sheets, so they are kept when they first come by.
async function keepStatic(request) {
  const answer = await fetch(request);
  if (answer.ok) (await caches.open(KEPT)).put(request, answer.clone());
  return answer;
}
