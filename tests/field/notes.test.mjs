// What was noted of somebody: sealed to the server alone, sent after its line, kept until it is there.

import assert from "node:assert/strict";
import { test } from "node:test";
import { decode, encode, fromHex, join, sha256, toHex } from "../../doorstep/field/static/field/chain.js";
import { NoteSender, judgeNote, mask, seal } from "../../doorstep/field/static/field/notes.js";
import { emptySnapshot, introduce, merge } from "../../doorstep/field/static/field/snapshot.js";
import { isIdentity, isNearIdentity } from "../../doorstep/operations/sampling/static/sampling/field/codes.js";

const PERSON = "0190a0a0-0000-7000-8000-0000000000bb";
const SAID = { name: "王小明", document: "11010519491231002X", phone: "13900139000" };
const CURVE = { name: "ECDH", namedCurve: "P-256" };

/** The server's part, as docs/sync.md says. @param {CryptoKey} key @param {Uint8Array} point
 *  @param {Uint8Array} body @param {string} person */
async function open(key, point, body, person) {
  const rest = body.slice(16 + "doorstep-note-1\n".length);
  const [theirs, iv, sealed] = [rest.slice(0, 65), rest.slice(65, 77), rest.slice(77)];
  const other = await crypto.subtle.importKey("raw", theirs, CURVE, false, []);
  const shared = await crypto.subtle.deriveBits({ name: "ECDH", public: other }, key, 256);
  const base = await crypto.subtle.importKey("raw", shared, "HKDF", false, ["deriveKey"]);
  const info = encode("doorstep-v1\nnote\n");
  const wrap = await crypto.subtle.deriveKey({ name: "HKDF", hash: "SHA-256", salt: join(theirs, point), info },
    base, { name: "AES-GCM", length: 256 }, false, ["decrypt"]);
  const how = { name: "AES-GCM", iv, additionalData: encode(person) };
  return JSON.parse(decode(new Uint8Array(await crypto.subtle.decrypt(how, wrap, sealed))));
}

test("only the server reads it, of that person alone, and never twice the same bytes", async () => {
  const pair = await crypto.subtle.generateKey(CURVE, false, ["deriveBits"]);
  const point = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
  const [one, other] = await Promise.all([1, 2].map(() => seal(toHex(point), PERSON, SAID)));
  assert.deepEqual(await open(pair.privateKey, point, one.body, PERSON), SAID);
  await assert.rejects(open(pair.privateKey, point, one.body, PERSON.replace("b", "c")));
  assert.equal(one.digest, toHex(await sha256(one.body)));
  assert.notEqual(one.digest, other.digest);
  const bytes = decode(one.body);
  for (const secret of Object.values(SAID)) assert.ok(!bytes.includes(secret));
  assert.equal(decode(fromHex(toHex(one.body)).slice(16, 31)), "doorstep-note-1");
});

test("an answer is had, or tried again, or told to a person", () => {
  const meanings = [200, 0, 500, 503, 401, 403, 507, 400, 413].map(judgeNote);
  assert.deepEqual(meanings, ["kept", "later", "later", "later", "refused", "refused", "full", "wrong", "wrong"]);
});

test("a name is masked, also one outside the first plane", () => {
  assert.deepEqual(["王小明", " Ann", "𠮷田", ""].map(mask), ["王*", "A*", "𠮷*", ""]);
});

/** An outbox of notes with numbers of lines, and a server of these answers. @param {number[]} numbers
 *  @param {number[]} statuses */
async function sending(numbers, statuses) {
  const keys = await crypto.subtle.generateKey({ name: "Ed25519" }, false, ["sign", "verify"]);
  const notes = numbers.map((n) => ({ digest: `${n}`.repeat(64), body: new Uint8Array(1), n }));
  const outbox = {
    answered: { through: 2, trouble: /** @type {string | null} */ (null) },
    get notes() { return notes.length; },
    listNotes: async () => [...notes],
    tell() {},
    markNote: async (/** @type {{ digest: string }} */ { digest }) => { notes.splice(notes.findIndex((each) => each.digest === digest), 1); },
  };
  /** @type {string[]} */
  const asked = [];
  globalThis.fetch = /** @type {any} */ (async (/** @type {string} */ url) => {
    asked.push(url.slice(-1));
    const status = statuses.shift() ?? 200;
    if (!status) throw new TypeError("no net");
    return { status };
  });
  const device = { cell: PERSON, device: PERSON, alg: "ed25519", privateKey: keys.privateKey };
  return { sender: new NoteSender(/** @type {any} */ (outbox), /** @type {any} */ (device)), outbox, asked };
}

test("a note goes after its line, once, and stays until it is there", async () => {
  const { sender, outbox, asked } = await sending([1, 2, 3], [0, 200, 200]);
  assert.ok((await sender.once()) > 1000 && outbox.notes === 3);
  assert.ok((await sender.once()) > 1000, "it waits"); // not asked again before the pause is over
  assert.deepEqual(asked, ["1"]);
  sender.hurry();
  assert.deepEqual([await sender.once(), await sender.once(), await sender.once()], [0, 0, Infinity]);
  assert.deepEqual(asked, ["1", "1", "2"]); // the third one's line is not there yet
  assert.equal(outbox.notes, 1);
});

test("one that is not taken stops no other; no room and a revoked phone stop all, and lose none", async () => {
  const { sender, outbox, asked } = await sending([1, 2], [400, 507]);
  assert.equal(await sender.once(), 0);
  assert.ok((await sender.once()) >= 300_000 && sender.full && sender.wrong.size === 1);
  outbox.answered.trouble = "revoked";
  sender.hurry();
  assert.equal(await sender.once(), Infinity);
  assert.deepEqual([asked, outbox.notes], [["1", "2"], 2]);
});

test("who was added is on the lists at once, and the server's own word replaces it", () => {
  const snapshot = emptySnapshot();
  merge(snapshot, {
    since: null, version: "a.1", at: "2021-06-21T00:00:00Z", area: "e", staff: ["s"], staff_names: { s: "李*" },
    tubes: [], rounds: {}, doors: { d1: "1座 101" }, people: {}, due: {}, gone: { rounds: [], doors: [], people: [], due: {} },
  });
  const before = structuredClone({ ...snapshot, people: null });
  merge(snapshot, introduce(snapshot, "p1", "王*", "d1"));
  assert.deepEqual([...snapshot.people], [["p1", ["王*", "d1"]]]);
  assert.deepEqual({ ...snapshot, people: null }, before);
});

test("an identity number is told from a tube", () => {
  assert.ok(isIdentity("11010519491231002x") && isIdentity(" 110105194912310 02X"));
  assert.ok(!isIdentity("110105194912310020") && isNearIdentity("110105194912310020"));
  for (const code of ["GC000001", "1234567890123456789", ""]) assert.ok(!isNearIdentity(code));
});
