// Enrols this phone: by the link of the desk's code, by camera, or typed. Refuses nothing; the server
// says what is wrong with a code.

import { button, fill, h } from "../dom.js";
import { language, sayCode, setLanguage, t } from "../words.js";
import { readCode } from "../enrolment.js";

/** @type {() => void} */
let stop = () => {};

/** @param {HTMLElement} root @param {any} phone @param {import("../app.js").App} app */
export function open(root, phone, app) {
  stop();
  const code = h("input", { id: "code", autocomplete: "off", autocapitalize: "none", spellcheck: "false" });
  const said = h("div", { "aria-live": "assertive" });
  /** @param {string} text */
  const use = async (text) => {
    const found = readCode(text);
    if (!found) return;
    code.value = found;
    go.disabled = true;
    fill(said, h("p", { class: "message" }, t("Asking the desk's server …")));
    const wrong = await app.enrol(found);
    go.disabled = false;
    if (wrong === null) return;
    fill(said, h("p", { class: "message message--error" },
      wrong === "NO_ANSWER" ? t("The server did not answer. Go where there is a net and try again.") : sayCode(wrong),
      wrong === "CODE_INVALID" && ` ${t("Ask the desk for another code.")}`));
  };
  const go = h("button", { class: "button button--primary" }, t("Enrol this phone"));
  const unsent = phone ? phone.outbox.last.n - phone.outbox.answered.through : 0;
  const notes = phone ? phone.outbox.notes : 0;
  fill(root,
    h("h1", { class: "sentence" }, phone
      ? t("Enrol this phone anew. Its lines go with it.") : t("This phone is not enrolled yet.")),
    h("p", {}, t("Scan the code that the desk shows under Devices, or type what stands below it.")),
    unsent > 0 && h("p", { class: "message message--warning" },
      t("Lines not sent yet: {n}. They stay here and are sent as the new device.", { n: unsent })),
    notes > 0 && h("p", { class: "message message--warning" },
      t("Notes of people not sent yet: {n}. They stay here, sealed, and are sent as the new device.", { n: notes })),
    said,
    h("form", { class: "form", onsubmit: (/** @type {Event} */ event) => {
      event.preventDefault();
      use(code.value);
    } },
    h("p", { class: "field" }, h("label", { for: "code" }, t("Enrolment code")), code),
    h("p", { class: "actions" }, go,
      button(t("Camera"), () => app.frame.toggleCamera()),
      phone ? button(t("Not now"), () => app.go("home"), { kind: "quiet" })
        : h("button", { type: "button", class: "button button--quiet", lang: language() === "en" ? "zh-Hans" : "en",
          onclick: async () => {
            await setLanguage(language() === "en" ? "zh-hans" : "en");
            open(root, phone, app);
          } }, language() === "en" ? "中文" : "English"))));
  /** @param {Event} event */
  const scanned = (event) => event instanceof CustomEvent && use(event.detail.code);
  document.addEventListener("scan", scanned);
  stop = () => document.removeEventListener("scan", scanned);
  const linked = readCode(location.hash);
  if (location.hash.startsWith("#enrol=") && linked) {
    history.replaceState(null, "", "#enrol"); // the code is not to stay in the address
    if (!phone) use(linked);
    else code.value = linked;
  }
}

export function close() {
  stop();
}
