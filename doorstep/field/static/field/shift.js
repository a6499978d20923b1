// Who works with this phone now, and what the phone knows for the shift: unlocking, locking, change
// of user, the snapshot's coming and end. Refuses to hand a snapshot to anybody without a PIN, and to
// keep one when its time is over; the outbox is not touched here.

import { emptySnapshot, introduce, merge } from "./snapshot.js";
import { Puller } from "./pull.js";
import { dropDrafts } from "./drafts.js";
import { noRounds, takeRounds } from "./rounds.js";

export const IDLE = 15 * 60_000; // ms after which the phone locks
export const LIFE = 16 * 3_600_000; // ms a snapshot lives after the last word from the server
const MOST_PIECES = 40; // then everything is asked for anew, which takes less room
const BADGE = /^doorstep-badge:?1:?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/i;
/** @typedef {import("./vault.js").User} User */

/** The staff id of a badge, read by a camera or typed by a gun; null when it is none.
 *  @param {string} text */
export function readBadge(text) {
  return BADGE.exec(text)?.[1]?.toLowerCase() ?? null;
}

export class Shift {
  /** @param {import("./vault.js").Vault} vault @param {import("./outbox.js").Outbox} outbox
   *  @param {import("./outbox.js").Device} device */
  constructor(vault, outbox, device) {
    this.vault = vault;
    this.outbox = outbox;
    this.puller = new Puller(device);
    this.snapshot = emptySnapshot();
    this.known = noRounds(); // outlives the snapshot
    /** @type {User | null} */
    this.user = null;
    /** @type {string | null} of the last pull: why there was no answer */
    this.trouble = null;
    /** @type {string | null} what came before there was a PIN to seal it under */
    this.unsealed = null;
    this.pulling = false;
    this.touched = Date.now();
    /** @type {Set<() => void>} */
    this.listeners = new Set();
  }

  /** @param {() => void} listener @returns {() => void} */
  onChange(listener) {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  tell() {
    for (const listener of this.listeners) listener();
  }

  /** Read from the disk what outlives the snapshot. */
  async load() {
    this.known = (await this.vault.base.get("own", "rounds")) ?? noRounds();
  }

  /** Who may write: those the server named, with the names it gave. @returns {User[]} */
  listStaff() {
    const { staff, names } = this.snapshot;
    return staff.map((id) => ({ id, name: names[id] ?? "" }));
  }

  /** Whether this person has a PIN here. @param {string} id */
  hasPin(id) {
    return id in this.vault.pins.users;
  }

  /** Bring what is new. Without an open vault only the very first time, to learn who may write.
   *  @returns {Promise<boolean>} whether the server answered */
  async pull() {
    if (this.pulling || (!this.vault.isOpen() && this.vault.list().length)) return false;
    this.pulling = true;
    try {
      const { through } = this.outbox.answered;
      const since = this.vault.size > MOST_PIECES ? "" : this.snapshot.version;
      const wasOpen = this.vault.isOpen();
      const news = await this.puller.pull(since);
      this.trouble = null;
      // locked meanwhile: nobody may have it; whoever unlocks asks again
      if (news && wasOpen && !this.vault.isOpen()) this.puller.forget();
      else if (news) await this.takeIn(news, through);
      return true;
    } catch (problem) {
      this.puller.forget();
      this.trouble = problem instanceof Error ? problem.message : "NO_ANSWER";
      return false;
    } finally {
      this.pulling = false;
      this.tell();
    }
  }

  /** @param {import("./pull.js").News} news @param {number} through */
  async takeIn({ text, told }, through) {
    const whole = told.since === null;
    if (this.vault.isOpen()) await this.vault.keep(text, whole);
    else this.unsealed = text;
    merge(this.snapshot, told);
    this.known = takeRounds(this.known, told);
    await this.vault.base.put("own", "rounds", this.known);
    if (told.notes_key) await this.vault.base.put("own", "notes_key", told.notes_key);
    await this.outbox.takeDown({}, told.verdicts, through);
  }

  /** Somebody was added with this phone: the masked name is on the lists at once, sealed like them.
   *  @param {string} id @param {string} name masked @param {string} door "" for none */
  async introduce(id, name, door) {
    const told = introduce(this.snapshot, id, name, door);
    merge(this.snapshot, told);
    await this.vault.keep(JSON.stringify(told), false);
  }

  /** Give somebody his first PIN on this phone and let him write.
   *  @param {User} user @param {string} pin */
  async welcome(user, pin) {
    await this.vault.setPin(user, pin);
    if (this.unsealed !== null) await this.vault.keep(this.unsealed, true);
    this.unsealed = null;
    this.begin(user);
  }

  /** Open the vault by somebody's PIN; nobody writes by that alone.
   *  @param {string} id @param {string} pin @returns {Promise<boolean>} whether it was the PIN */
  async open(id, pin) {
    if (!(await this.vault.unlock(id, pin))) return false;
    await this.endOld();
    this.snapshot = emptySnapshot();
    for (const text of await this.vault.read()) merge(this.snapshot, JSON.parse(text));
    return true;
  }

  /** Somebody goes on, by his own PIN.
   *  @param {string} id @param {string} pin @returns {Promise<boolean>} whether it was the PIN */
  async unlock(id, pin) {
    if (!(await this.open(id, pin))) return false;
    const name = this.snapshot.names[id] || (this.vault.pins.users[id]?.name ?? "");
    this.begin({ id, name });
    return true;
  }

  /** @param {User} user */
  begin(user) {
    this.user = user;
    this.touched = Date.now();
    this.tell();
  }

  /** Nobody writes any more until a PIN is given. Lines go on being sent. */
  lock() {
    if (!this.user && !this.vault.isOpen()) return;
    this.user = null;
    this.vault.lock();
    this.snapshot = emptySnapshot();
    this.tell();
  }

  /** The worker did something. */
  touch() {
    this.touched = Date.now();
  }

  /** Lock after IDLE without a touch, whichever way the clock went. */
  lockIfIdle() {
    if (Math.abs(Date.now() - this.touched) > IDLE) this.lock();
  }

  /** Destroy a snapshot whose time is over. @returns {Promise<boolean>} */
  async endOld() {
    const pulled = await this.vault.base.get("own", "pulled");
    if (pulled === undefined || Date.now() - pulled < LIFE) return false;
    await this.end(false);
    return true;
  }

  /** End the shift: the snapshot is destroyed, lines stay until they are safe.
   *  @param {boolean} pins also take the PINs: the phone was revoked, or is enrolled anew */
  async end(pins) {
    await this.vault.destroy(pins);
    if (pins) {
      this.known = noRounds();
      dropDrafts();
    }
    this.unsealed = null;
    this.snapshot = emptySnapshot();
    this.lock();
    this.tell();
  }
}
