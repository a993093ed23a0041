// What makes the desk's pages quicker: keys, suggestions, more lines, and drafts that outlive a session.
// Every page works without it.

import { keepDrafts } from "./drafts.js";
import { suggest } from "./suggest.js";
import { growLines } from "./lines.js";

function keys() {
  const typing = (element) => element.matches?.("input, select, textarea, [contenteditable]");
  const rows = [...document.querySelectorAll("[data-rows] tbody tr")];
  let at = -1;
  const move = (step) => {
    if (rows.length === 0) return;
    at = Math.max(0, Math.min(rows.length - 1, at + step));
    rows[at].querySelector("th a, a")?.focus();
  };
  for (const [index, row] of rows.entries()) row.addEventListener("focusin", () => { at = index; });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (typing(event.target)) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    const step = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 }[event.key];
    const inRows = document.activeElement?.closest?.("[data-rows]");
    if (step && (event.key.length === 1 || inRows)) {
      event.preventDefault();
      move(step);
      return;
    }
    const target = event.key.length === 1 ? document.querySelector(`[data-key="${CSS.escape(event.key)}"]`) : null;
    if (!target) return;
    event.preventDefault();
    if (target.matches("input")) {
      target.focus();
      target.select();
    } else {
      target.click();
    }
  });
}

function alike() {
  const place = document.querySelector("[data-alike]");
  if (!place) return;
  const form = place.closest("form");
  const fields = ["name", "birth_year", "phone"].map((name) => form.elements[name]);
  let asked = "";
  const look = async () => {
    const query = new URLSearchParams(fields.map((field) => [field.name, field.value]));
    const [name, , phone] = fields.map((field) => field.value.trim());
    if (query.toString() === asked || (!name.includes(" ") && phone.length < 9)) return;
    asked = query.toString();
    const answer = await fetch(`/console/persons/alike?${query}`, { headers: { Accept: "application/json" }, redirect: "manual" });
    if (!answer.ok) return;
    const people = await answer.json();
    place.hidden = people.length === 0;
    place.replaceChildren();
    if (people.length === 0) return;
    const title = document.createElement("p");
    title.textContent = place.dataset.title;
    const list = document.createElement("ul");
    for (const person of people) {
      const line = document.createElement("li");
      const link = document.createElement("a");
      link.href = `/console/persons/${person.id}/case`;
      link.textContent = place.dataset.report;
      const level = person.level === null ? "" : ` · F${person.level}`;
      line.append(`${[person.name, person.year].filter(Boolean).join(", ")} · ${person.unit}${level} — `, link);
      list.append(line);
    }
    place.append(title, list);
  };
  for (const field of fields) field.addEventListener("change", look);
}

keys();
alike();
suggest(document);
growLines();
keepDrafts();
document.querySelector(".error-summary[tabindex]")?.focus();
