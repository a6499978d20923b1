"""The kinds of entry of sampling and their fold: the only writer of its state tables.

The fold keeps one fact per entry and works out again what the batch touches (recounting). It never
adds to a count because of a line, never reads a clock, and asks as many statements for one line as
for two thousand.
"""

from typing import Annotated, Literal

import msgspec

from doorstep.kit import clock
from doorstep.ledger import kinds, settlements, store
from doorstep.operations.sampling import facts, following, reading, recounting
from doorstep.rounds.entries import Pool, RoundOpened

Outcome = Literal["negative", "positive", "inconclusive", "invalid"]
How = Literal["scan", "card", "list", "paper"]
Ct = Annotated[float, msgspec.Meta(ge=0, le=100)]
Accession = Annotated[str, msgspec.Meta(pattern=r"^[0-9A-Za-z-]{1,32}$")]
MAX_TUBES = 500  # in one box
Tubes = Annotated[list[kinds.Code], msgspec.Meta(max_length=MAX_TUBES)]


class PersonSampled(kinds.Envelope, frozen=True, kw_only=True, tag="person.sampled"):
    """This person's swab went into this tube. `how`: how person and tube were bound."""

    round: kinds.Id
    person: kinds.Id
    tube: kinds.Code
    how: How | None = None


class PersonUnsampled(kinds.Envelope, frozen=True, kw_only=True, tag="person.unsampled"):
    """Takes back the person.sampled `entry`, which bound the wrong person or the wrong tube."""

    round: kinds.Id
    person: kinds.Id
    tube: kinds.Code
    entry: kinds.Id


class TubesIssued(kinds.Envelope, frozen=True, kw_only=True, tag="tubes.issued"):
    """A roll of labels, first to last, was given to a table for a round."""

    round: kinds.Id
    table: kinds.Id
    first: kinds.Code
    last: kinds.Code


class TubeOpened(kinds.Envelope, frozen=True, kw_only=True, tag="tube.opened"):
    """A table began to fill a tube."""

    round: kinds.Id
    tube: kinds.Code
    pool: Pool
    table: kinds.Id


class TubeClosed(kinds.Envelope, frozen=True, kw_only=True, tag="tube.closed"):
    """A tube was closed with so many swabs in it, as counted by eye."""

    round: kinds.Id
    tube: kinds.Code
    count: kinds.Count


class BoxSealed(kinds.Envelope, frozen=True, kw_only=True, tag="box.sealed"):
    """Tubes went into a box, which was sealed; `count` is how many were counted into it."""

    round: kinds.Id
    box: kinds.Code
    seal: kinds.Code
    tubes: Tubes
    count: kinds.Count


class BoxCollected(kinds.Envelope, frozen=True, kw_only=True, tag="box.collected"):
    """A courier took the box, read this seal on it and was told this count."""

    box: kinds.Code
    seal: kinds.Code
    count: kinds.Count


class BoxHandedOver(kinds.Envelope, frozen=True, kw_only=True, tag="box.handed_over"):
    """The box went on to somebody else."""

    box: kinds.Code
    to: kinds.Id


class BoxReceived(kinds.Envelope, frozen=True, kw_only=True, tag="box.received"):
    """A laboratory received the box and counted its tubes."""

    box: kinds.Code
    laboratory: kinds.Id
    count: kinds.Count


class BoxRefused(kinds.Envelope, frozen=True, kw_only=True, tag="box.refused"):
    """A laboratory would not take the box; or, without a laboratory, whoever carries it says that
    it did not stay whole. Its people are due again unless a laboratory takes it all the same.
    """

    box: kinds.Code
    laboratory: kinds.Id | None = None
    reason: kinds.Word


class TubeRefused(kinds.Envelope, frozen=True, kw_only=True, tag="tube.refused"):
    """A laboratory cannot test the tube, or, without a laboratory, it was spilled on the way; its
    people are due again.
    """

    tube: kinds.Code
    laboratory: kinds.Id | None = None
    reason: kinds.Word


class ResultReported(kinds.Envelope, frozen=True, kw_only=True, tag="result.reported"):
    """What a laboratory found in a tube."""

    tube: kinds.Code
    outcome: Outcome
    tested_at: kinds.Moment
    reported_at: kinds.Moment
    laboratory: kinds.Id
    ct_orf1ab: Ct | None = None
    ct_n: Ct | None = None
    accession: Accession | None = None


