"""What stands in the way of closing a round: a tube without its result, a box that no laboratory
has received, a line that is held.

Refuses to let anything say "all negative" while one swab is not known (Longyao, January 2021).
"""

from doorstep.ledger import folding, settlements, store
from doorstep.operations.sampling import rules
from doorstep.rounds import closers
from doorstep.rounds import queries as rounds

_WAITING = ", ".join(f"'{state}'" for state in rules.WAITING)
_CODES = ", ".join(f"'{code}'" for code in sorted(rules.HELD_CODES))
# CROSS JOIN keeps SQLite from beginning with the round's tubes instead of the few held lines
_HELD = (
    "SELECT COUNT(DISTINCT v.entry) FROM ledger_verdict v CROSS JOIN {table} f {join} "
    f"WHERE v.code IN ({_CODES}) AND v.owner = 'sampling' "
    "AND f.entry = v.entry AND {round} = %s"
)
_UNRECEIVED = (
    "SELECT b.box FROM sampling_box b WHERE b.round = %s AND b.state IN ('sealed', 'collected') "
    "AND EXISTS (SELECT 1 FROM sampling_tube t WHERE t.box = b.box) ORDER BY b.sealed_at, b.box"
)
_NAMED = 5  # boxes named in the reason; the others are counted
_THROUGH_TUBE = "CROSS JOIN sampling_tube t"


def list_blocks(round_: str) -> list[closers.Block]:
    """Why a round may not be closed: one block a code, with how many tubes or lines."""
    blocks = []
    waiting = count_waiting(round_)
    if waiting:
        blocks.append(closers.Block("TUBES_WITHOUT_RESULT", {"count": waiting}))
    boxes = list_unreceived(round_)
    if boxes:
        named = ", ".join(boxes[:_NAMED]) + (", …" if len(boxes) > _NAMED else "")
        blocks.append(closers.Block("BOXES_NOT_RECEIVED", {"count": len(boxes), "boxes": named}))
    held = count_held(round_)
    if held:
        blocks.append(closers.Block("LINES_HELD", {"count": held}))
    return blocks


def count_waiting(round_: str) -> int:
    """Tubes of a round that hold a swab and lack a final result."""
    [[count]] = store.query(
        f"SELECT COUNT(*) FROM sampling_tube WHERE round = %s AND state IN ({_WAITING})", [round_]
    )
    return int(count)


def list_unreceived(round_: str) -> list[str]:
    """The boxes of a round that are sealed and neither received nor refused, the earliest first.

    A result may be here before its box in the book: it is kept and it counts, but the way of its
    tube is not proved until somebody writes the receipt down. A box whose tubes all went with
    another one is a wrong code at the seal and asks for nothing.
    """
    return [row[0] for row in store.query(_UNRECEIVED, [round_])]


def count_held(round_: str) -> int:
    """Lines of a round that wait for a person: swabs, tubes, results, and what somebody wrote who
    may not.
    """
    asked = (
        _HELD.format(table="sampling_sample", join="", round="f.round"),
        _HELD.format(
            table="sampling_tubefact", join=_THROUGH_TUBE, round="f.tube = t.tube AND t.round"
        ),
        _HELD.format(
            table="sampling_result", join=_THROUGH_TUBE, round="f.tube = t.tube AND t.round"
        ),
    )
    return sum(int(store.query(sql, [round_])[0][0]) for sql in asked) + _count_not_allowed(round_)


def _count_not_allowed(round_: str) -> int:
    """Lines of a round whose writer may not write them: no rule has read them, yet they may be of
    swabs. Those a person has settled as not standing keep their verdict and wait for nobody.
    """
    held = {
        line.entry.id: line.entry
        for line in folding.list_entries(
            "l.entry IN (SELECT v.entry FROM ledger_verdict v WHERE v.code = 'NOT_ALLOWED' "
            "AND v.owner = 'ledger')",
            (),
        )
    }
    if not held:
        return 0
    tubes = {str(tube) for each in held.values() if (tube := getattr(each, "tube", None))}
    mine = {row[0] for row in store.select("sampling_tube", ["tube", "round"], "tube", tubes)
            if str(row[1]) == round_}  # fmt: skip
    settled = settlements.get_settlements(held)
    return sum(
        getattr(each, "round", None) == round_ or getattr(each, "tube", None) in mine
        for entry, each in held.items()
        if settlements.stands([entry], settled) is None
    )


def is_all_negative(round_: str) -> bool:
    """Whether a round is closed, nobody was missed or refused, and every swab in it is negative.
    False for a round in which nobody was sampled.
    """
    found = rounds.find_round(round_)
    if found is None or not rounds.is_closed(found):
        return False
    if found.counts.outstanding or found.counts.refused:
        return False
    if list_blocks(round_):
        return False
    [[inside, negative]] = store.query(
        "SELECT COUNT(*), COALESCE(SUM(CASE WHEN outcome = 'negative' THEN 1 ELSE 0 END), 0) "
        "FROM sampling_tube WHERE round = %s AND (people > 0 OR outcome = 'positive' "
        "OR outcome = 'inconclusive')",
        [round_],
    )
    return int(inside) > 0 and int(inside) == int(negative)
