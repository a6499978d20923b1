// Where every door of an estate stands on the wall: buildings in streets, floors as rows, doors as
// columns, the ground floor below. Pure: numbers in, numbers out. Refuses to move a building out of
// its order, so that people find it where it was yesterday.

/** @typedef {[id: string, building: number, unit: string, floor: number, column: number, name: string]} Row */
/** @typedef {{ estate: { id: string, name: string }, buildings: { id: string, name: string }[], doors: Row[] }} Layout */
/**
 * A building as a block of cells. `gaps[column]` counts the stairwells before a column.
 * @typedef {{ index: number, name: string, columns: number, floors: number, lowest: number,
 *   gaps: number[], doors: number[], x: number, y: number, w: number, h: number }} Block
 */
/** @typedef {{ blocks: Block[], pitch: number, rise: number, label: number, width: number, height: number }} Plan */

const LOW = 1.15; // a door is taller than it is wide: at least so much,
const TALL = 1.6; // and no more than this where there is room
const UNIT_GAP = 0.55; // between stairwells, in widths of a door
const BLOCK_GAP = 1.5; // between buildings
const ROW_GAP = 0.9; // between a street's names and the roofs of the next

/**
 * The buildings of a layout, not placed yet.
 * @param {Layout} layout
 * @returns {Block[]}
 */
export function blocksOf(layout) {
  /** @type {Block[]} */
  const blocks = layout.buildings.map(({ name }, index) => ({
    index, name, columns: 1, floors: 1, lowest: Infinity, gaps: [], doors: [], x: 0, y: 0, w: 0, h: 0,
  }));
  layout.doors.forEach((row, at) => {
    const block = blocks[row[1]];
    block.doors.push(at);
    block.columns = Math.max(block.columns, row[4] + 1);
    block.lowest = Math.min(block.lowest, row[3]);
  });
  for (const block of blocks) {
    if (!block.doors.length) block.lowest = 1;
    const top = block.doors.reduce((most, at) => Math.max(most, layout.doors[at][3]), block.lowest);
    block.floors = top - block.lowest + 1;
    block.gaps = gapsOf(block, layout);
  }
  return blocks.filter((block) => block.doors.length);
}

/**
 * @param {Block} block
 * @param {Layout} layout
 */
function gapsOf(block, layout) {
  /** @type {Map<string, number>} the first column of each stairwell */
  const first = new Map();
  for (const at of block.doors) {
    const [, , unit, , column] = layout.doors[at];
    first.set(unit, Math.min(first.get(unit) ?? Infinity, column));
  }
  const starts = [...first.values()].sort((a, b) => a - b).slice(1);
  return Array.from({ length: block.columns }, (_, column) =>
    starts.filter((start) => start <= column).length);
}

/**
 * The widths of a door a block takes, its stairwells apart.
 * @param {Block} block
 */
export function widthOf(block) {
  return block.columns + (block.gaps.at(-1) ?? 0) * UNIT_GAP;
}

/**
 * Where a column begins, in widths of a door from the block's left.
 * @param {Block} block
 * @param {number} column
 */
export function leftOf(block, column) {
  return column + (block.gaps[column] ?? 0) * UNIT_GAP;
}

/**
 * Break the buildings into streets no wider than `width`, with doors `pitch` wide.
 * @param {Block[]} blocks
 * @param {number} pitch
 * @param {number} width
 */
function streetsOf(blocks, pitch, width) {
  /** @type {Block[][]} */
  const streets = [];
  let left = Infinity;
  for (const block of blocks) {
    const wide = widthOf(block) * pitch;
    if (left + wide > width) {
      streets.push([]);
      left = 0;
    }
    streets[streets.length - 1].push(block);
    left += wide + BLOCK_GAP * pitch;
  }
  return streets;
}

/**
 * @param {Block[][]} streets
 * @param {number} pitch
 * @param {number} label
 */
function heightOf(streets, pitch, label) {
  return streets.reduce(
    (sum, street) => sum + Math.max(...street.map((block) => block.floors)) * pitch * LOW + label,
    Math.max(0, streets.length - 1) * ROW_GAP * pitch,
  );
}

/**
 * Place the buildings so that doors are as large as the room allows.
 * @param {Block[]} blocks
 * @param {number} width the room, in pixels
 * @param {number} height
 * @param {{ ratio?: number, label?: number, most?: number }} [options] device pixels to a pixel;
 *   the height of a building's name; the widest a door may be
 * @returns {Plan}
 */
