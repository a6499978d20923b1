"""Boxes and results at desks: the count before the seal, laboratories, files, settling."""

import os
import time
from pathlib import Path
from typing import Any

import pytest

from doorstep.kit import clock
from doorstep.ledger import models as ledger
from doorstep.ledger import refusals, store
from doorstep.operations.sampling import actions, laboratories, models
from doorstep.operations.sampling.actions import claims
from doorstep.operations.sampling.tests import ground
from doorstep.operations.sampling.tests.test_actions import open_tube, refused, sample
from doorstep.outside import laboratories as files
from doorstep.registry import models as registry
from doorstep.rounds import models as round_models
from doorstep.rounds.tests import street

pytestmark = pytest.mark.usefixtures("cell")


@pytest.fixture
def laid(cell: ledger.Cell) -> ground.Ground:
    return ground.lay_out()


def fill(laid: ground.Ground, number: int, *people: str) -> str:
    """A closed tube with these people, sampled before the rows of a_row were tested."""
    tube = open_tube(laid, number)
    sample(laid, tube, *people, at=clock.now() - 2 * clock.HOUR)
    actions.close_tube(ground.REGISTRAR, tube=tube)
    return tube


def seal(
    laid: ground.Ground,
    box: str,
    *tubes: str,
    counted: int | None = None,
    seal: str = "SEAL0001",
) -> str:
    return actions.seal_box(
        ground.REGISTRAR,
        round=laid.round,
        table=ground.TABLE,
        box=box,
        seal=seal,
        tubes=tubes,
        counted=len(tubes) if counted is None else counted,
    )


def send(laid: ground.Ground, box: str, *tubes: str) -> None:
    """A box that arrived at the laboratory."""
    seal(laid, box, *tubes)
    actions.collect_box(ground.COURIER, box=box, seal="SEAL0001", count=len(tubes))
    actions.receive_box(ground.ANALYST, box=box, laboratory=ground.LABORATORY, count=len(tubes))


def a_row(tube: str, outcome: Any = "negative", **more: Any) -> files.Result:
    at = clock.now() - clock.HOUR
    at -= at % clock.SECOND
    row = files.Result(tube, outcome, at, at + clock.MINUTE, "区疾控实验室", None, None, "F", "", 0)
    return row._replace(**more)


def a_file(*rows: files.Result) -> bytes:
    return files.write_results(rows, "Asia/Shanghai")


def test_a_box_is_sealed_only_when_the_counts_agree(laid: ground.Ground) -> None:
    one, two = fill(laid, 1, laid.people[0]), fill(laid, 2, laid.people[1])
    assert refused(seal, laid, "BOX1", one, two, counted=3) == "BOX_COUNT_DIFFERS"
    assert seal(laid, "BOX1", one, two) == "BOX1"
    assert models.Box.objects.get(box="BOX1").balanced
    assert refused(seal, laid, "BOX1", one, two) == "BOX_EXISTS"
    assert refused(seal, laid, "BOX2", one) == "TUBE_BOXED"


def test_what_does_not_belong_into_a_box(laid: ground.Ground) -> None:
    still_open = open_tube(laid, 3)
    sample(laid, still_open, laid.people[0])
    assert refused(seal, laid, "BOX1", still_open) == "TUBE_STILL_OPEN"
    assert refused(seal, laid, "BOX1", ground.tube(99)) == "TUBE_UNKNOWN"
    assert refused(seal, laid, "BOX1") == "BOX_EMPTY"


def test_the_way_of_a_box(laid: ground.Ground) -> None:
    tube = fill(laid, 1, *laid.people[:2])
    seal(laid, "BOX1", tube)
    wrong: dict[str, Any] = {"box": "BOX1", "seal": "SEAL9999", "count": 1}
    assert refused(actions.collect_box, ground.COURIER, **wrong) == "SEAL_DIFFERS"
    right: dict[str, Any] = {"box": "BOX1", "seal": "SEAL0001"}
    assert refused(actions.collect_box, ground.COURIER, count=2, **right) == "BOX_COUNT_DIFFERS"
    assert refused(actions.collect_box, ground.ANALYST, count=1, **right) == "NOT_YOURS"
    actions.collect_box(ground.COURIER, count=1, **right)
    actions.hand_over_box(ground.COURIER, box="BOX1", to=ground.LI)
    there: dict[str, Any] = {"box": "BOX1", "laboratory": ground.LABORATORY, "count": 1}
    assert refused(actions.receive_box, ground.COURIER, **there) == "NOT_YOURS"
    actions.receive_box(ground.ANALYST, **there)
    assert refused(actions.receive_box, ground.ANALYST, **there) == "BOX_STATE"
    assert models.Tube.objects.get(tube=tube).state == "received"


