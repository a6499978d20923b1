// The app's words. Texts are written in English, each whole in a call of t; Chinese comes from /field/words/, made by
// the server from the same catalogue as its pages. Refuses nothing: a text without Chinese, or a
// phone that has not got the words, shows English.

import { remember } from "./choices.js";

/** @type {{ texts: Record<string, string>, codes: Record<string, string>, held: string[] }} */
let words = { texts: {}, codes: {}, held: [] };

/** "zh-hans" or "en". */
export function language() {
  return document.documentElement.lang.startsWith("zh") ? "zh-hans" : "en";
}

/** Get the words of the chosen language; once, before the first screen. */
export async function loadWords() {
  try {
    const answer = await fetch(`/field/words/${language()}.json`, { credentials: "omit" });
    if (answer.ok) words = await answer.json();
  } catch { // English it is
    words = { texts: {}, codes: {}, held: [] };
  }
}

/** @param {"zh-hans" | "en"} chosen */
export async function setLanguage(chosen) {
  remember("doorstep_language", chosen);
  document.documentElement.lang = chosen === "en" ? "en" : "zh-Hans";
  await loadWords();
}

/**
 * A text in the worker's language.
 * @param {string} english as it stands in the code; {name} stands for a fact
 * @param {Record<string, string | number>} [facts]
 */
export function t(english, facts = {}) {
  const text = words.texts[english] ?? english;
  return text.replace(/\{(\w+)\}/g, (whole, name) => String(facts[name] ?? whole));
}

/** The sentence of a code. @param {string} code */
export function sayCode(code) {
  return words.codes[code] ?? code;
}

/** Whether a line with this code waits for a person. @param {string} code */
export function isHeld(code) {
  return words.held.includes(code);
}

/** A number as it is read: 10,214. @param {number} number */
export function figure(number) {
  return number.toLocaleString("en");
}

/** A moment as people say it. @param {number | null} at ms @param {number} [now] */
export function near(at, now = Date.now()) {
  if (at === null) return t("never");
  const minutes = Math.floor((now - at) / 60_000);
  if (minutes >= 0 && minutes < 1) return t("just now");
  if (minutes >= 0 && minutes < 60) return t("{n} min ago", { n: minutes });
  return clock(at);
}

/** A moment exactly: 21 Jun, 08:31. @param {number} at ms */
export function clock(at) {
  const moment = new Date(at);
  const time = moment.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
  if (moment.toDateString() === new Date().toDateString()) return time;
  const day = moment.toLocaleDateString(language() === "en" ? "en-GB" : "zh-CN",
    { day: "numeric", month: "short" });
  return `${day} ${time}`;
}
