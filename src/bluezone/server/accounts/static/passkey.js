// Passkeys: asks the browser for one and sends on what it signs. The pages around work without this file.

const box = document.querySelector("[data-passkey]");

const toBytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
const toText = (bytes) =>
  btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

function readable(options) {
  options.challenge = toBytes(options.challenge);
  if (options.user) options.user.id = toBytes(options.user.id);
  for (const list of [options.allowCredentials, options.excludeCredentials]) {
    for (const one of list ?? []) one.id = toBytes(one.id);
  }
  return options;
}

function sendable(credential) {
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[name]) response[name] = toText(credential.response[name]);
  }
  return JSON.stringify({ id: credential.id, rawId: toText(credential.rawId), type: credential.type, response });
}

async function post(path, body, token) {
  const headers = { Accept: "application/json", "Content-Type": "application/json" };
  if (token) headers["X-Form-Token"] = token;
  const answer = await fetch(path, { method: "POST", body, headers, redirect: "error" });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
}

async function signIn() {
  const publicKey = readable(await post("/console/passkey/options", "{}"));
  const credential = await navigator.credentials.get({ publicKey });
  const query = new URLSearchParams({ to: box.dataset.to });
  location.assign((await post(`/console/passkey?${query}`, sendable(credential))).to);
}

async function add() {
  const publicKey = readable(await post("/console/account/passkey/options", "{}", box.elements.form_token.value));
  box.elements.credential.value = sendable(await navigator.credentials.create({ publicKey }));
  box.submit();
}

function run(action) {
  const failed = box.querySelector("[role=alert]");
  failed.hidden = true;
  action().catch(() => {
    failed.textContent = box.dataset.failed;
    failed.hidden = false;
  });
}

if (box && window.PublicKeyCredential) {
  box.hidden = false;
  if (box.dataset.passkey === "add") {
    box.addEventListener("submit", (event) => {
      event.preventDefault();
      run(add);
    });
  } else {
    box.querySelector("button").addEventListener("click", () => run(signIn));
  }
}
