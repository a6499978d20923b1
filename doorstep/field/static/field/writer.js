// One writer: of all tabs of this browser only the one that holds the lock may write lines. Refuses
// to write without it; another tab may take it over, and is then the one.

const LOCK = "doorstep-field-writer";

/**
 * Try to become the writer.
 * @param {() => void} onLost another tab has taken over
 * @param {{ takeOver?: boolean }} [options]
 * @returns {Promise<boolean>} whether this tab is the writer now
 */
export function becomeWriter(onLost, { takeOver = false } = {}) {
  return new Promise((resolve) => {
    let mine = false;
    const how = takeOver ? { steal: true } : { ifAvailable: true };
    navigator.locks
      .request(LOCK, how, (lock) => {
        mine = lock !== null;
        resolve(mine);
        return mine ? new Promise(() => {}) : undefined; // held until the tab ends
      })
      .catch(() => {
        if (mine) onLost();
        else resolve(false);
      });
  });
}
