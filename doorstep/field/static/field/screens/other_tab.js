// What a second tab says. Refuses to write beside the first; the worker may take over here.

import { button, fill, h } from "../dom.js";
import { t } from "../words.js";

/** @param {HTMLElement} body @param {() => void} takeOver */
export function open(body, takeOver) {
  fill(body, h("main", { class: "screen screen--alone" },
    h("h1", { class: "sentence" }, t("Doorstep is open in another tab of this phone.")),
    h("p", {}, t("Only one may write. What the other tab has kept is safe.")),
    h("p", { class: "actions" }, button(t("Write here instead"), takeOver, { kind: "primary" }))));
}
