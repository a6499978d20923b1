"""The wall's pages: what is sent, to whom, when nothing is sent, and how little is asked for it."""

import gzip
import json
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from doorstep.command.tests import conftest
from doorstep.kit import clock
from doorstep.rounds import actions
from doorstep.rounds.tests import street

pytestmark = pytest.mark.django_db


def address(name: str, *more: str, round_: str = "") -> str:
    base = reverse(f"command:{name}", args=[street.ESTATE, *more])
    return base + (f"?round={round_}" if round_ else "")


def ask(client: Client, path: str) -> dict[str, Any]:
    answer = client.get(path)
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


def test_the_page_bears_the_addresses_its_script_asks(chen: Client, round_: str) -> None:
    text = chen.get(address("wall")).content.decode()
    assert f'data-poll="{address("wall_state", round_=round_)}"' in text
    assert f'data-layout="{address("wall_layout")}"' in text
    assert "style=" not in text and "onclick" not in text


def test_the_layout_is_sent_once(chen: Client, round_: str) -> None:
    answer = chen.get(address("wall_layout"))
    assert len(answer.json()["doors"]) == 12
    again = chen.get(address("wall_layout"), headers={"If-None-Match": answer["ETag"]})
    assert again.status_code == 304 and not again.content


def test_it_is_packed_for_whoever_can_unpack(chen: Client, round_: str) -> None:
    packed = chen.get(address("wall_layout"), headers={"Accept-Encoding": "gzip"})
    assert packed["Content-Encoding"] == "gzip"
    assert json.loads(gzip.decompress(packed.content)) == ask(chen, address("wall_layout"))


def test_the_state_is_one_letter_a_door_and_a_sentence_of_links(chen: Client, round_: str) -> None:
    state = ask(chen, address("wall_state", round_=round_))
    assert state["doors"] == "d" + "u" * 11
    assert state["sentence"] == "22 of 24 people are not yet sampled."
    outstanding = f"/rounds/{round_}/?which=outstanding&amp;place={street.ESTATE}#subjects"
    assert f'<a href="{outstanding}">22</a> of <a href=' in state["linked"]


def test_nothing_is_sent_until_something_happens(chen: Client, round_: str) -> None:
    path = address("wall_state", round_=round_)
    tag = chen.get(path)["ETag"]
    assert chen.get(path, headers={"If-None-Match": tag}).status_code == 304
    conftest.sample(round_, street.person_id(2, 3, 1))
    changed = chen.get(path, headers={"If-None-Match": tag})
    assert changed.status_code == 200 and changed.json()["doors"][8] == "p"


def test_asking_again_costs_few_statements(chen: Client, round_: str) -> None:
    path = address("wall_state", round_=round_)
    tag = chen.get(path)["ETag"]
    with CaptureQueriesContext(connection) as captured:
        chen.get(path, headers={"If-None-Match": tag})
    # who asks and where they may (5), the round (4), the roster's stamp, the version
    assert len(captured) <= 12


def test_another_language_is_another_state(chen: Client, round_: str) -> None:
    path = address("wall_state", round_=round_)
    tag = chen.get(path)["ETag"]
    chinese = conftest.sign_in(street.DUTY_OFFICER, "zh-hans")
    answer = chinese.get(path, headers={"If-None-Match": tag})
    assert answer.json()["sentence"] == "应检24人，还有22人待检。"


def test_the_rounds_of_the_estate_can_be_chosen(chen: Client, round_: str) -> None:
    lunch = actions.open_round(
        street.DUTY_OFFICER, round_kind="lunch", area=street.ESTATE, day=conftest.today()
    )
    text = chen.get(address("wall")).content.decode()
    assert f'href="{address("wall", round_=lunch)}"' in text
    assert ask(chen, address("wall_state", round_=lunch))["doors"] == "u" * 12


def test_the_wall_can_show_a_standing(chen: Client, round_: str) -> None:
    street.give_standing(street.person_id(1, 2, 1), "green_channel", clock.now() - clock.HOUR)
    assert "?standing=green_channel" in chen.get(address("wall")).content.decode()
    state = ask(chen, address("wall_state") + "?standing=green_channel")
    assert state["doors"] == "ns" + "n" * 10
    assert state["legend"][0]["label"] == "Green channel"


def test_without_a_round_every_door_is_plain(chen: Client) -> None:
    state = ask(chen, address("wall_state"))
    assert state["doors"] == "n" * 12 and "No round is open here" in state["sentence"]


def test_the_card_of_a_door_names_nobody(chen: Client, round_: str) -> None:
    text = chen.get(address("wall_card", street.door_id(1, 1), round_=round_)).content.decode()
    assert "王*" in text and "王1" not in text and "Sampled" in text


def test_a_steward_sees_the_wall_but_only_the_people_of_her_building(round_: str) -> None:
    lin = conftest.sign_in(street.STEWARD)
    assert lin.get(address("wall_state", round_=round_)).status_code == 200
    assert lin.get(address("wall_card", street.door_id(1, 1))).status_code == 200
    assert lin.get(address("wall_card", street.door_id(2, 1))).status_code == 403


def test_a_stranger_sees_nothing_of_it(round_: str) -> None:
    zhao = conftest.sign_in(street.STRANGER)
    for name in ("wall", "wall_layout", "wall_state", "wall_table", "wall_sheet"):
        assert zhao.get(address(name)).status_code == 403
    assert Client().get(address("wall")).status_code == 302


def test_the_table_says_the_same_as_the_picture(chen: Client, round_: str) -> None:
    page = chen.get(address("wall_table", round_=round_)).content.decode()
    assert page.count("<tr") == 13
    done = chen.get(address("wall_table", round_=round_) + "&state=d").content.decode()
    assert done.count("<tr") == 2 and "Sampled" in done


@pytest.mark.parametrize("paper", ["a3", "a4"])
def test_the_sheet_is_as_large_as_the_paper(chen: Client, round_: str, paper: str) -> None:
    page = chen.get(address("wall_sheet", round_=round_) + f"&paper={paper}").content.decode()
    assert f"command/sheet_{paper}.css" in page and f'data-paper="{paper}"' in page


def test_an_address_that_is_no_estate_is_not_found(chen: Client) -> None:
    other = reverse("command:wall", args=["0190a0a0-0000-7000-8000-000000009999"])
    assert chen.get(other).status_code == 404
    assert chen.get("/wall/not-an-id/").status_code == 404


def test_a_stewards_wall_is_their_building(chen: Client, round_: str) -> None:
    lin = conftest.sign_in(street.STEWARD)
    layout = ask(lin, address("wall_layout"))
    assert [building["name"] for building in layout["buildings"]] == ["1座"]
    assert len(layout["doors"]) == 6
    state = ask(lin, address("wall_state", round_=round_))
    assert state["doors"] == "d" + "u" * 5
    assert state["sentence"] == "10 of 12 people are not yet sampled."
    assert ">10</a> of <a" in state["linked"]
    tag = lin.get(address("wall_layout"))["ETag"]
    assert lin.get(address("wall_layout"), headers={"If-None-Match": tag}).status_code == 304
    assert len(ask(chen, address("wall_layout"))["doors"]) == 12  # what is kept is the whole
    for name in ("wall", "wall_table", "wall_sheet"):
        assert "2座" not in lin.get(address(name, round_=round_)).content.decode()
    street.give_standing(street.person_id(2, 1, 1), "stay_asked", 0)
    held = ask(lin, address("wall_state") + "?standing=stay_asked")
    assert held["doors"] == "n" * 6
