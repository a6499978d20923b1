// What the answer to a push means (docs/sync.md, Push) and what a phone does next. Pure. Refuses to
// believe an answer whose head is not the phone's own.

import { isSame, fromHex } from "./chain.js";

/** @typedef {{ through?: number, head?: string, safe?: number, at?: string, code?: string,
 *   lines?: { n: number, answer: string, codes: string[] }[] }} Told */
/**
 * kept      every line up to `through` is answered for
 * gap       the server has less: send again from through + 1
 * later     try the same again after a pause; `wait` in ms where the server says how long
 * smaller   send fewer lines
 * revoked   lines are kept aside, the chain stays
 * fork, behind, unknown   enrol anew; behind: the server has less than this phone still holds
 * wrong     this app is wrong, not the line: keep it, tell a person
 * @typedef {"kept" | "gap" | "later" | "smaller" | "revoked" | "fork" | "behind" | "unknown" |
 *   "wrong"} Meaning
 */

export const TROUBLES = ["revoked", "fork", "behind", "unknown", "wrong"];

/**
 * @param {number} status 0 when there was no answer
 * @param {Told | null} told its body; null when it is no JSON
 * @param {number} first number of the first line that was sent
 * @param {Uint8Array | null | undefined} own the phone's head at told.through; null: forgotten,
 *   undefined: the phone has no such line
 * @returns {Meaning}
 */
export function judge(status, told, first, own) {
  if (!told) return "later";
  if (status === 200 || status === 409) {
    const { through, head } = told;
    if (!Number.isInteger(through) || typeof head !== "string") return "later";
    if (own === null) return "behind";
    if (own === undefined || !isSame(own, fromHex(head))) return "fork";
    if (status === 200) return "kept";
    return Number(through) < first - 1 ? "gap" : "fork";
  }
  /** @type {Record<number, Meaning>} */
  const others = { 400: "wrong", 401: "unknown", 403: "revoked", 413: "smaller" };
  return others[status] ?? "later";
}

/** Milliseconds of a Retry-After header; null without a good one. @param {string | null} header */
export function readRetry(header) {
  return header && /^\d{1,5}$/.test(header) ? Number(header) * 1000 : null;
}

/** Milliseconds to wait after so many failures in a row: 2 s, doubling, 120 s at most; spread, so
 *  that phones that lost the net together do not come back together.
 *  @param {number} failures @param {number} [chance] 0 to 1 */
export function pauseAfter(failures, chance = Math.random()) {
  return Math.min(2 ** Math.max(1, failures), 120) * 1000 * (0.75 + chance / 2);
}
