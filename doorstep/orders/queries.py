"""Reads of orders: what is in force where, its history, tube sizes, clocks of the pack.

No names and no permission: orders are public by nature. What time alone changes (an order that
ended, an alarm) is worked out here when it is read, never written.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from doorstep.kit import clock
from doorstep.ledger import book, store
from doorstep.orders import days, models, packs, rows, rules, shapes

# Where no pack is adopted a clock still runs: settings of ours, in minutes.
_ABOVE_ESTATES = ("subdistrict", "community")
MINUTES = {
    "stay_request": 720,
    "collect": 60,
    "laboratory": 120,
    "report": 360,
    "judge_contacts": 1_440,
}


class Said(NamedTuple):
    """What orders and their pack say of testing an area on a day: the preferred tube size and all
    allowed, the pack's digest, how many hours a standing excuses from sampling; whether an order in
    force says so, or it is what the pack calls ordinary.
    """

    pool: str | None = None
    pack: str | None = None
    hours: Mapping[str, int] = {}
    allowed: tuple[str, ...] = ()
    ordered: bool = False


class Adopted(NamedTuple):
    """A pack in use: its digest, when and by whom it was adopted."""

    digest: str
    pack: shapes.Pack
    at: int
    staff: str
    unit: str


# ---- packs ----


def list_adopted() -> list[Adopted]:
    """Every adopted pack, the latest adoption first."""
    found = models.Adoption.objects.order_by("-at", "-entry")
    texts = get_packs({each.digest for each in found})
    latest: dict[str, Adopted] = {}
    for each in found:
        if each.digest in texts:
            said = Adopted(each.digest, texts[each.digest], each.at, each.staff, each.unit)
            latest.setdefault(each.digest, said)
    return list(latest.values())


def get_packs(digests: Collection[str]) -> dict[str, shapes.Pack]:
    """Packs by digest: those shipped, and those once adopted or handed in, read from the book."""
    found = {digest: pack for digest in digests if (pack := packs.find_shipped(digest))}
    kept = store.select(
        "orders_packtext", ["digest", "content"], "digest", set(digests) - set(found)
    )
    return found | {digest: packs.read_canonical(bytes(content)) for digest, content in kept}


def list_packs() -> dict[str, shapes.Pack]:
    """Every pack there is, by digest: those shipped, then those once adopted or handed in."""
    kept = {digest for (digest,) in store.query("SELECT digest FROM orders_packtext")}
    return packs.list_shipped() | get_packs(kept)


def current_pack(at: int) -> Adopted | None:
    """The pack where no order stands: the one adopted last by then."""
    return next((each for each in list_adopted() if each.at <= at), None)


# ---- orders ----


def find_order(order: str) -> rules.Order | None:
    """The order of that id."""
    return get_orders([order]).get(order)


def get_orders(orders: Collection[str]) -> dict[str, rules.Order]:
    """Those of the ids that are orders'."""
    found = map(rows.read_order, store.select("orders_order", rows.ORDER, "id", orders))
    return {order.id: order for order in found}


def list_orders() -> list[rules.Order]:
    """Every order of the cell, latest start first."""
    found = store.query(f"SELECT {', '.join(rows.ORDER)} FROM orders_order ORDER BY start_at, id")
    return [rows.read_order(row) for row in reversed(found)]


def list_in_force(place: str, at: int) -> list[rules.Order]:
    """The orders in force at a place at a moment, its own and those of places above, strictest
    first.
    """
    found = [each for each in list_at({place}) if rules.state_of(each, at) == "in_force"]
    return sort_strictest(found)


def list_at(places: Collection[str]) -> list[rules.Order]:
    """Every order that concerns these places: about them, or about places above."""
    above = {
        part
        for (path,) in store.select("registry_place", ["path"], "id", places)
        for part in path.strip("/").split("/")
    }
    return _orders_of(above | set(places))


def list_around(place: str) -> list[rules.Order]:
    """Every order about a place, above it or below it, latest start first: its history."""
    found = store.select("registry_place", ["path"], "id", [place])
    if not found:
        return []
    path = found[0][0]
    below = store.query(
        "SELECT o.place FROM orders_orderplace o JOIN registry_place p ON p.id = o.place "
        "WHERE p.path LIKE %s",
        [f"{path}%"],
    )
    orders = _orders_of({str(row[0]) for row in below} | set(path.strip("/").split("/")))
    return sorted(orders, key=lambda each: (each.start_at, each.id), reverse=True)


