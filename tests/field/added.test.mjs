// Somebody added with the phone: due at once, nothing odd about their swab, counted once, and there
// again when the screen is opened anew from the phone's own lines.

import assert from "node:assert/strict";
import { registerHooks } from "node:module";
import { test } from "node:test";
import { noRounds, takeRounds } from "../../doorstep/field/static/field/rounds.js";
import { emptySnapshot, introduce, merge } from "../../doorstep/field/static/field/snapshot.js";

// screens import the app's modules by the address they have on the phone, where all lies together
const APP = new URL("../../doorstep/field/static/field/", import.meta.url);
registerHooks({
  resolve: (asked, context, next) => next(asked.replace(/^\.\.\/\.\.\/field\//, APP.href), context),
});
const { Work } = await import("../../doorstep/operations/sampling/static/sampling/field/work.js");
const RULES = { pools: { ten: 10, household: 20 }, kinds: { sampling: { sampled: true, most: null } } };
const NOTHING = { rounds: [], doors: [], people: [], due: {} };
const TOLD = {
  since: null, version: "a.1", at: "2021-06-21T00:00:00Z", area: "e", staff: ["s"], staff_names: {},
  tubes: [{ round: "r", first: "110105194912310020", last: "110105194912310099" }],
  rounds: { r: { kind: "sampling", area: "e", day: "2021-06-21", pool: "ten", state: "open" } },
  doors: { d1: "1座 101" }, people: { p1: ["张*", "d1"] }, due: { r: { p1: ["due", true] } }, gone: NOTHING,
};

/** A phone with one listed person behind door d1, and this shift's entries. @param {object[]} own */
function makePhone(own = []) {
  const snapshot = emptySnapshot();
  merge(snapshot, TOLD);
  const known = takeRounds(noRounds(), TOLD);
  const entries = own.map((fields, at) => ({ id: `e${at}`, n: at + 1, ...fields }));
  return {
    snapshot, rounds: known.rounds, rolls: known.rolls, entries: () => entries,
    append: async (/** @type {string} */ kind, /** @type {object} */ fields) => {
      entries.push({ id: `e${entries.length}`, n: entries.length + 1, kind, ...fields });
      return entries.at(-1);
    },
    addPerson: async (/** @type {{ name: string }} */ said, /** @type {string} */ door) => {
      entries.push({ id: `e${entries.length}`, n: entries.length + 1, kind: "person.added", person: "p9", ...(door && { door }) });
      merge(snapshot, introduce(snapshot, "p9", `${said.name[0]}*`, door));
      return "p9";
    },
  };
}

test("who is added is due, behind the door once, and sampled without a question", async () => {
  const phone = makePhone();
  const work = new Work(/** @type {any} */ (phone), RULES);
  assert.equal(work.stateOf("r", "p9"), "none");
  const person = await work.addPerson({ name: "王五" }, "d1");
  assert.deepEqual(person, { id: "p9", name: "王*", door: "d1", label: "1座 101" });
  assert.deepEqual([work.added.size, work.stateOf("r", "p9")], [1, "due"]);
  assert.deepEqual(work.behind("d1").map(({ id }) => id), ["p1", "p9"]);
  await work.keep("tube.opened", { round: "r", tube: "GC01", pool: "ten", table: "t" });
  const fields = { round: "r", person: "p9", tube: "GC01" };
  assert.deepEqual(work.foresee("person.sampled", fields), []);
  assert.deepEqual(work.foresee("person.sampled", { ...fields, person: "p7" }), ["PERSON_UNKNOWN", "WRONG_ROUND"]);
  await work.keep("person.sampled", fields);
  assert.equal(work.stateOf("r", "p9"), "done");
});

test("opened anew, the phone's own lines tell who was added, also at no door", () => {
  const own = [{ kind: "person.added", person: "p9", door: "d1" }, { kind: "person.added", person: "p8" }];
  const work = new Work(/** @type {any} */ (makePhone(own)), RULES);
  assert.deepEqual([...work.added], [["p9", "d1"], ["p8", ""]]);
  assert.deepEqual(work.behind("d1").map(({ id }) => id), ["p1", "p9"]);
  assert.equal(work.stateOf("r", "p8"), "due");
  assert.deepEqual(work.read("x"), []);
});

test("what is on an issued roll is a tube, whatever else it looks like", () => {
  const work = new Work(/** @type {any} */ (makePhone([{ kind: "tube.opened", round: "r", tube: "GC01" }])), RULES);
  assert.ok(work.isTube("r", "110105194912310020") && work.isTube("r", "GC01"));
  assert.ok(!work.isTube("r", "11010519491231002X"));
});
