// Reads a code with the camera or from a picture, puts it into the form and sends the form: the phone says what it is.

const form = document.querySelector("[data-scan]");
const field = form.elements.namedItem("text");
const video = document.querySelector("[data-camera]");
const frame = document.querySelector("[data-frame]");
const start = document.querySelector("[data-start]");
const stop = document.querySelector("[data-stop]");
const picture = document.querySelector("[data-picture]");
const said = document.querySelector("[data-said]");
const LOOKS_A_SECOND = 8;
const WIDEST = 1024; // pixels of a picture's longer side when it is looked at

let stream = null;
let decode = null;

async function decoder() {
  decode ??= (await import("../look/qr/decode.js")).default;
  return decode;
}

function say(name) {
  said.textContent = name ? said.dataset[name] : "";
  said.hidden = !name;
}

function take(text) {
  finish();
  field.value = text;
  navigator.vibrate?.(40);
  form.requestSubmit();
}

function pixels(source, width, height, longest) {
  const scale = Math.min(1, longest / Math.max(width, height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(source, 0, 0, canvas.width, canvas.height);
  return context.getImageData(0, 0, canvas.width, canvas.height);
}

function read(image) {
  try {
    return decode({ width: image.width, height: image.height, data: image.data });
  } catch {
    return null; // no code in sight
  }
}

async function begin() {
  say("");
  if (!navigator.mediaDevices?.getUserMedia) {
    say("none");
    return;
  }
  try {
    await decoder();
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" }, audio: false });
  } catch (error) {
    say(error.name === "NotAllowedError" ? "refused" : "none");
    return;
  }
  video.srcObject = stream;
  await video.play();
  frame.dataset.on = "yes";
  start.hidden = true;
  stop.hidden = false;
  look();
}

function look() {
  if (!stream) return;
  if (video.videoWidth) {
    const text = read(pixels(video, video.videoWidth, video.videoHeight, WIDEST / 2));
    if (text) {
      take(text);
      return;
    }
  }
  setTimeout(look, 1000 / LOOKS_A_SECOND);
}

function finish() {
  for (const track of stream?.getTracks() ?? []) track.stop();
  stream = null;
  delete frame.dataset.on;
  start.hidden = false;
  stop.hidden = true;
}

picture.addEventListener("change", async () => {
  const [file] = picture.files;
  if (!file) return;
  say("");
  try {
    await decoder();
    const image = await createImageBitmap(file);
    for (const longest of [WIDEST, 2 * WIDEST, WIDEST / 2]) {
      const text = read(pixels(image, image.width, image.height, longest));
      if (text) {
        take(text);
        return;
      }
    }
    say("empty");
  } catch {
    say("unreadable");
  } finally {
    picture.value = "";
  }
});

start.addEventListener("click", begin);
stop.addEventListener("click", finish);
window.addEventListener("pagehide", finish);
document.querySelector("[data-scripted]").hidden = false;
