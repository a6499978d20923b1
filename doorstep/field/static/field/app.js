// The field app: starts it, leads from screen to screen, keeps the header and the dock. Refuses to
// write when another tab does, and to show a screen of the work to a locked phone.

import "../face/scanner.js";
import { openBase } from "./base.js";
import { becomeWriter } from "./writer.js";
import { Outbox, begin } from "./outbox.js";
import { Phone } from "./phone.js";
import { Pusher } from "./push.js";
import { Shift } from "./shift.js";
import { Vault } from "./vault.js";
import { keepOffline } from "./offline.js";
import { Frame } from "./frame.js";
import { loadWords, t } from "./words.js";
import { enrol } from "./enrolment.js";
import * as otherTab from "./screens/other_tab.js";
import * as enrolling from "./screens/enrol.js";
import * as unlocking from "./screens/unlock.js";
import * as home from "./screens/home.js";
import * as receipt from "./screens/receipt.js";
import * as lookUp from "./screens/look_up.js";
import * as settings from "./screens/settings.js";

const PULL_EVERY = 60_000; // ms
const LOOK_EVERY = 5_000; // ms between looks at idleness and at the snapshot's age
/** @typedef {{ name: string, title: string, roles: string[], module: string }} Listed */
/** @typedef {{ open(root: HTMLElement, phone: any, app: any): unknown, close?(): unknown }} Module */
/** Screens of the app itself; `free`: shown to a locked phone too. */
const CORE = /** @type {Record<string, { module: Module, free?: boolean }>} */ ({
  home: { module: home },
  receipt: { module: receipt, free: true },
  lookup: { module: lookUp },
  settings: { module: settings, free: true },
  enrol: { module: enrolling, free: true },
});

export class App {
  /** @param {import("./base.js").Base} base */
  constructor(base) {
    this.base = base;
    this.frame = new Frame(this);
    this.listed = /** @type {Listed[]} */ (
      JSON.parse(document.getElementById("screens")?.textContent ?? "[]"));
    /** The numbers of each operation's rules, the server's own. @type {Record<string, any>} */
    this.rules = JSON.parse(document.getElementById("rules")?.textContent ?? "{}");
    /** @type {Phone | null} */
    this.phone = null;
    /** @type {Pusher | null} */
    this.pusher = null;
    /** @type {Module | null} */
    this.current = null;
    this.shown = "";
    this.lastPull = -Infinity;
    /** @type {ServiceWorkerRegistration | null} a new version is ready */
    this.update = null;
    this.persisted = false;
  }

  /** Begin with what lies on the disk. */
  async start() {
    const device = await this.base.get("own", "device");
    if (device) await this.work(device, await Outbox.open(this.base));
    addEventListener("hashchange", () => this.route());
    document.addEventListener("visibilitychange", () => this.look());
    for (const act of ["pointerdown", "keydown", "scan"]) {
      document.addEventListener(act, () => this.phone?.shift.touch(), { capture: true });
    }
    setInterval(() => this.look(), LOOK_EVERY);
    await this.route();
    this.persisted = (await navigator.storage?.persist?.()) ?? false;
  }

  /** Work as a device. @param {import("./outbox.js").Device} device @param {Outbox} outbox */
  async work(device, outbox) {
    this.pusher?.stop();
    const shift = new Shift(await Vault.open(this.base), outbox, device);
    this.phone = new Phone(outbox, shift, device, this.rules["rounds"] ?? {});
    this.phone.show = (text, tone) => this.frame.say(text, tone);
    this.pusher = new Pusher(outbox, device);
    await shift.load();
    await this.phone.load();
    let { last, answered: { safe } } = outbox;
    this.phone.onChange(() => {
      if (outbox.last.n > last.n) this.pusher?.nudgeGently();
      ({ last } = outbox);
      if (outbox.answered.safe > safe && this.phone) outbox.forget(this.phone.since());
      ({ safe } = outbox.answered);
      this.phone?.settle();
      this.frame.refresh();
      if (outbox.answered.trouble === "revoked" && shift.vault.list().length) shift.end(true);
      this.guard();
    });
    await shift.endOld();
    this.pusher.run();
    await this.pull();
  }

  /** Enrol with a code from the desk; lines of an older device go with it.
   *  @param {string} code @returns {Promise<string | null>} a code of what is wrong */
  async enrol(code) {
    const device = await enrol(this.base, code);
    if (typeof device === "string") return device;
    this.pusher?.stop();
    if (this.phone) {
      await this.phone.outbox.become(device);
      await this.phone.shift.end(true);
      await this.work(device, this.phone.outbox);
    } else {
      await this.work(device, await begin(this.base, device));
    }
    this.go("home");
    return null;
  }

  /** Ask the server what is new, if it is time. @param {boolean} [now] */
  async pull(now = true) {
    if (!this.phone || (!now && performance.now() - this.lastPull < PULL_EVERY)) return;
    this.lastPull = performance.now();
    await this.phone.shift.pull();
  }

  /** What has to be looked at from time to time. */
  async look() {
    const shift = this.phone?.shift;
    if (!shift) return;
    shift.lockIfIdle();
    await shift.endOld();
    this.frame.refresh();
    if (!document.hidden) await this.pull(false);
  }

  /** @param {string} name of a screen */
  go(name) {
    if (location.hash === `#${name}`) this.route();
    else location.hash = name;
  }

  /** A phone that was locked meanwhile shows the lock, one that was unlocked what it showed. */
  guard() {
    const wanted = this.wanted();
    if (wanted !== this.shown) this.route();
  }

  /** The name of the screen that is to be shown. */
  wanted() {
    const name = location.hash.slice(1).split("=")[0] || "home";
    if (!this.phone) return "enrol";
    const free = CORE[name]?.free;
    if (!this.phone.user && !free) {
      return this.phone.outbox.answered.trouble === "revoked" ? "receipt" : "unlock";
    }
    return CORE[name] || this.listed.some((screen) => screen.name === name) ? name : "home";
  }

  /** Show the screen of the address. */
  async route() {
    const name = this.wanted();
    this.current?.close?.();
    this.current = null;
    this.shown = name;
    const module = await this.find(name);
    if (this.shown !== name) return; // another was asked for meanwhile
    this.current = module;
    const root = this.frame.clear(name);
    await module.open(root, this.phone, this);
  }

  /** @param {string} name @returns {Promise<Module>} */
  async find(name) {
    if (name === "unlock") return unlocking;
    const core = CORE[name];
    if (core) return core.module;
    const listed = this.listed.find((screen) => screen.name === name);
    return listed ? import(listed.module) : home;
  }

  /** Screens of operations for this phone's role. */
  screensForRole() {
    const role = this.phone?.me.role ?? "";
    return this.listed.filter((screen) => screen.roles.includes(role));
  }
}

/** The running app; null while another tab writes. @type {App | null} */
export let app = null;

/** @param {{ takeOver?: boolean }} [options] */
async function main(options) {
  await loadWords();
  const lost = () => {
    app?.phone?.outbox.stop();
    app?.pusher?.stop();
    otherTab.open(document.body, () => location.reload());
  };
  if (!(await becomeWriter(lost, options))) {
    otherTab.open(document.body, () => main({ takeOver: true }));
    return;
  }
  app = new App(await openBase());
  keepOffline((waiting) => {
    if (!app) return;
    app.update = waiting;
    app.frame.refresh();
  });
  await app.start();
}

main().catch((problem) => {
  const text = t("Doorstep cannot start: this browser keeps nothing, or the page is not secure ({problem}). Nothing was lost.", { problem: String(problem) });
  document.body.replaceChildren(text);
});
