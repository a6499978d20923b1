// What a worker has begun and not said yet: ticks, codes in a form, the round that was chosen. In the
// browser's own store, in the clear, so that a reload, the lock or another screen takes nothing of it:
// codes and ids only, never a name. Refuses nothing: a browser without room forgets.

const PREFIX = "draft:";

/** @param {string} name @returns {any} null when there is none */
export function recallDraft(name) {
  try {
    return JSON.parse(localStorage.getItem(PREFIX + name) ?? "null");
  } catch { // no store, or nothing of ours
    return null;
  }
}

/** @param {string} name @param {unknown} value null: it is over */
export function keepDraft(name, value) {
  try {
    if (value === null) localStorage.removeItem(PREFIX + name);
    else localStorage.setItem(PREFIX + name, JSON.stringify(value));
  } catch { // no room
  }
}

/** Forget all of them. */
export function dropDrafts() {
  try {
    for (const key of Object.keys(localStorage)) if (key.startsWith(PREFIX)) localStorage.removeItem(key);
  } catch { // no store
  }
}

/**
 * Fields that are there again with what stood in them.
 * @param {string} name @param {Record<string, HTMLInputElement>} fields
 * @returns {() => void} to be called when the page has changed them itself
 */
export function holdFields(name, fields) {
  const before = recallDraft(name) ?? {};
  for (const [key, field] of Object.entries(fields)) field.value = before[key] ?? "";
  const hold = () => keepDraft(name,
    Object.fromEntries(Object.entries(fields).map(([key, { value }]) => [key, value])));
  for (const field of Object.values(fields)) field.addEventListener("input", hold);
  return hold;
}
