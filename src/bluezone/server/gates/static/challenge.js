// The gate's challenge and glance, byte for byte as bluezone.protocol.gate has them.

export const SLOT_SECONDS = 30;
const NONCE_BYTES = 8;
const text = new TextEncoder();

export function slotAt(seconds) {
  return Math.floor(seconds / SLOT_SECONDS);
}

export function newNonce() {
  return crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
}

export async function glance(nonce, slot) {
  const message = join(text.encode("bluezone glance 1\0"), four(slot), nonce);
  const digest = new DataView(await crypto.subtle.digest("SHA-256", message));
  const digits = String(digest.getUint32(0) % 10000).padStart(4, "0");
  return { digits, picture: digest.getUint8(4) % 32, colour: digest.getUint8(5) % 8 };
}

// The link that the code holds, signed with the device's own key.
export async function challengeLink(certificate, key, host, slot, nonce) {
  const content = join(new Uint8Array([1]), four(slot), nonce, new Uint8Array([certificate.length]), certificate);
  const signature = await sign(key, join(text.encode(`bluezone challenge 1\0${host}\0`), content));
  const loopback = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/.test(host);
  return `${loopback ? "http" : "https"}://${host}/g#${base64url(join(content, signature))}`;
}

// What the server checks before it believes a batch of counts.
export async function signCounts(key, body) {
  return base64url(await sign(key, text.encode(`bluezone gate counts 1\0${body}`)));
}

export function base64url(bytes) {
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

export function fromBase64url(value) {
  return Uint8Array.from(atob(value.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
}

async function sign(key, message) {
  return new Uint8Array(await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, key, message));
}

function four(number) {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, number);
  return bytes;
}

function join(...parts) {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
