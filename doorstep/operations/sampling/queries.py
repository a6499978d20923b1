"""Reads of sampling: tubes and boxes of a round, tables, and what the book says of one tube, box or
person. Counters are in counters, what is wrong in reconciliation, held lines in actions.claims.

Refuses (NOT_FOUND) what the person who asks may not see. Knows no names.
"""

from typing import Any, NamedTuple

from doorstep.kit import clock
from doorstep.ledger import refusals, store, verdicts
from doorstep.operations.sampling import models, rules
from doorstep.rounds import actions, queries


class TableCount(NamedTuple):
    """What a table has done in a round; None: tubes that no table opened, or two did."""

    table: str | None
    tubes: int
    people: int
    held: int
    open: int
    last_at: int | None


class Fact(NamedTuple):
    """One entry about a tube, a box or a person: what, when, and today's codes."""

    at: int
    entry: str
    what: str
    fields: dict[str, Any]
    codes: tuple[str, ...]


class Swab(NamedTuple):
    """One swab of a person, and how far it has come. `outcome` only where it is this person's."""

    entry: str
    round: str
    tube: str
    at: int
    state: str
    tube_state: str
    outcome: str | None
    reported_at: int | None


class Status(NamedTuple):
    """What is known of a person's latest swab that counts. `route` is what is open to them now;
    there is none called refusal: without a result there is a way to one, and a green channel
    meanwhile.
    """

    swab: Swab | None
    route: str  # none_needed | wait | rush


def get_round_for(staff: actions.Staff, round_: str) -> Any:
    """A round this person may see. Raises Refused: NOT_FOUND."""
    return queries.get_round_for(staff, round_)


def get_tube_for(staff: actions.Staff, tube: str) -> models.Tube:
    """A tube of a round this person may see. Raises Refused: NOT_FOUND."""
    found = models.Tube.objects.filter(tube=tube).first()
    if found is None or found.round is None:
        raise refusals.Refused("NOT_FOUND")
    queries.get_round_for(staff, found.round)
    return found


def list_tubes(
    round_: str,
    *,
    table: str | None = None,
    state: str | None = None,
    after: str = "",
    limit: int = 200,
) -> list[models.Tube]:
    """Tubes of a round by code, those after the code `after`."""
    found = models.Tube.objects.filter(round=round_, tube__gt=after).order_by("tube")
    if table is not None:
        found = found.filter(table=table)
    if state is not None:
        found = found.filter(state=state)
    return list(found[:limit])


def list_box_tubes(box: str) -> list[models.Tube]:
    """The tubes that go with a box, by code."""
    return list(models.Tube.objects.filter(box=box).order_by("tube"))


def list_boxes(round_: str) -> list[models.Box]:
    """The boxes of a round, earliest sealed first."""
    return list(models.Box.objects.filter(round=round_).order_by("sealed_at", "box"))


def count_tables(round_: str) -> list[TableCount]:
    """What each table has done in a round, busiest first."""
    rows = store.query(
        "SELECT table_id, COUNT(*), SUM(people), SUM(held), "
        "SUM(CASE WHEN state = 'sampled' OR state = 'empty' THEN 1 ELSE 0 END), MAX(sampled_at) "
        "FROM sampling_tube WHERE round = %s GROUP BY table_id",
        [round_],
    )
    made = [
        TableCount(table and str(table), tubes, int(people), int(held), int(open_), last_at)
        for table, tubes, people, held, open_, last_at in rows
    ]
    return sorted(made, key=lambda each: (-each.people, each.table or ""))


def trace_tube(tube: str) -> list[Fact]:
    """Everything the book says of a tube, in the order of the writers' clocks."""
    boxes = {box for (box,) in store.select("sampling_boxtube", ["box"], "tube", [tube])}
    found = [
        (at, entry, "person.sampled", {"person": person, "round": round_, "state": state})
        for at, entry, person, round_, state in store.select(
            "sampling_sample", ["at", "entry", "person", "round", "state"], "tube", [tube]
        )
    ]
    found += [
        (at, entry, "person.unsampled", {"person": person, "takes_back": binding})
        for at, entry, person, binding in store.select(
            "sampling_withdrawal", ["at", "entry", "person", "binding"], "tube", [tube]
        )
    ]
    columns = ["at", "entry", "fact", "pool", "table_id", "count", "party", "reason"]
    found += [
        (row[0], row[1], f"tube.{row[2]}", _said(columns[3:], row[3:]))
        for row in store.select("sampling_tubefact", columns, "tube", [tube])
    ]
    columns = ["at", "entry", "outcome", "tested_at", "reported_at", "laboratory", "corrects",
               "ct_orf1ab", "ct_n", "accession"]  # fmt: skip
    found += [
        (row[0], row[1], "result.corrected" if row[6] else "result.reported",
         _said(columns[2:], row[2:]))
        for row in store.select("sampling_result", columns, "tube", [tube])
    ]  # fmt: skip
    return _with_codes(found) if not boxes else sorted(
        [*_with_codes(found), *(fact for box in boxes for fact in trace_box(box))]
    )  # fmt: skip


def trace_box(box: str) -> list[Fact]:
    """Everything the book says of a box."""
    columns = ["at", "entry", "fact", "seal", "count", "party", "reason"]
    return _with_codes(
        [
            (row[0], row[1], f"box.{row[2]}", {"box": box, **_said(columns[3:], row[3:])})
            for row in store.select("sampling_boxfact", columns, "box", [box])
        ]
    )


def _said(names: list[str], values: tuple[Any, ...]) -> dict[str, Any]:
    return {name: value for name, value in zip(names, values, strict=True) if value is not None}


def _with_codes(found: list[tuple[int, str, str, dict[str, Any]]]) -> list[Fact]:
    codes = verdicts.list_verdicts({str(row[1]) for row in found})
    return sorted(
        Fact(at, str(entry), what, fields, tuple(codes.get(str(entry), ())))
        for at, entry, what, fields in found
    )


def list_swabs(person: str) -> list[Swab]:
    """A person's swabs, latest first."""
    rows = store.query(
        "SELECT s.entry, s.round, s.tube, s.at, s.state, t.state, t.outcome, t.reported_at "
        "FROM sampling_sample s JOIN sampling_tube t ON t.tube = s.tube "
        "WHERE s.person = %s ORDER BY s.at DESC, s.entry DESC",
        [person],
    )
    found = []
    for entry, round_, tube, at, state, tube_state, outcome, reported_at in rows:
        # a swab that counts was in the tube when it was tested: the rules hold any other
        counts = state in (rules.EFFECTIVE, rules.AGAIN)
        result = (outcome, reported_at) if counts else (None, None)
        found.append(Swab(str(entry), str(round_), tube, at, state, tube_state, *result))
    return found


def status_of(person: str, now: int, hours: int = 48) -> Status:
    """A person's latest swab and the route open to them at the moment `now`. A result is recent for
    `hours`; who has none is offered a single rush tube, never turned away (Xi'an 2022, Chengdu
    2022).
    """
    counting = [s for s in list_swabs(person) if s.state in (rules.EFFECTIVE, rules.AGAIN)]
    known = next((each for each in counting if each.reported_at is not None), None)
    if known and known.outcome == "negative" and now - known.at <= hours * clock.HOUR:
        return Status(known, "none_needed")
    latest = counting[0] if counting else None
    waits = latest is not None and latest.reported_at is None
    return Status(latest, "wait" if waits else "rush")
