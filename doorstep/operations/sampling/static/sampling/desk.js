// The sampling desk without a reload: every form in #desk is sent in the background and answered
// with the desk as the book now has it. Codes of the scanner gun go to the entry line, or tick tubes
// while a box is counted. Refuses to lose what was read or typed: it waits in its turn for an answer,
// and without one nothing is replaced.

const desk = /** @type {HTMLElement | null} */ (document.getElementById("desk"));
/** @type {AudioContext | undefined} */
let audio;
let busy = false;
let counting = false;
/** @type {{ text: string, scanned: boolean }[]} for the entry line; the first is on its way, or had
 *   no answer */
const entries = [];

/** @param {string} selector */
const find = (selector) => /** @type {HTMLElement | null} */ (desk?.querySelector(selector) ?? null);

/** A high short tone for good, two low ones for bad. @param {string} tone */
export function signal(tone) {
  navigator.vibrate?.(tone === "bad" ? [120, 60, 120] : 40);
  audio ??= new AudioContext();
  const beeps = tone === "bad" ? [[0, 220], [0.18, 220]] : tone === "ask" ? [[0, 520]] : [[0, 880]];
  for (const [after, pitch] of beeps) {
    const oscillator = audio.createOscillator();
    const volume = audio.createGain();
    oscillator.frequency.value = pitch;
    volume.gain.value = 0.08;
    oscillator.connect(volume).connect(audio.destination);
    oscillator.start(audio.currentTime + after);
    oscillator.stop(audio.currentTime + after + 0.11);
  }
}

/** @param {string} text @param {string} tone */
function say(text, tone) {
  const said = find(".desk__said");
  if (!said) return;
  said.className = `desk__said desk__said--${tone}`;
  said.textContent = text;
  signal(tone);
}

function focus() {
  const wanted = find("[data-focus], button.desk__person") ?? (find("#box-panel[open]") ? null : find("#text"));
  wanted?.focus();
  if (wanted instanceof HTMLInputElement) wanted.select();
}

const getLine = () => /** @type {HTMLInputElement | null} */ (find("#text"));
let settled = getLine()?.value; // what stands in the entry line and is entered, or an answer's

/** What is begun in the entry line and not entered. */
function getBegun() {
  const { value } = getLine() ?? { value: settled };
  return value === settled ? "" : value ?? "";
}

/**
 * @param {HTMLFormElement} form
 * @param {HTMLElement | null} [button] the one pressed
 * @returns {Promise<boolean>} whether there was an answer
 */
async function send(form, button) {
  if (!desk || busy) return false;
  busy = true;
  form.setAttribute("aria-busy", "true");
  const body = new FormData(form);
  if (button instanceof HTMLButtonElement && button.name) body.append(button.name, button.value);
  try {
    const answer = await fetch(form.action, {
      method: "POST", body, credentials: "same-origin", headers: { "HX-Request": "true" },
    });
    const away = answer.headers.get("HX-Redirect");
    if (away) {
      location.assign(away);
      return false;
    }
    const text = await answer.text();
    if (answer.ok || answer.status === 409) replace(text);
    else if (answer.status < 500) {
      const messages = document.getElementById("messages");
      if (messages) messages.innerHTML = text;
      signal("bad");
    } else throw new Error(String(answer.status));
    return true;
  } catch {
    const more = entries.length > 1 ? ` ${desk.dataset.waiting} ${entries.length}` : "";
    say(`${desk.dataset.offline}${more}`, "bad");
    return false;
  } finally {
    busy = false;
    form.removeAttribute("aria-busy");
  }
}

/** @param {string} html */
function replace(html) {
  if (!desk) return;
  counting = false;
  const begun = getBegun();
  const messages = document.getElementById("messages");
  if (messages) messages.textContent = "";
  desk.innerHTML = html;
  const said = find(".desk__said[data-fresh]");
  if (said) signal(said.dataset.tone ?? "good");
  focus();
  const line = getLine();
  settled = line?.value;
  if (!begun || !line) return;
  line.value = begun;
  line.setSelectionRange(begun.length, begun.length);
}

/** Something for the entry line: sent in its turn. @param {string} text @param {boolean} scanned */
function enter(text, scanned) {
  entries.push({ text, scanned });
  void sendEntries();
}

/** One after another, until one has no answer. */
async function sendEntries() {
  while (!busy && entries[0] && await sendFirst(entries[0])) entries.shift();
}

/** @param {{ text: string, scanned: boolean }} entry */
async function sendFirst({ text, scanned }) {
  const form = /** @type {HTMLFormElement | null} */ (find(".desk__line"));
  const line = getLine();
  if (!form || !line) return false;
  const begun = getBegun();
  settled = line.value = text;
  /** @type {HTMLInputElement} */ (form.elements.namedItem("scanned")).value = scanned ? "1" : "0";
  const answer = send(form);
  if (begun) line.value = begun;
  else line.select(); // what is typed now is the next
  return answer;
}

