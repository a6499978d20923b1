// The vectors of notes and of the pull (docs/sync.md): this phone seals to the very bytes, and brings
// what it knows up to date to the very rows.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fromHex, toHex } from "../../doorstep/field/static/field/chain.js";
import { seal } from "../../doorstep/field/static/field/notes.js";
import { noRounds, takeRounds } from "../../doorstep/field/static/field/rounds.js";
import { emptySnapshot, merge } from "../../doorstep/field/static/field/snapshot.js";

/** @param {string} name */
const load = (name) => JSON.parse(readFileSync(new URL(`../vectors/${name}.json`, import.meta.url), "utf8"));

test("a note is sealed to the bytes of the vector", async (t) => {
  const given = load("notes");
  const point = fromHex(given.ephemeral_key);
  /** @param {Uint8Array} bytes */
  const text = (bytes) => Buffer.from(bytes).toString("base64url");
  const curve = { name: "ECDH", namedCurve: "P-256" };
  const jwk = { kty: "EC", crv: "P-256", x: text(point.slice(1, 33)), y: text(point.slice(33)) };
  const own = { ...jwk, d: text(fromHex(given.ephemeral_private_key)) };
  const publicKey = await crypto.subtle.importKey("jwk", jwk, curve, true, []);
  const privateKey = await crypto.subtle.importKey("jwk", own, curve, false, ["deriveBits"]);
  // what is drawn by lot there is as drawn in the vector
  const drawn = [given.nonce, given.salt].map(fromHex);
  t.mock.method(crypto.subtle, "generateKey", async () => ({ publicKey, privateKey }));
  t.mock.method(crypto, "getRandomValues", (/** @type {Uint8Array} */ into) => {
    const next = drawn.find((bytes) => bytes.length === into.length);
    assert.ok(next);
    into.set(next);
    return into;
  });
  const { digest, body } = await seal(given.notes_key, given.person, JSON.parse(given.content));
  assert.equal(toHex(body), given.body);
  assert.equal(digest, given.digest);
});

test("a pull and the changes after it come to the rows of the vector", () => {
  const { first, changes, after } = load("snapshot");
  const snapshot = emptySnapshot();
  let known = noRounds();
  for (const told of [first, changes]) {
    known = takeRounds(known, told);
    merge(snapshot, told);
  }
  const due = Object.fromEntries([...snapshot.due].map(([round, rows]) => [round, Object.fromEntries(rows)]));
  assert.deepEqual(due, after.due);
  for (const name of /** @type {const} */ (["doors", "people"])) {
    assert.deepEqual(Object.fromEntries(snapshot[name]), after[name]);
  }
  const { version, area, staff, names, at } = snapshot;
  assert.deepEqual({ version, area, staff, names }, {
    version: after.version, area: after.area, staff: after.staff, names: after.staff_names,
  });
  assert.equal(at, Date.parse(after.at));
  const open = [...known.rounds].filter(([, { state }]) => state !== "closed");
  assert.deepEqual(Object.fromEntries(open), after.rounds);
  assert.deepEqual(known.rolls, after.tubes);
});
