// The daily list: one key or one tap a result, at once on the screen, sent behind it, sent again until it is kept.

import { post, show } from "./post.js";

const RETRY = 4000;
const list = document.getElementById("list");

if (list) {
  const said = list.dataset;
  const rows = [...list.querySelectorAll("tr[data-person]")];
  const keys = {};
  const titles = {};
  for (const [at, button] of [...(list.querySelector(".entry")?.querySelectorAll(".key") ?? [])].entries()) {
    keys[button.querySelector("kbd").textContent] = button.value;
    keys[String(at + 1)] = button.value;
    titles[button.value] = button.title;
  }
  const waiting = new Map(); // row -> the fields to be sent, the latest only
  const sending = new Set();
  const done = []; // {row, version}: what can be taken back, the latest last
  const trouble = document.getElementById("trouble");
  const toast = document.getElementById("toast");
  let timer = 0;
  let current = null;

  const form = (row) => row.querySelector("form.entry");
  const field = (row, name) => form(row).elements[name];
  const name = (row) => row.querySelector("th a");

  function enter(row, result) {
    if (!form(row)) {
      return;
    }
    const fields = { result, temperature: field(row, "temperature").value };
    waiting.set(row, fields);
    paint(row, { result, title: titles[result], temperature: "", author: "", note: said.sending });
    count();
    send(row);
  }

  async function send(row) {
    if (sending.has(row) || !waiting.has(row)) {
      return;
    }
    const fields = waiting.get(row);
    sending.add(row);
    const { kind, answer } = await post(form(row).action, {
      ...fields,
      person: row.dataset.person,
      day: field(row, "day").value,
      version: field(row, "version").value,
    });
    sending.delete(row);
    if (kind === "offline" || kind === "ended") {
      stall(kind);
      return;
    }
    const latest = waiting.get(row) === fields;
    if (latest) {
      waiting.delete(row);
    }
    settle();
    if (kind === "kept") {
      field(row, "version").value = answer.version;
      row.dataset.kept = JSON.stringify(answer);
      done.push({ row, version: answer.version });
      if (latest) {
        paint(row, answer);
        field(row, "temperature").value = answer.temperature;
        offerUndo(`${name(row).textContent}: ${answer.title}`);
      }
    } else if (latest) {
      if (kind === "changed" && "entry" in answer) {
        field(row, "version").value = answer.entry ? answer.entry.version : 0;
        row.dataset.kept = JSON.stringify(answer.entry);
      }
      paint(row, kept(row));
      refuse(row, answer.error);
    }
    count();
    send(row);
  }

  async function undo() {
    const last = done.at(-1);
    if (!last || sending.size || waiting.size) {
      return;
    }
    const { row, version } = last;
    const { kind, answer } = await post(toast.querySelector("form").action, {
      person: row.dataset.person,
      day: field(row, "day").value,
      version,
    });
    if (kind === "offline" || kind === "ended") {
      stall(kind);
      return;
    }
    settle();
    done.pop();
    if (kind === "kept" || "entry" in answer) {
      field(row, "version").value = answer.entry ? answer.entry.version : 0;
      row.dataset.kept = JSON.stringify(answer.entry ?? null);
      paint(row, answer.entry);
      field(row, "temperature").value = answer.entry ? answer.entry.temperature : "";
    }
    if (kind === "kept") {
      toast.querySelector("span").textContent = `${name(row).textContent}: ${said.undone}`;
      toast.querySelector("form").hidden = !done.length;
    } else {
      refuse(row, answer.error);
    }
    count();
    focus(row);
  }

  /** What the row's answer is as far as the server told; what it began with is read from the page. */
  function kept(row) {
    return JSON.parse(row.dataset.kept ?? "null");
  }

  function paint(row, entry) {
    show(row.querySelector(".answer"), entry);
    row.dataset.result = entry ? entry.result : "";
    row.toggleAttribute("data-alert", Boolean(entry?.alert));
    row.querySelector(".refusal")?.remove();
    for (const button of row.querySelectorAll(".key")) {
      button.setAttribute("aria-pressed", String(button.value === entry?.result));
    }
    callNow(row, entry);
  }

  function refuse(row, sentence) {
    const line = document.createElement("span");
    line.className = "refusal";
    line.setAttribute("role", "alert");
    line.textContent = sentence;
    row.querySelector(".result").append(line);
  }

  function callNow(row, entry) {
    const alerts = document.getElementById("alerts");
    alerts.querySelector(`[data-person="${row.dataset.person}"]`)?.remove();
    if (!entry?.alert) {
      return;
    }
    const line = document.createElement("p");
    line.className = "note call-now";
    line.dataset.level = "f0";
    line.dataset.person = row.dataset.person;
    const what = document.createElement("span");
    what.className = "grow";
    const strong = document.createElement("strong");
    strong.textContent = said.call;
    what.append(strong, ` ${name(row).textContent}`);
    const phone = row.querySelector(".phone a");
    if (phone) {
      const link = document.createElement("a");
      link.href = phone.href;
      link.textContent = phone.textContent;
      what.append(", ", link);
    }
    if (entry.temperature) {
      what.append(` · ${entry.temperature} °C`);
    }
    const mark = document.createElement("a");
    mark.className = "button";
    mark.href = `/console/persons/${row.dataset.person}/case`;
    mark.textContent = said.positive;
    line.append(what, mark);
    alerts.prepend(line);
  }

  function count() {
    const progress = document.getElementById("progress");
    const answered = Number(progress.dataset.answered) - before + rows.filter((row) => row.dataset.result).length;
    progress.textContent = progress.dataset.said
      .replace("{answered}", answered)
      .replace("{total}", progress.dataset.total);
    document.querySelector("progress").value = answered;
  }

  function offerUndo(sentence) {
    toast.querySelector("span").textContent = sentence;
    toast.querySelector("form").hidden = false;
    toast.hidden = false;
  }

  function stall(kind) {
    const sentence = trouble.querySelector("span");
    sentence.textContent = sentence.dataset[kind].replace("{count}", waiting.size);
    trouble.querySelector("a").hidden = kind !== "ended";
    trouble.hidden = false;
    for (const row of waiting.keys()) {
      row.querySelector(".answer small").textContent = said.waits;
    }
    clearTimeout(timer);
    timer = setTimeout(again, RETRY);
  }

  function again() {
    for (const row of waiting.keys()) {
      send(row);
    }
  }

  function settle() {
    if (!waiting.size) {
      trouble.hidden = true;
    }
  }

  function focus(row) {
    current = row;
    name(row).focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
  }

  const at = () => rows.indexOf(current ?? rows[0]);

  const before = rows.filter((row) => row.dataset.result).length;
  for (const row of rows) {
    const answer = row.querySelector(".answer");
    if (row.dataset.result) {
      row.dataset.kept = JSON.stringify({
        result: row.dataset.result,
        title: answer.querySelector("strong").textContent,
        temperature: answer.querySelector(".degrees")?.textContent.replace(" °C", "") ?? "",
        note: answer.querySelector("small").textContent,
        author: "",
        alert: row.hasAttribute("data-alert"),
      });
    }
  }

  list.addEventListener("submit", (event) => {
    event.preventDefault();
    const row = event.target.closest("tr");
    if (event.submitter?.value) {
      enter(row, event.submitter.value);
    }
  });
  list.addEventListener("focusin", (event) => {
    current = event.target.closest("tbody tr") ?? current;
  });
  toast.addEventListener("submit", (event) => {
    if (done.length) {
      event.preventDefault();
      undo();
    }
  });
  window.addEventListener("online", again);
  document.addEventListener("visibilitychange", () => document.hidden || again());
  window.addEventListener("beforeunload", (event) => {
    if (waiting.size) {
      event.preventDefault();
    }
  });

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    const key = event.key.toLowerCase();
    const inTemperature = event.target.matches(".temperature");
    if (inTemperature && event.key === "Enter") {
      event.preventDefault();
      const row = event.target.closest("tr");
      if (row.dataset.result) {
        enter(row, row.dataset.result);
      }
      focus(row);
      return;
    }
    if (event.target.matches("input:not([type=checkbox]), select, textarea") && !inTemperature) {
      return;
    }
    if (key === "arrowdown" || key === "arrowup") {
      event.preventDefault();
      const next = rows[current === null ? 0 : at() + (key === "arrowdown" ? 1 : -1)];
      if (next) {
        focus(next);
      }
    } else if (key === "n" && !inTemperature) {
      event.preventDefault();
      const row = current ?? rows[0];
      current = row;
      field(row, "temperature").select();
    } else if (key === "u" && !inTemperature) {
      undo();
    } else if (keys[key] && !(inTemperature && /\d/.test(key)) && current) {
      event.preventDefault();
      const row = current;
      enter(row, keys[key]);
      focus(rows[rows.indexOf(row) + 1] ?? row);
    }
  });

  const all = document.getElementById("pick-all");
  if (all) {
    all.hidden = false;
    all.addEventListener("click", () => {
      const boxes = [...list.querySelectorAll(".pick input")];
      const every = boxes.every((box) => box.checked);
      for (const box of boxes) {
        box.checked = !every;
      }
    });
  }
  const first = rows.find((row) => !row.dataset.result);
  if (first && form(first) && matchMedia("(pointer: fine)").matches) {
    focus(first);
  }
}
