"""What an order is, worked out from its entries, and what follows from it on a day. Pure.

Refuses effect to whatever two people of different units have not both put their names to, and to a
lifting that is not the word of the authority that decided. It never raises and asks no clock.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from doorstep.kit import clock
from doorstep.orders import days, shapes

PROPOSED, APPROVED, RENEWED = "order.proposed", "order.approved", "order.renewed"
APPLIED, LIFTED, REFUSED = "order.applied_for_lifting", "order.lifted", "lifting.refused"
WITHDRAWN = "order.withdrawn"
POOLS: tuple[shapes.Pool, ...] = ("single", "household", "five", "ten", "twenty")


class No(NamedTuple):
    """Why an act at a desk is refused: a code of ledger.codes and what fills its text."""

    code: str
    facts: Mapping[str, object] = {}


class Fact(NamedTuple):
    """One entry about an order. `target`: the entry an approval names. Moments in µs."""

    entry: str
    order: str
    kind: str
    at: int
    by: str
    unit: str | None
    target: str | None
    body: Mapping[str, Any]


class Order(NamedTuple):
    """An order as its entries make it. In force from `from_at` until `until_at`, both or neither;
    `ended_as` is what sets the end: end | lifted | withdrawn. Moments in µs, days in the cell's.
    """

    id: str
    entry: str
    axis: str
    value: str
    rule: str
    pack: str
    places: tuple[str, ...]
    authority: str
    document: str
    evidence: tuple[str, ...]
    start_at: int
    end_at: int
    review_on: str
    test_days: tuple[int, ...]
    test_every: int | None
    proposed_at: int
    proposed_by: str
    proposed_unit: str
    approved_at: int | None
    approved_by: str | None
    approved_unit: str | None
    from_at: int | None
    until_at: int | None
    ended_as: str
    renewals: int
    applied_at: int | None
    refused_at: int | None
    lifted_document: str | None
    withdrawn_at: int | None
    disputed: bool


class DueTest(NamedTuple):
    """A method due on a day, and how many samples a person."""

    method: str
    samples: int


def assemble(
    facts: Sequence[Fact], standing: Collection[str] | None = None, *, zone: str
) -> tuple[Order | None, list[tuple[str, str, bool]]]:
    """The order that these facts make, whatever their order, and verdicts (entry, code, held).

    `standing`: the proposals that a settlement of all of them lets stand; None when not settled.
    `zone`: the cell's, in which a review has its day.
    Without exactly one proposal nothing is in force.
    """
    said: list[tuple[str, str, bool]] = []
    proposals = _of(facts, PROPOSED)
    if not proposals:
        return None, said
    chosen = [p for p in proposals if standing is None or p.entry in standing]
    disputed = len(chosen) != 1
    if disputed:
        said += [(each.entry, "ORDER_TWICE", True) for each in proposals]
    proposal = (chosen or proposals)[0]
    approvals, wrong = _second_people(facts)
    said += [(entry, "NOT_SECOND", True) for entry in wrong]
    first = None if disputed else approvals.get(proposal.entry)
    end_at, review_on, renewals = _renew(proposal, _of(facts, RENEWED), approvals, zone)
    lifting, foreign = _lift(proposal, _of(facts, LIFTED))
    said += [(entry, "LIFT_NOT_THEIRS", True) for entry in foreign]
    applied_at, refused_at = _apply(facts)
    withdrawn_at = _withdraw(first, _of(facts, WITHDRAWN), approvals)
    from_at, until_at, ended_as = _span(proposal, first, end_at, lifting, withdrawn_at)
    body = proposal.body
    order = Order(
        id=proposal.order,
        entry=proposal.entry,
        axis=body["axis"],
        value=body["value"],
        rule=body["rule"],
        pack=body["pack"],
        places=tuple(body["places"]),
        authority=body["authority"],
        document=body["document"],
        evidence=tuple(body["evidence"]),
        start_at=body["start"],
        end_at=end_at,
        review_on=review_on,
        test_days=tuple(body["test_days"]),
        test_every=body["test_every"],
        proposed_at=proposal.at,
        proposed_by=proposal.by,
        proposed_unit=proposal.unit or "",
        approved_at=first.at if first else None,
        approved_by=first.by if first else None,
        approved_unit=first.unit if first else None,
        from_at=from_at,
        until_at=until_at,
        ended_as=ended_as,
        renewals=renewals,
        applied_at=applied_at,
        refused_at=refused_at,
        lifted_document=lifting.body["document"] if lifting else None,
        withdrawn_at=withdrawn_at,
        disputed=disputed,
    )
    return order, said


def _of(facts: Iterable[Fact], kind: str) -> list[Fact]:
    return sorted((f for f in facts if f.kind == kind), key=lambda f: (f.at, f.entry))


def is_second(by: str, unit: str | None, other_by: str, other_unit: str | None) -> bool:
    """Whether these are two people of two units, both known."""
    return by != other_by and bool(unit) and bool(other_unit) and unit != other_unit


def _second_people(facts: Sequence[Fact]) -> tuple[dict[str, Fact], list[str]]:
    """The earliest valid approval of each entry, and the approvals that are none."""
    targets = {f.entry: f for f in facts if f.kind in (PROPOSED, RENEWED, WITHDRAWN)}
    valid: dict[str, Fact] = {}
    wrong = []
    for approval in _of(facts, APPROVED):
        target = targets.get(approval.target or "")
        if target is None:
            continue  # what it approves has not come yet, or no longer counts
        if is_second(approval.by, approval.unit, target.by, target.unit):
            valid.setdefault(target.entry, approval)
        else:
            wrong.append(approval.entry)
    return valid, wrong


def _renew(
    proposal: Fact, renewals: Sequence[Fact], approvals: Mapping[str, Fact], zone: str
) -> tuple[int, str, int]:
    """End and review after every renewal by the authority that decided, approved before the end it
    moves, and their number. A review whose day is still to come is never put off.
    """
    end, review, count = proposal.body["end"], proposal.body["review"], 0
    own = [r for r in renewals if r.body["authority"] == proposal.body["authority"]]
    timely = sorted(
        ((approvals[r.entry].at, r.entry, r.body) for r in own if r.entry in approvals),
        key=lambda each: each[:2],
    )
    for at, _, body in timely:
        if at < end < body["end"]:
            ahead = clock.day_of(at, zone) < review
            review = min(review, body["review"]) if ahead else body["review"]
            end, count = body["end"], count + 1
    return end, review, count


def _apply(facts: Sequence[Fact]) -> tuple[int | None, int | None]:
    """Since when the authority is asked, and when it last refused: the first application after its
    last refusal, or, where none followed, the last before it.
    """
    refused_at = max((f.at for f in _of(facts, REFUSED)), default=None)
    asked = [f.at for f in _of(facts, APPLIED)]
    waiting = [at for at in asked if refused_at is None or at > refused_at]
    return min(waiting, default=max(asked, default=None)), refused_at


def _lift(proposal: Fact, liftings: Sequence[Fact]) -> tuple[Fact | None, list[str]]:
    """The earliest lifting by the authority that decided, and the liftings by any other."""
    authority = proposal.body["authority"]
    own = [f for f in liftings if f.body["authority"] == authority]
    earliest = min(own, key=lambda f: (f.body["effective"], f.entry), default=None)
    return earliest, [f.entry for f in liftings if f.body["authority"] != authority]


def _withdraw(
    first: Fact | None, withdrawals: Sequence[Fact], approvals: Mapping[str, Fact]
) -> int | None:
    """When the record was taken back. What two people put in force, only two take back."""
    moments = []
    for fact in withdrawals:
        if first is None or fact.at < first.at:
            moments.append(fact.at)
        elif fact.entry in approvals:
            moments.append(approvals[fact.entry].at)
    return min(moments, default=None)


def _span(
    proposal: Fact,
    first: Fact | None,
    end_at: int,
    lifting: Fact | None,
    withdrawn_at: int | None,
) -> tuple[int | None, int | None, str]:
    """From and until, and what sets the end. An approval after the end puts nothing in force."""
    bounds = [(end_at, "end")]
    if lifting is not None:
        bounds.append((lifting.body["effective"], "lifted"))
    if withdrawn_at is not None:
        bounds.append((withdrawn_at, "withdrawn"))
    until, ended_as = min(bounds)
    if first is None:
        return None, None, ended_as
    start = max(proposal.body["start"], first.at)
    return (start, until, ended_as) if start < until else (None, None, ended_as)


def may_renew(term: shapes.Term, end_at: int, now: int) -> No | None:
    """Renewals are not stacked: an order is prolonged only when its end has come near."""
    if end_at - now > term.review_days * clock.DAY:
        return No("ORDER_RENEWED_EARLY", {"days": term.review_days})
    return None


def state_of(order: Order, at: int) -> str:
    """The order's state at a moment: held | proposed | lapsed | withdrawn | approved | in_force |
    lifted | ended. It ends by itself: no entry is needed for `ended`, only time.
    """
    over = {"end": "ended", "lifted": "lifted", "withdrawn": "withdrawn"}[order.ended_as]
    if order.disputed:
        return "held"
    if order.from_at is None or order.until_at is None:
        if order.ended_as != "end":
            return over
        return "proposed" if at < order.end_at and order.approved_at is None else "lapsed"
    if at < order.from_at:
        return "approved"
    return "in_force" if at < order.until_at else over


def day_number(start_at: int, day: str, zone: str) -> int | None:
    """Which day of the closure `day` is; day 1 is the first day of closure. None before it."""
    counted = days.number(day, clock.day_of(start_at, zone))
    return counted if counted > 0 else None


def tests_on(
    calendar: shapes.Calendar,
    method: str,
    *,
    clock_day: int,
    day: str,
    last_on: str,
    test_days: Collection[int] = (),
    test_every: int | None = None,
) -> tuple[DueTest, ...]:
    """The tests of a day. `clock_day`: its number on the rule's clock; `last_on`: the order's last
    day; `test_days` and `test_every` are the order's own, where the pack leaves it to the order;
    `method` is what such days are tested with.
    """
    due = [
        DueTest(test.method, 2 if clock_day in test.double_days else 1)
        for test in calendar.tests
        if calendar.mode == "daily" or clock_day in test.days
    ]
    fixed = max((d for test in calendar.tests for d in test.days), default=0)
    left_to_order = calendar.mode == "ordered" or (
        calendar.afterwards == "ordered" and clock_day > fixed
    )
    if left_to_order and (
        clock_day in test_days or (test_every and (clock_day - 1) % test_every == 0)
    ):
        due.append(DueTest(method, 1))
    if calendar.final_days and day == days.add(last_on, 1 - calendar.final_days) and not due:
        due.append(DueTest(method, 1))
    return tuple(due)


def may_choose_days(
    calendar: shapes.Calendar, test_days: Collection[int], test_every: int | None
) -> No | None:
    """An order says its own test days only where the pack leaves them to the order."""
    if not test_days and not test_every:
        return None
    if calendar.mode == "ordered" and not (test_days and test_every):
        return None
    fixed = max((d for test in calendar.tests for d in test.days), default=0)
    if calendar.afterwards == "ordered" and not test_every and min(test_days) > fixed:
        return None
    return No("ORDER_CALENDAR_FIXED")


def pools_allowed(allowed: Iterable[Collection[shapes.Pool]]) -> tuple[shapes.Pool, ...]:
    """The ways of filling tubes that every order in force allows, finest first; single always."""
    common = set(POOLS).intersection(*allowed)
    return tuple(pool for pool in POOLS if pool in common or pool == "single")


def authority_level(jurisdiction: shapes.Jurisdiction, authority: str) -> str | None:
    """The level whose pattern an authority's code has."""
    for level in jurisdiction.levels:
        if re.fullmatch(level.pattern, authority):
            return level.key
    return None


def may_decide(jurisdiction: shapes.Jurisdiction, authority: str) -> No | None:
    """Only the levels the pack names may decide; a subdistrict records, executes and applies."""
    if authority_level(jurisdiction, authority) in jurisdiction.decides:
        return None
    return No("ORDER_NOT_COMPETENT", {"authority": authority})


def may_run(
    term: shapes.Term, start_at: int, end_at: int, review_on: str, *, now: int, zone: str
) -> No | None:
    """An order has an end within the pack's term and is looked at again before that."""
    if end_at <= start_at or end_at <= now:
        return No("ORDER_END_PAST")
    if end_at - start_at > term.longest_days * clock.DAY:
        return No("ORDER_TOO_LONG", {"days": term.longest_days})
    first, last = clock.day_of(start_at, zone), clock.day_of(end_at, zone)
    if not first <= review_on <= min(last, days.add(first, term.review_days)):
        return No("ORDER_REVIEW_OUTSIDE", {"days": term.review_days})
    return None
