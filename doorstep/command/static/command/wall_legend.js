// The legend, which is the filter: each state as it is painted, its words, how many doors. Pressing
// states fades the others. Refuses to hide a door.

import { drawDoor } from "./wall_paint.js";

/** @typedef {import("./wall_paint.js").Mark} Mark */
/** @typedef {import("./wall_paint.js").Scene} Scene */

export class Legend {
  /**
   * @param {HTMLElement} root
   * @param {Scene} scene
   * @param {() => void} changed
   */
  constructor(root, scene, changed) {
    this.root = root;
    this.scene = scene;
    this.changed = changed;
    this.clearing = /** @type {HTMLButtonElement} */ (root.querySelector("[data-wall=clear]"));
  }

  /** @param {Mark[]} marks */
  show(marks) {
    for (const mark of marks) {
      const button = this.buttonOf(mark.code);
      button.hidden = !mark.count && !this.scene.chosen.has(mark.code);
      const [, label, count] = button.children;
      label.textContent = mark.label;
      count.textContent = mark.count.toLocaleString("en");
      this.drawMark(/** @type {HTMLCanvasElement} */ (button.firstElementChild), mark);
    }
    const codes = new Set(marks.map((mark) => mark.code));
    for (const button of this.root.querySelectorAll("button[data-code]")) {
      if (button instanceof HTMLElement && !codes.has(button.dataset.code ?? "")) button.remove();
    }
    this.mark();
  }

  /** @param {string} code @returns {HTMLButtonElement} */
  buttonOf(code) {
    const found = this.root.querySelector(`button[data-code="${CSS.escape(code)}"]`);
    if (found instanceof HTMLButtonElement) return found;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "filter wall__state";
    button.dataset.code = code;
    button.append(document.createElement("canvas"), document.createElement("span"), document.createElement("b"));
    button.addEventListener("click", () => this.toggle(code));
    this.root.insertBefore(button, this.clearing);
    return button;
  }

  /** @param {HTMLCanvasElement} canvas @param {Mark} mark */
  drawMark(canvas, mark) {
    const ratio = Math.min(3, window.devicePixelRatio || 1);
    canvas.width = Math.round(14 * ratio);
    canvas.height = Math.round(18 * ratio);
    canvas.setAttribute("aria-hidden", "true");
    const pen = canvas.getContext("2d");
    const colour = this.scene.theme.night ? mark.night : mark.colour;
    if (pen) drawDoor(pen, mark.pattern, colour, 0, 0, canvas.width, canvas.height);
  }

  /** @param {string} code */
  toggle(code) {
    const { chosen } = this.scene;
    if (!chosen.delete(code)) chosen.add(code);
    this.mark();
    this.changed();
  }

  clear() {
    this.scene.chosen.clear();
    this.mark();
    this.changed();
  }

  mark() {
    const { chosen } = this.scene;
    for (const button of this.root.querySelectorAll("button[data-code]")) {
      if (button instanceof HTMLElement) button.setAttribute("aria-pressed", String(chosen.has(button.dataset.code ?? "")));
    }
    this.clearing.hidden = !chosen.size;
  }
}
