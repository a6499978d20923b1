"""Safeguard: others get the least. Police get building and count, the emergency team doors and
count; nobody outside gets a name, an id, a document or a tube, whatever the notice is about.
"""

import json
from collections.abc import Iterator

import pytest

from doorstep.ledger import models, reactions
from doorstep.operations.sampling import models as sampling
from doorstep.operations.sampling import reactions as following
from doorstep.operations.sampling.tests import day, ground
from doorstep.outside import messages
from doorstep.registry import models as registry
from doorstep.registry import people
from doorstep.rounds import models as round_models
from doorstep.rounds.tests import street

pytestmark = pytest.mark.django_db
KINDS = {"police": {"building"}, "emergency_team": {"door"}, "community": {"door"}}


@pytest.fixture
def told(cell: models.Cell) -> Iterator[messages.StandIn]:
    gateway, installed = messages._gateway, list(reactions._reactions)
    stand_in = messages.StandIn()
    messages.install(stand_in)
    reactions.install(following.REACTIONS)
    yield stand_in
    messages.install(gateway)
    reactions.install(installed)


@pytest.mark.parametrize("outcome", ["positive", "inconclusive"])
def test_each_is_told_places_of_their_own_kind_and_a_count(
    told: messages.StandIn, outcome: str
) -> None:
    laid = ground.lay_out()
    for n, person in enumerate(laid.people):
        registry.Person.objects.filter(id=person).update(name=f"不可说{n}")
    day.finish(laid.round, "BOX1", {"TUBE1": laid.people[:3]}, outcome)
    while reactions.run_once():
        pass
    notices = {each.audience: each for each in sampling.Notice.objects.all()}
    assert (
        set(notices) == set(following.AUDIENCES) == set(KINDS)
    )  # a new one says here what it gets
    for audience, notice in notices.items():
        named = registry.Place.objects.filter(id__in=json.loads(notice.places))
        assert {each.kind for each in named} == KINDS[audience]
        assert notice.count == 3
    assert len(told.sent) == len(KINDS)
    doors = {street.door_id(1, 1), street.door_id(1, 2)}
    numbers = set(registry.Place.objects.filter(id__in=doors).values_list("name", flat=True))
    for message in told.sent.values():
        assert "不可说" not in message.text and "TUBE1" not in message.text
        assert not any(person in message.text for person in laid.people)
        shown = {number for number in numbers if number in message.text}
        assert shown == (set() if message.audience == "police" else numbers)


def test_of_somebody_without_a_door_the_team_alone_is_told_where_they_were_met(
    told: messages.StandIn,
) -> None:
    laid = ground.lay_out()
    table = registry.Place.objects.get(id=ground.TABLE)
    person = people.add_person(ground.REGISTRAR, name="不可说", met=ground.TABLE)
    day.finish(laid.round, "BOX1", {"TUBE1": [laid.people[0], person]}, "positive")
    while reactions.run_once():
        pass
    notices = {each.audience: each for each in sampling.Notice.objects.all()}
    home = registry.Residence.objects.get(person=laid.people[0])
    assert {audience: set(json.loads(each.places)) for audience, each in notices.items()} == {
        "police": {home.building}, "community": {home.door},
        "emergency_team": {home.door, ground.TABLE},
    }  # fmt: skip
    assert {each.count for each in notices.values()} == {2}
    opened = round_models.Round.objects.get(id=laid.round)
    for message in told.sent.values():
        assert "不可说" not in message.text and person not in message.text
        has_table = table.name in message.text and opened.day in message.text
        assert has_table == (message.audience == "emergency_team")
    [text] = [each.text for each in told.sent.values() if each.audience == "emergency_team"]
    assert "共2人（1人无房号，见于" in text and "(1 without a door, met at " in text


def test_a_tube_of_people_without_a_door_is_told_too(told: messages.StandIn) -> None:
    """Nobody noted where they were met: the table of the tube is where they stood."""
    laid = ground.lay_out()
    person = people.add_person(ground.REGISTRAR, name="不可说", met=street.ESTATE)
    registry.Listing.objects.filter(person=person).update(place=None)
    day.finish(laid.round, "BOX1", {"TUBE1": [person]}, "positive")
    while reactions.run_once():
        pass
    notices = {each.audience: each for each in sampling.Notice.objects.all()}
    assert json.loads(notices["emergency_team"].places) == [ground.TABLE]
    assert json.loads(notices["police"].places) == json.loads(notices["community"].places) == []
    [text] = [each.text for each in told.sent.values() if each.audience == "emergency_team"]
    assert text.startswith("共1人（1人无房号，见于") and "。1 people (1 without" in text
