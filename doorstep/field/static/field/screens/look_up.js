// Look up a door or a person, typed or read by camera or gun. Refuses to show more of a name than the
// desk gave this phone: 张*.

import { fill, h } from "../dom.js";
import { figure, t } from "../words.js";
import { MOST, find, findCode, makeIndex } from "../finding.js";
import { readStandings } from "../standing.js";

/** @type {(() => void)[]} */
let offs = [];

/** @param {HTMLElement} root @param {import("../phone.js").Phone} phone */
export function open(root, phone) {
  let index = makeIndex(phone.snapshot);
  let { version } = phone.snapshot;
  let read = ""; // the code that was scanned last, until somebody types
  const input = h("input", {
    id: "asked", inputmode: "search", enterkeyhint: "search", autocomplete: "off", spellcheck: "false",
    placeholder: "12-803", oninput: () => { read = ""; draw(); },
  });
  const list = h("div", { class: "found", "aria-live": "polite" });
  const answer = () => {
    if (!read) return find(index, input.value);
    const door = findCode(index, phone.snapshot, read);
    return { found: door ? [door] : [], all: Number(Boolean(door)) };
  };
  const draw = () => {
    const { found, all } = answer();
    const asked = read || input.value.trim();
    const standings = readStandings(phone.snapshot.due, phone.entries());
    fill(list,
      !asked ? h("p", { class: "quiet" }, t("On this phone: doors {doors}, people {people}.",
        { doors: figure(phone.snapshot.doors.size), people: figure(phone.snapshot.people.size) })) : null,
      asked && !all ? h("p", { class: "message" }, t("No such door or name here. It may be another estate's; ask the desk.")) : null,
      found.length > 0 && h("ul", { class: "rows" }, found.map((door) => h("li", { class: "row row--tall" },
        h("p", {}, h("b", {}, door.label || t("No door noted"))),
        h("p", {}, door.people.flatMap(({ id, name }) => chipsOf(phone, name, standings(id))))))),
      all > MOST ? h("p", { class: "quiet" }, t("{n} more. Say more of the number.", { n: figure(all - MOST) })) : null);
  };
  fill(root, h("h1", { class: "sentence" }, t("Which door, or whose name?")),
    h("p", { class: "field" }, h("label", { for: "asked" }, t("Door number, or the surname")), input), list);
  offs = [phone.onScan((code) => {
    read = code;
    input.value = "";
    const [door] = answer().found;
    phone.say(door ? door.label || t("No door noted") : t("Not on the lists of this phone."), door ? "taken" : "warning");
    draw();
  }), phone.onChange(() => {
    if (phone.snapshot.version === version) return; // nothing is kept while one looks up
    ({ version } = phone.snapshot);
    index = makeIndex(phone.snapshot);
    draw();
  })];
  draw();
  input.focus();
}

export function close() {
  for (const off of offs) off();
  offs = [];
}

/** Somebody with where they stand; where several rounds name them, in each, by its name.
 *  @param {import("../phone.js").Phone} phone @param {string} name
 *  @param {[round: string, state: string][]} standings */
function chipsOf(phone, name, standings) {
  const words = /** @type {Record<string, string>} */ ({
    due: t("due"), done: t("done"), excused: t("excused"), refused: t("refused"), held: t("held"), extra: t("done"),
  });
  const all = standings.length ? standings : [["", "none"]];
  return all.map(([id = "", state = ""]) => {
    const shape = state === "extra" ? "done" : state;
    const round = all.length > 1 && phone.rounds.get(id);
    return h("span", { class: `chip chip--${shape}` },
      h("i", { class: `mark mark--${shape}`, "aria-hidden": "true" }), name, words[state] ? ` ${words[state]}` : "",
      round && h("small", {}, phone.nameRound(round)));
  });
}
