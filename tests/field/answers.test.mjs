// Every status of docs/sync.md and what a phone makes of it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { toHex } from "../../doorstep/field/static/field/chain.js";
import { judge, pauseAfter, readRetry } from "../../doorstep/field/static/field/answers.js";

const own = new Uint8Array(32).fill(7);
const head = toHex(own);
const other = toHex(new Uint8Array(32).fill(8));

/** @type {[string, number, any, number, Uint8Array | null | undefined, string][]} */
const CASES = [
  ["kept", 200, { through: 9, head }, 5, own, "kept"],
  ["older lines were sent again: through lies beyond the push", 200, { through: 90, head }, 5, own, "kept"],
  ["another head at 200", 200, { through: 9, head: other }, 5, own, "fork"],
  ["the server is beyond the last line", 200, { through: 99, head }, 5, undefined, "fork"],
  ["the server has less", 409, { through: 2, head }, 5, own, "gap"],
  ["the server has nothing", 409, { through: 0, head }, 5, own, "gap"],
  ["a gap whose head is another", 409, { through: 2, head: other }, 5, own, "fork"],
  ["409 though nothing is missing", 409, { through: 4, head }, 5, own, "fork"],
  ["409 beyond the last line", 409, { through: 99, head }, 5, undefined, "fork"],
  ["the server has less than the phone still holds", 409, { through: 2, head }, 5, null, "behind"],
  ["the app is wrong", 400, { code: "COUNT_OR_HEAD_WRONG" }, 5, undefined, "wrong"],
  ["unknown here", 401, { code: "DEVICE_UNKNOWN_OR_SIGNATURE_WRONG" }, 5, undefined, "unknown"],
  ["revoked", 403, { through: 4, head, lines: [] }, 5, own, "revoked"],
  ["too large", 413, { max_lines: 2000 }, 5, undefined, "smaller"],
  ["storage failed", 500, { code: "STORAGE_FAILED" }, 5, undefined, "later"],
  ["busy", 503, { code: "BUSY" }, 5, undefined, "later"],
  ["a gateway", 502, null, 5, undefined, "later"],
  ["a portal's page instead of JSON", 200, null, 5, undefined, "later"],
  ["JSON of somebody else", 200, { hello: 1 }, 5, undefined, "later"],
  ["no answer", 0, null, 5, undefined, "later"],
];

for (const [about, status, told, first, at, meaning] of CASES) {
  test(`${status}: ${about}`, () => assert.equal(judge(status, told, first, at), meaning));
}

test("a server that says when is asked then; without a word pauses grow to two minutes", () => {
  assert.equal(readRetry("3"), 3000);
  assert.equal(readRetry("Wed, 21 Oct 2015 07:28:00 GMT"), null);
  assert.equal(readRetry(null), null);
  const pauses = [1, 2, 3, 4, 5, 6, 7, 8, 50].map((failures) => pauseAfter(failures, 0.5));
  assert.deepEqual(pauses, [2, 4, 8, 16, 32, 64, 120, 120, 120].map((seconds) => seconds * 1000));
  assert.ok(pauseAfter(1, 0) < pauseAfter(1, 1));
});
