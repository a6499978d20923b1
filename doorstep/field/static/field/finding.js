// Finds people and doors in the snapshot by what a worker says: 12-803, 803, part of a label, a
// surname. Pure. Refuses to give more than fit on a screen, and says how many there were.

export const MOST = 40;
const ID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/i;
/** @typedef {{ id: string, label: string, numbers: string[],
 *   people: { id: string, name: string }[] }} Door */

/** Doors with their people, in the order of their numbers; then, without id or label, each person
 *  whose door is not on this phone.
 *  @param {import("./snapshot.js").Snapshot} snapshot @returns {Door[]} */
export function makeIndex(snapshot) {
  /** @type {Map<string, Door>} */
  const doors = new Map();
  for (const [id, label] of snapshot.doors) {
    doors.set(id, { id, label, numbers: label.match(/\d+/g) ?? [], people: [] });
  }
  /** @type {Door[]} */
  const apart = [];
  for (const [id, [name, door]] of snapshot.people) {
    const there = doors.get(door);
    if (there) there.people.push({ id, name });
    else apart.push({ id: "", label: "", numbers: [], people: [{ id, name }] });
  }
  const order = new Intl.Collator("zh", { numeric: true });
  return [...[...doors.values()].sort((one, other) => order.compare(one.label, other.label)), ...apart];
}

/**
 * @param {Door[]} index @param {string} text
 * @returns {{ found: Door[], all: number }} the first MOST, and how many there are
 */
export function find(index, text) {
  const asked = text.trim();
  if (!asked) return { found: [], all: 0 };
  const numbers = /^[\d\s\-–—/座栋单元号室]*[\d号室]$/.test(asked) ? asked.match(/\d+/g) : null;
  const found = index.filter((door) => (numbers ? isDoor(door.numbers, numbers) : isNamed(door, asked)));
  return { found: found.slice(0, MOST), all: found.length };
}

/** The id in what a QR says, as of a person or a door; null when there is none.
 *  @param {string} text */
export function idIn(text) {
  return ID.exec(text)?.[0].toLowerCase() ?? null;
}

/**
 * The door that a QR names, or that of the person whom it names, with that person alone.
 * @param {Door[]} index @param {import("./snapshot.js").Snapshot} snapshot @param {string} text
 * @returns {Door | undefined} undefined: neither is known here
 */
export function findCode(index, snapshot, text) {
  const id = idIn(text);
  if (!id) return undefined;
  const [name, where] = snapshot.people.get(id) ?? [];
  const door = index.find((each) => each.id === (where ?? id));
  if (name === undefined) return door;
  return { id: "", label: "", numbers: [], ...door, people: [{ id, name }] };
}

/** Whether 12-803 is 12座 1单元 803: the parts in their order, and the last one begins the flat.
 *  @param {string[]} numbers of the door @param {string[]} asked */
function isDoor(numbers, asked) {
  const last = asked.at(-1) ?? "";
  const flat = numbers.at(-1) ?? "";
  if (!(asked.length === 1 ? flat === last || flat.startsWith(last) : flat === last)) return false;
  let at = 0;
  for (const part of asked.slice(0, -1)) {
    at = numbers.slice(0, -1).indexOf(part, at) + 1;
    if (!at) return false;
  }
  return true;
}

/** @param {Door} door @param {string} asked */
function isNamed(door, asked) {
  if (door.label.includes(asked)) return true;
  // of a masked name there is the first character alone; 张三 is looked for as 张
  return asked.length <= 3 && door.people.some(({ name }) => name[0] === asked[0]);
}
