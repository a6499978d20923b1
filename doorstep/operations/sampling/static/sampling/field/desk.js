// What a team at a table or at a door does: a tube, the people whose swabs go into it, closed with its
// count. Scanner gun, camera, keys and fingers alike. Warns before what the rules would flag, and
// keeps it all the same when the worker says so. Undo is a correcting entry.

import { keepDraft, recallDraft } from "../../field/drafts.js";
import { button, fill, h } from "../../field/dom.js";
import { find, idIn, makeIndex } from "../../field/finding.js";
import { untilUp } from "../../field/press.js";
import { readBadge } from "../../field/shift.js";
import { figure, sayCode, t } from "../../field/words.js";
import { openAdd } from "./add.js";
import { isIdentity, normalise } from "./codes.js";
import { isPacking, openBox } from "./box.js";
import { makePast, personOf } from "./past.js";
import { Work, askCount, confirm, listPeople, sayPool } from "./work.js";

/** @typedef {import("./work.js").Person} Person */
const MOST = 24; // people offered at once
const [ROUND, POOL] = ["sampling-round", "sampling-pool"]; // drafts: what was chosen
const STRANGE = ["PERSON_UNKNOWN", "WRONG_ROUND"]; // said of somebody whom the lists lack

export class Table {
  /** @param {HTMLElement} root @param {import("../../field/phone.js").Phone} phone
   *  @param {import("./day.js").Rules} rules */
  constructor(root, phone, rules) {
    this.phone = phone;
    this.work = new Work(phone, rules);
    const rounds = this.work.rounds();
    const chosen = recallDraft(ROUND);
    /** @type {ReturnType<Work["rounds"]>[number] | undefined} */
    this.round = rounds.find(({ id }) => id === chosen) ?? rounds[0];
    /** @type {string | null} */
    this.pool = this.round?.pool ?? recallDraft(POOL);
    this.index = makeIndex(phone.snapshot);
    this.version = phone.snapshot.version;
    this.busy = false;
    /** @type {(() => unknown)[]} scanned or tapped while something was kept or asked */
    this.waiting = [];
    /** @type {ReturnType<typeof openBox> | null} while a box is packed, tubes and seals go to it */
    this.packing = null;
    /** @type {((text: string) => boolean) | null} while somebody is added, identity numbers go there */
    this.adding = null;
    this.sentence = h("h1", { class: "sentence" });
    this.choices = h("div", { class: "table__choices" });
    this.hand = h("section", { class: "tube", "aria-live": "polite" });
    this.ask = h("div", {});
    this.offer = h("div", { "aria-live": "polite" });
    this.extra = h("div", {});
    this.unlisted = h("p", { class: "actions" }, button(t("Add somebody on no list"), () => this.add({})));
    this.rest = h("div", {});
    this.box = h("div", {});
    this.past = makePast(this.work, (swab, tube) => this.alone(() => this.takeBackLate(swab, tube)));
    this.input = h("input", {
      id: "said", autocomplete: "off", autocapitalize: "characters", spellcheck: "false",
      enterkeyhint: "go", placeholder: "12-803", oninput: () => this.typed(),
    });
    const form = h("form", { class: "table__line", onsubmit: (/** @type {Event} */ event) => {
      event.preventDefault();
      this.entered();
    } }, h("label", { for: "said" }, t("Scan a tube or a person, or type a door")), this.input);
    fill(root, this.sentence, this.choices, this.ask, this.hand, form, this.offer, this.extra,
      this.unlisted, this.rest, this.box, this.past.element);
    this.draw();
    if (this.round && isPacking(this.round.id)) this.pack();
    else this.input.focus();
  }

  // ---- what was scanned or typed ----

  /** @param {string} text */
  async scanned(text) {
    if (this.busy) {
      this.waiting.push(() => this.scanned(text));
      return;
    }
    this.input.value = "";
    fill(this.offer);
    const code = normalise(text);
    const people = this.work.read(text);
    if (this.adding?.(text)) return;
    if (this.packing && code && !people.length) return this.packing.scan(code);
    await this.alone(async () => {
      if (people.length === 1) await this.bind(/** @type {Person} */ (people[0]), "scan");
      else if (people.length) this.show(people, "scan");
      else if (code && !this.isNumber(code)) await this.openTube(code);
      else this.meet(code ?? "", text);
    });
  }

  /** Whether a code is a person's identity number, and no tube's. @param {string} code */
  isNumber(code) {
    return isIdentity(code) && !this.work.isTube(this.round?.id ?? "", code);
  }

