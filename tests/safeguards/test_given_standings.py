"""Safeguard: a standing given by hand does what the rules say, from entries alone: who was
vaccinated within the hours is excused, and may be sampled all the same.
"""

import pytest

from doorstep.kit import clock, documents
from doorstep.ledger import models as ledger
from doorstep.ledger import refusals
from doorstep.operations.sampling import actions
from doorstep.operations.sampling.tests import ground
from doorstep.registry import giving, vaccinated, vault
from doorstep.registry import models as registry
from doorstep.registry.tests.block import number
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


def test_a_list_from_a_centre_excuses_whoever_was_vaccinated_within_a_day(
    laid: ground.Ground,
) -> None:
    """From the file to the drawn round: within the hours excused, before them due, and a day
    without a time excuses nobody.
    """
    fresh, earlier, undated = laid.people[:3]
    now, zone = clock.now(), "Asia/Shanghai"
    numbers = {person: number(at) for at, person in enumerate((fresh, earlier, undated), 1)}
    for person, text in numbers.items():
        read = documents.read(text)
        assert not isinstance(read, str)
        blind = vault.blind_document(read.type, read.issuer, read.link)
        registry.Document.objects.create(
            person=person, type=read.type, issuer="", blind=blind, sealed=b""
        )
    moments = [clock.to_moment(now - ago, zone) for ago in (BEFORE, LONG_AGO)]
    said = [f"{each:%Y-%m-%d %H:%M}" for each in moments] + [f"{moments[0]:%Y-%m-%d}"]
    rows = [f"{text},{at}" for text, at in zip(numbers.values(), said, strict=True)]
    data = "\n".join(["证件号码,接种时间", *rows]).encode()
    report = vaccinated.commit(ground.OFFICER.id, data, "接种.csv")
    assert (report.new, [each.code for each in report.refused]) == (2, ["TIME_MISSING"])
    area, day = street.building_id(1), clock.day_of(now, zone)
    drawn = rounds.open_round(ground.OFFICER, round_kind="sampling", area=area, day=day)
    states = dict(round_models.Subject.objects.filter(round=drawn).values_list("subject", "state"))
    assert [states[one] for one in (fresh, earlier, undated)] == ["excused", "due", "due"]
