"""However lines arrive (shuffled, split, repeated, from skewed clocks), the rows are the same.

Two oracles: the same entries in one batch, and the rules applied to all facts in plain Python.
"""

import os
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from doorstep.ledger import kinds, settlements, store
from doorstep.rounds import effects, entries, round_kinds, rules
from doorstep.rounds.tests import street

pytestmark = pytest.mark.django_db
TABLES = {
    "rounds_act": "entry, round, kind, at, staff, round_kind, area, day, due, done, missed",
    "rounds_due": "round, subject, entry, door, building, home, at",
    "rounds_mark": "entry, round, subject, kind, at, effective, reason",
    "rounds_subject": "round, subject, door, building, home, state, done_at, entry, reason",
    "rounds_slot": "round, slot, done",
    "rounds_door": "round, door, building, digest, due, done, excused, refused, held, home",
    "rounds_building": "round, building, due, done, excused, refused, held, home, doors, finished, "
    "digest",
    "rounds_round": "id, round_kind, area, day, pool, parent, opened_at, opened_by, state, "
    "acted_at, closed_at, closed_missed, due, done, excused, refused, held, home, doors, "
    "finished, digest",
}
ROUNDS = {street.round_id(1): "sampling", street.round_id(2): "lunch"}
DOORS = [street.door_id(b, d) for b in (1, 2) for d in (1, 2, 3)]
PEOPLE = [street.person_id(b, d, n) for b in (1, 2) for d in (1, 2) for n in (1, 2)]
SKEWS = st.integers(-2 * 86_400_000_000, 2 * 86_400_000_000)  # microseconds: up to two days
START = datetime(2021, 6, 21, tzinfo=UTC)


class Sampled(kinds.Envelope, frozen=True, kw_only=True, tag="person.sampled"):
    """Stands for an operation's kind: rounds may not know one."""

    round: kinds.Id
    person: kinds.Id


class Unsampled(kinds.Envelope, frozen=True, kw_only=True, tag="person.unsampled"):
    """Withdraws a Sampled."""

    entry: kinds.Id


class Operation:
    """A fold as operations write it: two samples of one person in one round are both held."""

    def __init__(self) -> None:
        self.sampled: dict[str, kinds.Entry] = {}
        self.unsampled: dict[str, str] = {}

    def fold(self, batch: kinds.Batch) -> None:
        named = {self.unsampled.pop(entry, entry) for entry in batch.voided}
        touched = [self.sampled[entry] for entry in named if entry in self.sampled]
        for entry in batch.voided:
            self.sampled.pop(entry, None)
        self.sampled |= {entry.id: entry for entry in batch.of(Sampled)}
        self.unsampled |= {entry.id: entry.body.entry for entry in batch.of(Unsampled)}
        withdrawn = set(self.unsampled.values())
        touched += batch.of(Sampled)
        touched += [self.sampled[entry] for entry in withdrawn if entry in self.sampled]
        pairs = {(entry.body.round, entry.body.person) for entry in touched}
        rows = [row for row in self.rows() if row[1:3] in pairs]
        effects.put_marks(rows, withdrawn=withdrawn | batch.voided)

    def rows(self) -> list[effects.Mark]:
        claims = defaultdict(list)
        for entry in self.sampled.values():
            if entry.id not in self.unsampled.values():
                claims[entry.body.round, entry.body.person].append(entry)
        return [
            (each.id, *pair, "person.sampled", each.at, len(group) == 1)
            for pair, group in claims.items()
            for each in group
        ]


class Said(NamedTuple):
    """A thing that happens, before it has an id and a moment."""

    shape: Any  # a kind of entry
    fields: dict[str, Any]


def _entry(number: int, said: Said, minute: int) -> kinds.Entry:
    moment = START + timedelta(minutes=minute)
    entry, by = street.entry_id(number), street.CHEN
    body = said.shape(id=entry, v=1, at=moment, by=by, **said.fields)
    at = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    return kinds.Entry(entry, at, by, None, "device", number, 0, body)


def _subjects(round_: str) -> list[str]:
    return PEOPLE if ROUNDS[round_] == "sampling" else DOORS


