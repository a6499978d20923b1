// The screen of a sampling table. Refuses nothing: what is odd is asked, and kept.

import { Table } from "./desk.js";
import { dress } from "./work.js";

/** @type {(() => void)[]} */
let offs = [];

/** @param {HTMLElement} root @param {import("../../field/phone.js").Phone} phone
 *  @param {import("../../field/app.js").App} app */
export function open(root, phone, app) {
  dress();
  const table = new Table(root, phone, app.rules["sampling"]);
  offs = [phone.onScan((text) => table.scanned(text)), phone.onChange(() => table.refresh())];
}

export function close() {
  for (const off of offs) off();
  offs = [];
}