  /** A code of nobody: it is sampled if it is a person's, the door helps, or the person is added.
   *  @param {string} number an identity number, or "" @param {string} text all that was read */
  meet(number, text) {
    if (readBadge(text)) return this.phone.say(t("This is a badge. Scan a tube or a person."), "warning");
    const id = idIn(text);
    const door = id !== null && this.phone.snapshot.doors.has(id) ? id : "";
    const stranger = door ? null : id;
    const said = number
      ? t("An identity number. The lists on this phone have none: type the door, or add the person.")
      : door ? t("Nobody is known behind this door. Add the person.")
        : t("Nobody on this phone has this code. Type the door, or add the person.");
    this.phone.say(t("Not on the lists of this phone."), "warning");
    fill(this.offer, h("p", { class: "message" }, said), h("p", { class: "actions" },
      stranger !== null && button(t("Sample this code all the same"), () => this.alone(() => this.bindStranger(stranger)),
        { kind: "primary" }),
      button(t("Add the person"), () => this.add({ document: number, door }), { kind: stranger === null ? "primary" : "" })));
    this.offer.scrollIntoView({ block: "center" });
  }

  /** Note somebody who is on no list, then sample them. @param {{ door?: string, document?: string }} given */
  add(given) {
    fill(this.offer);
    const { scan } = openAdd(this.extra, this.work, this.index.filter(({ id }) => id), this.round?.id ?? "", given, async (person) => {
      this.adding = null;
      this.unlisted.hidden = false;
      this.index = makeIndex(this.phone.snapshot);
      if (!person) return this.input.focus();
      if (this.round && this.work.day.openTube(this.round.id)) return this.choose(person, "list");
      this.phone.say(t("{name} is added. Scan a tube, then tap the name.", { name: person.name }), "kept");
      this.draw();
      this.show([person], "list");
    });
    this.adding = scan;
    this.unlisted.hidden = true;
  }

  typed() {
    const { found, all } = find(this.index, this.input.value);
    if (!this.input.value.trim()) return fill(this.offer);
    const people = found.flatMap((door) => door.people.map(({ id }) => this.work.person(id)));
    if (people.length) return this.show(people.slice(0, MOST), "list", all > found.length || people.length > MOST);
    const code = normalise(this.input.value);
    fill(this.offer, code
      ? button(t("Open tube {code}", { code }), () => this.entered())
      : h("p", { class: "quiet" }, t("No such door here.")));
  }

  async entered() {
    const { value } = this.input;
    const { found } = find(this.index, value);
    const code = normalise(value);
    if (found.length || !code) return;
    this.input.value = "";
    fill(this.offer);
    if (this.packing) this.packing.scan(code);
    else if (this.busy) this.waiting.push(() => this.scanned(code)); // it comes after
    else await this.alone(() => this.openTube(code));
  }

  /** One act at a time; what is scanned or tapped meanwhile comes after. Only a tap beside an open
   *  question does nothing: the question comes first. @param {() => Promise<unknown>} act
   *  @returns {Promise<void>} once it is done */
  async alone(act) {
    if (this.busy) {
      if (this.ask.hasChildNodes()) return;
      await new Promise((done) => this.waiting.push(() => this.alone(act).finally(() => done(null))));
      return;
    }
    this.busy = true;
    try {
      await act();
    } catch { // the worker has been told by `phone`
    } finally {
      await untilUp(); // what is tapped now is a button of the screen as it was
      this.busy = false;
      this.draw();
    }
    while (!this.busy && this.waiting.length) await this.waiting.shift()?.();
  }

  /** @param {string[]} warnings @param {string} yes */
  sure(warnings, yes) {
    return warnings.length
      ? confirm(this.phone, this.ask, warnings, yes, t("No")) : Promise.resolve(true);
  }

  // ---- acts ----

  /** @param {string} code */
  async openTube(code) {
    const { round, work } = this;
    if (!round) return this.phone.say(t("No sampling round is open here."), "warning");
    const before = work.day.openTube(round.id);
    if (before?.code === code) return this.phone.say(t("Tube {code} is open already.", { code }), "plain");
    const fields = { round: round.id, tube: code, pool: this.pool ?? "single", table: this.phone.me.place ?? "" };
    const warnings = work.foresee("tube.opened", fields).map(sayCode);
    if (round.isClosed) warnings.unshift(t("The desk has closed this round."));
    if (work.day.tubes.get(code)?.isClosed) warnings.push(t("Tube {code} was closed on this phone.", { code }));
    if (work.isForeign(round.id, code)) warnings.push(t("Tube {code} was not issued to this table. Is it a tube?", { code }));
    if (!(await this.sure(warnings, t("Open {code}", { code })))) return;
    if (before?.people.size && !(await this.closeTube(before))) return;
    await work.keep("tube.opened", fields);
    this.phone.say(t("Tube {code} is open.", { code }), "kept");
  }

