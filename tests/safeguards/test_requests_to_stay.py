"""Safeguard: to stay until the recheck is a request. It lapses at the pack's deadline, or at once
when the recheck is late through our fault or not needed any more, and nothing prolongs it.
"""

from collections.abc import Iterator

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from doorstep.kit import clock
from doorstep.ledger import models, reactions
from doorstep.operations.sampling import models as sampling
from doorstep.operations.sampling import reactions as following
from doorstep.operations.sampling.tests import day, ground
from doorstep.outside import messages
from doorstep.rounds import actions as rounds
from doorstep.rounds import models as round_models

pytestmark = pytest.mark.django_db
STAYS = following.REACTIONS[1:3]  # to ask and to end, without the recheck


@pytest.fixture
def laid(cell: models.Cell) -> Iterator[ground.Ground]:
    gateway, installed = messages._gateway, list(reactions._reactions)
    messages.install(messages.StandIn())
    reactions.install(following.REACTIONS)
    yield ground.lay_out(doors=10)
    messages.install(gateway)
    reactions.install(installed)


def _run() -> None:
    while reactions.run_once():
        pass
    assert reactions.list_stuck() == []


def _wait(monkeypatch: pytest.MonkeyPatch, hours: float) -> None:
    later = clock.now() + int(hours * clock.HOUR)
    monkeypatch.setattr(clock, "now", lambda: later)


def _standing() -> dict[str, int]:
    """Who is asked, and until when."""
    asked = sampling.Stay.objects.filter(ended_at=None)
    return {str(each.person): each.until_at for each in asked}


def test_it_ends_when_no_recheck_was_ever_opened(
    laid: ground.Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    reactions.install(STAYS)
    day.finish(laid.round, "BOX1", {"TUBE1": laid.people[:3]}, "positive")
    _run()
    assert set(_standing()) == set(laid.people[:3])
    _wait(monkeypatch, 2)  # the pack gives an hour to collect
    _run()
    assert _standing() == {}
    assert {each.reason for each in sampling.Stay.objects.all()} == {"recheck_late"}


def test_it_ends_for_whom_the_recheck_does_not_need(laid: ground.Ground) -> None:
    day.finish(laid.round, "BOX1", {"TUBE1": laid.people[:3]}, "positive")
    _run()
    recheck = round_models.Round.objects.get(parent=laid.round)
    rounds.excuse_subject(
        ground.OFFICER, round=recheck.id, subject=laid.people[0], reason="hospital"
    )
    _run()
    assert set(_standing()) == set(laid.people[1:3])


def test_it_ends_when_a_swab_of_the_recheck_is_held_for_too_long(
    laid: ground.Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = laid.people[0]
    day.finish(laid.round, "BOX1", {"TUBE1": [person]}, "positive")
    _run()
    recheck = round_models.Round.objects.get(parent=laid.round)
    for tube in ("TUBE8", "TUBE9"):
        day.fill(recheck.id, tube, [person])
    assert round_models.Subject.objects.get(round=recheck.id).state == "held"
    _wait(monkeypatch, 2)
    _run()
    assert set(_standing()) == {person}  # collected in time; the laboratory has hours yet
    _wait(monkeypatch, 9)
    _run()
    assert _standing() == {}


def test_it_is_not_prolonged_by_a_result_that_was_held_and_settled(
    laid: ground.Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    day.finish(laid.round, "BOX1", {"TUBE1": laid.people[:3]}, "positive")
    _run()
    first = _standing()
    right = str(sampling.Result.objects.get(tube="TUBE1").entry)
    _wait(monkeypatch, 0.5)
    other = day.report("TUBE1", "negative", minutes=1)
    _run()
    assert _standing() == {}
    _wait(monkeypatch, 0.25)
    day.post("line.settled", entries=[right, other], stands=[right])
    _run()
    assert _standing() == first


def test_nobody_is_asked_again_after_the_time_is_over(
    laid: ground.Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    day.finish(laid.round, "BOX1", {"TUBE1": laid.people[:2]}, "positive")
    _run()
    right = str(sampling.Result.objects.get(tube="TUBE1").entry)
    other = day.report("TUBE1", "negative", minutes=1)
    _run()
    _wait(monkeypatch, 13)
    day.post("line.settled", entries=[right, other], stands=[right])
    _run()
    assert _standing() == {}
    due = round_models.Subject.objects.exclude(round=laid.round).filter(state="due")
    assert {str(each.subject) for each in due} == set(laid.people[:2])  # the recheck goes on


def test_to_look_which_requests_end_asks_as_much_for_many_as_for_few(laid: ground.Ground) -> None:
    asked = []
    for number in range(2):
        people = laid.people[10 * number : 10 * number + 10]
        day.finish(laid.round, f"BOX{number}", {f"TUBE{number}": people}, "positive")
        _run()
        with CaptureQueriesContext(connection) as statements:
            assert following.list_ending() == []
        asked.append(len(statements))
    assert len(_standing()) == 20 and asked[0] == asked[1]
