// What the screens of sampling share: the day as this phone's lines tell it, what the snapshot knows
// beside it, and a question before something odd is kept. Refuses to refuse: whoever says so keeps it.

import { button, fill, h } from "../../field/dom.js";
import { idIn } from "../../field/finding.js";
import { isOutside } from "../../field/rounds.js";
import { isHeld, t } from "../../field/words.js";
import { Day } from "./day.js";
import { isIn, nextOf, readRun } from "./codes.js";

/** @typedef {import("../../field/phone.js").Phone} Phone */
/** @typedef {{ id: string, name: string, door: string, label: string }} Person */

export class Work {
  /** @param {Phone} phone @param {import("./day.js").Rules} rules */
  constructor(phone, rules) {
    this.phone = phone;
    this.rules = rules;
    /** @type {Map<string, string>} people added with this phone → door */
    this.added = new Map();
    /** @type {Map<string, string>} rounds in which this phone has filled tubes → day */
    this.worked = new Map();
    this.day = new Day({
      rules,
      findRound: (round) => this.findRound(round),
      doorOf: (person) => this.doorOf(person),
      isElsewhere: (round, person) => this.isElsewhere(round, person),
    });
    this.seen = 0;
    this.take();
  }

  /** Take in what this phone has kept since. */
  take() {
    const entries = this.phone.entries();
    for (; this.seen < entries.length; this.seen += 1) {
      const entry = /** @type {import("./day.js").Entry} */ (entries[this.seen]);
      this.day.add(entry);
      if (entry.kind === "person.added") {
        this.added.set(entry.person ?? "", String(/** @type {any} */ (entry).door ?? ""));
      }
      const { kind, round = "" } = entry;
      if ((kind === "tube.opened" || kind === "person.sampled") && !this.worked.has(round)) {
        this.worked.set(round, String(/** @type {any} */ (entry).at ?? "").slice(0, 10));
      }
    }
  }

  /** Keep an entry and take it in. @param {string} kind @param {Record<string, unknown>} fields */
  async keep(kind, fields) {
    const kept = await this.phone.append(kind, fields);
    this.take();
    return kept;
  }

  /** Add somebody who is on no roster. @param {import("../../field/notes.js").Noted} said
   *  @param {string} door id, "" for none @returns {Promise<Person>} */
  async addPerson(said, door) {
    const id = await this.phone.addPerson(said, door);
    this.take();
    return this.person(id);
  }

  /** What is odd about a swab: by this phone's own lines, and what the server holds it for.
   *  @param {import("./day.js").Swab} swab */
  codesOf({ entry, n }) {
    const held = this.phone.codesOf(n).filter(isHeld);
    return [...new Set([...this.day.codesOf(entry), ...held])];
  }

  /** What the rules would say of an entry. @param {string} kind @param {Record<string, any>} fields */
  foresee(kind, fields) {
    return this.day.foresee({ id: "", kind, n: Number.MAX_SAFE_INTEGER, ...fields });
  }

  /** The rounds in which people are sampled, open ones before those that the desk has closed while
   *  this phone worked in them, the newest day first.
   *  @returns {(import("../../field/rounds.js").Round & { id: string, isClosed: boolean })[]} */
  rounds() {
    const ids = new Set([...this.phone.rounds.keys(), ...this.worked.keys()]);
    return [...ids].flatMap((id) => {
      const round = this.findRound(id);
      if (!round || !this.rules.kinds[round.kind]?.sampled) return [];
      const isClosed = round.state === "closed";
      return isClosed && !this.worked.has(id) ? [] : [{ ...round, id, isClosed }];
    }).sort((one, other) => Number(one.isClosed) - Number(other.isClosed)
      || other.day.localeCompare(one.day) || other.id.localeCompare(one.id));
  }

  /** What is known of a round. One that only this phone's lines tell of is one of sampling: it was
   *  when they were kept. @param {string} id @returns {import("../../field/rounds.js").Round | undefined} */
  findRound(id) {
    const known = this.phone.rounds.get(id);
    const day = this.worked.get(id);
    if (known || day === undefined) return known;
    const kind = Object.keys(this.rules.kinds).find((each) => this.rules.kinds[each]?.sampled) ?? "";
    return { kind, area: "", day, pool: null, state: "closed" };
  }

