// What a screen gets (docs/field-app.md): who and where, what is known, a way to keep an entry, a way
// to speak to the worker. Refuses to keep an entry without a worker's name to it.

import { newId } from "./chain.js";
import { isFull } from "./base.js";
import { read } from "./outbox.js";
import { afterPress } from "./press.js";
import { mask, seal } from "./notes.js";
import { language, sayCode, t } from "./words.js";
import { sound } from "./sound.js";

const SHIFT = 16 * 3_600_000; // ms before the server's last word: older entries are of another shift
/** @typedef {import("./outbox.js").Said & { answer: string | null, codes: string[] }} Own */

export class Phone {
  /** @param {import("./outbox.js").Outbox} outbox @param {import("./shift.js").Shift} shift
   *  @param {import("./outbox.js").Device} device @param {import("./rounds.js").Kinds} kinds */
  constructor(outbox, shift, device, kinds) {
    const { cell, zone, role, place } = device;
    this.me = { device: device.device, cell, zone, role, place };
    this.outbox = outbox;
    this.shift = shift;
    this.kinds = kinds;
    this.t = t;
    this.sayCode = sayCode;
    /** @type {Own[]} */
    this.own = [];
    this.settled = outbox.said; // up to which word of the server `own` is
    outbox.missed = (lines) => { this.own.push(...lines.map((line) => this.tell(line))); };
    /** @type {(text: string, tone: import("./sound.js").Tone | "plain") => void} */
    this.show = () => {};
  }

  /** Who writes now; null while the phone is locked. */
  get user() {
    return this.shift.user;
  }

  /** What the phone knows of its place and shift. */
  get snapshot() {
    return this.shift.snapshot;
  }

  /** The rounds it was told of, also when the lists are gone; `closed`: the server names it no more.
   *  @returns {ReadonlyMap<string, import("./rounds.js").Round>} */
  get rounds() {
    return this.shift.known.rounds;
  }

  /** A round as people say it: its kind, the day, where.
   *  @param {import("./rounds.js").Round} round */
  nameRound({ kind, day, area_name: where }) {
    const label = this.kinds[kind]?.label;
    const word = label && (language() === "en" ? label.en : label.zh);
    return [word ?? kind, day, where].filter(Boolean).join(" · ");
  }

  /** The rolls of tubes that were issued to its table. */
  get rolls() {
    return this.shift.known.rolls;
  }

  /**
   * Keep an entry. Resolves when it is on this phone's disk; what the server makes of it comes later
   * (`entries`, `onChange`). On failure the worker has been told; whoever called need not.
   * @param {string} kind as "person.sampled"
   * @param {Record<string, unknown>} [fields] the kind's own; `place` here is another than the phone's
   * @param {Omit<import("./outbox.js").Note, "n">} [note] what the entry names as its attachment
   * @returns {Promise<{ n: number, id: string }>}
   */
  async append(kind, fields = {}, note = undefined) {
    const { user } = this;
    if (!user) throw new Error("LOCKED");
    const now = Date.now();
    const { place } = this.me;
    const whole = {
      id: newId(now), kind, v: 1, at: new Date(now).toISOString(), by: user.id,
      ...(place === null ? {} : { place }), ...fields,
    };
    try {
      const kept = await this.outbox.append(whole, note);
      this.own.push({ ...whole, n: kept.n, ...this.outbox.wordOn(kept.n) });
      return { n: kept.n, id: kept.id };
    } catch (problem) {
      this.say(isFull(problem)
        ? t("NOT kept: this phone is full. Delete photos or other apps, then do it again. Everything kept before is still here.")
        : t("NOT kept. Do it again, or write it on paper. Everything kept before is still here."),
      "warning");
      throw problem;
    }
  }

  /** Whether what is noted of people can be sealed: a phone knows the server's key from its first
   *  snapshot on. @returns {Promise<boolean>} */
  async canNote() {
    return Boolean(await this.outbox.base.get("own", "notes_key"));
  }

  /**
   * Add somebody who is on no roster. What was noted is sealed to the server and goes after the
   * line; the lists of this phone know the masked name at once. Where nothing can be sealed the line
   * goes without: ask `canNote` first, and tell the worker.
   * @param {import("./notes.js").Noted} said @param {string} [door] id, "" for none
   * @returns {Promise<string>} the new person's id
   */
  async addPerson(said, door = "") {
    const person = newId(Date.now());
    const key = await this.outbox.base.get("own", "notes_key");
    const note = key && (await seal(key, person, said));
    const fields = { person, ...(door && { door }), ...(note && { attachment: note.digest }) };
    await this.append("person.added", fields, note);
    // the line is kept: a name that cannot be kept beside it must not say otherwise
    await this.shift.introduce(person, mask(said.name), door).catch(() => null);
    return person;
  }

  /** The entries of this phone in this shift, in order: what was said, its number `n`, the server's
   *  `answer` (null: not yet) and today's `codes`. @returns {readonly Own[]} */
  entries() {
    return this.own;
  }

  /** Today's codes of an own line; none while the server has said nothing. @param {number} n */
  codesOf(n) {
    return this.outbox.wordOn(n).codes;
  }

  /** Read own entries of this shift from the disk. */
  async load() {
    const lines = await this.outbox.list(0);
    const since = this.since(lines.at(-1)?.at);
    this.own = lines.filter((line) => line.at >= since).map((line) => this.tell(line));
  }

  /** The moment (ms) from which entries are of this shift. No clock that leaps ahead ends a shift:
   *  it counts back from when the server was last heard, by the earlier of the two clocks.
   *  @param {number} [last] when the last line was kept, for a phone that has never been answered */
  since(last = Date.now()) {
    const { contact, offset } = this.outbox.answered;
    const heard = contact === null ? last : Math.min(contact, contact - offset);
    return Math.min(heard, Date.now()) - SHIFT;
  }

  /** @param {import("./outbox.js").Line} line @returns {Own} */
  tell(line) {
    return { ...read(line), ...this.outbox.wordOn(line.n) };
  }

  /** Take over what the server has said since, if it has said anything. */
  settle() {
    if (this.settled === this.outbox.said) return;
    this.settled = this.outbox.said;
    for (const entry of this.own) Object.assign(entry, this.outbox.wordOn(entry.n));
  }

  /** Called after every change: of entries, answers, user or snapshot; while a finger is on the
   *  glass, once it is up, so that a screen may draw its buttons anew.
   *  @param {() => void} listener @returns {() => void} stops it */
  onChange(listener) {
    const { call, stop } = afterPress(listener);
    const offs = [this.outbox.onChange(call), this.shift.onChange(call), stop];
    return () => offs.forEach((off) => off());
  }

  /** Called with each code that a scanner gun or the camera reads.
   *  @param {(code: string) => void} listener @returns {() => void} stops it */
  onScan(listener) {
    /** @param {Event} event */
    const heard = (event) => {
      if (event instanceof CustomEvent) listener(event.detail.code);
    };
    document.addEventListener("scan", heard);
    return () => document.removeEventListener("scan", heard);
  }

  /**
   * Tell the worker: seen, heard and felt. `kept` is for what is on the disk, and for nothing else.
   * @param {string} text in the worker's language
   * @param {import("./sound.js").Tone | "plain"} [tone]
   */
  say(text, tone = "plain") {
    if (tone !== "plain") sound(tone);
    this.show(text, tone);
  }
}