def list_acts(order: str) -> list[rules.Fact]:
    """Everything done about an order, earliest first."""
    return sorted(rows.list_facts([order]), key=lambda fact: (fact.at, fact.entry))


def list_pending(order: rules.Order, facts: Sequence[rules.Fact], at: int) -> list[rules.Fact]:
    """What waits for a second person: the proposal, renewals, withdrawals not yet approved."""
    targets = {f.entry: f for f in facts if f.kind in (rules.PROPOSED, rules.RENEWED)}
    if order.from_at is not None:
        targets |= {f.entry: f for f in facts if f.kind == rules.WITHDRAWN}
    named = {
        f.target
        for f in facts
        if f.kind == rules.APPROVED
        and f.target in targets
        and rules.is_second(f.by, f.unit, targets[f.target].by, targets[f.target].unit)
    }
    if rules.state_of(order, at) not in ("proposed", "approved", "in_force"):
        return []
    waiting = [f for f in targets.values() if f.entry not in named]
    return sorted(waiting, key=lambda f: (f.at, f.entry))


def sort_strictest(
    orders: Iterable[rules.Order], known: Mapping[str, shapes.Pack] | None = None
) -> list[rules.Order]:
    """Orders with the strictest value first. `known`: their packs, if the caller has them."""
    listed = list(orders)
    if known is None:
        known = get_packs({order.pack for order in listed})
    return sorted(listed, key=lambda order: (-strictness_of(order, known), order.id))


def strictness_of(order: rules.Order, known: Mapping[str, shapes.Pack]) -> int:
    """How strict the order's value is in its own pack; the highest when the pack is not known."""
    pack = known.get(order.pack)
    value = pack.find_value(order.axis, order.value) if pack else None
    return value.strictness if value else 100


def last_day(order: rules.Order, zone: str) -> str:
    """The last day an order is in force, or would be, YYYY-MM-DD."""
    return clock.day_of((order.until_at or order.end_at) - 1, zone)


def count_reach(places: Collection[str]) -> tuple[int, int]:
    """(doors, people present) under these places; a place within another is counted once."""
    rows = store.select("registry_place", ["id", "kind", "path"], "id", places)
    rows.sort(key=lambda row: str(row[2]))
    tops: dict[str, list[str]] = {}
    seen: list[str] = []
    for id_, kind, path in rows:
        if not path.startswith(tuple(seen)):
            seen.append(path)
            tops.setdefault(kind, []).append(path if kind in _ABOVE_ESTATES else str(id_))
    # an estate's doors and people are counted in indexes that hold the answer; a path is not
    wide = [f"{path}%" for kind in _ABOVE_ESTATES for path in tops.get(kind, [])]
    under = f"({' OR '.join(['d.path LIKE %s'] * len(wide))})"
    estates = tops.get("estate", [])
    if wide:
        found = store.query(
            f"SELECT d.id FROM registry_place d WHERE d.kind = 'estate' AND {under}", wide
        )
        estates = [*estates, *(str(row[0]) for row in found)]
    counts = [
        _count_in("estate", estates),
        _count_in("building", tops.get("building", [])),
        _count_at(f"d.estate IS NULL AND {under}", wide),
    ]
    if units := tops.get("unit", []):
        marks = ", ".join(["%s"] * len(units))
        theirs = f"SELECT building FROM registry_place WHERE id IN ({marks})"
        counts.append(
            _count_at(f"d.building IN ({theirs}) AND d.unit IN ({marks})", [*units, *units])
        )
    if doors := tops.get("door", []):
        counts.append(_count_at(f"d.id IN ({', '.join(['%s'] * len(doors))})", doors))
    return sum(doors for doors, _people in counts), sum(people for _doors, people in counts)


def _count_in(kind: str, places: Sequence[str]) -> tuple[int, int]:
    """(doors, people present) in these estates, or buildings."""
    if not places:
        return 0, 0
    inside = f"{kind} IN ({', '.join(['%s'] * len(places))})"
    doors = store.query(
        f"SELECT COUNT(*) FROM registry_place WHERE kind = 'door' AND {inside}", places
    )
    people = store.query(
        f"SELECT COUNT(*) FROM registry_residence WHERE presence = 'present' AND {inside}", places
    )
    return int(doors[0][0]), int(people[0][0])


