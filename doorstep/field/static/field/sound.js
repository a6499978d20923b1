// Said to hands and ears: a high tone and a short buzz for kept, two low tones and a long buzz for a
// warning, a soft tick for what was read into a form and is not kept yet. Refuses to sound when the worker has silenced the phone; the buzz stays.

import { isSilent } from "./choices.js";

/** @type {AudioContext | null} */
let audio = null;
/** Each tone: hertz, seconds from now, seconds long. @type {Record<string, [number, number, number][]>} */
const TONES = {
  kept: [[1320, 0, 0.07]],
  warning: [[330, 0, 0.16], [262, 0.2, 0.28]],
  taken: [[660, 0, 0.03]],
};
const BUZZES = { kept: [40], warning: [120, 60, 240], taken: [12] };
const LOUDNESS = { kept: 0.35, warning: 0.35, taken: 0.12 };
/** @typedef {"kept" | "warning" | "taken"} Tone */

/** @param {Tone} tone */
export function sound(tone) {
  // a browser buzzes and sounds only once the page was touched
  if (navigator.userActivation && !navigator.userActivation.hasBeenActive) return;
  navigator.vibrate?.(BUZZES[tone]);
  if (isSilent() || typeof AudioContext === "undefined") return;
  audio ??= new AudioContext();
  if (audio.state === "suspended") audio.resume();
  for (const [hertz, after, length] of TONES[tone] ?? []) {
    const begin = audio.currentTime + after;
    const voice = audio.createOscillator();
    const loudness = audio.createGain();
    voice.frequency.value = hertz;
    loudness.gain.setValueAtTime(LOUDNESS[tone], begin);
    loudness.gain.exponentialRampToValueAtTime(0.001, begin + length);
    voice.connect(loudness).connect(audio.destination);
    voice.start(begin);
    voice.stop(begin + length);
  }
}
