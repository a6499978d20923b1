"""What stands in the way of closing a round: a tube without its result, a line that is held.

Refuses to let anything say "all negative" while one swab is not known (Longyao, January 2021).
"""

from doorstep.ledger import store
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
_THROUGH_TUBE = "CROSS JOIN sampling_tube t"


def list_blocks(round_: str) -> list[closers.Block]:
    """Why a round may not be closed: one block a code, with how many tubes or lines."""
    blocks = []
    waiting = count_waiting(round_)
    if waiting:
        blocks.append(closers.Block("TUBES_WITHOUT_RESULT", {"count": waiting}))
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


def count_held(round_: str) -> int:
    """Lines of a round that wait for a person: swabs, tubes, results."""
    asked = (
        _HELD.format(table="sampling_sample", join="", round="f.round"),
        _HELD.format(
            table="sampling_tubefact", join=_THROUGH_TUBE, round="f.tube = t.tube AND t.round"
        ),
        _HELD.format(
            table="sampling_result", join=_THROUGH_TUBE, round="f.tube = t.tube AND t.round"
        ),
    )
    return sum(int(store.query(sql, [round_])[0][0]) for sql in asked)


def is_all_negative(round_: str) -> bool:
    """Whether a round is closed, nobody was missed and every swab in it is negative. False for a
    round in which nobody was sampled.
    """
    found = rounds.find_round(round_)
    if found is None or not rounds.is_closed(found) or found.counts.outstanding:
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
