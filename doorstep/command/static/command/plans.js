// A slider's number stands beside it while it moves, and in the form that keeps the plan.

for (const slider of document.querySelectorAll("input[data-shows]")) {
  slider.addEventListener("input", () => {
    const { value, name, dataset } = /** @type {HTMLInputElement} */ (slider);
    const shown = document.getElementById(dataset.shows ?? "");
    if (shown) shown.textContent = value;
    for (const kept of document.querySelectorAll(`input[data-follows="${name}"]`)) {
      /** @type {HTMLInputElement} */ (kept).value = value;
    }
  });
}
