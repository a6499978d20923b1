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
