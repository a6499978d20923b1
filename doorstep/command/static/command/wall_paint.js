// How the wall is painted: each state once as a small picture of a door, then thousands of copies.
// A state is a pattern before it is a colour. Refuses to know what the states mean: label, colour
// and pattern come with the data.

import { leftOf } from "./wall_layout.js";

/** @typedef {import("./wall_layout.js").Plan} Plan */
/** @typedef {import("./wall_layout.js").Block} Block */
/** @typedef {import("./wall_layout.js").Layout} Layout */
/** @typedef {{ code: string, key: string, label: string, colour: string, night: string, pattern: string, count: number }} Mark */
/** @typedef {{ paper: string, ink: string, quiet: string, line: string, done: string, focus: string, night: boolean, face: string }} Theme */
/** @typedef {{ scale: number, x: number, y: number }} View */
/**
 * @typedef {{ layout: Layout, plan: Plan, letters: string, marks: Map<string, Mark>, theme: Theme,
 *   view: View, ratio: number, chosen: Set<string>, hover: number, focus: number, focused: boolean,
 *   flashes: Map<number, number>, now: number, building: number }} Scene
 */

export const FLASH = 1600; // ms

/**
 * The colours of the page as it is now.
 * @param {boolean} night
 * @returns {Theme}
 */
export function readTheme(night) {
  const style = getComputedStyle(document.documentElement);
  /** @param {string} name */
  const read = (name) => style.getPropertyValue(name).trim();
  return {
    paper: read("--paper"), ink: read("--ink"), quiet: read("--quiet"), line: read("--line"),
    done: read("--done"), focus: read("--focus"), night,
    face: getComputedStyle(document.body).fontFamily,
  };
}

/**
 * Draw one door of a state into a rectangle of whole device pixels.
 * @param {CanvasRenderingContext2D} pen
 * @param {string} pattern
 * @param {string} colour
 * @param {number} x
 * @param {number} y
 * @param {number} w
 * @param {number} h
 */
export function drawDoor(pen, pattern, colour, x, y, w, h) {
  const edge = Math.max(1, Math.round(w / 11));
  pen.save();
  pen.beginPath();
  pen.rect(x, y, w, h);
  pen.clip();
  pen.fillStyle = pen.strokeStyle = colour;
  if (pattern === "solid") pen.fillRect(x, y, w, h);
  else {
    PATTERNS[pattern]?.(pen, x, y, w, h, edge);
    pen.lineWidth = edge;
    pen.strokeRect(x + edge / 2, y + edge / 2, w - edge, h - edge);
  }
  pen.restore();
}

/** @type {Record<string, (pen: CanvasRenderingContext2D, x: number, y: number, w: number, h: number, edge: number) => void>} */
const PATTERNS = {
  hatch(pen, x, y, w, h) {
    const step = Math.max(4, Math.round(w / 3));
    pen.globalAlpha = 0.22;
    pen.fillRect(x, y, w, h);
    pen.globalAlpha = 1;
    pen.lineWidth = Math.max(1.2, step * 0.42);
    pen.beginPath();
    for (let at = -h; at < w + h; at += step) {
      pen.moveTo(x + at, y + h);
      pen.lineTo(x + at + h, y);
    }
    pen.stroke();
  },
  dots(pen, x, y, w, h, edge) {
    const many = w >= 9 ? 2 : 1;
    const size = Math.max(2, Math.round((w - 2 * edge) / (many * 2.4)));
    const rows = Math.max(1, Math.round((h / w) * many));
    for (let i = 0; i < many; i++) {
      for (let j = 0; j < rows; j++) {
        pen.fillRect(
          Math.round(x + ((i + 0.5) * w) / many - size / 2),
          Math.round(y + ((j + 0.5) * h) / rows - size / 2), size, size);
      }
    }
  },
  cross(pen, x, y, w, h, edge) {
    pen.lineWidth = Math.max(1, edge * 1.2);
    pen.beginPath();
    pen.moveTo(x, y);
    pen.lineTo(x + w, y + h);
    pen.moveTo(x + w, y);
    pen.lineTo(x, y + h);
    pen.stroke();
  },
  frame(pen, x, y, w, h, edge) {
    const inner = edge * 3;
    pen.lineWidth = inner;
    pen.strokeRect(x + inner / 2, y + inner / 2, w - inner, h - inner);
  },
  grey(pen, x, y, w, h, edge) {
    pen.globalAlpha = 0.3;
    pen.fillRect(x, y, w, h);
    pen.globalAlpha = 1;
    pen.lineWidth = edge;
    pen.beginPath();
    pen.moveTo(x, y + h);
    pen.lineTo(x + w, y);
    pen.stroke();
  },
};