/** @param {string} code */
function tick(code) {
  const form = find("[data-seal]");
  const found = [...(form?.querySelectorAll("input[name=tubes]") ?? [])]
    .find((box) => /** @type {HTMLInputElement} */ (box).value === code);
  if (!(found instanceof HTMLInputElement)) return say(`${desk?.dataset.foreign} ${code}`, "bad");
  found.checked = true;
  recount(true);
  say(`${code} · ${count()} ${desk?.dataset.counted}`, "good");
}

const count = () => desk?.querySelectorAll("[data-seal] input[name=tubes]:checked").length ?? 0;

/** @param {boolean} fill whether the scanned number is the counted one */
function recount(fill) {
  const ticked = find("[data-ticked]");
  if (ticked) ticked.textContent = String(count());
  const counted = find("#counted");
  if (fill && counted instanceof HTMLInputElement) counted.value = String(count());
}

function togglePanel() {
  const panel = find("#box-panel");
  if (!(panel instanceof HTMLDetailsElement)) return;
  panel.open = !panel.open;
  if (panel.open) find("[data-panel-focus]")?.focus();
  else focus();
}

document.addEventListener("scan", (event) => {
  const { code, target } = /** @type {CustomEvent} */ (event).detail;
  if (counting) {
    event.preventDefault();
    return tick(code);
  }
  if (target instanceof HTMLElement && target.matches("#box, #seal")) {
    // the gun fills the field and goes on to the next one
    setTimeout(() => /** @type {HTMLElement | null} */ (find(target.id === "box" ? "#seal" : "#counted"))?.focus());
    return;
  }
  event.preventDefault();
  enter(code, true);
});

desk?.addEventListener("submit", (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement)) return;
  event.preventDefault();
  const begun = getBegun();
  const line = getLine();
  if (!line || !form.matches(".desk__line")) {
    void send(form, /** @type {SubmitEvent} */ (event).submitter).then((answered) => {
      if (answered) void sendEntries();
    });
  } else if (begun || !(busy || entries.length)) {
    const { value } = line;
    settled = line.value = busy ? "" : value;
    enter(value, false);
  } else void sendEntries(); // Enter once more, or what had no answer once more
});

desk?.addEventListener("click", (event) => {
  if (!(event.target instanceof Element)) return;
  if (event.target.closest("[data-back]")) return back();
  if (event.target.closest("[data-count-by-scan]")) {
    counting = true;
    for (const box of desk.querySelectorAll("[data-seal] input[name=tubes]")) {
      /** @type {HTMLInputElement} */ (box).checked = false;
    }
    recount(true);
    say(desk.dataset.counting ?? "", "ask");
    /** @type {HTMLElement} */ (document.activeElement)?.blur();
  }
});

desk?.addEventListener("change", (event) => {
  const field = event.target;
  if (!(field instanceof HTMLElement)) return;
  if (field.matches("input[name=tubes]")) recount(counting);
  if (field.matches("[data-round]")) {
    location.assign(`?round=${encodeURIComponent(/** @type {HTMLSelectElement} */ (field).value)}`);
  }
});

/** Leave a question: the desk stays, the question goes. */
function back() {
  counting = false;
  for (const part of desk?.querySelectorAll(".desk__ask, .desk__found") ?? []) part.remove();
  focus();
}

document.addEventListener("keydown", (event) => {
  if (!desk || event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
  if (event.key === "Escape") return back();
  if (/^F[0-9]$/.test(event.key) && document.documentElement.dataset.keys !== "off") {
    const wanted = find(`[data-desk-key="${event.key}"]`);
    if (!wanted) return;
    event.preventDefault();
    if (wanted.tagName === "SUMMARY") togglePanel();
    else wanted.click();
    return;
  }
  const active = document.activeElement;
  const choosing = active instanceof HTMLElement && active.matches(".desk__person");
  if (choosing && event.key.toLowerCase() === "a" && find("[data-all]")) {
    event.preventDefault();
    find("[data-all]")?.click();
    return;
  }
  const asked = active instanceof HTMLButtonElement && desk.contains(active);
  if (asked && event.key.length === 1 && event.key !== " " && !(choosing && /[1-9]/.test(event.key))) {
    // who types on instead of answering goes on in the entry line: the key lands there
    const line = find("#text");
    line?.focus();
    if (line instanceof HTMLInputElement) line.select();
    return;
  }
  if (choosing && /^[1-9]$/.test(event.key)) {
    event.preventDefault();
    find(`.desk__person[data-number="${event.key}"]`)?.click();
  } else if (choosing && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
    event.preventDefault();
    const all = /** @type {HTMLElement[]} */ ([...desk.querySelectorAll("button.desk__person")]);
    const step = event.key === "ArrowDown" ? 1 : -1;
    all[(all.indexOf(active) + step + all.length) % all.length]?.focus();
  }
});

focus();
