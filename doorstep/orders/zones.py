"""Estates with their two axes, the release conditions of each order, and what needs a person.

Reads only. An alarm is worked out when it is read; nothing is lifted, prolonged or sent from here.
"""

from collections.abc import Sequence
from typing import NamedTuple

from doorstep.kit import clock
from doorstep.ledger import book, store
from doorstep.orders import days, evidence, queries, release, rows, rules, shapes

ENDED_SHOWN = 7 * clock.DAY  # an order that ran out without renewal is an alarm for so long
ENDS_SOON = 24 * clock.HOUR


class Alarm(NamedTuple):
    """Something about an order that a person must see to. `code`: met_not_lifted | ran_out |
    review_due | ends_soon | second_person | unanswered; `since_at` in microseconds.
    """

    code: str
    order: str
    since_at: int | None


class View(NamedTuple):
    """An order as a page shows it. `lines` only of orders in force; `day`: which day of it today
    is; `alarms`: most urgent first.
    """

    order: rules.Order
    state: str
    rule: shapes.Rule | None
    value: shapes.Value | None
    day: int | None
    lines: list[release.Line]
    met_since: int | None
    alarms: list[Alarm]


class Zone(NamedTuple):
    """An estate: the orders in force on it and on its buildings. `risk`: building → value orders
    that hold there; `measures` likewise for buildings with a measure of their own.
    """

    estate: str
    name: str
    english: str
    whole: list[View]
    risk: dict[str, list[View]]
    measures: dict[str, list[View]]
    alarms: list[Alarm]

    @property
    def strictest(self) -> View | None:
        """The strictest measure on the whole estate."""
        return next((view for view in self.whole if view.order.axis == "measure"), None)


def view_order(order: rules.Order, at: int, everything: Sequence[rules.Order] = ()) -> View:
    """An order with its state, conditions and alarms at a moment. `everything`: all orders of the
    cell, if the caller has them already.
    """
    return view_orders([order], at, everything or queries.list_orders())[0]


def view_orders(
    orders: Sequence[rules.Order], at: int, everything: Sequence[rules.Order]
) -> list[View]:
    """Orders with their states, conditions and alarms at a moment."""
    zone = book.get_cell().zone
    packs = queries.get_packs({order.pack for order in orders})
    waiting = _waiting(orders, at)
    views = []
    for order in orders:
        pack = packs.get(order.pack)
        state = rules.state_of(order, at)
        rule = pack.find_rule(order.rule) if pack else None
        lines: list[release.Line] = []
        if rule is not None and state == "in_force":
            lines = _judge(order, rule, everything, at, zone)
        since = release.met_since(lines)
        views.append(
            View(
                order,
                state,
                rule,
                pack.find_value(order.axis, order.value) if pack else None,
                rules.day_number(order.start_at, clock.day_of(at, zone), zone),
                lines,
                since,
                _alarms(order, state, since, waiting.get(order.id), everything, at, zone),
            )
        )
    return views


def list_zones(at: int, under: str | None = None) -> list[Zone]:
    """Every estate on which, or in which, an order stands or waits, strictest first."""
    everything = queries.list_orders()
    shown = [order for order in everything if _is_shown(order, at)]
    views = {view.order.id: view for view in view_orders(shown, at, everything)}
    places = {place for order in shown for place in order.places}
    found: dict[str, Zone] = {}
    for place, kind, name, english, estate, path in _places(places):
        if under is not None and under not in path.split("/"):
            continue
        for order in shown:
            if place not in order.places:
                continue
            key = estate or place
            if key not in found:
                found[key] = Zone(key, name, english, [], {}, {}, [])
            view = views[order.id]
            _put(found[key], view, place, place == key or kind == "estate")
    return sorted((_named(zone) for zone in found.values()), key=_rank)


def _is_shown(order: rules.Order, at: int) -> bool:
    state = rules.state_of(order, at)
    if state in ("proposed", "approved", "in_force", "held"):
        return True
    return state == "ended" and order.until_at is not None and at - order.until_at < ENDED_SHOWN


def _places(places: set[str]) -> list[tuple[str, str, str, str, str | None, str]]:
    rows = store.select(
        "registry_place", ["id", "kind", "name", "english", "estate", "path"], "id", places
    )
    return [
        (str(i), kind, name, english, estate and str(estate), path)
        for i, kind, name, english, estate, path in sorted(rows, key=lambda row: str(row[5]))
    ]


