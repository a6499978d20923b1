"""What rounds and rechecks prove of an area, and what they do not."""

import importlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext

from doorstep.kit import clock
from doorstep.ledger import desk, models, store
from doorstep.operations.sampling import closers, evidence, seen
from doorstep.operations.sampling import models as sampling
from doorstep.operations.sampling.tests import day, ground
from doorstep.orders import evidence as proofs
from doorstep.rounds import actions as rounds
from doorstep.rounds import closers as round_closers
from doorstep.rounds.tests import street

pytestmark = pytest.mark.django_db
BUILDING, OTHER = street.building_id(1), street.building_id(2)


@pytest.fixture
def estate(cell: models.Cell) -> Iterator[ground.Ground]:
    before = list(round_closers._closers)
    round_closers.install([closers.list_blocked])
    yield ground.lay_out()
    round_closers.install(before)


def said_of(area: str) -> proofs.Round:
    [said] = evidence.Provider().list_round_evidence({area: ""})[area]
    return said


def positives(area: str) -> list[int]:
    return [each.at for each in evidence.Provider().list_positives([area])[area]]


def recheck(round_: str, people: list[str]) -> str:
    return rounds.open_recheck(
        street.CHEN, parent=round_, people=people, round_kind="sampling_recheck"
    )


def confirm(round_: str, person: str, number: int, *, minutes: float = 20) -> int:
    """A person's own tube in a recheck, positive; when it was reported."""
    tube, box = f"SINGLE{number}", f"BOXS{number}"
    day.fill(round_, tube, [person])
    day.ship(round_, box, [tube])
    day.report(tube, "positive", minutes=minutes)
    reported_at = sampling.Tube.objects.get(tube=tube).reported_at
    assert reported_at is not None
    return reported_at


def build_next_door() -> str:
    """A second building with one door; the door."""
    path = f"/{street.ESTATE}/{OTHER}/"
    home = street.door_id(2, 1)
    columns = ["id", "parent", "kind", "code", "name", "path", "estate", "building", "sort"]
    rows = [
        (OTHER, street.ESTATE, "building", "2", "2座", path, street.ESTATE, OTHER, 2),
        (home, OTHER, "door", "101", "101", f"{path}{home}/", street.ESTATE, OTHER, 1),
    ]
    store.insert("registry_place", columns, rows)
    return home


def move(person: str, door: str) -> None:
    listed = {"kind": "residents.listed", "residents": [(person, door, "present")]}
    desk.post(street.CHEN, [listed])


def test_a_round_in_which_somebody_refused_is_not_all_negative(estate: ground.Ground) -> None:
    day.finish(estate.round, "BOX1", {"TUBE1": estate.people[:1]})
    for person in estate.people[1:]:
        rounds.record_refusal(ground.REGISTRAR, round=estate.round, subject=person)
    rounds.close_round(ground.OFFICER, round=estate.round)
    for area in (street.ESTATE, BUILDING, street.door_id(1, 1)):
        assert said_of(area).closed and not said_of(area).all_negative


def test_who_is_excused_is_not_missed(estate: ground.Ground) -> None:
    *others, away = estate.people
    day.finish(estate.round, "BOX1", {"TUBE1": others[:6], "TUBE2": others[6:]})
    rounds.excuse_subject(ground.OFFICER, round=estate.round, subject=away, reason="hospital")
    rounds.close_round(ground.OFFICER, round=estate.round)
    assert said_of(street.ESTATE).all_negative and said_of(BUILDING).all_negative


def test_moving_house_after_a_round_changes_nothing_that_it_proved(estate: ground.Ground) -> None:
    home = build_next_door()
    first, *others = estate.people
    day.finish(estate.round, "BOX1", {"TUBE1": others[:6], "TUBE2": others[6:]})
    day.finish(estate.round, "BOX2", {"TUBE3": [first]}, "positive")
    rounds.close_round(ground.OFFICER, round=estate.round)
    before = said_of(BUILDING), said_of(street.ESTATE)
    assert not before[0].all_negative
    move(first, home)
    assert (said_of(BUILDING), said_of(street.ESTATE)) == before
    assert said_of(OTHER).last_result_at is None  # nobody was sampled for that building


