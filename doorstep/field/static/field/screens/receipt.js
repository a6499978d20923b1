// What has become of the lines: kept here, acknowledged, held and why, what to do; notes of people
// that wait; push now, a file of what is unsent. Refuses to call a line acknowledged before the server has answered for it.

import { button, counter, fill, h } from "../dom.js";
import { clock, figure, isHeld, near, sayCode, t } from "../words.js";
import { exportUnsent } from "../pushes.js";

const OFF = 120_000; // ms a clock may differ before it is spoken of
/** @type {() => void} */
let off = () => {};

/** @param {HTMLElement} root @param {import("../phone.js").Phone} phone
 *  @param {import("../app.js").App} app */
export function open(root, phone, app) {
  const draw = () => fill(root, ...parts(phone, app));
  off = phone.onChange(draw);
  draw();
}

export function close() {
  off();
}

/** @param {import("../phone.js").Phone} phone @param {import("../app.js").App} app */
function parts(phone, app) {
  const { outbox } = phone;
  const { through, safe, contact, trouble, offset } = outbox.answered;
  const kept = outbox.last.n - outbox.forgotten.n;
  const unsent = outbox.last.n - through;
  const held = [...outbox.named].filter(([, { codes }]) => codes.some(isHeld));
  const dropped = [...outbox.named].filter(([, { answer }]) => answer === "dropped").length;
  const noted = [...outbox.named].filter(([, { codes }]) => codes.length && !codes.some(isHeld));
  return [
    h("h1", { class: "sentence" }, sentence(kept, unsent, outbox.notes, contact)),
    trouble && sayTrouble(trouble, app),
    !trouble && app.pusher?.failures ? h("p", { class: "message message--warning" },
      t("The server does not answer. Go on working: everything is kept here and goes by itself.")) : null,
    dropped > 0 && h("p", { class: "message message--error" },
      t("Lines that the desk did not take in, nor set aside: {n}. They are on this phone alone. Save the file below and show it to the desk, or have the phone enrolled anew.", { n: figure(dropped) })),
    ...sayNotes(app.pusher?.notes),
    Math.abs(offset) > OFF ? h("p", { class: "message message--warning" },
      t("This phone's clock is {n} min off. Set it to automatic; the lines count all the same.", { n: Math.round(offset / 60_000) })) : null,
    h("dl", { class: "counters counters--big" },
      counter(t("Kept on this phone"), figure(kept), "done"),
      counter(t("Acknowledged by the server"), figure(kept - unsent), unsent ? "due" : "done"),
      outbox.notes > 0 && counter(t("Notes of people, still to be sent"), figure(outbox.notes), "due"),
      counter(t("Held for a person"), figure(held.length), held.length ? "held" : "none")),
    h("p", { class: "small quiet" }, t("Last contact: {at}.", { at: near(contact) }), " ",
      t("In a backup elsewhere: {n}.", { n: figure(Math.max(0, safe - outbox.forgotten.n)) })),
    h("p", { class: "actions" },
      button(app.pusher?.busy ? t("Sending …") : t("Send now"), () => app.pusher?.nudge(), { kind: "primary" }),
      button(t("Unsent lines as a file"), () => save(phone, app), { disabled: !outbox.waiting })),
    h("p", { class: "small quiet" }, t("Without a net for long: save the file and bring it to the desk (Devices, Lines from a file). The lines stay here too.")),
    ...list(t("Held"), held, phone),
    ...list(t("Remarks, nothing to do"), noted, phone),
  ];
}

/** @param {import("../notes.js").NoteSender | undefined} sender */
function sayNotes(sender) {
  if (!sender) return [];
  return [
    sender.full && t("The server has no room for notes of people. They stay here, sealed. Tell the desk."),
    sender.wrong.size > 0 && t("The server does not take a note of a person. It stays here. Save the file below and show it to the desk."),
  ].map((text) => text && h("p", { class: "message message--error" }, text));
}

/** @param {number} kept @param {number} unsent @param {number} notes @param {number | null} contact */
function sentence(kept, unsent, notes, contact) {
  if (unsent <= 0 && notes) return t("Lines arrived: {n}, all there are. Notes of people are still to be sent.", { n: figure(kept) });
  if (!kept) return t("No line is on this phone.");
  if (unsent <= 0) return t("Lines arrived: {n}, all there are.", { n: figure(kept) });
  return contact === null
    ? t("Lines kept here and not sent yet: {n}.", { n: figure(unsent) })
    : t("Lines still to be sent: {n} of {all}. They are kept here.", { n: figure(unsent), all: figure(kept) });
}

/** @param {string} trouble @param {import("../app.js").App} app */
function sayTrouble(trouble, app) {
  const words = /** @type {Record<string, string>} */ ({
    revoked: t("The desk has revoked this phone. The names on it are destroyed; its lines are here, and what is sent waits at the desk for a person. Give the phone back, or have it enrolled anew."),
    fork: t("The server has other lines of this phone than the phone itself: one of two copies. Nothing is lost. Ask the desk for a new code and enrol this phone anew: its lines go with it."),
    behind: t("The server was restored and has less than this phone has forgotten. Ask the desk for a new code and enrol this phone anew: its lines go with it."),
    unknown: t("The server does not know this phone. Ask the desk for a new code and enrol this phone anew: its lines go with it."),
    wrong: t("The server cannot read what this phone sends. Everything is kept. Save the file below and show it to the desk."),
  });
  return h("div", { class: "message message--error" }, h("p", {}, words[trouble] ?? trouble),
    trouble !== "wrong" && h("p", { class: "actions" },
      button(t("Enrol anew"), () => app.go("enrol"), { kind: "primary" })));
}

/** @param {string} title @param {[number, import("../outbox.js").Word][]} lines
 *  @param {import("../phone.js").Phone} phone */
function list(title, lines, phone) {
  if (!lines.length) return [];
  const own = new Map(phone.entries().map((entry) => [entry.n, entry]));
  return [h("h2", {}, title), h("ul", { class: "rows" }, lines.map(([n, { codes }]) => {
    const entry = own.get(n);
    const about = entry && [clock(Date.parse(entry.at)), entry["tube"] ?? entry["box"] ?? ""]
      .filter(Boolean).join(" · ");
    return h("li", { class: "row row--tall" },
      h("p", {}, h("b", {}, t("Line {n}", { n })), about ? ` · ${about}` : ""),
      codes.map((code) => h("p", {}, sayCode(code))),
      codes.map((code) => h("p", { class: "quiet" }, advise(code))));
  }))];
}

/** What a worker can do about a code. @param {string} code */
function advise(code) {
  if (code === "CLOCK_OFF") return t("Set the clock to automatic. The line counts.");
  if (code === "NOT_ALLOWED") return t("Ask the desk to name you for this phone; the line is kept and can be settled.");
  if (code === "KIND_UNKNOWN") return t("It is read again when the server is newer. Nothing to do.");
  return isHeld(code) ? t("Tell the desk the number of the line. Go on working.") : "";
}

/** @param {import("../phone.js").Phone} phone @param {import("../app.js").App} app */
async function save(phone, app) {
  const device = await app.base.get("own", "device");
  const file = await exportUnsent(device, phone.outbox);
  const day = new Date().toISOString().slice(0, 16).replace(/[:T]/g, "-");
  const link = h("a", { href: URL.createObjectURL(file), download: `doorstep-${device.device.slice(-8)}-${day}.json` });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  phone.say(t("The file is in the downloads. The lines stay on this phone."), "plain");
}
