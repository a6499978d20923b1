// Whether a finger is on the glass. What changes meanwhile is told after it: a button that is put
// anew under a finger loses its tap. Refuses to wait longer than a second for a finger that rests, or
// for a tap that does not come.

const LONGEST = 1_000; // ms
let timer = 0;
/** @type {Set<() => void>} */
const held = new Set();

/** @param {number} most ms */
function wait(most) {
  clearTimeout(timer);
  timer = setTimeout(() => {
    timer = 0;
    const now = [...held];
    held.clear();
    for (const listener of now) listener();
  }, most);
}

// a busy phone makes the tap of a finger that is up only some time later
for (const type of ["pointerdown", "pointerup"]) document.addEventListener(type, () => wait(LONGEST), true);
for (const type of ["click", "pointercancel"]) document.addEventListener(type, () => wait(0), true);

/** A listener that is called at once, or once when the finger is up.
 *  @param {() => void} listener @returns {{ call: () => void, stop: () => void }} stop: not later either */
export function afterPress(listener) {
  return {
    call: () => {
      if (timer) held.add(listener);
      else listener();
    },
    stop: () => held.delete(listener),
  };
}

/** Resolves at once, or once the finger is up. @returns {Promise<void>} */
export function untilUp() {
  return new Promise((done) => afterPress(done).call());
}
