"""Which lines of the book a day, a device or a kind has: found by bisecting and by indexes, so that
a page of a book of 20 million lines costs what one of 20 thousand does.

Refuses to read the book from end to end, and so takes times of receipt as rising: where the
server's clock was set back, a day begins where the book passes its midnight.
"""

from bisect import bisect_left
from typing import Final, NamedTuple

from django.db.models import QuerySet, Value
from django.db.models.functions import Concat

from doorstep.ledger import book, models, store

Lines = QuerySet[models.Line]
UNREADABLE: Final = "-"  # asks for lines that name no kind
LOOKED: Final = 200_000  # of one device's newest lines so many are looked through for a kind


class Span(NamedTuple):
    """Leaves from `first` up to `end`, without it."""

    first: int
    end: int

    @property
    def size(self) -> int:
        """How many lines it has."""
        return self.end - self.first


def get_whole() -> Span:
    """The whole book as it stands."""
    return Span(0, book.get_cell().size)


def find_received(from_at: int, until_at: int) -> Span:
    """The lines received from one moment up to another (µs since 1970 UTC)."""
    size = book.get_cell().size
    first, end = (bisect_left(range(size), at, key=_received_at) for at in (from_at, until_at))
    return Span(first, max(first, end))


def list_lines(span: Span, *, device: str = "", kind: str = "") -> Lines:
    """The lines of a span, of one device, of one kind; without their bytes. Of a device order them
    by number, else by leaf: by these an index goes through them. Of a device and a kind only its
    newest LOOKED lines are looked through.
    """
    rows = models.Line.objects.select_related("device").defer("content", "hash")
    if not device:
        rows = rows.filter(leaf__gte=span.first, leaf__lt=span.end)
        return _of_kind(rows, kind) if kind else rows
    numbers = find_numbers(device, span)
    first = max(numbers.first, numbers.end - LOOKED) if kind else numbers.first
    rows = rows.filter(device_id=device, number__gte=first, number__lt=numbers.end)
    if not kind:
        return rows
    # spelt so that the index of kinds does not look better than that of the device's numbers
    return _of_kind(rows.alias(named=Concat("kind", Value(""))), kind, "named")


def find_numbers(device: str, span: Span) -> Span:
    """The numbers that a device's lines of a span bear."""
    through = models.Device.objects.values_list("through", flat=True).filter(id=device).first() or 0
    if span == get_whole():
        return Span(1, through + 1)
    numbers = range(1, through + 1)

    def leaf_of(number: int) -> int:
        found = models.Line.objects.filter(device_id=device, number__gte=number)
        return _first(found.order_by("number").values_list("leaf", flat=True), span.end)

    first, end = (1 + bisect_left(numbers, leaf, key=leaf_of) for leaf in span)
    return Span(first, max(first, end))


def list_kinds() -> list[str]:
    """Every kind that a line of the book names, each looked up behind the one before."""
    found: list[str] = []
    while True:
        [[kind]] = store.query(
            "SELECT MIN(kind) FROM ledger_line WHERE kind > %s", [found[-1] if found else ""]
        )
        if kind is None:
            return found
        found.append(str(kind))


def count_kinds(span: Span) -> dict[str, int]:
    """How many lines of a span each kind has, in alphabetical order; UNREADABLE come last."""
    counts = {
        kind: _of_kind(models.Line.objects.filter(leaf__gte=span.first, leaf__lt=span.end), kind)
        .order_by()
        .count()
        for kind in [*list_kinds(), UNREADABLE]
    }
    return {kind: count for kind, count in counts.items() if count}


def count_held(span: Span) -> int:
    """How many lines of a span wait for a person now."""
    # CROSS JOIN keeps SQLite from walking through the lines and looking up their verdicts
    [[count]] = store.query(
        "SELECT COUNT(DISTINCT l.leaf) FROM ledger_verdict v CROSS JOIN ledger_line l "
        "WHERE v.held AND l.entry = v.entry AND l.leaf >= %s AND l.leaf < %s",
        list(span),
    )
    return int(count)


def _of_kind(rows: Lines, kind: str, column: str = "kind") -> Lines:
    return rows.filter(kind=None) if kind == UNREADABLE else rows.filter(**{column: kind})


def _received_at(leaf: int) -> int:
    """When a leaf was received; where the book has lost it, when the next one was."""
    found = models.Line.objects.filter(leaf__gte=leaf).order_by("leaf")
    return _first(found.values_list("received_at", flat=True), 1 << 62)


def _first(values: "QuerySet[models.Line, int]", without: int) -> int:
    found = values.first()
    return without if found is None else found
