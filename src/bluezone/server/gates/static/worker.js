// Keeps the gate's page, its look and its scripts on the device, so that a gate works without a network.

const KEPT = "bluezone-gate";
const PAGE = "/gate";

async function keep(answer) {
  const text = await answer.clone().text();
  const kept = await caches.open(KEPT);
  const before = await (await kept.match(PAGE))?.text();
  if (text === before) return;
  const parts = new Set([...text.matchAll(/(?:href|src)="(\/static\/[^"]+)"/g)].map((match) => match[1]));
  for (const part of parts) {
    if (await kept.match(part)) continue;
    await kept.add(part);
    if (!part.endsWith(".css")) continue;
    const sheet = await (await kept.match(part)).text();
    const fonts = [...sheet.matchAll(/url\("([^"]+)"\)/g)].map((match) => new URL(match[1], new URL(part, location.href)));
    await kept.addAll(fonts.map(String));
  }
  // Last, so that a page is never kept without its parts.
  await kept.put(PAGE, answer);
}

self.addEventListener("install", (event) => {
  event.waitUntil(fetch(PAGE, { cache: "no-store" }).then(keep).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const request = event.request;
  if (request.method !== "GET") return;
  if (request.mode === "navigate") {
    event.respondWith(
      fetch(request)
        .then((answer) => {
          if (answer.ok) event.waitUntil(keep(answer.clone()).catch(() => {}));
          return answer;
        })
        .catch(() => caches.match(PAGE)),
    );
  } else if (new URL(request.url).pathname.startsWith("/static/")) {
    event.respondWith(caches.match(request).then((found) => found ?? fetch(request)));
  }
});
