// Zooming and moving the picture; without this it scrolls as it is.

const frame = document.querySelector(".chain-frame");
const picture = frame?.querySelector("svg");

if (picture) {
  const natural = { width: picture.width.baseVal.value, height: picture.height.baseVal.value };
  const days = picture.querySelector(".chain-days");
  const daysTop = days.getBBox().y;
  const least = 0.2;
  const most = 4;
  let scale = 1;

  const keepDays = () => {
    const down = Math.max(0, frame.scrollTop / scale - daysTop);
    days.setAttribute("transform", `translate(0 ${down})`);
  };

  // `x` and `y` are the point of the frame that stays where it is.
  const zoom = (wanted, x = frame.clientWidth / 2, y = frame.clientHeight / 2) => {
    const before = scale;
    scale = Math.min(most, Math.max(least, wanted));
    picture.setAttribute("width", natural.width * scale);
    picture.setAttribute("height", natural.height * scale);
    frame.scrollLeft = ((frame.scrollLeft + x) * scale) / before - x;
    frame.scrollTop = ((frame.scrollTop + y) * scale) / before - y;
    keepDays();
  };

  const fit = () => zoom(frame.clientWidth / natural.width, 0, 0);
  const doings = { in: () => zoom(scale * 1.25), out: () => zoom(scale / 1.25), fit };
  const keys = { "+": "in", "=": "in", "-": "out", "0": "fit" };

  document.querySelector(".chain-tools").hidden = false;
  for (const button of document.querySelectorAll("[data-zoom]")) {
    button.addEventListener("click", () => doings[button.dataset.zoom]());
  }
  frame.addEventListener("keydown", (event) => {
    if (event.key in keys && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      doings[keys[event.key]]();
    }
  });
  frame.addEventListener("scroll", keepDays, { passive: true });
  frame.addEventListener(
    "wheel",
    (event) => {
      if (!event.ctrlKey) return;
      event.preventDefault();
      const box = frame.getBoundingClientRect();
      zoom(scale * Math.exp(-event.deltaY / 300), event.clientX - box.left, event.clientY - box.top);
    },
    { passive: false },
  );

  // A mouse drags the picture; fingers scroll it by themselves, and two of them zoom.
  const fingers = new Map();
  let apart = 0;
  let moved = false;
  frame.addEventListener("pointerdown", (event) => {
    fingers.set(event.pointerId, event);
    moved = false;
    apart = distance();
  });
  frame.addEventListener("pointermove", (event) => {
    const last = fingers.get(event.pointerId);
    if (!last) return;
    fingers.set(event.pointerId, event);
    if (fingers.size === 2 && apart > 0) {
      const now = distance();
      const box = frame.getBoundingClientRect();
      const [one, other] = fingers.values();
      zoom((scale * now) / apart, (one.clientX + other.clientX) / 2 - box.left, (one.clientY + other.clientY) / 2 - box.top);
      apart = now;
    } else if (event.pointerType === "mouse" && event.buttons === 1) {
      const [x, y] = [event.clientX - last.clientX, event.clientY - last.clientY];
      moved ||= Math.abs(x) + Math.abs(y) > 2;
      if (moved) {
        frame.classList.add("chain-moving");
        frame.scrollLeft -= x;
        frame.scrollTop -= y;
      }
    }
  });
  for (const end of ["pointerup", "pointercancel", "pointerleave"]) {
    frame.addEventListener(end, (event) => {
      fingers.delete(event.pointerId);
      frame.classList.remove("chain-moving");
    });
  }
  frame.addEventListener("dragstart", (event) => event.preventDefault());
  frame.addEventListener(
    "click",
    (event) => {
      if (moved) event.preventDefault();
      moved = false;
    },
    true,
  );

  const distance = () => {
    if (fingers.size !== 2) return 0;
    const [one, other] = fingers.values();
    return Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY);
  };

  if (natural.width > frame.clientWidth && frame.clientWidth > 600) fit();
}