  /** Somebody of whom there is the code alone; who it is, the server says. @param {string} id */
  async bindStranger(id) {
    if (await this.bind(this.work.person(id), "scan", true)) fill(this.offer);
  }

  /** @param {Person} person @param {"scan" | "list"} how @param {boolean} [isStranger] whether the
   *  worker has said already that the lists do not matter
   *  @returns {Promise<boolean>} whether it was kept */
  async bind(person, how, isStranger = false) {
    const { round, work } = this;
    const tube = round && work.day.openTube(round.id);
    if (!round || !tube) {
      this.phone.say(t("Scan a tube first."), "warning");
      return false;
    }
    const fields = { round: round.id, person: person.id, tube: tube.code };
    const here = [...work.day.swabsOf(round.id, person.id).values()];
    if (here.includes(tube.code)) {
      this.phone.say(t("{name} is in this tube already.", { name: person.name }), "plain");
      return false;
    }
    const codes = work.foresee("person.sampled", fields);
    // TUBE_CLOSED was asked when the tube was opened again
    const warnings = codes.filter((code) => code !== "TUBE_CLOSED" && !(isStranger && STRANGE.includes(code))).map(sayCode);
    const state = isStranger ? "unknown" : work.stateOf(round.id, person.id);
    if (!here.length && (state === "done" || state === "extra")) warnings.push(t("{name} is sampled at another table already.", { name: person.name }));
    if (state === "excused") warnings.push(t("{name} is excused from this round.", { name: person.name }));
    if (state === "none") warnings.push(t("{name} is on no list of this round.", { name: person.name }));
    if (!(await this.sure(warnings, t("Sample {name}", { name: person.name })))) return false;
    await work.keep("person.sampled", { ...fields, how });
    const room = this.room(tube);
    this.phone.say(room === 0 ? t("{name}. The tube is full.", { name: person.name })
      : `${person.name} · ${tube.people.size}`, "kept");
    return true;
  }

  /** @param {import("./day.js").Swab} swab @param {string} tube */
  async takeBack({ entry, round, person }, tube) {
    if (!this.work.day.tubes.get(tube)?.swabs.has(entry)) return; // tapped twice
    await this.work.keep("person.unsampled", { round, person, tube, entry });
    this.phone.say(t("{name} is taken out of the tube.", { name: this.work.person(person).name }), "plain");
  }

  /** Out of a tube that was closed: asked first. @param {import("./day.js").Swab} swab
   *  @param {string} tube */
  async takeBackLate(swab, tube) {
    const { name } = this.work.person(swab.person);
    const said = t("Take {name} out of tube {code}? The number it was closed with stays; tell the desk if it was wrong.", { name, code: tube });
    if (await this.sure([said], t("Take back"))) await this.takeBack(swab, tube);
  }

  /** Close a tube with the number that was counted. @param {import("./day.js").Tube} tube */
  async closeTube(tube) {
    if (tube.isClosed) return true; // tapped twice
    const count = await askCount(this.ask, tube.people.size, tube.code);
    if (count === null) return false;
    await this.work.keep("tube.closed", { round: tube.round, tube: tube.code, count });
    this.phone.say(t("Tube {code} is closed with {n}.", { code: tube.code, n: count }), "kept");
    return true;
  }

  /** @param {import("./day.js").Tube} tube */
  room(tube) {
    const size = this.work.day.sizeOf(tube);
    return size === null ? null : Math.max(0, size - tube.people.size);
  }

  // ---- what is shown ----

  refresh() {
    this.work.take();
    if (this.phone.snapshot.version !== this.version) {
      this.version = this.phone.snapshot.version;
      this.index = makeIndex(this.phone.snapshot);
      const before = this.round;
      const rounds = this.work.rounds();
      this.round = rounds.find((each) => each.id === before?.id) ?? rounds[0];
      this.pool ??= this.round?.pool ?? null;
      if (before && !before.isClosed && this.round?.isClosed) {
        this.phone.say(t("The desk has closed this round. Close your tubes and pack them: all is kept."), "warning");
      }
    }
    if (!this.busy) this.draw();
  }

  draw() {
    const { round, work } = this;
    if (!round) {
      fill(this.sentence, t("No sampling round is open here."));
      return fill(this.hand, h("p", { class: "quiet" }, t("The desk opens a round; this phone learns of it within a minute.")));
    }
    const tubes = [...work.day.tubes.values()].filter((tube) => tube.round === round.id);
    const people = tubes.reduce((sum, tube) => sum + tube.people.size, 0);
    fill(this.sentence, this.sayAdded(t("People sampled here: {people}. Tubes: {tubes}.",
      { people: figure(people), tubes: figure(tubes.length) })));
    this.drawChoices();
    if (round.isClosed) this.choices.append(h("p", { class: "message message--warning" },
      t("The desk has closed this round. Close your tubes and pack them: all is kept.")));
    this.drawTube(work.day.openTube(round.id));
    const loose = work.day.looseTubes(round.id);
    fill(this.rest, loose.length > 0 && !this.packing && button(
      t("Pack a box (closed tubes: {n})", { n: loose.length }), () => this.pack()));
    this.packing?.refresh();
    this.past.draw(round.id);
  }

