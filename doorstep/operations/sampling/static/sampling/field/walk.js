// Home sampling: the doors where somebody waits, in walking order, building by building; a tap on a
// person puts the swab into the open tube. Somebody who says no is kept as refused, which is a state
// of its own and has no consequence here. Refuses to call a door finished while one of it is due.

import { button, fill, h } from "../../field/dom.js";
import { figure, t } from "../../field/words.js";
import { Table } from "./desk.js";
import { confirm, mount } from "./work.js";

/** @typedef {import("./work.js").Person} Person */
const MOST = 60; // doors shown at once

class Walk extends Table {
  /** @returns {{ door: string, label: string, people: Person[] }[]} doors with somebody due */
  doors() {
    const rows = this.phone.snapshot.due.get(this.round?.id ?? "") ?? new Map();
    const refused = this.listRefused();
    /** @type {Map<string, { door: string, label: string, people: Person[] }>} */
    const doors = new Map();
    const put = (/** @type {Person} */ person) => {
      const label = person.label || t("No door noted");
      const door = doors.get(person.door) ?? { door: person.door, label, people: [] };
      door.people.push(person);
      doors.set(person.door, door);
    };
    for (const [id, [, home]] of rows) {
      if (!home || this.work.stateOf(this.round?.id ?? "", id) !== "due" || refused.has(id)) continue;
      put(this.work.person(id));
    }
    for (const id of this.work.added.keys()) {
      if (rows.has(id) || this.work.stateOf(this.round?.id ?? "", id) !== "due" || refused.has(id)) continue;
      put(this.work.person(id));
    }
    const order = new Intl.Collator("zh", { numeric: true });
    return [...doors.values()].sort((one, other) => order.compare(one.label, other.label));
  }

  /** Who said no, by this phone's own lines of the round. */
  listRefused() {
    const mine = this.phone.entries().filter(
      (entry) => entry.kind === "subject.refused" && entry["round"] === this.round?.id);
    return new Set(mine.map((entry) => String(entry["subject"])));
  }

  draw() {
    super.draw();
    if (!this.round) return;
    const doors = this.doors();
    const people = doors.reduce((sum, door) => sum + door.people.length, 0);
    fill(this.sentence, this.sayAdded(people
      ? t("People waiting at home: {people}. Doors: {doors}.", { people: figure(people), doors: figure(doors.length) })
      : this.work.hasLists() ? t("Nobody waits at home any more.")
        : t("The lists are not on this phone: connect once. Entries are kept all the same.")));
    this.rest.append(h("ul", { class: "rows" }, doors.slice(0, MOST).map((door) =>
      h("li", { class: "row row--tall" }, h("div", { class: "walk__door" }, h("b", {}, door.label),
        door.door && button(t("Somebody else here"), () => this.add({ door: door.door }), { kind: "quiet" })),
        door.people.map((person) => h("div", { class: "walk__person" },
          button(person.name, () => this.alone(() => this.bind(person, "list"))),
          button(t("Says no"), () => this.alone(() => this.refuse(person)), { kind: "quiet" })))))),
    doors.length > MOST ? h("p", { class: "quiet" }, t("More doors: {n}.", { n: figure(doors.length - MOST) })) : "");
  }

  /** @param {Person} person */
  async refuse(person) {
    const said = t("{name} does not want to be sampled. Keep it so? Nothing follows from it by itself.", { name: person.name });
    if (!(await confirm(this.phone, this.ask, [said], t("Says no"), t("Back")))) return;
    await this.work.keep("subject.refused", { round: this.round?.id, subject: person.id });
    this.phone.say(t("{name}: kept as refused.", { name: person.name }), "kept");
  }
}

export const { open, close } = mount(Walk);
