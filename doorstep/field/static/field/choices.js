// What a worker chose on this phone: language, night, large text, sound. Kept in the cookies that the
// server's pages read too, so that a phone looks alike on both. Refuses nothing.

const YEAR = 365 * 86_400;

/** @param {string} name @param {string} value */
export function remember(name, value) {
  document.cookie = `${name}=${value};path=/;max-age=${YEAR};samesite=lax`;
}

/** @param {string} name @returns {string} "" when nothing was chosen */
export function recall(name) {
  const found = document.cookie.split("; ").find((each) => each.startsWith(`${name}=`));
  return found ? found.slice(name.length + 1) : "";
}

/** Whether the page is dark now, chosen or by the phone. */
export function isNight() {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "night" : matchMedia("(prefers-color-scheme: dark)").matches;
}

/** @param {boolean} on */
export function setNight(on) {
  const theme = on ? "night" : "day";
  document.documentElement.dataset.theme = theme;
  remember("theme", theme);
}

export function isLarge() {
  return document.documentElement.dataset.text === "large";
}

/** @param {boolean} on */
export function setLarge(on) {
  if (on) document.documentElement.dataset.text = "large";
  else delete document.documentElement.dataset.text;
  remember("text", on ? "large" : "normal");
}

export function isSilent() {
  return recall("field_sound") === "off";
}

/** @param {boolean} on */
export function setSilent(on) {
  remember("field_sound", on ? "off" : "on");
}
