"""Lists: searched, sorted, paged, filtered; as a spreadsheet, as text, on paper; of any length."""

import io
from collections.abc import Iterator
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from python_calamine import CalamineWorkbook

from doorstep.face import exports, lists
from doorstep.kit import clock
from doorstep.ledger import models as ledger
from doorstep.ledger import refusals

pytestmark = [pytest.mark.django_db, pytest.mark.urls("doorstep.face.tests.addresses")]
ROWS = [
    {"door": f"{n // 10}-{n:03}", "people": n % 5, "state": "held" if n % 7 == 0 else "due",
     "phone": f"138{n:08}", "formula": "=1+1"}
    for n in range(1, 121)
]  # fmt: skip
WORDS = {"held": "To settle", "due": "Due"}


def make(query: str = "", rows: Any = None, **more: Any) -> lists.Listing:
    request: HttpRequest = RequestFactory().get(f"/list?{query}")
    given: dict[str, Any] = {
        "columns": [
            lists.Column("door", "Door", sort=True, link=lambda row: f"/d/{row['door']}"),
            lists.Column("people", "People", "number", sort=True),
            lists.Column("state", "State", "chip",
                         value=lambda row: lists.Chip(row["state"], WORDS[row["state"]])),
            lists.Column("phone", "Phone", mask=None),
            lists.Column("formula", "Note"),
        ],
        "filters": [lists.Filter("state", "State", [("held", "To settle"), ("due", "Due")])],
        "title": "Doors",
    }  # fmt: skip
    return lists.Listing(request, rows=ROWS if rows is None else rows, **(given | more))


def test_it_is_paged_and_knows_its_ends() -> None:
    first, last = make(), make("page=3")
    assert (len(first.shown), first.previous_page, first.next_page) == (50, None, 2)
    assert (len(last.shown), last.previous_page, last.next_page) == (20, 2, None)
    assert (last.first_row, last.last_row, last.counted) == (101, 120, 120)


@pytest.mark.parametrize("page", ["0", "-1", "x", "99999999999", ""])
def test_a_page_that_is_none_is_the_first_or_empty(page: str) -> None:
    assert make(f"page={page}").page == 1


def test_it_is_searched_in_every_column_with_wide_characters() -> None:
    assert [row["door"] for row in make("q=１１-１１９").shown] == ["11-119"]
    assert len(make("q=settle").shown) == 17
    assert make("q=nothing like it").shown == []


def test_it_is_sorted_both_ways_and_only_by_what_may_be() -> None:
    assert make("sort=-door").shown[0]["door"] == "12-120"
    falling = [row["people"] for row in make("sort=-people").shown]
    assert falling == sorted(falling, reverse=True)
    assert make("sort=phone").shown == ROWS[:50]


def test_a_filter_takes_only_its_choices() -> None:
    assert {row["state"] for row in make("state=held").shown} == {"held"}
    assert len(make("state=evil").shown) == 50


def test_absent_values_come_last() -> None:
    rows = [{"door": None}, {"door": 3}, {"door": "x"}, {"door": 1}]
    column = lists.Column("door", "Door", sort=True)
    listing = make("sort=door", rows=rows, columns=[column], filters=[])
    assert [row["door"] for row in listing.shown] == [1, 3, "x", None]


def test_the_spreadsheet_has_numbers_as_numbers_and_no_formula() -> None:
    answer = make("as=xlsx&state=held").render("face/error.html")
    data = b"".join(answer)
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()
    assert len(sheet) == 18 and sheet[0][:3] == ["Door", "People", "State"]
    assert sheet[1][1] == 2.0 and sheet[1][3] == "13800000007"
    assert sheet[1][4] == "'=1+1"


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@x", "\tx", "\rx"])
def test_every_beginning_of_a_formula_is_made_harmless(text: str) -> None:
    assert exports.harmless(text) == f"'{text}"
    assert exports.harmless("12-803") == "12-803"


def test_the_text_leaves_out_what_must_not_go_into_a_chat() -> None:
    text = make("as=text&q=11-119").render("face/error.html").content.decode()  # type: ignore[attr-defined]
    assert "1. 11-119 · 4 · To settle" in text and "138" not in text


def test_the_text_is_cut_and_says_so() -> None:
    many = [ROWS[0]] * (exports.MOST_COPIED + 1)
    text = make("as=text", rows=many).render("face/error.html").content.decode()  # type: ignore[attr-defined]
    assert "and more" in text and f"{exports.MOST_COPIED} rows" in text


