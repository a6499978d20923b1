"""Changed rules and old devices: a fold that was put right, rows an older one made, kinds of which
devices write several versions. Stale is told from altered.
"""

import itertools
import json
import random
from collections.abc import Iterator
from typing import Any, Literal
from unittest import mock

import pytest

from doorstep.config import cli, wiring
from doorstep.ledger import book, kinds, models, refolding, replay, store, verdicts
from tests.stranger import Phone, line

pytestmark = pytest.mark.django_db
THING = "0190a0a0-0000-7000-8000-0000000000cc"
WRITERS = frozenset({"registrar", kinds.DESK})


class First(kinds.Envelope, frozen=True, kw_only=True, tag="bell.rung"):
    """The bell had a name only."""

    bell: kinds.Word


class Second(kinds.Envelope, frozen=True, kw_only=True, tag="bell.rung"):
    """And was rung so many times."""

    v: Literal[2]  # type: ignore[assignment]
    bell: kinds.Word
    times: kinds.Count


class Third(kinds.Envelope, frozen=True, kw_only=True, tag="bell.rung"):
    """The name of the field is another."""

    v: Literal[3]  # type: ignore[assignment]
    rings: str


def second(entry: First) -> Second:
    return Second(id=entry.id, v=2, at=entry.at, by=entry.by, bell=entry.bell, times=1)


def third(entry: Second) -> Third:
    rings = f"{entry.bell} x{entry.times}"
    return Third(id=entry.id, v=3, at=entry.at, by=entry.by, place=entry.place, rings=rings)


OLDER = (kinds.Older(First, second), kinds.Older(Second, third))
NOW = kinds.Kind(Third, WRITERS, older=OLDER)


class Bells:
    """A fold whose rows are codes; `bad` are the bells that it gets wrong."""

    def __init__(self) -> None:
        self.seen: dict[str, str] = {}
        self.bad = ""
        self.broken = ""

    def fold(self, batch: kinds.Batch) -> None:
        rows = []
        for entry in batch.of(First, Third):
            told = entry.body.bell if isinstance(entry.body, First) else entry.body.rings
            if told == self.broken:
                raise RuntimeError("cannot fold this")
            self.seen[entry.id] = told
            rows.append((entry.id, "CLOCK_OFF" if told == self.bad else "TUBE_OVERFULL", False))
        touched = {row[0] for row in rows} | batch.voided
        if touched:
            verdicts.replace("bells", touched, set(rows))


@pytest.fixture
def bells(cell: models.Cell) -> Iterator[Bells]:
    made = Bells()
    install(made, kinds.Kind(First, WRITERS))
    refolding.note_kinds()
    yield made
    wiring.install()


def install(bells: Bells, kind: kinds.Kind) -> None:
    kinds.install([*wiring.KINDS, kind], [bells.fold])


def ring(bell: str, **fields: Any) -> bytes:
    return line(kind="bell.rung", bell=bell, **fields)