@st.composite
def _said(draw: st.DrawFn) -> Said:
    round_ = draw(st.sampled_from(list(ROUNDS)))
    subject = draw(st.sampled_from(_subjects(round_)))
    about = {"round": round_, "subject": subject}
    shape = draw(
        st.sampled_from(
            [Sampled] * 4
            + [Unsampled, entries.SubjectExcused, entries.SubjectRefused, entries.VisitMade]
            + [entries.VisitMade, entries.RoundClosed, entries.RoundReopened, entries.DueListed]
        )
    )
    if shape is Sampled:
        return Said(shape, {"round": round_, "person": subject})
    if shape is Unsampled:
        return Said(shape, {"entry": street.entry_id(draw(st.integers(10, 40)))})
    if shape is entries.SubjectExcused:
        return Said(shape, about | {"reason": draw(st.sampled_from(["away", "hospital"]))})
    if shape is entries.RoundClosed:
        counts = draw(st.lists(st.integers(0, 3), min_size=5, max_size=5))
        names = ("due", "done", "excused", "refused", "missed")
        return Said(shape, {"round": round_} | dict(zip(names, counts, strict=True)))
    if shape is entries.RoundReopened:
        return Said(shape, {"round": round_, "reason": "mistake"})
    if shape is entries.DueListed:
        listed = (subject, draw(st.sampled_from(DOORS)), draw(st.sampled_from(["table", "home"])))
        return Said(shape, {"round": round_, "subjects": [listed]})
    return Said(shape, about)