def test_who_is_on_no_list_proves_something_of_where_she_lives(estate: ground.Ground) -> None:
    guest = street.person_id(1, 9, 9)
    people = estate.people
    day.finish(estate.round, "BOX1", {"TUBE1": people[:10], "TUBE2": people[10:]})
    day.post("person.added", person=guest, door=street.door_id(1, 1))
    day.finish(estate.round, "BOX2", {"TUBE3": [guest]}, "positive")
    rounds.close_round(ground.OFFICER, round=estate.round)
    assert not said_of(BUILDING).all_negative
    assert not said_of(street.door_id(1, 1)).all_negative
    assert said_of(street.door_id(1, 2)).all_negative


def test_a_round_is_valid_from_its_first_swab(estate: ground.Ground) -> None:
    day.finish(estate.round, "BOX1", {"TUBE1": estate.people[:10], "TUBE2": estate.people[10:]})
    assert said_of(street.ESTATE).sampled_at is None  # it proves nothing yet
    rounds.close_round(ground.OFFICER, round=estate.round)
    first, last = sampling.Tube.objects.order_by("sampled_at")
    for area in (street.ESTATE, BUILDING):
        assert said_of(area).sampled_at == first.sampled_at
        assert said_of(area).last_result_at == last.reported_at


def test_every_confirmed_case_of_a_round_is_told(estate: ground.Ground) -> None:
    two = estate.people[:2]
    day.finish(estate.round, "BOX1", {"TUBE1": two}, "positive")
    again = recheck(estate.round, two)
    known = [confirm(again, two[0], 1, minutes=20), confirm(again, two[1], 2, minutes=5)]
    assert positives(street.ESTATE) == positives(BUILDING) == known
    assert positives(street.OTHER_ESTATE) == positives(street.door_id(1, 2)) == []


def test_a_case_in_a_round_of_one_building_is_a_case_of_the_estate(estate: ground.Ground) -> None:
    today = clock.day_of(clock.now(), "Asia/Shanghai")
    small = rounds.open_round(
        ground.OFFICER, round_kind="sampling", area=BUILDING, day=today, pool="ten"
    )
    day.finish(small, "BOX1", {"TUBE1": estate.people[:2]}, "positive")
    assert positives(street.ESTATE) == []  # a pool confirms nothing
    at = confirm(recheck(small, estate.people[:1]), estate.people[0], 1)
    assert positives(street.ESTATE) == positives(BUILDING) == [at]
    build_next_door()
    assert positives(OTHER) == []


def test_a_case_stays_where_she_lived_when_she_was_rechecked(estate: ground.Ground) -> None:
    home = build_next_door()
    person = estate.people[0]
    day.finish(estate.round, "BOX1", {"TUBE1": estate.people[:2]}, "positive")
    at = confirm(recheck(estate.round, [person]), person, 1)
    move(person, home)
    assert positives(BUILDING) == [at] and positives(OTHER) == []
    [said] = evidence.Provider().list_grounds(BUILDING).values()
    assert said.places == (BUILDING,)
    assert evidence.Provider().list_grounds(OTHER) == {}


def test_a_case_names_every_entry_that_reported_it(estate: ground.Ground) -> None:
    person = estate.people[0]
    day.finish(estate.round, "BOX1", {"TUBE1": estate.people[:2]}, "positive")
    confirm(recheck(estate.round, [person]), person, 1)
    [first] = [str(each.entry) for each in sampling.Result.objects.filter(tube="SINGLE1")]
    second = day.report("SINGLE1", "positive", minutes=2, corrects=first, ct_n=30.5)
    [said] = evidence.Provider().list_positives([street.ESTATE])[street.ESTATE]
    assert said.entries == {first, second}
    assert list(evidence.Provider().find_grounds([first, second])) == [second]


