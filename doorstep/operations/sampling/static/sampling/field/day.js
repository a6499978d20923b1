// The tubes and boxes of a shift as this phone's own lines tell of them, and what the rules would
// say of each line: the same codes as the server's (operations/sampling/rules.py), held against it
// by tests/vectors/rules.json. Pure: no clock, no storage; a line added twice changes nothing, and
// each costs the same however many came before. Refuses nothing: a code is a warning, the line is
// kept all the same.

/** @typedef {{ id: string, kind: string, n: number, round?: string, person?: string, tube?: string,
 *   entry?: string, pool?: string, table?: string, count?: number, box?: string, seal?: string,
 *   tubes?: string[] }} Entry an entry with the number of its line */
/** @typedef {{ pools: Record<string, number>, kinds: Record<string, { sampled: boolean,
 *   most: number | null }> }} Rules the server's own numbers: people in a tube by pool, and what the
 *   kinds of round take */
/** @typedef {{ kind: string, pool: string | null }} Round */
/**
 * What the snapshot knows.
 * @typedef {Object} Known
 * @property {Rules} rules
 * @property {(round: string) => Round | undefined} findRound
 * @property {(person: string) => string | undefined} doorOf undefined: not on the roster here
 * @property {(round: string, person: string) => boolean} isElsewhere the round is none for them
 */
/** @typedef {{ entry: string, round: string, person: string, n: number }} Swab */

export const HOUSEHOLD = "household"; // its tube is of one door besides

export class Tube {
  /** @param {string} code */
  constructor(code) {
    this.code = code;
    /** @type {Map<string, Swab>} by entry */
    this.swabs = new Map();
    /** @type {Map<string, number>} people → their swabs in it */
    this.people = new Map();
    /** @type {Map<string, number>} rounds → the swabs that name them */
    this.rounds = new Map();
    /** @type {Entry[]} */
    this.opened = [];
    /** @type {Entry[]} */
    this.closed = [];
    /** @type {Set<string>} of boxes */
    this.boxes = new Set();
  }

  /** @returns {string | undefined} the round it is of; while two claim it, the same one always */
  get round() {
    const said = [...this.rounds.keys()];
    return (said.length ? said : this.opened.map((entry) => entry.round ?? "")).sort()[0];
  }

  /** Whether it was closed, and not opened again since. */
  get isClosed() {
    return (this.closed.at(-1)?.n ?? 0) > (this.opened.at(-1)?.n ?? 0);
  }
}

export class Box {
  /** @param {string} code */
  constructor(code) {
    this.code = code;
    /** @type {Entry[]} */
    this.sealed = [];
    /** @type {Entry[]} collected or received, with a count */
    this.counted = [];
  }

  /** All that anybody said is in it. */
  get tubes() {
    return new Set(this.sealed.flatMap((entry) => entry.tubes ?? []));
  }
}

export class Day {
  /** @param {Known} known */
  constructor(known) {
    this.known = known;
    /** @type {Map<string, Tube>} */
    this.tubes = new Map();
    /** @type {Map<string, Box>} */
    this.boxes = new Map();
    /** @type {Map<string, Map<string, string>>} round and person → entry → tube */
    this.people = new Map();
    /** @type {Set<string>} what was withdrawn: entry, round, person and tube */
    this.withdrawn = new Set();
    /** @type {Map<string, Entry>} */
    this.entries = new Map();
  }

  /** Take in one line of this phone. @param {Entry} entry */
  add(entry) {
    if (this.entries.has(entry.id)) return;
    this.entries.set(entry.id, entry);
    if (entry.kind === "person.sampled") this.bind(entry);
    else if (entry.kind === "person.unsampled") this.withdraw(entry);
    else if (entry.kind === "tube.opened") this.tube(entry.tube).opened.push(entry);
    else if (entry.kind === "tube.closed") this.tube(entry.tube).closed.push(entry);
    else if (entry.kind === "box.sealed") this.seal(entry);
    else if (entry.kind === "box.collected" || entry.kind === "box.received") {
      this.box(entry.box).counted.push(entry);
    }
  }

  /**
   * What the rules say of a line that was added, in alphabetical order.
   * @param {string} id @returns {string[]}
   */
  codesOf(id) {
    const entry = this.entries.get(id);
    if (!entry) return [];
    if (entry.kind === "person.sampled") return this.judgeSwab(entry);
    if (entry.kind === "tube.opened" && this.isReused(this.tube(entry.tube))) return ["TUBE_REUSED"];
    const box = entry.box === undefined ? undefined : this.boxes.get(entry.box);
    return box && isUnbalanced(box, entry) ? ["BOX_UNBALANCED"] : [];
  }

