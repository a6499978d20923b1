"""The lines of the book by device, kind and day, the checkpoints, the day sheet."""

import io
from datetime import date, timedelta

import pytest
import zxingcpp
from django.test import Client
from PIL import Image

from doorstep.command import book_days, book_lists
from doorstep.command.tests import conftest
from doorstep.face import exports, papers
from doorstep.kit import clock
from doorstep.ledger import book, checkpoints, desk, models, proofs
from doorstep.rounds.tests import street

pytestmark = pytest.mark.django_db
GIVEN = {"kind": "standing.given", "subject": street.person_id(1, 1, 1), "standing": "hospital"}


@pytest.fixture
def lines(round_: str) -> list[str]:
    """A hundred acts at a desk after a round was opened; their entries."""
    return [desk.post(street.CHEN, [GIVEN])[0] for _ in range(100)]


def _shown(page: str) -> list[int]:
    """The leaves of the page, in its order."""
    return [int(part.split('"')[0]) for part in page.split("/book/line?line=")[1:]]


def test_lines_are_paged_the_newest_first(chen: Client, lines: list[str]) -> None:
    last = book.get_cell().size - 1
    assert _shown(chen.get("/book/").content.decode()) == list(range(last, last - 50, -1))
    page = chen.get("/book/?page=2").content.decode()
    assert _shown(page) == list(range(last - 50, last - 100, -1))
    assert f"51 to 100 of {last + 1}" in page


def test_lines_are_narrowed_by_kind_device_day_and_number(chen: Client, lines: list[str]) -> None:
    opened = models.Line.objects.get(kind="round.opened")
    page = chen.get("/book/?kind=round.opened").content.decode()
    assert _shown(page) == [opened.leaf] and 'value="round.opened" selected' in page
    assert _shown(chen.get(f"/book/?device={opened.device_id}").content.decode())
    assert not _shown(chen.get(f"/book/?device={street.round_id(5)}").content.decode())
    of_both = chen.get(f"/book/?device={opened.device_id}&kind=round.opened").content.decode()
    assert _shown(of_both) == [opened.leaf] and "are looked through" in of_both
    today = conftest.today()
    assert len(_shown(chen.get(f"/book/?on={today}").content.decode())) == 50
    before = (date.fromisoformat(today) - timedelta(1)).isoformat()
    assert "No line of the book is like this." in chen.get(f"/book/?on={before}").content.decode()
    assert _shown(chen.get("/book/?below=3").content.decode()) == [2, 1, 0]
    page = chen.get("/book/?on=soon&below=many").content.decode()
    assert "This is no day." in page and "This is no number of a line." in page


