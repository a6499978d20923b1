// A box is packed: closed tubes are scanned or ticked into it, counted, sealed with a number that is
// read from the seal. Warns when the count is not what was ticked, and keeps what was counted.

import { button, fill, h } from "../../field/dom.js";
import { sayCode, t } from "../../field/words.js";
import { normalise } from "./codes.js";
import { confirm } from "./work.js";

/**
 * @param {HTMLElement} place where it is shown
 * @param {import("./work.js").Work} work @param {import("./day.js").Tube[]} loose tubes that wait
 * @param {string} round @param {() => void} done called when it is sealed or left
 * @returns {{ scan: (code: string) => void }} takes what is scanned meanwhile
 */
export function openBox(place, work, loose, round, done) {
  const { phone } = work;
  const waiting = new Set(loose.map((tube) => tube.code));
  /** @type {Set<string>} */
  const inside = new Set();
  const ask = h("div", {});
  const list = h("ul", { class: "ticks" });
  const number = h("strong", { class: "tube__count" });
  const box = field("box", t("Box: its code"));
  const seal = field("seal", t("Seal: the number on it"));
  const count = h("input", { id: "count", inputmode: "numeric", autocomplete: "off" });
  let counted = false; // the worker has typed a count of his own

  const draw = () => {
    fill(number, inside.size);
    if (!counted) count.value = String(inside.size);
    fill(list, [...new Set([...waiting, ...inside])].map((code) => h("li", {}, h("button", {
      type: "button", class: "button tick", "aria-pressed": String(inside.has(code)),
      onclick: () => toggle(code),
    }, h("i", { class: `mark mark--${inside.has(code) ? "done" : "due"}`, "aria-hidden": "true" }), code))));
  };
  /** @param {string} code */
  const toggle = (code) => {
    if (!inside.delete(code)) inside.add(code);
    draw();
  };
  /** @param {string} code */
  const scan = (code) => {
    if (waiting.has(code) && !inside.has(code)) {
      inside.add(code);
      phone.say(t("{code}: {n} in the box", { code, n: inside.size }), "kept");
      return draw();
    }
    if (inside.has(code)) return phone.say(t("{code} is in the box already.", { code }), "plain");
    const target = document.activeElement === seal.input || box.input.value ? seal : box;
    target.input.value = code;
    phone.say(target === seal ? t("Seal {code}", { code }) : t("Box {code}", { code }), "kept");
  };
  const sealIt = async () => {
    const code = normalise(box.input.value);
    const mark = normalise(seal.input.value);
    const counting = Number(count.value);
    if (!code || !mark) return phone.say(t("The box and the seal have a code of 4 to 20 letters and digits: scan both."), "warning");
    if (!Number.isInteger(counting) || counting < 0) return phone.say(t("Count the tubes in the box."), "warning");
    const fields = { round, box: code, seal: mark, tubes: [...inside], count: counting };
    const warnings = work.foresee("box.sealed", fields).map(sayCode);
    if (!inside.size) warnings.unshift(t("No tube is ticked."));
    if (warnings.length && !(await confirm(phone, ask, warnings, t("Seal it so"), t("Count again")))) return;
    await work.keep("box.sealed", fields).then(() => {
      phone.say(t("Box {code} is sealed. Tubes: {n}.", { code, n: counting }), "kept");
      done();
    }, () => null); // the worker has been told by `phone`
  };

  fill(place, h("section", { class: "box" },
    h("h2", {}, t("A box")),
    h("div", { class: "tube__head tube__head--open" }, h("span", {}, t("Tubes in the box")), number),
    h("p", { class: "quiet" }, t("Scan each tube as it goes in, or tap it.")), list,
    h("p", { class: "actions" }, button(t("All {n}", { n: waiting.size }), () => {
      for (const code of waiting) inside.add(code);
      draw();
    })),
    box.element, seal.element,
    h("p", { class: "field" }, h("label", { for: "count" }, t("Tubes, counted by eye")), count),
    ask,
    h("p", { class: "actions" }, button(t("Seal the box"), sealIt, { kind: "primary" }),
      button(t("Not now"), done, { kind: "quiet" }))));
  count.addEventListener("input", () => { counted = true; });
  draw();
  place.scrollIntoView({ block: "start" });
  return { scan };
}

/** @param {string} id @param {string} text */
export function field(id, text) {
  const input = h("input", { id, autocomplete: "off", autocapitalize: "characters", spellcheck: "false" });
  return { input, element: h("p", { class: "field" }, h("label", { for: id }, text), input) };
}
