"""Folds over kept lines: what counts, what is held, what a failing fold does, replay."""

import itertools
from collections.abc import Iterator
from typing import Any

import pytest

from doorstep.config import wiring
from doorstep.kit import clock
from doorstep.ledger import (
    book,
    desk,
    devices,
    folding,
    kinds,
    models,
    replay,
    settlements,
    store,
    verdicts,
)
from tests.stranger import BY, Phone, line

pytestmark = pytest.mark.django_db
STRANGER = "0190a0a0-0000-7000-8000-0000000000ee"
THING = "0190a0a0-0000-7000-8000-0000000000cc"


class BellRung(kinds.Envelope, frozen=True, kw_only=True, tag="bell.rung"):
    """A kind only this test knows."""

    bell: kinds.Word


class Recorder:
    """A fold that remembers what it was given and may be told to fail."""

    def __init__(self) -> None:
        self.seen: dict[str, str] = {}
        self.calls = 0
        self.bad = ""

    def fold(self, batch: kinds.Batch) -> None:
        self.calls += 1
        for entry in batch.voided:
            self.seen.pop(entry, None)
        for entry in batch.of(BellRung):
            if entry.body.bell == self.bad:
                raise RuntimeError("cannot fold this")
            self.seen[entry.id] = entry.body.bell


@pytest.fixture
def recorder(cell: models.Cell) -> Iterator[Recorder]:
    recorder = Recorder()
    bell = kinds.Kind(BellRung, frozenset({"registrar", kinds.DESK}))
    kinds.install([*wiring.KINDS, bell], [recorder.fold])
    yield recorder
    wiring.install()


def ring(bell: str, **fields: Any) -> bytes:
    return line(kind="bell.rung", bell=bell, **fields)


def codes_of(answer: Any) -> dict[int, list[str]]:
    return {each["n"]: each["codes"] for each in answer.json()["lines"]}


def settle(entries: list[str], stands: list[str]) -> str:
    return desk.post(BY, [{"kind": "line.settled", "entries": entries, "stands": stands}])[0]


def test_a_fold_sees_each_entry_once(recorder: Recorder) -> None:
    phone, other, same = Phone(), Phone(), ring("front")
    phone.push([same, ring("back")])
    other.push([same])
    phone.push([same, ring("back")], first=1)
    assert sorted(recorder.seen.values()) == ["back", "front"]


def test_a_line_of_a_wrong_shape_is_garbled_and_of_a_later_version_unknown(
    recorder: Recorder,
) -> None:
    answer = Phone().push([ring("A free text"), ring("front", extra=1), ring("front", v=2)])
    assert codes_of(answer) == {1: ["GARBLED"], 2: ["GARBLED"], 3: ["KIND_UNKNOWN"]}
    assert recorder.seen == {}


def test_a_kind_learnt_later_is_folded_then(recorder: Recorder) -> None:
    bells = kinds.list_kinds()
    kinds.install(wiring.KINDS, [recorder.fold])
    phone, early = Phone(), ring("front")
    assert codes_of(phone.push([early])) == {1: ["KIND_UNKNOWN"]}
    kinds.install(bells, [recorder.fold])
    assert folding.fold_again("Asia/Shanghai") == 1
    assert list(recorder.seen.values()) == ["front"]
    assert codes_of(phone.push([early], first=1)) == {1: []}


def test_who_may_not_write_is_held_until_a_person_says_so(recorder: Recorder) -> None:
    phone = Phone()
    answer = phone.push([ring("front", id=THING, by=STRANGER)])
    assert codes_of(answer) == {1: ["NOT_ALLOWED"]} and recorder.seen == {}
    settle([THING], [THING])
    assert recorder.seen == {THING: "front"}
    assert verdicts.list_verdicts([THING]) == {}
    settle([THING], [])
    assert recorder.seen == {}
    assert verdicts.list_verdicts([THING]) == {THING: ["NOT_ALLOWED"]}


