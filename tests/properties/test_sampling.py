"""However the lines of a sampling day arrive (shuffled, split, repeated, from skewed clocks, claims
before settlements or after), the rows are the same.

Two oracles: the same entries in one batch, and the rules applied to all facts in plain Python.
"""

import os
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from doorstep.kit import clock
from doorstep.ledger import kinds, replay, settlements, store
from doorstep.operations.sampling import box_rules, entries, facts, rules
from doorstep.registry import entries as registry
from doorstep.rounds import entries as rounds
from doorstep.rounds.tests import street

pytestmark = pytest.mark.django_db
ZONE = "Asia/Shanghai"
START = datetime(2021, 6, 21, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ROUND, OTHER, LUNCH = (street.round_id(n) for n in (1, 2, 3))
ROUND_KINDS = {ROUND: "sampling", OTHER: "sampling", LUNCH: "lunch"}
PEOPLE = [street.person_id(b, d, n) for b in (1, 2) for d in (1, 2) for n in (1, 2)]
LATER = street.person_id(2, 3, 3)  # added at a table during the day
NOBODY = street.person_id(9, 9, 9)
TUBES = ["TUBE1", "TUBE2", "TUBE3"]
BOXES = ["BOX1", "BOX2"]
TABLES = [street.round_id(n) for n in (101, 102)]
LABORATORIES = [street.round_id(n) for n in (201, 202)]
DEVICES = ["0190a0a0-0000-7000-8000-00000000de01", "0190a0a0-0000-7000-8000-00000000de02"]
_VERSIONS = {settlements.LineSettled: 2}
SKEWS = [0, 0, 0, -2 * 1440, 1440, 7]  # minutes a clock is off


class Said(NamedTuple):
    """A thing that happens, before it has an id, a device and a moment."""

    shape: Any
    fields: dict[str, Any]


def _pick(draw: st.DrawFn, *choices: Any) -> Any:
    return draw(st.sampled_from(choices))


@st.composite
def _said(draw: st.DrawFn) -> Said:
    round_ = _pick(draw, ROUND, ROUND, ROUND, ROUND, OTHER, LUNCH)
    person = draw(st.sampled_from([*PEOPLE, LATER, NOBODY]))
    tube, box = draw(st.sampled_from(TUBES)), draw(st.sampled_from(BOXES))
    laboratory = draw(st.sampled_from(LABORATORIES))
    shape = draw(
        st.sampled_from(
            [entries.PersonSampled] * 6
            + [entries.PersonUnsampled, entries.TubeOpened, entries.TubeClosed, entries.BoxSealed]
            + [entries.BoxSealed, entries.BoxCollected, entries.BoxReceived, entries.BoxRefused]
            + [entries.TubeRefused, entries.ResultReported, entries.ResultReported]
            + [entries.ResultCorrected, settlements.LineSettled, settlements.LineSettled]
            + [entries.BoxHandedOver, entries.TubesIssued]
        )
    )
    swab = {"round": round_, "person": person, "tube": tube}
    entry = street.entry_id(draw(st.integers(10, 40)))
    at_lab = {"laboratory": laboratory}
    minute = START + timedelta(minutes=draw(st.integers(0, 60)))
    result = {"tube": tube, "outcome": _pick(draw, "negative", "positive", "invalid")} | at_lab
    result |= {"tested_at": minute, "reported_at": minute + timedelta(hours=1)}
    named = draw(st.lists(st.integers(10, 40), min_size=1, max_size=6, unique=True))
    claims = [street.entry_id(n) for n in named]
    alone, standing = _pick(draw, (1, 0), (1, 0), (1, 1), (9, 0), (9, 1), (9, 9))
    fields: dict[Any, dict[str, Any]] = {
        entries.PersonSampled: swab,
        entries.PersonUnsampled: swab | {"entry": entry},
        entries.TubeOpened: {"round": round_, "tube": tube, "pool": _pick(draw, "single", "ten")}
        | {"table": draw(st.sampled_from(TABLES))},
        entries.TubeClosed: {"round": round_, "tube": tube, "count": draw(st.integers(0, 4))},
        entries.BoxSealed: {"round": round_, "box": box, "seal": _pick(draw, "SEAL1", "SEAL2")}
        | {"tubes": draw(st.lists(st.sampled_from(TUBES), max_size=3)), "count": 2},
        entries.BoxCollected: {"box": box, "seal": "SEAL1", "count": draw(st.integers(1, 2))},
        entries.BoxHandedOver: {"box": box, "to": street.LIN},
        entries.BoxReceived: {"box": box, "count": draw(st.integers(1, 2))} | at_lab,
        # a courier's are of no laboratory
        entries.BoxRefused: {"box": box, "reason": "leak"} | _pick(draw, at_lab, {}),
        entries.TubeRefused: {"tube": tube, "reason": "leak"} | _pick(draw, at_lab, {}),
        entries.ResultReported: result,
        entries.ResultCorrected: result | {"corrects": entry},
        # of one line alone: it is taken back, or stands again
        settlements.LineSettled: {"entries": claims[:alone], "stands": claims[:standing]},
        entries.TubesIssued: {"round": round_, "table": draw(st.sampled_from(TABLES))}
        | {"first": TUBES[0], "last": TUBES[2]},
    }
    return Said(shape, fields[shape])


def _opening() -> list[Said]:
    said = [
        Said(rounds.RoundOpened, {"round": round_, "round_kind": kind, "area": street.ESTATE,
                                  "day": "2021-06-21", "pool": "ten"})
        for round_, kind in ROUND_KINDS.items()
    ]  # fmt: skip
    due = [(person, street.door_id(1, 1), "table") for person in PEOPLE[:6]]
    said.append(Said(rounds.DueListed, {"round": ROUND, "subjects": due}))
    said.append(Said(rounds.DueListed, {"round": OTHER, "subjects": due[3:]}))
    said.append(Said(registry.PersonAdded, {"person": LATER, "door": street.door_id(2, 3)}))
    return said


def _entry(number: int, said: Said, minute: int, device: int) -> kinds.Entry:
    moment = START + timedelta(minutes=minute)
    entry, by = street.entry_id(number), street.CHEN
    body = said.shape(id=entry, v=_VERSIONS.get(said.shape, 1), at=moment, by=by, **said.fields)
    at = (moment - EPOCH) // timedelta(microseconds=1)
    return kinds.Entry(entry, at, by, None, DEVICES[device], number, 0, body)


@st.composite
def _days(draw: st.DrawFn) -> list[kinds.Entry]:
    happened = draw(st.lists(_said(), min_size=6, max_size=28))
    minutes = draw(st.lists(st.integers(0, 60), min_size=40, max_size=40))
    devices = draw(st.lists(st.integers(0, 1), min_size=40, max_size=40))
    skews = (0, draw(st.sampled_from(SKEWS)))
    # openings bear numbers below 10, so that no withdrawal and no settlement names one
    made = [_entry(i, each, i, 0) for i, each in enumerate(_opening())]
    return made + [
        _entry(10 + i, each, minutes[i] + skews[devices[i]], devices[i])
        for i, each in enumerate(happened)
    ]


@st.composite
def _deliveries(draw: st.DrawFn) -> tuple[list[kinds.Entry], list[list[kinds.Entry]]]:
    """A day, and one way its entries may arrive: shuffled, some twice, cut into batches."""
    day = draw(_days())
    repeated = draw(st.lists(st.sampled_from(day), max_size=8))
    arriving = draw(st.permutations(day + repeated))
    cuts = sorted(draw(st.lists(st.integers(0, len(arriving)), max_size=8)))
    bounds = [0, *cuts, len(arriving)]
    batches = [arriving[a:b] for a, b in zip(bounds, bounds[1:], strict=False)]
    return day, [list({each.id: each for each in batch}.values()) for batch in batches]


def _fold(batches: Iterable[Sequence[kinds.Entry]], voided: Sequence[set[str]] = ()) -> None:
    """Fold as the ledger does: a settlement brings the claims it names along again."""
    seen: dict[str, kinds.Entry] = {}
    dead: set[str] = set()
    for i, arriving in enumerate(batches):
        now = voided[i] if i < len(voided) else set()
        dead |= now
        batch = {each.id: each for each in arriving if each.id not in dead}
        named = {
            claim
            for each in batch.values()
            if isinstance(each.body, settlements.LineSettled)
            for claim in each.body.entries
        }
        named |= {  # a settlement that counts no more: its claims are looked at again
            claim
            for entry in now
            if entry in seen and isinstance(seen[entry].body, settlements.LineSettled)
            for claim in seen[entry].body.entries
        }
        seen |= batch
        batch |= {claim: seen[claim] for claim in named if claim in seen and claim not in dead}
        _fold_batch(batch.values(), now, named)


def _fold_batch(
    arriving: Iterable[kinds.Entry], voided: set[str], settled: Iterable[str] = ()
) -> None:
    made = kinds.Batch(arriving, ZONE, voided, settled)
    settlements.fold(made)
    for fold in (registry.fold, rounds.fold, entries.fold):
        fold(made)


def _tables() -> dict[str, str]:
    """Every table that folds write, with the columns that mean something."""
    return {
        model._meta.db_table: ", ".join(
            f'"{field.column}"'
            for field in model._meta.concrete_fields
            if field.column is not None and field.get_internal_type() != "BigAutoField"
        )
        for model in replay.list_state_models()
    }


def _rows() -> dict[str, list[tuple[Any, ...]]]:
    return {
        table: sorted(store.query(f"SELECT {columns} FROM {table}"), key=repr)
        for table, columns in _tables().items()
    }


class _Undo(Exception):
    pass


def _after(batches: Iterable[Sequence[kinds.Entry]], voided: Sequence[set[str]] = ()) -> Any:
    """The rows after these batches, from empty tables, which are empty again afterwards."""
    found: Any = None
    try:
        with transaction.atomic():
            _fold(batches, voided)
            found = _rows()
            raise _Undo
    except _Undo:
        return found


@pytest.fixture
def _street(db: None) -> None:
    street.build(people=2)


quick = settings(
    max_examples=int(os.environ.get("DOORSTEP_EXAMPLES", "60")),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
Delivery = tuple[list[kinds.Entry], list[list[kinds.Entry]]]


@quick
@given(_deliveries())
def test_shuffled_repeated_split_and_skewed_lines_give_the_same_rows(
    _street: None, delivery: Delivery
) -> None:
    day, batches = delivery
    together, apart = _after([day]), _after(batches)
    assert apart == together
    assert together["rounds_round"] and together["sampling_tube"] is not None


@quick
@given(_deliveries(), st.data())
def test_an_entry_whose_id_means_two_things_leaves_no_trace(
    _street: None, delivery: Delivery, data: st.DataObject
) -> None:
    day, batches = delivery
    dead = data.draw(st.sets(st.sampled_from([each.id for each in day]), max_size=4))
    when = data.draw(st.integers(0, len(batches) - 1))
    voided = [dead if i == when else set() for i in range(len(batches))]
    assert _after(batches, voided) == _after([[each for each in day if each.id not in dead]])


@quick
@given(_deliveries(), st.data())
def test_a_kind_withdrawn_and_folded_anew_gives_the_same_rows(
    _street: None, delivery: Delivery, data: st.DataObject
) -> None:
    day, batches = delivery
    shape = data.draw(st.sampled_from(sorted({type(each.body) for each in day}, key=str)))
    mine = [each for each in day if type(each.body) is shape]
    with transaction.atomic():
        _fold(batches)
        before = _rows()
        _fold_batch([], {each.id for each in mine})
        _fold_batch(mine, set())
        again = _rows()
        transaction.set_rollback(True)
    assert again == before


@quick
@given(_deliveries())
def test_the_rows_are_what_the_rules_say_of_all_facts(_street: None, delivery: Delivery) -> None:
    day, batches = delivery
    rows = _after(batches)
    told = _plain(day)
    said = rules.derive(told, set(TUBES))
    swabs = {row[0]: row[-1] for row in rows["sampling_sample"]}
    assert swabs == {entry: sample.state for entry, sample in said.samples.items()}
    known = (told.bindings, told.tubes, told.results, told.withdrawals, told.boxes)
    tubes = [tuple(row) for tube, row in said.tubes.items() if any(tube in f for f in known)]
    assert rows["sampling_tube"] == sorted(tubes, key=repr)
    codes = {(entry, code) for entry, each in said.samples.items() for code in each.codes}
    codes |= set(said.codes)
    codes |= {pair for boxes in told.boxes.values() for box in boxes for pair in box.codes}
    codes |= {pair for box in _boxes(day).values() for pair in box.codes}
    assert {(row[0], row[2]) for row in rows["ledger_verdict"]} == codes
    assert {row[:2] for row in rows["ledger_verdict"] if row[3]} == {
        (entry, "sampling") for entry, code in codes if code in rules.HELD_CODES
    }
    assert {row[0] for row in rows["sampling_box"]} == _boxes(day).keys()
    taken = _taken_back(day)
    issued = {row[0]: bool(row[-1]) for row in rows["sampling_issue"]}
    mine = [e.id for e in day if isinstance(e.body, entries.TubesIssued)]
    assert issued == {entry: entry not in taken for entry in mine}


@quick
@given(_deliveries())
def test_a_person_counts_once_in_a_round(_street: None, delivery: Delivery) -> None:
    rows = _after(delivery[1])
    counted = [row[1:3] for row in rows["sampling_sample"] if row[-1] == rules.EFFECTIVE]
    assert len(counted) == len(set(counted))
    people = sum(row[7] for row in rows["sampling_tube"])
    assert people == len(counted)
    marked = {row[0] for row in rows["rounds_mark"] if row[5]}
    assert marked == {row[0] for row in rows["sampling_sample"] if row[-1] == rules.EFFECTIVE}


# The facts of a day in plain Python


def _words(day: list[kinds.Entry]) -> list[settlements.Settlement]:
    return [
        settlements.Settlement(e.turn, frozenset(e.body.entries), frozenset(e.body.stands))
        for e in day
        if isinstance(e.body, settlements.LineSettled)
    ]


def _taken_back(day: list[kinds.Entry]) -> set[str]:
    """The entries that by the latest word on each do not stand."""
    words = _words(day)
    return {e.id for e in day if settlements.stands([e.id], words) == frozenset()}


def _boxes(day: list[kinds.Entry]) -> dict[str, facts.Box]:
    told: defaultdict[str, list[facts.BoxFact]] = defaultdict(list)
    inside: dict[str, frozenset[str]] = {}
    words = {
        entries.BoxSealed: "sealed",
        entries.BoxCollected: "collected",
        entries.BoxHandedOver: "handed_over",
        entries.BoxReceived: "received",
        entries.BoxRefused: "refused",
    }
    taken = _taken_back(day)
    for e in day:
        b = e.body
        if type(b) not in words or e.id in taken:
            continue
        party = getattr(b, "to", None) or getattr(b, "laboratory", None) or e.by
        said = (getattr(b, "seal", None), getattr(b, "count", None), party)
        round_ = getattr(b, "round", None)
        spilled = isinstance(b, entries.BoxRefused) and b.laboratory is None
        word = facts.SPILLED if spilled else words[type(b)]
        told[b.box].append(
            facts.BoxFact(e.id, b.box, word, round_, e.at, e.device, e.number, *said)
        )
        if isinstance(b, entries.BoxSealed):
            inside[e.id] = frozenset(b.tubes)
    return {box: box_rules.derive_box(box, each, inside) for box, each in told.items()}


def _plain(day: list[kinds.Entry]) -> facts.Facts:
    bindings: defaultdict[str, list[facts.Binding]] = defaultdict(list)
    withdrawals: defaultdict[str, list[facts.Withdrawal]] = defaultdict(list)
    tubes: defaultdict[str, list[facts.TubeFact]] = defaultdict(list)
    results: defaultdict[str, list[facts.Result]] = defaultdict(list)
    words = _words(day)
    for e in day:
        b = e.body
        key = (e.id, getattr(b, "tube", ""))
        where = (e.at, e.device, e.number)
        if isinstance(b, entries.PersonSampled):
            bindings[b.tube].append(facts.Binding(e.id, b.round, b.person, b.tube, *where))
        elif isinstance(b, entries.PersonUnsampled):
            withdrawals[b.tube].append(facts.Withdrawal(e.id, b.entry, b.round, b.person, b.tube))
        elif isinstance(b, entries.TubeOpened):
            told = facts.TubeFact(*key, "opened", b.round, *where, b.pool, b.table, None)
            tubes[b.tube].append(told)
        elif isinstance(b, entries.TubeClosed):
            told = facts.TubeFact(*key, "closed", b.round, *where, None, None, b.count)
            tubes[b.tube].append(told)
        elif isinstance(b, entries.TubeRefused):
            told = facts.TubeFact(*key, "refused", None, *where, None, None, None)
            tubes[b.tube].append(told)
        elif isinstance(b, (entries.ResultReported, entries.ResultCorrected)):
            moments = (clock.to_micros(b.tested_at), clock.to_micros(b.reported_at))
            corrects = getattr(b, "corrects", None)
            results[b.tube].append(facts.Result(*key, b.outcome, *moments, b.laboratory, corrects))
    boxes: defaultdict[str, list[facts.Box]] = defaultdict(list)
    for box in _boxes(day).values():
        for tube in box.tubes:
            boxes[tube].append(box)
    homes = {
        person: facts.Home(street.door_id(b, d), street.building_id(b), street.ESTATE)
        for b in (1, 2)
        for d in (1, 2, 3)
        for person in (street.person_id(b, d, 1), street.person_id(b, d, 2))
    }
    homes[LATER] = facts.Home(street.door_id(2, 3), street.building_id(2), street.ESTATE)
    return facts.Facts(
        bindings, withdrawals, tubes, results, boxes, homes,
        {r: facts.RoundFact(street.ESTATE, "ten", kind == "sampling")
         for r, kind in ROUND_KINDS.items()},
        {street.ESTATE: frozenset({street.ESTATE})},
        set(),
        facts.Settled(
            frozenset().union(*(word.entries for word in words)),
            lambda asked: settlements.stands(asked, words),
        ),
    )  # fmt: skip