/**
 * The size and place of one door on the canvas, in whole device pixels.
 * @param {Scene} scene
 * @param {Block} block
 * @param {number} at
 */
export function boxOf(scene, block, at) {
  const { plan, view, ratio, layout } = scene;
  const row = layout.doors[at];
  const pitch = Math.max(3, Math.floor(plan.pitch * view.scale * ratio + 1e-6));
  const rise = Math.max(4, Math.floor(plan.rise * view.scale * ratio + 1e-6));
  const gap = Math.max(1, Math.round(pitch * 0.16));
  const left = Math.round((block.x * view.scale + view.x) * ratio);
  const ground = Math.round(((block.y + block.h) * view.scale + view.y) * ratio);
  return {
    x: left + Math.round(leftOf(block, row[4]) * pitch),
    y: ground - (row[3] - block.lowest + 1) * rise,
    w: pitch - gap,
    h: rise - gap,
  };
}

/** @type {Map<string, HTMLCanvasElement>} */
const pictures = new Map();

/**
 * @param {Mark} mark
 * @param {number} w
 * @param {number} h
 * @param {boolean} night
 */
function pictureOf(mark, w, h, night) {
  const key = `${mark.pattern} ${night ? mark.night : mark.colour} ${w} ${h}`;
  let picture = pictures.get(key);
  if (!picture) {
    if (pictures.size > 200) pictures.clear();
    picture = document.createElement("canvas");
    picture.width = w;
    picture.height = h;
    const pen = picture.getContext("2d");
    if (pen) drawDoor(pen, mark.pattern, night ? mark.night : mark.colour, 0, 0, w, h);
    pictures.set(key, picture);
  }
  return picture;
}

/**
 * Paint the whole scene.
 * @param {CanvasRenderingContext2D} pen
 * @param {Scene} scene
 * @returns {boolean} whether something still moves
 */
export function paint(pen, scene) {
  const { width, height } = pen.canvas;
  pen.setTransform(1, 0, 0, 1, 0, 0);
  pen.clearRect(0, 0, width, height);
  for (const block of scene.plan.blocks) {
    const edge = edgesOf(scene, block);
    if (edge.right < 0 || edge.left > width || edge.ground + 40 < 0 || edge.roof > height) continue;
    paintBlock(pen, scene, block);
    paintGround(pen, scene, block, edge);
  }
  const moving = paintFlashes(pen, scene);
  if (scene.hover >= 0 && scene.hover !== scene.focus) ring(pen, scene, scene.hover, scene.theme.ink, 1);
  if (scene.focus >= 0) ring(pen, scene, scene.focus, scene.theme.focus, scene.focused ? 3 : 2);
  return moving;
}

/**
 * @param {Scene} scene
 * @param {Block} block
 */