  /** What it would say of a line that is not kept yet; nothing is added. @param {Entry} entry */
  foresee(entry) {
    if (this.entries.has(entry.id)) return this.codesOf(entry.id);
    if (entry.kind === "person.unsampled") return []; // to take back is always right
    this.add(entry);
    const codes = this.codesOf(entry.id);
    this.remove(entry);
    return codes;
  }

  /** The tube this phone opened last and has not closed or packed since. @param {string} round
   *  @returns {Tube | undefined} */
  openTube(round) {
    let [found, latest] = [/** @type {Tube | undefined} */ (undefined), 0];
    for (const tube of this.tubes.values()) {
      const opened = tube.opened.at(-1)?.n ?? 0;
      if (opened <= latest || tube.round !== round || tube.isClosed || this.packedAt(tube) > opened) continue;
      [found, latest] = [tube, opened];
    }
    return found;
  }

  /** The line that last put it into a box; 0 while none has. @param {Tube} tube */
  packedAt(tube) {
    const packed = [...tube.boxes].flatMap((box) => this.boxes.get(box)?.sealed ?? []);
    return Math.max(0, ...packed.filter(({ tubes }) => tubes?.includes(tube.code)).map(({ n }) => n));
  }

  /** Closed tubes that are in no box yet. @param {string} round */
  looseTubes(round) {
    return [...this.tubes.values()].filter(
      (tube) => tube.round === round && tube.isClosed && !tube.boxes.size,
    );
  }

  /** Where this person's swabs of a round are: entry → tube. @param {string} round
   *  @param {string} person @returns {ReadonlyMap<string, string>} */
  swabsOf(round, person) {
    return this.people.get(`${round} ${person}`) ?? new Map();
  }

  /** How many people may be in the tube; null where nobody knows. @param {Tube} tube */
  sizeOf(tube) {
    const { rules, findRound } = this.known;
    const round = tube.round === undefined ? undefined : findRound(tube.round);
    const sizes = [rules.pools[this.poolOf(tube) ?? ""], round && rules.kinds[round.kind]?.most];
    const known = sizes.filter((size) => typeof size === "number");
    return known.length ? Math.min(...known) : null;
  }

  /** The pool its opening says: if two say otherwise, the smaller. @param {Tube} tube */
  poolOf(tube) {
    const { pools } = this.known.rules;
    const said = [...new Set(tube.opened.map((entry) => entry.pool ?? ""))];
    if (!said.length) return tube.round ? this.known.findRound(tube.round)?.pool : null;
    const sized = said.filter((pool) => pool !== HOUSEHOLD && pools[pool] !== undefined);
    if (said.length === 1 || !sized.length) return said.sort()[0];
    return sized.sort((one, other) => (pools[one] ?? 0) - (pools[other] ?? 0))[0];
  }

  /** @param {Tube} tube */
  isOverfull(tube) {
    const people = tube.people;
    if (this.poolOf(tube) === HOUSEHOLD) {
      const doors = [...people.keys()].map((person) => this.known.doorOf(person));
      if (new Set(doors.filter((door) => door !== undefined)).size > 1) return true;
    }
    const size = this.sizeOf(tube);
    return size !== null && people.size > size;
  }

  // ---- one line at a time ----

  /** @param {string | undefined} code */
  tube(code = "") {
    let tube = this.tubes.get(code);
    if (!tube) this.tubes.set(code, (tube = new Tube(code)));
    return tube;
  }

  /** @param {string | undefined} code */
  box(code = "") {
    let box = this.boxes.get(code);
    if (!box) this.boxes.set(code, (box = new Box(code)));
    return box;
  }

  /** @param {Entry} entry */
  bind({ id, n, round = "", person = "", tube = "" }) {
    if (this.withdrawn.has(`${id} ${round} ${person} ${tube}`)) return;
    const bound = this.tube(tube);
    bound.swabs.set(id, { entry: id, round, person, n });
    count(bound.people, person, 1);
    count(bound.rounds, round, 1);
    const key = `${round} ${person}`;
    let tubes = this.people.get(key);
    if (!tubes) this.people.set(key, (tubes = new Map()));
    tubes.set(id, tube);
  }