  /** Whether the lists are here; without them nobody is unknown, and nobody is due. */
  hasLists() {
    for (const id of this.phone.snapshot.people.keys()) if (!this.added.has(id)) return true;
    return false;
  }

  /** @param {string} person */
  doorOf(person) {
    const { people } = this.phone.snapshot;
    if (!this.hasLists()) return "";
    return people.get(person)?.[1] ?? this.added.get(person);
  }

  /** @param {string} round @param {string} person */
  isElsewhere(round, person) {
    const { due, people } = this.phone.snapshot;
    if (due.get(round)?.has(person)) return false;
    const known = this.findRound(round);
    if (known && isOutside(known, people.get(person)?.[1] ?? this.added.get(person))) return true;
    if (!due.get(round)?.size) return false;
    return !people.has(person) && !this.added.has(person);
  }

  /** @param {string} id @returns {Person} */
  person(id) {
    const { people, doors } = this.phone.snapshot;
    const unnamed = this.added.has(id) ? t("Somebody added here") : t("Code …{end}", { end: id.slice(-4) });
    const [name, door] = people.get(id) ?? [unnamed, this.added.get(id) ?? ""];
    return { id, name, door, label: doors.get(door) ?? "" };
  }

  /** Whom a QR names: one person, or all of a door. @param {string} text @returns {Person[]} */
  read(text) {
    const id = idIn(text);
    if (id === null) return [];
    const { people, doors } = this.phone.snapshot;
    if (people.has(id) || this.added.has(id)) return [this.person(id)];
    return doors.has(id) ? this.behind(id) : [];
  }

  /** @param {string} door @returns {Person[]} */
  behind(door) {
    const found = new Set();
    for (const [id, [, where]] of this.phone.snapshot.people) if (where === door) found.add(id);
    for (const [id, where] of this.added) if (where === door) found.add(id);
    return [...found].map((id) => this.person(id));
  }

  /** Whether a code is a tube's: one of the issued rolls, or one that this phone has opened.
   *  @param {string} round @param {string} code */
  isTube(round, code) {
    return this.day.tubes.has(code) || this.runs(round).some((run) => isIn(run, code));
  }

  /** What is known of a person in a round. @param {string} round @param {string} person
   *  @returns {"due" | "done" | "excused" | "refused" | "held" | "extra" | "none" | "unknown"}
   *    unknown: the round's list is not here */
  stateOf(round, person) {
    if (this.day.swabsOf(round, person).size) return "done";
    const listed = this.phone.snapshot.due.get(round);
    const unlisted = this.added.has(person) ? "due" : listed ? "none" : "unknown"; // added to be sampled
    return /** @type {any} */ (listed?.get(person)?.[0] ?? unlisted);
  }

  /** Whether the snapshot has the round's issued rolls, and this code is on none of them.
   *  @param {string} round @param {string} tube */
  isForeign(round, tube) {
    const runs = this.runs(round);
    return runs.length > 0 && !runs.some((run) => isIn(run, tube));
  }

  /** The next tube of the rolls that were issued to this table. @param {string} round */
  nextTube(round) {
    for (const run of this.runs(round)) {
      const code = nextOf(run, (each) => this.day.tubes.has(each));
      if (code !== null) return code;
    }
    return null;
  }

  /** @param {string} round @returns {import("./codes.js").Run[]} */
  runs(round) {
    return this.phone.rolls.filter((each) => each.round === round)
      .map(({ first, last }) => readRun(first, last)).filter((run) => run !== null);
  }
}

/** Words for the sizes of tubes. @param {string | null | undefined} pool */
export function sayPool(pool) {
  const words = /** @type {Record<string, string>} */ ({
    single: t("1:1 single"), household: t("One per household"), five: t("5:1"), ten: t("10:1"),
    twenty: t("20:1"),
  });
  return words[pool ?? ""] ?? "";
}

