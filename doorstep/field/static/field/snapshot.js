// What the phone knows of its place and shift, put together from what the server sent (docs/sync.md,
// Pull). Pure. Refuses to mix: an answer that is everything forgets what was there.

/** @typedef {{ kind: string, area: string, day: string, pool: string | null, state: string }} Round */
/** @typedef {[state: string, home: boolean]} Due */
/**
 * @typedef {{
 *   version: string, at: number | null, area: string | null,
 *   rounds: Map<string, Round>, doors: Map<string, string>,
 *   people: Map<string, [name: string, door: string]>, due: Map<string, Map<string, Due>>,
 *   tubes: { round: string, first: string, last: string }[], staff: string[],
 *   names: Record<string, string>,
 * }} Snapshot
 */

/** @returns {Snapshot} one that knows nothing yet */
export function emptySnapshot() {
  return {
    version: "", at: null, area: null, rounds: new Map(), doors: new Map(), people: new Map(),
    due: new Map(), tubes: [], staff: [], names: {},
  };
}

/**
 * Bring a snapshot up to date, in place.
 * @param {Snapshot} snapshot
 * @param {any} told an answer of the server
 */
export function merge(snapshot, told) {
  const { rounds, doors, people, due } = snapshot;
  if (told.since === null) for (const rows of [rounds, doors, people, due]) rows.clear();
  put(rounds, told.rounds, told.gone.rounds);
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
  snapshot.tubes = told.tubes;
  snapshot.staff = told.staff;
  snapshot.names = told.staff_names ?? {};
}

/**
 * What the server would say of somebody whom this phone has added, so that the lists know them at
 * once; the server's own word replaces it.
 * @param {Snapshot} snapshot @param {string} id @param {string} name masked @param {string} door
 */
export function introduce({ version, at, area, tubes, staff, names }, id, name, door) {
  const gone = { rounds: [], doors: [], people: [], due: {} };
  return {
    since: version, version, at: new Date(at ?? 0).toISOString(), area, tubes, staff, staff_names: names,
    rounds: {}, doors: {}, people: { [id]: [name, door] }, due: {}, gone,
  };
}

/** @template T @param {Map<string, T>} rows @param {Record<string, T>} named @param {string[]} gone */
function put(rows, named, gone) {
  for (const id of Object.keys(named)) rows.set(id, /** @type {T} */ (named[id]));
  for (const id of gone) rows.delete(id);
}
