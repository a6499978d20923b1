"""What the rules say of an entry now. Written by folds, replaced whole, never edited by hand."""

from collections.abc import Collection, Iterable

from doorstep.ledger import store

TABLE = "ledger_verdict"


def replace(owner: str, entries: Collection[str], rows: Iterable[tuple[str, str, bool]]) -> None:
    """Replace all verdicts of `owner` on `entries` by rows of (entry, code, held).

    Held stops an entry's effect until a person settles it; not held is a flag to look at. Rows may
    also be of entries that came with this batch: of them nothing can have been said before, so
    they need not be among `entries` and are not looked up.
    """
    had = {
        (entry, code, bool(held))
        for entry, code, held, by in store.select(
            TABLE, ["entry", "code", "held", "owner"], "entry", entries
        )
        if by == owner
    }
    wanted = set(rows)
    store.delete(TABLE, "entry", {entry for entry, _, _ in had - wanted}, only=("owner", owner))
    if had - wanted:
        had = set()
    store.insert(
        TABLE,
        ["entry", "owner", "code", "held"],
        [(entry, owner, code, held) for entry, code, held in sorted(wanted - had)],
    )


def list_verdicts(entries: Collection[str]) -> dict[str, list[str]]:
    """Today's codes of each entry that has any, in alphabetical order."""
    found: dict[str, list[str]] = {}
    for entry, code in sorted(store.select(TABLE, ["entry", "code"], "entry", entries)):
        found.setdefault(entry, []).append(code)
    return found
