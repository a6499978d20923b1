"""The town in the book: everybody at their door, orders in force by two people, one estate's roster
through the real import with all its messes.
"""

from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from doorstep.command.models import Draft
from doorstep.command.plans import drafts, live
from doorstep.kit import clock
from doorstep.ledger import refusals, store
from doorstep.orders import queries as orders
from doorstep.registry import places as registry_places
from doorstep.registry import rosters as importing
from doorstep.registry import vaccinated
from doorstep.rounds import models as rounds_models
from doorstep.rounds import plans as day_plans
from doorstep.town import (
    duty,
    handing,
    loading,
    mornings,
    people,
    places,
    plan,
    plans,
    residents,
    rosters,
    vaccinations,
)

TOWN = plan.get_plan()
WORKBOOK = TOWN.get_estate("荷香里")
NUMBER = TOWN.estates.index(WORKBOOK)


@pytest.fixture
def played(monkeypatch: pytest.MonkeyPatch) -> None:
    """The morning of the town's day."""
    monkeypatch.setattr(clock, "now", mornings.start_of_day)


@pytest.fixture
def small_town(cell: Any, played: None) -> loading.Loaded:
    """The whole town on paper, and the people of one building of one estate."""
    return loading.load(estate="御水岸", buildings=1)


def test_its_progress_never_goes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    def load(estate: Any, number: int, *, progress: Any, **_: Any) -> Any:
        for done in (0, estate.residents, estate.residents + 61):
            progress(done, estate.residents + 61)
        return SimpleNamespace(new=0, same=0, changed=0)

    monkeypatch.setattr(residents, "load_estate", load)
    told: list[tuple[int, int]] = []
    chosen = list(enumerate(TOWN.estates))
    loading._load_residents(chosen, None, 1, lambda step, done, of: told.append((done, of)))
    total = sum(estate.residents for estate in TOWN.estates)
    assert told == sorted(told) and told[-1] == (total, total)


def test_the_towns_orders_are_in_force_by_two_people_of_two_units(
    small_town: loading.Loaded,
) -> None:
    assert small_town.orders == len(TOWN.orders) == 11
    at = mornings.start_of_day()
    for number, estate in enumerate(TOWN.estates):
        measures = [
            order
            for order in orders.list_in_force(places.estate_id(number), at)
            if order.axis == "measure"
        ]
        assert [order.rule for order in measures] == [estate.measure]
    for order in orders.list_orders():
        assert order.proposed_by != order.approved_by
        assert order.proposed_unit != order.approved_unit
    medium = [o for o in orders.list_orders() if o.rule == "medium"]
    assert {len(order.places) for order in medium} == {4, 2}


def test_the_town_comes_with_its_plans(
    small_town: loading.Loaded, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plans, "DAYS", 20)
    made = plans.keep(TOWN)
    assert len(made) == 6 + 1  # two centres, four points; one estate has people here
    kept = [drafts.decode(Draft.objects.get(id=each), None) for each in made]
    desks = [each.problem.stations[0].servers for each in kept[:6]]
    stalls = [each.problem.stations[1].servers for each in kept[:6]]
    assert (desks[:2], stalls[:2]) == ([40, 30], [40, 23])  # the newspaper's
    assert all(each.answer.outcome.good > 0.9 for each in kept[:6])
    assert kept[6].answer.people == sum(
        sum(each.households)
        for each in live.read_stairwells(places.estate_id(TOWN.estates.index(
            TOWN.get_estate("御水岸"))))
    )  # fmt: skip
    standing = day_plans.find(made)
    assert set(standing) == {made[6]} and standing[made[6]].reason is None


def test_people_live_behind_their_doors(small_town: loading.Loaded) -> None:
    number = TOWN.estates.index(TOWN.get_estate("御水岸"))
    doors = TOWN.get_estate("御水岸").list_doors()
    drawn = [
        each
        for each in people.draw_estate(TOWN.get_estate("御水岸"), number)
        if doors[each.door].building == 1
    ]
    listed = Counter(
        (str(door), presence)
        for door, presence in store.query("SELECT door, presence FROM registry_residence")
    )
    assert small_town.people == len(drawn) > 100
    assert listed == Counter((places.door_id(number, e.door), e.presence) for e in drawn)