function edgesOf(scene, block) {
  const { plan, view, ratio } = scene;
  const pitch = Math.max(3, Math.floor(plan.pitch * view.scale * ratio + 1e-6));
  const rise = Math.max(4, Math.floor(plan.rise * view.scale * ratio + 1e-6));
  const left = Math.round((block.x * view.scale + view.x) * ratio);
  const ground = Math.round(((block.y + block.h) * view.scale + view.y) * ratio);
  const right = left + Math.round((leftOf(block, block.columns - 1) + 1) * pitch);
  return { left, right, ground, roof: ground - block.floors * rise, pitch, rise };
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {Scene} scene
 * @param {Block} block
 */
function paintBlock(pen, scene, block) {
  const { letters, marks, chosen, theme, layout, ratio } = scene;
  for (const at of block.doors) {
    const mark = marks.get(letters[at]);
    if (!mark) continue;
    const faded = chosen.size > 0 && !chosen.has(mark.code);
    const box = boxOf(scene, block, at);
    pen.globalAlpha = faded ? 0.13 : 1;
    pen.drawImage(pictureOf(mark, box.w, box.h, theme.night), box.x, box.y);
    if (box.w > 26 * ratio && !faded) {
      const solid = mark.pattern === "solid";
      write(pen, scene, layout.doors[at][5], box.x + box.w / 2, box.y + box.h / 2, {
        size: Math.min(13, (box.w / ratio) * 0.3), colour: solid ? theme.paper : theme.ink,
        plate: !solid && mark.pattern !== "outline",
      });
    }
  }
  pen.globalAlpha = 1;
}

/**
 * The ground under a building: its name, and how much of it is well as a line.
 * @param {CanvasRenderingContext2D} pen
 * @param {Scene} scene
 * @param {Block} block
 * @param {{ left: number, right: number, ground: number, roof: number, pitch: number, rise: number }} edge
 */
function paintGround(pen, scene, block, edge) {
  const { theme, ratio, letters, marks } = scene;
  const counted = block.doors.filter((at) => marks.get(letters[at])?.key !== "none");
  const well = counted.filter((at) => WELL.has(marks.get(letters[at])?.key ?? "")).length;
  const thick = Math.max(1, Math.round(2 * ratio));
  const width = edge.right - edge.left - Math.max(1, Math.round(edge.pitch * 0.16));
  pen.fillStyle = theme.line;
  pen.fillRect(edge.left, edge.ground + ratio, width, thick);
  if (counted.length && well) {
    pen.fillStyle = theme.done;
    pen.fillRect(edge.left, edge.ground + ratio, Math.floor((width * well) / counted.length), thick);
  }
  const ample = width > 70 * ratio;
  const short = block.name.match(/^[0-9A-Za-z]+/)?.[0] ?? block.name;
  const name = ample ? block.name : short;
  const size = Math.max(9, Math.min(13, (width / ratio) * 0.4));
  const chosen = scene.building === block.index;
  const options = { size, colour: chosen ? theme.ink : theme.quiet, bold: chosen };
  const under = edge.ground + thick + 1.5 * ratio + (size * ratio) / 2 + ratio;
  if (ample && counted.length) {
    write(pen, scene, name, edge.left, under, { ...options, align: "left" });
    write(pen, scene, `${well}/${counted.length}`, edge.left + width, under,
      { size: Math.min(size, 12), colour: theme.quiet, align: "right" });
  } else write(pen, scene, name, edge.left + width / 2, under, options);
  if (edge.rise > 19 * ratio) paintFloors(pen, scene, block, edge);
}

/** Groups of states no more is asked of. */
const WELL = new Set(["done", "excused"]);

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {Scene} scene
 * @param {Block} block
 * @param {{ left: number, ground: number, rise: number }} edge
 */
function paintFloors(pen, scene, block, edge) {
  for (let floor = 0; floor < block.floors; floor++) {
    write(pen, scene, String(block.lowest + floor), edge.left - 5 * scene.ratio,
      edge.ground - (floor + 0.55) * edge.rise,
      { size: 10, colour: scene.theme.quiet, align: "right" });
  }
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {Scene} scene
 * @param {string} text
 * @param {number} x
 * @param {number} y
 * @param {{ size: number, colour: string, align?: CanvasTextAlign, bold?: boolean, plate?: boolean }} how
 */
function write(pen, scene, text, x, y, { size, colour, align = "center", bold = false, plate = false }) {
  pen.font = `${bold ? 650 : 450} ${size * scene.ratio}px ${scene.theme.face}`;
  pen.textAlign = align;
  pen.textBaseline = "middle";
  if (plate) {
    const half = pen.measureText(text).width / 2 + 2 * scene.ratio;
    const tall = size * scene.ratio * 0.62;
    pen.fillStyle = scene.theme.paper;
    pen.fillRect(x - half, y - tall, 2 * half, 2 * tall);
  }
  pen.fillStyle = colour;
  pen.fillText(text, x, y);
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {Scene} scene
 */
function paintFlashes(pen, scene) {
  for (const [at, begun] of scene.flashes) {
    const part = (scene.now - begun) / FLASH;
    if (part >= 1) {
      scene.flashes.delete(at);
      continue;
    }
    const mark = scene.marks.get(scene.letters[at]);
    const block = scene.plan.blocks.find((each) => each.index === scene.layout.doors[at][1]);
    if (!mark || !block) continue;
    const box = boxOf(scene, block, at);
    const wide = Math.round((1 - part) * Math.max(5 * scene.ratio, box.w * 0.5)) + 1;
    pen.globalAlpha = 0.55 * (1 - part) ** 1.5;
    pen.lineWidth = wide;
    pen.strokeStyle = scene.theme.night ? mark.night : mark.colour;
    pen.strokeRect(box.x - wide / 2, box.y - wide / 2, box.w + wide, box.h + wide);
  }
  pen.globalAlpha = 1;
  return scene.flashes.size > 0;
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {Scene} scene
 * @param {number} at
 * @param {string} colour
 * @param {number} thick in pixels
 */
function ring(pen, scene, at, colour, thick) {
  const block = scene.plan.blocks.find((each) => each.index === scene.layout.doors[at][1]);
  if (!block) return;
  const box = boxOf(scene, block, at);
  const wide = thick * scene.ratio;
  const apart = Math.max(1, scene.ratio);
  pen.lineWidth = apart;
  pen.strokeStyle = scene.theme.paper;
  pen.strokeRect(box.x - apart / 2, box.y - apart / 2, box.w + apart, box.h + apart);
  pen.lineWidth = wide;
  pen.strokeStyle = colour;
  pen.strokeRect(box.x - apart - wide / 2, box.y - apart - wide / 2,
    box.w + 2 * apart + wide, box.h + 2 * apart + wide);
}
