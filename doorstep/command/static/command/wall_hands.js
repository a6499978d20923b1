// Hands on the wall: mouse, wheel, one finger, two fingers, keys, buttons. Refuses keys while
// somebody types, and leaves the page's own scrolling alone until the wall is zoomed.

/** @typedef {import("./wall.js").Wall} Wall */

/** @type {Record<string, "left" | "right" | "up" | "down">} */
const ARROWS = { ArrowLeft: "left", ArrowRight: "right", ArrowUp: "up", ArrowDown: "down" };
const CLICK = 6; // pixels a press may move and still be a click

/** @param {Wall} wall */
export function listen(wall) {
  listenPointer(wall);
  listenKeys(wall);
  const { stage } = wall;
  stage.addEventListener("wheel", (event) => {
    if (event.deltaY > 0 && wall.scene.view.scale <= 1) return; // nothing to zoom out of: the page scrolls
    event.preventDefault();
    const box = stage.getBoundingClientRect();
    const lines = event.deltaMode === 1 ? 16 : 1;
    wall.zoom(Math.exp(-event.deltaY * lines * (event.ctrlKey ? 0.01 : 0.0016)),
      event.clientX - box.left, event.clientY - box.top);
  }, { passive: false });
  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("[data-wall]") : null;
    if (button instanceof HTMLElement) press(wall, button.dataset.wall ?? "");
  });
  const form = document.getElementById("wall-search");
  form?.addEventListener("submit", (event) => {
    event.preventDefault();
    const field = form.querySelector("input");
    if (field?.value.trim()) wall.search(field.value);
  });
  document.addEventListener("fullscreenchange", () => wall.measure());
}

/** @param {Wall} wall @param {string} what */
function press(wall, what) {
  if (what === "in") wall.zoom(1.6);
  else if (what === "out") wall.zoom(1 / 1.6);
  else if (what === "fit") wall.fit();
  else if (what === "clear") wall.legend.clear();
  else if (what === "screen") {
    if (document.fullscreenElement) void document.exitFullscreen();
    else void document.getElementById("content")?.requestFullscreen();
  }
}

/** @param {Wall} wall */
function listenKeys(wall) {
  const { canvas, scene } = wall;
  canvas.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const arrow = ARROWS[event.key];
    if (arrow) wall.step(arrow);
    else if (event.key === "Enter") wall.open(scene.focus);
    else if (event.key === "Escape") wall.legend.clear();
    else if (event.key === "Home") wall.focusOn(wall.firstDoor());
    else if (event.key === "n" || event.key === "N") wall.next(event.shiftKey ? -1 : 1);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.isComposing) return;
    if (event.target instanceof HTMLElement && event.target.closest("#wall-search")) canvas.focus();
    else if (!(event.target instanceof HTMLElement && event.target.closest("dialog, details"))) wall.legend.clear();
  });
  canvas.addEventListener("focus", () => {
    scene.focused = canvas.matches(":focus-visible");
    if (scene.focused && scene.focus < 0) wall.focusOn(wall.firstDoor());
    else wall.repaint();
  });
  canvas.addEventListener("blur", (event) => {
    scene.focused = false;
    if (!(event.relatedTarget instanceof Node && wall.card.root.contains(event.relatedTarget))) wall.card.hide();
    wall.repaint();
  });
}

/** @param {Wall} wall */
function listenPointer(wall) {
  const { canvas, stage } = wall;
  /** @type {Map<number, { x: number, y: number }>} */
  const down = new Map();
  let moved = 0;
  /** @param {PointerEvent} event */
  const at = (event) => {
    const box = stage.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  canvas.addEventListener("pointerdown", (event) => {
    if (!down.size) moved = 0;
    down.set(event.pointerId, at(event));
    if (event.pointerType !== "touch" || wall.scene.view.scale > 1) canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointermove", (event) => {
    const here = at(event);
    const before = down.get(event.pointerId);
    if (!before) {
      if (event.pointerType !== "touch") wall.hoverOn(wall.doorAt(here.x, here.y));
      return;
    }
    moved += Math.abs(here.x - before.x) + Math.abs(here.y - before.y);
    const other = [...down].find(([id]) => id !== event.pointerId)?.[1];
    down.set(event.pointerId, here);
    if (other) {
      const [was, is] = [distance(before, other), distance(here, other)];
      if (was > 0) wall.zoom(is / was, (here.x + other.x) / 2, (here.y + other.y) / 2);
      wall.pan((here.x - before.x) / 2, (here.y - before.y) / 2);
    } else if (moved > CLICK && wall.scene.view.scale > 1) wall.pan(here.x - before.x, here.y - before.y);
  });
  /** @param {PointerEvent} event */
  const up = (event) => {
    const was = down.get(event.pointerId);
    down.delete(event.pointerId);
    if (!was || down.size || moved > CLICK || event.type === "pointercancel") return;
    const door = wall.doorAt(was.x, was.y);
    if (event.pointerType === "touch") {
      // fingers are thick: a first tap comes nearer, the card leads on
      if (door >= 0) wall.focusOn(door, wall.scene.plan.pitch * wall.scene.view.scale < 14);
      else wall.card.hide();
    } else wall.open(door);
  };
  canvas.addEventListener("pointerup", up);
  canvas.addEventListener("pointercancel", up);
  canvas.addEventListener("pointerleave", (event) => {
    if (event.relatedTarget instanceof Node && wall.card.root.contains(event.relatedTarget)) return;
    if (!down.size) wall.hoverOn(-1);
  });
}

/** @param {{ x: number, y: number }} a @param {{ x: number, y: number }} b */
function distance(a, b) {
  return Math.hypot(a.x - b.x, a.y - b.y);
}
