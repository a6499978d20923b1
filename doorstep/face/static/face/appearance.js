// Night and large text at once, without a round trip; the server reads the same cookies next time.

const YEAR = 365 * 86400;

/**
 * Keep a choice where the server sees it.
 * @param {string} name
 * @param {string} value
 */
function remember(name, value) {
  document.cookie = `${name}=${value};path=/;max-age=${YEAR};samesite=lax`;
}

/** Whether the page is dark now, chosen or by the device. */
export function isNight() {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "night" : matchMedia("(prefers-color-scheme: dark)").matches;
}

/** @param {HTMLButtonElement} button */
function toggle(button) {
  const root = document.documentElement;
  if (button.name === "theme") {
    const theme = isNight() ? "day" : "night";
    root.dataset.theme = theme;
    remember("theme", theme);
  } else if (button.name === "keys") {
    const off = root.dataset.keys !== "off";
    if (off) root.dataset.keys = "off";
    else delete root.dataset.keys;
    remember("keys", off ? "off" : "on");
  } else {
    const large = root.dataset.text !== "large";
    if (large) root.dataset.text = "large";
    else delete root.dataset.text;
    remember("text", large ? "large" : "normal");
  }
  show();
  document.dispatchEvent(new CustomEvent("appearance"));
}

/** Show the choices on their buttons. */
function show() {
  for (const button of document.querySelectorAll("[data-appearance] button")) {
    if (!(button instanceof HTMLButtonElement)) continue;
    const { text, keys } = document.documentElement.dataset;
    const on = { theme: isNight(), text: text === "large", keys: keys !== "off" }[button.name];
    button.setAttribute("aria-pressed", String(on));
  }
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || !form.matches("[data-appearance]")) return;
  if (!(event.submitter instanceof HTMLButtonElement)) return;
  event.preventDefault();
  toggle(event.submitter);
});
document.addEventListener("click", (event) => {
  // a menu closes when something else is pressed
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (event.target instanceof Node && !menu.contains(event.target)) menu.removeAttribute("open");
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    menu.removeAttribute("open");
    menu.querySelector("summary")?.focus();
  }
});
show();