def verify(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    capsys.readouterr()
    with mock.patch("sys.argv", ["doorstep", "ledger", "verify", "--json"]):
        status = cli.main()
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert status == (1 if told["found"] else 0)
    return told


def test_rows_of_an_older_fold_are_stale_and_a_refold_puts_them_right(
    bells: Bells, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refolding, "CHUNK", 2)
    bells.bad = "back"
    Phone().push([ring("front"), ring("back", id=THING), b"{", ring("side")])
    assert verify(capsys)["findings"] == []
    bells.bad = ""
    install(bells, kinds.Kind(First, WRITERS, folding=2))
    assert refolding.list_stale() == ["bell.rung"]
    [found] = verify(capsys)["findings"]
    assert "ledger_verdict is stale" in found and "doorstep ledger refold bell.rung" in found
    root = book.root_at(book.get_cell().size)
    assert refolding.refold("bell.rung") == 3
    assert refolding.list_stale() == [] and verify(capsys)["findings"] == []
    assert verdicts.list_verdicts([THING]) == {THING: ["TUBE_OVERFULL"]}
    assert book.root_at(book.get_cell().size) == root


def test_rows_that_somebody_altered_are_not_called_stale(
    bells: Bells, capsys: pytest.CaptureFixture[str]
) -> None:
    Phone().push([ring("front", id=THING)])
    columns = ["entry", "owner", "code", "held"]
    store.insert("ledger_verdict", columns, [(THING, "ledger", "CLOCK_OFF", False)])
    [found] = verify(capsys)["findings"]
    assert "stale" not in found and "ledger_verdict: 1 rows only live" in found
    refolding.refold("bell.rung")  # what it makes anew is right again
    assert verify(capsys)["findings"] == []


def test_below_a_stale_package_nothing_is_stale(bells: Bells) -> None:
    assert refolding.list_stale_tables() == set()
    kind = next(kind for kind in wiring.KINDS if kind.name == "round.opened")
    newer = [kind._replace(folding=2) if each is kind else each for each in wiring.KINDS]
    kinds.install(newer, wiring.FOLDS)
    tables = refolding.list_stale_tables()
    assert {"rounds_round", "sampling_tube", verdicts.TABLE} <= tables
    assert not tables & {"registry_person", "orders_fact", "ledger_settlement"}


def test_a_server_folds_what_is_stale_before_it_takes_anything_in(bells: Bells) -> None:
    bells.bad, bells.broken = "back", "side"
    Phone().push([ring("back", id=THING), ring("side")])
    bells.bad = bells.broken = ""
    install(bells, kinds.Kind(First, WRITERS, folding=2))
    assert refolding.bring_up_to_date() == ["bell.rung"]
    assert refolding.bring_up_to_date() == []
    assert verdicts.list_verdicts([THING]) == {THING: ["TUBE_OVERFULL"]}
    assert not models.Verdict.objects.filter(code="FOLD_FAILED").exists()
    assert replay.replay()["different"] == {}


def test_a_rebuild_leaves_nothing_stale(bells: Bells) -> None:
    Phone().push([ring("front")])
    install(bells, kinds.Kind(First, WRITERS, folding=7))
    replay.rebuild()
    assert refolding.list_stale() == []


def test_every_version_of_a_kind_is_read_for_ever(bells: Bells) -> None:
    install(bells, NOW)
    phone = Phone()
    for order in itertools.permutations(range(3)):
        lines = [
            ring("front"),
            ring("back", v=2, times=4),
            line(kind="bell.rung", v=3, rings="side"),
        ]
        bells.seen.clear()
        answer = phone.push([lines[n] for n in order])
        assert [each["codes"] for each in answer.json()["lines"]] == [["TUBE_OVERFULL"]] * 3
        assert sorted(bells.seen.values()) == ["back x4", "front x1", "side"]
    assert replay.replay()["different"] == {}
    assert refolding.refold("bell.rung") == 18


def test_a_version_of_the_future_is_kept_and_folded_after_the_upgrade(bells: Bells) -> None:
    lines = [
        ring("front"),
        ring("back", v=2, times=4),
        line(kind="bell.rung", v=3, rings="side"),
        line(kind="bell.rung", v=4, rings="side", id=THING),
        ring("no_times", v=2),  # not of its version's shape
    ]
    random.Random(5).shuffle(lines)
    answer = Phone().push(lines)
    assert sum(each["codes"] == ["KIND_UNKNOWN"] for each in answer.json()["lines"]) == 4
    assert list(bells.seen.values()) == ["front"]
    install(bells, NOW)
    refolding.bring_up_to_date()
    assert sorted(bells.seen.values()) == ["back x4", "front", "side"]
    codes = models.Verdict.objects.filter(owner="ledger").values_list("code", flat=True)
    assert sorted(codes) == ["GARBLED", "KIND_UNKNOWN"]  # the wrong shape; the fourth version
    assert replay.replay()["different"] == {}


def test_a_garbled_line_of_an_older_version_is_garbled(bells: Bells) -> None:
    install(bells, NOW)
    told = Phone().push([ring("front", v=1, times=3), ring("back", v=2), ring("x", v=0)]).json()
    assert [each["codes"] for each in told["lines"]] == [["GARBLED"]] * 3


def test_kinds_whose_versions_do_not_follow_are_refused(bells: Bells) -> None:
    for kind in (
        kinds.Kind(Second, WRITERS),
        kinds.Kind(Third, WRITERS, older=OLDER[1:]),
        kinds.Kind(Third, WRITERS, older=(OLDER[1], OLDER[0])),
    ):
        with pytest.raises(ValueError, match="is not bell.rung, version"):
            install(bells, kind)
