"""Each of the seven points where a day leaks is found, counted and listed; a sound day has none."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from doorstep.kit import clock
from doorstep.ledger import codes, models, store
from doorstep.operations.sampling import models as sampling
from doorstep.operations.sampling import queries, reconciliation
from doorstep.operations.sampling.pages import trails
from doorstep.operations.sampling.tests import day, ground
from doorstep.rounds import closers as round_closers
from doorstep.rounds.tests import street

pytestmark = pytest.mark.django_db
STRANGER, VISITOR = street.person_id(9, 9, 9), street.person_id(8, 8, 8)


@pytest.fixture
def estate(cell: models.Cell) -> ground.Ground:
    return ground.lay_out()


def _found(round_: str) -> dict[str, list[str]]:
    found = {}
    for each in reconciliation.list_findings(round_, street.ESTATE, clock.now()):
        key = each.check.key
        items = reconciliation.list_items(round_, street.ESTATE, key, clock.now(), 10)
        assert len(items) == each.found
        if items:
            found[key] = [item.code for item in items]
    return found


def test_a_sound_day_has_nothing_to_put_right(estate: ground.Ground) -> None:
    day.finish(estate.round, "BOX1", {"TUBE1": estate.people[:10]})
    assert _found(estate.round) == {}


def test_every_point_is_found(estate: ground.Ground) -> None:
    round_, people = estate
    day.finish(round_, "BOX1", {"TUBE1": people[:2]})
    day.post("tube.closed", round=round_, tube="TUBE1", count=3)  # one scan forgotten
    day.report("TUBE1", minutes=20)
    day.post("person.sampled", round=round_, person=STRANGER, tube="TUBE2", at=day.ago(200))
    day.post("person.sampled", round=round_, person=people[2], tube="TUBE3", at=day.ago(200))
    day.post("person.sampled", round=round_, person=people[2], tube="TUBE4", at=day.ago(200))
    day.fill(round_, "TUBE5", people[3:5], minutes=900)
    sealed = {"round": round_, "box": "BOX5", "seal": "SEAL5", "tubes": ["TUBE5"], "count": 2}
    day.post("box.sealed", **sealed, at=day.ago(800))
    day.post("box.collected", box="BOX5", seal="SEAL5", count=1, at=day.ago(790))
    day.post("box.handed_over", box="BOX5", to=ground.XU, at=day.ago(700))
    day.post("box.received", box="BOX5", laboratory=ground.LABORATORY, count=1, at=day.ago(600))
    day.report("TUBE9")
    day.finish(round_, "BOX6", {"TUBE6": people[5:7]})
    day.report("TUBE6", "positive")
    day.fill(round_, "TUBE7", people[7:8])
    opened = {"round": round_, "tube": "TUBE7", "pool": "ten", "table": ground.OTHER_TABLE}
    day.post("tube.opened", **opened)
    columns = ["person", "estate", "presence", "since_at", "entry"]
    home = (VISITOR, street.OTHER_ESTATE, "present", 0, VISITOR)
    store.insert("registry_residence", columns, [home])
    day.post("person.sampled", round=round_, person=VISITOR, tube="TUBE8", at=day.ago(200))
    assert _found(round_) == {
        "scans_forgotten": ["TUBE1"],
        "persons_unknown": ["TUBE2"],
        "persons_elsewhere": ["TUBE8"],
        "persons_twice": ["TUBE3", "TUBE4"],
        "tubes_unboxed": ["TUBE2", "TUBE3", "TUBE4", "TUBE7", "TUBE8"],
        "boxes_unbalanced": ["BOX5"],
        "boxes_late": ["BOX5"],
        "boxes_with_stops": ["BOX5"],
        "results_missing": ["TUBE5"],
        "results_repeated": ["TUBE1", "TUBE6"],
        "results_without_tube": ["TUBE9"],
        "results_contradicting": ["TUBE6", "TUBE6"],
        "tubes_reused": ["TUBE7", "TUBE7"],
    }


def test_a_result_before_its_box_is_kept_named_and_stops_the_close(estate: ground.Ground) -> None:
    """The chain of a tube is not proved before somebody wrote the receipt of its box down."""
    round_, people = estate
    day.fill(round_, "TUBE1", people[:2])
    sealed = {"round": round_, "box": "BOX1", "seal": "SEAL01", "tubes": ["TUBE1"], "count": 1}
    day.post("box.sealed", at=day.ago(240), **sealed)
    day.report("TUBE1")
    tube = sampling.Tube.objects.get(tube="TUBE1")
    assert (tube.outcome, tube.state) == ("negative", "reported")  # never refused
    found = _found(round_)
    assert found == {"boxes_unreceived": ["BOX1"], "results_before_receipt": ["TUBE1"]}
    [item] = reconciliation.list_items(
        round_, street.ESTATE, "results_before_receipt", clock.now(), 10
    )
    assert (item.code, item.box) == ("TUBE1", "BOX1")
    blocks = round_closers.list_blocks(round_)
    assert blocks == [round_closers.Block("BOXES_NOT_RECEIVED", {"count": 1, "boxes": "BOX1"})]
    assert "BOX1" in codes.text_of(blocks[0].code, "en", **blocks[0].facts)
    day.post("box.received", at=day.ago(60), box="BOX1", laboratory=ground.LABORATORY, count=1)
    assert round_closers.list_blocks(round_) == [] and _found(round_) == {}


def test_a_tube_tested_before_its_box_arrived_is_looked_at(estate: ground.Ground) -> None:
    day.fill(estate.round, "TUBE1", estate.people[:2])
    day.ship(estate.round, "BOX1", ["TUBE1"], minutes=100)  # received forty minutes ago
    day.report("TUBE1", minutes=50)
    assert _found(estate.round) == {"results_before_receipt": ["TUBE1"]}
    assert round_closers.list_blocks(estate.round) == []


def test_a_wrong_code_at_the_seal_does_not_hold_a_round_open(estate: ground.Ground) -> None:
    """The same tubes sealed once more under the right code: the first box exists nowhere."""
    day.fill(estate.round, "TUBE1", estate.people[:2])
    sealed = {"round": estate.round, "seal": "SEAL01", "tubes": ["TUBE1"], "count": 1}
    day.post("box.sealed", at=day.ago(250), box="BOXWRONG", **sealed)
    day.ship(estate.round, "BOX1", ["TUBE1"])
    day.report("TUBE1")
    assert round_closers.list_blocks(estate.round) == []
    assert _found(estate.round) == {"boxes_unreceived": ["BOXWRONG"]}


def test_a_trace_tells_the_whole_way_of_a_tube(estate: ground.Ground) -> None:
    [bound] = day.fill(estate.round, "TUBE1", estate.people[:1])
    day.ship(estate.round, "BOX1", ["TUBE1"])
    wrong = day.report("TUBE1", "positive")
    day.report("TUBE1", minutes=1, corrects=wrong)
    with translation.override("en"):
        told = trails.read_tube_trail("TUBE1", may_look=False)
        said = [str(each.what) for each in told]
    assert said == [
        "Opened",
        "Sampled",
        "Closed",
        "Sealed",
        "Collected",
        "Received",
        "Result reported",
        "Result corrected",
    ]
    assert [each.entry for each in told][1] == bound
    assert sampling.Tube.objects.get(tube="TUBE1").outcome == "negative"
    [swab] = queries.list_swabs(estate.people[0])
    assert (swab.tube, swab.outcome) == ("TUBE1", "negative")
    [table] = queries.count_tables(estate.round)
    assert (table.table, table.tubes, table.people) == (ground.TABLE, 1, 1)
    assert [box.box for box in sampling.Box.objects.all()] == ["BOX1"]
    assert sampling.Tube.objects.count() == 1


def test_a_stranger_sees_no_tube(estate: ground.Ground, sit: Callable[[Any], Client]) -> None:
    day.fill(estate.round, "TUBE1", estate.people[:1])
    assert sit(ground.OFFICER).get("/sampling/tubes/TUBE1").status_code == 200
    assert sit(ground.STRANGER).get("/sampling/tubes/TUBE1").status_code == 403