/** Words for where a person stands in a round. @param {string} state */
export function sayState(state) {
  const words = /** @type {Record<string, string>} */ ({
    due: t("due"), done: t("done"), excused: t("excused"), refused: t("refused"), held: t("held"),
    extra: t("done"), none: t("on no list"), unknown: "",
  });
  return words[state] ?? state;
}

/** People to tap, each with where they stand in a round.
 *  @param {Work} work @param {string} round @param {Person[]} people
 *  @param {(person: Person) => unknown} choose */
export function listPeople(work, round, people, choose) {
  return h("ul", { class: "offer" }, people.map((person) => {
    const state = work.stateOf(round, person.id);
    const shape = state === "extra" ? "done" : state === "unknown" ? "none" : state;
    return h("li", {}, h("button", {
      type: "button", class: `button offer__person offer__person--${shape}`,
      onclick: () => choose(person),
    }, h("span", {}, h("b", {}, person.name), ` ${person.label}`),
    h("span", { class: "offer__state" }, h("i", { class: `mark mark--${shape}`, "aria-hidden": "true" }), sayState(state))));
  }));
}

/**
 * Ask before something odd is kept, in the place of the screen's question. Resolves to what was
 * pressed; the first button is the likely one.
 * @param {Phone} phone @param {HTMLElement} place @param {string[]} warnings
 * @param {string} yes @param {string} no @returns {Promise<boolean>}
 */
export function confirm(phone, place, warnings, yes, no) {
  phone.say(t("Look: a question."), "warning");
  return new Promise((resolve) => {
    /** @param {boolean} answer */
    const end = (answer) => {
      fill(place);
      resolve(answer);
    };
    const first = button(yes, () => end(true), { kind: "primary" });
    fill(place, h("div", { class: "message message--warning", role: "alertdialog" },
      warnings.map((text) => h("p", {}, text)),
      h("p", { class: "actions" }, first, button(no, () => end(false)))));
    first.focus();
    place.scrollIntoView({ block: "center" });
  });
}

/** How many swabs are in a tube by eye. @param {HTMLElement} place @param {number} count offered
 *  @param {string} code @returns {Promise<number | null>} null: not now */
export function askCount(place, count, code) {
  return new Promise((resolve) => {
    const shown = h("output", { class: "stepper__number" }, count);
    /** @param {number} step */
    const step = (step) => {
      count = Math.max(0, count + step);
      fill(shown, count);
    };
    /** @param {number | null} answer */
    const end = (answer) => {
      fill(place);
      resolve(answer);
    };
    const yes = button(t("Close the tube"), () => end(count), { kind: "primary" });
    fill(place, h("div", { class: "message", role: "dialog" },
      h("p", {}, t("Count the swabs in tube {code}.", { code })),
      h("div", { class: "stepper" }, button("−", () => step(-1)), shown, button("+", () => step(1))),
      h("p", { class: "actions" }, yes, button(t("Not yet"), () => end(null)))));
    yes.focus();
    place.scrollIntoView({ block: "center" });
  });
}

/**
 * A screen of a class: what is scanned and what changes goes to it until it is left.
 * @param {new (root: HTMLElement, phone: Phone, rules: import("./day.js").Rules) =>
 *   { scanned(text: string): unknown, refresh(): void }} Screen
 */
export function mount(Screen) {
  /** @type {(() => void)[]} */
  let offs = [];
  return {
    /** @param {HTMLElement} root @param {Phone} phone
     *  @param {import("../../field/app.js").App} app */
    open(root, phone, app) {
      dress();
      const screen = new Screen(root, phone, app.rules["sampling"]);
      offs = [phone.onScan((text) => screen.scanned(text)), phone.onChange(() => screen.refresh())];
    },
    close() {
      for (const off of offs) off();
      offs = [];
    },
  };
}

/** The sheet of these screens, once. */
export function dress() {
  const href = new URL("./screens.css", import.meta.url).href;
  if (document.querySelector(`link[href="${href}"]`)) return;
  document.head.append(h("link", { rel: "stylesheet", href }));
}
