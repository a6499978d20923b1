// A laboratory's reception: a box is received with the number of tubes counted there, or refused, or
// a tube of it is. Refuses to refuse without a reason.

import { button, fill, h } from "../../field/dom.js";
import { holdFields } from "../../field/drafts.js";
import { figure, t } from "../../field/words.js";
import { field } from "./box.js";
import { normalise } from "./codes.js";
import { Work, confirm, dress } from "./work.js";

/** @type {(() => void)[]} */
let offs = [];

/** @param {HTMLElement} root @param {import("../../field/phone.js").Phone} phone
 *  @param {import("../../field/app.js").App} app */
export function open(root, phone, app) {
  dress();
  const work = new Work(phone, app.rules["sampling"]);
  const laboratory = phone.me.place ?? "";
  const sentence = h("h1", { class: "sentence" });
  const ask = h("div", {});
  const code = field("code", t("Box or tube: its code"));
  const count = h("input", { id: "count", inputmode: "numeric", autocomplete: "off" });
  const hold = holdFields("sampling-reception", { code: code.input, count });
  const reasons = /** @type {Record<string, string>} */ ({
    leak: t("Leaking"), unreadable: t("Label unreadable"), count: t("Count does not agree"),
  });

  const draw = () => {
    let [boxes, tubes, refused] = [0, 0, 0];
    for (const entry of phone.entries()) {
      if (entry.kind === "box.received") [boxes, tubes] = [boxes + 1, tubes + entry["count"]];
      if (entry.kind === "box.refused" || entry.kind === "tube.refused") refused += 1;
    }
    fill(sentence, t("Boxes received: {boxes}. Tubes: {tubes}. Refused: {refused}.",
      { boxes: figure(boxes), tubes: figure(tubes), refused: figure(refused) }));
  };
  const read = () => {
    const found = normalise(code.input.value);
    if (!found) phone.say(t("Scan the code of the box or the tube."), "warning");
    return found;
  };
  /** @param {string} kind @param {Record<string, unknown>} fields @param {string} said */
  const keep = async (kind, fields, said) => {
    await work.keep(kind, { ...fields, laboratory }).then(() => {
      phone.say(said, "kept");
      for (const input of [code.input, count]) input.value = "";
      hold();
      code.input.focus();
      draw();
    }, () => null); // the worker has been told by `phone`
  };
  const receive = async () => {
    const box = read();
    if (!box) return;
    const counted = Number(count.value);
    if (count.value.trim() === "" || !Number.isInteger(counted) || counted < 0) {
      return phone.say(t("Count the tubes in the box."), "warning");
    }
    const again = phone.entries().some((entry) => entry.kind === "box.received" && entry["box"] === box);
    if (again && !(await confirm(phone, ask, [t("Box {code} is received already.", { code: box })], t("Keep it so"), t("No")))) return;
    await keep("box.received", { box, count: counted }, t("Box {code} is received. Tubes: {n}.", { code: box, n: counted }));
  };
  /** @param {"box" | "tube"} what @param {string} reason */
  const refuse = async (what, reason) => {
    const found = read();
    if (!found) return;
    const said = what === "box"
      ? t("Refuse box {code}: {reason}. Its people are due again.", { code: found, reason: reasons[reason] ?? reason })
      : t("Refuse tube {code}: {reason}. Its people are due again.", { code: found, reason: reasons[reason] ?? reason });
    if (!(await confirm(phone, ask, [said], t("Refuse it"), t("No")))) return;
    await keep(`${what}.refused`, { [what]: found, reason }, t("{code} is refused.", { code: found }));
  };
  /** @param {"box" | "tube"} what @param {string[]} why @param {string} title */
  const refusals = (what, why, title) => h("details", { class: "refuse" }, h("summary", {}, title),
    h("p", { class: "actions" }, why.map((reason) =>
      button(reasons[reason] ?? reason, () => refuse(what, reason), { kind: "danger" }))));

  fill(root, sentence, ask,
    h("form", { class: "form", onsubmit: (/** @type {Event} */ event) => {
      event.preventDefault();
      receive();
    } },
    code.element,
    h("p", { class: "field" }, h("label", { for: "count" }, t("Tubes in it, counted here")), count),
    h("p", { class: "actions" }, h("button", { class: "button button--primary" }, t("Receive the box")))),
    refusals("box", ["leak", "count", "unreadable"], t("Refuse the box")),
    refusals("tube", ["leak", "unreadable"], t("Refuse a tube")));
  offs = [
    phone.onScan((text) => {
      const found = normalise(text);
      if (!found) return phone.say(t("This is no box and no tube."), "warning");
      code.input.value = found;
      hold();
      count.focus();
      phone.say(found, "taken");
    }),
    phone.onChange(draw),
  ];
  draw();
}

export function close() {
  for (const off of offs) off();
  offs = [];
}
