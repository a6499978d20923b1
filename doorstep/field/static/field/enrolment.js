// From a desk's code to a device (docs/sync.md, Enrol). A code that was asked with once is asked with
// again by the same key, for the answer may have been lost. Refuses to read anything else as a code.

import { enrolText } from "./chain.js";
import { makeKeys, sign } from "./keys.js";
import { post } from "./pull.js";

/** The code in what was scanned or typed: a link of the devices page, or the bare code.
 *  @param {string} text @returns {string} "" when there is none */
export function readCode(text) {
  const found = /[#&?](?:enrol|code)=([\w-]+)/.exec(text) ?? /^\s*([\w-]{8,64})\s*$/.exec(text);
  return found?.[1] ?? "";
}

/** @param {import("./base.js").Base} base @param {string} code
 *  @returns {Promise<import("./outbox.js").Device | string>} the code of what is wrong */
export async function enrol(base, code) {
  const keys = await keysFor(base, code);
  const { alg, publicKey, privateKey } = keys;
  try {
    const proof = await sign(keys, enrolText(code, alg, publicKey));
    const told = await post("/field/v1/devices", { code, alg, key: publicKey, proof });
    const { device, cell, zone, role, place } = told;
    return { device, cell, zone, role, place, alg, publicKey, privateKey };
  } catch (problem) {
    return problem instanceof Error ? problem.message : "NO_ANSWER";
  }
}

/** @param {import("./base.js").Base} base @param {string} code
 *  @returns {Promise<import("./keys.js").Keys>} on disk before anybody is asked */
async function keysFor(base, code) {
  const asked = await base.get("own", "enrolling");
  if (asked?.code === code) return asked.keys;
  const keys = await makeKeys();
  await base.put("own", "enrolling", { code, keys });
  return keys;
}
