// The door wall: every door of an estate on one screen. Fetches where the doors stand and what they
// look like, paints, and listens to wheel, fingers and keys. Refuses to ask for names until somebody
// stays on a door.

import { isNight } from "../face/appearance.js";
import { Card } from "./wall_card.js";
import { blocksOf, centreOf, findDoors, neighbour, place } from "./wall_layout.js";
import { Legend } from "./wall_legend.js";
import { boxOf, paint, readTheme } from "./wall_paint.js";
import { listen } from "./wall_hands.js";

/** @typedef {import("./wall_layout.js").Layout} Layout */
/** @typedef {import("./wall_layout.js").Plan} Plan */
/** @typedef {import("./wall_paint.js").Mark} Mark */
/** @typedef {import("./wall_paint.js").Scene} Scene */
/** @typedef {{ version: string, at: number, sentence: string, linked: string, legend: Mark[], doors: string }} State */

const LARGEST = 64; // the widest a door gets, in pixels

/** @param {string} id */
function element(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`no #${id} on the page`);
  return found;
}

export class Wall {
  /**
   * @param {HTMLElement} root
   * @param {Layout} layout
   * @param {State} state
   */
  constructor(root, layout, state) {
    this.root = root;
    this.layout = layout;
    this.words = JSON.parse(element("wall-words").textContent ?? "{}");
    this.stage = element("wall-stage");
    this.canvas = /** @type {HTMLCanvasElement} */ (element("wall-canvas"));
    this.pen = /** @type {CanvasRenderingContext2D} */ (this.canvas.getContext("2d"));
    this.spoken = element("wall-spoken");
    /** @type {Scene} */
    this.scene = {
      layout, plan: { blocks: [], pitch: 1, rise: 1, label: 1, width: 1, height: 1 },
      letters: state.doors, marks: new Map(), theme: readTheme(isNight()),
      view: { scale: 1, x: 0, y: 0 }, ratio: 1, chosen: new Set(), hover: -1, focus: -1,
      focused: false, flashes: new Map(), now: 0,
      building: layout.buildings.findIndex(({ id }) => id === root.dataset.building),
    };
    this.blocks = blocksOf(layout);
    this.legend = new Legend(element("wall-legend"), this.scene, () => this.choose());
    this.card = new Card(element("wall-card"), root.dataset.card ?? "");
    this.planned = 0;
    this.take(state);
    this.measure();
    listen(this);
    new ResizeObserver(() => this.measure()).observe(this.stage);
    document.addEventListener("appearance", () => this.recolour());
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.recolour());
    root.addEventListener("fresh", (event) => this.take(/** @type {CustomEvent} */ (event).detail));
    root.addEventListener("stale", (event) => this.age(/** @type {CustomEvent} */ (event).detail));
    document.querySelector(".wall__rounds [aria-current]")?.scrollIntoView({ inline: "center", block: "nearest" });
    if (this.scene.building >= 0) this.show(this.scene.building);
    this.paintNow();
    performance.mark("wall-painted");
    root.dataset.painted = String(Math.round(performance.now()));
  }

  /** New letters: doors that changed flash softly. @param {State} state */
  take(state) {
    if (!state?.doors) return;
    const { scene } = this;
    if (state.doors.length !== this.layout.doors.length) return location.reload();
    const now = performance.now();
    let changed = 0;
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (scene.marks.size && document.visibilityState === "visible" && !still) {
      for (let at = 0; at < state.doors.length; at++) {
        if (state.doors[at] === scene.letters[at]) continue;
        scene.flashes.set(at, now);
        changed += 1;
      }
    }
    scene.letters = state.doors;
    scene.marks = new Map(state.legend.map((mark) => [mark.code, mark]));
    this.legend.show(state.legend);
    element("wall-sentence").innerHTML = state.linked;
    element("wall-age").hidden = true;
    if (changed) this.root.dataset.changed = String(changed);
    this.card.forget();
    this.repaint();
  }

  /** The figures are old: say how old. @param {number} seconds */
  age(seconds) {
    const note = element("wall-age");
    note.hidden = false;
    note.textContent = this.words.stale.replace("{seconds}", String(seconds));
  }

  recolour() {
    this.scene.theme = readTheme(isNight());
    this.legend.show([...this.scene.marks.values()]);
    this.repaint();
  }

  /** The room has changed: place the buildings anew. */
  measure() {
    const { clientWidth: width, clientHeight: height } = this.stage;
    if (!width || !height) return;
    const { scene } = this;
    scene.ratio = Math.min(3, window.devicePixelRatio || 1);
    this.canvas.width = Math.round(width * scene.ratio);
    this.canvas.height = Math.round(height * scene.ratio);
    const aside = width < 600 ? 2 : 12;
    scene.plan = place(this.blocks, width - 2 * aside, height - 4, { ratio: scene.ratio, label: width < 600 ? 13 : 19 });
    this.centres = this.centresOf();
    this.aside = aside;
    this.fit();
  }

  centresOf() {
    const at = new Map(this.scene.plan.blocks.map((block) => [block.index, block]));
    return this.layout.doors.map((row) => {
      const block = at.get(row[1]);
      return block ? centreOf(this.scene.plan, block, row) : { x: -1e6, y: -1e6 };
    });
  }

  /** Everything on the screen again. */
  fit() {
    this.scene.view = { scale: 1, x: this.aside ?? 0, y: 0 };
    this.hold();
  }

  get most() {
    return Math.max(2, LARGEST / this.scene.plan.pitch);
  }

  /**
   * Zoom about a point of the stage.
   * @param {number} factor
   * @param {number} [x]
   * @param {number} [y]
   */
  zoom(factor, x = this.stage.clientWidth / 2, y = this.stage.clientHeight / 2) {
    const { view } = this.scene;
    const scale = Math.min(this.most, Math.max(1, view.scale * factor));
    const real = scale / view.scale;
    this.scene.view = { scale, x: x - (x - view.x) * real, y: y - (y - view.y) * real };
    this.hold();
  }

  /** @param {number} x @param {number} y */
  pan(x, y) {
    this.scene.view.x += x;
    this.scene.view.y += y;
    this.hold();
  }

  /** Keep the wall on the stage. */
  hold() {
    const { view, plan } = this.scene;
    const { clientWidth: width, clientHeight: height } = this.stage;
    const aside = this.aside ?? 0;
    /** @param {number} at @param {number} size @param {number} room */
    const keep = (at, size, room) =>
      size <= room ? at >= 0 ? Math.min(at, room - size) : 0 : Math.min(aside, Math.max(room - size - aside, at));
    if (view.scale <= 1.0001) Object.assign(view, { scale: 1, x: Math.max(aside, (width - plan.width) / 2), y: Math.max(0, Math.min(24, (height - plan.height) / 3)) });
    else {
      view.x = keep(view.x, plan.width * view.scale, width);
      view.y = keep(view.y, plan.height * view.scale, height);
    }
    this.canvas.dataset.zoomed = String(view.scale > 1);
    this.card.hide();
    this.repaint();
  }

  /** Bring a building onto the whole stage. @param {number} index */
  show(index) {
    const block = this.scene.plan.blocks.find((each) => each.index === index);
    if (!block) return;
    const { clientWidth: width, clientHeight: height } = this.stage;
    const scale = Math.min(this.most, (width * 0.8) / block.w, (height * 0.86) / (block.h + this.scene.plan.label));
    this.scene.view = {
      scale: Math.max(1, scale),
      x: width / 2 - (block.x + block.w / 2) * scale,
      y: height / 2 - (block.y + block.h / 2) * scale,
    };
    this.hold();
  }

  /** The filter changed. */
  choose() {
    this.repaint();
  }

  /** @param {number} x @param {number} y on the stage @returns {number} the door there, or -1 */
  doorAt(x, y) {
    const { view, plan, ratio } = this.scene;
    const [px, py] = [(x - view.x) / view.scale, (y - view.y) / view.scale];
    for (const block of plan.blocks) {
      if (px < block.x - 2 || px > block.x + block.w + 2 || py < block.y - 2 || py > block.y + block.h + 2) continue;
      for (const at of block.doors) {
        const box = boxOf(this.scene, block, at);
        const [dx, dy] = [x * ratio - box.x, y * ratio - box.y];
        if (dx >= -1 && dy >= -1 && dx <= box.w + 1 && dy <= box.h + 1) return at;
      }
    }
    return -1;
  }

  /** @param {number} at @returns {string} "12座 1单元 803: sampled" */
  nameOf(at) {
    const [, building, unit, , , name] = this.layout.doors[at];
    const label = this.scene.marks.get(this.scene.letters[at])?.label ?? "";
    return `${[this.layout.buildings[building].name, unit, name].filter(Boolean).join(" ")} · ${label}`;
  }

  /** @param {number} at */
  hoverOn(at) {
    if (at === this.scene.hover) return;
    this.scene.hover = at;
    this.canvas.classList.toggle("is-on-door", at >= 0);
    if (at >= 0) this.showCard(at, false);
    else if (this.scene.focus >= 0 && this.scene.focused) this.showCard(this.scene.focus, false);
    else this.card.hide();
    this.repaint();
  }

  /**
   * Put the focus on a door: it is named aloud and its card opens.
   * @param {number} at
   * @param {boolean} [far] whether to zoom in on it
   */
  focusOn(at, far = false) {
    if (at < 0) return;
    this.scene.focus = at;
    if (far) this.approach(at);
    this.reveal(at);
    this.spoken.textContent = this.nameOf(at);
    this.showCard(at, true);
    this.repaint();
  }

  /** Come near enough to read the doors around one. @param {number} at */
  approach(at) {
    const { view, plan } = this.scene;
    const centre = this.centres?.[at];
    if (!centre || plan.pitch * view.scale > 22) return;
    const scale = Math.min(this.most, 30 / plan.pitch);
    const { clientWidth: width, clientHeight: height } = this.stage;
    this.scene.view = { scale, x: width / 2 - centre.x * scale, y: height / 2 - centre.y * scale };
    this.hold();
  }

  /** Move the wall so that a door is on the stage. @param {number} at */
  reveal(at) {
    const { view } = this.scene;
    const centre = this.centres?.[at];
    if (!centre || view.scale <= 1) return;
    const [x, y] = [centre.x * view.scale + view.x, centre.y * view.scale + view.y];
    const edge = 70;
    const { clientWidth: width, clientHeight: height } = this.stage;
    const dx = x < edge ? edge - x : x > width - edge ? width - edge - x : 0;
    const dy = y < edge ? edge - y : y > height - edge ? height - edge - y : 0;
    if (dx || dy) this.pan(dx, dy);
  }

  /** @param {"left" | "right" | "up" | "down"} direction */
  step(direction) {
    const { focus } = this.scene;
    this.focusOn(focus < 0 ? this.firstDoor() : neighbour(this.centres ?? [], focus, direction));
  }

  /** The door at the top left. */
  firstDoor() {
    return (this.centres ?? []).reduce((best, there, at, all) =>
      there.y * 4 + there.x < all[best].y * 4 + all[best].x && there.x > -1e5 ? at : best, 0);
  }

  /** The next door of the chosen states, or that needs somebody. @param {1 | -1} by */
  next(by) {
    const { letters, chosen, focus, marks } = this.scene;
    /** @param {number} at */
    const wanted = (at) => chosen.size ? chosen.has(letters[at])
      : ["held", "missed", "due", "part"].includes(marks.get(letters[at])?.key ?? "");
    for (let turn = 1; turn <= letters.length; turn++) {
      const at = (focus + by * turn + 2 * letters.length) % letters.length;
      if (wanted(at)) return this.focusOn(at);
    }
    this.spoken.textContent = this.words.none;
  }

  /** @param {number} at */
  open(at) {
    if (at >= 0) location.assign((this.root.dataset.door ?? "").replace("DOOR", this.layout.doors[at][0]));
  }

  /** Find the door somebody typed; again, the next of that name. @param {string} text */
  search(text) {
    const found = findDoors(this.layout, text);
    if (!found.length) {
      this.spoken.textContent = this.words.nowhere.replace("{door}", text);
      element("wall-found").textContent = this.words.nowhere.replace("{door}", text);
      return;
    }
    const at = found[(found.indexOf(this.scene.focus) + 1) % found.length];
    element("wall-found").textContent = found.length > 1
      ? this.words.found.replace("{number}", String(found.indexOf(at) + 1)).replace("{all}", String(found.length)) : "";
    this.focusOn(at, true);
  }

  /** @param {number} at @param {boolean} soon */
  showCard(at, soon) {
    const block = this.scene.plan.blocks.find((each) => each.index === this.layout.doors[at][1]);
    const mark = this.scene.marks.get(this.scene.letters[at]);
    if (!block || !mark) return;
    const box = boxOf(this.scene, block, at);
    const { ratio } = this.scene;
    this.card.show(this.layout.doors[at][0], this.nameOf(at), {
      x: box.x / ratio, y: box.y / ratio, w: box.w / ratio, h: box.h / ratio,
    }, soon);
  }

  repaint() {
    if (this.planned) return;
    this.planned = requestAnimationFrame((now) => {
      this.planned = 0;
      this.paintNow(now);
    });
  }

  /** @param {number} [now] */
  paintNow(now = performance.now()) {
    this.scene.now = now;
    if (paint(this.pen, this.scene)) this.repaint();
  }
}

/** @param {string} address */
async function fetchJson(address) {
  const answer = await fetch(address, { credentials: "same-origin", headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
}

const root = document.getElementById("wall");
if (root) {
  Promise.all([fetchJson(root.dataset.layout ?? ""), fetchJson(root.dataset.poll ?? "")])
    .then(([layout, state]) => {
      const wall = new Wall(root, layout, state);
      /** @type {any} */ (root).wall = wall;
    })
    .catch(() => {
      element("wall-failed").hidden = false;
    });
}