def test_who_was_taken_off_a_device_writes_with_it_no_more(recorder: Recorder) -> None:
    phone = Phone()
    phone.push([ring("front", id=THING)])
    devices.unassign(BY, phone.device)
    assert codes_of(phone.push([ring("back")])) == {2: ["NOT_ALLOWED"]}
    assert recorder.seen == {THING: "front"}
    devices.assign(phone.device, [BY])
    phone.push([ring("side")])
    assert sorted(recorder.seen.values()) == ["front", "side"]  # what was held is still held
    devices.unassign(BY)
    assert codes_of(phone.push([ring("back")])) == {4: ["NOT_ALLOWED"]}
    assert replay.replay()["different"] == {}


def test_a_device_may_not_settle(recorder: Recorder) -> None:
    phone = Phone()
    phone.push([ring("front", id=THING, by=STRANGER)])
    answer = phone.push([line(kind="line.settled", entries=[THING], stands=[THING])])
    assert codes_of(answer) == {2: ["NOT_ALLOWED"]} and recorder.seen == {}


def test_an_id_used_for_two_things_counts_for_neither(recorder: Recorder) -> None:
    one, other = Phone(), Phone()
    one.push([ring("front", id=THING)])
    assert recorder.seen == {THING: "front"}
    assert codes_of(other.push([ring("back", id=THING)])) == {1: ["ID_REUSED"]}
    assert recorder.seen == {}


def test_what_was_settled_of_a_reused_id_is_seen_and_counts_no_more(recorder: Recorder) -> None:
    Phone().push([ring("front", id=THING)])
    Phone().push([ring("back", id=THING)])
    held = [(THING, "ledger", "ID_REUSED", True)]
    verdict = "SELECT entry, owner, code, held FROM ledger_verdict"
    assert [(*row[:3], bool(row[3])) for row in store.query(verdict)] == held
    settle([THING], [THING])  # nobody can say which of the two is meant
    assert recorder.seen == {} and verdicts.list_verdicts([THING]) == {THING: ["ID_REUSED"]}
    assert [bool(row[3]) for row in store.query(verdict)] == [False]
    assert replay.replay()["different"] == {}


def test_a_device_takes_nothing_from_a_desk_by_using_its_ids(recorder: Recorder) -> None:
    [given] = desk.post(BY, [{"kind": "bell.rung", "bell": "desk"}])
    answer = Phone(role="courier", people=()).push([ring("thief", id=given)])
    assert codes_of(answer) == {1: ["ID_REUSED"]}
    assert recorder.seen == {given: "desk"}
    assert replay.replay()["different"] == {}
    Phone().push([ring("front", id=THING)])
    size = book.get_cell().size
    with pytest.raises(RuntimeError):  # nor does a desk use an id that a device has given
        desk.post(BY, [{"kind": "bell.rung", "bell": "desk", "id": THING}])
    assert book.get_cell().size == size


def test_a_line_of_a_new_kind_that_has_not_its_shape_is_garbled_after_the_upgrade(
    recorder: Recorder,
) -> None:
    lines = [line(kind="door.opened", id=THING, width="?"), line(kind="door.opened", width=3)]
    assert codes_of(Phone().push(lines)) == {1: ["KIND_UNKNOWN"], 2: ["KIND_UNKNOWN"]}

    class DoorOpened(kinds.Envelope, frozen=True, kw_only=True, tag="door.opened"):
        width: int

    kinds.install([*kinds.list_kinds(), kinds.Kind(DoorOpened, frozenset({"registrar"}))],
                  kinds.list_folds())  # fmt: skip
    for _ in range(2):
        folding.fold_again("Asia/Shanghai")
        assert store.query("SELECT entry, code FROM ledger_verdict") == [(THING, "GARBLED")]
    assert replay.replay()["different"] == {}


def test_the_later_word_holds_though_the_clock_was_set_back(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    Phone().push([ring("front", id=THING, by=STRANGER)])
    settle([THING], [THING])
    assert recorder.seen == {THING: "front"}
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now - clock.DAY)
    settle([THING], [])
    assert recorder.seen == {}


def test_one_line_that_cannot_be_folded_stops_no_other(recorder: Recorder) -> None:
    recorder.bad = "broken"
    lines = [ring(f"bell{n}") for n in range(20)]
    lines[7] = ring("broken", id=THING)
    phone = Phone()
    assert codes_of(phone.push(lines)) == {8: ["FOLD_FAILED"]}
    assert len(recorder.seen) == 19
    recorder.bad = ""
    folding.fold_again("Asia/Shanghai")
    assert recorder.seen[THING] == "broken"
    assert verdicts.list_verdicts([THING]) == {}