class ResultCorrected(kinds.Envelope, frozen=True, kw_only=True, tag="result.corrected"):
    """A laboratory takes an earlier result, the entry `corrects`, back and gives this one."""

    tube: kinds.Code
    outcome: Outcome
    tested_at: kinds.Moment
    reported_at: kinds.Moment
    laboratory: kinds.Id
    corrects: kinds.Id
    ct_orf1ab: Ct | None = None
    ct_n: Ct | None = None
    accession: Accession | None = None


_DESK = frozenset({kinds.DESK})
_AT_TABLES = frozenset({"registrar", kinds.DESK})
_ON_THE_WAY = frozenset({"courier", kinds.DESK})
_LABORATORY = frozenset({"laboratory", kinds.DESK})
_REFUSING = _LABORATORY | _ON_THE_WAY
KINDS: list[kinds.Kind] = [
    kinds.Kind(PersonSampled, _AT_TABLES),
    kinds.Kind(PersonUnsampled, _AT_TABLES),
    kinds.Kind(TubesIssued, _DESK, folding=2),
    kinds.Kind(TubeOpened, _AT_TABLES),
    kinds.Kind(TubeClosed, _AT_TABLES),
    kinds.Kind(BoxSealed, _AT_TABLES, folding=2),
    kinds.Kind(BoxCollected, _ON_THE_WAY, folding=2),
    kinds.Kind(BoxHandedOver, _ON_THE_WAY, folding=2),
    kinds.Kind(BoxReceived, _LABORATORY, in_name_of="laboratory", folding=2),
    kinds.Kind(BoxRefused, _REFUSING, in_name_of="laboratory", folding=2),
    kinds.Kind(TubeRefused, _REFUSING, in_name_of="laboratory", folding=2),
    kinds.Kind(ResultReported, _DESK),
    kinds.Kind(ResultCorrected, _DESK),
    *following.KINDS,
]

_WITHDRAWAL = ["entry", "binding", "round", "person", "tube", "at"]
_BOX_TUBE = ["entry", "box", "tube", "stands"]
_RESULT = [
    "entry", "tube", "outcome", "tested_at", "reported_at", "laboratory", "corrects",
    "ct_orf1ab", "ct_n", "accession", "at", "staff",
]  # fmt: skip
_ISSUE = ["entry", "round", "table_id", "first", "last", "at", "staff", "stands"]
_TUBE_FACT = [*reading.TUBE_FACT, "party", "reason"]
_BOX_FACT = [*facts.BoxFact._fields, "reason", "stands"]
_STANDS = ["stands"]
_BOX_WORDS: dict[type[kinds.Envelope], str] = {
    BoxSealed: "sealed",
    BoxCollected: "collected",
    BoxHandedOver: "handed_over",
    BoxReceived: "received",
    BoxRefused: "refused",
}


def fold(batch: kinds.Batch) -> None:
    """Keep the batch's facts and recount the tubes and boxes they concern; judge again swabs whose
    round, person or home came or changed with this batch.
    """
    touched = recounting.Touched()
    if batch.voided:
        _forget(batch.voided, touched)
    _keep_tube_facts(batch, touched)
    said = {e.id for e in batch.of(*_BOX_WORDS, TubesIssued)}
    taken_back = set(settlements.get_taken_back(said))
    _keep_box_facts(batch, taken_back, touched)
    _keep_results(batch, touched)
    _keep_swabs(batch, touched)
    _keep_issues(batch, taken_back)
    _judge_again(batch, touched)
    recounting.recount(touched)
    following.fold(batch)


def _judge_again(batch: kinds.Batch, touched: recounting.Touched) -> None:
    people, due = batch.touched["residence"], batch.touched["due"]
    opened = {entry.body.round for entry in batch.of(RoundOpened)}
    if batch.voided:
        opened |= batch.touched["round"]
    if people:
        touched.tubes |= reading.tubes_of_people(people)
    if due:
        touched.tubes |= reading.tubes_of_pairs({(person, round_) for round_, person in due})
    if opened:
        touched.tubes |= reading.tubes_of_rounds(opened)


