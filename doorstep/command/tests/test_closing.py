"""The end of an operation on its pages: what is not finished is named first, two people end it, and
the protocol says what ended, in both languages, with the root.
"""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from doorstep.command import closing_words
from doorstep.command.tests import conftest
from doorstep.kit import clock, ids
from doorstep.ledger import book, models
from doorstep.ledger.tests.verify_book import Pen
from doorstep.orders import closing, days, queries
from doorstep.orders.tests import ground
from doorstep.rounds import actions as rounds
from doorstep.rounds.tests import street
from tests import ending

pytestmark = pytest.mark.django_db
ADDRESS = "/book/closing/"


def today() -> str:
    return clock.day_of(clock.now(), ground.ZONE)


@pytest.fixture
def running(cell: models.Cell) -> tuple[str, str, str]:
    """An order in force, an open round, a phone with unsent lines."""
    ending.build()
    order = ground.put_in_force()
    opened = rounds.open_round(ground.CHEN, round_kind="lunch", area=ground.ESTATE, day=today())
    pen = Pen()
    models.Device.objects.filter(id=pen.id).update(written=7, label="4号手机", seen_at=clock.now())
    return order, opened, str(pen.id)


def sign_in(staff: ground.Staff, language: str = "en") -> Client:
    return conftest.sign_in(street.Staff(staff.id), language)


def form(running: tuple[str, str, str], **changed: str) -> dict[str, str]:
    order, opened, device = running
    return {
        "on": today(),
        "reason": "authority_ended",
        f"paper-{ground.COUNTY}": "NF-2021-40",
        f"why-{order}": "not_recorded",
        f"why-{opened}": "given_up",
        f"why-{device}": "lost",
    } | changed


def test_what_is_not_finished_is_named_with_what_may_be_said_of_it(
    running: tuple[str, str, str],
) -> None:
    page = sign_in(ground.CHEN).get(ADDRESS).content.decode()
    assert "orders in force 1, open rounds 1, devices 1." in page
    for one in running:
        assert f'name="why-{one}"' in page
    assert "4号手机" in page and "7 lines not sent" in page
    assert "of 6 release conditions are met." in page
    assert "May be destroyed from" in page


def test_of_which_devices_nobody_can_tell_is_said(running: tuple[str, str, str]) -> None:
    said = "nobody can tell whether it has sent all"
    client, phones = sign_in(ground.CHEN), models.Device.objects.filter(id=running[2])
    assert said not in client.get(ADDRESS).content.decode()  # it has not, and says so
    phones.update(through=7)
    assert said not in client.get(ADDRESS).content.decode()
    for left in ({"written": None}, {"written": 7, "seen_at": clock.now() - 2 * clock.DAY}):
        phones.update(**left)
        assert said in client.get(ADDRESS).content.decode()


def test_what_was_typed_is_kept_when_something_is_missing(running: tuple[str, str, str]) -> None:
    client = sign_in(ground.CHEN)
    answer = client.post(ADDRESS, form(running, **{f"why-{running[1]}": ""}))
    page = answer.content.decode()
    assert answer.status_code == 409 and "Of 1 things that are not finished" in page
    assert 'value="NF-2021-40"' in page and '<option value="lost" selected>' in page
    assert not closing.list_all()


