// Typing in a paper sheet: a line, Enter, the next line; what was typed runs below, each with its undo.

import { post, show } from "./post.js";

const form = document.getElementById("line-form");
const line = document.getElementById("line");
const state = document.getElementById("line-state");
const typed = document.getElementById("typed-lines");
const rows = [...document.querySelectorAll(".sheet-rows tbody tr")];
const undoForm = document.getElementById("undo-form");
let over = { text: "", version: "" };
let busy = false;

function missing() {
  const title = document.getElementById("missing-title");
  const count = rows.filter((row) => row.hasAttribute("data-missing")).length;
  title.textContent = count ? title.dataset.said.replace("{count}", count) : title.dataset.none;
}

function tell(sentence, level) {
  state.textContent = sentence;
  state.className = level ? "field-error" : "";
  line.toggleAttribute("aria-invalid", false);
  if (level) {
    line.setAttribute("aria-invalid", "true");
  }
}

function set(person, entry) {
  const row = rows.find((one) => one.dataset.person === person);
  row?.toggleAttribute("data-missing", !entry);
  if (row) {
    show(row.querySelector(".answer"), entry);
  }
  missing();
}

function note(entry) {
  document.getElementById("typed").hidden = false;
  const item = document.createElement("li");
  item.className = "list-row";
  const what = document.createElement("span");
  const code = document.createElement("strong");
  code.textContent = `${entry.code} ${entry.name}: `;
  const answer = document.createElement("span");
  show(answer, entry);
  what.append(code, answer);
  const undo = document.createElement("button");
  undo.className = "button";
  undo.type = "button";
  undo.textContent = state.dataset.undo;
  undo.addEventListener("click", async () => {
    const { kind, answer: said } = await post(undoForm.action, {
      person: entry.person,
      day: undoForm.elements.day.value,
      version: entry.version,
    });
    if (kind === "kept") {
      set(entry.person, said.entry);
      undo.remove();
      what.append(` (${state.dataset.undone})`);
      item.dataset.undone = "";
    } else {
      tell(said?.error ?? state.dataset[kind], "f1");
    }
    line.focus();
  });
  item.append(what, undo);
  typed.prepend(item);
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const text = line.value.trim();
  if (busy || !text) {
    return;
  }
  busy = true;
  const { kind, answer } = await post(form.action, {
    line: text,
    ...(over.text === text ? { version: over.version } : {}),
  });
  busy = false;
  over = { text: "", version: "" };
  if (kind === "kept") {
    tell("", "");
    form.querySelector("input[name=version]")?.remove();
    set(answer.person, answer);
    note(answer);
    line.value = "";
  } else if (kind === "changed" && answer.entry) {
    const known = answer.entry;
    over = { text, version: known.version };
    tell(
      state.dataset.known
        .replace("{name}", known.name)
        .replace("{title}", known.title)
        .replace("{author}", known.author)
        .replace("{clock}", known.clock),
      "f2",
    );
  } else {
    tell(answer?.error ?? state.dataset[kind], "f1");
    line.select();
  }
  line.focus();
});
