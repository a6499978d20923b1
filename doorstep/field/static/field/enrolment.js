// From a desk's code to a device (docs/sync.md, Enrol). Refuses to read anything else as a code.

import { enrolText } from "./chain.js";
import { makeKeys, sign } from "./keys.js";
import { post } from "./pull.js";

/** The code in what was scanned or typed: a link of the devices page, or the bare code.
 *  @param {string} text @returns {string} "" when there is none */
export function readCode(text) {
  const found = /[#&?](?:enrol|code)=([\w-]+)/.exec(text) ?? /^\s*([\w-]{8,64})\s*$/.exec(text);
  return found?.[1] ?? "";
}

/** @param {string} code
 *  @returns {Promise<import("./outbox.js").Device | string>} the code of what is wrong */
export async function enrol(code) {
  const keys = await makeKeys();
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
