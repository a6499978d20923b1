// A box is packed: tubes are scanned or ticked into it, counted, sealed with a number that is read
// from the seal. What was ticked is there again after a reload or the lock; it is kept when the box
// is sealed, not before. Warns when the count is not what was ticked, and keeps what was counted.

import { keepDraft, recallDraft } from "../../field/drafts.js";
import { button, fill, h } from "../../field/dom.js";
import { sayCode, t } from "../../field/words.js";
import { normalise } from "./codes.js";
import { confirm } from "./work.js";

/** @param {string} round */
const draftOf = (round) => `sampling-box-${round}`;

/** Whether a box was being packed when the screen was left. @param {string} round
 *  @returns {boolean} */
export function isPacking(round) {
  return recallDraft(draftOf(round))?.open === true;
}

/**
 * @param {HTMLElement} place where it is shown @param {import("./work.js").Work} work
 * @param {string} round @param {() => void} done called when it is sealed or left
 * @returns {{ scan: (code: string) => void, refresh: () => void }} takes what is scanned meanwhile;
 *   shows tubes that were closed meanwhile
 */
export function openBox(place, work, round, done) {
  const { phone } = work;
  const draft = recallDraft(draftOf(round)) ?? {};
  const waiting = () => work.day.looseTubes(round).map(({ code }) => code);
  /** @type {Set<string>} */
  const inside = new Set((draft.inside ?? []).filter(
    (/** @type {string} */ code) => !work.day.tubes.get(code)?.boxes.size));
  const ask = h("div", {});
  const list = h("ul", { class: "ticks" });
  const all = h("p", { class: "actions" });
  const number = h("strong", { class: "tube__count" });
  const box = field("box", t("Box: its code"), draft.box);
  const seal = field("seal", t("Seal: the number on it"), draft.seal);
  const count = h("input", { id: "count", inputmode: "numeric", autocomplete: "off", value: draft.count });
  let counted = draft.count !== undefined; // the worker has typed a count of his own
  let drawn = "";

  const hold = (open = true) => keepDraft(draftOf(round), {
    open, inside: [...inside], box: box.input.value, seal: seal.input.value, ...(counted && { count: count.value }),
  });
  const refresh = () => {
    const loose = waiting();
    const now = JSON.stringify([loose, [...inside]]);
    if (now === drawn) return; // what has the focus keeps it
    drawn = now;
    fill(number, inside.size);
    if (!counted) count.value = String(inside.size);
    fill(all, button(t("All {n}", { n: loose.length }), () => put(...waiting()), { disabled: !loose.length }));
    fill(list, [...new Set([...loose, ...inside])].map((code) => h("li", {}, h("button", {
      type: "button", class: "button tick", "aria-pressed": String(inside.has(code)),
      onclick: () => toggle(code),
    }, h("i", { class: `mark mark--${inside.has(code) ? "done" : "due"}`, "aria-hidden": "true" }), code))));
  };
  /** @param {string[]} codes */
  const put = (...codes) => {
    for (const code of codes) inside.add(code);
    hold();
    refresh();
  };
  /** @param {string} code */
  const toggle = (code) => {
    if (!inside.delete(code)) inside.add(code);
    hold();
    refresh();
    /** @type {HTMLElement | undefined} */ ([...list.querySelectorAll("button")].find(
      (each) => each.textContent === code))?.focus();
  };
  /** A tube, or the box and then the seal. One that another phone of the table closed is a tube too.
   *  @param {string} code */
  const scan = (code) => {
    if (inside.has(code)) return phone.say(t("{code} is in the box already.", { code }), "plain");
    const tube = work.day.tubes.get(code);
    if (tube || work.isTube(round, code)) {
      const [packed] = tube?.boxes ?? [];
      put(code);
      if (packed) return phone.say(t("{code} was packed in box {box} before. It is ticked.", { code, box: packed }), "warning");
      return phone.say(tube?.isClosed ? t("{code}: {n} in the box", { code, n: inside.size })
        : t("{code}: {n} in the box. It was not closed with this phone.", { code, n: inside.size }), "taken");
    }
    const target = document.activeElement === seal.input || box.input.value ? seal : box;
    target.input.value = code;
    hold();
    phone.say(target === seal ? t("Seal {code}", { code }) : t("Box {code}", { code }), "taken");
  };
  const sealIt = async () => {
    const code = normalise(box.input.value);
    const mark = normalise(seal.input.value);
    const counting = Number(count.value);
    if (!code || !mark) return phone.say(t("The box and the seal have a code of 4 to 20 letters and digits: scan both."), "warning");
    if (count.value.trim() === "" || !Number.isInteger(counting) || counting < 0) return phone.say(t("Count the tubes in the box."), "warning");
    const fields = { round, box: code, seal: mark, tubes: [...inside], count: counting };
    const warnings = work.foresee("box.sealed", fields).map(sayCode);
    if (!inside.size) warnings.unshift(t("No tube is ticked."));
    if (warnings.length && !(await confirm(phone, ask, warnings, t("Seal it so"), t("Count again")))) return;
    await work.keep("box.sealed", fields).then(() => {
      keepDraft(draftOf(round), null);
      phone.say(t("Box {code} is sealed. Tubes: {n}.", { code, n: counting }), "kept");
      done();
    }, () => null); // the worker has been told by `phone`
  };
  const leave = () => {
    hold(false);
    done();
  };

  fill(place, h("section", { class: "box" },
    h("h2", {}, t("A box")),
    h("div", { class: "tube__head tube__head--open" }, h("span", {}, t("Tubes in the box")), number),
    h("p", { class: "quiet" }, t("Scan each tube as it goes in, or tap it. It is kept when the box is sealed.")), list, all,
    box.element, seal.element,
    h("p", { class: "field" }, h("label", { for: "count" }, t("Tubes, counted by eye")), count),
    ask,
    h("p", { class: "actions" }, button(t("Seal the box"), sealIt, { kind: "primary" }),
      button(t("Not now"), leave, { kind: "quiet" }))));
  count.addEventListener("input", () => { counted = true; });
  for (const input of [box.input, seal.input, count]) input.addEventListener("input", () => hold());
  refresh();
  hold();
  place.scrollIntoView({ block: "start" });
  return { scan, refresh };
}

/** @param {string} id @param {string} text @param {string} [value] */
export function field(id, text, value = "") {
  const input = h("input", { id, autocomplete: "off", autocapitalize: "characters", spellcheck: "false", value });
  return { input, element: h("p", { class: "field" }, h("label", { for: id }, text), input) };
}
