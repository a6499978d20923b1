// Brings the lines to the server, and after them what was noted of people: after each append, when
// the net is back, every 20 seconds, and by hand; one push at a time, longer pauses while it fails.
// Refuses to lose patience: whatever the server says, no line goes from the phone before a verified
// backup holds it.

import { TROUBLES, judge, pauseAfter, readRetry } from "./answers.js";
import { NoteSender } from "./notes.js";
import { makePush } from "./pushes.js";

const MOST = 500; // lines of a push
const EVERY = 20_000; // ms between tries when nothing is wrong
const PROBE = 60_000; // ms after which a phone with nothing to send asks how things stand
const TROUBLED = 300_000; // ms between tries when a person must act first
const PATIENCE = 30_000; // ms for an answer
const PACK = 1_024; // bytes from which packing saves anything
/** @typedef {import("./answers.js").Told} Told */

export class Pusher {
  /** @param {import("./outbox.js").Outbox} outbox @param {import("./outbox.js").Device} device */
  constructor(outbox, device) {
    this.outbox = outbox;
    this.device = device;
    this.notes = new NoteSender(outbox, device);
    this.most = MOST;
    this.failures = 0;
    this.busy = false; // a push is on its way
    this.running = false;
    this.nudged = false;
    this.lastTry = -Infinity;
    this.wake = () => {};
  }

  /** Begin; never ends by itself. @returns {Promise<void>} */
  async run() {
    this.running = true;
    addEventListener("online", this.nudge);
    while (this.running) {
      const wait = await this.once().catch(() => this.fail());
      if (wait > 0) await this.sleep(wait);
    }
    removeEventListener("online", this.nudge);
  }

  stop() {
    this.running = false;
    this.wake();
  }

  /** There is something to send, or the net is back: try now. */
  nudge = () => {
    this.notes.hurry();
    this.hasten();
  };

  hasten() {
    this.nudged = true;
    this.wake();
  }

  /** A new line: goes at once, but does not break a pause that failures have earned. */
  nudgeGently() {
    if (!this.failures && !this.outbox.answered.trouble) this.hasten();
  }

  /** @param {number} ms @returns {Promise<void>} */
  sleep(ms) {
    return new Promise((resolve) => {
      if (this.nudged || !this.running) return resolve();
      const timer = setTimeout(resolve, ms);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** One push, and a note when the lines are through. @returns {Promise<number>} ms until the next */
  async once() {
    const wait = await this.pushLines();
    return this.failures || wait === 0 ? wait : Math.min(wait, await this.notes.once().catch(() => EVERY));
  }

  /** One push, if there is anything to say. @returns {Promise<number>} ms until the next */
  async pushLines() {
    const byHand = this.nudged;
    this.nudged = false;
    const { answered } = this.outbox;
    const n = answered.trouble === "revoked"
      ? Math.max(answered.through, answered.aside) : answered.through;
    const lines = await this.outbox.list(n + 1, this.most);
    const idle = performance.now() - this.lastTry < PROBE;
    if (!lines.length && idle && !byHand) return EVERY;
    const head = await this.outbox.headAt(n);
    if (!head) return this.stand("behind");
    this.lastTry = performance.now();
    const push = await makePush(this.device, lines, { n, head }, this.outbox.last.n);
    this.busy = true;
    this.outbox.tell();
    try {
      const begun = Date.now();
      const [status, told, wait] = await send(push);
      return await this.take(status, told, wait, push.first, lines, (begun + Date.now()) / 2);
    } finally {
      this.busy = false;
      this.outbox.tell();
    }
  }

  /**
   * Do what the answer says.
   * @param {number} status @param {Told | null} told @param {number | null} wait ms
   * @param {number} first @param {import("./outbox.js").Line[]} lines @param {number} asked ms
   */
  async take(status, told, wait, first, lines, asked) {
    const through = Number(told?.through);
    const own = Number.isInteger(through) ? await this.outbox.headAt(through) : undefined;
    const meaning = judge(status, told, first, own);
    if (meaning === "later" || !told) return this.fail(wait);
    this.failures = 0;
    const offset = told.at ? asked - Date.parse(told.at) : this.outbox.answered.offset;
    const heard = { contact: Date.now(), offset };
    const sent = lines.at(-1)?.n ?? first - 1;
    if (meaning === "kept") {
      const now = { ...heard, through, safe: told.safe ?? 0, trouble: null, aside: 0 };
      await this.outbox.takeDown(now, told.lines);
      return through < this.outbox.last.n ? 0 : EVERY;
    }
    if (meaning === "gap") {
      await this.outbox.takeDown({ ...heard, through, trouble: null });
      return 0;
    }
    if (meaning === "smaller" && lines.length > 1) {
      this.most = Math.ceil(lines.length / 2);
      return 0;
    }
    if (meaning === "revoked") {
      const named = { ...heard, trouble: "revoked", aside: Math.max(sent, this.outbox.answered.aside) };
      await this.outbox.takeDown(named, told.lines);
      return lines.length === this.most ? 0 : TROUBLED;
    }
    return this.stand(meaning, heard);
  }

  /** Something a person must act on; no line is touched. @param {string} meaning
   *  @param {Partial<import("./outbox.js").Answered>} [heard] */
  async stand(meaning, heard = {}) {
    const trouble = TROUBLES.includes(meaning) ? meaning : "wrong";
    await this.outbox.takeDown({ ...heard, trouble });
    return TROUBLED;
  }

  /** @param {number | null} [wait] ms, where the server says */
  fail(wait = null) {
    this.failures += 1;
    return wait ?? pauseAfter(this.failures);
  }
}

/** @param {import("./pushes.js").Push} push
 *  @returns {Promise<[number, Told | null, number | null]>} status, body, ms to wait */
async function send(push) {
  const packed = push.body.length >= PACK ? await pack(push.body) : null;
  const headers = packed ? { ...push.headers, "Content-Encoding": "gzip" } : push.headers;
  try {
    const answer = await fetch("/field/v1/entries", {
      method: "POST", headers, body: packed ?? push.body, cache: "no-store",
      credentials: "omit", signal: AbortSignal.timeout(PATIENCE),
    });
    return [answer.status, await answer.json(), readRetry(answer.headers.get("Retry-After"))];
  } catch { // the net, the time, or no JSON: no answer
    return [0, null, null];
  }
}

/** @param {Uint8Array<ArrayBuffer>} body @returns {Promise<ArrayBuffer | null>} gzip, where the browser can */
async function pack(body) {
  if (typeof CompressionStream === "undefined") return null;
  const stream = new Blob([body]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Response(stream).arrayBuffer();
}
