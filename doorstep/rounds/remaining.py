"""What is left of rounds whose records are destroyed: a row of counts each, in the book's closing
balance. No subject, no door, no building, no curve.

Refuses to keep what could tell a single door: the number that a wall watches is made of doors.
"""

from collections.abc import Iterable

from doorstep.ledger import balances, store
from doorstep.rounds import models

_NAMES = [str(field.column) for field in models.Round._meta.concrete_fields]
_COLUMNS = ["id", *(name for name in _NAMES if name != "id")]  # the key comes first
_OPENED = (
    "(SELECT a.round FROM rounds_act a JOIN ledger_line l ON l.entry = a.entry "
    "WHERE a.kind = 'round.opened' AND l.leaf < %s)"
)


def count_open(lines: int) -> int:
    """How many rounds that were opened among the book's first so many lines are not closed."""
    [[count]] = store.query(
        f"SELECT COUNT(*) FROM rounds_round WHERE state <> 'closed' AND id IN {_OPENED}", [lines]
    )
    return int(count)


def count_left() -> int:
    """How many rounds there are whose records were not destroyed."""
    return models.Act.objects.values("round").distinct().count()


def _choose(lines: int) -> Iterable[balances.Row]:
    names = ", ".join(_COLUMNS)
    rows = store.query(f"SELECT {names} FROM rounds_round WHERE id IN {_OPENED}", [lines])
    at = _COLUMNS.index("digest")
    return [(*row[:at], 0, *row[at + 1 :]) for row in rows]


KEEPER = balances.Keeper("operation", "rounds_round", _COLUMNS, _choose)
