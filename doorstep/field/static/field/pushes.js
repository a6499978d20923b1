// One push as it goes over the net, or into a file for the desk: headers and body, signed. Refuses
// nothing; whoever calls gives lines that follow each other.

import { decode, joinLines, pushText, toHex } from "./chain.js";
import { sign } from "./keys.js";
import { signNote } from "./notes.js";

/** @typedef {{ first: number, headers: Record<string, string>,
 *   body: import("./chain.js").Bytes }} Push */

/**
 * @param {import("./outbox.js").Device} device
 * @param {import("./outbox.js").Line[]} lines none: a signed probe
 * @param {import("./outbox.js").Point} before the chain before the first of them
 * @param {number} written the number of the last line there is, sent or not
 * @returns {Promise<Push>}
 */
export async function makePush(device, lines, before, written) {
  const words = {
    first: before.n + 1,
    count: lines.length,
    previous: toHex(before.head),
    head: toHex((lines.at(-1) ?? before).head),
    sent: new Date().toISOString(),
  };
  const headers = {
    "Doorstep-Device": device.device,
    "Doorstep-First": String(words.first),
    "Doorstep-Count": String(words.count),
    "Doorstep-Previous": words.previous,
    "Doorstep-Head": words.head,
    "Doorstep-Sent": words.sent,
    "Doorstep-Written": String(written),
    "Doorstep-Signature": await sign(device, pushText(device.cell, device.device, words)),
  };
  return { first: words.first, headers, body: joinLines(lines.map((each) => each.line)) };
}

const FILE_LINES = 500; // of a push in a file
export const FILE_FORMAT = "doorstep-pushes-1";

/**
 * All lines the server has not answered for, and the notes it has not, as a file: signed just as
 * they would have been sent, so that the desk need not trust whoever brings it. Notes are sealed: it
 * tells nobody a name.
 * @param {import("./outbox.js").Device} device @param {import("./outbox.js").Outbox} outbox
 * @returns {Promise<Blob>}
 */
export async function exportUnsent(device, outbox) {
  const pushes = [];
  let n = outbox.answered.through;
  for (;;) {
    const lines = await outbox.list(n + 1, FILE_LINES);
    const head = await outbox.headAt(n);
    if (!lines.length || !head) break;
    const { headers, body } = await makePush(device, lines, { n, head }, outbox.last.n);
    pushes.push({ headers, body: decode(body) });
    n += lines.length;
  }
  const attachments = [];
  for (const { digest, body } of await outbox.listNotes()) {
    const bytes = Array.from(body, (byte) => String.fromCharCode(byte)).join("");
    attachments.push({ digest, headers: await signNote(device, digest), body: btoa(bytes) });
  }
  const whole = JSON.stringify({ format: FILE_FORMAT, device: device.device, pushes, attachments });
  return new Blob([whole], { type: "application/json" });
}