def test_older_lines_than_a_list_looks_at_are_reached(
    chen: Client, lines: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("doorstep.face.lists.MOST_LOOKED", 50)
    page = chen.get("/book/?kind=standing.given").content.decode()
    last = _shown(page)[-1]
    assert f"?kind=standing.given&amp;below={last}" in page
    swapped = chen.get("/book/?kind=standing.given", headers={"HX-Request": "true"})
    assert swapped["HX-Redirect"] == "/book/?kind=standing.given"
    older = _shown(chen.get(f"/book/?kind=standing.given&below={last}").content.decode())
    assert older == list(range(last - 1, last - 51, -1))


def test_more_lines_than_a_sheet_has_room_for_are_refused_uncounted_and_narrowed_ones_are_not(
    chen: Client, lines: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "MOST_SHEET_ROWS", 50)
    with monkeypatch.context() as patch:  # the book knows how long it is
        patch.setattr(exports, "_is_too_long", None)
        answer = chen.get("/book/?as=xlsx")
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "has room for 50 rows" in page and "by day, device, kind" in page
    assert chen.get("/book/?as=xlsx&kind=standing.given").status_code == 409
    for narrowed in ("kind=round.opened", "below=40"):
        answer = chen.get(f"/book/?as=xlsx&{narrowed}")
        assert answer.status_code == 200 and answer["Content-Type"] == exports.XLSX


def test_devices_that_are_not_offered_are_reached_from_their_page(
    chen: Client, lines: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    hint = "There are more devices than fit here"
    written = models.Device.objects.filter(through__gt=0)
    monkeypatch.setattr(book_lists, "MOST_DEVICES", written.count())
    assert hint not in chen.get("/book/").content.decode()
    monkeypatch.setattr(book_lists, "MOST_DEVICES", written.count() - 1)
    assert hint in chen.get("/book/").content.decode()


def test_checkpoints_are_listed_and_found_by_size(chen: Client, lines: list[str]) -> None:
    first = checkpoints.publish()
    desk.post(street.CHEN, [GIVEN])
    second = checkpoints.publish()
    page = chen.get("/book/checkpoints/").content.decode()
    assert page.index(bytes(second.root).hex()) < page.index(bytes(first.root).hex())
    page = chen.get(f"/book/checkpoints/?q={first.size:,}").content.decode()
    assert bytes(first.root).hex() in page and bytes(second.root).hex() not in page
    assert "Nothing matches." in chen.get("/book/checkpoints/?q=what").content.decode()
    note = chen.get(f"/book/checkpoints/{first.pk}").content
    assert proofs.read_checkpoint(note, checkpoints.list_keys()).size == first.size
    assert chen.get("/book/checkpoints/99999").status_code == 404


def test_the_day_sheet_says_what_was_signed(chen: Client, lines: list[str]) -> None:
    today = conftest.today()
    sheet = book_days.write_sheet(today, "陈")
    signed, cell = checkpoints.get_latest(), book.get_cell()
    assert signed is not None and signed.size == cell.size  # nothing was signed before
    facts = dict(sheet.facts)
    assert facts["Root"] == book.root_at(cell.size).hex() and facts["Cell"] == cell.id
    assert facts["Their numbers"] == f"0 – {cell.size - 1:,}"
    assert dict(sheet.kinds)["standing.given"] == 100
    assert sum(count for _, count in sheet.kinds) == cell.size
    assert sheet.sentence.startswith(f"{cell.size:,} lines came into the book")
    assert "陈" in sheet.issued and sheet.held.startswith("0 lines")
    assert proofs.read_checkpoint(sheet.note.encode(), checkpoints.list_keys()).size == cell.size
    assert sheet.keys == [key.write() for key in checkpoints.list_keys()]


def test_the_sheet_of_a_past_day_has_the_first_checkpoint_after_it(
    chen: Client, lines: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    today, first = conftest.today(), checkpoints.publish()
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + clock.DAY)
    checkpoints.rotate()
    desk.post(street.CHEN, [GIVEN])
    checkpoints.publish()
    sheet = book_days.write_sheet(today, "陈")
    assert sheet.note == first.note and dict(sheet.kinds)["standing.given"] == 100
    [key] = sheet.keys  # the one that signed it, not the one that signs now
    assert key == checkpoints.list_keys()[1].write()
    tomorrow = book_days.write_sheet(conftest.today(), "陈")
    assert dict(tomorrow.kinds) == {"standing.given": 1} and len(tomorrow.keys) == 2


def test_the_day_sheet_is_a_pdf_whose_code_holds_the_checkpoint(
    chen: Client, lines: list[str]
) -> None:
    today = conftest.today()
    answer = chen.get(f"/book/day?day={today}")
    assert answer["Content-Type"] == "application/pdf" and answer.content[:5] == b"%PDF-"
    assert today in answer["Content-Disposition"]
    signed = checkpoints.get_latest()
    assert signed is not None
    picture = Image.open(io.BytesIO(papers.make_code(signed.note))).convert("L")
    framed = Image.new("L", (picture.width + 80, picture.height + 80), 255)
    framed.paste(picture, (40, 40))
    [code] = zxingcpp.read_barcodes(framed)
    assert code.text == signed.note


def test_no_sheet_of_no_day_or_of_a_book_that_was_changed(chen: Client, lines: list[str]) -> None:
    for day in ("", "soon", "2021-02-30", "0001-01-01", "9999-12-31"):
        assert chen.get("/book/day", {"day": day}).status_code == 422, day
    checkpoints.publish()
    models.Checkpoint.objects.update(root=b"x" * 32)
    desk.post(street.CHEN, [GIVEN])
    answer = chen.get("/book/day", {"day": conftest.today()})
    assert answer.status_code == 409 and "nothing is signed" in answer.content.decode()
    last = book.get_cell().size - 1
    assert chen.get(f"/book/proofs/{last}").status_code == 409


def test_a_steward_prints_no_sheet(lines: list[str]) -> None:
    lin = conftest.sign_in(street.STEWARD)
    for path in ("/book/day", "/book/checkpoints/", "/book/checkpoints/1"):
        assert lin.get(path).status_code == 403


def test_names_of_devices_are_told_apart(lines: list[str]) -> None:
    [desk_] = models.Device.objects.all()
    assert book_lists._name(desk_) == f"Desk {desk_.id[-8:]}"
