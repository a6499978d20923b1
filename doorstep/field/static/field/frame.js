// What is around every screen: who works, how much is not sent yet, where one may go, what was just
// said. Refuses to hide that lines wait: the number stands there on every screen.

import { h, fill, button } from "./dom.js";
import { Camera } from "./camera.js";
import { figure, isHeld, language, t } from "./words.js";
import { goOn } from "./offline.js";

const SHOWN = { kept: 2_500, taken: 2_500, plain: 4_000, warning: 8_000 }; // ms a word to the worker stays

/** Screens of the app where a code is waited for only when asked. */
const QUIET = ["home", "receipt", "settings", "enrol", "unlock"];

export class Frame {
  /** @param {import("./app.js").App} app */
  constructor(app) {
    this.app = app;
    this.brand = h("a", { class: "bar__brand", href: "#home" });
    this.who = h("button", { type: "button", class: "bar__who", onclick: () => this.change() });
    this.unsent = h("a", { class: "bar__unsent", href: "#receipt" });
    this.word = h("div", { class: "word", role: "status", "aria-live": "polite" });
    this.sight = h("div", { class: "sight", hidden: true });
    this.screen = h("main", { id: "screen", class: "screen", tabindex: "-1" });
    this.dock = h("nav", { class: "dock" });
    this.timer = 0;
    this.drawn = ""; // what the bar and the dock show now
    /** @type {Camera | null} */
    this.camera = null;
    document.body.replaceChildren(
      h("header", { class: "bar" }, this.brand, this.who, this.unsent),
      this.sight, this.screen, this.word, this.dock);
  }

  /** An empty ground for a screen. @param {string} name @returns {HTMLElement} */
  clear(name) {
    const root = h("div", { class: `view view--${name}` });
    fill(this.screen, root);
    this.screen.scrollTop = 0;
    scrollTo(0, 0);
    if (QUIET.includes(name)) this.closeCamera();
    this.refresh();
    this.screen.focus({ preventScroll: true });
    return root;
  }

  /** Show things as they are now. */
  refresh() {
    const { phone, shown, update } = this.app;
    fill(this.brand, h("i", { class: "brand__door", "aria-hidden": "true" }),
      h("span", { class: "unseen" }, "Doorstep"), h("b", { lang: "zh-Hans", "aria-hidden": "true" }, "到户"));
    this.who.hidden = !phone;
    this.unsent.hidden = !phone;
    this.dock.hidden = !phone;
    if (!phone) return;
    const user = phone.user;
    const { waiting } = phone.outbox;
    const trouble = phone.outbox.answered.trouble !== null;
    const held = [...phone.outbox.named.values()].filter(({ codes }) => codes.some(isHeld)).length;
    const now = JSON.stringify([user, waiting, trouble, held, shown, update !== null, language()]);
    if (now === this.drawn) return; // what has the focus keeps it
    this.drawn = now;
    fill(this.who, user ? user.name || t("Unnamed") : t("Locked"));
    const state = trouble ? "act" : waiting ? "due" : held ? "held" : "done";
    fill(this.unsent, h("span", { class: `mark mark--${state}`, "aria-hidden": "true" }),
      trouble ? t("Look here") : waiting ? t("{n} to send", { n: figure(waiting) })
        : held ? t("{n} held", { n: figure(held) }) : t("All sent"));
    fill(this.dock, this.place("home", t("Work"), shown), this.place("lookup", t("Look up"), shown),
      user && button(t("Camera"), () => this.toggleCamera(), { kind: "primary" }),
      this.place("receipt", t("Receipt"), shown),
      this.place("settings", update ? t("Settings •") : t("Settings"), shown));
    this.dock.setAttribute("aria-label", t("Main"));
  }

  /** @param {string} name @param {string} text @param {string} shown */
  place(name, text, shown) {
    return h("a", { href: `#${name}`, "aria-current": name === shown && "page" }, text);
  }

  /** Another worker, or nobody. */
  change() {
    this.closeCamera();
    this.app.phone?.shift.lock();
    this.app.go("home");
  }

  /** @param {string} text @param {import("./sound.js").Tone | "plain"} tone */
  say(text, tone) {
    clearTimeout(this.timer);
    fill(this.word, h("p", { class: `word__text word__text--${tone}` }, text));
    this.timer = setTimeout(() => fill(this.word), SHOWN[tone]);
  }

  async toggleCamera() {
    if (this.camera) return this.closeCamera();
    const camera = new Camera();
    this.camera = camera;
    this.sight.hidden = false;
    const close = button(t("Close the camera"), () => this.closeCamera());
    fill(this.sight, camera.video, close);
    try {
      await camera.start();
    } catch (problem) {
      this.closeCamera();
      this.app.phone?.say(problem instanceof DOMException
        ? t("No camera: allow it for this page in the browser, or type the code.")
        : t("The barcode reader is not on this phone yet. Connect once, or type the code."), "warning");
    }
  }

  closeCamera() {
    this.camera?.stop();
    this.camera = null;
    this.sight.hidden = true;
    fill(this.sight);
  }

  startUpdate() {
    if (this.app.update) goOn(this.app.update);
  }
}
