/* The board: asks the town four times a second what is so, draws it, and tells it what the reader does. */

const root = document.body.dataset.root;
const language = document.documentElement.lang;
const plan = document.getElementById("plan");
const links = document.getElementById("links");
const pucks = new Map([...plan.querySelectorAll("[data-puck]")].map((puck) => [puck.dataset.puck, puck]));
const held = new Map(); // who is being dragged -> where
const POLL = 250;
const MOVE = 80;

const svg = (name, attributes) => {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
};
const say = (element, text) => { if (element.textContent !== text) element.textContent = text; };
const shield = (level) => document.querySelector(`#shields template[data-level="${level}"]`).content.cloneNode(true);

async function call(path, body) {
  const answer = await fetch(`${root}/${path}`, {
    method: body === undefined ? "GET" : "POST",
    headers: body === undefined ? {} : { "Content-Type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(answer.status);
  return answer.status === 204 ? null : answer.json();
}

function complain() {
  const toast = document.getElementById("toast");
  toast.textContent = document.body.dataset.failed;
  toast.hidden = false;
}

const act = (path, body) => call(path, body).then(refresh, complain);

/* What the town says. */

let asking = null;
function refresh() {
  asking ??= call(`state?lang=${language}`)
    .then((now) => { draw(now); document.getElementById("toast").hidden = true; }, complain)
    .finally(() => { asking = null; });
  return asking;
}

function draw(now) {
  say(document.getElementById("day"), now.day);
  say(document.getElementById("hour"), now.hour);
  for (const button of document.querySelectorAll("[data-rate]")) {
    button.setAttribute("aria-pressed", String(!now.skipping && Number(button.dataset.rate) === now.rate));
  }
  document.getElementById("skip").setAttribute("aria-busy", String(now.skipping));
  for (const [key, phone] of Object.entries(now.phones)) drawPhone(key, phone);
  drawLinks(now.links);
  document.querySelectorAll("#steps > li").forEach((step, at) => {
    step.dataset.done = String(now.steps[at].done);
    say(step.querySelector("small"), now.steps[at].says);
  });
  drawCases(now.cases);
  for (const table of now.tables) {
    const button = document.querySelector(`[data-table="${table.name}"]`);
    if (!button) continue;
    say(button.querySelector("b"), String(table.count));
    button.parentElement.hidden = !table.shown;
  }
  say(document.getElementById("empty"), now.empty);
  say(document.getElementById("server"), now.server);
  const digits = document.getElementById("digits");
  if (digits) {
    say(digits, now.digits);
    say(document.getElementById("digits-left"), now.digits_left);
    const desk = document.getElementById("desk-says");
    desk.hidden = !now.desk;
    say(desk, now.desk);
  }
}

function drawPhone(key, phone) {
  const puck = pucks.get(key);
  if (!held.has(key)) place(key, phone.x, phone.y);
  if (puck.getAttribute("aria-label") !== phone.spoken) puck.setAttribute("aria-label", phone.spoken);
  const tab = document.querySelector(`[data-open="${key}"]`);
  const frame = document.getElementById(`phone-${key}`);
  for (const owner of [puck, tab, frame]) {
    const sign = owner.querySelector(".sign");
    if (owner.dataset.level === phone.level && sign.firstElementChild) continue;
    owner.dataset.level = phone.level;
    sign.replaceChildren(shield(phone.level));
    if (owner === puck) for (const size of ["width", "height"]) sign.firstElementChild.setAttribute(size, "64");
  }
  say(frame.querySelector(".level"), phone.says);
}

function place(key, x, y) {
  const puck = pucks.get(key);
  puck.setAttribute("transform", `translate(${x * 100} ${y * 100})`);
  Object.assign(puck, { metres: { x, y } });
}

let told = [];
function drawLinks(now = told) {
  told = now;
  const drawn = told.flatMap((link) => {
    const from = pucks.get(link.one).metres;
    const to = pucks.get(link.other).metres;
    const line = svg("line", {
      class: "link", "stroke-width": link.width, "data-near": link.near, "data-heard": link.heard,
      x1: from.x * 100, y1: from.y * 100, x2: to.x * 100, y2: to.y * 100,
    });
    if (!link.label) return [line];
    // Above the two, or below where the plan ends; clear of the names under the pucks.
    const above = Math.min(from.y, to.y) * 100 - 96;
    const label = svg("text", {
      class: "link-label", x: Math.max((from.x + to.x) * 50, 220), y: above > 120 ? above : Math.max(from.y, to.y) * 100 + 165,
    });
    label.textContent = link.label;
    return [line, label];
  });
  links.replaceChildren(...drawn);
}

function drawCases(cases) {
  const list = document.getElementById("cases");
  for (const told of [...cases].reverse()) {
    let item = document.getElementById(`case-${told.id}`);
    if (!item) {
      item = document.getElementById("case").content.firstElementChild.cloneNode(true);
      item.id = `case-${told.id}`;
      item.querySelector(".copy").addEventListener("click", copy);
      item.querySelector(".open").addEventListener("click", () => show(told.owner, "code"));
      list.prepend(item);
    }
    item.dataset.open = String(told.open);
    say(item.querySelector(".who"), told.title);
    say(item.querySelector(".code"), told.code);
    say(item.querySelector(".says"), told.says);
    for (const part of [".code", ".acts"]) item.querySelector(part).hidden = !told.code;
  }
}

async function copy(event) {
  const button = event.currentTarget;
  const code = button.closest("li").querySelector(".code").textContent;
  await navigator.clipboard.writeText(code);
  const words = button.querySelector("span");
  const before = words.textContent;
  words.textContent = document.body.dataset.copied;
  setTimeout(() => { words.textContent = before; }, 1500);
}

/* Phones come into view; with a page, on that page. */

function show(key, page) {
  const frame = document.getElementById(`phone-${key}`);
  for (const other of document.querySelectorAll(".phone")) other.toggleAttribute("data-shown", other === frame);
  for (const tab of document.querySelectorAll("[data-open]")) tab.setAttribute("aria-current", String(tab.dataset.open === key));
  const strip = document.getElementById("strip");
  strip.scrollTo({ left: frame.offsetLeft - strip.offsetLeft, behavior: "smooth" });
  const inside = frame.querySelector("iframe");
  if (page) inside.src = new URL(page, inside.dataset.home ??= inside.src);
  if (window.matchMedia("(max-width: 40rem)").matches) frame.scrollIntoView({ behavior: "smooth" });
}

for (const tab of document.querySelectorAll("[data-open]")) tab.addEventListener("click", () => show(tab.dataset.open));

/* Pucks are dragged with mouse, finger or arrow keys; the town is told at once, and says where they end up. */

function spotOf(event) {
  const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(plan.getScreenCTM().inverse());
  const { width, height } = plan.viewBox.baseVal;
  return { x: Math.min(Math.max(at.x, 0), width) / 100, y: Math.min(Math.max(at.y, 0), height) / 100 };
}

async function move(key, spot) {
  const settled = await call("move", { phone: key, x: spot.x, y: spot.y }).catch(complain);
  if (settled && !held.has(key)) place(key, settled.x, settled.y);
}

for (const [key, puck] of pucks) {
  let sent = 0;
  let moved = false;
  // `touch-action` does not reach the parts of a drawing; without this the page would scroll away under the finger.
  puck.addEventListener("touchstart", (event) => event.preventDefault(), { passive: false });
  puck.addEventListener("pointerdown", (event) => {
    puck.setPointerCapture(event.pointerId);
    puck.dataset.held = "";
    moved = false;
    held.set(key, puck.metres);
    puck.focus({ preventScroll: true });
  });
  puck.addEventListener("pointermove", (event) => {
    if (!held.has(key)) return;
    const spot = spotOf(event);
    moved = true;
    held.set(key, spot);
    place(key, spot.x, spot.y);
    drawLinks();
    if (event.timeStamp - sent > MOVE) {
      sent = event.timeStamp;
      move(key, spot).then(refresh);
    }
  });
  const drop = async () => {
    if (!held.has(key)) return;
    const spot = held.get(key);
    held.delete(key);
    delete puck.dataset.held;
    if (!moved) { show(key); return; }
    await move(key, spot);
    await refresh();
    speak(key);
  };
  puck.addEventListener("pointerup", drop);
  puck.addEventListener("pointercancel", drop);
  puck.addEventListener("keydown", async (event) => {
    const step = event.shiftKey ? 2 : 0.5;
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (event.key === "Enter" || event.key === " ") { event.preventDefault(); show(key); return; }
    if (!way) return;
    event.preventDefault();
    await move(key, { x: puck.metres.x + way[0] * step, y: puck.metres.y + way[1] * step });
    await refresh();
    speak(key);
  });
}

const speak = (key) => say(document.getElementById("spoken"), pucks.get(key).getAttribute("aria-label"));

/* The clock, the desk, the server's rows. */

for (const button of document.querySelectorAll("[data-rate]")) {
  button.addEventListener("click", () => act("speed", { rate: Number(button.dataset.rate) }));
}
document.getElementById("skip").addEventListener("click", () => act("skip", {}));

for (const form of document.querySelectorAll("form.confirm")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    act("code", { phone: form.elements.phone.value, kind: form.dataset.kind });
  });
}

for (const button of document.querySelectorAll("[data-table]")) {
  button.addEventListener("click", async () => {
    const table = await call(`rows/${button.dataset.table}?lang=${language}`).catch(complain);
    if (!table) return;
    const dialog = document.getElementById("rows");
    dialog.querySelector("h2").textContent = `${table.title} · ${table.name} (${table.count})`;
    document.getElementById("rows-why").textContent = `${table.purpose} · ${table.destroyed}`;
    const cells = (kind, values) => values.map((value) => {
      const cell = document.createElement(kind);
      cell.textContent = cell.title = value;
      return cell;
    });
    dialog.querySelector("thead tr").replaceChildren(...cells("th", table.columns));
    dialog.querySelector("tbody").replaceChildren(...table.rows.map((row) => {
      const line = document.createElement("tr");
      line.append(...cells("td", row));
      return line;
    }));
    dialog.showModal();
  });
}

await refresh();
setInterval(() => { if (!document.hidden) refresh(); }, POLL);
