// Starts the pages even when the phone's program does not answer. Only the look and one page that says so are kept:
// pages with what the phone stores are never written anywhere else.

const KEPT = "bluezone-look";
const OFFLINE = new URL("offline", self.registration.scope).href;

async function keep() {
  await caches.delete(KEPT);
  const kept = await caches.open(KEPT);
  const page = await fetch(OFFLINE, { cache: "no-store" });
  const text = await page.clone().text();
  await kept.put(OFFLINE, page);
  const looks = new Set([...text.matchAll(/(?:href|src)="([^"]*\/static\/[^"]+)"/g)].map((match) => match[1]));
  for (const look of looks) {
    await kept.add(look);
    if (!look.endsWith(".css")) continue;
    const sheet = await (await kept.match(look)).text();
    const fonts = [...sheet.matchAll(/url\("([^"]+)"\)/g)].map((match) => new URL(match[1], new URL(look, OFFLINE)));
    await kept.addAll(fonts.map(String));
  }
}

self.addEventListener("install", (event) => event.waitUntil(keep().then(() => self.skipWaiting())));

self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const request = event.request;
  if (request.method !== "GET") return;
  if (request.mode === "navigate") {
    event.respondWith(fetch(request).catch(() => caches.match(OFFLINE)));
  } else if (request.url.includes("/static/")) {
    event.respondWith(caches.match(request).then((found) => found ?? fetch(request)));
  }
});
