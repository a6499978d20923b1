// A keypad for six digits, large enough for a glove; keys of a keyboard do as well. Refuses to show
// the digits, and to take those that a scanner gun types: a badge would be a wrong PIN.

import { FASTEST_FINGERS } from "../face/scanner.js";
import { fill, h } from "./dom.js";
import { t } from "./words.js";

const LENGTH = 6;

/**
 * @param {(pin: string) => void} onWhole called with all six digits; then it is empty again
 * @returns {{ element: HTMLElement, stop: () => void }}
 */
export function makeKeypad(onWhole) {
  let pin = "";
  const dots = h("p", { class: "pin__dots", role: "status" });
  const show = () => {
    fill(dots, ...Array.from({ length: LENGTH }, (_, at) =>
      h("i", { class: at < pin.length ? "pin__dot pin__dot--full" : "pin__dot" })),
    h("span", { class: "unseen" }, t("{n} of 6 digits", { n: pin.length })));
  };
  /** @param {string} key */
  const press = (key) => {
    if (key === "Backspace") pin = pin.slice(0, -1);
    else if (/^\d$/.test(key) && pin.length < LENGTH) pin += key;
    else return;
    show();
    if (pin.length < LENGTH) return;
    const whole = pin;
    pin = "";
    setTimeout(() => {
      show();
      onWhole(whole);
    });
  };
  let last = -Infinity;
  let held = ""; // a key counts once no other has come as fast as a gun's
  let timer = 0;
  let counted = false; // the last key has, though: a busy phone hears of keys late
  const count = () => {
    clearTimeout(timer);
    const key = held;
    held = "";
    if (key) press(key);
    return /^\d$/.test(key) && pin.length > 0;
  };
  /** @param {KeyboardEvent} event */
  const onKey = (event) => {
    if (event.target instanceof HTMLInputElement || event.ctrlKey || event.metaKey) return;
    const isBurst = event.timeStamp - last <= FASTEST_FINGERS;
    last = event.timeStamp;
    if (isBurst) {
      clearTimeout(timer);
      held = "";
      if (counted) press("Backspace");
      counted = false;
      return;
    }
    count(); // a busy phone hears of the next finger before the timer
    counted = false;
    held = event.key;
    timer = setTimeout(() => { counted = count(); }, FASTEST_FINGERS);
  };
  document.addEventListener("keydown", onKey);
  const keys = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "", "0", "Backspace"].map((key) =>
    key ? h("button", { type: "button", class: "pin__key", onclick: () => press(key),
      "aria-label": key === "Backspace" ? t("Take back a digit") : key }, key === "Backspace" ? "⌫" : key)
      : h("span"));
  show();
  return {
    element: h("div", { class: "pin" }, dots, h("div", { class: "pin__keys" }, keys)),
    stop: () => {
      clearTimeout(timer);
      document.removeEventListener("keydown", onKey);
    },
  };
}