def test_a_box_whose_seal_is_still_on_a_phone_is_received(laid: ground.Ground) -> None:
    there: dict[str, Any] = {"box": "FAR1", "laboratory": ground.LABORATORY, "count": 7}
    assert refused(actions.receive_box, ground.ANALYST, **there) == "BOX_UNKNOWN"
    actions.receive_box(ground.ANALYST, **there, anyway=True)
    assert models.Box.objects.get(box="FAR1").state == "received"


def test_a_refused_box_is_diverted_to_another_laboratory(laid: ground.Ground) -> None:
    tube = fill(laid, 1, *laid.people[:2])
    seal(laid, "BOX1", tube)
    no: dict[str, Any] = {"box": "BOX1", "laboratory": ground.LABORATORY}
    assert refused(actions.refuse_box, ground.ANALYST, reason="tired", **no) == "REASON_UNKNOWN"
    actions.refuse_box(ground.ANALYST, reason="leak", **no)
    assert round_models.Round.objects.get(id=laid.round).done == 0
    there: dict[str, Any] = {"box": "BOX1", "laboratory": ground.SECOND_LABORATORY, "count": 1}
    assert refused(actions.receive_box, ground.ANALYST, **there) == "LABORATORY_NOT_YOURS"
    actions.receive_box(ground.OTHER_ANALYST, **there)
    assert round_models.Round.objects.get(id=laid.round).done == 2
    assert str(models.Box.objects.get(box="BOX1").laboratory) == ground.SECOND_LABORATORY


def test_a_refused_tubes_people_are_due_again(laid: ground.Ground) -> None:
    tube = fill(laid, 1, *laid.people[:2])
    send(laid, "BOX1", tube)
    no: dict[str, Any] = {"tube": tube, "laboratory": ground.LABORATORY, "reason": "leak"}
    assert refused(actions.refuse_tube, ground.REGISTRAR, **no) == "NOT_YOURS"
    actions.refuse_tube(ground.ANALYST, **no)
    assert round_models.Round.objects.get(id=laid.round).done == 0
    assert refused(actions.refuse_tube, ground.ANALYST, **no) == "TUBE_REFUSED"


def test_nobody_receives_or_refuses_in_another_laboratorys_name(laid: ground.Ground) -> None:
    tube = fill(laid, 1, *laid.people[:2])
    seal(laid, "BOX1", tube)
    theirs: dict[str, Any] = {"laboratory": ground.SECOND_LABORATORY}
    no = "LABORATORY_NOT_YOURS"
    box = {"box": "BOX1", **theirs}
    assert refused(actions.receive_box, ground.ANALYST, count=1, **box) == no
    assert refused(actions.refuse_box, ground.ANALYST, reason="leak", **box) == no
    assert refused(actions.refuse_tube, ground.ANALYST, tube=tube, reason="leak", **theirs) == no
    assert models.Box.objects.get(box="BOX1").state == "sealed"
    # the duty officer may, for a laboratory without the network
    actions.receive_box(ground.OFFICER, count=1, **box)
    assert str(models.Box.objects.get(box="BOX1").laboratory) == ground.SECOND_LABORATORY


def test_a_result_by_hand_and_its_correction(laid: ground.Ground) -> None:
    tube = fill(laid, 1, laid.people[0])
    send(laid, "BOX1", tube)
    at = clock.now()
    said: dict[str, Any] = {"tested_at": at, "reported_at": at, "laboratory": ground.LABORATORY}
    entry = actions.report_result(ground.ANALYST, tube=tube, outcome="positive", **said)
    again: dict[str, Any] = {"tube": tube, "outcome": "positive", **said}
    assert refused(actions.report_result, ground.ANALYST, **again) == "RESULT_KNOWN"
    actions.correct_result(ground.ANALYST, corrects=entry, outcome="negative", **said)
    assert models.Tube.objects.get(tube=tube).outcome == "negative"
    late: dict[str, Any] = {"corrects": entry, "outcome": "invalid", **said}
    assert refused(actions.correct_result, ground.ANALYST, **late) == "ALREADY_CORRECTED"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"outcome": "fine"}, "OUTCOME_UNKNOWN"),
        ({"reported_at": 1}, "TIMES_WRONG"),
        ({"laboratory": ground.TABLE}, "LABORATORY_UNKNOWN"),
        ({"laboratory": "x"}, "LABORATORY_UNKNOWN"),
        ({"accession": "<script>"}, "ACCESSION_WRONG"),
        ({"ct_n": 400.0}, "CT_UNREADABLE"),
    ],
)
def test_a_result_that_cannot_be_is_refused(
    laid: ground.Ground, changed: dict[str, Any], code: str
) -> None:
    at = clock.now()
    said: dict[str, Any] = {
        "tube": ground.tube(1),
        "outcome": "negative",
        "tested_at": at,
        "reported_at": at,
    }
    said["laboratory"] = ground.LABORATORY
    assert refused(actions.report_result, ground.ANALYST, **{**said, **changed}) == code


