"""A wrong step of a box, a wrong run of labels or a wrong refusal is taken back: the line stays in
the book, and counters, verdicts, due lists and reconciliation are as if it had not been written.
"""

import re
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from doorstep.kit import clock
from doorstep.ledger import models as ledger
from doorstep.ledger import refolding, verdicts
from doorstep.operations.sampling import actions, closers, counters, models, reconciliation
from doorstep.operations.sampling.pages import trails
from doorstep.operations.sampling.tests import day, ground
from doorstep.operations.sampling.tests.test_actions import refused
from doorstep.operations.sampling.tests.test_pages import Sit, page_of
from doorstep.rounds import models as rounds
from doorstep.rounds.tests import street

pytestmark = pytest.mark.usefixtures("cell")
FIRST, SECOND = ground.tube(1), ground.tube(2)
AT = {"laboratory": ground.LABORATORY}


@pytest.fixture
def laid(cell: ledger.Cell) -> ground.Ground:
    """Two tubes of two people, closed."""
    laid = ground.lay_out()
    day.fill(laid.round, FIRST, laid.people[:2])
    day.fill(laid.round, SECOND, laid.people[2:4])
    return laid


def seal(laid: ground.Ground, *tubes: str, count: int | None = None) -> str:
    said = {"round": laid.round, "box": "BOX1", "seal": "SEAL01", "tubes": list(tubes)}
    return day.post("box.sealed", at=day.ago(200), count=count or len(tubes), **said)


def take_back(entry: str, reason: str = "wrong_code") -> None:
    actions.take_back(ground.OFFICER, entry=entry, reason=reason)


def five(laid: ground.Ground) -> list[int]:
    """How many tubes have come how far."""
    return [count.tubes for count in counters.count_round(laid.round)]


def found(laid: ground.Ground, key: str) -> int:
    listed = reconciliation.list_findings(laid.round, street.ESTATE, clock.now())
    return next(each.found for each in listed if each.check.key == key)


def done(laid: ground.Ground) -> int:
    return rounds.Round.objects.get(id=laid.round).done


def test_a_receipt_of_the_wrong_box_is_taken_back(laid: ground.Ground) -> None:
    seal(laid, FIRST, SECOND)
    wrong = day.post("box.received", box="BOX1", count=3, **AT)
    assert five(laid)[:3] == [2, 2, 2] and found(laid, "boxes_unbalanced") == 1
    assert verdicts.list_verdicts([wrong]) == {wrong: ["BOX_UNBALANCED"]}
    take_back(wrong)
    assert five(laid)[:3] == [2, 0, 0] and found(laid, "boxes_unbalanced") == 0
    assert verdicts.list_verdicts([wrong]) == {}
    box = models.Box.objects.get(box="BOX1")
    assert (box.state, box.received_at, box.laboratory, box.balanced) == (
        "sealed",
        None,
        None,
        True,
    )
    assert found(laid, "boxes_unreceived") == 1
    assert {block.code for block in closers.list_blocked([laid.round])[laid.round]} == {
        "TUBES_WITHOUT_RESULT", "BOXES_NOT_RECEIVED"}  # fmt: skip
    day.post("box.received", box="BOX1", count=2, **AT)
    assert five(laid)[:3] == [2, 2, 2] and models.Box.objects.get(box="BOX1").balanced


def test_a_seal_with_the_wrong_tubes_is_taken_back_and_sealed_anew(laid: ground.Ground) -> None:
    wrong = seal(laid, FIRST, ground.tube(7))
    assert models.Tube.objects.filter(tube=ground.tube(7)).exists()
    right: dict[str, Any] = {"round": laid.round, "table": ground.TABLE, "box": "BOX1"}
    right |= {"seal": "SEAL01", "tubes": [FIRST, SECOND], "counted": 2}
    assert refused(actions.seal_box, ground.REGISTRAR, **right) == "BOX_EXISTS"
    take_back(wrong, "wrong_content")
    assert not models.Tube.objects.filter(tube=ground.tube(7)).exists()
    assert models.Tube.objects.get(tube=FIRST).state == "closed"
    assert found(laid, "tubes_unboxed") == 2 and not models.Box.objects.exists()
    assert refused(actions.collect_box, ground.COURIER, box="BOX1", seal="SEAL01", count=2) == (
        "BOX_UNKNOWN")  # fmt: skip
    actions.seal_box(ground.REGISTRAR, **right)
    assert models.Box.objects.get(box="BOX1").count == 2 and found(laid, "tubes_unboxed") == 0


