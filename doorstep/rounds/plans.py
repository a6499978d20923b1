"""That a plan for a day was accepted, or withdrawn again: the entries, and what stands.

A plan is worked out outside the book (`planning`, `command.plans`) and is a draft until somebody
with the right at its place accepts it. The entry names it by its id and by the digests of problem
and result, so nobody can change afterwards what was accepted. Refuses free text and people.
"""

from collections.abc import Collection
from typing import Literal, NamedTuple, get_args

from doorstep.ledger import kinds, store

Model = Literal["centre", "sampling", "visits", "supply", "shifts", "projection"]
Reason = Literal["replaced", "mistake", "circumstances"]
REASONS: tuple[str, ...] = get_args(Reason)


class PlanAccepted(kinds.Envelope, frozen=True, kw_only=True, tag="plan.accepted"):
    """A plan for a day holds. `problem`, `result`: SHA-256 of what was asked and what came out."""

    plan: kinds.Id
    model: Model
    day: kinds.Day
    problem: kinds.Digest
    result: kinds.Digest


class PlanWithdrawn(kinds.Envelope, frozen=True, kw_only=True, tag="plan.withdrawn"):
    """It holds no more."""

    plan: kinds.Id
    reason: Reason


KINDS = [kinds.Kind(shape, frozenset({kinds.DESK})) for shape in (PlanAccepted, PlanWithdrawn)]
_TABLE = "rounds_planact"
_COLUMNS = ["entry", "plan", "problem", "result", "reason", "at", "staff", "turn"]


class Standing(NamedTuple):
    """The last word on a plan: accepted (`problem` and `result`), or withdrawn (`reason`)."""

    entry: str
    problem: str | None
    result: str | None
    reason: str | None
    at: int
    staff: str


def fold(batch: kinds.Batch) -> None:
    """One row for each entry."""
    if batch.voided:
        store.delete(_TABLE, "entry", batch.voided)
    rows = [
        (e.id, e.body.plan, e.body.problem, e.body.result, None, e.at, e.by, e.turn)
        for e in batch.of(PlanAccepted)
    ]
    rows += [
        (e.id, e.body.plan, None, None, e.body.reason, e.at, e.by, e.turn)
        for e in batch.of(PlanWithdrawn)
    ]
    store.insert(_TABLE, _COLUMNS, rows)


def find(plans: Collection[str]) -> dict[str, Standing]:
    """The last word on each of these plans; drafts are left out."""
    rows = sorted(store.select(_TABLE, [*_COLUMNS], "plan", plans), key=lambda row: row[7])
    return {
        str(plan): Standing(str(entry), problem, result, reason, at, str(staff))
        for entry, plan, problem, result, reason, at, staff, _ in rows
    }