def test_shuozhou_the_same_file_again_changes_nothing(laid: ground.Ground) -> None:
    one, two = fill(laid, 1, laid.people[0]), fill(laid, 2, laid.people[1])
    send(laid, "BOX1", one, two)
    data = a_file(a_row(one), a_row(two))
    plan = actions.report_results(ground.ANALYST, data)
    assert [row.fate for row in plan.rows] == ["new", "new"] and plan.refusals == []
    before = ledger.Line.objects.count()
    again = actions.report_results(ground.ANALYST, data)
    assert [row.fate for row in again.rows] == ["known", "known"]
    assert ledger.Line.objects.count() == before


def test_every_row_of_a_half_broken_file_is_taken_or_refused(laid: ground.Ground) -> None:
    tube = fill(laid, 1, laid.people[0])
    send(laid, "BOX1", tube)
    good = a_file(a_row(tube), a_row(ground.tube(50)))
    lines = good.decode("utf-8-sig").split("\r\n")
    broken = lines[1].replace("阴性", "大概没事")
    elsewhere = lines[1].replace("区疾控实验室", "某实验室")
    data = "\r\n".join([*lines[:3], broken, elsewhere, "x,y", ""]).encode("gb18030")
    plan = actions.report_results(ground.ANALYST, data)
    assert [(row.tube, row.warning) for row in plan.rows] == [
        (tube, ""),
        (ground.tube(50), "RESULT_WITHOUT_TUBE"),
    ]
    assert [(r.row, r.column, r.code) for r in plan.refusals] == [
        (4, "result", "RESULT_UNKNOWN"),
        (5, "laboratory", "LABORATORY_UNKNOWN"),
        (6, "", "ROW_TOO_FEW_COLUMNS"),
    ]
    assert models.Tube.objects.get(tube=tube).outcome == "negative"


def test_a_correcting_row_finds_what_it_corrects(laid: ground.Ground) -> None:
    tube = fill(laid, 1, laid.people[0])
    send(laid, "BOX1", tube)
    nothing = actions.plan_results(ground.ANALYST, a_file(a_row(tube, status="C")))
    assert [r.code for r in nothing.refusals] == ["CORRECTS_NOTHING"]
    wrong = a_row(tube, "positive")
    right = a_row(tube, "negative", reported_at=wrong.reported_at + clock.MINUTE, status="C")
    plan = actions.report_results(ground.ANALYST, a_file(wrong, right))
    assert [row.corrects for row in plan.rows] == [None, plan.rows[0].entry]
    assert models.Tube.objects.get(tube=tube).outcome == "negative"


def test_nobody_reports_in_another_laboratorys_name(laid: ground.Ground) -> None:
    tube, other = fill(laid, 1, laid.people[0]), fill(laid, 2, laid.people[1])
    send(laid, "BOX1", tube, other)
    at = clock.now()
    said: dict[str, Any] = {"outcome": "negative", "tested_at": at, "reported_at": at}
    theirs = {**said, "laboratory": ground.SECOND_LABORATORY}
    no = "LABORATORY_NOT_YOURS"
    assert refused(actions.report_result, ground.ANALYST, tube=tube, **theirs) == no
    assert refused(actions.report_result, ground.ANALYST, tube=ground.tube(90), **theirs) == no
    # the duty officer may, for a laboratory without the network
    entry = actions.report_result(ground.OFFICER, tube=tube, **theirs)
    mine = {**said, "outcome": "positive", "laboratory": ground.LABORATORY}
    assert refused(actions.correct_result, ground.ANALYST, corrects=entry, **mine) == no
    named = {"laboratory": "第二实验室"}
    rows = [a_row(other, **named), a_row(other), a_row(tube, "positive", status="C")]
    plan = actions.report_results(ground.ANALYST, a_file(*rows))
    assert [row.tube for row in plan.rows] == [other]
    assert [(r.row, r.column, r.code) for r in plan.refusals] == [
        (2, "laboratory", no),
        (4, "corrects", no),
    ]
    assert models.Result.objects.filter(laboratory=ground.SECOND_LABORATORY).count() == 1
    # a file that names nobody: what stands for it is asked of the one who hands it in
    plain = a_file(a_row(tube, "positive", laboratory=""))
    plan = actions.plan_results(ground.ANALYST, plain, laboratory=ground.SECOND_LABORATORY)
    assert [r.code for r in plan.refusals] == [no] and not plan.rows
    registry.Staff.objects.filter(id=ground.HE).update(unit=None)
    assert refused(actions.report_result, ground.ANALYST, tube=tube, **mine) == no


