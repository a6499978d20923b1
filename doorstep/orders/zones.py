"""Estates with their two axes, the release conditions of each order, and what needs a person.

Reads only. An alarm is worked out when it is read; nothing is lifted, prolonged or sent from here.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from doorstep.kit import clock
from doorstep.ledger import book, store
from doorstep.orders import days, evidence, queries, release, rows, rules, shapes

ENDED_SHOWN = 7 * clock.DAY  # an order that ran out without renewal is an alarm for so long
ENDS_SOON = 24 * clock.HOUR


class Alarm(NamedTuple):
    """Something about an order that a person must see to. `code`: met_not_lifted | ran_out |
    second_person | stricter_rule | ends_soon | review_due | test_due | unanswered; `since_at` in
    microseconds. stricter_rule: a new case was found and the pack names a rule for it that stands
    nowhere yet; test_due: today is a day of tests and no round of today is to reach the place.
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
    known = _learn(orders, at, zone)
    views = []
    for order in orders:
        pack = packs.get(order.pack)
        state = rules.state_of(order, at)
        rule = pack.find_rule(order.rule) if pack else None
        lines: list[release.Line] = []
        said: dict[str, int | None] = {}
        if pack is not None and rule is not None and state == "in_force":
            materials = _gather(order, rule, everything, known, at)
            lines = release.combine(
                [release.judge(order, rule, each, at=at, zone=zone) for each in materials]
            )
            clocks = [release.start_clock(order, rule, each, zone) for each in materials]
            said["test_due"] = _test_due(order, pack, rule, materials, clocks, at, zone)
            said["stricter_rule"] = _stricter(order, rule, clocks, everything, known, at)
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
                _alarms(order, state, since, waiting.get(order.id), everything, at, zone, said),
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
    names = {row[0]: (row[2], row[3]) for row in _places(set(found))}
    return sorted((_named(zone, names) for zone in found.values()), key=_rank)


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


def _named(zone: Zone, names: Mapping[str, tuple[str, str]]) -> Zone:
    name, english = names.get(zone.estate, ("", ""))
    zone.whole.sort(key=lambda view: -(view.value.strictness if view.value else 100))
    zone.alarms.sort(key=lambda alarm: _URGENCY.index(alarm.code))
    return zone._replace(name=name, english=english)


def _rank(zone: Zone) -> tuple[int, int, str]:
    first = zone.strictest
    strictness = first.value.strictness if first and first.value else 0
    return -strictness, first.order.start_at if first else 0, zone.name


# ---- conditions ----


class _Known(NamedTuple):
    """What is known of places, by place: path, recorded evidence, rounds, confirmed infections.
    Where a place is left out, nothing is.
    """

    paths: Mapping[str, str]
    said: Mapping[str, list[release.Said]]
    rounds: Mapping[str, Sequence[evidence.Round]]
    positives: Mapping[str, Sequence[evidence.Positive]]


def _learn(orders: Sequence[rules.Order], at: int, zone: str) -> _Known:
    """All places of the orders in force are asked for together, once, however many orders stand
    there; and for no round from before the first order of each.
    """
    since: dict[str, str] = {}
    for order in orders:
        if rules.state_of(order, at) == "in_force":
            first = clock.day_of(order.start_at, zone)
            since |= {place: min(first, since.get(place, first)) for place in order.places}
    places = sorted(since)
    provider = evidence.get()
    return _Known(
        {str(i): path for i, path in store.select("registry_place", ["id", "path"], "id", places)},
        list_said(places),
        provider.list_round_evidence(since),
        provider.list_positives(places),
    )


def _gather(
    order: rules.Order,
    rule: shapes.Rule,
    everything: Sequence[rules.Order],
    known: _Known,
    at: int,
) -> list[release.Material]:
    """What the conditions of an order are judged by, place by place."""
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
    return [
        release.Material(
            known.said.get(place, []),
            known.rounds.get(place, ()),
            known.positives.get(place, ()),
            standing,
            max(ended, default=None),
        )
        for place in order.places
    ]


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

_URGENCY = ["met_not_lifted", "ran_out", "second_person", "stricter_rule", "ends_soon",
            "review_due", "test_due", "unanswered"]  # fmt: skip


def _alarms(
    order: rules.Order,
    state: str,
    met_since: int | None,
    waiting_at: int | None,
    everything: Sequence[rules.Order],
    at: int,
    zone: str,
    worked_out: Mapping[str, int | None],
) -> list[Alarm]:
    said: dict[str, int | None] = {
        code: since for code, since in worked_out.items() if since is not None
    }
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


def _test_due(
    order: rules.Order,
    pack: shapes.Pack,
    rule: shapes.Rule,
    materials: Sequence[release.Material],
    clocks: Sequence[release.Clock],
    at: int,
    zone: str,
) -> int | None:
    """Since when a round of today is awaited at one of the order's places: today's beginning. Only
    what needs a tube needs a round.
    """
    if not evidence.get().tests_people:
        return None
    today = clock.day_of(at, zone)
    tubes = [method.key for method in pack.methods if method.tube]
    for material, started in zip(materials, clocks, strict=True):
        due = rules.tests_on(
            rule.calendar,
            tubes[0] if tubes else "",
            clock_day=days.number(today, started.first_on),
            day=today,
            last_on=queries.last_day(order, zone),
            test_days=order.test_days,
            test_every=order.test_every,
        )
        awaited = any(test.method in tubes for test in due)
        if awaited and all(round_.day != today for round_ in material.rounds):
            return max(days.start_of(today, zone), order.from_at or 0)
    return None


def _stricter(
    order: rules.Order,
    rule: shapes.Rule,
    clocks: Sequence[release.Clock],
    everything: Sequence[rules.Order],
    known: _Known,
    at: int,
) -> int | None:
    """Since when a new case is known at a place where the rule that the pack names for one neither
    waits nor stands, nor stood since.
    """
    if rule.on_infection is None:
        return None
    answers = [
        each
        for each in everything
        if (each.pack, each.rule) == (order.pack, rule.on_infection)
        and rules.state_of(each, at) not in ("withdrawn", "lapsed", "held")
    ]
    unanswered = []
    for place, started in zip(order.places, clocks, strict=True):
        above = known.paths.get(place, "").split("/")
        if started.restarted and not any(
            not set(each.places).isdisjoint(above)
            and (each.until_at or each.end_at) > started.known_at
            for each in answers
        ):
            unanswered.append(started.known_at)
    return max(unanswered, default=None)


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
