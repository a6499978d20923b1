"""A spill: who carries a box or a tube says that it did not stay whole. Its people are due again,
as after any refusal; a laboratory that takes the box all the same has seen what is in it.
"""

from typing import Any

import pytest

from doorstep.kit import clock
from doorstep.ledger import models as ledger
from doorstep.ledger import verdicts
from doorstep.operations.sampling import models, rules
from doorstep.operations.sampling.pages import trails
from doorstep.operations.sampling.tests import day, ground
from tests.stranger import Phone, line

FIRST, SECOND = ground.tube(1), ground.tube(2)


@pytest.fixture
def laid(cell: ledger.Cell) -> ground.Ground:
    """Two tubes in a box that a courier has taken."""
    laid = ground.lay_out()
    day.fill(laid.round, FIRST, laid.people[:2])
    day.fill(laid.round, SECOND, laid.people[2:4])
    seal = {"round": laid.round, "box": "BOX1", "seal": "SEAL01", "tubes": [FIRST, SECOND]}
    day.post("box.sealed", at=day.ago(200), count=2, **seal)
    day.post("box.collected", at=day.ago(190), by=ground.XU, box="BOX1", seal="SEAL01", count=2)
    return laid


def carry(role: str = "courier", place: str = ground.TABLE) -> Phone:
    return Phone(role=role, people=[ground.XU], place=place)


def say(phone: Phone, kind: str, **fields: Any) -> set[str]:
    """One line of the courier's; today's codes on it."""
    said = line(kind=kind, by=ground.XU, reason="spill", at=clock.to_moment(
        clock.now(), "UTC").isoformat(), **fields)  # fmt: skip
    assert phone.push([said]).status_code == 200
    entry = ledger.Line.objects.order_by("-leaf").first()
    assert entry is not None
    return set(verdicts.list_verdicts([str(entry.entry)]).get(str(entry.entry), []))


def counting() -> set[str]:
    rows = models.Sample.objects.filter(state=rules.EFFECTIVE)
    return {str(person) for person in rows.values_list("person", flat=True)}


def test_the_people_of_a_spilled_tube_are_due_again(laid: ground.Ground) -> None:
    assert say(carry(), "tube.refused", tube=FIRST) == set()
    assert counting() == set(laid.people[2:4])
    assert models.Tube.objects.get(tube=FIRST).state == "refused"
    assert models.Tube.objects.get(tube=SECOND).state == "shipped"
    day.fill(laid.round, ground.tube(3), laid.people[:2], minutes=5)
    assert counting() == set(laid.people[:4])


def test_the_people_of_a_spilled_box_are_due_again_and_it_is_no_laboratorys(
    laid: ground.Ground,
) -> None:
    assert say(carry(), "box.refused", box="BOX1") == set()
    assert counting() == set()
    box = models.Box.objects.get(box="BOX1")
    assert (box.state, box.holder, box.laboratory) == ("refused", ground.XU, None)
    [*_, last] = trails.read_box_trail("BOX1")
    assert (str(last.what), last.state) == ("Spilled on the way", "act")


def test_a_laboratory_that_received_it_all_the_same_outweighs_the_courier(
    laid: ground.Ground,
) -> None:
    say(carry(), "box.refused", box="BOX1")
    day.post("box.received", box="BOX1", laboratory=ground.LABORATORY, count=2)
    assert models.Box.objects.get(box="BOX1").state == "received"
    assert counting() == set(laid.people[:4])


def test_a_courier_refuses_in_no_laboratorys_name_and_a_registrar_not_at_all(
    laid: ground.Ground,
) -> None:
    named = {"tube": FIRST, "laboratory": ground.LABORATORY}
    assert say(carry(), "tube.refused", **named) == {"NOT_ALLOWED"}
    assert say(carry("registrar"), "tube.refused", tube=FIRST) == {"NOT_ALLOWED"}
    assert counting() == set(laid.people[:4])
    theirs = carry("laboratory", ground.LABORATORY)
    assert say(theirs, "tube.refused", **named) == set()
    assert say(theirs, "box.refused", box="BOX1", laboratory=ground.SECOND_LABORATORY) == {
        "NOT_ALLOWED"
    }


def test_whoever_stands_nowhere_refuses_in_no_laboratorys_name(laid: ground.Ground) -> None:
    nowhere = Phone(role="courier", people=[ground.XU])
    named = {"tube": FIRST, "laboratory": ground.LABORATORY}
    assert say(nowhere, "tube.refused", **named) == {"NOT_ALLOWED"}
    assert say(nowhere, "tube.refused", tube=FIRST) == set()
