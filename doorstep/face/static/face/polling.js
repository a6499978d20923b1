// Live parts: [data-poll="address"] with data-every (seconds, 5) is fetched with its ETag and
// replaced when it changed. 304 changes nothing. A hidden page rests; a stale part shows its age.
// Refuses to pile up: the next question waits for the answer, and waits longer after a failure.

const LONGEST = 60;

/**
 * The seconds to wait before asking again.
 * @param {number} every seconds between questions when all is well
 * @param {number} failures how many failed in a row
 */
export function nextWait(every, failures) {
  return Math.min(LONGEST, every * 2 ** Math.min(failures, 6));
}

/** @typedef {{ every: number, etag: string, failures: number, since: number, timer: number }} State */
/** @type {WeakMap<HTMLElement, State>} */
const states = new WeakMap();

/** @param {HTMLElement} part */
function start(part) {
  if (states.has(part)) return;
  const state = {
    every: Number(part.dataset.every) || 5,
    etag: part.dataset.etag ?? "",
    failures: 0,
    since: performance.now(),
    timer: 0,
  };
  states.set(part, state);
  plan(part, state);
}

/**
 * @param {HTMLElement} part
 * @param {State} state
 */
function plan(part, state) {
  clearTimeout(state.timer);
  state.timer = window.setTimeout(() => void ask(part, state), nextWait(state.every, state.failures) * 1000);
}

/**
 * @param {HTMLElement} part
 * @param {State} state
 */
async function ask(part, state) {
  if (!part.isConnected) return;
  if (document.hidden) return plan(part, state);
  try {
    /** @type {Record<string, string>} */
    const headers = { "HX-Request": "true", Accept: part.dataset.accept ?? "text/html" };
    if (state.etag) headers["If-None-Match"] = state.etag;
    const answer = await fetch(part.dataset.poll ?? "", { headers, credentials: "same-origin" });
    const away = answer.headers.get("HX-Redirect");
    if (away) return location.assign(away);
    if (answer.status === 200) {
      state.etag = answer.headers.get("ETag") ?? "";
      await take(part, answer);
    } else if (answer.status !== 304) throw new Error(String(answer.status));
    state.failures = 0;
    state.since = performance.now();
    delete part.dataset.stale;
  } catch {
    state.failures += 1;
    part.dataset.stale = String(Math.round((performance.now() - state.since) / 1000));
    part.dispatchEvent(new CustomEvent("stale", { bubbles: true, detail: Number(part.dataset.stale) }));
  }
  plan(part, state);
}

/**
 * JSON goes to the page's own code as the event "fresh"; HTML replaces what the part holds.
 * @param {HTMLElement} part
 * @param {Response} answer
 */
async function take(part, answer) {
  if (answer.headers.get("Content-Type")?.includes("json")) {
    part.dispatchEvent(new CustomEvent("fresh", { bubbles: true, detail: await answer.json() }));
    return;
  }
  const text = await answer.text();
  const held = document.activeElement?.id;
  part.innerHTML = text;
  if (held && part.querySelector(`#${CSS.escape(held)}`)) document.getElementById(held)?.focus();
  /** @type {any} */ (window).htmx?.process(part);
  part.dispatchEvent(new CustomEvent("fresh", { bubbles: true }));
}

/** Ask a live part at once, for example after an act. @param {HTMLElement} part */
export function refresh(part) {
  const state = states.get(part);
  if (!state) return;
  clearTimeout(state.timer);
  void ask(part, state);
}

/** Begin with every live part on the page that has not begun. */
export function startAll() {
  for (const part of document.querySelectorAll("[data-poll]")) {
    if (part instanceof HTMLElement) start(part);
  }
}

if (typeof document !== "undefined") {
  startAll();
  document.addEventListener("htmx:afterSettle", startAll);
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return;
    for (const part of document.querySelectorAll("[data-poll]")) {
      if (part instanceof HTMLElement) refresh(part);
    }
  });
}
