// The bytes of docs/sync.md: hashes, heads, ids and the texts that are signed. Pure: no storage, no
// network, no clock but the one it is given; runs in a page, in node and in a worker alike.
// Refuses nothing: whoever calls gives ids and hex in their one canonical spelling.

/** @typedef {Uint8Array<ArrayBuffer>} Bytes */

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const NEWLINE = 10;

/** @param {string} text @returns {Bytes} UTF-8 */
export function encode(text) {
  return encoder.encode(text);
}

/** @param {Uint8Array} bytes UTF-8 @returns {string} */
export function decode(bytes) {
  return decoder.decode(bytes);
}

/** @param {Uint8Array} bytes @returns {string} lower-case hex */
export function toHex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** @param {string} hex @returns {Bytes} */
export function fromHex(hex) {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

/** @param {string} id canonical text @returns {Bytes} its 16 bytes */
export function idBytes(id) {
  return fromHex(id.replaceAll("-", ""));
}

/** @param {Uint8Array[]} parts @returns {Bytes} */
export function join(...parts) {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** @param {Uint8Array} one @param {Uint8Array} other */
export function isSame(one, other) {
  return one.length === other.length && one.every((byte, at) => byte === other[at]);
}

/** @param {Uint8Array[]} parts @returns {Promise<Bytes>} SHA-256 over all of them */
export async function sha256(...parts) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", join(...parts)));
}

/**
 * The head before the first line.
 * @param {string} cell @param {string} device ids
 * @param {Uint8Array} key the raw public key
 */
export function firstHead(cell, device, key) {
  return sha256(encode("doorstep-v1"), idBytes(cell), idBytes(device), key);
}

/** @param {Uint8Array} head before the line @param {Uint8Array} line without its newline */
export async function nextHead(head, line) {
  return sha256(head, await sha256(line));
}

/** @param {Uint8Array[]} lines @returns {Bytes} each ended by a newline */
export function joinLines(lines) {
  const newline = Uint8Array.of(NEWLINE);
  return join(...lines.flatMap((line) => [line, newline]));
}

/** @param {string} code @param {string} alg @param {string} key hex */
export function enrolText(code, alg, key) {
  return `doorstep-v1\nenrol\n${code}\n${alg}\n${key}\n`;
}

/** @param {string} cell @param {string} device @param {string} nonce */
export function sessionText(cell, device, nonce) {
  return `doorstep-v1\nsession\n${cell}\n${device}\n${nonce}\n`;
}

/** @param {string} cell @param {string} device @param {string} digest hex, SHA-256 of the body */
export function attachmentText(cell, device, digest) {
  return `doorstep-v1\nattachment\n${cell}\n${device}\n${digest}\n`;
}

/**
 * What a push signs. Heads are hex, `sent` is the device's clock.
 * @param {string} cell @param {string} device
 * @param {{ first: number, count: number, previous: string, head: string, sent: string }} push
 */
export function pushText(cell, device, { first, count, previous, head, sent }) {
  const words = ["doorstep-v1", "entries", cell, device, first, count, previous, head, sent, ""];
  return words.join("\n");
}

/**
 * A new UUIDv7 (RFC 9562, 5.7): 48 bits of milliseconds, then chance. The clock only sorts ids; 74
 * bits of chance make them differ, so a clock that is set back gives no id twice.
 * @param {number} now milliseconds since 1970 UTC
 */
export function newId(now) {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const hex = Math.max(0, Math.floor(now)).toString(16).padStart(12, "0").slice(-12);
  bytes.set(fromHex(hex));
  bytes[6] = 0x70 | ((bytes[6] ?? 0) & 0x0f);
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f);
  return toHex(bytes).replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
