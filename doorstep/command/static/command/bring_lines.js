// Brings in the lines of a phone from the file it has saved: sends each push to where the phone would
// have sent it, in order, and says what was answered. Refuses files that are none of ours, and goes
// no further than the first push that is not taken: what follows it could only be a gap.

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

/** @param {File} file @returns {Promise<{ headers: Record<string, string>, body: string }[] | null>} */
async function read(file) {
  try {
    const whole = JSON.parse(await file.text());
    return whole.format === FORMAT && Array.isArray(whole.pushes) ? whole.pushes : null;
  } catch { // no JSON
    return null;
  }
}

/** @param {{ headers: Record<string, string>, body: string }} push
 *  @returns {Promise<[number, any]>} status and body; 0 when there was no answer */
async function send({ headers, body }) {
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    try {
      const answer = await fetch("/field/v1/entries", { method: "POST", headers, body, credentials: "omit" });
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
  const pushes = await read(file);
  if (!pushes) return say("strange", "error");
  let lines = 0;
  let through = 0;
  let aside = 0;
  for (const push of pushes) {
    const count = Number(push.headers["Doorstep-Count"]);
    const [status, answer] = await send(push);
    if (status === 200) {
      lines += count;
      ({ through } = answer);
    } else if (status === 403) {
      aside += count;
    } else {
      if (lines) say("kept", "success", { lines, through });
      if (status === 409) return say("differs", "error");
      return status ? say("refused", "error", { code: answer.code ?? status }) : say("silent", "warning");
    }
  }
  if (lines) say("kept", "success", { lines, through });
  if (aside) say("aside", "warning", { lines: aside });
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
