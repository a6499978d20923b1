"""After a positive tube: one recheck, requests that lapse, notices with the least; and all of it
undone when the result is corrected.
"""

from collections.abc import Iterator

import pytest

from doorstep.kit import clock
from doorstep.ledger import models, reactions
from doorstep.operations.sampling import evidence
from doorstep.operations.sampling import models as sampling
from doorstep.operations.sampling import reactions as following
from doorstep.operations.sampling.tests import day, ground
from doorstep.orders import evidence as grounds
from doorstep.outside import messages
from doorstep.registry import models as registry
from doorstep.rounds import actions as round_actions
from doorstep.rounds import models as rounds
from doorstep.rounds.tests import street

pytestmark = pytest.mark.django_db
HOUR = clock.HOUR


@pytest.fixture
def gateway() -> Iterator[messages.StandIn]:
    before, stand_in = messages._gateway, messages.StandIn()
    messages.install(stand_in)
    yield stand_in
    messages.install(before)


@pytest.fixture
def estate(cell: models.Cell, gateway: messages.StandIn) -> Iterator[ground.Ground]:
    installed = list(reactions._reactions)
    reactions.install(following.REACTIONS)
    yield ground.lay_out()
    reactions.install(installed)


def _run() -> None:
    while reactions.run_once():
        pass
    assert reactions.list_stuck() == []


def _recheck() -> rounds.Round:
    return rounds.Round.objects.get(round_kind="sampling_recheck")


def _asked() -> set[str]:
    rows = registry.Standing.objects.filter(kind="stay_asked")
    return {str(row.subject) for row in rows}


def test_a_positive_tube_opens_one_recheck_and_asks_its_members_to_stay(
    estate: ground.Ground, gateway: messages.StandIn
) -> None:
    members = estate.people[:3]
    day.finish(estate.round, "BOX1", {"TUBE1": members}, "positive")
    day.finish(estate.round, "BOX2", {"TUBE2": estate.people[3:5]})
    before = set(registry.Standing.objects.values_list("subject", "kind"))
    _run()
    _run()
    assert _recheck().parent == estate.round and _recheck().pool == "single"
    listed = rounds.Subject.objects.filter(round=_recheck().id)
    assert {str(each.subject) for each in listed} == set(members)
    assert _asked() == set(members)
    after = set(registry.Standing.objects.values_list("subject", "kind"))
    assert {kind for _, kind in after - before} == {"stay_asked"}
    stay = sampling.Stay.objects.first()
    assert stay is not None and stay.until_at - stay.at == 12 * HOUR
    assert len(gateway.sent) == 3


def test_the_police_are_told_buildings_the_others_doors_and_nobody_a_name(
    estate: ground.Ground, gateway: messages.StandIn
) -> None:
    day.finish(estate.round, "BOX1", {"TUBE1": estate.people[:3]}, "inconclusive")
    _run()
    told = {each.audience: each for each in sampling.Notice.objects.all()}
    assert set(told) == set(following.AUDIENCES)
    assert told["police"].places == f'["{street.building_id(1)}"]'
    doors = f'["{street.door_id(1, 1)}", "{street.door_id(1, 2)}"]'
    assert told["emergency_team"].places == told["community"].places == doors
    assert {each.count for each in told.values()} == {3}
    names = registry.Person.objects.filter(id__in=estate.people).values_list("name", flat=True)
    for message in gateway.sent.values():
        assert not any(name in message.text for name in names)
        assert not any(person in message.text for person in estate.people)
    [police] = [m.text for m in gateway.sent.values() if m.audience == "police"]
    assert "1座" in police and "101" not in police and "3人" in police


def test_a_corrected_result_takes_everything_back(
    estate: ground.Ground, gateway: messages.StandIn
) -> None:
    day.finish(estate.round, "BOX1", {"TUBE1": estate.people[:2]}, "positive")
    _run()
    wrong = sampling.Result.objects.get(tube="TUBE1").entry
    day.report("TUBE1", "negative", corrects=wrong)
    _run()
    assert _asked() == set()
    ended = sampling.Stay.objects.all()
    assert {each.reason for each in ended} == {"withdrawn"} and len(ended) == 2
    recheck = _recheck()
    assert recheck.state == "closed" and recheck.excused == 2
    assert [n.says for n in sampling.Notice.objects.filter(audience="police").order_by("at")] == [
        "positive",
        "corrected",
    ]
    assert len(gateway.sent) == 6


def test_a_recheck_that_is_called_off_stays_open_while_a_tube_of_it_has_no_result(
    estate: ground.Ground,
) -> None:
    members = estate.people[:2]
    day.finish(estate.round, "BOX1", {"TUBE1": members}, "positive")
    _run()
    day.fill(_recheck().id, "TUBE8", members[:1])
    wrong = sampling.Result.objects.get(tube="TUBE1").entry
    day.report("TUBE1", "negative", corrects=wrong)
    _run()
    recheck = _recheck()
    assert (recheck.state, recheck.done, recheck.excused) == ("open", 1, 1)
    day.ship(recheck.id, "BOX8", ["TUBE8"])
    day.report("TUBE8")
    round_actions.close_round(street.DUTY_OFFICER, round=recheck.id)
    assert _recheck().state == "closed"


