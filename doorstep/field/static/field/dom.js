// Elements in one call. Text is always text: refuses to make markup of anything that was scanned,
// typed or sent.

/** @typedef {Node | string | number | null | undefined | false} Part */

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, any>} [facts] attributes; `onclick` and the like listen; false, null and
 *   undefined leave an attribute out; true sets it
 * @param {(Part | Part[])[]} parts
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function h(tag, facts = {}, ...parts) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(facts)) {
    if (value === false || value === null || value === undefined) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...clean(parts.flat()));
  return element;
}

/** Put other parts into an element. @param {Element} element @param {(Part | Part[])[]} parts */
export function fill(element, ...parts) {
  element.replaceChildren(...clean(parts.flat()));
}

/** @param {Part[]} parts @returns {(Node | string)[]} */
function clean(parts) {
  return parts
    .filter((part) => part !== null && part !== undefined && part !== false)
    .map((part) => (part instanceof Node ? part : String(part)));
}

/**
 * A big button.
 * @param {string} text @param {() => unknown} act
 * @param {{ kind?: "primary" | "danger" | "quiet" | "", disabled?: boolean }} [options]
 */
export function button(text, act, { kind = "", disabled = false } = {}) {
  const shape = kind ? ` button--${kind}` : "";
  return h("button", { type: "button", class: `button${shape}`, disabled, onclick: act }, text);
}

/**
 * A number with its word, as on the server's pages.
 * @param {string} text @param {string | number} number
 * @param {"done" | "due" | "held" | "act" | "none"} state
 */
export function counter(text, number, state) {
  return h("div", { class: `counter counter--${state}` },
    h("dt", {}, h("span", { class: `mark mark--${state}`, "aria-hidden": "true" }), text),
    h("dd", {}, number));
}
