// Where a person stands in each round: what the server told, and over it what this phone has kept
// since, which it knows better. Pure. Refuses to take a line that was taken back for one that stands.

/** What the kinds of line say of somebody in a round, and the one that takes such a line back. */
const SAYS = /** @type {Record<string, string>} */ ({ "person.sampled": "done", "subject.refused": "refused" });
const TAKES_BACK = ["person.unsampled"];
/** @typedef {{ id: string, kind: string, round?: string, person?: string, subject?: string,
 *   entry?: string }} Entry */

/**
 * @param {ReadonlyMap<string, ReadonlyMap<string, readonly [string, boolean]>>} due of the snapshot
 * @param {readonly Entry[]} entries of this phone, in order
 * @returns {(person: string) => [round: string, state: string][]} the rounds that name them
 */
export function readStandings(due, entries) {
  const back = new Set(entries.filter(({ kind }) => TAKES_BACK.includes(kind)).map(({ entry }) => entry));
  /** @type {Map<string, Map<string, string>>} person → round → state */
  const own = new Map();
  for (const { id, kind, round = "", person, subject } of entries) {
    const who = person ?? subject ?? "";
    if (!SAYS[kind] || back.has(id)) continue;
    const rounds = own.get(who) ?? new Map();
    own.set(who, rounds.set(round, SAYS[kind]));
  }
  return (person) => {
    const told = [...due].flatMap(([round, rows]) => {
      const state = rows.get(person)?.[0];
      return state === undefined ? [] : [/** @type {[string, string]} */ ([round, state])];
    });
    return [...new Map([...told, ...(own.get(person) ?? [])])];
  };
}
