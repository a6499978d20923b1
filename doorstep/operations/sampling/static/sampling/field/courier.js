// A courier takes boxes: the seal's number and the count are read back at the table, and go as they
// were read. A box may stay behind; a load or a part of it may go on to somebody else; what did not
// stay whole is said, so that its people are due again. Refuses nothing: whether count and seal
// agree, the server says.

import { button, fill, h } from "../../field/dom.js";
import { holdFields, keepDraft, recallDraft } from "../../field/drafts.js";
import { readBadge } from "../../field/shift.js";
import { figure, sayCode, t } from "../../field/words.js";
import { field } from "./box.js";
import { normalise } from "./codes.js";
import { Work, confirm, dress } from "./work.js";

const TICKS = "sampling-courier-ticks"; // a draft: boxes to be handed over
/** @type {(() => void)[]} */
let offs = [];

/** @param {HTMLElement} root @param {import("../../field/phone.js").Phone} phone
 *  @param {import("../../field/app.js").App} app */
export function open(root, phone, app) {
  dress();
  const work = new Work(phone, app.rules["sampling"]);
  const sentence = h("h1", { class: "sentence" });
  const ask = h("div", {});
  const load = h("div", {});
  const box = field("box", t("Box: its code"));
  const seal = field("seal", t("Seal: the number on it"));
  const count = h("input", { id: "count", inputmode: "numeric", autocomplete: "off" });
  const spilled = field("spilled", t("Box or tube: its code"));
  /** @type {Set<string>} to be handed over together */
  const chosen = new Set(recallDraft(TICKS) ?? []);
  const hold = holdFields("sampling-courier", { box: box.input, seal: seal.input, count, spilled: spilled.input });

  /** Boxes this phone took and has not handed over, by its own lines. */
  const carried = () => {
    /** @type {Map<string, import("../../field/phone.js").Own>} */
    const boxes = new Map();
    for (const entry of phone.entries()) {
      if (entry.kind === "box.collected") boxes.set(entry["box"], entry);
      if (entry.kind === "box.handed_over" || entry.kind === "box.refused") boxes.delete(entry["box"]);
    }
    return boxes;
  };
  const draw = () => {
    const boxes = carried();
    const tubes = [...boxes.values()].reduce((sum, entry) => sum + Number(entry["count"]), 0);
    for (const code of chosen) if (!boxes.has(code)) chosen.delete(code);
    keepDraft(TICKS, [...chosen]);
    const lost = phone.entries().filter(({ kind }) => kind === "box.refused" || kind === "tube.refused");
    const said = boxes.size
      ? t("Boxes with you: {boxes}. Tubes in them: {tubes}.", { boxes: figure(boxes.size), tubes: figure(tubes) })
      : t("You carry no box.");
    fill(sentence, lost.length ? t("{sentence} Spilled: {n}.", { sentence: said, n: figure(lost.length) }) : said);
    fill(load, boxes.size > 0 && h("h2", {}, t("Hand over")),
      h("ul", { class: "ticks" }, [...boxes.values()].map((entry) => {
        const code = String(entry["box"]);
        return h("li", {}, h("button", {
          type: "button", class: "button tick", "aria-pressed": String(chosen.has(code)),
          onclick: () => { if (!chosen.delete(code)) chosen.add(code); draw(); },
        }, h("i", { class: `mark mark--${chosen.has(code) ? "done" : "due"}`, "aria-hidden": "true" }),
        `${code} · ${entry["count"]}`, entry.codes.map((/** @type {string} */ each) => h("small", {}, sayCode(each)))));
      })),
      boxes.size > 0 && h("p", { class: "quiet" }, t("Tick what goes on, then scan the other courier's badge.")));
  };
  const collect = async () => {
    const [code, mark, counted] = [normalise(box.input.value), normalise(seal.input.value), Number(count.value)];
    if (!code || !mark) return phone.say(t("The box and the seal have a code of 4 to 20 letters and digits: scan both."), "warning");
    if (count.value.trim() === "" || !Number.isInteger(counted) || counted < 0) {
      return phone.say(t("How many tubes are you told that there are? Read it back."), "warning");
    }
    const fields = { box: code, seal: mark, count: counted };
    const known = work.day.boxes.get(code)?.sealed.length; // packed with this very phone
    const warnings = known ? work.foresee("box.collected", fields).map(sayCode) : [];
    if (carried().has(code)) warnings.push(t("You have this box already."));
    if (warnings.length && !(await confirm(phone, ask, warnings, t("Keep it so"), t("Read again")))) return;
    await work.keep("box.collected", fields).then(() => {
      phone.say(t("Box {code} is with you. Tubes: {n}.", { code, n: counted }), "kept");
      for (const input of [box.input, seal.input, count]) input.value = "";
      hold();
      draw();
    }, () => null); // the worker has been told by `phone`
  };
  /** @param {string} to a staff member's id */
  const handOver = async (to) => {
    const name = phone.snapshot.names[to] ?? "";
    const said = t("Hand over to {name}: {n} of your boxes?", { n: chosen.size, name: name || t("this courier") });
    if (!(await confirm(phone, ask, [said], t("Hand over"), t("No")))) return;
    let isWhole = true; // what could not be kept, the worker has been told by `phone`
    for (const code of [...chosen]) await work.keep("box.handed_over", { box: code, to }).catch(() => { isWhole = false; });
    if (isWhole) phone.say(t("Handed over."), "kept");
    draw();
  };
  /** A box or a tube did not stay whole. @param {"box" | "tube"} what */
  const spill = async (what) => {
    const code = normalise(spilled.input.value);
    if (!code) return phone.say(t("Scan the code of the box or the tube."), "warning");
    const known = work.day.boxes.has(code) || carried().has(code);
    const warnings = [what === "box"
      ? t("Box {code} is spilled or damaged: the people of all its tubes are due again. Keep it closed and apart.", { code })
      : t("Tube {code} is spilled or damaged: its people are due again.", { code })];
    if (what === "tube" && known) warnings.push(t("{code} is a box on this phone.", { code }));
    if (what === "box" && !known) warnings.push(t("You do not carry box {code}, by this phone.", { code }));
    if (!(await confirm(phone, ask, warnings, t("It is spilled"), t("No")))) return;
    await work.keep(`${what}.refused`, { [what]: code, reason: "spill" }).then(() => {
      phone.say(t("{code}: kept as spilled. Tell the duty officer.", { code }), "kept");
      spilled.input.value = "";
      hold();
      draw();
    }, () => null); // the worker has been told by `phone`
  };
  const spills = h("details", { class: "refuse" }, h("summary", {}, t("Spilled or damaged on the way")),
    spilled.element,
    h("p", { class: "actions" }, button(t("The whole box"), () => spill("box"), { kind: "danger" }),
      button(t("A single tube"), () => spill("tube"), { kind: "danger" })));
  /** @param {string} text */
  const scanned = (text) => {
    const badge = readBadge(text);
    if (badge) {
      return chosen.size ? handOver(badge) : phone.say(t("Tick the boxes that go on first."), "plain");
    }
    const code = normalise(text);
    if (!code) return phone.say(t("This is no box and no seal."), "warning");
    if (spills.open) {
      spilled.input.value = code;
      hold();
      return phone.say(code, "taken");
    }
    const target = box.input.value && document.activeElement !== box.input ? seal : box;
    target.input.value = code;
    hold();
    (target === box ? seal.input : count).focus();
    phone.say(target === box ? t("Box {code}", { code }) : t("Seal {code}", { code }), "taken");
  };

  fill(root, sentence, ask,
    h("form", { class: "form", onsubmit: (/** @type {Event} */ event) => {
      event.preventDefault();
      collect();
    } },
    h("h2", {}, t("Take a box")), box.element, seal.element,
    h("p", { class: "field" }, h("label", { for: "count" }, t("Tubes in it, read back")), count),
    h("p", { class: "actions" }, h("button", { class: "button button--primary" }, t("Take the box")))),
    load, spills);
  offs = [phone.onScan(scanned), phone.onChange(() => { work.take(); draw(); })];
  draw();
}

export function close() {
  for (const off of offs) off();
  offs = [];
}
