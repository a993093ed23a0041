// The code's field sets itself in groups of four; the receipt's sums follow the ticks; a waiting page goes on by itself.

const field = document.querySelector("[data-code]");
field?.addEventListener("input", () => {
  const atEnd = field.selectionStart === field.value.length;
  if (!atEnd || field.value.includes("/")) return; // somebody corrects the middle, or pastes a link
  const kept = field.value.toUpperCase().replace(/[\s-]/g, "");
  field.value = kept.length <= 16 ? kept.replace(/(.{4})(?=.)/g, "$1 ") : field.value;
});

const days = document.querySelectorAll("input[name=day]");
const sum = document.querySelector("[data-sum=keys]");
for (const day of days) {
  day.addEventListener("change", () => {
    let keys = 0;
    for (const one of days) if (one.checked) keys += Number(one.dataset.keys);
    if (sum) sum.textContent = String(keys);
  });
}

document.addEventListener("fresh", (event) => {
  const onward = event.target.querySelector("a[data-go]");
  if (onward) location.replace(onward.href);
});