def _put(zone: Zone, view: View, place: str, whole: bool) -> None:
    if view.state == "in_force":
        if whole:
            zone.whole.append(view)
        else:
            table = zone.risk if view.order.axis == "risk" else zone.measures
            table.setdefault(place, []).append(view)
    zone.alarms.extend(alarm for alarm in view.alarms if alarm not in zone.alarms)


def _named(zone: Zone) -> Zone:
    [(_, _, name, english, _, _)] = _places({zone.estate}) or [("", "", "", "", None, "")]
    zone.whole.sort(key=lambda view: -(view.value.strictness if view.value else 100))
    zone.alarms.sort(key=lambda alarm: _URGENCY.index(alarm.code))
    return zone._replace(name=name, english=english)


def _rank(zone: Zone) -> tuple[int, int, str]:
    first = zone.strictest
    strictness = first.value.strictness if first and first.value else 0
    return -strictness, first.order.start_at if first else 0, zone.name


# ---- conditions ----


def _judge(
    order: rules.Order,
    rule: shapes.Rule,
    everything: Sequence[rules.Order],
    at: int,
    zone: str,
) -> list[release.Line]:
    standing = frozenset(
        each.value
        for each in everything
        if each.id != order.id and rules.state_of(each, at) in ("approved", "in_force")
    )
    named = {v for c in rule.release if isinstance(c, shapes.AllLifted) for v in c.values}
    ended = [
        each.until_at
        for each in everything
        if each.value in named and each.until_at is not None and each.until_at <= at
    ]
    said = list_said(order.places)
    provider = evidence.get()
    return release.combine(
        [
            release.judge(
                order,
                rule,
                release.Material(
                    said.get(place, []),
                    provider.list_round_evidence(place),
                    standing,
                    max(ended, default=None),
                ),
                at=at,
                zone=zone,
            )
            for place in order.places
        ]
    )


def list_said(places: Sequence[str]) -> dict[str, list[release.Said]]:
    """The evidence recorded of each place, of places above it and of places inside it."""
    own = {str(i): path for i, path in store.select("registry_place", ["id", "path"], "id", places)}
    recorded = store.query(
        "SELECT e.entry, e.fact, e.since_on, e.at, p.path FROM orders_evidence e "
        "JOIN registry_place p ON p.id = e.place"
    )
    return {
        place: [
            release.Said(str(entry), fact, on, at, path.startswith(where))
            for entry, fact, on, at, where in recorded
            if path.startswith(where) or where.startswith(path)
        ]
        for place, path in own.items()
    }


# ---- alarms ----

_URGENCY = ["met_not_lifted", "ran_out", "second_person", "ends_soon", "review_due", "unanswered"]


def _alarms(
    order: rules.Order,
    state: str,
    met_since: int | None,
    waiting_at: int | None,
    everything: Sequence[rules.Order],
    at: int,
    zone: str,
) -> list[Alarm]:
    said: dict[str, int | None] = {}
    if state == "in_force":
        assert order.until_at is not None
        if met_since is not None:
            said["met_not_lifted"] = max(met_since, order.from_at or 0)
        if order.until_at - at <= ENDS_SOON and order.ended_as == "end":
            said["ends_soon"] = order.until_at
        if clock.day_of(at, zone) >= order.review_on:
            said["review_due"] = days.start_of(order.review_on, zone)
        if order.applied_at is not None and order.applied_at > (order.refused_at or 0):
            said["unanswered"] = order.applied_at
    if waiting_at is not None:
        said["second_person"] = waiting_at
    if state == "ended" and not _is_followed(order, everything):
        said["ran_out"] = order.until_at
    return [Alarm(code, order.id, said[code]) for code in _URGENCY if code in said]


def _is_followed(order: rules.Order, everything: Sequence[rules.Order]) -> bool:
    """Whether another order on the same axis took over at every place where this one ran out."""
    later = [
        each
        for each in everything
        if each.id != order.id
        and each.axis == order.axis
        and each.from_at is not None
        and each.until_at is not None
        and order.until_at is not None
        and each.until_at > order.until_at
    ]
    return set(order.places) <= {place for each in later for place in each.places}


def _waiting(orders: Sequence[rules.Order], at: int) -> dict[str, int]:
    """Since when an order waits for its second person."""
    facts: dict[str, list[rules.Fact]] = {}
    for fact in rows.list_facts({order.id for order in orders}):
        facts.setdefault(fact.order, []).append(fact)
    pending = {
        order.id: queries.list_pending(order, facts.get(order.id, []), at) for order in orders
    }
    return {order: each[0].at for order, each in pending.items() if each}
