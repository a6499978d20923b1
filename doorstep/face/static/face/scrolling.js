// A table or a picture wider than its place is a stop of the Tab key, so that it can be moved by
// keys; named by its caption or the heading above. What fits is no stop.

const sizes = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    const box = target.closest(".scroll");
    if (box instanceof HTMLElement) mind(box);
  }
});

/** @param {HTMLElement} box */
function mind(box) {
  if (box.scrollWidth > box.clientWidth) {
    box.tabIndex = 0;
    box.setAttribute("role", "region");
    box.setAttribute("aria-label", nameOf(box));
  } else if (box.tabIndex === 0) {
    for (const name of ["tabindex", "role", "aria-label"]) box.removeAttribute(name);
  }
}

/** The caption of a picture; else the heading a reader met last before the box.
 * @param {HTMLElement} box */
function nameOf(box) {
  const caption = box.closest("figure")?.querySelector("figcaption")?.textContent?.trim();
  if (caption) return caption;
  const headings = [...document.querySelectorAll("main :is(h1, h2, h3)")];
  const above = (/** @type {Element} */ each) =>
    each.compareDocumentPosition(box) & Node.DOCUMENT_POSITION_FOLLOWING;
  return headings.findLast(above)?.textContent?.trim() ?? document.title;
}

function watchAll() {
  for (const box of document.querySelectorAll(".scroll:not([tabindex])")) {
    sizes.observe(box);
    if (box.firstElementChild) sizes.observe(box.firstElementChild);
  }
}

watchAll();
document.addEventListener("htmx:afterSettle", watchAll);
document.addEventListener("fresh", watchAll);
