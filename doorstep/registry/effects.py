"""How other packages leave standings. Called from their folds; nothing else writes the table."""

from collections.abc import Collection, Iterable

from doorstep.ledger import parts, store

_STANDING = ["entry", "subject", "kind", "from_at", "until_at"]
Standing = tuple[str, str, str, int, int | None]


@parts.effect
def put_standings(
    rows: Iterable[Standing], *, withdrawn: Collection[str] = (), fresh: Collection[str] = ()
) -> None:
    """Keep standings (entry, subject, kind, from, until in microseconds); take away all that the
    `withdrawn` entries left. The same row again changes nothing. `fresh`: entries that came with
    this batch, so that no standing of theirs need be looked for.
    """
    store.delete("registry_standing", "entry", withdrawn)
    listed = sorted(rows)
    new = [row for row in listed if row[0] in fresh] if fresh else []
    known = [row for row in listed if row[0] not in fresh] if fresh else listed
    store.append("registry_standing", _STANDING, new)
    store.upsert("registry_standing", _STANDING, known, ["entry", "subject", "kind"])