def test_one_reason_serves_all_that_have_none_of_their_own(running: tuple[str, str, str]) -> None:
    client = sign_in(ground.CHEN)
    others = [
        rounds.open_round(ground.CHEN, round_kind="lunch", area=ground.ESTATE,
                          day=days.add(today(), more))
        for more in (1, 2)
    ]  # fmt: skip
    assert 'name="all-rounds"' in client.get(ADDRESS).content.decode()
    assert 'name="all-devices"' not in client.get(ADDRESS).content.decode()  # there is one
    assert client.post(ADDRESS, form(running)).status_code == 409
    wrong = client.post(ADDRESS, form(running, **{"all-rounds": "lost"}))  # no word for a round
    assert wrong.status_code == 409 and not closing.list_all()
    answer = client.post(ADDRESS, form(running, **{"all-rounds": "lines_awaited"}))
    assert answer.status_code == 302
    [asked] = closing.list_all()
    said = dict(asked.body["despite"])
    assert [said[each] for each in (running[1], *others)] == ["given_up", *["lines_awaited"] * 2]


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_two_people_end_it_and_the_protocol_says_what_ended(
    running: tuple[str, str, str], language: str
) -> None:
    first, second = sign_in(ground.CHEN, language), sign_in(ground.WANG, language)
    assert first.post(ADDRESS, form(running)).status_code == 302
    [asked] = closing.list_all()
    waiting = second.get(ADDRESS).content.decode()
    confirm = f"{ADDRESS}{asked.entry}/confirm"
    assert confirm in waiting and "4号手机" in waiting
    assert first.post(confirm).status_code == 409  # nobody alone
    answer = second.post(confirm)
    [done] = [each for each in closing.list_all() if each.asked]
    assert answer["Location"] == f"{ADDRESS}protocol?of={done.entry}"
    page = second.get(answer["Location"]).content.decode()
    line = models.Line.objects.get(entry=done.entry)
    root = book.root_at(line.leaf + 1).hex()
    paper = second.get(answer["Location"] + "&as=pdf")
    words = {
        "en": ["Lifted:", "NF-2021-40", "lost", "may be destroyed from", "王"],
        "zh-hans": ["已解除：", "NF-2021-40", "终端遗失", "起可以销毁", "王"],
    }[language]
    assert root in page and not [word for word in words if word not in page]
    assert paper["Content-Type"] == "application/pdf" and paper.content.startswith(b"%PDF-")
    after = second.get(ADDRESS).content.decode()
    assert f"?of={done.entry}" in after


def test_the_second_person_is_told_on_the_first_page(running: tuple[str, str, str]) -> None:
    said = "The end of the operation waits for a second person."
    assert said not in sign_in(ground.WANG).get("/").content.decode()
    sign_in(ground.CHEN).post(ADDRESS, form(running))
    assert said in sign_in(ground.WANG).get("/").content.decode()
    assert said not in sign_in(ground.HUANG).get("/").content.decode()


def test_a_day_to_come_is_not_confirmed_today(running: tuple[str, str, str]) -> None:
    tomorrow = days.add(today(), 1)
    sign_in(ground.CHEN).post(ADDRESS, form(running, on=tomorrow))
    page = sign_in(ground.WANG).get(ADDRESS).content.decode()
    assert "itself." in page and "/confirm" not in page


def test_nobody_but_whoever_commands_the_whole_sees_or_does_it(
    running: tuple[str, str, str],
) -> None:
    steward = sign_in(ground.ZHAO)
    assert steward.get(ADDRESS).status_code == 403
    assert steward.post(ADDRESS, form(running)).status_code == 403
    elsewhere = sign_in(ground.HUANG)  # a duty officer of one estate
    for address in (ADDRESS, f"{ADDRESS}protocol"):
        assert elsewhere.get(address).status_code == 403
    assert elsewhere.post(ADDRESS, form(running)).status_code == 403
    assert not closing.list_all()
    assert ADDRESS not in elsewhere.get("/book/").content.decode()
    assert ADDRESS in sign_in(ground.CHEN).get("/book/").content.decode()


def test_before_any_end_there_is_no_protocol(running: tuple[str, str, str]) -> None:
    client = sign_in(ground.CHEN)
    assert "No operation has been ended yet." in client.get(f"{ADDRESS}protocol").content.decode()
    assert client.get(f"{ADDRESS}protocol?of={running[0]}").status_code == 404


def test_orders_are_named_together(running: tuple[str, str, str]) -> None:
    [order] = queries.get_orders([running[0]]).values()
    many = [order._replace(id=ids.new()) for _ in range(5)]
    with CaptureQueriesContext(connection) as one:
        assert closing_words.name_orders([order]).keys() == {order.id}
    with CaptureQueriesContext(connection) as five:
        named = closing_words.name_orders(many)
    assert len(five) == len(one) and named.keys() == {each.id for each in many}
