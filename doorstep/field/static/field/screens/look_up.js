// Look up a door or a person. Refuses to show more of a name than the desk gave this phone: 张*.

import { fill, h } from "../dom.js";
import { figure, t } from "../words.js";
import { MOST, find, makeIndex } from "../finding.js";

/** @type {() => void} */
let off = () => {};

/** @param {HTMLElement} root @param {import("../phone.js").Phone} phone */
export function open(root, phone) {
  let index = makeIndex(phone.snapshot);
  let { version } = phone.snapshot;
  const input = h("input", {
    id: "asked", inputmode: "search", enterkeyhint: "search", autocomplete: "off", spellcheck: "false",
    placeholder: "12-803", oninput: () => draw(),
  });
  const list = h("div", { class: "found", "aria-live": "polite" });
  const draw = () => {
    const { found, all } = find(index, input.value);
    fill(list,
      !input.value.trim() ? h("p", { class: "quiet" }, t("{doors} doors and {people} people are on this phone.",
        { doors: figure(phone.snapshot.doors.size), people: figure(phone.snapshot.people.size) })) : null,
      input.value.trim() && !all ? h("p", { class: "message" }, t("No such door or name here. It may be another estate's; ask the desk.")) : null,
      found.length > 0 && h("ul", { class: "rows" }, found.map((door) => h("li", { class: "row row--tall" },
        h("p", {}, h("b", {}, door.label)),
        h("p", {}, door.people.map(({ id, name }) => chipOf(phone, id, name)))))),
      all > MOST ? h("p", { class: "quiet" }, t("{n} more. Say more of the number.", { n: figure(all - MOST) })) : null);
  };
  fill(root, h("h1", { class: "sentence" }, t("Which door, or whose name?")),
    h("p", { class: "field" }, h("label", { for: "asked" }, t("Door number, or the surname")), input), list);
  off = phone.onChange(() => {
    if (phone.snapshot.version === version) return;
    ({ version } = phone.snapshot);
    index = makeIndex(phone.snapshot);
    draw();
  });
  draw();
  input.focus();
}

export function close() {
  off();
}

/** @param {import("../phone.js").Phone} phone @param {string} id @param {string} name */
function chipOf(phone, id, name) {
  const states = [...phone.snapshot.due.values()].map((rows) => rows.get(id)?.[0]).filter(Boolean);
  const state = String(states[0] ?? "none");
  const shape = state === "extra" ? "done" : state;
  const words = /** @type {Record<string, string>} */ ({
    due: t("due"), done: t("done"), excused: t("excused"), refused: t("refused"), held: t("held"), extra: t("done"),
  });
  return h("span", { class: `chip chip--${shape}` },
    h("i", { class: `mark mark--${shape}`, "aria-hidden": "true" }), name, words[state] ? ` ${words[state]}` : "");
}
