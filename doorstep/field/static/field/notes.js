// What was noted of somebody who is on no roster: sealed to the server's key before it lies on the
// disk, so that neither a finder nor a laboratory reads it there (docs/sync.md, Attachments); sent
// after its line. Refuses to take a note from the phone: the outbox does, once a backup has it.

import { pauseAfter } from "./answers.js";
import { attachmentText, encode, fromHex, join, sha256, toHex } from "./chain.js";
import { sign } from "./keys.js";

/** @typedef {import("./chain.js").Bytes} Bytes */
/** @typedef {{ name: string, document?: string, phone?: string }} Noted */

const MAGIC = "doorstep-note-1\n";
const INFO = "doorstep-v1\nnote\n";
const CURVE = { name: "ECDH", namedCurve: "P-256" };
const PATIENCE = 30_000; // ms for an answer
const TROUBLED = 300_000; // ms between tries when a person must act first

/**
 * Seal what was noted of a person.
 * @param {string} serverKey hex, as the snapshot tells it
 * @param {string} person whose it is: the note says nothing of anybody else
 * @param {Noted} said
 * @returns {Promise<{ digest: string, body: Bytes }>}
 */
export async function seal(serverKey, person, said) {
  const key = fromHex(serverKey);
  const theirs = await crypto.subtle.importKey("raw", key, CURVE, false, []);
  const pair = await crypto.subtle.generateKey(CURVE, false, ["deriveBits"]);
  const point = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
  const shared = await crypto.subtle.deriveBits({ name: "ECDH", public: theirs }, pair.privateKey, 256);
  const base = await crypto.subtle.importKey("raw", shared, "HKDF", false, ["deriveKey"]);
  const wrap = await crypto.subtle.deriveKey(
    { name: "HKDF", hash: "SHA-256", salt: join(point, key), info: encode(INFO) },
    base, { name: "AES-GCM", length: 256 }, false, ["encrypt"]);
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const sealed = await crypto.subtle.encrypt(
    { name: "AES-GCM", iv, additionalData: encode(person) }, wrap, encode(JSON.stringify(said)));
  const salt = crypto.getRandomValues(new Uint8Array(16));
  const body = join(salt, encode(MAGIC), point, iv, new Uint8Array(sealed));
  return { digest: toHex(await sha256(body)), body };
}

/** A name as others see it: 张*. @param {string} name */
export function mask(name) {
  const [first] = name.trim();
  return first ? `${first}*` : "";
}

/** The headers with which a note is handed in. @param {import("./outbox.js").Device} device
 *  @param {string} digest @returns {Promise<Record<string, string>>} */
export async function signNote(device, digest) {
  const text = attachmentText(device.cell, device.device, digest);
  return { "Doorstep-Device": device.device, "Doorstep-Signature": await sign(device, text) };
}

/**
 * What the answer to a note means.
 * @param {number} status 0 when there was no answer
 * @returns {"kept" | "later" | "full" | "refused" | "wrong"} refused: this device may not, which the
 *   lines learn as well; full: the server has no room; wrong: the note is none
 */
export function judgeNote(status) {
  if (status === 200) return "kept";
  if (status === 401 || status === 403) return "refused";
  if (status === 507) return "full";
  return status === 400 || status === 413 ? "wrong" : "later";
}

/** Sends notes one by one, each after its line; with pauses of its own, so that a note that cannot
 *  go never keeps a line waiting. */
export class NoteSender {
  /** @param {import("./outbox.js").Outbox} outbox @param {import("./outbox.js").Device} device */
  constructor(outbox, device) {
    this.outbox = outbox;
    this.device = device;
    this.failures = 0;
    this.notBefore = 0; // of performance.now()
    this.full = false; // the server has no room
    /** @type {Set<string>} notes that the server does not take */
    this.wrong = new Set();
  }

  /** Somebody wants it now, or the net is back. */
  hurry() {
    this.notBefore = 0;
    this.wrong.clear();
  }

  /** Send the oldest note whose line the server has. @returns {Promise<number>} ms until the next */
  async once() {
    const wait = this.notBefore - performance.now();
    if (wait > 0) return this.outbox.notes ? wait : Infinity;
    const { answered, notes } = this.outbox;
    if (!notes || answered.trouble) return Infinity;
    const note = (await this.outbox.listNotes()).find(({ digest }) => !this.wrong.has(digest));
    if (!note || note.n > answered.through) return Infinity;
    const meaning = judgeNote(await put(note, await signNote(this.device, note.digest)));
    const pause = this.take(meaning, note.digest);
    if (meaning === "kept") await this.outbox.markNote(note);
    else this.outbox.tell();
    return pause;
  }

  /** @param {ReturnType<typeof judgeNote>} meaning @param {string} digest
   *  @returns {number} ms until the next */
  take(meaning, digest) {
    this.full = meaning === "full";
    if (meaning === "wrong") this.wrong.add(digest); // the others may be better
    if (meaning === "kept") this.failures = 0;
    if (meaning === "kept" || meaning === "wrong") return 0;
    this.failures += 1;
    const pause = meaning === "later" ? pauseAfter(this.failures) : TROUBLED;
    this.notBefore = performance.now() + pause;
    return pause;
  }
}

/** @param {import("./outbox.js").Note} note @param {Record<string, string>} headers
 *  @returns {Promise<number>} the status, 0 without an answer */
async function put({ digest, body }, headers) {
  try {
    const answer = await fetch(`/field/v1/attachments/${digest}`, {
      method: "PUT", headers, body, cache: "no-store", credentials: "omit",
      signal: AbortSignal.timeout(PATIENCE),
    });
    return answer.status;
  } catch { // the net or the time
    return 0;
  }
}
