"""Safeguard: no round closes, and nothing says all negative, while any tube lacks its result, any
line waits for a person, or anybody due was missed or refused (Longyao 2021, Shuozhou 2022).
"""

from collections.abc import Iterator

import pytest

from doorstep.kit import clock
from doorstep.ledger import models, refusals, verdicts
from doorstep.operations.sampling import actions, closers, counters, evidence, queries, rules
from doorstep.operations.sampling import models as sampling
from doorstep.operations.sampling.actions import claims
from doorstep.operations.sampling.tests import day, ground
from doorstep.registry import models as registry
from doorstep.rounds import actions as rounds
from doorstep.rounds import closers as round_closers
from doorstep.rounds import models as round_models
from doorstep.rounds import queries as round_queries
from doorstep.rounds.tests import street
from tests.stranger import Phone, line

pytestmark = pytest.mark.django_db
LI_ON_PAPER = "0190a0a0-0000-7000-8000-00000000000b"


@pytest.fixture
def laid(cell: models.Cell) -> Iterator[ground.Ground]:
    before = list(round_closers._closers)
    round_closers.install([closers.list_blocked])
    yield ground.lay_out()
    round_closers.install(before)


def _codes(entry: str) -> list[str]:
    return verdicts.list_verdicts([entry]).get(entry, [])


def _blocks(round_: str) -> set[str]:
    return {block.code for block in round_closers.list_blocks(round_)}


def _refuses_to_close(round_: str) -> bool:
    with pytest.raises(refusals.Refused) as refused:
        rounds.close_round(ground.OFFICER, round=round_)
    assert not day.is_all_negative(round_)
    return refused.value.code == "ROUND_NOT_SETTLED"


def test_a_result_from_before_the_swabs_is_nobodys(laid: ground.Ground) -> None:
    """A laboratory's result for a code, and only then the tube is used: nobody was tested."""
    early = day.report("TUBE1", "negative", minutes=400)
    day.fill(laid.round, "TUBE1", laid.people[:10], minutes=100)
    day.ship(laid.round, "BOX1", ["TUBE1"], minutes=90)
    day.finish(laid.round, "BOX2", {"TUBE2": laid.people[10:]})
    assert _codes(early) == ["RESULT_WITHOUT_TUBE"]
    assert sampling.Tube.objects.get(tube="TUBE1").outcome is None
    assert counters.count_round(laid.round).reported == counters.Count(2, 1)
    assert _refuses_to_close(laid.round)
    assert _blocks(laid.round) == {"TUBES_WITHOUT_RESULT", "LINES_HELD"}
    real = day.report("TUBE1", "negative", minutes=5)  # the tube's own result comes
    assert _codes(real) == [] and _codes(early) == ["RESULT_WITHOUT_TUBE"]
    actions.settle_lines(ground.OFFICER, entries=[early], stands=[])
    rounds.close_round(ground.OFFICER, round=laid.round)
    assert day.is_all_negative(laid.round)


def test_a_swab_after_the_test_counts_for_nobody_until_a_person_says_so(
    laid: ground.Ground,
) -> None:
    person = laid.people[11]
    day.finish(laid.round, "BOX1", {"TUBE1": laid.people[:11]})
    late = day.post("person.sampled", at=clock.now(), round=laid.round, tube="TUBE1", person=person)
    assert "SAMPLED_AFTER_TEST" in _codes(late)
    assert [swab.outcome for swab in queries.list_swabs(person)] == [None]
    assert round_models.Subject.objects.get(round=laid.round, subject=person).state == "held"
    assert not registry.Standing.objects.filter(subject=person, kind="sampled").exists()
    assert _refuses_to_close(laid.round) and _blocks(laid.round) == {"LINES_HELD"}
    [held] = claims.find_sets(late)
    actions.settle_lines(ground.OFFICER, entries=held.entries, stands=[])
    assert sampling.Sample.objects.get(entry=late).state == rules.REJECTED
    assert round_models.Subject.objects.get(round=laid.round, subject=person).state == "due"


