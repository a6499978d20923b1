"""Safeguard: a standing given by hand does what the rules say, from entries alone: who was
vaccinated within the hours is excused, and may be sampled all the same.
"""

import pytest

from doorstep.kit import clock
from doorstep.ledger import models as ledger
from doorstep.ledger import refusals
from doorstep.operations.sampling import actions
from doorstep.operations.sampling.tests import ground
from doorstep.registry import giving
from doorstep.registry import models as registry
from doorstep.rounds import actions as rounds
from doorstep.rounds import models as round_models
from doorstep.rounds.tests import street

pytestmark = pytest.mark.django_db
BEFORE = 23 * clock.HOUR
LONG_AGO = 25 * clock.HOUR


@pytest.fixture
def laid(cell: ledger.Cell) -> ground.Ground:
    return ground.lay_out()


def test_who_was_vaccinated_within_a_day_is_excused_until_it_is_taken_back(
    laid: ground.Ground,
) -> None:
    fresh, earlier = laid.people[:2]
    now = clock.now()
    entry = giving.give(ground.OFFICER, fresh, "vaccinated", at=now - BEFORE)
    giving.give(ground.OFFICER, earlier, "vaccinated", at=now - LONG_AGO)
    area, day = street.building_id(1), clock.day_of(now, "Asia/Shanghai")
    drawn = rounds.open_round(ground.OFFICER, round_kind="sampling", area=area, day=day)
    states = dict(round_models.Subject.objects.filter(round=drawn).values_list("subject", "state"))
    assert (states[fresh], states[earlier]) == ("excused", "due")
    tube = actions.open_tube(
        ground.REGISTRAR, round=drawn, table=ground.TABLE, tube=ground.tube(1), pool=None
    )
    with pytest.raises(refusals.Refused, match="PERSON_EXCLUDED"):
        actions.sample_person(ground.REGISTRAR, round=drawn, tube=tube, person=fresh)
    giving.take_back(ground.OFFICER, fresh, entry)
    assert not registry.Standing.objects.filter(subject=fresh).exists()
    assert actions.sample_person(ground.REGISTRAR, round=drawn, tube=tube, person=fresh)


def test_it_is_given_only_where_one_lists_residents_and_not_ahead(laid: ground.Ground) -> None:
    person, now = laid.people[0], clock.now()
    with pytest.raises(refusals.Refused, match="NOT_FOUND"):
        giving.give(ground.STRANGER, person, "hospital")
    for moments in ({"at": now + clock.HOUR}, {"until": now - clock.HOUR}):
        with pytest.raises(refusals.Refused, match="STANDING_MOMENT"):
            giving.give(ground.OFFICER, person, "green_channel", **moments)
    entry = giving.give(ground.OFFICER, person, "green_channel", until=now + clock.DAY)
    with pytest.raises(refusals.Refused, match="NOT_FOUND"):
        giving.take_back(ground.OFFICER, laid.people[1], entry)
    assert [each.kind for each in giving.list_given(person)] == ["green_channel"]
