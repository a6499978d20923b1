"""What the rules need to know around tubes, read set by set: swabs, facts, homes, rounds, words of
people. Nothing here writes.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from doorstep.ledger import settlements, store
from doorstep.operations.sampling import belonging, facts
from doorstep.rounds import round_kinds

SAMPLED = "person.sampled"
BINDING = list(facts.Binding._fields)
SAMPLE = [*BINDING, "state"]
TUBE_FACT = ["table_id" if name == "table" else name for name in facts.TubeFact._fields]
BOX = [name for name in facts.Box._fields if name not in ("tubes", "codes")]
_NOTHING: frozenset[str] = frozenset()


class Swabs:
    """Swabs by tube, and the state in its table of each that is there."""

    def __init__(self) -> None:
        self.by_tube: dict[str, list[facts.Binding]] = {}
        self.states: dict[str, str] = {}

    def read(self, tubes: Collection[str]) -> None:
        """Every swab of tubes that were not read before."""
        for tube in tubes:
            self.by_tube[tube] = []
        by_tube, states, binding = self.by_tube, self.states, facts.Binding._make
        for row in store.select("sampling_sample", SAMPLE, "tube", tubes):
            by_tube[row[3]].append(binding(row[:7]))
            states[row[0]] = row[7]

    def add(self, bindings: Iterable[facts.Binding]) -> set[str]:
        """Swabs of tubes that were read; the entries of those that are in no table yet."""
        fresh = set()
        for each in bindings:
            if each.entry not in self.states and each.entry not in fresh:
                fresh.add(each.entry)
                self.by_tube[each.tube].append(each)
        return fresh

    def list_others(self, tubes: Iterable[str]) -> set[str]:
        """The tubes not read yet in which people of these gave a swab in the same round."""
        pairs = {(b.person, b.round) for tube in tubes for b in self.by_tube[tube]}
        rows = store.select_pairs("sampling_sample", ["tube"], ("person", "round"), pairs)
        return {row[0] for row in rows} - self.by_tube.keys()


def read_facts(swabs: Swabs, boxes: Mapping[str, facts.Box]) -> facts.Facts:
    """Everything about the tubes of `swabs`. `boxes` are those whose rows are not up to date."""
    by_tube = swabs.by_tube
    tubes = by_tube.keys()
    withdrawals = _by_tube(
        facts.Withdrawal, "sampling_withdrawal", facts.Withdrawal._fields, tubes, 4
    )
    tube_facts = _by_tube(facts.TubeFact, "sampling_tubefact", TUBE_FACT, tubes, 1)
    results = _by_tube(facts.Result, "sampling_result", facts.Result._fields, tubes, 1)
    people = {b.person for bindings in by_tube.values() for b in bindings}
    homes = {
        row[0]: facts.Home(row[1], row[2], row[3])
        for row in store.select(
            "registry_residence", ["person", "door", "building", "estate"], "person", people
        )
    }
    rounds = _read_rounds(
        {b.round for bindings in by_tube.values() for b in bindings}
        | {f.round for told in tube_facts.values() for f in told if f.round is not None}
    )
    above, listed = _read_lists(by_tube, homes, rounds)
    claims = {b.entry for bindings in by_tube.values() for b in bindings}
    claims.update([f.entry for told in tube_facts.values() for f in told])
    claims.update([r.entry for told in results.values() for r in told])
    return facts.Facts(
        bindings=by_tube,
        withdrawals=withdrawals,
        tubes=tube_facts,
        results=results,
        boxes=_read_boxes(tubes, boxes),
        homes=homes,
        rounds=rounds,
        above=above,
        listed=listed,
        settled=_read_settled(claims),
    )


def _by_tube(
    shape: Any, table: str, columns: Sequence[str], tubes: Collection[str], tube: int
) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for row in store.select(table, columns, "tube", tubes):
        found.setdefault(row[tube], []).append(shape._make(row))
    return found


def _read_boxes(
    tubes: Collection[str], boxes: Mapping[str, facts.Box]
) -> dict[str, list[facts.Box]]:
    rows = store.select("sampling_boxtube", ["tube", "box", "stands"], "tube", tubes)
    pairs = {(tube, box) for tube, box, stands in rows if stands}
    others = {box for _, box in pairs} - boxes.keys()
    known = dict(boxes)
    for row in store.select("sampling_box", BOX, "box", others):
        known[row[0]] = facts.Box(**dict(zip(BOX, row, strict=True)), tubes=_NOTHING, codes=())
    found: dict[str, list[facts.Box]] = {}
    for tube, box in pairs:
        found.setdefault(tube, []).append(known[box])
    return found


def _read_rounds(rounds: Collection[str]) -> dict[str, facts.RoundFact]:
    columns = ["id", "area", "pool", "round_kind"]
    return {
        row[0]: facts.RoundFact(
            row[1], row[2], SAMPLED in round_kinds.marks_of(row[3]), _size_of_kind(row[3])
        )
        for row in store.select("rounds_round", columns, "id", rounds)
    }


def _size_of_kind(code: str) -> int | None:
    kind = round_kinds.find_kind(code)
    return belonging.size_of(kind.pool) if kind is not None else None


def _read_lists(
    by_tube: Mapping[str, Sequence[facts.Binding]],
    homes: Mapping[str, facts.Home],
    rounds: Mapping[str, facts.RoundFact],
) -> tuple[dict[str, frozenset[str]], set[tuple[str, str]]]:
    """The places above the estates, and who is on a list, of people sampled away from home."""
    away: set[tuple[str, str]] = set()
    estates: set[str] = set()
    for bindings in by_tube.values():
        for b in bindings:
            known, home = rounds.get(b.round), homes.get(b.person)
            if known is not None and (home is None or known.area not in home):
                away.add((b.round, b.person))
                if home is not None and home.estate is not None:
                    estates.add(home.estate)
    rows = store.select("registry_place", ["id", "path"], "id", estates)
    above = {row[0]: frozenset(row[1].strip("/").split("/")) for row in rows}
    listed = store.select_pairs("rounds_due", ["round", "subject"], ("round", "subject"), away)
    return above, {(row[0], row[1]) for row in listed}


def _read_settled(claims: Collection[str]) -> facts.Settled:
    words = settlements.get_settlements(claims)
    if not words:
        return facts.Settled()
    named = frozenset().union(*(word.entries for word in words))
    return facts.Settled(named, lambda asked: settlements.stands(asked, words))


def tubes_of_people(people: Collection[str]) -> set[str]:
    """Every tube a swab of these people went into."""
    return {row[0] for row in store.select("sampling_sample", ["tube"], "person", people)}


def tubes_of_pairs(pairs: Collection[tuple[str, str]]) -> set[str]:
    """Every tube a swab of a person in a round, (person, round), went into."""
    rows = store.select_pairs("sampling_sample", ["tube"], ("person", "round"), pairs)
    return {row[0] for row in rows}


def tubes_of_rounds(rounds: Collection[str]) -> set[str]:
    """Tubes with swabs that may change with what is known of these rounds."""
    openings: defaultdict[str, int] = defaultdict(int)
    for round_, kind in store.select("rounds_act", ["round", "kind"], "round", rounds):
        openings[round_] += kind == "round.opened"
    once = [round_ for round_ in rounds if openings[round_] == 1]
    # until a round is opened each of its swabs that counts is flagged, and a tube of no other swab
    # has no size but its own; that is the one index by round needed
    marks = ", ".join(["%s"] * len(once))
    found = store.query(
        "SELECT s.tube FROM ledger_verdict v JOIN sampling_sample s ON s.entry = v.entry "
        f"WHERE v.code = 'WRONG_ROUND' AND s.round IN ({marks or 'NULL'})",
        once,
    )
    found += store.query(
        "SELECT t.tube FROM sampling_tube t "
        f"WHERE t.pool IS NULL AND t.round IN ({marks or 'NULL'})",
        once,
    )
    others = [round_ for round_ in rounds if openings[round_] != 1]
    found += store.select("sampling_sample", ["tube"], "round", others)
    return {row[0] for row in found}
