// Reads the sentences aloud with the device's own voice, where it has one for the language.

const list = document.querySelector("[data-read]");
const button = document.querySelector("[data-aloud]");
const label = button.querySelector("span");
const speech = window.speechSynthesis;
const start = label.textContent;

function voice() {
  return speech.getVoices().find((one) => one.localService && one.lang.toLowerCase().startsWith(list.lang));
}

function offer() {
  button.hidden = !voice();
}

function finish() {
  label.textContent = start;
  for (const item of list.children) item.classList.remove("spoken");
}

function read() {
  label.textContent = button.dataset.stop;
  [...list.children].forEach((item, index) => {
    const sentence = new SpeechSynthesisUtterance(item.textContent.trim());
    sentence.lang = list.lang;
    sentence.voice = voice();
    sentence.rate = 0.9;
    sentence.addEventListener("start", () => item.classList.add("spoken"));
    sentence.addEventListener("end", () => {
      item.classList.remove("spoken");
      if (index === list.children.length - 1) finish();
    });
    speech.speak(sentence);
  });
}

if (speech) {
  offer(); // voices come later in some browsers
  speech.addEventListener?.("voiceschanged", offer);
  button.addEventListener("click", () => {
    if (speech.speaking) {
      speech.cancel();
      finish();
    } else {
      read();
    }
  });
  window.addEventListener("pagehide", () => speech.cancel());
}
