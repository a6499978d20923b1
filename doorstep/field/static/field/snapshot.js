// What the phone knows of its place and shift, put together from what the server sent (docs/sync.md,
// Pull); rounds and rolls are in rounds.js. Pure. Refuses to mix: an answer that is everything forgets what was there.

/** @typedef {[state: string, home: boolean]} Due */
/**
 * @typedef {{
 *   version: string, at: number | null, area: string | null,
 *   doors: Map<string, string>,
 *   people: Map<string, [name: string, door: string]>, due: Map<string, Map<string, Due>>,
 *   staff: string[], names: Record<string, string>,
 * }} Snapshot
 */

/** @returns {Snapshot} one that knows nothing yet */
export function emptySnapshot() {
  return {
    version: "", at: null, area: null, doors: new Map(), people: new Map(), due: new Map(),
    staff: [], names: {},
  };
}

/**
 * Bring a snapshot up to date, in place.
 * @param {Snapshot} snapshot
 * @param {any} told an answer of the server
 */
export function merge(snapshot, told) {
  const { doors, people, due } = snapshot;
  if (told.since === null) for (const rows of [doors, people, due]) rows.clear();
  put(doors, told.doors, told.gone.doors);
  put(people, told.people, told.gone.people);
  for (const id of new Set([...Object.keys(told.due), ...Object.keys(told.gone.due)])) {
    const rows = due.get(id) ?? new Map();
    due.set(id, rows);
    put(rows, told.due[id] ?? {}, told.gone.due[id] ?? []);
  }
  for (const id of told.gone.rounds) due.delete(id);
  snapshot.version = told.version;
  snapshot.at = Date.parse(told.at);
  snapshot.area = told.area;
  snapshot.staff = told.staff;
  snapshot.names = told.staff_names ?? {};
}

/**
 * What the server would say of somebody whom this phone has added, so that the lists know them at
 * once; the server's own word replaces it.
 * @param {Snapshot} snapshot @param {string} id @param {string} name masked @param {string} door
 */
export function introduce({ version, at, area, staff, names }, id, name, door) {
  const gone = { rounds: [], doors: [], people: [], due: {} };
  return {
    since: version, version, at: new Date(at ?? 0).toISOString(), area, staff, staff_names: names,
    doors: {}, people: { [id]: [name, door] }, due: {}, gone,
  };
}

/** @template T @param {Map<string, T>} rows @param {Record<string, T>} named @param {string[]} gone */
function put(rows, named, gone) {
  for (const id of Object.keys(named)) rows.set(id, /** @type {T} */ (named[id]));
  for (const id of gone) rows.delete(id);
}
