"""What went wrong in six cities, and cannot here. Each test bears the city's name."""

from collections.abc import Callable, Iterator

import pytest
from django.test import Client

from doorstep.kit import clock
from doorstep.ledger import desk, intake, models, refusals, verdicts
from doorstep.operations.sampling import closers, counters, evidence, queries, rules
from doorstep.operations.sampling import models as sampling
from doorstep.operations.sampling.tests import day, ground
from doorstep.orders import evidence as proofs
from doorstep.registry import models as registry
from doorstep.rounds import actions as rounds
from doorstep.rounds import closers as round_closers
from doorstep.rounds.tests import street
from tests.stranger import Phone, line

pytestmark = pytest.mark.django_db


@pytest.fixture
def estate(cell: models.Cell) -> Iterator[ground.Ground]:
    before = list(round_closers._closers)
    round_closers.install([closers.list_blocked])
    yield ground.lay_out()
    round_closers.install(before)


def _evidence_of(area: str) -> proofs.Round:
    [said] = evidence.Provider().list_round_evidence({area: ""})[area]
    return said


def _state(person: str) -> str:
    return sampling.Sample.objects.get(person=person).state


def test_longyao_no_round_closes_while_one_tube_is_not_tested(estate: ground.Ground) -> None:
    first, second = estate.people[:10], estate.people[10:]
    day.finish(estate.round, "BOX1", {"TUBE1": first})
    day.fill(estate.round, "TUBE2", second)
    day.ship(estate.round, "BOX2", ["TUBE2"])
    with pytest.raises(refusals.Refused) as refused:
        rounds.close_round(ground.OFFICER, round=estate.round)
    assert refused.value.code == "ROUND_NOT_SETTLED"
    assert round_closers.list_blocks(estate.round) == [
        round_closers.Block("TUBES_WITHOUT_RESULT", {"count": 1})
    ]
    assert not day.is_all_negative(estate.round)
    said = _evidence_of(street.ESTATE)
    assert not said.closed and not said.all_negative
    day.report("TUBE2")
    assert not day.is_all_negative(estate.round)  # not before it is closed
    rounds.close_round(ground.OFFICER, round=estate.round)
    assert day.is_all_negative(estate.round)
    said = _evidence_of(street.building_id(1))
    assert said.closed and said.all_negative


def test_longyao_a_positive_tube_or_a_missed_person_is_not_all_negative(
    estate: ground.Ground,
) -> None:
    day.finish(estate.round, "BOX1", {"TUBE1": estate.people[:10]})
    rounds.close_round(ground.OFFICER, round=estate.round)
    assert not day.is_all_negative(estate.round)  # two people were missed
    assert not _evidence_of(street.ESTATE).all_negative
    day.finish(estate.round, "BOX2", {"TUBE2": estate.people[10:]}, "positive")
    rounds.close_round(ground.OFFICER, round=estate.round)
    assert not day.is_all_negative(estate.round)


def test_shuozhou_a_result_needs_a_collected_tube_and_comes_once(estate: ground.Ground) -> None:
    nobody = day.report("TUBE9", "positive")
    assert verdicts.list_verdicts([nobody]) == {nobody: ["RESULT_WITHOUT_TUBE"]}
    assert sampling.Tube.objects.get(tube="TUBE9").outcome is None
    bound = day.fill(estate.round, "TUBE1", estate.people[:2])
    early = day.report("TUBE1")
    assert verdicts.list_verdicts([early]) == {early: ["RESULT_WITHOUT_TUBE"]}
    day.ship(estate.round, "BOX1", ["TUBE1"])
    assert verdicts.list_verdicts([early, *bound]) == {}
    before = _rows()
    again = day.report("TUBE1")  # the same batch uploaded to a second entry
    assert verdicts.list_verdicts([again]) == {}
    after = _rows()
    assert [row[2] for row in after] == [row[2] for row in before]
    assert _state(estate.people[0]) == rules.EFFECTIVE
    assert not sampling.Sample.objects.filter(person=estate.people[5]).exists()
    assert queries.list_swabs(estate.people[5]) == []


def test_shuozhou_the_same_push_again_changes_nothing(estate: ground.Ground) -> None:
    registry.Staff.objects.create(id="0190a0a0-0000-7000-8000-00000000000b", name="登记")
    phone = Phone(place=street.ESTATE)
    swab = {"round": estate.round, "person": estate.people[0], "tube": "TUBE1"}
    lines = [line(kind="person.sampled", **swab)]
    phone.push(lines)
    rows = _rows()
    again = phone.push(lines, first=1).json()
    assert [each["answer"] for each in again["lines"]] == ["known"]
    assert _rows() == rows and sampling.Sample.objects.count() == 1
    assert intake.GARBLED not in str(again)


def _rows() -> list[tuple[object, ...]]:
    return [
        (each.tube, each.people, each.outcome, each.reported_at and 1)
        for each in sampling.Tube.objects.order_by("tube")
    ]


