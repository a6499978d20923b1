// Judges cases by the app's rules: JSON on stdin ({rules, cases}), for each case the codes of its
// lines on stdout. What is foreseen of each line must be what is said of it once it is kept.

import { isOutside } from "../../doorstep/field/static/field/rounds.js";
import { Day } from "../../doorstep/operations/sampling/static/sampling/field/day.js";

const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
const { rules, doors, rounds, cases } = JSON.parse(Buffer.concat(chunks).toString());
const known = {
  rules,
  findRound: (round) => rounds[round],
  doorOf: (person) => doors[person],
  isElsewhere: (round, person) => Boolean(rounds[round] && isOutside(rounds[round], doors[person])),
};

function judge(lines) {
  const day = new Day(known);
  const entries = lines.map((line, at) => ({
    ...line,
    id: `e${at}`,
    n: at + 1,
    ...(line.kind === "person.unsampled" && { entry: `e${line.entry}` }),
  }));
  for (const entry of entries) {
    const before = JSON.stringify(show(day));
    const foreseen = day.foresee(entry);
    if (JSON.stringify(show(day)) !== before) throw new Error(`foresee left a trace: ${entry.kind}`);
    day.add(entry);
    day.add(entry); // told twice
    if (String(foreseen) !== String(day.codesOf(entry.id))) throw new Error("foreseen otherwise");
  }
  return entries.map((entry) => day.codesOf(entry.id));
}

const show = (value) => {
  if (value instanceof Map) return [...value].map(([key, each]) => [key, show(each)]);
  if (value instanceof Set) return [...value];
  if (Array.isArray(value)) return value.map(show);
  if (value && typeof value === "object" && value !== known) {
    return Object.entries(value).map(([key, each]) => [key, show(each)]);
  }
  return value === known ? null : value;
};

process.stdout.write(JSON.stringify(cases.map((lines) => judge(lines))));
