"""A round's pages: counters, lists, curve, what can be said of somebody, opening and closing."""

import io
import re

import pytest
from django.db import connection
from django.http import HttpRequest
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.safestring import SafeString
from python_calamine import CalamineWorkbook

from doorstep.command import panels, sampling_panel
from doorstep.command.tests import conftest
from doorstep.ledger import desk, store
from doorstep.ledger import models as ledger
from doorstep.orders.tests import ground
from doorstep.registry import models as registry
from doorstep.rounds import actions, closers, models, queries
from doorstep.rounds.tests import street

pytestmark = pytest.mark.django_db


def text_of(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.content.decode()


def test_the_page_has_sentence_counters_buildings_and_list(chen: Client, round_: str) -> None:
    page = text_of(chen, f"/rounds/{round_}/")
    assert "people are not yet sampled" in page
    assert f"/rounds/{round_}/?which=done#subjects" in page
    assert "1座" in page and "1座 1单元 102" in page and "王*" in page and "王3" not in page


def test_its_cost_does_not_grow_with_the_list(chen: Client, round_: str) -> None:
    with CaptureQueriesContext(connection) as captured:
        chen.get(f"/rounds/{round_}/")
    assert len(captured) <= 45
    with CaptureQueriesContext(connection) as longer:
        chen.get(f"/rounds/{round_}/?which=everyone")
    assert len(longer) == len(captured)


def test_a_list_is_searched_paged_and_taken_away(chen: Client, round_: str) -> None:
    found = text_of(chen, f"/rounds/{round_}/?q=2-203")
    assert "Nothing matches." in found
    found = text_of(chen, f"/rounds/{round_}/?q=2-103")
    assert found.count("2座 1单元 103") == 2 and "1座 1单元 102" not in found
    plain = text_of(chen, f"/rounds/{round_}/?which=done&as=text")
    assert plain.startswith("中海锦城 · Sampling 20") and plain.count("1座 1单元 101") == 2
    answer = chen.get(f"/rounds/{round_}/?which=everyone&as=xlsx")
    book = CalamineWorkbook.from_filelike(io.BytesIO(b"".join(answer)))
    assert len(book.get_sheet_by_index(0).to_python()) == 25
    assert text_of(chen, f"/rounds/{round_}/?as=print").count("<tr") == 23


def test_coverage_goes_down_to_stairwell_and_door(chen: Client, round_: str) -> None:
    whole = text_of(chen, f"/rounds/{round_}/")
    building = street.building_id(1)
    assert f"?place={building}#doors" in whole and "by stairwell and door" not in whole
    page = text_of(chen, f"/rounds/{round_}/?place={building}")
    assert "1座 by stairwell and door" in page
    part = page[page.index('id="doors"') : page.index('id="list-title"')]
    assert f'<a href="?place={street.unit_id(1)}#doors">1单元</a>' in part
    assert re.findall(r'<td class="number">([^<]+)</td>', part) == (
        ["12", "2", "0", "0", "10", "1 / 6"])  # fmt: skip
    assert part.count('class="tile"') == 6 and part.count("nobody outstanding") == 1
    assert f"?which=everyone&amp;place={street.door_id(1, 1)}#subjects" in part
    with CaptureQueriesContext(connection) as few:
        chen.get(f"/rounds/{round_}/?place={building}")
    assert len(few) <= 47
    stairwell = text_of(chen, f"/rounds/{round_}/?place={street.unit_id(1)}")
    assert "1单元 by stairwell and door" in stairwell
    # whoever serves at a door sees the coverage of that door
    store.delete("registry_role", "staff", [street.LIN])
    role = (street.LIN, "steward", street.door_id(1, 2))
    store.insert("registry_role", ["staff", "role", "place"], [role])
    own = text_of(conftest.sign_in(street.STEWARD), f"/rounds/{round_}/?place={building}")
    own = own[own.index('id="doors"') : own.index('id="list-title"')]
    assert own.count('class="tile"') == 1 and '<td class="number">2</td>' in own


def test_a_list_can_be_of_one_building(chen: Client, round_: str) -> None:
    page = text_of(chen, f"/rounds/{round_}/?place={street.building_id(2)}")
    assert "People and doors in 2座" in page and "1座 1单元 102" not in page


def test_htmx_gets_the_list_alone(chen: Client, round_: str) -> None:
    answer = chen.get(f"/rounds/{round_}/", headers={"HX-Request": "true", "HX-Target": "subjects"})
    assert answer.content.strip().startswith(b"<section") and b"<html" not in answer.content


def test_the_curve_ends_at_what_is_done(chen: Client, round_: str) -> None:
    curve = chen.get(f"/rounds/{round_}/curve.json").json()
    assert curve["due"] == 24 and curve["points"][-1][1] == 2
    assert curve["points"][0][1] == 0 and len(curve["points"]) >= 2  # one point is no curve
    sheet = chen.get(f"/rounds/{round_}/curve.csv").content.decode("utf-8-sig").splitlines()
    assert sheet[0].startswith("From,") and sheet[-1].endswith(",2")


def test_what_is_said_of_somebody_can_be_taken_back(chen: Client, round_: str) -> None:
    person = street.person_id(2, 1, 1)
    base = f"/rounds/{round_}/subjects/{person}/"
    chen.post(base + "say", {"what": "excuse", "reason": "away"})
    assert queries.find_round(round_).excused == 1  # type: ignore[union-attr]
    page = text_of(chen, base)
    [entry] = [mark.entry for mark in queries.list_words(round_, person)]
    assert "Away" in page and entry in page
    chen.post(base + "take-back", {"entry": entry})
    assert queries.find_round(round_).excused == 0  # type: ignore[union-attr]
    chen.post(base + "say", {"what": "refuse"})
    chen.post(base + "say", {"what": "visit"})
    assert models.Subject.objects.get(round=round_, subject=person).state == "refused"


def test_an_unknown_word_and_reason_are_refused(chen: Client, round_: str) -> None:
    base = f"/rounds/{round_}/subjects/{street.person_id(2, 1, 1)}/say"
    assert chen.post(base, {"what": "praise"}).status_code == 422
    assert chen.post(base, {"what": "excuse", "reason": "lazy"}).status_code == 409


def test_a_steward_speaks_only_of_her_building(round_: str) -> None:
    lin = conftest.sign_in(street.STEWARD)
    near = f"/rounds/{round_}/subjects/{street.person_id(1, 2, 1)}/say"
    far = f"/rounds/{round_}/subjects/{street.person_id(2, 2, 1)}/say"
    assert lin.post(near, {"what": "visit"}).status_code == 302
    assert lin.post(far, {"what": "visit"}).status_code == 403


def test_closing_says_the_consequence_and_reopening_takes_it_back(
    chen: Client, round_: str
) -> None:
    assert "Closing makes 22 of 24 missed." in text_of(chen, f"/rounds/{round_}/closing")
    chen.post(f"/rounds/{round_}/close")
    page = text_of(chen, f"/rounds/{round_}/")
    assert "people were not sampled" in page and "Reopen" in page
    assert chen.post(f"/rounds/{round_}/reopen", {"reason": "why not"}).status_code == 422
    chen.post(f"/rounds/{round_}/reopen", {"reason": "late_lines"})
    assert queries.find_round(round_).state == "reopened"  # type: ignore[union-attr]
    page = text_of(chen, f"/rounds/{round_}/")
    assert "closed it" in page and "reopened it · Late lines are still to come" in page


def test_what_stands_in_the_way_of_closing_is_named(
    chen: Client, round_: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    block = [closers.Block("TUBE_STILL_OPEN", {"tube": "GC21A7"})]
    monkeypatch.setattr(closers, "_closers", [lambda rounds: dict.fromkeys(rounds, block)])
    page = text_of(chen, f"/rounds/{round_}/closing")
    assert "GC21A7" in page and "Back to the round" in page
    assert f'/rounds/{round_}/close"' not in page
    assert chen.post(f"/rounds/{round_}/close").status_code == 409
    assert queries.find_round(round_).state == "open"  # type: ignore[union-attr]


def test_a_round_that_is_closed_says_since_when(chen: Client, round_: str) -> None:
    panels.install([sampling_panel.show_panel])
    columns = ["tube", "round", "table_id", "people", "held", "voided", "state"]
    store.insert("sampling_tube", columns, [("T1", round_, street.round_id(8), 3, 0, 0, "closed")])
    assert "1 table at work" in text_of(chen, f"/rounds/{round_}/")
    actions.close_round(street.DUTY_OFFICER, round=round_)
    page = text_of(chen, f"/rounds/{round_}/closing")
    assert "This round is closed already, since <time" in page
    assert "cannot be closed" not in page and '<form method="post"' not in page.split("<main")[1]
    page = text_of(chen, f"/rounds/{round_}/")
    assert "1 table has worked" in page and "at work" not in page


def test_a_steward_neither_opens_nor_closes(round_: str) -> None:
    lin = conftest.sign_in(street.STEWARD)
    assert lin.get("/rounds/new").status_code == 403
    assert lin.post(f"/rounds/{round_}/close").status_code == 403


def test_a_round_is_opened_from_the_form(chen: Client) -> None:
    preview = text_of(chen, f"/rounds/new/preview?area={street.ESTATE}&round_kind=lunch")
    assert "24 people live there and are present" in preview
    said = {"area": street.ESTATE, "round_kind": "lunch", "day": "2021-06-21", "pool": ""}
    answer = chen.post("/rounds/new", said)
    [made] = models.Round.objects.all()
    assert answer["Location"] == f"/rounds/{made.id}/" and made.due == 12
    again = chen.post("/rounds/new", said)
    assert again.status_code == 409 and b"already open here" in again.content
    assert chen.post("/rounds/new", said | {"day": "soon"}).status_code == 422


def test_the_form_says_what_the_tube_size_comes_to(cell: ledger.Cell) -> None:
    ground.build()
    chen = conftest.sign_in(street.Staff(ground.CHEN.id))
    address = f"/rounds/new/preview?area={ground.ESTATE}&round_kind="
    said = "No order in force there says a tube size; without a choice it is: "
    assert said + "1 : 1, one person a tube." in text_of(chen, address + "sampling")
    ground.adopt()
    assert said + "10 : 1, up to ten people a tube." in text_of(chen, address + "sampling")
    ground.put_in_force()
    page = text_of(chen, address + "sampling")
    assert "The orders in force say: " in page and said not in page
    assert "tube" not in text_of(chen, address + "lunch")


def test_nobody_opens_a_round_elsewhere(chen: Client) -> None:
    said = {"area": street.OTHER_ESTATE, "round_kind": "lunch", "day": "2021-06-21"}
    assert chen.post("/rounds/new", said).status_code == 403
    assert street.OTHER_ESTATE not in text_of(chen, "/rounds/new")


def test_a_round_of_another_estate_does_not_exist(round_: str) -> None:
    zhao = conftest.sign_in(street.STRANGER)
    assert zhao.get(f"/rounds/{round_}/").status_code == 404
    assert zhao.get(f"/rounds/{round_}/curve.json").status_code == 404


def test_panels_are_shown_and_one_that_fails_is_left_out(chen: Client, round_: str) -> None:
    def good(request: HttpRequest, of: models.Round) -> SafeString:
        return SafeString(f"<p>panel of {of.id}</p>")

    def bad(request: HttpRequest, of: models.Round) -> SafeString:
        raise RuntimeError

    panels.install([bad, good])
    assert f"panel of {round_}" in text_of(chen, f"/rounds/{round_}/live")


def test_sampling_brings_its_five_counters(chen: Client, round_: str) -> None:
    panels.install([sampling_panel.show_panel])
    page = text_of(chen, f"/rounds/{round_}/live")
    assert "The way of the swabs" in page and "Shipped" in page
    lunch = actions.open_round(
        street.DUTY_OFFICER, round_kind="lunch", area=street.ESTATE, day=conftest.today()
    )
    assert "The way of the swabs" not in text_of(chen, f"/rounds/{lunch}/live")


def test_the_reconciliation_lists_every_check(chen: Client, round_: str) -> None:
    assert "Everything agrees." in text_of(chen, f"/rounds/{round_}/checks")
    assert "Tubes that are in no box" in text_of(chen, f"/rounds/{round_}/checks/tubes_unboxed")
    assert chen.get(f"/rounds/{round_}/checks/nonsense").status_code == 404


def test_the_list_of_rounds(chen: Client, round_: str) -> None:
    page = text_of(chen, "/rounds/")
    assert "1 round is open." in page and f"/rounds/{round_}/" in page
    assert "Nothing matches." in text_of(chen, "/rounds/?state=closed")


def test_who_was_reached_without_being_listed_is_not_forgotten(chen: Client, round_: str) -> None:
    conftest.sample(round_, street.person_id(9, 9, 1))
    assert "1 more was reached" in text_of(chen, f"/rounds/{round_}/")
    assert street.person_id(9, 9, 1) in text_of(chen, f"/rounds/{round_}/extra")


def test_who_has_a_role_at_one_building_sees_that_building_alone(round_: str) -> None:
    lin = conftest.sign_in(street.STEWARD)
    page = text_of(lin, f"/rounds/{round_}/?which=everyone")
    assert "of your own places: 1座." in page and "2座" not in page
    assert page.count("1座 1单元 10") >= 8 and "10</a> of <a" in page  # two of twelve are done
    assert "Nothing matches." in text_of(lin, f"/rounds/{round_}/?q=2-103")
    assert "2座" not in text_of(lin, f"/rounds/{round_}/?which=everyone&as=text")
    assert lin.get(f"/rounds/{round_}/?place={street.building_id(2)}").status_code == 403
    assert lin.get(f"/rounds/{round_}/?place={street.round_id(1)}").status_code == 404
    inside = text_of(lin, f"/rounds/{round_}/?which=everyone&place={street.door_id(1, 3)}&as=text")
    assert inside.count("1座 1单元 103") == 2 and "1座 1单元 104" not in inside
    wide = text_of(lin, f"/rounds/{round_}/?which=everyone&place={street.ESTATE}&as=text")
    assert "1座 1单元 104" in wide and "2座" not in wide


def test_a_part_of_a_round_costs_no_more_than_a_few_statements(chen: Client, round_: str) -> None:
    with CaptureQueriesContext(connection) as whole:
        chen.get(f"/rounds/{round_}/")
    lin = conftest.sign_in(street.STEWARD)
    with CaptureQueriesContext(connection) as part:
        lin.get(f"/rounds/{round_}/")
    assert len(part) <= len(whole) + 8


def test_who_was_reached_without_being_listed_is_seen_where_they_live(
    chen: Client, round_: str
) -> None:
    one, other = street.person_id(1, 9, 1), street.person_id(2, 9, 1)
    street.live_in({one: street.door_id(1, 1), other: street.door_id(2, 1)})
    conftest.sample(round_, one, other)
    lin = conftest.sign_in(street.STEWARD)
    assert "1 more was reached" in text_of(lin, f"/rounds/{round_}/")
    page = text_of(lin, f"/rounds/{round_}/extra")
    assert one in page and other not in page
    assert other in text_of(chen, f"/rounds/{round_}/extra")
    assert lin.get(f"/rounds/{round_}/subjects/{one}/").status_code == 200
    assert lin.get(f"/rounds/{round_}/subjects/{other}/").status_code == 403


def test_who_came_after_the_list_is_shown_and_put_on_it_with_one_click(
    chen: Client, round_: str
) -> None:
    assert "on no list" not in text_of(chen, f"/rounds/{round_}/")
    guest = street.person_id(9, 9, 1)
    listed = {"kind": "residents.listed", "residents": [(guest, street.door_id(2, 1), "present")]}
    desk.post(street.CHEN, [listed])
    assert "1 present who is on no list" in text_of(chen, f"/rounds/{round_}/")
    page = text_of(chen, f"/rounds/{round_}/unlisted")
    assert "2座 1单元 101" in page and guest in page
    assert "Nothing matches." in text_of(chen, f"/rounds/{round_}/unlisted?q=1-101")
    assert guest in text_of(chen, f"/rounds/{round_}/unlisted?q=2-101")
    lin = Client()
    lin.force_login(registry.Staff.objects.get(id=street.LIN))  # of the first building
    assert guest not in text_of(lin, f"/rounds/{round_}/unlisted")
    assert lin.post(f"/rounds/{round_}/unlisted/list").status_code == 403
    closing = text_of(chen, f"/rounds/{round_}/closing")
    assert "Why does the round end without them?" in closing
    assert chen.post(f"/rounds/{round_}/close").status_code == 409
    due = models.Round.objects.get(id=round_).due
    answer = chen.post(f"/rounds/{round_}/unlisted/list", follow=True)
    assert "1 person is put on the list." in answer.content.decode()
    assert models.Round.objects.get(id=round_).due == due + 1
    assert "Why does the round end" not in text_of(chen, f"/rounds/{round_}/closing")


def test_a_round_may_end_without_them_for_a_reason_that_is_shown(chen: Client, round_: str) -> None:
    guest = street.person_id(9, 9, 1)
    listed = {"kind": "residents.listed", "residents": [(guest, street.door_id(2, 1), "present")]}
    desk.post(street.CHEN, [listed])
    chen.post(f"/rounds/{round_}/close", {"reason": "next_round"})
    page = text_of(chen, f"/rounds/{round_}/")
    assert "Who is on no list is due in the next round" in page
    assert "1 was present at the close and on no list" in page
    assert "Put" not in text_of(chen, f"/rounds/{round_}/unlisted").split("<main")[1]


def test_a_round_opened_by_mistake_is_withdrawn_from_its_closing_page(chen: Client) -> None:
    round_ = actions.open_round(
        street.DUTY_OFFICER, round_kind="sampling", area=street.ESTATE, day="2021-06-23"
    )
    assert "Opened by mistake: withdraw it" in text_of(chen, f"/rounds/{round_}/closing")
    chen.post(f"/rounds/{round_}/withdraw")
    page = text_of(chen, f"/rounds/{round_}/")
    assert "Withdrawn" in page and "It was opened by mistake" in page
    assert "Withdrawn" in text_of(chen, "/rounds/")
