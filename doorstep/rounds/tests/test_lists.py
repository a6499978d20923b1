"""Lists of a round: paged through buildings, searched by door and name, exported whole."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from doorstep.kit import clock
from doorstep.ledger import models as ledger
from doorstep.ledger import store
from doorstep.rounds import actions, effects, lists, models, queries, scopes
from doorstep.rounds.tests import street

pytestmark = pytest.mark.django_db


@pytest.fixture
def round_(cell: ledger.Cell) -> str:
    street.build(buildings=12, doors=9, people=2)
    return actions.open_round(
        street.DUTY_OFFICER, round_kind="sampling", area=street.ESTATE, day="2021-06-21"
    )


def get(round_: str) -> models.Round:
    found = queries.find_round(round_)
    assert found is not None
    return found


def sample(round_: str, *people: str, at: int = 0) -> None:
    effects.put_marks([(p, round_, p, "person.sampled", at, True) for p in people])


def test_pages_come_in_the_order_of_places_and_leave_nobody_out(round_: str) -> None:
    sample(round_, *(street.person_id(b, d, 1) for b in range(1, 13) for d in (1, 5)))
    found = get(round_)
    pages = [lists.list_subjects(found, number=n, size=50) for n in range(1, 6)]
    lines = [line for page in pages for line in page.lines]
    assert [len(page.lines) for page in pages] == [50, 50, 50, 42, 0]
    assert pages[0].total == 192 and pages[0].pages == 4
    assert len({line.subject for line in lines}) == 192
    assert [line.building_label for line in lines] == sorted(
        (line.building_label for line in lines), key=lambda label: int(label[:-1])
    )
    doors = [line.door_label for line in lines if line.building_label == "12座"]
    assert doors == sorted(doors)
    assert [line.subject for line in lists.list_all(found)] == [line.subject for line in lines]


def test_the_other_direction_is_the_same_list_reversed(round_: str) -> None:
    forth = lists.list_subjects(get(round_), size=1000)
    back = [
        line
        for n in range(1, 6)
        for line in lists.list_subjects(get(round_), sort="-place", number=n, size=50).lines
    ]
    assert [line.subject for line in back] == [line.subject for line in forth.lines][::-1]


def test_done_is_sorted_by_time(round_: str) -> None:
    sample(round_, street.person_id(3, 1, 1), at=30)
    sample(round_, street.person_id(2, 1, 1), at=20)
    sample(round_, street.person_id(1, 1, 1), at=40)
    page = lists.list_subjects(get(round_), "done", sort="-time")
    assert [line.done_at for line in page.lines] == [40, 30, 20]
    assert page.sort == "-time" and page.total == 3


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("101", 24),
        ("12-101", 2),
        ("12座 1单元 301", 2),
        ("1-101", 2),
        ("999", 0),
        ("王", 216),
        ("王21", 8),  # 21 and 210 to 216
        ("%", 0),
    ],
)
def test_search_finds_doors_and_beginnings_of_names(round_: str, text: str, found: int) -> None:
    assert lists.list_subjects(get(round_), search=text, size=500).total == found


@pytest.mark.parametrize(
    ("name", "text"), [("欧阳小明", "欧"), ("欧阳小明", "欧阳"), ("Amara Okonjet", "amara")]
)
def test_a_name_is_found_in_any_script(round_: str, name: str, text: str) -> None:
    """Where a range of names ends depends on the collation of a database, and once found nobody."""
    person = street.person_id(3, 2, 1)
    store.update("registry_person", ["id", "name"], [(person, name)])
    within = scopes.read_place(street.building_id(3))
    for scope in (None, within):
        page = lists.list_subjects(get(round_), search=text, within=scope)
        assert [line.subject for line in page.lines] == [person]


def test_search_stays_within_the_list_and_the_place(round_: str) -> None:
    sample(round_, street.person_id(12, 1, 1))
    assert lists.list_subjects(get(round_), search="12-101").total == 1
    place = street.building_id(3)
    assert lists.list_subjects(get(round_), search="101", place=place).total == 2


@pytest.mark.parametrize(
    ("place", "total"),
    [
        (street.ESTATE, 216),
        (street.building_id(2), 18),
        (street.unit_id(2), 18),
        (street.door_id(2, 2), 2),
        (street.OTHER_ESTATE, 0),
        (street.round_id(1), 0),
    ],
)
def test_a_list_is_narrowed_to_a_place(round_: str, place: str, total: int) -> None:
    page = lists.list_subjects(get(round_), place=place, size=500)
    assert (page.total, len(page.lines)) == (total, total)


PARTS = {
    "a building": [street.building_id(2)],
    "a building and a unit of another": [street.building_id(4), street.unit_id(3)],
    "doors": [street.door_id(12, 1), street.door_id(1, 9)],
    "a door within its building": [street.building_id(5), street.door_id(5, 2)],
    "nothing": list[str](),
    "another estate": [street.OTHER_ESTATE],
}


def scope_of(*places: str) -> scopes.Scope:
    rows = store.select("registry_place", ["path"], "id", list(places))
    return scopes.read([path for (path,) in rows])


@pytest.mark.parametrize("places", PARTS.values(), ids=PARTS)
def test_a_scope_holds_what_lies_in_it_in_every_list_search_and_count(
    round_: str, places: list[str]
) -> None:
    sample(round_, *(street.person_id(b, 2, 1) for b in range(1, 13)), at=7)
    found, scope = get(round_), scope_of(*places)
    paths = {str(i): p for i, p in store.query("SELECT id, path FROM registry_place")}
    for which in ("everyone", "done", "outstanding"):
        inside = [
            line.subject
            for line in lists.list_all(found, which)
            if any(place in paths[line.door or ""] for place in places)
        ]
        here = list(lists.list_all(found, which, within=scope))
        assert [line.subject for line in here] == inside
        pages = [
            lists.list_subjects(found, which, within=scope, number=n, size=7) for n in range(1, 8)
        ]
        assert [line.subject for page in pages for line in page.lines] == inside
        assert {page.total for page in pages} == {len(inside)}
        timed = lists.list_subjects(found, which, within=scope, sort="-time", size=500)
        assert {line.subject for line in timed.lines} == set(inside)
        named = lists.list_subjects(found, which, within=scope, search="王", size=500)
        assert {line.subject for line in named.lines} == set(inside)
        assert queries.count_within(round_, scope)._asdict().get(
            {"everyone": "due"}.get(which, which), len(inside)
        ) == len(inside)
    parts = queries.count_parts(round_, scope, by_estate=False)
    assert sum(part.counts.due for part in parts) == queries.count_within(round_, scope).due
    assert sum(part.doors for part in parts) == len(
        {line.door for line in lists.list_all(found, "everyone", within=scope)}
    )
    whole = queries.count_parts(round_, scope, by_estate=True)
    assert [part.label for part in whole] == (["中海锦城"] if parts else [])


def test_a_name_is_found_in_a_scope_however_many_are_called_so(
    round_: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "MAX_FOUND", 20)  # of 216
    page = lists.list_subjects(get(round_), search="王", within=scope_of(street.building_id(12)))
    assert page.total == 18


def test_a_scope_of_many_places_costs_no_more_statements_than_one(round_: str) -> None:
    found, counts = get(round_), []
    for places in ([street.unit_id(1)], [street.unit_id(b) for b in range(1, 12)]):
        scope = scope_of(*places)
        with CaptureQueriesContext(connection) as captured:
            lists.list_subjects(found, within=scope)
            lists.list_subjects(found, within=scope, sort="-time")
            lists.list_subjects(found, within=scope, search="王1")
            lists.list_extra(found, 10, within=scope)
            queries.count_parts(round_, scope, by_estate=False)
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_every_list_holds_what_its_count_says(round_: str) -> None:
    sample(round_, street.person_id(1, 1, 1))
    person, chen = street.person_id, street.DUTY_OFFICER
    actions.record_refusal(chen, round=round_, subject=person(1, 2, 1))
    actions.record_refusal(chen, round=round_, subject=person(1, 3, 1))
    actions.excuse_subject(chen, round=round_, subject=person(1, 4, 1), reason="away")
    effects.put_marks([(person(1, 5, 1), round_, person(1, 5, 1), "person.sampled", 0, False)])
    found = get(round_)
    counts = found.counts
    expected = {
        "outstanding": counts.outstanding, "done": 1, "refused": 2, "excused": 1, "held": 1,
        "home": 0, "everyone": counts.due,
    }  # fmt: skip
    for which, count in expected.items():
        assert lists.list_subjects(found, which).total == count  # type: ignore[arg-type]
        assert len(list(lists.list_all(found, which))) == count  # type: ignore[arg-type]


def test_the_curve_shows_empty_hours_too(round_: str) -> None:
    hour = clock.HOUR
    sample(round_, street.person_id(1, 1, 1), street.person_id(1, 1, 2), at=8 * hour)
    sample(round_, street.person_id(1, 2, 1), at=10 * hour + 1)
    assert queries.list_progress(round_) == [
        queries.Slot(8 * hour, 2, 2), queries.Slot(9 * hour, 0, 2), queries.Slot(10 * hour, 1, 3),
    ]  # fmt: skip


def test_a_clock_years_off_does_not_make_a_million_hours(round_: str) -> None:
    sample(round_, street.person_id(1, 1, 1), at=0)
    sample(round_, street.person_id(1, 1, 2), at=10_000 * clock.DAY)
    assert len(queries.list_progress(round_)) == 2


def test_counts_by_building_unit_and_door_add_up(round_: str) -> None:
    sample(round_, street.person_id(2, 1, 1), street.person_id(2, 1, 2), street.person_id(2, 2, 1))
    buildings = queries.count_by_building(round_)
    assert [each.label for each in buildings] == [f"{n}座" for n in range(1, 13)]
    assert buildings[1].counts.done == 3 and buildings[1].finished == 1
    doors = queries.count_by_door(round_, street.building_id(2))
    [(unit, own)] = queries.sum_units(doors)
    assert unit.counts == buildings[1].counts and (unit.doors, unit.finished) == (9, 1)
    assert own == doors and unit.id == street.unit_id(2)
    assert sum(each.counts.done for each in doors) == 3 and len(doors) == 9
    assert queries.count_under(round_, street.ESTATE) == get(round_).counts
    assert queries.count_under(round_, street.OTHER_ESTATE).due == 0