def test_a_collection_and_a_handing_over_are_taken_back(laid: ground.Ground) -> None:
    seal(laid, FIRST, SECOND)
    collected = day.post("box.collected", at=day.ago(150), box="BOX1", seal="SEAL09", count=2)
    over = day.post("box.handed_over", at=day.ago(140), box="BOX1", to=ground.XU)
    assert found(laid, "boxes_with_stops") == 1 and found(laid, "boxes_unbalanced") == 1
    take_back(over)
    assert found(laid, "boxes_with_stops") == 0
    assert models.Box.objects.get(box="BOX1").holder == street.CHEN
    take_back(collected)
    box = models.Box.objects.get(box="BOX1")
    assert (box.state, box.holder, box.balanced) == ("sealed", None, True)
    assert five(laid)[:2] == [2, 0]


@pytest.mark.parametrize("kind", ["box.refused", "tube.refused"])
def test_a_refusal_is_taken_back_and_nobody_is_due_again(laid: ground.Ground, kind: str) -> None:
    seal(laid, FIRST)
    assert done(laid) == 4
    about = {"box": "BOX1"} if kind == "box.refused" else {"tube": FIRST}
    wrong = day.post(kind, reason="leak", **about, **AT)
    assert done(laid) == 2
    take_back(wrong, "never_happened")
    assert done(laid) == 4
    day.post("box.received", box="BOX1", count=1, **AT)
    # a result that comes later meets no refusal
    result = day.report(FIRST)
    assert models.Tube.objects.get(tube=FIRST).outcome == "negative"
    assert verdicts.list_verdicts([result]) == {}


def test_a_refusal_that_results_contradict_is_settled_with_them(laid: ground.Ground) -> None:
    seal(laid, FIRST)
    wrong = day.post("tube.refused", tube=FIRST, reason="leak", **AT)
    result = day.report(FIRST)
    assert refused(take_back, wrong) == "LINE_HELD"
    actions.settle_lines(ground.OFFICER, entries=[wrong, result], stands=[result])
    assert models.Tube.objects.get(tube=FIRST).outcome == "negative"
    assert refused(take_back, wrong) == "ALREADY_TAKEN_BACK"


def test_a_run_issued_to_the_wrong_table_goes_to_the_right_one(laid: ground.Ground) -> None:
    run = {"round": laid.round, "first": ground.tube(10), "last": ground.tube(19)}
    wrong = actions.issue_tubes(ground.REGISTRAR, table=ground.TABLE, **run)
    other = {"table": ground.OTHER_TABLE, **run}
    assert refused(actions.issue_tubes, ground.REGISTRAR, **other) == "RUN_OVERLAPS"
    take_back(wrong, "wrong_content")
    actions.issue_tubes(ground.REGISTRAR, **other)
    assert models.Issue.objects.filter(stands=True).get().table == ground.OTHER_TABLE


def test_only_who_may_settle_takes_back_and_for_a_reason(laid: ground.Ground) -> None:
    wrong = seal(laid, FIRST)
    for nobody in (ground.REGISTRAR, ground.ANALYST, ground.STRANGER):
        assert refused(actions.take_back, nobody, entry=wrong, reason="wrong_code") == "NOT_YOURS"
    assert refused(take_back, wrong, "because") == "REASON_UNKNOWN"
    opened = str(models.TubeFact.objects.filter(fact="opened")[0].entry)
    swab = str(models.Sample.objects.all()[0].entry)
    for other in (opened, swab, street.entry_id(77), "x"):
        assert refused(take_back, other) == "NOT_FOUND"
    take_back(wrong)
    assert refused(take_back, wrong) == "ALREADY_TAKEN_BACK"


