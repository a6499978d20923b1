// The rounds this phone was told of and the rolls of tubes issued to its table: ids, days, codes, no
// name. They outlive the lists, so that a phone whose lists are gone, or whose round the desk has
// closed, goes on keeping. Pure. Refuses to forget a round because the server names it no more: it is
// closed then.

const MOST_CLOSED = 20;
/** @typedef {{ kind: string, area: string, area_name?: string, day: string, pool: string | null,
 *   state: string, inside?: string[] }} Round `state`: the server's, or `closed`; `inside`: the doors
 *   of a round of a part of the phone's area */
/** @typedef {{ round: string, first: string, last: string }} Roll */
/** @typedef {Record<string, { label: { en: string, zh: string }, marks: string[] }>} Kinds the kinds
 *   of round: their words, and the kinds of entry that make a subject done */
/** @typedef {{ rounds: Map<string, Round>, rolls: Roll[] }} Rounds */

/** @returns {Rounds} */
export function noRounds() {
  return { rounds: new Map(), rolls: [] };
}

/** Whether somebody behind a door lives elsewhere than where a round is; who has no door may be from
 *  anywhere. @param {{ inside?: string[] }} round @param {string | undefined} door */
export function isOutside({ inside }, door) {
  return Boolean(inside && door && !inside.includes(door));
}

/**
 * Bring them up to date by an answer of the server.
 * @param {Rounds} known @param {any} told @returns {Rounds} others; `known` stays as it is
 */
export function takeRounds(known, told) {
  const whole = told.since === null;
  const open = new Map(Object.entries(told.rounds));
  /** @type {Map<string, Round>} */
  const rounds = new Map();
  for (const [id, round] of known.rounds) {
    const isGone = whole ? !open.has(id) : told.gone.rounds.includes(id);
    rounds.set(id, isGone ? { ...round, state: "closed" } : round);
  }
  for (const [id, round] of open) rounds.set(id, round);
  const closed = [...rounds].filter(([, { state }]) => state === "closed")
    .sort(([, one], [, other]) => other.day.localeCompare(one.day));
  for (const [id] of closed.slice(MOST_CLOSED)) rounds.delete(id);
  const rolls = [...told.tubes, ...known.rolls.filter(({ round }) => rounds.get(round)?.state === "closed")];
  return { rounds, rolls };
}
