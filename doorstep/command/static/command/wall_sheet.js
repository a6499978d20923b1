// The wall as lines on paper (SVG): the same plan and the same patterns as on the screen, sharp at
// any size, and readable in black and white.

import { blocksOf, leftOf, place } from "./wall_layout.js";

/** @typedef {import("./wall_layout.js").Layout} Layout */
/** @typedef {import("./wall_layout.js").Plan} Plan */
/** @typedef {import("./wall_layout.js").Block} Block */
/** @typedef {import("./wall_paint.js").Mark} Mark */

const SPACE = "http://www.w3.org/2000/svg";
/** The room on the paper below the sentence, in units of a tenth of a millimetre. */
const ROOM = /** @type {Record<string, [number, number]>} */ ({ a3: [4000, 2350], a4: [2810, 1560] });
const LEGEND = 90;

/**
 * @param {string} name
 * @param {Record<string, string | number>} attributes
 * @param {string} [text]
 */
function make(name, attributes, text) {
  const node = document.createElementNS(SPACE, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, String(value));
  if (text !== undefined) node.textContent = text;
  return node;
}

/**
 * One door of a state as a symbol, to be used thousands of times.
 * @param {Mark} mark
 * @param {number} w
 * @param {number} h
 */
function symbolOf(mark, w, h) {
  const symbol = make("symbol", { id: `door-${mark.code}`, viewBox: `0 0 ${w} ${h}` });
  const edge = Math.max(1.2, w / 11);
  const { colour } = mark;
  const frame = { x: edge / 2, y: edge / 2, width: w - edge, height: h - edge, fill: "none", stroke: colour, "stroke-width": edge };
  /** @param {string} d @param {number} wide */
  const stroke = (d, wide) => symbol.append(make("path", { d, stroke: colour, "stroke-width": wide, fill: "none" }));
  if (mark.pattern === "solid") symbol.append(make("rect", { width: w, height: h, fill: colour }));
  else {
    if (mark.pattern === "hatch") {
      let d = "";
      for (let at = -h; at < w; at += w / 3) d += `M${at} ${h}L${at + h} 0`;
      stroke(d, w / 7);
    } else if (mark.pattern === "cross") stroke(`M0 0L${w} ${h}M${w} 0L0 ${h}`, edge * 1.2);
    else if (mark.pattern === "frame") stroke(`M0 0H${w}V${h}H0Z`, edge * 5);
    else if (mark.pattern === "grey") {
      symbol.append(make("rect", { width: w, height: h, fill: colour, "fill-opacity": 0.3 }));
      stroke(`M0 ${h}L${w} 0`, edge);
    } else if (mark.pattern === "dots") {
      for (const x of [0.3, 0.7]) for (const y of [0.22, 0.5, 0.78]) symbol.append(make("circle", { cx: x * w, cy: y * h, r: w / 9, fill: colour }));
    }
    symbol.append(make("rect", frame));
  }
  return symbol;
}

/**
 * @param {Layout} layout
 * @param {{ legend: Mark[], doors: string }} state
 * @param {string} paper
 * @param {string} label
 */
function draw(layout, state, paper, label) {
  const [width, height] = ROOM[paper] ?? ROOM.a3;
  const plan = place(blocksOf(layout), width, height - LEGEND, { label: 46, most: 90 });
  const svg = make("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label, "font-family": getComputedStyle(document.body).fontFamily });
  const gap = Math.max(1, plan.pitch * 0.16);
  const [w, h] = [plan.pitch - gap, plan.rise - gap];
  const defs = make("defs", {});
  for (const mark of state.legend) defs.append(symbolOf(mark, w, h));
  svg.append(defs);
  let left = 0;
  for (const mark of state.legend.filter((each) => each.count)) {
    const text = `${mark.label} ${mark.count.toLocaleString("en")}`;
    svg.append(make("use", { href: `#door-${mark.code}`, x: left, y: 10, width: 36, height: (36 * h) / w }));
    svg.append(make("text", { x: left + 50, y: 44, "font-size": 34, fill: "#1C1F23" }, text));
    left += 100 + [...text].reduce((sum, c) => sum + (c.charCodeAt(0) > 255 ? 36 : 19), 0);
  }
  for (const block of plan.blocks) svg.append(drawBlock(layout, state.doors, plan, block, w, h));
  return svg;
}

/**
 * @param {Layout} layout
 * @param {string} letters
 * @param {Plan} plan
 * @param {Block} block
 * @param {number} w
 * @param {number} h
 */
function drawBlock(layout, letters, plan, block, w, h) {
  const group = make("g", { transform: `translate(${block.x} ${block.y + LEGEND})` });
  for (const at of block.doors) {
    const row = layout.doors[at];
    group.append(make("use", {
      href: `#door-${letters[at]}`, x: leftOf(block, row[4]) * plan.pitch,
      y: block.h - (row[3] - block.lowest + 1) * plan.rise, width: w, height: h,
    }));
  }
  group.append(make("rect", { x: 0, y: block.h + 2, width: block.w, height: 2.5, fill: "#1C1F23" }));
  const size = Math.min(32, Math.max(18, block.w / 2.6));
  group.append(make("text", { x: block.w / 2, y: block.h + 8 + size, "font-size": size, "text-anchor": "middle", fill: "#1C1F23" }, block.name));
  return group;
}

const sheet = document.getElementById("sheet");
if (sheet) {
  const [layout, state] = await Promise.all([sheet.dataset.layout, sheet.dataset.state].map(
    async (address) => (await fetch(address ?? "", { credentials: "same-origin" })).json()));
  sheet.append(draw(layout, state, sheet.dataset.paper ?? "a3", sheet.dataset.label ?? ""));
  sheet.dataset.ready = "true";
}
