// What a phone knows: snapshots put together, doors found, PINs, badges and codes read.

import assert from "node:assert/strict";
import { test } from "node:test";
import { readCode } from "../../doorstep/field/static/field/enrolment.js";
import { find, findCode, makeIndex } from "../../doorstep/field/static/field/finding.js";
import { isOutside, noRounds, takeRounds } from "../../doorstep/field/static/field/rounds.js";
import { readBadge } from "../../doorstep/field/static/field/shift.js";
import { emptySnapshot, merge } from "../../doorstep/field/static/field/snapshot.js";
import { delayAfter, isFit } from "../../doorstep/field/static/field/vault.js";

const NOTHING = { rounds: [], doors: [], people: [], due: {} };
const WHOLE = {
  since: null, version: "a.1", at: "2021-06-21T00:00:00Z", area: "e", staff: ["s"], staff_names: { s: "李*" },
  tubes: [], rounds: { r: { kind: "sampling" }, q: { kind: "sampling" } },
  doors: { d1: "12座 1单元 803", d2: "12座 2单元 803", d3: "2座 1203", d4: "12座 1单元 804" },
  people: { p1: ["张*", "d1"], p2: ["王*", "d3"], p3: ["张*", "d4"] },
  due: { r: { p1: ["due", false], p2: ["due", true] }, q: { p1: ["due", false] } }, gone: NOTHING,
};

test("what is new comes in, what is gone goes, a closed round goes with its list", () => {
  const snapshot = emptySnapshot();
  merge(snapshot, structuredClone(WHOLE));
  merge(snapshot, {
    ...WHOLE, since: "a.1", version: "a.2", rounds: {}, doors: {}, people: { p4: ["赵*", "d1"] },
    due: { r: { p1: ["done", false] }, n: { p4: ["due", false] } },
    gone: { rounds: ["q"], doors: ["d2"], people: ["p2"], due: { r: ["p2"], q: ["p1"] } },
  });
  assert.deepEqual([...snapshot.people.keys()], ["p1", "p3", "p4"]);
  assert.deepEqual(snapshot.due.get("r"), new Map([["p1", ["done", false]]]));
  assert.deepEqual(snapshot.due.get("n"), new Map([["p4", ["due", false]]]));
  assert.ok(!snapshot.due.has("q") && !snapshot.doors.has("d2") && snapshot.version === "a.2");
  merge(snapshot, { ...WHOLE, people: { p9: ["何*", "d1"] }, due: {}, rounds: {} });
  assert.deepEqual([...snapshot.people.keys()], ["p9"]);
  assert.equal(snapshot.due.size, 0);
});

test("who lives behind another door than those of a round is elsewhere", () => {
  const part = { kind: "sampling", area: "b2", day: "2021-06-22", pool: "ten", state: "open", inside: ["d3"] };
  const { rounds } = takeRounds(noRounds(), { ...WHOLE, rounds: { ...WHOLE.rounds, part } });
  assert.ok(isOutside(rounds.get("part"), "d1") && !isOutside(rounds.get("part"), "d3"));
  assert.ok(!isOutside(rounds.get("part"), undefined) && !isOutside(rounds.get("part"), ""));
  assert.ok(!isOutside(rounds.get("r"), "d1")); // of the whole area
});

test("a door is found by its number, a person by the surname", () => {
  const snapshot = emptySnapshot();
  merge(snapshot, WHOLE);
  const index = makeIndex(snapshot);
  /** @param {string} text */
  const ids = (text) => find(index, text).found.map((door) => door.id);
  assert.deepEqual(ids("12-803"), ["d1", "d2"]);
  assert.deepEqual(ids("12-1-803"), ["d1"]);
  assert.deepEqual(ids("12座1单元803"), ["d1"]);
  assert.deepEqual(ids("803"), ["d1", "d2"]);
  assert.deepEqual(ids("1203"), ["d3"]);
  assert.deepEqual(ids("1-803"), ["d1"]);
  assert.deepEqual(ids("张"), ["d1", "d4"]);
  assert.deepEqual(ids("2单元"), ["d2"]);
  assert.deepEqual(ids("99-803"), []);
  assert.deepEqual(ids(" "), []);
});

test("somebody whose door is not on the phone is found by the surname and by the code", () => {
  const id = "0190a0a0-0000-7000-8000-0000000000c1";
  const snapshot = emptySnapshot();
  merge(snapshot, { ...WHOLE, people: { ...WHOLE.people, [id]: ["欧*", ""] } });
  const index = makeIndex(snapshot);
  const apart = { id: "", label: "", numbers: [], people: [{ id, name: "欧*" }] };
  assert.deepEqual(find(index, "欧"), { found: [apart], all: 1 });
  assert.deepEqual(findCode(index, snapshot, `doorstep:${id}`), apart);
  assert.equal(findCode(index, snapshot, "no code of anybody"), undefined);
  for (const number of ["803", "12-803", "1"]) assert.ok(find(index, number).found.every((door) => door.id));
});

test("a PIN that everybody tries first is none, and wrong ones cost more and more time", () => {
  for (const pin of ["111111", "123456", "987654", "890123", "12345", "1234567", "12345a"]) assert.ok(!isFit(pin), pin);
  for (const pin of ["112111", "204816", "135791"]) assert.ok(isFit(pin), pin);
  assert.deepEqual([1, 2, 3, 4, 5, 40].map(delayAfter), [0, 0, 30, 60, 120, 3600]);
});

test("codes are read from the desk's link, old and new, and from what is typed", () => {
  assert.equal(readCode("https://127.0.0.2:8443/field/#enrol=abc_DEF-123456789012"), "abc_DEF-123456789012");
  assert.equal(readCode("https://h/field/?code=abcdefghijkl"), "abcdefghijkl");
  assert.equal(readCode("  abc_DEF-123456789012 "), "abc_DEF-123456789012");
  assert.equal(readCode("GC000001 x"), "");
  assert.equal(readCode("https://elsewhere.example/"), "");
});

test("a badge is read as a camera gives it and as a gun types it", () => {
  const id = "0190a0a0-0000-7000-8000-0000000000b1";
  assert.equal(readBadge(`doorstep-badge:1:${id}:张*`), id);
  assert.equal(readBadge(`DOORSTEP-BADGE1${id.toUpperCase()}`), id);
  assert.equal(readBadge("GC000001"), null);
});