def _forget(entries: set[str], touched: recounting.Touched) -> None:
    """Take away the facts of entries that count no more, and touch all that hung on them."""
    gone = store.select("sampling_sample", ["person", "round", "tube"], "entry", entries)
    touched.tubes.update(row[2] for row in gone)
    touched.tubes |= reading.tubes_of_pairs({(row[0], row[1]) for row in gone})
    for table in ("sampling_withdrawal", "sampling_tubefact", "sampling_result"):
        touched.tubes.update(row[0] for row in store.select(table, ["tube"], "entry", entries))
    for box, tube in store.select("sampling_boxtube", ["box", "tube"], "entry", entries):
        touched.boxes.add(box)
        touched.tubes.add(tube)
    rows = store.select("sampling_boxfact", ["box"], "entry", entries)
    touched.boxes.update(row[0] for row in rows)
    for table in ("sample", "withdrawal", "tubefact", "result", "boxtube", "boxfact", "issue"):
        store.delete(f"sampling_{table}", "entry", entries)
    touched.gone |= entries


def _keep_swabs(batch: kinds.Batch, touched: recounting.Touched) -> None:
    touched.bindings = [
        facts.Binding(e.id, e.body.round, e.body.person, e.body.tube, e.at, e.device, e.number)
        for e in batch.of(PersonSampled)
    ]
    rows = [
        (e.id, e.body.entry, e.body.round, e.body.person, e.body.tube, e.at)
        for e in batch.of(PersonUnsampled)
    ]
    store.insert("sampling_withdrawal", _WITHDRAWAL, rows)
    touched.tubes.update(row[4] for row in rows)


def _keep_tube_facts(batch: kinds.Batch, touched: recounting.Touched) -> None:
    rows: list[store.Row] = []
    for e in batch.of(TubeOpened):
        b = e.body
        rows.append((e.id, b.tube, "opened", b.round, e.at, e.device, e.number, b.pool, b.table,
                     None, None, None))  # fmt: skip
    for e in batch.of(TubeClosed):
        b = e.body
        rows.append((e.id, b.tube, "closed", b.round, e.at, e.device, e.number, None, None,
                     b.count, None, None))  # fmt: skip
    for e in batch.of(TubeRefused):
        b = e.body
        rows.append((e.id, b.tube, "refused", None, e.at, e.device, e.number, None, None, None,
                     b.laboratory, b.reason))  # fmt: skip
    store.insert("sampling_tubefact", _TUBE_FACT, rows)
    touched.tubes.update(row[1] for row in rows)


def _keep_issues(batch: kinds.Batch, taken_back: set[str]) -> None:
    rows = []
    for e in batch.of(TubesIssued):
        b = e.body
        stands = e.id not in taken_back
        rows.append((e.id, b.round, b.table, b.first, b.last, e.at, e.by, stands))
    store.upsert("sampling_issue", _ISSUE, rows, ["entry"], changing=_STANDS)


def _keep_box_facts(batch: kinds.Batch, taken_back: set[str], touched: recounting.Touched) -> None:
    rows: list[store.Row] = []
    inside: list[store.Row] = []
    for e in batch.of(*_BOX_WORDS):
        b = e.body
        # who collects is who writes; whom it is handed to, and the laboratory, are named
        party = getattr(b, "to", None) or getattr(b, "laboratory", None)
        spilled = isinstance(b, BoxRefused) and b.laboratory is None
        fact = facts.SPILLED if spilled else _BOX_WORDS[type(b)]
        stands = e.id not in taken_back
        rows.append(
            (e.id, b.box, fact, getattr(b, "round", None), e.at, e.device,
             e.number, getattr(b, "seal", None), getattr(b, "count", None), party or e.by,
             getattr(b, "reason", None), stands)
        )  # fmt: skip
        inside += [(e.id, b.box, tube, stands) for tube in dict.fromkeys(getattr(b, "tubes", ()))]
    store.upsert("sampling_boxfact", _BOX_FACT, rows, ["entry"], changing=_STANDS)
    store.upsert("sampling_boxtube", _BOX_TUBE, inside, ["entry", "tube"], changing=_STANDS)
    touched.boxes.update(row[1] for row in rows)
    # a seal that was taken back leaves tubes that are in no box now
    touched.tubes.update(row[2] for row in inside)


def _keep_results(batch: kinds.Batch, touched: recounting.Touched) -> None:
    rows = []
    for e in batch.of(ResultReported, ResultCorrected):
        b = e.body
        rows.append(
            (e.id, b.tube, b.outcome, clock.to_micros(b.tested_at), clock.to_micros(b.reported_at),
             b.laboratory, getattr(b, "corrects", None), b.ct_orf1ab, b.ct_n, b.accession, e.at,
             e.by)
        )  # fmt: skip
    store.insert("sampling_result", _RESULT, rows)
    touched.tubes.update(row[1] for row in rows)
