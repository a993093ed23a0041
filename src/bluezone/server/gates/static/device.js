// A gate: a new code every 30 seconds, what the phone has to show, four counts that are sent when there is a network.

import { SLOT_SECONDS, base64url, challengeLink, fromBase64url, glance, newNonce, signCounts, slotAt } from "./challenge.js";
import { change, forgetAll } from "./kept.js";

const KINDS = ["running", "helped", "without", "preferredNot"];
const SYNC_SECONDS = 300;
const RETRY_SECONDS = 20;
const UNDO_SECONDS = 10;
const CLOCK_SECONDS = 30;
const { encodeQR } = await import(document.body.dataset.qr);

const find = (selector) => document.querySelector(selector);
const words = find("[data-words]").dataset;
const pictures = [...find("[data-pictures]").children];
const colours = [...find("[data-colours]").children].map((one) => one.textContent);

let identity;
let offset = 0;
let drawn = { slot: -1 };
let lastTap;
let undoTimer;
let syncing = false;
let isWanted = false; // by whoever asked while a batch was on its way
let syncTimer;

const now = () => Date.now() / 1000 + offset;
const today = (seconds) => new Date((seconds + 7 * 3600) * 1000).toISOString().slice(0, 10);

function view(name) {
  document.body.dataset.view = name;
  for (const part of document.querySelectorAll("[data-for]")) part.hidden = part.dataset.for !== name;
}

// Becoming a gate: the key is made here and never leaves; the server certifies its public half once.
async function enrol(token) {
  view("waiting");
  const keys = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign"]);
  const publicKey = base64url(new Uint8Array(await crypto.subtle.exportKey("raw", keys.publicKey)));
  let answer;
  try {
    answer = await fetch("/v1/gates/enrol", { method: "POST", body: JSON.stringify({ token, publicKey }) });
  } catch {
    view("offline");
    return;
  }
  if (!answer.ok) {
    view(answer.status >= 500 ? "offline" : "spent");
    return;
  }
  const given = await answer.json();
  await forgetAll();
  await change(["identity", "tried", "offset"], (kept) => {
    kept.identity = { gate: given.gate, label: given.label, certificate: given.certificate, validUntil: given.validUntil, key: keys.privateKey };
    kept.tried = "no";
    kept.offset = given.now - Date.now() / 1000;
  });
  history.replaceState(null, "", "/gate");
  navigator.storage?.persist?.();
  await begin();
}

async function begin() {
  const kept = await change(["identity", "offset", "tried"], (values) => ({ ...values }));
  identity = kept.identity;
  offset = Math.abs(kept.offset ?? 0) > CLOCK_SECONDS ? kept.offset : 0;
  if (identity === undefined) {
    view("unknown");
    return;
  }
  for (const place of document.querySelectorAll("[data-label]")) place.textContent = identity.label;
  find("[data-try]").hidden = kept.tried !== "no";
  await showCounts();
  await tick();
  view("gate");
  setInterval(tick, 250);
  keepAwake();
  sync();
}

async function tick() {
  if (identity === undefined) return;
  const slot = slotAt(now());
  find("[data-left]").value = SLOT_SECONDS - (now() % SLOT_SECONDS);
  if (slot === drawn.slot) return;
  const before = drawn;
  drawn = { slot, nonce: newNonce() };
  const seen = await glance(drawn.nonce, slot);
  drawn.glance = seen;
  const over = identity.validUntil < new Date(now() * 1000).toISOString().slice(0, 10);
  find("[data-over]").hidden = !over;
  find("[data-code]").hidden = over;
  if (!over) draw(await challengeLink(fromBase64url(identity.certificate), identity.key, location.host, slot, drawn.nonce));
  find("[data-digits]").textContent = seen.digits;
  find("[data-picture]").replaceChildren(pictures[seen.picture].firstElementChild.cloneNode(true));
  find("[data-picture-name]").textContent = pictures[seen.picture].dataset.name;
  find("[data-colour-name]").textContent = colours[seen.colour];
  find("[data-glance]").dataset.gateColour = String(seen.colour);
  const isNext = before.slot === slot - 1 && before.glance !== undefined;
  find("[data-before]").hidden = !isNext;
  if (isNext) {
    find("[data-before-digits]").textContent = before.glance.digits;
    find("[data-before-picture]").textContent = pictures[before.glance.picture].dataset.name;
  }
}

function draw(link) {
  const rows = encodeQR(link, "raw", { ecc: "medium", border: 4 });
  const path = rows.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : ""))).join("");
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", `0 0 ${rows.length} ${rows.length}`);
  svg.setAttribute("shape-rendering", "crispEdges");
  const shape = document.createElementNS("http://www.w3.org/2000/svg", "path");
  shape.setAttribute("d", path);
  shape.setAttribute("fill", "currentColor");
  svg.append(shape);
  const place = find("[data-code]");
  place.replaceChildren(svg);
  place.dataset.link = link;
}