def test_a_recheck_stays_open_for_whom_it_still_waits(estate: ground.Ground) -> None:
    members = estate.people[:2]
    [first, _] = day.fill(estate.round, "TUBE1", members)
    day.ship(estate.round, "BOX1", ["TUBE1"])
    day.report("TUBE1", "positive")
    _run()
    taken_back = {"round": estate.round, "person": members[0], "tube": "TUBE1", "entry": first}
    day.post("person.unsampled", **taken_back)
    _run()
    recheck = _recheck()
    assert (recheck.state, recheck.due, recheck.excused) == ("open", 2, 1)
    assert _asked() == {members[1]}


def test_a_contradiction_takes_the_request_back_until_it_is_settled(estate: ground.Ground) -> None:
    day.finish(estate.round, "BOX1", {"TUBE1": estate.people[:2]}, "positive")
    _run()
    right = sampling.Result.objects.get(tube="TUBE1").entry
    other = day.report("TUBE1", "negative")
    _run()
    assert _asked() == set()
    day.post("line.settled", entries=[right, other], stands=[right])
    _run()
    assert _asked() == set(estate.people[:2])
    assert rounds.Round.objects.filter(round_kind="sampling_recheck", state="open").count() == 1


def test_a_request_ends_when_the_recheck_is_negative(estate: ground.Ground) -> None:
    members = estate.people[:2]
    day.finish(estate.round, "BOX1", {"TUBE1": members}, "positive")
    _run()
    day.finish(_recheck().id, "BOX8", {"TUBE8": members[:1]})
    _run()
    assert _asked() == {members[1]}
    assert sampling.Stay.objects.get(person=members[0]).reason == "recheck_negative"


def test_a_request_lapses_at_once_when_nobody_comes_to_sample_again(
    estate: ground.Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    members = estate.people[:2]
    day.finish(estate.round, "BOX1", {"TUBE1": members}, "positive")
    _run()
    day.post("subject.refused", round=_recheck().id, subject=members[1])
    later = clock.now() + 2 * HOUR
    monkeypatch.setattr(clock, "now", lambda: later)
    _run()
    assert _asked() == {members[1]}  # who would not come is not kept waiting by us
    assert sampling.Stay.objects.get(person=members[0]).reason == "recheck_late"


def test_a_positive_recheck_opens_no_other_and_is_a_ground(estate: ground.Ground) -> None:
    person = estate.people[0]
    day.finish(estate.round, "BOX1", {"TUBE1": estate.people[:2]}, "positive")
    _run()
    pooled = sampling.Result.objects.get(tube="TUBE1").entry
    day.finish(_recheck().id, "BOX8", {"TUBE8": [person]}, "positive")
    _run()
    assert rounds.Round.objects.filter(parent=estate.round).count() == 1
    single = sampling.Result.objects.get(tube="TUBE8").entry
    found = evidence.Provider().find_grounds([pooled, single])
    places = (street.building_id(1),)
    assert found == {single: grounds.Ground("result.reported", "infection_found", places)}
    assert list(evidence.Provider().list_grounds(street.ESTATE)) == [single]
    assert list(evidence.Provider().list_grounds(street.OTHER_ESTATE)) == []
    [said] = evidence.Provider().list_positives([street.ESTATE])[street.ESTATE]
    assert said.entries == {single}
    assert said.at == sampling.Tube.objects.get(tube="TUBE8").reported_at


def test_a_gateway_that_is_down_is_tried_again(
    estate: ground.Ground, gateway: messages.StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway.broken = True
    day.finish(estate.round, "BOX1", {"TUBE1": estate.people[:2]}, "positive")
    reactions.run_once()
    assert [each.reaction for each in reactions.list_stuck()] == ["sampling.notice"]
    assert not sampling.Notice.objects.exists() and _asked() == set(estate.people[:2])
    gateway.broken = False
    later = clock.now() + HOUR // 4
    monkeypatch.setattr(clock, "now", lambda: later)
    _run()
    assert sampling.Notice.objects.count() == 3


def test_no_notice_is_on_record_where_no_gateway_is_set_up(estate: ground.Ground) -> None:
    messages.install(messages.Nowhere())
    day.finish(estate.round, "BOX1", {"TUBE1": estate.people[:2]}, "positive")
    reactions.run_once()
    assert not sampling.Notice.objects.exists()
    [stuck] = reactions.list_stuck()
    assert stuck.reaction == "sampling.notice" and "no gateway" in stuck.error


def test_an_audience_without_a_number_keeps_no_other_from_being_told(
    estate: ground.Ground, gateway: messages.StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    def send(message: messages.Message) -> None:
        if message.audience == following.AUDIENCES[0]:
            raise messages.Undelivered("no number is known")
        gateway.sent[message.key] = message

    monkeypatch.setattr(gateway, "send", send)
    day.finish(estate.round, "BOX1", {"TUBE1": estate.people[:2]}, "positive")
    reactions.run_once()
    told = set(sampling.Notice.objects.values_list("audience", flat=True))
    assert told == set(following.AUDIENCES[1:]) == {m.audience for m in gateway.sent.values()}
    assert [each.reaction for each in reactions.list_stuck()] == ["sampling.notice"]