def test_a_town_is_never_loaded_beside_other_places(small_town: loading.Loaded) -> None:
    with pytest.raises(loading.NotEmpty):
        loading.load()


def test_everybody_with_an_account_signs_in_with_the_towns_word(
    small_town: loading.Loaded,
) -> None:
    for login in ("admin", "hq1", "table7", "courier1", "lab1", "yushuian1"):
        answered = Client().post("/sign-in", {"account": login, "password": duty.PASSWORD})
        assert answered.status_code == 302, login
    assert Client().post("/sign-in", {"account": "hq1", "password": "x"}).status_code == 422


def test_the_day_is_handed_over_whole(small_town: loading.Loaded) -> None:
    handed = handing.open_day(handing.Asked("御水岸", tables=3))
    opened = rounds_models.Round.objects.get(id=handed["round"])
    assert len(handed["due"]) == opened.due > 100
    assert len(handed["tables"]) == 3 and handed["pool"] == "household"
    rolls = [code for desk in handed["tables"] + handed["home"] for code in desk["tubes"]]
    assert len(rolls) == len(set(rolls)) == 9 * handing.TUBES
    text = str(handed)
    for name, number in store.query("SELECT name, id FROM registry_person LIMIT 50"):
        assert name not in text, number
    with pytest.raises(refusals.Refused):
        handing.open_day(handing.Asked("御水岸", tables=3))  # it is open already


def test_the_messy_workbook_is_refused_only_where_it_must_be(
    cell: Any, played: None, tmp_path: Path
) -> None:
    registry_places.add_places(duty.ADMINISTRATOR, places.list_upper(TOWN))
    made = places.list_estate(TOWN, WORKBOOK, NUMBER)
    registry_places.add_places(duty.ADMINISTRATOR, made)
    path, place = tmp_path / "荷香里.xlsx", places.estate_id(NUMBER)
    expected = rosters.write_messy_roster(path, WORKBOOK, NUMBER)
    shown = importing.preview(
        duty.ADMINISTRATOR, path.read_bytes(), path.name, place, new_places=False
    )
    assert (shown.new, shown.twice) == (expected.new, expected.twice)
    assert cells(shown.refused) == sorted(expected.refused)
    assert cells(shown.noticed) == sorted(expected.lost)
    commit(path, place)
    corrected = rosters.write_messy_roster(path, WORKBOOK, NUMBER, corrected=True)
    again = commit(path, place)
    assert again.refused == [] and again.noticed == []
    assert again.new == corrected.new - expected.new == len(expected.refused)
    # a lost day of birth stood in the identity number all the same; a lost phone did not
    assert again.changed == sum(cell.code == "PHONE_DESTROYED" for cell in expected.lost) > 0
    assert commit(path, place).same == corrected.new


def test_the_list_of_a_centre_is_refused_only_where_it_must_be(
    cell: Any, played: None, tmp_path: Path
) -> None:
    loading.load(estate=WORKBOOK.name, buildings=3)
    path = tmp_path / "接种.xlsx"
    expected = vaccinations.write_list(path, WORKBOOK, NUMBER)
    report = vaccinated.commit(duty.ADMINISTRATOR, path.read_bytes(), path.name)
    assert (report.new, report.twice) == (expected.new, expected.twice) == (60, 1)
    assert cells(report.refused) == sorted(expected.refused)
    assert len({each.code for each in expected.refused}) == 6


def commit(path: Path, place: str) -> importing.Report:
    return importing.commit(
        duty.ADMINISTRATOR, path.read_bytes(), path.name, place, new_places=False
    )


def cells(found: list[Any]) -> list[tuple[str, int, str, str]]:
    return sorted((each.sheet, each.row, each.column, each.code) for each in found)
