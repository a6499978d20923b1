// The key pair of this phone: Ed25519 where the browser has it, P-256 where not. Made here and not
// extractable: the private key can sign on this phone and nowhere else. Refuses a browser that has
// neither, or no secure page (crypto.subtle is there over HTTPS only).

import { encode, toHex } from "./chain.js";

const P256 = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
/** @typedef {{ alg: "ed25519" | "p256", publicKey: string, privateKey: CryptoKey }} Keys */

/**
 * A new key pair.
 * @param {("ed25519" | "p256")[]} [wanted] in this order the first that the browser can make
 * @returns {Promise<Keys>} publicKey: raw, as hex
 */
export async function makeKeys(wanted = ["ed25519", "p256"]) {
  for (const alg of wanted) {
    const pair = await make(alg).catch(() => null); // NotSupportedError: the next one
    if (!pair) continue;
    const raw = await crypto.subtle.exportKey("raw", pair.publicKey);
    return { alg, publicKey: toHex(new Uint8Array(raw)), privateKey: pair.privateKey };
  }
  throw new Error("NO_ALGORITHM");
}

/** @param {"ed25519" | "p256"} alg @returns {Promise<CryptoKeyPair>} */
async function make(alg) {
  const kind = alg === "ed25519" ? { name: "Ed25519" } : P256;
  const pair = await crypto.subtle.generateKey(kind, false, ["sign", "verify"]);
  return /** @type {CryptoKeyPair} */ (pair);
}

/**
 * A signature of 64 bytes over a text, as hex. WebCrypto gives P-256 as raw r ‖ s already.
 * @param {Pick<Keys, "alg" | "privateKey">} keys @param {string} text
 */
export async function sign(keys, text) {
  const how = keys.alg === "ed25519" ? { name: "Ed25519" } : P256;
  return toHex(new Uint8Array(await crypto.subtle.sign(how, keys.privateKey, encode(text))));
}
