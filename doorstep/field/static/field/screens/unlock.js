// Who works now: a badge or a name, then the PIN; somebody new chooses his PIN while somebody who has
// one has just given it. Refuses whoever the server did not name for this phone.

import { button, fill, h } from "../dom.js";
import { t } from "../words.js";
import { makeKeypad } from "../pin.js";
import { readBadge } from "../shift.js";
import { isFit } from "../vault.js";

/** @typedef {import("../vault.js").User} User */
/** @type {() => void} */
let stop = () => {};
/** @type {(() => void)[]} */
let offs = [];

/** @param {HTMLElement} root @param {import("../phone.js").Phone} phone
 *  @param {import("../app.js").App} app */
export function open(root, phone, app) {
  const { shift } = phone;
  let shown = "";
  let busy = false; // a PIN is being tried or chosen: the list must not come back under it
  const choose = () => {
    busy = false;
    stop();
    const known = shift.vault.list();
    const staff = known.length ? known : shift.listStaff();
    shown = sayState(shift);
    fill(root, h("h1", { class: "sentence" }, t("Who works with this phone now?")),
      staff.length ? null : waiting(shift, app),
      h("ul", { class: "people" }, staff.map((user) =>
        h("li", {}, button(user.name || t("Unnamed"), () => pick(user))))),
      h("p", { class: "quiet" }, known.length
        ? t("Or hold a badge to the camera or the scanner.")
        : t("The first one chooses a PIN. It keeps a finder of this phone from the names on it; a laboratory could still read them.")),
      h("p", { class: "actions" }, button(t("Camera"), () => app.frame.toggleCamera()),
        known.length > 0 && button(t("I have no PIN here yet"), () => newcomer(known), { kind: "quiet" })));
  };
  /** @param {User} user */
  const pick = (user) => {
    if (!shift.vault.list().length) return choosePin(user);
    if (!shift.hasPin(user.id)) return newcomer(shift.vault.list(), user);
    askPin(user, t("PIN of {name}", { name: user.name }), () => {});
  };
  /** Somebody without a PIN: first one who has one, then the new one chooses.
   *  @param {User[]} known @param {User} [user] */
  const newcomer = (known, user) => {
    busy = true;
    stop();
    fill(root, h("h1", { class: "sentence" },
      t("Somebody who has a PIN on this phone gives it first. Then you choose yours.")),
    h("ul", { class: "people" }, known.map((each) => h("li", {}, button(each.name, () =>
      askPin(each, t("PIN of {name}", { name: each.name }), () => whoIsNew(user), true))))),
    h("p", { class: "actions" }, button(t("Back"), choose, { kind: "quiet" })));
  };
  /** The phone is open, by somebody else's PIN. @param {User} [user] */
  const whoIsNew = (user) => {
    const staff = shift.listStaff().filter(({ id }) => !shift.hasPin(id));
    if (user && staff.some(({ id }) => id === user.id)) return choosePin(user);
    busy = true;
    stop();
    fill(root, h("h1", { class: "sentence" }, staff.length ? t("Who are you?")
      : t("Everybody whom the desk has named for this phone has a PIN. Ask the desk to name you, then come back.")),
    h("ul", { class: "people" }, staff.map((each) =>
      h("li", {}, button(each.name || t("Unnamed"), () => choosePin(each))))),
    h("p", { class: "actions" }, button(t("Back"), () => {
      shift.lock();
      choose();
    }, { kind: "quiet" })));
  };
  /** @param {User} user @param {string} title @param {() => void} then @param {boolean} [only]
   *  whether the PIN only opens, and somebody else will write */
  const askPin = (user, title, then, only = false) => {
    busy = true;
    stop();
    const said = h("p", { class: "pin__said", "aria-live": "assertive" });
    const keypad = makeKeypad(async (pin) => {
      const wait = shift.vault.wait();
      if (wait > 0) {
        fill(said, t("Wait {n} s, then try again.", { n: Math.ceil(wait / 1000) }));
        return;
      }
      fill(said, t("One moment …"));
      if (only ? await shift.open(user.id, pin) : await shift.unlock(user.id, pin)) {
        stop();
        busy = false;
        return then();
      }
      navigator.vibrate?.(200);
      const seconds = Math.ceil(shift.vault.wait() / 1000);
      fill(said, seconds > 0 ? t("Not this PIN. Wait {n} s, then try again.", { n: seconds })
        : t("Not this PIN. Try again."));
    });
    stop = keypad.stop;
    fill(root, h("h1", { class: "sentence" }, title), said, keypad.element,
      h("p", { class: "actions" }, button(t("Somebody else"), () => {
        shift.lock();
        choose();
      }, { kind: "quiet" })),
      h("p", { class: "quiet small" }, t("Forgotten? Somebody else who has a PIN here can go on. Or the desk gives a new code: enrol anew, nothing is lost.")));
  };
  /** @param {User} user */
  const choosePin = (user) => {
    busy = true;
    let first = "";
    stop();
    const said = h("p", { class: "pin__said", "aria-live": "assertive" });
    const title = h("h1", { class: "sentence" }, t("{name}: choose a PIN of six digits", { name: user.name }));
    const keypad = makeKeypad(async (pin) => {
      if (!first && !isFit(pin)) return fill(said, t("Not this one: everybody would try it first."));
      if (!first) {
        first = pin;
        fill(title, t("The same PIN once more"));
        return fill(said);
      }
      if (pin !== first) {
        first = "";
        fill(title, t("{name}: choose a PIN of six digits", { name: user.name }));
        return fill(said, t("The two differ. Choose again."));
      }
      fill(said, t("One moment …"));
      stop();
      busy = false;
      await shift.welcome(user, pin);
    });
    stop = keypad.stop;
    fill(root, title, said, keypad.element,
      h("p", { class: "actions" }, button(t("Back"), choose, { kind: "quiet" })));
  };
  offs = [
    phone.onScan((text) => {
      const id = readBadge(text);
      if (!id) return;
      app.frame.closeCamera();
      const staff = [...shift.vault.list(), ...shift.listStaff()];
      pick(staff.find((each) => each.id === id) ?? { id, name: nameOf(text) });
    }),
    phone.onChange(() => {
      if (!busy && !phone.user && shown !== sayState(shift)) choose();
    }),
  ];
  choose();
}

/** @param {import("../shift.js").Shift} shift @param {import("../app.js").App} app */
function waiting(shift, app) {
  if (shift.pulling) return h("p", { class: "message" }, t("Asking the desk's server …"));
  const refused = shift.trouble === "SESSION_REFUSED";
  return h("div", { class: "message message--warning" },
    h("p", {}, refused ? t("The server does not know this phone any more. Ask the desk.")
      : shift.trouble ? t("The server did not answer. Go where there is a net and try again.")
        : t("Nobody is named for this phone yet. Ask the desk to assign you.")),
    h("p", { class: "actions" }, button(t("Ask again"), () => app.pull())));
}

/** What the list of people depends on. @param {import("../shift.js").Shift} shift */
function sayState(shift) {
  return JSON.stringify([shift.pulling, shift.trouble, shift.vault.list(), shift.listStaff()]);
}

/** The masked name on a badge; "" for one that a gun typed. @param {string} text */
function nameOf(text) {
  return text.split(":")[3] ?? "";
}

export function close() {
  stop();
  stop = () => {};
  for (const off of offs) off();
  offs = [];
}