def test_two_lists_on_a_page_do_not_disturb_each_other() -> None:
    listing = make("q=11-119&b_q=12-120", prefix="b_")
    assert [row["door"] for row in listing.shown] == ["12-120"]


def devices(count: int) -> Any:
    ledger.Device.objects.bulk_create(
        ledger.Device(
            id=f"0190a0a0-0000-7000-8000-{n:012}", algorithm="ed25519", public_key=b"k",
            role="registrar", label=f"Phone {n:03}", enrolled_at=clock.now(), head=b"h",
        )
        for n in range(count)
    )  # fmt: skip
    return ledger.Device.objects.all()


def test_a_queryset_is_searched_sorted_and_cut_by_the_database() -> None:
    columns = [lists.Column("label", "Device", sort="label")]
    rows = devices(120)
    listing = make("sort=-label", rows=rows, columns=columns, filters=[])
    assert listing.shown[0].label == "Phone 119" and listing.counted == 120
    found = make("q=Phone 01", rows=rows, columns=columns, filters=[], search=["label__startswith"])
    assert len(found.shown) == 10
    # sorting by what no column offers is not passed to the database
    odd = make("sort=public_key", rows=rows, columns=columns, filters=[], order="label")
    assert odd.shown[0].label == "Phone 000"


class Numbers(lists.Paged):
    """A long list that is never held whole."""

    def __init__(self, last: int, by: str = "") -> None:
        self.last, self.by, self.reads = last, by, 0

    def find(self, text: str) -> "Numbers":
        return Numbers(int(text), self.by)

    def sort(self, by: str) -> "Numbers":
        return Numbers(self.last, by)

    def read(self, start: int, size: int) -> list[Any]:
        self.reads += 1
        numbers = [{"door": n} for n in range(start, min(start + size, self.last))]
        return numbers[::-1] if self.by.startswith("-") else numbers

    def __len__(self) -> int:
        return self.last

    def __iter__(self) -> Iterator[Any]:
        return iter([{"door": n} for n in range(self.last)])


def test_rows_that_page_themselves_are_read_one_page_at_a_time() -> None:
    column = lists.Column("door", "Door", sort="number")
    listing = make("page=2", rows=Numbers(700_000), columns=[column], filters=[])
    assert listing.shown[0]["door"] == 50 and listing.next_page == 3
    assert listing.found.reads == 1
    last = make("page=2&q=60", rows=Numbers(700_000), columns=[column], filters=[])
    assert len(last.shown) == 10 and last.next_page is None and last.counted == 60
    falling = make("sort=-door", rows=Numbers(10), columns=[column], filters=[])
    assert falling.shown[0]["door"] == 9


def test_paper_that_does_not_hold_all_rows_says_so(
    cell: ledger.Cell, monkeypatch: pytest.MonkeyPatch
) -> None:
    def print_() -> str:
        answer = make("as=print").render("face/list.html")
        assert isinstance(answer, HttpResponse)
        return answer.content.decode()

    monkeypatch.setattr(lists, "MOST_PRINTED", 100)
    page = print_()
    assert "Only the first 100 rows are printed" in page and page.count("<tr") == 101
    monkeypatch.setattr(lists, "MOST_PRINTED", 120)
    assert "Only the first" not in print_()


def test_a_list_longer_than_a_sheet_is_refused_before_it_is_written(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(exports, "MOST_SHEET_ROWS", len(ROWS) - 1)
    monkeypatch.setattr(exports, "_write", None)
    with pytest.raises(refusals.Refused, match="TOO_MANY_ROWS"):
        make("as=xlsx").render("face/error.html")


def test_a_long_table_is_refused_by_one_look_at_its_end(
    monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: Any
) -> None:
    rows = devices(12)
    monkeypatch.setattr(exports, "MOST_SHEET_ROWS", 11)
    with django_assert_num_queries(1), pytest.raises(refusals.Refused, match="TOO_MANY_ROWS"):
        exports.to_xlsx("Devices", [lists.Column("label", "Device")], rows)
    monkeypatch.setattr(exports, "MOST_SHEET_ROWS", 12)
    assert exports.to_xlsx("Devices", [lists.Column("label", "Device")], rows).status_code == 200
