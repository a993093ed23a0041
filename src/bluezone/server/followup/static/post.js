// Sending a form of this page without leaving it; what became of it is one of a few plain facts.

/** Resolves to {kind: "kept" | "refused" | "changed", answer} or {kind: "offline" | "ended"}; never rejects. */
export async function post(address, fields) {
  let sent = await once(address, fields);
  if (sent.kind === "ended" && (await renewToken())) {
    sent = await once(address, fields);
  }
  return sent;
}

async function once(address, fields) {
  let answer;
  try {
    answer = await fetch(address, {
      method: "POST",
      headers: { Accept: "application/json" },
      body: new URLSearchParams({ ...fields, form_token: token() }),
      redirect: "manual",
    });
  } catch {
    return { kind: "offline" };
  }
  if (answer.type === "opaqueredirect") {
    return { kind: "ended" };
  }
  if (answer.status >= 500 || answer.status === 429) {
    return { kind: "offline" };
  }
  let said;
  try {
    said = await answer.json();
  } catch {
    return { kind: "offline" };
  }
  if (answer.ok) {
    return { kind: "kept", answer: said };
  }
  if (answer.status === 403 && said.errorCode.startsWith("form_")) {
    return { kind: "ended" };
  }
  return { kind: answer.status === 409 ? "changed" : "refused", answer: said };
}

function token() {
  return document.querySelector("input[name=form_token]").value;
}

/** After signing in again in another tab this page's forms are of the new session. */
async function renewToken() {
  try {
    const answer = await fetch(location.href, { redirect: "manual" });
    if (!answer.ok) {
      return false;
    }
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector(".console-main input[name=form_token]");
    if (!fresh) {
      return false;
    }
    for (const field of document.querySelectorAll("input[name=form_token]")) {
      field.value = fresh.value;
    }
    return true;
  } catch {
    return false;
  }
}

/** A result as the page writes it, into `place`. */
export function show(place, entry) {
  place.replaceChildren();
  place.classList.remove("muted");
  if (!entry) {
    return;
  }
  const said = document.createElement("strong");
  said.className = "said";
  said.dataset.said = entry.result;
  said.textContent = entry.title;
  place.append(said);
  if (entry.temperature) {
    const degrees = document.createElement("span");
    degrees.className = "degrees";
    degrees.textContent = `${entry.temperature} °C`;
    place.append(" ", degrees);
  }
  const about = document.createElement("small");
  about.className = "muted";
  about.textContent = [entry.author && `${entry.author}, ${entry.clock}`, entry.note].filter(Boolean).join(" · ");
  place.append(" ", about);
}