@pytest.mark.parametrize("area", [street.ESTATE, BUILDING, street.unit_id(1), street.door_id(1, 1)])
def test_what_rounds_saw_is_asked_in_as_few_statements_for_many_as_for_two(
    estate: ground.Ground, area: str
) -> None:
    spent = []
    number = 0
    for more in (2, 5):
        for _ in range(more):
            number += 1
            round_ = rounds.open_round(
                ground.OFFICER, round_kind="sampling", area=street.ESTATE,
                day=f"2021-06-{number:02}", pool="ten",
            )  # fmt: skip
            first, second = estate.people[:10], estate.people[10:]
            day.finish(round_, f"R{number}BOX", {f"R{number}T001": first, f"R{number}T002": second})
            rounds.close_round(ground.OFFICER, round=round_)
        with CaptureQueriesContext(connection) as captured:
            said = evidence.Provider().list_round_evidence({area: ""})[area]
        assert sum(each.closed and each.last_result_at is not None for each in said) == number
        spent.append(len(captured))
    assert spent[0] == spent[1]
    later = evidence.Provider().list_round_evidence({area: "2021-06-05"})[area]
    assert [each.day for each in later[:-1]] == ["2021-06-05", "2021-06-06", "2021-06-07"]


PARTS = [street.ESTATE, BUILDING, street.unit_id(1), street.door_id(1, 1)]


@pytest.fixture
def clean(estate: ground.Ground) -> ground.Ground:
    """A closed round of two tubes, all negative; the people of the first door are in the first."""
    first, second = estate.people[:10], estate.people[10:]
    day.finish(estate.round, "BOX1", {"TUBE1": first, "TUBE2": second})
    rounds.close_round(ground.OFFICER, round=estate.round)
    return estate


def _listening(asked: list[object], read: Callable[..., Any]) -> Callable[..., Any]:
    def listen(*said: Any) -> Any:
        asked.extend(said[-1])
        return read(*said)

    return listen


@pytest.mark.parametrize("area", PARTS)
def test_what_a_closed_round_has_shown_is_read_from_its_swabs_once(
    clean: ground.Ground, area: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []
    for name in ("_read_parts", "_read_rounds"):
        monkeypatch.setattr(seen, name, _listening(asked, getattr(seen, name)))
    before = said_of(area)
    assert asked
    asked.clear()
    assert said_of(area) == before and not asked


@pytest.mark.parametrize("area", PARTS)
def test_what_was_remembered_of_a_round_is_forgotten_once_a_tube_changes(
    clean: ground.Ground, area: str
) -> None:
    before = said_of(area)
    assert before.all_negative
    reported = sampling.Result.objects.get(tube="TUBE1")
    day.report("TUBE1", "positive", minutes=1, corrects=str(reported.entry))
    after = said_of(area)
    assert not after.all_negative and after.closed
    wrong = sampling.Result.objects.exclude(corrects=None).get()
    day.report("TUBE1", "negative", minutes=0.5, corrects=str(wrong.entry))
    again = said_of(area)
    assert again.all_negative and again.last_result_at != before.last_result_at


def test_the_digest_of_a_round_is_the_sum_over_its_tubes(clean: ground.Ground) -> None:
    tubes = sampling.Tube.objects.filter(round=clean.round).values_list(*seen.DIGESTED)
    kept = sampling.RoundDigest.objects.get(round=clean.round).digest
    assert kept == sum(seen.digest_of(each) for each in tubes) % (1 << 62)
    add_up(apps, None)
    assert sampling.RoundDigest.objects.get(round=clean.round).digest == kept


def add_up(*arguments: object) -> None:
    """What the migration does to a book that is in use already."""
    sampling.RoundDigest.objects.all().delete()
    migration = importlib.import_module(
        "doorstep.operations.sampling.migrations.0005_digest_rounds"
    )
    migration.add_up(*arguments)