  /** @param {Entry} entry */
  withdraw({ entry = "", round = "", person = "", tube = "" }) {
    this.withdrawn.add(`${entry} ${round} ${person} ${tube}`);
    const swab = this.tubes.get(tube)?.swabs.get(entry);
    if (swab?.round === round && swab.person === person) this.unbind(entry, round, person, tube);
  }

  /** @param {string} entry @param {string} round @param {string} person @param {string} tube */
  unbind(entry, round, person, tube) {
    const bound = this.tubes.get(tube);
    if (bound?.swabs.delete(entry)) {
      count(bound.people, person, -1);
      count(bound.rounds, round, -1);
    }
    const key = `${round} ${person}`;
    this.people.get(key)?.delete(entry);
    if (!this.people.get(key)?.size) this.people.delete(key);
    this.drop(tube);
  }

  /** @param {Entry} entry */
  seal(entry) {
    this.box(entry.box).sealed.push(entry);
    for (const tube of entry.tubes ?? []) this.tube(tube).boxes.add(entry.box ?? "");
  }

  /** Takes back the line that `foresee` has just added. @param {Entry} entry */
  remove(entry) {
    const { id, round = "", person = "", tube: code = "" } = entry;
    this.entries.delete(id);
    if (entry.kind === "person.sampled") this.unbind(id, round, person, code);
    const box = this.boxes.get(entry.box ?? "");
    const tube = this.tubes.get(code);
    for (const list of [tube?.opened, tube?.closed, box?.sealed, box?.counted]) {
      if (list?.at(-1)?.id === id) list.pop();
    }
    const left = box?.tubes ?? new Set();
    for (const inside of entry.tubes ?? []) {
      if (!left.has(inside)) this.tubes.get(inside)?.boxes.delete(box?.code ?? "");
    }
    for (const each of [code, ...(entry.tubes ?? [])]) this.drop(each);
    if (box && !box.sealed.length && !box.counted.length) this.boxes.delete(box.code);
  }

  /** A tube of which nothing is said is none. @param {string} code */
  drop(code) {
    const tube = this.tubes.get(code);
    if (!tube || tube.swabs.size || tube.opened.length || tube.closed.length || tube.boxes.size) return;
    this.tubes.delete(code);
  }

  // ---- rules ----

  /** Two rounds or two tables claim it. @param {Tube} tube */
  isReused(tube) {
    const rounds = new Set(tube.rounds.keys());
    for (const entry of tube.opened) rounds.add(entry.round ?? "");
    return rounds.size > 1 || new Set(tube.opened.map((entry) => entry.table)).size > 1;
  }

  /** @param {Entry} entry */
  judgeSwab({ id, n, round = "", person = "", tube: code = "" }) {
    const tube = this.tubes.get(code);
    if (!tube?.swabs.has(id)) return []; // withdrawn
    const { rules, findRound, doorOf, isElsewhere } = this.known;
    const codes = [];
    if (new Set(this.swabsOf(round, person).values()).size > 1) codes.push("PERSON_TWICE");
    if (doorOf(person) === undefined) codes.push("PERSON_UNKNOWN");
    if (this.isReused(tube)) codes.push("TUBE_REUSED");
    if (this.isOverfull(tube)) codes.push("TUBE_OVERFULL");
    if (tube.closed.some((entry) => n > entry.n)) codes.push("TUBE_CLOSED");
    const known = findRound(round);
    if (!known || !rules.kinds[known.kind]?.sampled || isElsewhere(round, person)) {
      codes.push("WRONG_ROUND");
    }
    return codes.sort();
  }
}

/** @param {Map<string, number>} counts @param {string} key @param {number} step */
function count(counts, key, step) {
  const left = (counts.get(key) ?? 0) + step;
  if (left) counts.set(key, left);
  else counts.delete(key);
}

/** @param {Box} box @param {Entry} entry one of its own */
function isUnbalanced(box, entry) {
  const { sealed, counted, tubes } = box;
  const seals = new Set(sealed.map((each) => each.seal));
  if (counted.includes(entry)) {
    const read = entry.seal !== undefined && entry.seal !== null;
    return entry.count !== tubes.size || (read && !seals.has(entry.seal));
  }
  const inside = new Set(entry.tubes ?? []);
  return entry.count !== inside.size || seals.size > 1 || sealed.some(
    (other) => new Set(other.tubes ?? []).size !== inside.size
      || (other.tubes ?? []).some((tube) => !inside.has(tube)),
  );
}
