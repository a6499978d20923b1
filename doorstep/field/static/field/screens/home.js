// Where the shift stands, and what can be done with this phone. Refuses nothing.

import { fill, h } from "../dom.js";
import { figure, near, t } from "../words.js";

/** @type {() => void} */
let off = () => {};

/** @param {HTMLElement} root @param {import("../phone.js").Phone} phone
 *  @param {import("../app.js").App} app */
export function open(root, phone, app) {
  const draw = () => {
    const { snapshot } = phone;
    const kept = phone.entries().length;
    const screens = app.screensForRole();
    const open = [...phone.rounds].filter(([, { state }]) => state !== "closed");
    fill(root,
      h("h1", { class: "sentence" }, kept
        ? t("Kept in this shift: {n}.", { n: figure(kept) }) : t("Nothing is kept in this shift yet.")),
      h("ul", { class: "tiles" }, screens.map((screen) =>
        h("li", {}, h("a", { class: "tile", href: `#${screen.name}` }, t(screen.title))))),
      !screens.length && h("p", { class: "message" }, t("There is no work for this phone's role yet. Look up people and doors below.")),
      h("h2", {}, t("Open rounds")),
      open.length
        ? h("ul", { class: "rows" }, open.map(([id, round]) => rowOf(phone, id, round)))
        : h("p", { class: "quiet" }, t("None here.")),
      h("p", { class: "small quiet" }, snapshot.at
        ? t("As the server knew it {at}.", { at: near(snapshot.at) })
        : t("The lists are not on this phone: connect once. Entries are kept all the same.")));
  };
  off = phone.onChange(draw);
  draw();
}

/** @param {import("../phone.js").Phone} phone @param {string} id
 *  @param {import("../rounds.js").Round} round */
function rowOf(phone, id, round) {
  const due = phone.snapshot.due.get(id) ?? new Map();
  let open = 0;
  for (const [state] of due.values()) open += Number(state === "due");
  return h("li", { class: "row" }, h("span", {}, phone.nameRound(round)),
    h("span", { class: "row__side" }, due.size > 0
      && t("{open} of {all} still due", { open: figure(open), all: figure(due.size) })));
}

export function close() {
  off();
}
