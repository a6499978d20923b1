"""How other packages leave standings. Called from their folds; nothing else writes the table."""

from collections.abc import Collection, Iterable

from doorstep.ledger import store

_STANDING = ["entry", "subject", "kind", "from_at", "until_at"]
Standing = tuple[str, str, str, int, int | None]


def put_standings(rows: Iterable[Standing], *, withdrawn: Collection[str] = ()) -> None:
    """Keep standings (entry, subject, kind, from, until in microseconds); take away all that the
    `withdrawn` entries left. The same row again changes nothing.
    """
    store.delete("registry_standing", "entry", withdrawn)
    store.upsert("registry_standing", _STANDING, sorted(rows), ["entry", "subject", "kind"])
