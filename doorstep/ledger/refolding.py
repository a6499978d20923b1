"""Folding a kind's entries anew, after the fold that makes their rows was changed (kinds.Kind).

Which folding the rows of each kind were made by is kept; where it is older than the installed one
they are stale, which is no damage: `verify` tells the two apart, and a server folds what is stale
before it takes anything in. Entry by entry the rows are taken away and made again, so a kind that
others build on takes them along. Refuses to call a kind current before all its entries are folded.
"""

from collections.abc import Callable
from typing import Any

from django.apps import apps

from doorstep.ledger import book, folding, kinds, models, parts, store, verdicts, writer

CHUNK = 5_000  # lines of the book that one transaction looks at
Show = Callable[[int, int], None]


def note_kinds() -> None:
    """A kind of which nothing is noted is folded from now on by the installed folding."""
    models.Folded.objects.bulk_create(
        [models.Folded(kind=kind.name, folding=kind.folding) for kind in kinds.list_kinds()],
        ignore_conflicts=True,
    )


def note_all() -> None:
    """Every row is by the installed foldings: the whole book was folded anew."""
    store.upsert(
        models.Folded._meta.db_table,
        ["kind", "folding"],
        [(kind.name, kind.folding) for kind in kinds.list_kinds()],
        ["kind"],
    )


def list_stale() -> list[str]:
    """The kinds whose rows an older folding made, bottom package first."""
    kept = dict(models.Folded.objects.values_list("kind", "folding"))
    return [
        kind.name
        for kind in kinds.list_kinds()
        if kept.get(kind.name, kind.folding) != kind.folding
    ]


def list_stale_tables() -> set[str]:
    """The tables whose rows may be stale: those of a stale kind's package and of all that build on
    it, and what is said of lines.
    """
    order = [config.label for config in apps.get_app_configs()]
    stale = set(list_stale())
    lowest = min(
        (
            order.index(parts.package_of(kind.shape.__module__))
            for kind in kinds.list_kinds()
            if kind.name in stale
        ),
        default=len(order),
    )
    tables = {
        model._meta.db_table
        for model in apps.get_models()
        if order.index(model._meta.app_label) >= lowest
    }
    return tables | {verdicts.TABLE} if tables else set()


def bring_up_to_date(progress: Show = lambda done, of: None) -> list[str]:
    """Fold what an older version could not fold, and every stale kind anew; which kinds they were.
    Called before anything new comes in.
    """
    writer.run(lambda: folding.fold_again(book.get_cell().zone))
    stale = list_stale()
    for name in stale:
        refold(name, progress)
    return stale


def refold(name: str, progress: Show = lambda done, of: None) -> int:
    """Fold every entry of a kind anew, so many at a time, a server taking lines in between; how
    many there were. Stopped in the middle it is begun again.

    Raises:
        KeyError: no such kind is installed.
    """
    kind = kinds.get_kind(name)
    if kind is None:
        raise KeyError(name)
    count = start = 0
    while start < (size := book.get_cell().size):
        end = min(start + CHUNK, size)
        count += writer.run(lambda first=start, end=end: _refold(name, first, end))  # type: ignore[misc]
        start = end
        progress(end, size)
    said: dict[str, Any] = {"folding": kind.folding}
    writer.run(lambda: models.Folded.objects.update_or_create(kind=name, defaults=said))
    return count


def _refold(name: str, first: int, end: int) -> int:
    zone = book.lock_cell().zone
    named = store.query(
        "SELECT DISTINCT entry FROM ledger_line WHERE leaf >= %s AND leaf < %s AND kind = %s "
        "AND custody = 'kept' AND destroyed IS NULL",
        [first, end, name],
    )
    folding.fold_anew(zone, [str(entry) for (entry,) in named])
    return len(named)
