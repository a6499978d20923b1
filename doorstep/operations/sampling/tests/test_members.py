"""Whose result a positive tube's is, however late a line about it comes: the recheck, the request
to stay and the notices go by the person.
"""

import json
from collections.abc import Iterator

import pytest

from doorstep.kit import clock
from doorstep.ledger import models, reactions, verdicts
from doorstep.operations.sampling import actions
from doorstep.operations.sampling import models as sampling
from doorstep.operations.sampling import reactions as following
from doorstep.operations.sampling.actions import claims
from doorstep.operations.sampling.tests import day, ground
from doorstep.outside import messages
from doorstep.registry import models as registry
from doorstep.rounds import models as rounds
from doorstep.rounds.tests import street

pytestmark = pytest.mark.django_db


@pytest.fixture
def estate(cell: models.Cell) -> Iterator[ground.Ground]:
    gateway, installed = messages._gateway, list(reactions._reactions)
    messages.install(messages.StandIn())
    reactions.install(following.REACTIONS)
    yield ground.lay_out()
    messages.install(gateway)
    reactions.install(installed)


def _run() -> None:
    while reactions.run_once():
        pass
    assert reactions.list_stuck() == []


def _asked() -> set[str]:
    rows = registry.Standing.objects.filter(kind="stay_asked")
    return {str(row.subject) for row in rows}


def _listed(state: str | None = None) -> set[str]:
    rechecks = rounds.Round.objects.filter(round_kind="sampling_recheck").values_list("id")
    found = rounds.Subject.objects.filter(round__in=rechecks)
    if state is not None:
        found = found.filter(state=state)
    return {str(each.subject) for each in found}


def _told(audience: str) -> list[tuple[str, int]]:
    rows = sampling.Notice.objects.filter(audience=audience).order_by("at", "entry")
    return [(row.says, row.count) for row in rows]


def test_members_whose_swabs_arrive_after_the_result_join_the_open_recheck(
    estate: ground.Ground,
) -> None:
    """A phone without a network held them back; they were sampled before the test."""
    people = estate.people
    day.finish(estate.round, "BOX1", {"TUBE1": people[:2]}, "positive")
    _run()
    for i, person in enumerate(people[2:6]):
        swab = {"round": estate.round, "tube": "TUBE1", "person": person}
        day.post("person.sampled", at=day.ago(299) + i, **swab)
    _run()
    assert _listed("due") == set(people[:6]) == _asked()
    assert rounds.Round.objects.filter(parent=estate.round).count() == 1
    assert _told("community") == [("positive", 2), ("positive", 6)]
    last = sampling.Notice.objects.filter(audience="community").order_by("at").last()
    assert last is not None
    assert set(json.loads(last.places)) == {street.door_id(1, door) for door in (1, 2, 3)}


def test_who_joins_after_the_recheck_was_closed_gets_another(estate: ground.Ground) -> None:
    people = estate.people
    day.finish(estate.round, "BOX1", {"TUBE1": people[:1]}, "positive")
    _run()
    first = rounds.Round.objects.get(parent=estate.round)
    day.finish(first.id, "BOX8", {"TUBE8": people[:1]})
    counts = {"due": 1, "done": 1, "excused": 0, "refused": 0, "missed": 0}
    day.post("round.closed", round=first.id, **counts)
    swab = {"round": estate.round, "tube": "TUBE1", "person": people[1]}
    day.post("person.sampled", at=day.ago(299), **swab)
    _run()
    assert _listed("due") == {people[1]} and _asked() == {people[1]}
    assert rounds.Round.objects.get(id=first.id).state == "closed"


def test_a_member_taken_back_after_the_result_is_asked_no_more(estate: ground.Ground) -> None:
    people = estate.people
    day.finish(estate.round, "BOX1", {"TUBE1": people[:3]}, "positive")
    _run()
    wrong = sampling.Sample.objects.get(person=people[0])
    actions.unsample(ground.OFFICER, entry=str(wrong.entry))
    _run()
    assert _asked() == set(people[1:3]) == _listed("due") and _listed("excused") == {people[0]}
    assert sampling.Stay.objects.get(person=people[0]).reason == "withdrawn"
    assert _told("police") == [("positive", 3), ("positive", 2)]
    assert rounds.Round.objects.get(parent=estate.round).state == "open"


def test_the_last_member_taken_back_takes_the_notices_back(estate: ground.Ground) -> None:
    [bound] = day.fill(estate.round, "TUBE1", estate.people[:1])
    day.ship(estate.round, "BOX1", ["TUBE1"])
    day.report("TUBE1", "positive")
    _run()
    actions.unsample(ground.OFFICER, entry=bound)
    _run()
    assert _asked() == set() and _listed("due") == set()
    assert _told("police") == [("positive", 1), ("corrected", 1)]


def test_a_phone_a_day_ahead_is_settled_and_then_its_people_are_rechecked(
    estate: ground.Ground,
) -> None:
    """By their clock the swabs are later than the test: nothing acts before a person looks."""
    people = estate.people[:5]
    at = clock.now() + clock.DAY - 300 * clock.MINUTE
    swabs = [
        day.post("person.sampled", at=at + i, round=estate.round, tube="TUBE1", person=person)
        for i, person in enumerate(people)
    ]
    day.ship(estate.round, "BOX1", ["TUBE1"])
    result = day.report("TUBE1", "positive")
    _run()
    assert verdicts.list_verdicts([result]) == {result: ["RESULT_WITHOUT_TUBE"]}
    assert _listed() == set() == _asked() and _told("police") == []
    actions.settle_lines(ground.OFFICER, entries=[result], stands=[result])
    _run()
    assert _listed() == set() == _asked()
    sets = claims.list_sets()
    assert [set(found.entries) for found in sets] == [set(swabs)]  # one word for the whole tube
    assert sets[0].key.code == "SAMPLED_AFTER_TEST" and sets[0].round == estate.round
    actions.settle_lines(ground.OFFICER, entries=swabs, stands=swabs)
    _run()
    assert verdicts.list_verdicts([result, *swabs]) == {}
    assert {member.person for member in following.list_members("TUBE1")} == set(people)
    assert _listed("due") == set(people) == _asked() and _told("police") == [("positive", 5)]


def test_two_positive_tubes_have_a_recheck_each(estate: ground.Ground) -> None:
    people = estate.people
    day.finish(estate.round, "BOX1", {"TUBE1": people[:2], "TUBE2": people[2:4]}, "positive")
    _run()
    assert _listed("due") == set(people[:4])
    assert rounds.Round.objects.filter(parent=estate.round).count() == 2


def test_what_was_done_before_it_went_by_the_person_is_done_once(estate: ground.Ground) -> None:
    """A server that goes on with its book after an update: the old records name tube and round."""
    people = estate.people
    day.finish(estate.round, "BOX1", {"TUBE1": people[:2]}, "positive")
    _run()
    models.Done.objects.all().delete()
    for name in ("recheck", "stay"):
        row = {"reaction": f"sampling.{name}", "subject": "TUBE1", "fact": estate.round}
        models.Done.objects.create(**row, state="done", at=0)
    _run()
    assert _listed("due") == set(people[:2]) == _asked()
    assert sampling.Stay.objects.count() == 2 and _told("police") == [("positive", 2)]
    assert not models.Done.objects.filter(fact=estate.round).exists()
