// A list under a field while one types: communes as the server writes them, or people who are on record.

let count = 0;

const sources = {
  units: {
    address: "/console/cases/units",
    least: 1,
    show: (unit) => [unit.value, unit.about],
    take: (field, unit) => { field.value = unit.value; },
  },
  people: {
    address: "/console/persons/find",
    least: 3,
    show: (person) => [
      [person.name, person.year].filter(Boolean).join(", "),
      [person.level === null ? "" : `F${person.level}`, person.unit, person.phone].filter(Boolean).join(" · "),
    ],
    take: (field, person) => {
      const number = field.name.split("_").pop();
      const { elements } = field.form;
      elements[`person_${number}`].value = person.id;
      field.value = person.name;
      for (const [name, value] of [["birth_year", person.year ?? ""], ["phone", person.phone], ["unit", person.unit]]) {
        const other = elements[`${name}_${number}`];
        other.value = value;
        other.readOnly = true;
      }
      field.closest("fieldset").dataset.chosen = "yes";
      elements[`first_day_${number}`].focus();
    },
  },
};

export function suggest(root) {
  for (const field of root.querySelectorAll("[data-suggest]")) attach(field, sources[field.dataset.suggest]);
}

function attach(field, source) {
  const list = document.createElement("ul");
  list.id = `suggested-${count += 1}`;
  list.className = "suggested";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", field.labels[0]?.textContent ?? "");
  list.hidden = true;
  field.after(list);
  for (const [name, value] of [["role", "combobox"], ["aria-expanded", "false"], ["aria-controls", list.id], ["aria-autocomplete", "list"]]) field.setAttribute(name, value);
  let found = [];
  let at = -1;
  let waiting = 0;

  const close = () => {
    list.hidden = true;
    at = -1;
    field.setAttribute("aria-expanded", "false");
    field.removeAttribute("aria-activedescendant");
  };
  const mark = () => {
    for (const [index, option] of [...list.children].entries()) option.setAttribute("aria-selected", String(index === at));
    if (at < 0) field.removeAttribute("aria-activedescendant");
    else {
      field.setAttribute("aria-activedescendant", list.children[at].id);
      list.children[at].scrollIntoView({ block: "nearest" });
    }
  };
  const take = (index) => {
    source.take(field, found[index]);
    close();
    field.dispatchEvent(new Event("change", { bubbles: true }));
  };
  const look = async () => {
    const typed = field.value.trim();
    if (typed.length < source.least) return close();
    const answer = await fetch(`${source.address}?${new URLSearchParams({ q: typed })}`, { headers: { Accept: "application/json" }, redirect: "manual" });
    if (!answer.ok || field.value.trim() !== typed || document.activeElement !== field) return undefined;
    found = await answer.json();
    list.replaceChildren(...found.map((one, index) => {
      const option = document.createElement("li");
      option.id = `${list.id}-${index}`;
      option.setAttribute("role", "option");
      option.setAttribute("aria-selected", "false");
      const [main, about] = source.show(one);
      const small = document.createElement("small");
      small.textContent = about;
      option.append(main, small);
      option.addEventListener("pointerdown", (event) => { event.preventDefault(); take(index); });
      return option;
    }));
    list.hidden = found.length === 0;
    at = -1;
    field.setAttribute("aria-expanded", String(!list.hidden));
    return undefined;
  };

  field.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(look, 150);
  });
  field.addEventListener("blur", close);
  field.addEventListener("keydown", (event) => {
    if (list.hidden) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      at = (at + (event.key === "ArrowDown" ? 1 : -1) + found.length) % found.length;
      mark();
    } else if (event.key === "Enter" && at >= 0) {
      event.preventDefault();
      event.stopPropagation();
      take(at);
    } else if (event.key === "Escape") {
      event.stopPropagation();
      close();
    }
  });
}
