// Asks the server what is new: a session by signature, then the snapshot since the version that is
// here. Refuses nothing; whatever goes wrong is no answer, and is tried again later.

import { readRetry } from "./answers.js";
import { sessionText } from "./chain.js";
import { sign } from "./keys.js";

const PATIENCE = 60_000; // ms: the first snapshot of a large estate over a poor net
const TRIES = 5; // while the server is busy: at the start of a shift all phones ask at once
const LONGEST = 10_000; // ms that are waited for a busy server; else the next pull asks again
const MARGIN = 60; // seconds before its end at which a token is not used any more
/** @typedef {{ text: string, told: any }} News */

export class Puller {
  /** @param {import("./outbox.js").Device} device */
  constructor(device) {
    this.device = device;
    this.token = "";
    this.until = 0; // of performance.now(): no clock that somebody may set
    this.asked = { since: "", tag: "" };
  }

  /**
   * What is new since a version; null when nothing is.
   * @param {string} since "": everything
   * @returns {Promise<News | null>}
   * @throws {Error} NO_ANSWER, or SESSION_REFUSED: revoked, or not known here
   */
  async pull(since) {
    let answer = await this.get(since);
    if (answer.status === 401) {
      this.token = "";
      answer = await this.get(since);
    }
    if (answer.status === 304) return null;
    if (answer.status === 401) throw new Error("SESSION_REFUSED");
    if (answer.status !== 200) throw new Error("NO_ANSWER");
    const text = await answer.text();
    this.asked = { since, tag: answer.headers.get("ETag") ?? "" };
    return { text, told: JSON.parse(text) };
  }

  /** What was told last was not taken in: it is to be told again. */
  forget() {
    this.asked = { since: "", tag: "" };
  }

  /** @param {string} since @returns {Promise<Response>} */
  async get(since) {
    if (!this.token || performance.now() > this.until) await this.openSession();
    /** @type {Record<string, string>} */
    const headers = { Authorization: `Bearer ${this.token}` };
    // without a version there is nothing here that could be the same
    if (since && this.asked.tag && this.asked.since === since) headers["If-None-Match"] = this.asked.tag;
    return ask(`/field/v1/snapshot?since=${encodeURIComponent(since)}`, { headers });
  }

  async openSession() {
    const { cell, device } = this.device;
    const { nonce } = await post("/field/v1/session", { device });
    const signature = await sign(this.device, sessionText(cell, device, nonce));
    const told = await post("/field/v1/session", { device, nonce, signature });
    this.token = told.token;
    this.until = performance.now() + (told.expires_in - MARGIN) * 1000;
  }
}

/** The server's answer; while it is busy, asked for again when it says, spread a little.
 *  @param {string} path @param {RequestInit} options @returns {Promise<Response>} */
async function ask(path, options) {
  for (let tries = 1; ; tries += 1) {
    const answer = await fetch(path, {
      ...options, cache: "no-store", credentials: "omit", signal: AbortSignal.timeout(PATIENCE),
    });
    const wait = answer.status === 503 ? readRetry(answer.headers.get("Retry-After")) : null;
    if (wait === null || wait > LONGEST || tries === TRIES) return answer;
    await new Promise((done) => setTimeout(done, wait * (1 + Math.random())));
  }
}

/**
 * @param {string} path @param {object} asked @returns {Promise<any>} what a 200 says
 * @throws {Error} the code of a refusal, or NO_ANSWER
 */
export async function post(path, asked) {
  let answer, told;
  try {
    answer = await ask(path, { method: "POST", body: JSON.stringify(asked) });
    told = await answer.json();
  } catch {
    throw new Error("NO_ANSWER");
  }
  if (answer.status >= 500) throw new Error("NO_ANSWER"); // of the server, not of what was asked
  if (answer.status !== 200) throw new Error(told.code ?? "NO_ANSWER");
  return told;
}