def _count_at(condition: str, parameters: Sequence[str]) -> tuple[int, int]:
    """(doors, people present) of the doors (d) that a condition is true of."""
    if not parameters:
        return 0, 0
    doors = store.query(
        f"SELECT COUNT(*) FROM registry_place d WHERE d.kind = 'door' AND {condition}", parameters
    )
    people = store.query(
        "SELECT COUNT(*) FROM registry_place d JOIN registry_residence r ON r.door = d.id "
        f"WHERE d.kind = 'door' AND {condition} AND r.presence = 'present'",
        parameters,
    )
    return int(doors[0][0]), int(people[0][0])


def _orders_of(places: Collection[str]) -> list[rules.Order]:
    named = store.select("orders_orderplace", ["order_id"], "place", places)
    found = store.select("orders_order", rows.ORDER, "id", {str(row[0]) for row in named})
    return [rows.read_order(row) for row in sorted(found, key=lambda row: str(row[0]))]


# ---- what follows from them ----


def pool_rules(area: str, day: str) -> Said:
    """How tubes may be filled in an area on a day: what every order in force there allows, above
    the area, on it or inside it. Where none is, what the pack adopted last calls ordinary, the
    coarsest preferred.
    """
    zone = book.get_cell().zone
    start, end = days.start_of(day, zone), days.start_of(days.add(day, 1), zone)
    orders = sort_strictest(
        each
        for each in list_around(area)
        if each.from_at is not None
        and each.until_at is not None
        and each.from_at < end
        and start < each.until_at
        and not each.disputed
    )
    known = get_packs({order.pack for order in orders})
    ruling = [(order, rule) for order in orders if (rule := _rule_of(order, known))]
    if not ruling:
        adopted = current_pack(end)
        if adopted is None:
            return Said()
        ordinary = rules.pools_allowed([adopted.pack.pools.ordinary])
        return Said(ordinary[-1], adopted.digest, _hours_of(adopted.pack), ordinary)
    allowed = rules.pools_allowed([rule.pools.allowed for _, rule in ruling])
    strictest, rule = ruling[0]
    pool = rule.pools.preferred if rule.pools.preferred in allowed else allowed[-1]
    return Said(pool, strictest.pack, _hours_of(known[strictest.pack]), allowed, ordered=True)


def _hours_of(pack: shapes.Pack) -> dict[str, int]:
    """Standing → hours for those who are not sampled; the pack's key is `<standing>_within`."""
    return {
        each.key.removesuffix("_within"): each.hours
        for each in pack.exclusions
        if each.effect == "not_due"
    }


def _rule_of(order: rules.Order, known: Mapping[str, shapes.Pack]) -> shapes.Rule | None:
    pack = known.get(order.pack)
    return pack.find_rule(order.rule) if pack else None


def deadline(name: str, place: str, at: int | None = None) -> int:
    """A clock of the pack that holds at a place (now, or at a moment), microseconds: stay_request,
    collect, laboratory, report, judge_contacts.

    Raises:
        KeyError: there is no clock of that name.
    """
    return list_deadlines([place], at)[place][name]


def list_deadlines(places: Collection[str], at: int | None = None) -> dict[str, dict[str, int]]:
    """All clocks of the packs that hold at places, by place. So many statements for one as for a
    hundred.
    """
    moment = clock.now() if at is None else at
    above = {
        str(id_): set(path.strip("/").split("/"))
        for id_, path in store.select("registry_place", ["id", "path"], "id", places)
    }
    standing = [o for o in _orders_of(set(places).union(*above.values()))
                if rules.state_of(o, moment) == "in_force"]  # fmt: skip
    known = get_packs({order.pack for order in standing})
    adopted = current_pack(moment)
    found = {}
    for place in places:
        own = above.get(place, {place})
        ruling = sort_strictest(
            (o for o in standing if o.pack in known and not own.isdisjoint(o.places)), known
        )
        pack = known[ruling[0].pack] if ruling else adopted.pack if adopted else None
        found[place] = {
            name: (getattr(pack.deadlines, name).minutes if pack else minutes) * clock.MINUTE
            for name, minutes in MINUTES.items()
        }
    return found
