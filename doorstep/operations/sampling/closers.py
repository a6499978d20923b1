"""What stands in the way of closing a round: a tube without its result, a box that no laboratory
has received, a line that is held.

Refuses to let anything say "all negative" while one swab is not known (Longyao, January 2021).
"""

from collections import Counter, defaultdict
from collections.abc import Collection

from doorstep.ledger import folding, settlements, store
from doorstep.operations.sampling import rules
from doorstep.rounds import closers, scopes
from doorstep.rounds import queries as round_queries

_CODES = ", ".join(f"'{code}'" for code in sorted(rules.HELD_CODES))
# CROSS JOIN keeps SQLite from beginning with the rounds' tubes instead of the few held lines
_HELD = (
    "SELECT {round}, COUNT(DISTINCT v.entry) FROM ledger_verdict v CROSS JOIN {tables} "
    f"WHERE v.code IN ({_CODES}) AND v.owner = 'sampling' "
    "AND f.entry = v.entry AND {link} AND {round} IN ({rounds}) GROUP BY {round}"
)
_HELD_IN = (  # swabs name their round; what is said of a tube goes by the round of the tube
    ("sampling_sample f", "1 = 1", "f.round"),
    ("sampling_tubefact f CROSS JOIN sampling_tube t", "t.tube = f.tube", "t.round"),
    ("sampling_result f CROSS JOIN sampling_tube t", "t.tube = f.tube", "t.round"),
)
_UNRECEIVED = (
    "SELECT b.round, b.box FROM sampling_box b WHERE b.round IN ({rounds}) "
    "AND b.state IN ('sealed', 'collected') "
    "AND EXISTS (SELECT 1 FROM sampling_tube t WHERE t.box = b.box) ORDER BY b.sealed_at, b.box"
)
_NAMED = 5  # boxes named in the reason; the others are counted


def list_blocked(rounds_: Collection[str]) -> dict[str, list[closers.Block]]:
    """The rounds that may not be closed, with why: one block a code, with how many tubes or lines.
    So many statements for one round as for a year of them.
    """
    if not rounds_:
        return {}
    waiting = round_queries.count_waiting(rounds_)
    boxes, held = _list_unreceived(rounds_), _count_held(rounds_)
    found: defaultdict[str, list[closers.Block]] = defaultdict(list)
    for round_, count in waiting.items():
        found[round_].append(closers.Block("TUBES_WITHOUT_RESULT", {"count": count}))
    for round_, own in boxes.items():
        named = ", ".join(own[:_NAMED]) + (", …" if len(own) > _NAMED else "")
        facts = {"count": len(own), "boxes": named}
        found[round_].append(closers.Block("BOXES_NOT_RECEIVED", facts))
    for round_, count in held.items():
        found[round_].append(closers.Block("LINES_HELD", {"count": count}))
    return dict(found)


def _list_unreceived(rounds_: Collection[str]) -> dict[str, list[str]]:
    """The boxes of rounds that are sealed and neither received nor refused, the earliest first.

    A result may be here before its box in the book: it is kept and it counts, but the way of its
    tube is not proved until somebody writes the receipt down. A box whose tubes all went with
    another one is a wrong code at the seal and asks for nothing.
    """
    found: defaultdict[str, list[str]] = defaultdict(list)
    for round_, box in store.query(_UNRECEIVED.format(rounds=scopes.marks(rounds_)), [*rounds_]):
        found[str(round_)].append(box)
    return found


def _count_held(rounds_: Collection[str]) -> Counter[str]:
    """Lines of rounds that wait for a person: swabs, tubes, results, and what somebody wrote who
    may not.
    """
    found = _count_not_allowed(rounds_)
    for tables, link, round_ in _HELD_IN:
        marks = scopes.marks(rounds_)
        sql = _HELD.format(tables=tables, link=link, round=round_, rounds=marks)
        found.update({str(one): int(count) for one, count in store.query(sql, [*rounds_])})
    return found


def _count_not_allowed(rounds_: Collection[str]) -> Counter[str]:
    """Lines of rounds whose writer may not write them: no rule has read them, yet they may be of
    swabs. Those a person has settled as not standing keep their verdict and wait for nobody.
    """
    found: Counter[str] = Counter()
    held = {
        line.entry.id: line.entry
        for line in folding.list_entries(
            "l.entry IN (SELECT v.entry FROM ledger_verdict v WHERE v.code = 'NOT_ALLOWED' "
            "AND v.owner = 'ledger')",
            (),
        )
    }
    if not held:
        return found
    tubes = {str(tube) for each in held.values() if (tube := getattr(each, "tube", None))}
    of = {
        tube: str(round_)
        for tube, round_ in store.select("sampling_tube", ["tube", "round"], "tube", tubes)
    }
    settled = settlements.get_settlements(held)
    for entry, each in held.items():
        if settlements.stands([entry], settled) is None:
            named = {getattr(each, "round", None), of.get(getattr(each, "tube", None) or "")}
            found.update(round_ for round_ in rounds_ if round_ in named)
    return found
