"""Lines by day, device and kind: the right ones, and by an index however long the book is."""

from collections.abc import Iterator

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from doorstep.kit import clock
from doorstep.ledger import models, spans
from tests.stranger import Phone, line

pytestmark = pytest.mark.django_db
DAY = clock.DAY


@pytest.fixture
def days(cell: models.Cell, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Phone, Phone]]:
    """Three days in which two phones took turns: 5 and 3 lines a day, one of them unreadable."""
    first, second = Phone(), Phone()
    for day in range(3):
        at = (100 + day) * DAY
        monkeypatch.setattr(clock, "now", lambda at=at: at)
        first.push([line() for _ in range(4)] + [line(kind="visit.imagined")])
        second.push([line(), line(), b"what"])
    yield first, second


def _leaves(span: spans.Span, **asked: str) -> list[int]:
    rows = spans.list_lines(span, **asked)
    by = "number" if asked.get("device") else "leaf"
    return list(rows.order_by(by).values_list("leaf", flat=True))


def test_a_day_is_found_by_bisecting(days: tuple[Phone, Phone]) -> None:
    assert spans.find_received(101 * DAY, 102 * DAY) == spans.Span(8, 16)
    assert spans.find_received(0, 200 * DAY) == spans.get_whole() == spans.Span(0, 24)
    assert spans.find_received(0, 99 * DAY).size == 0
    assert spans.find_received(103 * DAY, 104 * DAY) == spans.Span(24, 24)
    with CaptureQueriesContext(connection) as asked:
        spans.find_received(101 * DAY, 102 * DAY)
    assert len(asked) <= 1 + 2 * 5  # the cell, and five steps for each end of 24 lines


def test_lines_are_found_by_device_kind_and_day(days: tuple[Phone, Phone]) -> None:
    first, second = days
    whole, day = spans.get_whole(), spans.Span(8, 16)
    assert _leaves(day) == list(range(8, 16))
    assert _leaves(whole, device=second.device) == [5, 6, 7, 13, 14, 15, 21, 22, 23]
    assert _leaves(day, device=second.device) == [13, 14, 15]
    assert _leaves(whole, kind="visit.imagined") == [4, 12, 20]
    assert _leaves(day, kind="visit.imagined") == [12]
    assert _leaves(whole, kind=spans.UNREADABLE) == [7, 15, 23]
    assert _leaves(whole, device=first.device, kind="visit.imagined") == [4, 12, 20]
    assert _leaves(day, device=first.device, kind="person.sampled") == [8, 9, 10, 11]
    assert _leaves(day, device=second.device, kind=spans.UNREADABLE) == [15]
    assert _leaves(whole, device=first.device, kind="visit.unknown") == []
    assert spans.find_numbers(second.device, day) == spans.Span(4, 7)


def test_of_a_device_and_a_kind_so_many_lines_are_looked_through(
    days: tuple[Phone, Phone], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spans, "LOOKED", 6)
    found = _leaves(spans.get_whole(), device=days[0].device, kind="visit.imagined")
    assert found == [12, 20]  # of its newest six lines; for the one before choose its day
    assert _leaves(spans.Span(0, 8), device=days[0].device, kind="visit.imagined") == [4]


def test_kinds_are_counted(days: tuple[Phone, Phone]) -> None:
    assert spans.list_kinds() == ["person.sampled", "visit.imagined"]
    counts = {"person.sampled": 6, "visit.imagined": 1, spans.UNREADABLE: 1}
    assert spans.count_kinds(spans.Span(8, 16)) == counts
    assert list(spans.count_kinds(spans.get_whole()).values()) == [18, 3, 3]


def test_held_lines_are_counted_once(days: tuple[Phone, Phone]) -> None:
    models.Verdict.objects.all().delete()
    entries = models.Line.objects.filter(leaf__in=[0, 8, 9]).values_list("entry", flat=True)
    for entry in map(str, entries):
        for code in ("ONE", "TWO"):
            models.Verdict.objects.create(entry=entry, owner="x", code=code, held=True)
    flagged = str(models.Line.objects.get(leaf=10).entry)
    models.Verdict.objects.create(entry=flagged, owner="x", code="ONE", held=False)
    assert spans.count_held(spans.Span(8, 16)) == 2
    assert spans.count_held(spans.get_whole()) == 3


@pytest.mark.once
def test_no_list_of_lines_reads_the_book_or_sorts_it(days: tuple[Phone, Phone]) -> None:
    device = days[0].device
    for span in (spans.get_whole(), spans.Span(8, 16)):
        for asked in ({}, {"device": device}, {"kind": "visit.imagined"},
                      {"kind": spans.UNREADABLE},
                      {"device": device, "kind": "visit.imagined"}):  # fmt: skip
            order = "-number" if "device" in asked else "-leaf"
            plan = spans.list_lines(span, **asked).order_by(order, "-pk")[:51].explain()
            assert "SCAN" not in plan and "TEMP B-TREE" not in plan, plan
            is_by_kind = asked.keys() == {"kind"}
            assert ("line_by_kind" in plan) == is_by_kind, plan