def test_a_word_that_came_before_its_line_holds_and_can_be_outweighed(laid: ground.Ground) -> None:
    entry = street.entry_id(50)
    day.post("line.settled", v=2, entries=[entry], stands=[], reason="wrong_code")
    seal(laid, FIRST, SECOND)
    day.post("box.received", id=entry, box="BOX1", count=2, **AT)
    assert models.Box.objects.get(box="BOX1").state == "sealed"
    day.post("line.settled", v=2, entries=[entry], stands=[entry])  # it did stand
    assert models.Box.objects.get(box="BOX1").state == "received"


def test_rows_of_an_older_folding_are_brought_up_to_date(laid: ground.Ground) -> None:
    seal(laid, FIRST)
    wrong = day.post("box.received", box="BOX1", count=1, **AT)
    take_back(wrong)
    models.BoxFact.objects.update(stands=True)  # as an older version left it
    models.Box.objects.update(state="received")
    ledger.Folded.objects.update_or_create(kind="box.received", defaults={"folding": 1})
    assert "box.received" in refolding.bring_up_to_date()
    assert models.Box.objects.get(box="BOX1").state == "sealed"


def reasons_on(page: str) -> list[str]:
    return re.findall(
        r'name="act" value="take_back"><input type="hidden" name="entry" value="(.+?)"', page
    )


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_pages_of_box_tube_and_runs_take_back_with_a_reason(
    laid: ground.Ground, sit: Sit, language: str
) -> None:
    sealed = seal(laid, FIRST)
    received = day.post("box.received", box="BOX1", count=1, **AT)
    refusal = day.post("tube.refused", tube=SECOND, reason="leak", **AT)
    run = {"round": laid.round, "first": ground.tube(10), "last": ground.tube(19)}
    issued = actions.issue_tubes(ground.REGISTRAR, table=ground.TABLE, **run)
    client = sit(ground.OFFICER)
    client.cookies["doorstep_language"] = language
    box, tube, issue = "/sampling/boxes/BOX1", f"/sampling/tubes/{SECOND}", "/sampling/issue"
    offered: dict[str, list[str]] = {
        box: [sealed, received], tube: [refusal], issue: [issued],
        f"/sampling/tubes/{FIRST}": [sealed, received],
    }  # fmt: skip
    for address, entries in offered.items():
        assert reasons_on(page_of(client.get(address))) == entries
    sit(ground.REGISTRAR)
    assert all(reasons_on(page_of(client.get(address))) == [] for address in offered)
    sit(ground.OFFICER)
    for address, entry in ((box, received), (tube, refusal), (issue, issued)):
        form: dict[str, Any] = {"act": "take_back", "entry": entry, "reason": "wrong_count"}
        form_address = address if address == issue else f"{address}/act"
        assert client.post(form_address, form | {"reason": ""}).status_code == 409
        answer = client.post(form_address, form)
        assert (answer.status_code, answer["Location"]) == (302, address)
        page = page_of(client.get(address))
        assert entry not in reasons_on(page) and ground.NAMES[street.CHEN] in page
        mistake = (
            "The count or the seal number was wrong" if language == "en" else "数量或封签号有误"
        )
        assert mistake in page
    [first, last] = trails.read_box_trail("BOX1")
    assert first.taken is None and last.taken is not None and last.state == "none"
    alone = f"/sampling/tubes/{ground.tube(30)}"
    only = day.post("tube.refused", tube=ground.tube(30), reason="leak", **AT)
    answer = client.post(
        f"{alone}/act", {"act": "take_back", "entry": only, "reason": "wrong_code"}
    )
    assert (answer.status_code, answer["Location"]) == (302, alone)


def test_runs_taken_back_are_looked_up_together(laid: ground.Ground, sit: Sit) -> None:
    client, asked = sit(ground.OFFICER), []
    for number in (10, 20, 30, 40):
        run = {"first": ground.tube(number), "last": ground.tube(number + 1)}
        take_back(actions.issue_tubes(
            ground.REGISTRAR, round=laid.round, table=ground.TABLE, **run))  # fmt: skip
        with CaptureQueriesContext(connection) as captured:
            page_of(client.get("/sampling/issue"))
        asked.append(len(captured))
    assert asked[-1] <= asked[0]
