// The form for many contacts: Enter goes on to the next line and makes one where there is none; a line of the same
// household has the commune of the person.

import { suggest } from "./suggest.js";

const KEPT = ["unit", "first_day", "closeness", "origin", "place", "landmark"];
const MOST = 40;

export function growLines() {
  const form = document.querySelector("form[data-lines]");
  if (!form) return;
  const more = form.querySelector("[data-more]");
  const lines = () => [...form.querySelectorAll("[data-line]")];
  const blank = lines().at(-1)?.cloneNode(true);
  if (!blank) return;
  more.hidden = false;

  // Most people of one list met on one day in one place.
  const inherit = (before, number) => {
    for (const name of KEPT) {
      const [from, to] = [before, number].map((line) => form.elements[`${name}_${line}`]);
      if (to && (to.matches("select") || !to.value)) to.value = from.value;
    }
  };
  const add = () => {
    const last = lines().at(-1);
    if (lines().length >= MOST) return last;
    const before = last.dataset.line;
    const number = String(Number(before) + 1);
    const line = blank.cloneNode(true);
    const from = line.dataset.line;
    line.dataset.line = number;
    delete line.dataset.chosen;
    line.querySelector("legend").textContent = String(lines().length + 1);
    for (const found of line.querySelectorAll(".alike, .field-error, .line-chosen, .suggested")) found.remove();
    for (const found of line.querySelectorAll("[id], [name], [for]")) {
      for (const name of ["id", "name", "for"]) {
        const value = found.getAttribute(name);
        if (value?.endsWith(`_${from}`)) found.setAttribute(name, `${value.slice(0, -from.length)}${number}`);
      }
      found.removeAttribute("aria-invalid");
      if (found.matches("input[type=checkbox]")) found.checked = false;
      else if (found.matches("input")) { found.value = ""; found.readOnly = false; }
    }
    last.after(line);
    inherit(before, number);
    suggest(line);
    household(line);
    return line;
  };

  const household = (line) => {
    line.querySelector("[data-household]").addEventListener("change", (event) => {
      const number = line.dataset.line;
      if (event.target.checked) {
        form.elements[`unit_${number}`].value ||= form.dataset.unit;
        form.elements[`closeness_${number}`].value = "household";
        form.elements[`origin_${number}`].value = "home";
      }
    });
  };

  more.addEventListener("click", () => add().querySelector("input:not([type=hidden])").focus());
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.defaultPrevented || !event.target.matches("[data-line] input, [data-line] select")) return;
    event.preventDefault();
    const every = lines();
    const line = event.target.closest("[data-line]");
    const next = every[every.indexOf(line) + 1] ?? add();
    if (!form.elements[`name_${next.dataset.line}`].value) inherit(line.dataset.line, next.dataset.line);
    next.querySelector("input:not([type=hidden])").focus();
  });
  for (const line of lines()) household(line);
}
