// How the app looks and sounds, the end of the shift, a new version. Refuses to end a shift silently:
// it says what goes and what stays.

import { button, fill, h } from "../dom.js";
import { isLarge, isNight, isSilent, setLarge, setNight, setSilent } from "../choices.js";
import { figure, language, setLanguage, t } from "../words.js";

/** @param {HTMLElement} root @param {import("../phone.js").Phone | null} phone
 *  @param {import("../app.js").App} app */
export function open(root, phone, app) {
  const again = () => {
    app.frame.refresh();
    open(root, phone, app);
  };
  fill(root,
    h("h1", { class: "sentence" }, t("Settings of this phone")),
    app.update && h("div", { class: "message message--success" },
      h("p", {}, t("A new version is ready. It starts at once and keeps everything.")),
      h("p", { class: "actions" }, button(t("Start the new version"), () => app.frame.startUpdate(), { kind: "primary" }))),
    h("div", { class: "switches" },
      h("button", { type: "button", class: "switch", onclick: async () => {
        await setLanguage(language() === "en" ? "zh-hans" : "en");
        again();
      } }, h("span", { lang: language() === "en" ? "zh-Hans" : "en" }, language() === "en" ? "中文" : "English")),
      toggle(t("Large text"), isLarge(), setLarge, again),
      toggle(t("Night"), isNight(), setNight, again),
      toggle(t("Sound"), !isSilent(), (on) => setSilent(!on), again)),
    phone?.user && h("h2", {}, t("End of the shift")),
    phone?.user && h("p", {}, t("Names and lists are destroyed on this phone. What it wrote (lines: {n}) stays until the server has it and a backup holds it. PINs stay.", { n: figure(phone.outbox.last.n - phone.outbox.forgotten.n) })),
    phone?.user && h("p", { class: "actions" }, button(t("End the shift…"), () => ask.showModal(), { kind: "danger" })),
    h("h2", {}, t("This phone")),
    phone && h("dl", { class: "facts" },
      h("dt", {}, t("Device")), h("dd", {}, phone.me.device.slice(-8)),
      h("dt", {}, t("Storage")), h("dd", {}, app.persisted ? t("kept by the browser") : t("the browser may clear it: install the app")),
      h("dt", {}, t("Locked by")), h("dd", {}, t("a PIN of six digits. It stops a finder, not a laboratory."))),
    phone && h("p", { class: "actions" }, button(t("Enrol anew"), () => app.go("enrol"), { kind: "quiet" })));
  /** @type {HTMLDialogElement} */
  const ask = h("dialog", { "aria-labelledby": "end" },
    h("h2", { id: "end" }, t("End the shift")),
    h("p", {}, unsentOf(phone)),
    h("p", { class: "actions" },
      button(t("End the shift"), async () => {
        ask.close();
        await phone?.shift.end(false);
        await phone?.outbox.forget(Date.now());
        app.go("home");
      }, { kind: "danger" }),
      button(t("Not now"), () => ask.close())));
  root.append(ask);
}

/** @param {import("../phone.js").Phone | null} phone */
function unsentOf(phone) {
  const unsent = phone ? phone.outbox.last.n - phone.outbox.answered.through : 0;
  if (unsent <= 0 && phone?.outbox.notes) {
    return t("All lines have arrived. Notes of people not sent yet: {n}. They stay, sealed, and go by themselves while the app is open near a net.", { n: phone.outbox.notes });
  }
  return unsent > 0
    ? t("Lines not sent yet: {n}. They stay, and go by themselves while the app is open near a net.", { n: unsent })
    : t("All lines have arrived. The names and lists on this phone are destroyed.");
}

/** @param {string} text @param {boolean} on @param {(on: boolean) => void} set @param {() => void} then */
function toggle(text, on, set, then) {
  return h("button", { type: "button", class: "switch", "aria-pressed": on ? "true" : "false", onclick: () => {
    set(!on);
    then();
  } }, text);
}

export function close() {}