def test_baotou_two_results_of_a_tube_are_held_until_a_person_settles_them(
    laid: ground.Ground,
) -> None:
    tube = fill(laid, 1, laid.people[0])
    send(laid, "BOX1", tube)
    first, second = a_row(tube), a_row(tube, "positive")
    plan = actions.report_results(ground.ANALYST, a_file(first, second))
    assert [row.warning for row in plan.rows] == ["", "RESULT_CONTRADICTS"]
    assert models.Tube.objects.get(tube=tube).outcome is None
    [held] = claims.list_sets()
    assert set(held.entries) == {row.entry for row in plan.rows}
    some: dict[str, Any] = {"entries": held.entries[:1], "stands": held.entries[:1]}
    assert refused(actions.settle_lines, ground.OFFICER, **some) == "SET_CHANGED"
    whole: dict[str, Any] = {"entries": held.entries, "stands": [plan.rows[1].entry]}
    assert refused(actions.settle_lines, ground.ANALYST, **whole) == "NOT_YOURS"
    actions.settle_lines(ground.OFFICER, **whole)
    assert models.Tube.objects.get(tube=tube).outcome == "positive"
    assert claims.list_sets() == []


def test_a_laboratory_of_another_place_reports_nothing_here(laid: ground.Ground) -> None:
    tube = fill(laid, 1, laid.people[0])
    store.insert(
        "registry_role",
        ["staff", "role", "place"],
        [(ground.STRANGER.id, "laboratory", street.OTHER_ESTATE)],
    )
    plan = actions.plan_results(ground.STRANGER, a_file(a_row(tube)))
    assert [r.code for r in plan.refusals] == ["NOT_YOURS"] and plan.rows == []
    with pytest.raises(refusals.Refused):
        actions.plan_results(ground.COURIER, a_file(a_row(tube)))


def test_the_watched_folder(laid: ground.Ground, tmp_path: Path) -> None:
    tube = fill(laid, 1, laid.people[0])
    send(laid, "BOX1", tube)
    data = a_file(a_row(tube))  # once: its times are those of the minute in which it is made
    (tmp_path / "a.csv").write_bytes(data)
    (tmp_path / "b.csv").write_bytes(b"\x00\x01 not a result file")
    (tmp_path / "half.csv").write_bytes(data[:80])
    (tmp_path / "c.csv.part").write_bytes(b"x")
    now = time.time()
    past, soon = now - 60, now + 60  # whatever the machine takes, one file is still being written
    os.utime(tmp_path / "half.csv", (soon, soon))
    for name in ("a.csv", "b.csv"):
        os.utime(tmp_path / name, (past, past))
    done = laboratories.import_folder(tmp_path, by=ground.OFFICER.id)
    assert [(each.name, each.new) for each in done] == [("a.csv", 1), ("b.csv", 0)]
    assert (tmp_path / "done" / "a.csv").exists()
    assert "1 new" in (tmp_path / "done" / "a.csv.report.txt").read_text()
    assert "COLUMN_MISSING" in (tmp_path / "refused" / "b.csv.report.txt").read_text()
    assert (tmp_path / "half.csv").exists() and (tmp_path / "c.csv.part").exists()
    assert models.Tube.objects.get(tube=tube).outcome == "negative"
    # the same name again: both files and both reports stay
    (tmp_path / "a.csv").write_bytes(data)
    os.utime(tmp_path / "a.csv", (past, past))
    [again] = laboratories.import_folder(tmp_path, by=ground.OFFICER.id)
    assert (again.new, again.known) == (0, 1) and again.moved_to.name != "a.csv"
    assert len(list((tmp_path / "done").iterdir())) == 4


def test_a_file_from_the_command_line_is_written_in_an_administrators_name(
    laid: ground.Ground, tmp_path: Path
) -> None:
    tube = fill(laid, 1, laid.people[0])
    send(laid, "BOX1", tube)
    path = tmp_path / "a.csv"
    path.write_bytes(a_file(a_row(tube)))
    with pytest.raises(refusals.Refused):  # nobody runs this installation yet
        laboratories.import_file(path)
    store.insert(
        "registry_role",
        ["staff", "role", "place"],
        [(ground.OFFICER.id, "administrator", street.ESTATE)],
    )
    assert len(laboratories.import_file(path).new) == 1
    assert str(models.Result.objects.get(tube=tube).staff) == ground.OFFICER.id
