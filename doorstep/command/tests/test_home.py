"""The first page: the sentence, the next step when there is nothing, and what it costs."""

import re
from collections.abc import Sequence

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from doorstep.command import navigation, panels, sampling_panel
from doorstep.command.tests import conftest
from doorstep.face import frame
from doorstep.kit import clock
from doorstep.ledger import models as ledger
from doorstep.ledger import store, trouble
from doorstep.rounds import actions, models
from doorstep.rounds.tests import street

pytestmark = pytest.mark.django_db


def test_without_a_round_it_offers_the_next_step(chen: Client) -> None:
    page = chen.get("/").content.decode()
    assert "No round is open today." in page and "/rounds/new" in page


def test_without_a_roster_it_asks_for_one(chen: Client) -> None:
    store.delete("registry_residence", "estate", [street.ESTATE])
    page = chen.get("/").content.decode()
    assert "There is no roster yet" in page and "/roster/" in page


def test_the_sentence_adds_up_the_days_main_work(chen: Client, round_: str) -> None:
    actions.open_round(
        street.DUTY_OFFICER, round_kind="lunch", area=street.ESTATE, day=conftest.today()
    )
    page = chen.get("/").content.decode()
    assert ">22</a> of <a href=" in page and "people are not yet sampled" in page
    assert page.count('class="row"') == 2


def test_work_that_runs_past_midnight_is_still_shown(chen: Client) -> None:
    actions.open_round(
        street.DUTY_OFFICER, round_kind="sampling", area=street.ESTATE, day="2021-06-21"
    )
    page = chen.get("/").content.decode()
    assert "Still open from earlier days" in page and ">24</a> of" in page


def test_a_person_sees_only_their_own_estates(round_: str) -> None:
    page = conftest.sign_in(street.STRANGER).get("/").content.decode()
    assert "御水岸" in page and "中海锦城" not in page


def test_whoever_watches_no_place_begins_at_their_own_work(round_: str) -> None:
    frame.install([
        *navigation.ITEMS,
        frame.Item("command:rounds", "Sampling", ("registrar", "courier")),
        frame.Item("command:book", "Boxes", ("courier",)),
    ])  # fmt: skip
    store.delete("registry_role", "staff", [street.LIN])
    lin = conftest.sign_in(street.STEWARD)
    page = lin.get("/").content.decode()
    assert "No place is yours to watch." in page and "no roster" not in page
    role = (street.LIN, "courier", street.ESTATE)
    store.insert("registry_role", ["staff", "role", "place"], [role])
    assert lin.get("/")["Location"] == "/book/"


def test_the_cost_does_not_grow_with_rounds(chen: Client, round_: str) -> None:
    with CaptureQueriesContext(connection) as few:
        chen.get("/")
    for day in ("2021-06-21", "2021-06-22", "2021-06-23"):
        actions.open_round(street.DUTY_OFFICER, round_kind="sampling", area=street.ESTATE, day=day)
    with CaptureQueriesContext(connection) as many:
        chen.get("/")
    assert len(many) <= len(few) + 1 and len(few) <= 40


def test_lists_say_how_many_are_done_and_what_a_re_sampling_follows_from(
    chen: Client, round_: str
) -> None:
    people = [street.person_id(1, 1, n) for n in (1, 2)]
    actions.excuse_subject(
        street.DUTY_OFFICER, round=round_, subject=street.person_id(1, 2, 1), reason="hospital"
    )
    found = models.Round.objects.get(id=round_)
    for at, person in enumerate(people):
        actions.open_recheck(
            street.CHEN, parent=round_, people=[person], round_kind="sampling_recheck"
        )
        store.insert(
            "sampling_stay", ["entry", "round", "person", "tube", "at", "until_at"],
            [(street.entry_id(at), round_, person, f"GC00000{at}", clock.now(), clock.now())],
        )  # fmt: skip
    page = chen.get("/").content.decode()
    assert 'data-name="Rounds today"><span>' in page  # one box, so that a card keeps it whole
    # whoever is excused is not done
    assert page.count(f"{found.done} of {found.due} done") == 2 and page.count("0 of 1 done") == 4
    for address in ("/", "/rounds/", "/rounds/?as=text", "/sampling/"):
        page = chen.get(address).content.decode()
        for at in range(len(people)):
            assert f"after tube GC00000{at}" in page, address


def cells_of(page: str, name: str) -> list[str]:
    """The cells of the row of an estate in the table of the five counters."""
    [row] = re.findall(rf'<tr><th scope="row">(?:<a[^>]*>)?{name}(?:</a>)?</th>(.*?)</tr>', page)
    cells = re.findall(r"<td[^>]*>(.*?)</td>", row)
    return [re.sub(r"<.*?>", "", cell) for cell in cells]


def write_tubes(round_: str, estate: str | None, people: int, tubes: int, at: int) -> None:
    """Tubes of a round that have come as far as the laboratory."""
    columns = ["tube", "round", "estate", "people", "held", "voided", "state",
               "sampled_at", "shipped_at", "received_at"]  # fmt: skip
    mark = (estate or "NOWHERE")[-4:].upper()
    rows = [
        (f"T{mark}{n}", round_, estate, people, 0, 0, "received", at, at, at) for n in range(tubes)
    ]
    store.insert("sampling_tube", columns, rows)