@pytest.mark.parametrize("how", ["packed", "closed"])
def test_a_tube_nobody_was_bound_to_waits_for_its_result_too(laid: ground.Ground, how: str) -> None:
    day.fill(laid.round, "TUBE1", laid.people)
    day.ship(laid.round, "BOX1", ["TUBE1"] + ["TUBE2"] * (how == "packed"))
    day.report("TUBE1")
    if how == "closed":
        day.post("tube.closed", round=laid.round, tube="TUBE2", count=7)
    assert _refuses_to_close(laid.round) and _blocks(laid.round) == {"TUBES_WITHOUT_RESULT"}
    tube = sampling.Tube.objects.get(tube="TUBE2")
    assert str(tube.round) == laid.round and tube.sampled_at is not None
    five = counters.count_round(laid.round)
    assert all(a.tubes >= b.tubes for a, b in zip(five, five[1:], strict=False))
    day.post("tube.refused", tube="TUBE2", laboratory=ground.LABORATORY, reason="count")
    assert round_closers.list_blocks(laid.round) == []


def test_a_tube_of_two_rounds_stays_held_until_it_belongs_to_one(laid: ground.Ground) -> None:
    today = clock.day_of(clock.now(), "Asia/Shanghai")
    area = street.building_id(1)
    other = rounds.open_round(ground.OFFICER, round_kind="sampling", area=area, day=today)
    swabs = [
        day.post("person.sampled", at=day.ago(100 - i), round=round_, tube="TUBE1", person=person)
        for i, (round_, person) in enumerate(
            zip((laid.round, other), laid.people[:2], strict=False)
        )
    ]
    for round_ in (laid.round, other):
        day.finish(round_, f"BOX{round_[-4:].upper()}",
                   {f"TUBE{round_[-4:].upper()}": laid.people[2:]})  # fmt: skip
    [found] = claims.find_sets(swabs[0])
    everything: dict[str, object] = {"entries": found.entries, "stands": found.entries}
    with pytest.raises(refusals.Refused, match="TUBE_OF_ONE_ROUND"):
        actions.settle_lines(ground.OFFICER, **everything)  # type: ignore[arg-type]
    day.post("line.settled", **everything)  # nor does the book's own word make it one
    assert _refuses_to_close(laid.round) and _refuses_to_close(other)
    actions.settle_lines(ground.OFFICER, entries=found.entries, stands=swabs[:1])
    assert _codes(swabs[0]) == [] and _blocks(other) == set()
    assert _blocks(laid.round) == {"TUBES_WITHOUT_RESULT"}


def test_a_round_in_which_somebody_refused_is_not_all_negative(laid: ground.Ground) -> None:
    day.finish(laid.round, "BOX1", {"TUBE1": laid.people[1:]})
    rounds.record_refusal(ground.REGISTRAR, round=laid.round, subject=laid.people[0])
    rounds.close_round(ground.OFFICER, round=laid.round)
    assert not day.is_all_negative(laid.round)


def test_a_late_tube_reopens_a_closed_round_until_its_result_is_here(laid: ground.Ground) -> None:
    day.finish(laid.round, "BOX1", {"TUBE1": laid.people})
    rounds.close_round(ground.OFFICER, round=laid.round)
    guest = street.person_id(1, 9, 9)
    day.post("person.added", person=guest, door=street.door_id(1, 1))
    day.fill(laid.round, "TUBE3", [guest])  # on no list: no count of the close changes
    found = round_queries.find_round(laid.round)
    assert found is not None and found.state == "reopened"
    assert not day.is_all_negative(laid.round)
    day.ship(laid.round, "BOX3", ["TUBE3"])
    day.report("TUBE3")
    found = round_queries.find_round(laid.round)
    assert found is not None and found.state == "closed"
    assert not round_models.Pending.objects.exists()


def test_lines_of_somebody_who_may_not_write_them_stop_the_close(laid: ground.Ground) -> None:
    day.finish(laid.round, "BOX1", {"TUBE1": laid.people[:6]})
    registry.Staff.objects.create(id=LI_ON_PAPER, name="登记", account="on-paper")
    phone = Phone(place=street.ESTATE)
    swabs = [
        line(kind="person.sampled", round=laid.round, person=each, tube="TUBE2", by=ground.LI)
        for each in laid.people[6:8]
    ]
    phone.push([*swabs, line(kind="tube.refused", tube="TUBE1", laboratory=ground.LABORATORY,
                             reason="leak", by=ground.LI)])  # fmt: skip
    assert round_closers.list_blocks(laid.round) == [
        round_closers.Block("LINES_HELD", {"count": 3})
    ]
    assert _refuses_to_close(laid.round)
    for held in claims.list_sets():
        actions.settle_lines(ground.OFFICER, entries=held.entries, stands=[])
    assert round_closers.list_blocks(laid.round) == []
    rounds.close_round(ground.OFFICER, round=laid.round)


