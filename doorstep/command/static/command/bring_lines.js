// Brings in the lines of a phone from the file it has saved, and its notes of people, which are
// sealed: sends each to where the phone would have sent it, in order, and says what was answered.
// Refuses files that are none of ours, and goes no further than the first push that is not taken:
// what follows it could only be a gap. A note is taken whatever became of the lines.

const FORMAT = "doorstep-pushes-1";
const PAUSE = 2_000; // ms, when the server is busy
const TRIES = 10;
const told = /** @type {HTMLElement} */ (document.getElementById("told"));

/** @param {string} name @param {"success" | "warning" | "error"} tone
 *  @param {Record<string, string | number>} [facts] */
function say(name, tone, facts = {}) {
  const text = (told.dataset[name] ?? "").replace(/\{(\w+)\}/g, (_, fact) => String(facts[fact] ?? ""));
  const line = document.createElement("p");
  line.className = `message message--${tone}`;
  line.textContent = text;
  told.append(line);
}

/** @typedef {{ headers: Record<string, string>, body: string }} Push */
/** @typedef {{ digest: string, headers: Record<string, string>, body: string }} Note its body as Base64 */
/** @param {File} file @returns {Promise<{ pushes: Push[], notes: Note[] } | null>} */
async function read(file) {
  try {
    const whole = JSON.parse(await file.text());
    if (whole.format !== FORMAT || !Array.isArray(whole.pushes)) return null;
    return { pushes: whole.pushes, notes: whole.attachments ?? [] };
  } catch { // no JSON
    return null;
  }
}

/** @param {string} address @param {RequestInit} asked
 *  @returns {Promise<[number, any]>} status and body; 0 when there was no answer */
async function send(address, asked) {
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    try {
      const answer = await fetch(address, { ...asked, credentials: "omit" });
      if (answer.status !== 503) return [answer.status, await answer.json()];
    } catch { // the same again
      if (attempt > 1) break;
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
  }
  return [0, null];
}

/** @param {File} file */
async function bring(file) {
  told.replaceChildren();
  const found = await read(file);
  if (!found) return say("strange", "error");
  if (await bringLines(found.pushes)) await bringNotes(found.notes);
}

/** @param {Note[]} notes */
async function bringNotes(notes) {
  let kept = 0;
  for (const { digest, headers, body } of notes) {
    const bytes = Uint8Array.from(atob(body), (character) => character.charCodeAt(0));
    const [status, answer] = await send(`/field/v1/attachments/${digest}`, { method: "PUT", headers, body: bytes });
    if (status === 200) kept += 1;
    else say(status ? "unnoted" : "silent", status ? "error" : "warning", { code: answer?.code ?? status });
  }
  if (kept) say("noted", "success", { notes: kept });
}

/** @param {Push[]} pushes @returns {Promise<boolean>} whether the server answers */
async function bringLines(pushes) {
  let lines = 0;
  let through = 0;
  let aside = 0;
  for (const push of pushes) {
    const count = Number(push.headers["Doorstep-Count"]);
    const { headers, body } = push;
    const [status, answer] = await send("/field/v1/entries", { method: "POST", headers, body });
    if (status === 200) {
      lines += count;
      ({ through } = answer);
    } else if (status === 403) {
      aside += count;
    } else {
      if (lines) say("kept", "success", { lines, through });
      if (status === 409) say("differs", "error");
      else if (status) say("refused", "error", { code: answer.code ?? status });
      else say("silent", "warning");
      return status > 0;
    }
  }
  if (lines) say("kept", "success", { lines, through });
  if (aside) say("aside", "warning", { lines: aside });
  return true;
}

document.getElementById("bring")?.addEventListener("submit", (event) => {
  event.preventDefault();
  const field = document.getElementById("file");
  const file = field instanceof HTMLInputElement && field.files?.[0];
  const button = event.submitter;
  if (!file || !(button instanceof HTMLButtonElement)) return;
  button.disabled = true;
  bring(file).finally(() => { button.disabled = false; });
});
