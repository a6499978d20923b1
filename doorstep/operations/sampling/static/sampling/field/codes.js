// Codes on tubes, boxes and seals, as the server reads them (kit/codes.py): 0-9A-Z, mostly with a
// check character, ISO 7064 MOD 37,36; runs of consecutive codes. Pure. Refuses nothing for want of
// a check character: rolls printed elsewhere have none.

const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/** The code in a text as scanned or typed; null when there is none. @param {string} text */
export function normalise(text) {
  const plain = text.normalize("NFKC").replace(/[\s_-]/g, "").toUpperCase();
  return /^[0-9A-Z]{4,20}$/.test(plain) ? plain : null;
}

const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];

/** Whether a text has the form of an identity number, right or not. @param {string} text */
export function isNearIdentity(text) {
  return /^\d{17}[\dX]$/.test(normalise(text) ?? "");
}

/** Whether it is one: its last character fits the others (GB 11643, ISO 7064 MOD 11-2).
 *  @param {string} text */
export function isIdentity(text) {
  const number = normalise(text) ?? "";
  if (!isNearIdentity(number)) return false;
  const sum = WEIGHTS.reduce((total, weight, at) => total + weight * Number(number[at]), 0);
  return "10X98765432"[sum % 11] === number[17];
}

/** @param {string} body */
export function checkCharacter(body) {
  let product = 36;
  for (const character of body) {
    const total = (product + ALPHABET.indexOf(character)) % 36 || 36;
    product = (total * 2) % 37;
  }
  return ALPHABET[(37 - product) % 36] ?? "";
}

/** Whether the last character is the check of those before it. @param {string} code */
export function isChecked(code) {
  return code.length > 4 && checkCharacter(code.slice(0, -1)) === code.at(-1);
}

/** @typedef {{ head: string, start: number, end: number, digits: number, checked: boolean,
 *   length: number }} Run */

/** A run of codes, both ends included; null where the two make none.
 *  @param {string} first @param {string} last @returns {Run | null} */
export function readRun(first, last) {
  const checked = isChecked(first) && isChecked(last) && /\d$/.test(first.slice(0, -1));
  const [one, other] = checked ? [first.slice(0, -1), last.slice(0, -1)] : [first, last];
  const number = /\d+$/.exec(one)?.[0];
  if (number === undefined || first.length !== last.length) return null;
  const head = one.slice(0, one.length - number.length);
  const end = other.slice(head.length);
  if (!other.startsWith(head) || !/^\d+$/.test(end)) return null;
  const digits = number.length;
  return { head, start: Number(number), end: Number(end), digits, checked, length: first.length };
}

/** @param {Run} run @param {string} code */
export function isIn(run, code) {
  if (code.length !== run.length || (run.checked && !isChecked(code))) return false;
  const body = run.checked ? code.slice(0, -1) : code;
  const number = body.slice(run.head.length);
  if (!body.startsWith(run.head) || !/^\d+$/.test(number)) return false;
  return Number(number) >= run.start && Number(number) <= run.end;
}

/** The first code of a run that is not taken; null when all are.
 *  @param {Run} run @param {(code: string) => boolean} isTaken */
export function nextOf(run, isTaken) {
  for (let serial = run.start; serial <= run.end; serial += 1) {
    const body = run.head + String(serial).padStart(run.digits, "0");
    const code = run.checked ? body + checkCharacter(body) : body;
    if (!isTaken(code)) return code;
  }
  return null;
}