export function place(blocks, width, height, { ratio = 1, label = 16, most = 40 } = {}) {
  let low = 1;
  let high = most;
  for (let turn = 0; turn < 24; turn++) {
    const middle = (low + high) / 2;
    const streets = streetsOf(blocks, middle, width);
    const widest = Math.max(...blocks.map(widthOf)) * middle;
    if (widest <= width && heightOf(streets, middle, label) <= height) low = middle;
    else high = middle;
  }
  // whole device pixels, so that every door has the same edges
  const pitch = Math.max(3 / ratio, Math.floor(low * ratio) / ratio);
  return settle(streetsOf(blocks, pitch, width), pitch, { label, width, height, ratio });
}

/**
 * @param {Block[][]} streets
 * @param {number} pitch
 * @param {{ label: number, width: number, height: number, ratio: number }} room
 * @returns {Plan}
 */
function settle(streets, pitch, { label, width, height, ratio }) {
  const storeys = streets.reduce((sum, street) => sum + Math.max(...street.map((block) => block.floors)), 0);
  const free = height - streets.length * label - Math.max(0, streets.length - 1) * ROW_GAP * pitch;
  const tall = Math.min(pitch * TALL, Math.max(pitch * LOW, free / Math.max(1, storeys)));
  const rise = Math.max(4 / ratio, Math.floor(tall * ratio + 1e-6) / ratio);
  let top = 0;
  for (const street of streets) {
    const floors = Math.max(...street.map((block) => block.floors));
    const taken = street.reduce((sum, block) => sum + widthOf(block) * pitch, 0);
    const spare = street.length > 1 ? (width - taken) / (street.length - 1) : 0;
    const gap = Math.min(Math.max(spare, BLOCK_GAP * pitch), 4.5 * pitch);
    let left = 0;
    for (const block of street) {
      block.w = widthOf(block) * pitch;
      block.h = block.floors * rise;
      block.x = left;
      block.y = top + (floors - block.floors) * rise;
      left += block.w + gap;
    }
    top += floors * rise + label + ROW_GAP * pitch;
  }
  const blocks = streets.flat();
  const right = Math.max(0, ...blocks.map((block) => block.x + block.w));
  return { blocks, pitch, rise, label, width: right, height: Math.max(0, top - ROW_GAP * pitch) };
}

/**
 * The middle of a door on the plan.
 * @param {Plan} plan
 * @param {Block} block
 * @param {Row} row
 */
export function centreOf(plan, block, row) {
  return {
    x: block.x + (leftOf(block, row[4]) + 0.5) * plan.pitch,
    y: block.y + block.h - (row[3] - block.lowest + 0.5) * plan.rise,
  };
}

/**
 * The door nearest in a direction: what lies straight ahead is nearer than what lies aside.
 * @param {{ x: number, y: number }[]} centres
 * @param {number} from
 * @param {"left" | "right" | "up" | "down"} direction
 * @returns {number} the door, or `from` where there is none
 */
export function neighbour(centres, from, direction) {
  const here = centres[from];
  const across = direction === "left" || direction === "right";
  const sign = direction === "left" || direction === "up" ? -1 : 1;
  let best = from;
  let least = Infinity;
  centres.forEach((there, at) => {
    const ahead = sign * (across ? there.x - here.x : there.y - here.y);
    if (at === from || ahead < 0.5) return;
    const aside = Math.abs(across ? there.y - here.y : there.x - here.x);
    const far = ahead + 4 * aside;
    if (far < least) [best, least] = [at, far];
  });
  return best;
}

/**
 * The doors somebody means by "12-803", "12-1-803", "12座803" or "803".
 * @param {Layout} layout
 * @param {string} text
 * @returns {number[]}
 */
export function findDoors(layout, text) {
  const words = text.normalize("NFKC").toUpperCase().match(/[0-9A-Z]+/g);
  if (!words) return [];
  const name = words[words.length - 1];
  const building = words.length > 1 ? words[0] : "";
  const unit = words.length > 2 ? words[1] : "";
  /** @param {string} said @param {string} wanted */
  const begins = (said, wanted) => (said.match(/[0-9A-Z]+/i)?.[0].toUpperCase() ?? said) === wanted;
  return layout.doors.flatMap((row, at) =>
    row[5].toUpperCase() === name &&
    (!building || begins(layout.buildings[row[1]].name, building)) &&
    (!unit || begins(row[2], unit)) ? [at] : []);
}