def _opening(round_: str) -> list[Said]:
    opened = {"round": round_, "round_kind": ROUNDS[round_], "area": street.ESTATE}
    doors = {person: DOORS[i // 2] for i, person in enumerate(PEOPLE)} | {d: d for d in DOORS}
    listed = [(subject, doors[subject], "table") for subject in _subjects(round_)[1:]]
    return [
        Said(entries.RoundOpened, opened | {"day": "2021-06-21"}),
        Said(entries.DueListed, {"round": round_, "subjects": listed}),
    ]


@st.composite
def _days(draw: st.DrawFn) -> list[kinds.Entry]:
    said = [each for round_ in ROUNDS for each in _opening(round_)]
    happened = draw(st.lists(_said(), min_size=5, max_size=30))
    minutes = draw(st.lists(st.integers(0, 50), min_size=40, max_size=40))
    # openings bear numbers below 10, so that a withdrawal never names one
    made = [_entry(i, each, minutes[i]) for i, each in enumerate(said)]
    return made + [_entry(10 + i, each, minutes[5 + i]) for i, each in enumerate(happened)]


@st.composite
def _deliveries(draw: st.DrawFn) -> tuple[list[kinds.Entry], list[list[kinds.Entry]]]:
    """A day, and one way its entries may arrive: shuffled, some twice, cut into batches."""
    day = draw(_days())
    repeated = draw(st.lists(st.sampled_from(day), max_size=8))
    arriving = draw(st.permutations(day + repeated))
    cuts = sorted(draw(st.lists(st.integers(0, len(arriving)), max_size=6)))
    bounds = [0, *cuts, len(arriving)]
    batches = [arriving[a:b] for a, b in zip(bounds, bounds[1:], strict=False)]
    return day, [list({each.id: each for each in batch}.values()) for batch in batches]


def _fold(batches: Iterable[Sequence[kinds.Entry]], voided: Sequence[set[str]] = ()) -> Operation:
    operation = Operation()
    dead: set[str] = set()
    for i, batch in enumerate(batches):
        now = voided[i] if i < len(voided) else set()
        dead |= now
        # the ledger never delivers an entry again once its id is disputed
        made = kinds.Batch([each for each in batch if each.id not in dead], "Asia/Shanghai", now)
        entries.fold(made)
        operation.fold(made)
    return operation


def _rows() -> dict[str, list[tuple[Any, ...]]]:
    return {
        table: sorted(store.query(f"SELECT {columns} FROM {table}"), key=repr)
        for table, columns in TABLES.items()
    }


class _Undo(Exception):
    pass


def _after(batches: Iterable[Sequence[kinds.Entry]], voided: Sequence[set[str]] = ()) -> Any:
    """The rows after these batches, from empty tables, which are empty again afterwards."""
    found: Any = None
    try:
        with transaction.atomic():
            operation = _fold(batches, voided)
            found = _rows(), operation
            raise _Undo
    except _Undo:
        return found


@pytest.fixture
def _street(db: None) -> None:
    street.build(people=0)


quick = settings(
    max_examples=int(os.environ.get("DOORSTEP_EXAMPLES", "60")),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@quick
@given(_deliveries())
def test_shuffled_repeated_and_split_lines_give_the_same_rows(
    _street: None, delivery: tuple[list[kinds.Entry], list[list[kinds.Entry]]]
) -> None:
    day, batches = delivery
    together, _ = _after([day])
    apart, _ = _after(batches)
    assert apart == together
    assert together["rounds_subject"] and together["rounds_round"]


@quick
@given(_deliveries(), st.data())
def test_an_entry_whose_id_means_two_things_leaves_no_trace(
    _street: None, delivery: tuple[list[kinds.Entry], list[list[kinds.Entry]]], data: st.DataObject
) -> None:
    day, batches = delivery
    dead = data.draw(st.sets(st.sampled_from([each.id for each in day]), max_size=4))
    when = data.draw(st.integers(0, len(batches) - 1))
    voided = [dead if i == when else set() for i in range(len(batches))]
    without, _ = _after([[each for each in day if each.id not in dead]])
    assert _after(batches, voided)[0] == without


@quick
@given(_deliveries(), st.lists(SKEWS, min_size=50, max_size=50))
def test_skewed_clocks_change_moments_and_nothing_else(
    _street: None, delivery: tuple[list[kinds.Entry], list[list[kinds.Entry]]], skews: list[int]
) -> None:
    day, batches = delivery
    desk = (entries.RoundOpened, entries.RoundClosed, entries.RoundReopened, entries.DueListed)
    skewed = {
        each.id: each._replace(at=each.at + (0 if isinstance(each.body, desk) else skew))
        for each, skew in zip(day, skews, strict=False)
    }
    straight, _ = _after([day])
    crooked, _ = _after([[skewed[each.id] for each in batch] for batch in batches])
    for table in ("rounds_door", "rounds_building", "rounds_round"):
        assert crooked[table] == straight[table]
    assert [row[:6] for row in crooked["rounds_subject"]] == [
        row[:6] for row in straight["rounds_subject"]
    ]


@quick
@given(_deliveries())
def test_the_rows_are_what_the_rules_say_of_all_facts(
    _street: None, delivery: tuple[list[kinds.Entry], list[list[kinds.Entry]]]
) -> None:
    day, batches = delivery
    rows, operation = _after(batches)
    facts, listed = _plain(day, operation)
    expected = {}
    for pair in {*facts, *listed}:
        standing = rules.state_of(
            pair in listed, facts[pair], round_kinds.marks_of(ROUNDS[pair[0]])
        )
        if standing is not None:
            expected[pair] = standing.state
    assert {row[:2]: row[5] for row in rows["rounds_subject"]} == expected
    doors = defaultdict(list)
    for round_, _, door, _, home, state, *_ in rows["rounds_subject"]:
        if door is not None:
            doors[round_, door].append((state, bool(home)))
    counted = {pair: tuple(rules.count_states(states)) for pair, states in doors.items()}
    assert {row[:2]: row[4:] for row in rows["rounds_door"]} == counted
    _check_buildings(rows)
    quarters = Counter((row[0], row[6] // rules.SLOT) for row in rows["rounds_subject"] if row[6])
    assert {row[:2]: row[2] for row in rows["rounds_slot"]} == quarters
    for row in rows["rounds_round"]:
        inside = [counts for pair, counts in counted.items() if pair[0] == row[0]]
        assert row[12:18] == tuple(sum(column) for column in zip(*inside, strict=True))


def _check_buildings(rows: dict[str, list[tuple[Any, ...]]]) -> None:
    """Each building is the sum of its doors."""
    sums: defaultdict[tuple[str, str], list[int]] = defaultdict(lambda: [0] * 9)
    for round_, _, building, digest, *counts in rows["rounds_door"]:
        finished = counts[0] == sum(counts[1:4])
        for i, value in enumerate((*counts, 1, finished, digest)):
            sums[round_, building][i] += value
    assert {row[:2]: list(row[2:]) for row in rows["rounds_building"]} == sums


def _plain(day: list[kinds.Entry], operation: Operation) -> tuple[Any, set[tuple[str, str]]]:
    facts: defaultdict[tuple[str, str], list[rules.Fact]] = defaultdict(list)
    listed = set()
    for each in day:
        body = each.body
        if isinstance(body, entries.DueListed):
            listed |= {(body.round, subject) for subject, _, _ in body.subjects}
        elif hasattr(body, "subject"):
            kind = str(type(body).__struct_config__.tag)
            facts[body.round, body.subject].append(rules.Fact(each.id, kind, each.at))
    for entry, round_, subject, kind, at, effective in operation.rows():
        facts[round_, subject].append(rules.Fact(entry, kind, at, effective))
    return facts, listed


def test_a_word_settled_away_does_not_count_whichever_comes_first(_street: None) -> None:
    round_ = street.round_id(1)
    about = {"round": round_, "subject": PEOPLE[1], "reason": "away"}
    word = _entry(10, Said(entries.SubjectExcused, about), 5)
    settled = {"entries": [word.id], "stands": []}
    settling = _entry(11, Said(settlements.LineSettled, settled), 6)
    opening = [_entry(i, each, i) for i, each in enumerate(_opening(round_))]

    def state(*batches: list[kinds.Entry]) -> str:
        try:
            with transaction.atomic():
                for batch in batches:
                    made = kinds.Batch(batch, "Asia/Shanghai")
                    settlements.fold(made)
                    entries.fold(made)
                [[found]] = store.query(
                    "SELECT state FROM rounds_subject WHERE subject = %s", [PEOPLE[1]]
                )
                raise _Undo
        except _Undo:
            return str(found)

    assert state([*opening, word]) == "excused"
    # a settlement brings the claims it names with it again
    assert state([*opening, word], [settling, word]) == "due"
    assert state([settling], [*opening, word]) == "due"
