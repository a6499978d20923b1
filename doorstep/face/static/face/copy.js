// [data-copy="address"] copies the text found there; [data-copy-from="id"] copies an element's text.
// Without clipboard permission (plain http) the text is shown, selected, to be copied by hand.

/**
 * @param {string} text
 * @returns {Promise<boolean>} whether it is on the clipboard
 */
export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyByHand(text);
  }
}

/** @param {string} text */
function copyByHand(text) {
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "unseen";
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  return done;
}

/** @param {string} text */
function showText(text) {
  const dialog = document.createElement("dialog");
  const area = document.createElement("textarea");
  area.className = "copy-text";
  area.readOnly = true;
  area.value = text;
  dialog.append(area);
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  document.body.append(dialog);
  dialog.showModal();
  area.select();
}

/** @param {string} text */
function say(text) {
  const note = document.createElement("p");
  note.className = "copied";
  note.setAttribute("role", "status");
  note.textContent = text;
  document.body.append(note);
  setTimeout(() => note.remove(), 1600);
}

/** @param {HTMLElement} button */
async function copy(button) {
  const from = button.dataset.copyFrom;
  const text = from
    ? (document.getElementById(from)?.textContent ?? "")
    : await (await fetch(button.dataset.copy ?? "", { headers: { Accept: "text/plain" } })).text();
  if (await copyText(text)) say(button.dataset.copied ?? "✓");
  else showText(text);
}

document.addEventListener("click", (event) => {
  const target = event.target instanceof Element ? event.target : null;
  const button = target?.closest("[data-copy], [data-copy-from]");
  if (button instanceof HTMLElement) void copy(button);
  if (target?.closest("[data-print]")) window.print();
});