def test_a_result_whose_box_was_never_received_is_in_no_counter(laid: ground.Ground) -> None:
    day.fill(laid.round, "TUBE1", laid.people[:10])
    sealed = {"round": laid.round, "box": "BOX1", "seal": "SEAL01", "tubes": ["TUBE1"], "count": 1}
    day.post("box.sealed", **sealed)
    day.report("TUBE1")
    nobody = counters.Count()
    assert counters.count_round(laid.round) == counters.Five(
        counters.Count(10, 1), nobody, nobody, nobody, nobody
    )
    assert _refuses_to_close(laid.round)
    day.post("box.received", box="BOX1", laboratory=ground.LABORATORY, count=1)
    assert set(counters.count_round(laid.round)) == {counters.Count(10, 1)}


def test_what_another_package_holds_stops_it_too(laid: ground.Ground) -> None:
    """A filled-in form of a foreign app may hold a swab that no rule of sampling has seen."""
    day.finish(laid.round, "BOX1", {"TUBE1": laid.people[:10]})
    day.finish(laid.round, "BOX2", {"TUBE2": laid.people[10:]})
    rounds.close_round(ground.OFFICER, round=laid.round)
    said = evidence.Provider().list_round_evidence
    asked = {street.ESTATE: ""}
    assert day.is_all_negative(laid.round) and said(asked)[street.ESTATE][0].all_negative
    held = [round_closers.Block("SUBMISSIONS_HELD", {"count": 1})]
    round_closers.install([closers.list_blocked, lambda rounds_: dict.fromkeys(rounds_, held)])
    assert not day.is_all_negative(laid.round) and not said(asked)[street.ESTATE][0].all_negative
    assert not said(asked)[street.ESTATE][0].closed


def test_a_positive_tube_nobody_was_bound_to_leaves_no_area_clean(laid: ground.Ground) -> None:
    """A scan was forgotten: the swab may be of anybody in the round."""
    day.finish(laid.round, "BOX1", {"TUBE1": laid.people[:10], "TUBE2": laid.people[10:]})
    day.ship(laid.round, "BOX2", ["TUBE3"])
    found = day.report("TUBE3", "positive")
    actions.settle_lines(ground.OFFICER, entries=[found], stands=[found])
    rounds.close_round(ground.OFFICER, round=laid.round)
    said = evidence.Provider().list_round_evidence
    for area in (street.ESTATE, street.building_id(1), street.door_id(1, 1)):
        [each] = said({area: ""})[area]
        assert each.closed and not each.all_negative


def test_a_round_is_not_clean_where_somebody_present_was_on_no_list(laid: ground.Ground) -> None:
    """Somebody came home after the list was drawn; what happens after the close heals nothing."""
    day.finish(laid.round, "BOX1", {"TUBE1": laid.people[:10], "TUBE2": laid.people[10:]})
    guest, home = street.person_id(1, 9, 9), street.door_id(1, 1)
    day.post("residents.listed", residents=[(guest, home, "present")])
    with pytest.raises(refusals.Refused) as refused:
        rounds.close_round(ground.OFFICER, round=laid.round)
    assert refused.value.code == "ROUND_UNLISTED"
    rounds.close_round(ground.OFFICER, round=laid.round, reason="next_round")
    said = evidence.Provider().list_round_evidence
    areas = {street.ESTATE: "", street.building_id(1): "", home: ""}
    next_door = street.door_id(1, 2)

    def clean() -> list[bool]:
        found = said({**areas, next_door: ""})
        assert found[next_door][0].all_negative
        return [found[area][0].all_negative for area in areas]

    assert clean() == [False, False, False]
    day.post("residents.listed", residents=[(guest, home, "moved_out")])
    assert clean() == [False, False, False]
    day.post("residents.listed", residents=[(guest, home, "present")])
    rounds.reopen_round(ground.OFFICER, round=laid.round, reason="list_incomplete")
    rounds.list_unlisted(ground.OFFICER, round=laid.round)
    day.finish(laid.round, "BOX3", {"TUBE3": [guest]})
    rounds.close_round(ground.OFFICER, round=laid.round)
    assert clean() == [True, True, True]
    day.post("residents.listed", residents=[(street.person_id(1, 9, 8), home, "present")])
    assert clean() == [True, True, True]  # who comes after the close is no part of it


def test_a_withdrawn_round_is_no_round(laid: ground.Ground) -> None:
    rounds.withdraw_round(ground.OFFICER, round=laid.round)
    assert evidence.Provider().list_round_evidence({street.ESTATE: ""})[street.ESTATE] == []
