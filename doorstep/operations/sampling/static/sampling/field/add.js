// Somebody who is on no list, in seconds: a door, a name, and a number if there is one. Those who are
// known behind the door stand there first, so that nobody is added twice. Refuses nothing: what is
// missing or looks wrong is asked, and kept.

import { button, fill, h } from "../../field/dom.js";
import { find } from "../../field/finding.js";
import { sayCode, t } from "../../field/words.js";
import { isIdentity, isNearIdentity } from "./codes.js";
import { confirm, listPeople } from "./work.js";

const MOST = 6; // doors offered at once
/** @typedef {import("./work.js").Person} Person */
/** @typedef {import("../../field/finding.js").Door} Door */

/**
 * @param {HTMLElement} place where the form is shown
 * @param {import("./work.js").Work} work @param {Door[]} index doors that may be typed
 * @param {string} round in which they are to be sampled
 * @param {{ door?: string, name?: string, document?: string }} given what is known already
 * @param {(person: Person | null) => unknown} done the one who was added or found; null for nobody
 * @returns {{ scan: (text: string) => boolean }} takes an identity number that is scanned meanwhile
 */
export function openAdd(place, work, index, round, given, done) {
  const { phone } = work;
  let door = given.door ?? "";
  const ask = h("div", {});
  const doors = h("div", { "aria-live": "polite" });
  const name = input("name", { autocapitalize: "words", autocomplete: "off", maxlength: 64, value: given.name });
  const document_ = input("document", { autocapitalize: "characters", maxlength: 64, value: given.document });
  const number = input("phone", { inputmode: "tel", maxlength: 32 });
  const where = input("door", { placeholder: "12-803", enterkeyhint: "next", oninput: () => drawDoors() });
  const end = (/** @type {Person | null} */ person) => {
    fill(place);
    return done(person);
  };
  const choose = (/** @type {string} */ id) => {
    door = id;
    drawDoors();
    name.focus();
  };
  const drawDoors = () => {
    if (!door) {
      const { found } = find(index, where.value);
      return fill(doors, field(t("Door, if there is one here"), where), found.length > 0 && h("ul", { class: "ticks" },
        found.slice(0, MOST).map((each) => h("li", {}, button(each.label, () => choose(each.id))))));
    }
    const known = work.behind(door);
    fill(doors, h("div", { class: "add__door" }, h("b", {}, phone.snapshot.doors.get(door) ?? ""),
      button(t("Another door"), () => choose(""), { kind: "quiet" })),
    known.length > 0 && h("p", { class: "quiet" }, t("Known behind this door. Is it one of them?")),
    listPeople(work, round, known, end));
  };
  const add = async () => {
    const said = { name: name.value.trim(), document: document_.value.trim(), phone: number.value.trim() };
    const warnings = [
      (await phone.canNote()) ? "" : t("The name can NOT be kept: this phone must meet the server once first. Write it on paper; the person counts."),
      said.name ? "" : t("No name is noted."),
      isNearIdentity(said.document) && !isIdentity(said.document) ? sayCode("ID_CHECKSUM") : "",
    ].filter(Boolean);
    if (warnings.length && !(await confirm(phone, ask, warnings, t("Add so"), t("Back")))) return;
    const person = await work.addPerson(said, door).catch(() => null); // then the worker has been told
    if (person) end(person);
  };
  fill(place, h("section", { class: "add" },
    h("h2", {}, t("Somebody on no list")),
    h("form", { onsubmit: (/** @type {Event} */ event) => {
      event.preventDefault();
      add();
    } },
    doors, field(t("Name"), name), field(t("Identity number, if at hand"), document_),
    field(t("Phone, if they like"), number), ask,
    h("p", { class: "actions" }, h("button", { class: "button button--primary" }, t("Add")),
      button(t("Not now"), () => end(null), { kind: "quiet" })),
    h("p", { class: "quiet small" }, t("Name and numbers are sealed at once: only the server can read them."),
      " ", t("Until it is added, a reload or the lock takes what is typed here.")))));
  drawDoors();
  place.scrollIntoView({ block: "start" });
  (door || given.name ? name : where).focus();
  return {
    scan: (text) => {
      if (!isIdentity(text)) return false;
      document_.value = text.trim().toUpperCase();
      phone.say(t("The identity number is taken."), "taken");
      return true;
    },
  };
}

/** @param {string} id @param {Record<string, unknown>} facts */
function input(id, facts) {
  return h("input", { id: `add-${id}`, autocomplete: "off", spellcheck: "false", ...facts });
}

/** @param {string} text @param {HTMLInputElement} element */
function field(text, element) {
  return h("p", { class: "field" }, h("label", { for: element.id }, text), element);
}