def test_a_clock_that_is_off_is_flagged_and_its_line_counts(recorder: Recorder) -> None:
    answer = Phone().push([ring("front")], sent="2021-06-20T08:31:02+08:00")
    assert codes_of(answer) == {1: ["CLOCK_OFF"]} and len(recorder.seen) == 1


def test_an_act_at_a_desk_is_written_by_the_servers_own_clock(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    times = itertools.count(clock.now(), clock.HOUR)  # the clock is set while the act is written
    monkeypatch.setattr(clock, "now", lambda: next(times))
    entries = desk.post(BY, [{"kind": "bell.rung", "bell": "front"}])
    assert verdicts.list_verdicts(entries) == {} and len(recorder.seen) == 1


def test_an_act_at_a_desk_that_cannot_be_folded_is_not_kept(recorder: Recorder) -> None:
    recorder.bad = "broken"
    size = book.get_cell().size
    with pytest.raises(RuntimeError):
        desk.post(BY, [{"kind": "bell.rung", "bell": "broken"}])
    assert book.get_cell().size == size
    with pytest.raises(ValueError):
        desk.post(BY, [{"kind": "bell.rung", "bell": "not a word"}])


def test_what_belongs_to_an_act_is_written_with_it(recorder: Recorder) -> None:
    recorder.bad = "broken"

    def within() -> None:
        models.Lease.objects.create(name="vault row", holder="", until_at=0)

    with pytest.raises(RuntimeError):
        desk.post(BY, [{"kind": "bell.rung", "bell": "broken"}], within=within)
    assert not models.Lease.objects.filter(name="vault row").exists()
    desk.post(BY, [{"kind": "bell.rung", "bell": "sound"}], within=within)
    assert models.Lease.objects.filter(name="vault row").exists()


def test_a_settlement_holds_only_for_claims_it_names() -> None:
    words = [
        settlements.Settlement("1", frozenset("xy"), frozenset("x")),
        settlements.Settlement("2", frozenset("xyz"), frozenset("z")),
    ]
    assert settlements.stands("xy", words[:1]) == {"x"}
    assert settlements.stands("xyz", words[:1]) is None
    assert settlements.stands("xy", words) == frozenset()
    assert settlements.stands("xyz", words) == {"z"}


def test_replay_equals_what_is_live_and_finds_what_was_altered(recorder: Recorder) -> None:
    phone = Phone()
    phone.push([ring("front", id=THING, by=STRANGER), ring("back"), b"{"])
    settle([THING], [THING])
    Phone().push([ring("side", id=THING)])
    report = replay.replay()
    assert report["lines"] == 5 and report["different"] == {}
    store.insert(
        "ledger_verdict",
        ["entry", "owner", "code", "held"],
        [(STRANGER, "ledger", "CLOCK_OFF", False)],
    )
    assert replay.replay()["different"] == {"ledger_verdict": (1, 0)}
    assert models.Verdict.objects.filter(entry=STRANGER).exists()


def test_a_rebuild_puts_right_what_differs_and_touches_nothing_else(recorder: Recorder) -> None:
    phone = Phone()
    phone.push([ring("front", id=THING, by=STRANGER), ring("back")])
    settle([THING], [THING])
    columns = ["entry", "owner", "code", "held"]
    store.insert("ledger_verdict", columns, [(STRANGER, "ledger", "CLOCK_OFF", False)])
    store.delete("ledger_settlement", "claim", [THING])
    root = book.root_at(book.get_cell().size)
    report = replay.rebuild()
    assert set(report["different"]) == {"ledger_verdict", "ledger_settlement"}
    assert replay.replay()["different"] == {}
    assert not models.Verdict.objects.filter(entry=STRANGER).exists()
    assert models.Settlement.objects.get().claim == THING
    assert book.root_at(book.get_cell().size) == root
    assert codes_of(phone.push([ring("side")])) == {}  # and it goes on