def test_baotou_contradictions_act_on_nobody_until_a_person_settles_them(
    estate: ground.Ground,
) -> None:
    person, other = estate.people[:2]
    day.finish(estate.round, "BOX1", {"TUBE1": [person, other]})
    negative = sampling.Result.objects.get(tube="TUBE1").entry
    positive = day.report("TUBE1", "positive")
    tube = sampling.Tube.objects.get(tube="TUBE1")
    assert tube.outcome is None and tube.state == "tested"
    codes = {negative: ["RESULT_CONTRADICTS"], positive: ["RESULT_CONTRADICTS"]}
    assert verdicts.list_verdicts([negative, positive]) == codes
    assert [block.code for block in round_closers.list_blocks(estate.round)] == [
        "TUBES_WITHOUT_RESULT",
        "LINES_HELD",
    ]
    settled = {"entries": [negative, positive], "stands": [negative]}
    desk.post(street.CHEN, [{"kind": "line.settled", **settled}])
    assert sampling.Tube.objects.get(tube="TUBE1").outcome == "negative"
    assert verdicts.list_verdicts([negative, positive]) == {}
    third = day.report("TUBE1", "positive")  # a new claim reopens the question
    assert sampling.Tube.objects.get(tube="TUBE1").outcome is None
    assert third in verdicts.list_verdicts([third])


def test_baotou_one_person_in_two_tubes_counts_in_neither(estate: ground.Ground) -> None:
    person = estate.people[0]
    day.finish(estate.round, "BOX1", {"TUBE1": [person, estate.people[1]]})
    day.finish(estate.round, "BOX2", {"TUBE2": [person, estate.people[2]]}, "positive")
    mine = list(sampling.Sample.objects.filter(person=person).order_by("tube"))
    assert [each.state for each in mine] == [rules.HELD, rules.HELD]
    assert [swab.outcome for swab in queries.list_swabs(person)] == [None, None]
    settled = {"entries": [each.entry for each in mine], "stands": [mine[0].entry]}
    desk.post(street.CHEN, [{"kind": "line.settled", **settled}])
    assert {each.state for each in sampling.Sample.objects.filter(person=person)} == {
        rules.EFFECTIVE,
        rules.REJECTED,
    }


@pytest.mark.parametrize("city", ["xian", "chengdu"])
def test_xian_chengdu_no_result_yet_opens_a_route(
    estate: ground.Ground, sit: Callable[[street.Staff], Client], city: str
) -> None:
    """Whoever has no valid result, for whatever reason, gets a route on the page and on paper."""
    in_labour, on_dialysis, done, long_ago = estate.people[:4]
    day.fill(estate.round, "TUBE1", [on_dialysis], minutes=60)
    day.finish(estate.round, "BOX2", {"TUBE2": [done]})
    day.fill(estate.round, "TUBE3", [long_ago], minutes=60 * 60)
    day.ship(estate.round, "BOX3", ["TUBE3"], minutes=59 * 60)
    day.report("TUBE3", minutes=50 * 60)
    routes = {in_labour: "rush", on_dialysis: "wait", done: "none_needed", long_ago: "rush"}
    desk = sit(ground.OFFICER)
    for person, route in routes.items():
        assert queries.status_of(person, clock.now()).route == route
        letter = desk.post(f"/people/{person}/letter").content.decode()
        for text in ("This is no reason to turn anybody away.", "green channel"):
            assert (text in letter) == (route != "none_needed")
        page = desk.get(f"/people/{person}/").content.decode()
        assert ("A recent negative result is known." in page) == (route == "none_needed")
        assert ("a single swab at once" in page) == (route == "rush")
    assert queries.status_of(done, clock.now() + 60 * clock.HOUR).route == "rush"


def test_chengdu_a_swab_bound_by_mistake_hides_no_other(estate: ground.Ground) -> None:
    person = estate.people[0]
    day.fill(estate.round, "TUBE1", [person], minutes=60)
    [wrong] = day.fill(estate.round, "TUBE2", [person], minutes=50)
    taken_back = {"round": estate.round, "person": person, "tube": "TUBE2", "entry": wrong}
    day.post("person.unsampled", **taken_back)
    assert queries.status_of(person, clock.now()).route == "wait"


def test_foshan_sampled_shipped_received_tested_and_reported_are_five_counters(
    estate: ground.Ground,
) -> None:
    people = estate.people
    day.finish(estate.round, "BOX1", {"TUBE1": people[:2]})
    day.fill(estate.round, "TUBE2", people[2:5])
    day.ship(estate.round, "BOX2", ["TUBE2"])
    day.fill(estate.round, "TUBE3", people[5:9], minutes=120)
    sealed = {"round": estate.round, "box": "BOX3", "seal": "SEAL3", "count": 1}
    day.post("box.sealed", **sealed, tubes=["TUBE3"])
    day.post("box.collected", box="BOX3", seal="SEAL3", count=1)
    day.fill(estate.round, "TUBE4", people[9:], minutes=90)
    count = counters.Count
    five = counters.Five(count(12, 4), count(9, 3), count(5, 2), count(2, 1), count(2, 1))
    assert counters.count_round(estate.round) == five
    assert counters.count_estates([estate.round]) == {street.ESTATE: five}
    [clocks] = counters.list_turnaround({estate.round: street.ESTATE}, clock.now()).values()
    assert [(each.name, each.waiting, each.late) for each in clocks] == [
        ("collect", count(3, 1), count(3, 1)),
        ("laboratory", count(4, 1), count(0, 0)),
        ("report", count(3, 1), count(0, 0)),
    ]
    late = sampling.Tube.objects.filter(counters.late_tubes(street.ESTATE, "collect", clock.now()))
    assert [tube.tube for tube in late] == ["TUBE4"]