  /** A sentence, and how many were added with this phone if any were. @param {string} sentence */
  sayAdded(sentence) {
    const { size } = this.work.added;
    return size ? t("{sentence} Added: {n}.", { sentence, n: figure(size) }) : sentence;
  }

  drawChoices() {
    const rounds = this.work.rounds();
    const pools = Object.keys(this.work.rules.pools);
    const most = this.work.rules.kinds[this.round?.kind ?? ""]?.most;
    if (most === 1) this.pool = "single";
    fill(this.choices,
      rounds.length > 1 && select(t("Round"), rounds.map((each) => [each.id, this.phone.nameRound(each)]),
        this.round?.id ?? "", (id) => this.chooseRound(id)),
      !this.round?.pool && most !== 1 && select(t("Tube size"), pools.map((each) => [each, sayPool(each)]),
        this.pool ?? "single", (pool) => {
          this.pool = pool;
          keepDraft(POOL, pool);
          this.draw();
        }));
  }

  /** @param {string} id of a round */
  chooseRound(id) {
    this.round = this.work.rounds().find((each) => each.id === id);
    this.pool = this.round?.pool ?? recallDraft(POOL);
    keepDraft(ROUND, id);
    this.leaveBox();
    this.draw();
    if (isPacking(id)) this.pack();
  }

  /** @param {import("./day.js").Tube | undefined} tube */
  drawTube(tube) {
    const { work } = this;
    if (!tube) {
      const next = this.round && work.nextTube(this.round.id);
      return fill(this.hand, h("p", { class: "tube__none" }, t("No tube is open.")),
        h("p", { class: "actions" }, next && button(t("Open {code}", { code: next }),
          () => this.alone(() => this.openTube(next)), { kind: "primary" })),
        h("p", { class: "quiet" }, t("Scan the next tube.")));
    }
    const size = work.day.sizeOf(tube);
    const full = this.room(tube) === 0;
    const over = size !== null && tube.people.size > size;
    fill(this.hand,
      h("div", { class: `tube__head tube__head--${over ? "over" : full ? "full" : "open"}` },
        h("span", { class: "tube__code" }, tube.code, h("small", {}, sayPool(work.day.poolOf(tube)))),
        h("strong", { class: "tube__count" }, String(tube.people.size), size !== null && h("span", {}, `/${size}`))),
      h("ol", { class: "tube__people" }, [...tube.swabs.values()].map((swab) =>
        personOf(work, swab, () => this.alone(() => this.takeBack(swab, tube.code))))),
      h("p", { class: "actions" }, button(t("Close the tube"), () => this.alone(() => this.closeTube(tube)),
        { kind: full ? "primary" : "", disabled: !tube.people.size })));
  }

  /** @param {Person[]} people @param {"scan" | "list"} how @param {boolean} [more] */
  show(people, how, more = false) {
    const list = listPeople(this.work, this.round?.id ?? "", people, (person) => this.choose(person, how));
    fill(this.offer, list, more && h("p", { class: "quiet" }, t("There are more. Say more of the number.")));
  }

  /** @param {Person} person @param {"scan" | "list"} how */
  async choose(person, how) {
    await this.alone(() => this.bind(person, how));
    const left = !person.door ? [] : this.work.behind(person.door)
      .filter(({ id }) => this.work.stateOf(this.round?.id ?? "", id) === "due");
    this.input.value = "";
    if (left.length) this.show(left, how); // the others of the door stand there too
    else fill(this.offer);
    this.input.focus();
  }

  pack() {
    fill(this.rest);
    this.packing = openBox(this.box, this.work, this.round?.id ?? "", () => {
      this.leaveBox();
      this.draw();
    });
  }

  leaveBox() {
    this.packing = null;
    fill(this.box);
  }
}

/** @param {string} text @param {string[][]} choices @param {string} chosen
 *  @param {(value: string) => void} change */
function select(text, choices, chosen, change) {
  return h("label", { class: "field" }, text, h("select", {
    onchange: (/** @type {Event} */ event) => change(/** @type {HTMLSelectElement} */ (event.target).value),
  }, choices.map(([value, words]) => h("option", { value, selected: value === chosen }, words))));
}
