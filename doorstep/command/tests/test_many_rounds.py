"""A district has many rounds: no list of the command post ends before its end, and what was opened
by mistake is offered nowhere.
"""

import re

import pytest
from django.test import Client

from doorstep.command import panels, sampling_panel
from doorstep.command.tests import conftest
from doorstep.kit import clock
from doorstep.ledger import store
from doorstep.rounds import models, queries, rules
from doorstep.rounds.tests import many, street

pytestmark = pytest.mark.django_db
WITHDRAWN = {"state": "closed", "reason": rules.MISTAKE}


def text_of(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.content.decode()


def test_who_sees_one_estate_finds_its_round_behind_any_number_of_others(round_: str) -> None:
    models.Round.objects.filter(id=round_).update(day="2021-06-20")
    many.copy_round(round_, 25, area=street.OTHER_ESTATE, day="2021-06-21")
    assert [each.id for each in queries.list_rounds_for(street.DUTY_OFFICER, limit=1)] == [round_]
    assert len(queries.list_rounds_for(street.STRANGER)) == 25


def test_the_list_of_rounds_is_paged_to_the_end(chen: Client, round_: str) -> None:
    many.copy_round(round_, 210, day="2021-06-21", state="closed")
    assert "211" in text_of(chen, "/rounds/")
    last = text_of(chen, "/rounds/?page=5")
    assert last.count("/rounds/0190a0a0-") == 11
    assert text_of(chen, "/rounds/?state=open").count(f"/rounds/{round_}/") == 1
    assert "Nothing matches." in text_of(chen, "/rounds/?q=Lunch")
    assert text_of(chen, "/rounds/?q=锦城").count("/rounds/0190a0a0-") >= 49
    day = text_of(chen, f"/rounds/?day={conftest.today()}")
    assert "Only rounds of" in day and day.count("/rounds/0190a0a0-") == 0


def test_the_first_page_says_how_many_rounds_it_leaves_out(chen: Client, round_: str) -> None:
    assert "rounds of today" not in text_of(chen, "/")
    many.copy_round(round_, 30)
    many.copy_round(round_, 33, day="2021-06-21")
    page = text_of(chen, "/")
    assert page.count('class="row"') == 60
    assert f'<a href="/rounds/?day={conftest.today()}">All 31 rounds of today</a>' in page
    assert '<a href="/rounds/?state=open">All 64 rounds that are open</a>' in page


def test_late_tubes_of_a_round_that_was_left_open_stay_an_alarm(chen: Client, round_: str) -> None:
    panels.install([], [sampling_panel.list_alarms])
    models.Round.objects.filter(id=round_).update(day="2021-06-01")
    many.copy_round(round_, 25, day="2021-06-21", state="closed")
    columns = ["tube", "round", "people", "held", "voided", "state", "sampled_at"]
    at = clock.now() - clock.DAY
    store.insert("sampling_tube", columns, [("TUBE1", round_, 3, 0, 0, "sampled", at)])
    assert "1 tube is too long waiting for a courier" in text_of(chen, "/")


def test_a_withdrawn_round_is_neither_on_the_first_page_nor_on_the_wall(
    chen: Client, round_: str
) -> None:
    [other] = many.copy_round(round_, 1, due=999, **WITHDRAWN)
    for path in ("/", f"/wall/{street.ESTATE}/"):
        page = text_of(chen, path)
        assert other not in page and round_ in page
    models.Round.objects.filter(id=round_).update(**WITHDRAWN)
    page = text_of(chen, f"/wall/{street.ESTATE}/")
    assert round_ not in page and "?round=" not in page
    assert "Withdrawn" in text_of(chen, "/rounds/")


def test_the_wall_offers_the_days_round_whatever_came_after_it(chen: Client, round_: str) -> None:
    many.copy_round(round_, 22, round_kind="sampling_recheck", parent=round_, due=2, state="closed")
    [left_open] = many.copy_round(round_, 1, day="2021-06-01", due=3)
    many.copy_round(round_, 12, day="2021-06-20", state="closed")
    page = text_of(chen, f"/wall/{street.ESTATE}/")
    offered = set(re.findall(r'href="/wall/[0-9a-f-]+/\?round=([0-9a-f-]{36})"', page))
    assert round_ in offered and left_open in offered and len(offered) == 24
    [chosen] = re.findall(r'\?round=([0-9a-f-]{36})" aria-current="true"', page)
    assert chosen == round_


def test_what_was_found_and_who_was_on_no_list_is_shown_to_the_last(
    chen: Client, round_: str
) -> None:
    columns = ["tube", "round", "people", "held", "voided", "state", "sampled_at"]
    tubes = [(f"TUBE{n}", round_, 3, 0, 0, "closed", 1) for n in range(1_030)]
    store.insert("sampling_tube", columns, tubes)
    finding = text_of(chen, f"/rounds/{round_}/checks/tubes_unboxed?page=21")
    assert "1,001 to 1,030 of 1,030" in finding
    late = text_of(chen, f"/sampling/tubes?round={round_}&late=collect&page=21")
    assert "1,001 to 1,030 of 1,030" in late
    conftest.sample(round_, *(street.person_id(9, 9 + n, 1) for n in range(1_030)))
    extra = text_of(chen, f"/rounds/{round_}/extra?page=21")
    assert "1,001 to 1,030 of 1,030" in extra
