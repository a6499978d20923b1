// A scanner gun types like a keyboard, only faster. Tells it from fingers by the gap between keys
// and reads the key's place (event.code), so that CapsLock or a Chinese input method cannot garble
// the code. Emits the event "scan" on document with {code}. Refuses codes of under four characters.

export const FASTEST_FINGERS = 50; // ms between keys; guns send a key every 1 to 30 ms
export const SHORTEST = 4;

/**
 * What a gun types, from event.code. Letters are upper case whatever CapsLock or Shift say: tube,
 * box and seal codes are [0-9A-Z].
 * @param {string} code event.code, as "KeyA", "Digit7", "Numpad3"
 * @returns {string} the character, or "" for a key that is none
 */
export function characterOf(code) {
  if (/^Key[A-Z]$/.test(code)) return code.slice(3);
  if (/^(Digit|Numpad)\d$/.test(code)) return code.slice(-1);
  if (code === "Minus" || code === "NumpadSubtract") return "-";
  return "";
}

/** Collects keys and tells when a gun has typed a whole code. Pure: time comes with each key. */
export class Capture {
  constructor() {
    this.text = "";
    this.last = -Infinity;
  }

  /**
   * @param {string} code event.code
   * @param {number} at milliseconds, event.timeStamp
   * @returns {string | null} a whole code, or null
   */
  press(code, at) {
    const fast = at - this.last <= FASTEST_FINGERS;
    this.last = at;
    if (code === "Enter" || code === "NumpadEnter" || code === "Tab") {
      const whole = fast && this.text.length >= SHORTEST ? this.text : null;
      this.clear();
      return whole;
    }
    const character = characterOf(code);
    // Shift and CapsLock come between the characters of a gun; they are no characters of it
    if (!character) return null;
    if (!fast) this.text = "";
    if (this.text.length < 64) this.text += character;
    return null;
  }

  clear() {
    this.text = "";
  }
}

/**
 * Listen for a scanner gun on the whole page. The event "scan" on document bears {code, target}.
 * Text the gun left in a field is put right: a field with data-scan takes the clean code, any
 * other field gets back what it held before.
 * @returns {() => void} stops listening
 */
export function listen() {
  const capture = new Capture();
  /** @type {{ field: HTMLInputElement | HTMLTextAreaElement, value: string } | null} */
  let before = null;
  /** @param {KeyboardEvent} event */
  const onKey = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    const field = event.target instanceof HTMLInputElement || event.target instanceof HTMLTextAreaElement
      ? event.target : null;
    if (event.timeStamp - capture.last > FASTEST_FINGERS) before = field && { field, value: field.value };
    const code = capture.press(event.code, event.timeStamp);
    if (code === null) return;
    event.preventDefault();
    event.stopPropagation();
    const target = before?.field ?? null;
    target?.blur(); // ends what an input method has begun
    if (target) target.value = target.matches("[data-scan]") ? code : (before?.value ?? "");
    target?.focus();
    const scan = new CustomEvent("scan", { detail: { code, target }, cancelable: true });
    if (document.dispatchEvent(scan) && target?.matches("[data-scan]")) {
      target.dispatchEvent(new Event("input", { bubbles: true }));
      target.dispatchEvent(new Event("change", { bubbles: true }));
    }
  };
  document.addEventListener("keydown", onKey, { capture: true });
  return () => document.removeEventListener("keydown", onKey, { capture: true });
}

if (typeof document !== "undefined") listen();