async function count(kind) {
  const hour = Math.floor(now() / 3600) * 3600;
  const counted = await change(["hours", "today", "tried"], (kept) => {
    if (kept.tried === "no") {
      kept.tried = "to tell";
      return false;
    }
    kept.hours ??= {};
    kept.hours[hour] ??= Object.fromEntries(KINDS.map((one) => [one, 0]));
    kept.hours[hour][kind] += 1;
    const day = today(now());
    if (kept.today?.day !== day) kept.today = { day, ...Object.fromEntries(KINDS.map((one) => [one, 0])) };
    kept.today[kind] += 1;
    lastTap = { kind, hour };
    return true;
  });
  navigator.vibrate?.(30);
  if (!counted) {
    find("[data-try]").hidden = true;
    say(words.tried);
    sync();
    return;
  }
  find("[data-undo]").hidden = false;
  clearTimeout(undoTimer);
  undoTimer = setTimeout(forgetTap, UNDO_SECONDS * 1000);
  await showCounts();
}

function forgetTap() {
  lastTap = undefined;
  find("[data-undo]").hidden = true;
}

async function undo() {
  const tap = lastTap;
  if (tap === undefined) return;
  find("[data-undo]").hidden = true;
  await change(["hours", "today"], (kept) => {
    // Within the transaction: as long as it is the last tap, no batch takes it along.
    if (lastTap === tap) lastTap = undefined;
    if (!kept.hours?.[tap.hour]?.[tap.kind]) return;
    kept.hours[tap.hour][tap.kind] -= 1;
    if (kept.today?.[tap.kind]) kept.today[tap.kind] -= 1;
  });
  await showCounts();
}

async function showCounts() {
  const kept = await change(["today"], (values) => values.today);
  const counts = kept?.day === today(now()) ? kept : undefined;
  find("[data-helped]").textContent = String(counts?.helped ?? 0);
  find("[data-all]").textContent = String(counts === undefined ? 0 : KINDS.reduce((sum, kind) => sum + counts[kind], 0));
}

// A batch has a number; sent again it is the same bytes, and the server counts it once.
async function sync() {
  isWanted = true;
  if (syncing || identity === undefined) return;
  syncing = true;
  isWanted = false;
  clearTimeout(syncTimer);
  let wait = RETRY_SECONDS;
  try {
    const pending = await change(["hours", "pending", "sequence", "tried"], (kept) => {
      if (kept.pending === undefined) {
        kept.sequence = (kept.sequence ?? 0) + 1;
        // The tap that may still be taken back stays here until its time is over.
        const held = kept.hours?.[lastTap?.hour]?.[lastTap?.kind] ? lastTap : undefined;
        if (held) kept.hours[held.hour][held.kind] -= 1;
        const hours = Object.entries(kept.hours ?? {}).map(([hour, counts]) => ({ hour: Number(hour), ...counts }));
        kept.pending = JSON.stringify({ gate: identity.gate, sequence: kept.sequence, hours, tried: kept.tried === "to tell" });
        kept.hours = held ? { [held.hour]: { ...Object.fromEntries(KINDS.map((one) => [one, 0])), [held.kind]: 1 } } : {};
        if (kept.tried === "to tell") kept.tried = "told";
      }
      return kept.pending;
    });
    const headers = { "X-Gate-Signature": await signCounts(identity.key, pending) };
    const answer = await fetch("/v1/gates/counts", { method: "POST", body: pending, headers });
    // Only our own server's word for it: a proxy that refuses must not wipe a gate.
    if (answer.status === 403 && (await answer.json()).errorCode === "gate_untrusted") {
      identity = undefined;
      await forgetAll();
      view("refused");
      return;
    }
    if (!answer.ok) throw new Error(String(answer.status));
    const renewed = await answer.json();
    const left = await change(["identity", "pending", "offset", "hours"], (kept) => {
      kept.pending = undefined;
      Object.assign(kept.identity, { certificate: renewed.certificate, validUntil: renewed.validUntil });
      kept.offset = renewed.now - Date.now() / 1000;
      return { identity: kept.identity, offset: kept.offset, more: Object.keys(kept.hours ?? {}).length > 0 && lastTap === undefined };
    });
    identity = left.identity;
    const isOff = Math.abs(left.offset) > CLOCK_SECONDS;
    offset = isOff ? left.offset : 0;
    wait = left.more || isWanted ? 0 : SYNC_SECONDS;
    if (!left.more) say(isOff ? words.clock : words.sent);
  } catch {
    say(words.waiting);
  } finally {
    syncing = false;
    // Not all gates at the same moment, when a server comes back.
    if (identity !== undefined) syncTimer = setTimeout(sync, wait * 1000 * (0.5 + Math.random()));
  }
}

function say(sentence) {
  find("[data-state]").textContent = sentence;
}

async function keepAwake() {
  try {
    if (document.visibilityState === "visible") await navigator.wakeLock?.request("screen");
  } catch {
    // The device saves its battery; whoever stands there wakes it.
  }
}

for (const button of document.querySelectorAll("[data-kind]")) button.addEventListener("click", () => count(button.dataset.kind));
find("[data-undo]").addEventListener("click", undo);
find("[data-again]").addEventListener("click", () => enrol(location.hash.slice(1)));
find("[data-full]").addEventListener("click", () => document.documentElement.requestFullscreen?.());
find("[data-rush]").addEventListener("click", (event) => {
  const isRush = document.body.toggleAttribute("data-rushing");
  event.currentTarget.setAttribute("aria-pressed", String(isRush));
});
addEventListener("online", sync);
document.addEventListener("visibilitychange", keepAwake);

if ("serviceWorker" in navigator) navigator.serviceWorker.register("/gate/worker.js", { scope: "/gate" });
if (location.hash.length > 1) await enrol(location.hash.slice(1));
else await begin();
