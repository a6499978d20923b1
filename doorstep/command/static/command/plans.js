// A slider's number stands beside it while it moves.

for (const slider of document.querySelectorAll("input[data-shows]")) {
  slider.addEventListener("input", () => {
    const shown = document.getElementById(/** @type {HTMLElement} */ (slider).dataset.shows ?? "");
    if (shown) shown.textContent = /** @type {HTMLInputElement} */ (slider).value;
  });
}
