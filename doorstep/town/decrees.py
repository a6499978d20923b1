"""What was ordered in the town, recorded as it would have been: the pack adopted, the evidence of
each order, the order proposed by one person and approved by another of another unit.

Goes through the acts of `orders` like anybody at a desk, so nothing is in force that could not be.
"""

from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from doorstep.kit import clock
from doorstep.orders import actions, packs
from doorstep.town import duty, places, plan

REVIEW = timedelta(days=7)
PROPOSER, APPROVER = "hq1", "qu"  # the subdistrict's HQ, and the district
# What the orders rest on is assumed: the newspaper gives no case and no investigation.
_FACTS = {"medium": "infection_found", "closed": "infection_found", "in_only": "contact_present"}


class _Staff(NamedTuple):
    id: str


def record_orders(town: plan.Plan) -> int:
    """Record every order of the plan; how many."""
    proposer = _Staff(duty.staff_id(town, PROPOSER))
    approver = _Staff(duty.staff_id(town, APPROVER))
    zone = ZoneInfo(town.subdistrict.zone)
    digest = packs.find_digest(town.pack)
    if digest is None:
        raise ValueError(f"{town.pack} is no pack")
    first = min(_start(order, zone) for order in town.orders) - timedelta(days=1)
    actions.adopt_pack(_Staff(duty.ADMINISTRATOR), digest=digest, at=clock.to_micros(first))
    for number, order in enumerate(sorted(town.orders, key=lambda each: each.start), 1):
        _record(town, order, number, digest, proposer, approver, _start(order, zone))
    return len(town.orders)


def _record(
    town: plan.Plan,
    order: plan.Order,
    number: int,
    digest: str,
    proposer: _Staff,
    approver: _Staff,
    start: datetime,
) -> None:
    at = clock.to_micros(start - timedelta(hours=3))
    # every order of the town runs as long as its rule lets it: assumed
    pack = packs.find_shipped(digest)
    rule = pack.find_rule(order.rule) if pack else None
    if rule is None:
        raise ValueError(f"{town.pack} has no rule {order.rule}")
    longest = timedelta(days=rule.term.longest_days)
    where = _places_of(town, order)
    evidence = [
        actions.record_evidence(
            proposer,
            pack=digest,
            fact=_FACTS[order.rule],
            place=place,
            on=start.date().isoformat(),
            document=f"南疾控示例〔2021〕{number * 10 + part}号",
            at=at,
        )
        for part, place in enumerate(where)
    ]
    proposed = actions.propose_order(
        proposer,
        pack=digest,
        rule=order.rule,
        places=where,
        authority=town.authority,
        document=order.document,
        evidence=evidence,
        start=clock.to_micros(start),
        end=clock.to_micros(start + longest),
        review=(start + REVIEW).date().isoformat(),
        at=at + clock.HOUR,
    )
    actions.approve_order(approver, order=proposed, at=at + 2 * clock.HOUR)


def _places_of(town: plan.Plan, order: plan.Order) -> list[str]:
    number = [each.name for each in town.estates].index(order.estate)
    if not order.buildings:
        return [places.estate_id(number)]
    return [places.building_id(number, building) for building in order.buildings]


def _start(order: plan.Order, zone: ZoneInfo) -> datetime:
    return datetime.fromisoformat(order.start).replace(tzinfo=zone)
