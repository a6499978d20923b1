"""Reads of sampling: tables, and the swabs of a person. Counters are in counters, what is wrong in
reconciliation, held lines in actions.claims, what happened to a tube or a box in pages.trails.

Knows no names.
"""

from collections.abc import Collection
from typing import NamedTuple

from doorstep.kit import clock
from doorstep.ledger import store
from doorstep.operations.sampling import rules


class TableCount(NamedTuple):
    """What a table has done in a round; None: tubes that no table opened, or two did."""

    table: str | None
    tubes: int
    people: int
    held: int
    open: int
    last_at: int | None


def list_causes(rounds: Collection[str]) -> dict[str, list[str]]:
    """By re-sampling, the tubes because of which the people on its list were asked to stay."""
    causes: dict[str, list[str]] = {}
    again = [
        (str(id_), str(parent))
        for id_, parent in store.select("rounds_round", ["id", "parent"], "id", rounds)
        if parent
    ]
    rows = store.query_pairs(
        "SELECT DISTINCT k.a, s.tube FROM {pairs} CROSS JOIN rounds_subject u "
        "CROSS JOIN sampling_stay s WHERE u.round = k.a AND s.person = u.subject "
        "AND s.round = k.b ORDER BY k.a, s.tube",
        "rounds_round", ("id", "parent"), again,
    )  # fmt: skip
    for round_, tube in rows:
        causes.setdefault(str(round_), []).append(tube)
    return causes


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
