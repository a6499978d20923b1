// The snapshot, and only sealed on disk: AES-GCM under a random key, which lies here wrapped by each
// worker's PIN (PBKDF2-SHA-256, 600,000 rounds). Stops a finder, who meets growing delays; does not
// stop a laboratory, which tries a million PINs on a copy of the disk (docs/field-app.md).
// Refuses a PIN that everybody tries first, and to seal or open anything while it is locked.

import { encode, decode, fromHex, toHex } from "./chain.js";

const ROUNDS = 600_000;
const FREE_TRIES = 3; // wrong PINs before the first delay
const LONGEST = 3_600; // seconds of delay
/** @typedef {{ id: string, name: string }} User */
/** @typedef {{ name: string, salt: string, iv: string, wrapped: ArrayBuffer }} Wrap */
/** @typedef {{ users: Record<string, Wrap>, last: string, wrong: number, notBefore: number }} Pins */

/** Whether a PIN is six digits that are not the first that anybody tries. @param {string} pin */
export function isFit(pin) {
  if (!/^\d{6}$/.test(pin)) return false;
  const steps = new Set([...pin].slice(1).map((digit, at) => (Number(digit) - Number(pin[at]) + 10) % 10));
  return !(steps.size === 1 && [0, 1, 9].some((step) => steps.has(step)));
}

/** Seconds to wait after so many wrong PINs in a row. @param {number} wrong */
export function delayAfter(wrong) {
  return wrong < FREE_TRIES ? 0 : Math.min(30 * 2 ** (wrong - FREE_TRIES), LONGEST);
}

export class Vault {
  /** @param {import("./base.js").Base} base @param {Pins} pins @param {number} size */
  constructor(base, pins, size) {
    this.base = base;
    this.pins = pins;
    this.size = size; // sealed pieces on disk
    /** @type {Promise<unknown>} pieces are put down one after the other */
    this.turn = Promise.resolve();
    /** @type {CryptoKey | null} */
    this.key = null;
  }

  /** @param {import("./base.js").Base} base */
  static async open(base) {
    const pins = (await base.get("own", "pins")) ?? { users: {}, last: "", wrong: 0, notBefore: 0 };
    return new Vault(base, pins, (await base.getAll("vault")).length);
  }

  /** Those who have a PIN on this phone, the last one first. @returns {User[]} */
  list() {
    return Object.entries(this.pins.users)
      .map(([id, { name }]) => ({ id, name }))
      .sort((one, other) => Number(other.id === this.pins.last) - Number(one.id === this.pins.last));
  }

  isOpen() {
    return this.key !== null;
  }

  lock() {
    this.key = null;
  }

  /** Milliseconds until another PIN may be tried. A clock that was set back makes it no longer than
   *  the longest delay. */
  wait() {
    return Math.min(Math.max(0, this.pins.notBefore - Date.now()), LONGEST * 1000);
  }

  /** Give somebody a PIN. Only while it is open, or nobody has one yet.
   *  @param {User} user @param {string} pin */
  async setPin(user, pin) {
    if (!isFit(pin)) throw new Error("PIN_UNFIT");
    if (!this.key && this.list().length) throw new Error("LOCKED");
    const made = { name: "AES-GCM", length: 256 };
    this.key ??= /** @type {CryptoKey} */ (
      await crypto.subtle.generateKey(made, true, ["encrypt", "decrypt"]));
    const salt = crypto.getRandomValues(new Uint8Array(16));
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const under = await stretch(pin, salt);
    const wrapped = await crypto.subtle.wrapKey("raw", this.key, under, { name: "AES-GCM", iv });
    const wrap = { name: user.name, salt: toHex(salt), iv: toHex(iv), wrapped };
    await this.save({ users: { ...this.pins.users, [user.id]: wrap }, last: user.id });
  }

  /** Try a PIN. @param {string} id @param {string} pin @returns {Promise<boolean>} */
  async unlock(id, pin) {
    const wrap = this.pins.users[id];
    if (!wrap || this.wait() > 0) return false;
    // counted before it is tried: ending the browser in the middle wins nothing
    const wrong = this.pins.wrong + 1;
    await this.save({ wrong, notBefore: Date.now() + delayAfter(wrong) * 1000 });
    const under = await stretch(pin, fromHex(wrap.salt));
    try {
      this.key = await crypto.subtle.unwrapKey("raw", wrap.wrapped, under,
        { name: "AES-GCM", iv: fromHex(wrap.iv) }, "AES-GCM", true, ["encrypt", "decrypt"]);
    } catch { // the wrong PIN
      return false;
    }
    await this.save({ wrong: 0, notBefore: 0, last: id });
    return true;
  }

  /** @param {Partial<Pins>} changed */
  async save(changed) {
    this.pins = { ...this.pins, ...changed };
    await this.base.put("own", "pins", this.pins);
  }

  /**
   * Seal a piece of the snapshot, as the server sent it.
   * @param {string} text @param {boolean} whole whether it is everything; else it is added
   */
  keep(text, whole) {
    const mine = this.turn.then(() => this.put(text, whole));
    this.turn = mine.catch(() => null);
    return mine;
  }

  /** @param {string} text @param {boolean} whole */
  async put(text, whole) {
    if (!this.key) throw new Error("LOCKED");
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, this.key, encode(text));
    const at = whole ? 0 : this.size;
    await this.base.write(["vault", "own"], (store) => {
      if (whole) store("vault").clear();
      store("vault").put({ iv, sealed }, at);
      store("own").put(Date.now(), "pulled");
    });
    this.size = at + 1;
  }

  /** All pieces in order, opened. @returns {Promise<string[]>} */
  async read() {
    const { key } = this;
    if (!key) throw new Error("LOCKED");
    const pieces = await this.base.getAll("vault");
    return Promise.all(pieces.map(async ({ iv, sealed }) =>
      decode(new Uint8Array(await crypto.subtle.decrypt({ name: "AES-GCM", iv }, key, sealed)))));
  }

  /** Destroy the snapshot; with `pins` also what could open another one, and the rounds. @param {boolean} pins */
  async destroy(pins) {
    const none = { users: {}, last: "", wrong: 0, notBefore: 0 };
    await this.base.write(["vault", "own"], (store) => {
      store("vault").clear();
      store("own").delete("pulled");
      if (!pins) return;
      store("own").put(none, "pins");
      store("own").delete("rounds");
    });
    this.size = 0;
    if (pins) {
      this.pins = none;
      this.lock();
    }
  }
}

/** The key that a PIN makes. @param {string} pin @param {Uint8Array<ArrayBuffer>} salt */
async function stretch(pin, salt) {
  const base = await crypto.subtle.importKey("raw", encode(pin), "PBKDF2", false, ["deriveKey"]);
  return crypto.subtle.deriveKey({ name: "PBKDF2", hash: "SHA-256", salt, iterations: ROUNDS },
    base, { name: "AES-GCM", length: 256 }, false, ["wrapKey", "unwrapKey"]);
}
