// The bytes of the contract against tests/vectors, which were made without this code.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import * as chain from "../../doorstep/field/static/field/chain.js";

/** @param {string} name */
const load = (name) => JSON.parse(readFileSync(new URL(`../vectors/${name}.json`, import.meta.url), "utf8"));
const push = load("push");
const keys = load("keys");
const { cell, device } = push;

test("line hashes and heads are those of the vector", async () => {
  const lines = push.body.slice(0, -1).split("\n").map(chain.encode);
  let head = await chain.firstHead(cell, device, chain.fromHex(push.public_key));
  assert.equal(chain.toHex(head), push.heads[0]);
  for (const [at, line] of lines.entries()) {
    assert.equal(chain.toHex(await chain.sha256(line)), push.line_hashes[at]);
    head = await chain.nextHead(head, line);
    assert.equal(chain.toHex(head), push.heads[at + 1]);
  }
  assert.equal(chain.decode(chain.joinLines(lines)), push.body);
});

test("what a push signs is the text of the vector, and its signature verifies", async () => {
  const [previous] = push.heads;
  const head = push.heads.at(-1);
  const text = chain.pushText(cell, device, { first: 1, count: 3, previous, head, sent: push.sent });
  assert.equal(text, push.signed_text);
  const key = await crypto.subtle.importKey("raw", chain.fromHex(push.public_key), "Ed25519", true, ["verify"]);
  assert.ok(await crypto.subtle.verify("Ed25519", key, chain.fromHex(push.signature), chain.encode(text)));
});

for (const alg of ["ed25519", "p256"]) {
  test(`texts and first head of ${alg}`, async () => {
    const { public_key: key, first_head: head, enrol, session, attachment } = keys[alg];
    assert.equal(chain.enrolText(enrol.code, alg, key), enrol.text);
    assert.equal(chain.sessionText(cell, device, session.nonce), session.text);
    const body = [attachment.salt, attachment.content].map(chain.fromHex);
    assert.equal(chain.toHex(await chain.sha256(...body)), attachment.digest);
    assert.equal(chain.attachmentText(cell, device, attachment.digest), attachment.text);
    assert.equal(chain.toHex(await chain.firstHead(cell, device, chain.fromHex(key))), head);
  });
}

test("ids are UUIDv7 of the clock and none comes twice, though the clock is set back", () => {
  const made = new Set();
  for (let at = 0; at < 5_000; at += 1) made.add(chain.newId(1_624_233_600_000 - (at % 50) * 1000));
  assert.equal(made.size, 5_000);
  for (const id of made) assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.equal(chain.newId(0x0123456789ab).slice(0, 13), "01234567-89ab");
});
