// [data-key="s"] is pressed (or, a field, focused) by its key when nobody is typing; the
// menu can turn the keys off (WCAG 2.1.4). Refuses keys with Ctrl, Alt or Meta: they belong to the browser and to screen readers.

/** @param {EventTarget | null} target */
function isTyping(target) {
  return target instanceof HTMLElement &&
    (target.isContentEditable || target.matches("input:not([type=checkbox], [type=radio]), select, textarea"));
}

const root = document.documentElement;
let waiting = 0;

document.addEventListener("keydown", (event) => {
  // keys that come faster than fingers are a scanner gun's, not a shortcut
  const alone = !waiting;
  clearTimeout(waiting);
  waiting = window.setTimeout(() => {
    waiting = 0;
    if (alone) act(event);
  }, 60);
});

/** @param {KeyboardEvent} event */
function act(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || isTyping(event.target)) return;
  if (root.dataset.keys === "off" || document.querySelector("dialog[open]")) return;
  const wanted = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  if (!(wanted instanceof HTMLElement)) return;
  if (isTyping(wanted)) wanted.focus();
  else wanted.click();
}