def test_the_five_counters_of_the_day_stand_by_estate_and_for_the_district(
    chen: Client, round_: str
) -> None:
    panels.install(days=[sampling_panel.show_day])
    role = (street.CHEN, "duty_officer", street.OTHER_ESTATE)
    store.insert("registry_role", ["staff", "role", "place"], [role])
    write_tubes(round_, street.ESTATE, 10, 3, clock.now())
    write_tubes(round_, street.OTHER_ESTATE, 5, 2, clock.now())
    write_tubes(round_, None, 1, 1, clock.now())
    other = actions.open_round(
        street.DUTY_OFFICER, round_kind="lunch", area=street.ESTATE, day=conftest.today()
    )
    write_tubes(other, "0190a0a0-0000-7000-8000-00000000ffff", 1, 1, clock.now())
    page = chen.get("/").content.decode()
    assert cells_of(page, "中海锦城") == ["30 (3)", "30 (3)", "30 (3)", "0 (0)", "0 (0)"]
    assert cells_of(page, "御水岸") == ["10 (2)", "10 (2)", "10 (2)", "0 (0)", "0 (0)"]
    district = re.findall(r"<dd>([0-9,]+) <span[^>]*>([0-9]+) tubes?<", page)
    # the tubes of no known estate are of whoever watches from the top, as here
    assert district == [("41", "6")] * 3 + [("0", "0")] * 2
    assert cells_of(page, "No known estate")[0] == "1 (1)"
    theirs = conftest.sign_in(street.STRANGER).get("/").content.decode()
    assert "中海锦城" not in theirs and "No known estate" not in theirs


def test_the_clocks_of_all_open_rounds_are_asked_together(chen: Client, round_: str) -> None:
    panels.install([], [sampling_panel.list_alarms])
    spent = []
    for day in ("2021-06-21", "2021-06-22", "2021-06-23"):
        actions.open_round(street.DUTY_OFFICER, round_kind="sampling", area=street.ESTATE, day=day)
        with CaptureQueriesContext(connection) as captured:
            chen.get("/")
        spent.append(len(captured))
    assert spent[0] == spent[1] == spent[2]


def test_alarms_of_operations_and_of_the_book_are_shown(chen: Client, round_: str) -> None:
    panels.install([], [lambda request: [panels.Alarm("12 tubes are late", "/tubes")]])
    ledger.Done.objects.create(
        reaction="recheck", subject="a", fact="b", state="stuck", at=clock.now()
    )
    page = chen.get("/").content.decode()
    assert "12 tubes are late" in page and "1 consequence could not be carried out" in page


def test_an_alarm_that_fails_does_not_take_the_page(chen: Client, round_: str) -> None:
    def fail(request: object) -> list[panels.Alarm]:
        raise RuntimeError

    panels.install([], [fail])
    assert chen.get("/").status_code == 200


def test_a_silent_device_is_an_alarm_only_while_a_round_is_open(chen: Client, round_: str) -> None:
    ledger.Device.objects.create(
        id=street.round_id(77), algorithm="ed25519", public_key=b"k", role="registrar",
        enrolled_at=0, head=b"h", seen_at=clock.now() - clock.HOUR,
    )  # fmt: skip
    assert "1 device may hold lines it could not send" in chen.get("/").content.decode()
    actions.close_round(street.DUTY_OFFICER, round=round_)
    assert "may hold lines" not in chen.get("/").content.decode()


def test_a_silent_device_that_has_sent_all_it_wrote_is_no_alarm(chen: Client, round_: str) -> None:
    for at, (written, through) in enumerate([(12, 12), (12, 14), (13, 12), (None, 12)]):
        ledger.Device.objects.create(
            id=street.round_id(70 + at), algorithm="ed25519", public_key=b"k", role="registrar",
            enrolled_at=0, head=b"h", seen_at=clock.now() - clock.HOUR, written=written,
            through=through,
        )  # fmt: skip
    page = chen.get("/").content.decode()
    # the third has a line left, the fourth never said
    assert "2 devices may hold lines they could not send" in page
    [address] = re.findall(r'href="(/devices/\?[^"]*)"', page)
    rows = chen.get(address.replace("&amp;", "&")).content.decode()
    assert rows.count("Silent</span>") + rows.count("Silent<") >= 4
    assert [int(n) for n in re.findall(r'data-name="Unsent">(\d+)<', rows)] == [1, 0, 0]


def test_a_full_disk_is_an_alarm_until_something_is_written(
    chen: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trouble, "_now", "DISK_FULL")
    monkeypatch.setattr(trouble, "_failed_at", 0.0)
    assert "The disk is full" in chen.get("/").content.decode()
    trouble.note_commit()
    assert "The disk is full" not in chen.get("/").content.decode()


@pytest.mark.parametrize(
    ("minutes", "is_wrong"),
    [((-1440, -1440, -1439), True), ((1440, 1440, 1441, 0), True), ((-1440, -1440), False),
     ((-1440, 0, 0), False), ((-1440, 1440, 0, 0), False), ((0, 0, 0, 0), False)],
)  # fmt: skip
def test_when_most_devices_disagree_it_is_the_servers_clock(
    chen: Client, minutes: Sequence[int], is_wrong: bool
) -> None:
    for n, offset in enumerate(minutes):
        ledger.Device.objects.create(
            id=street.entry_id(n), algorithm="ed25519", public_key=b"k", role="registrar",
            enrolled_at=0, head=b"h", seen_at=clock.now(), clock_offset=offset * clock.MINUTE,
        )  # fmt: skip
    page = chen.get("/").content.decode()
    assert ("server&#x27;s clock is wrong" in page or "server's clock is wrong" in page) == is_wrong
