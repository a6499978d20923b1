"""Reads what a due list is drawn from: who lives under a place, needs, standings, orders in force.

Set-based and without names: it asks the registry for ids and flags only.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

from doorstep.ledger import refusals, store
from doorstep.orders import queries as orders
from doorstep.registry import queries as registry
from doorstep.rounds import drawing, round_kinds

MOST_AT_ONCE = 30_000  # people drawn and posted together


class Place(NamedTuple):
    """Where somebody is found: the door, and whether they wait there."""

    door: str
    home: bool


def find_doors(round_: str, people: Collection[str]) -> dict[str, Place]:
    """Where a round has these people, or else the roster; who is nowhere is left out."""
    rows = store.select("registry_residence", ["person", "door"], "person", people)
    found = {str(person): Place(str(door), False) for person, door in rows if door}
    pairs = [(round_, person) for person in people]
    for person, door, home in store.select_pairs(
        "rounds_subject", ["subject", "door", "home"], ("round", "subject"), pairs
    ):
        if door is not None:
            found[str(person)] = Place(str(door), bool(home))
    return found


def ask_orders(kind: round_kinds.RoundKind, area: str, day: str) -> orders.Said:
    """What the orders in force in `area` on `day` and their pack say of a round of this kind."""
    if kind.pack_rule is None:
        return orders.Said()
    return orders.pool_rules(area, day)


def find_excused(
    round_kind: str, area: str, day: str, moments: Mapping[str, int]
) -> dict[str, str]:
    """Whom a standing excuses from a round at the moment given for each (microseconds), and why. A
    list is drawn once; what somebody holds begins and ends after that too.
    """
    kind = round_kinds.find_kind(round_kind)
    if kind is None or not kind.exclusion:
        return {}
    holding: defaultdict[str, list[drawing.Held]] = defaultdict(list)
    for subject, name, from_at, until_at in store.select(
        "registry_standing", ["subject", "kind", "from_at", "until_at"], "subject", list(moments)
    ):
        holding[str(subject)].append(drawing.Held(name, from_at, until_at))
    if not holding:
        return {}
    hours = ask_orders(kind, area, day).hours
    found = {
        one: drawing.excuse_of(kind, held, moments[one], hours) for one, held in holding.items()
    }
    return {one: reason for one, reason in found.items() if reason is not None}


def draw_area(
    kind: round_kinds.RoundKind, area: str, at: int, hours: Mapping[str, int]
) -> Iterator[drawing.Drawn]:
    """The due list of everybody present under `area` at the moment `at` (microseconds), in parts:
    a district is not held in memory at once.
    """
    for part in _parts_of(area):
        residents = [
            (str(person), str(door), presence)
            for person, door, presence in registry.residents_under(part)
        ]
        yield draw_people(kind, residents, at, hours)


def draw_people(
    kind: round_kinds.RoundKind,
    residents: Sequence[tuple[str, str, str]],
    at: int,
    hours: Mapping[str, int],
) -> drawing.Drawn:
    """The due list of these residents, (person, door, presence), at the moment `at`."""
    people = {person for person, _, _ in residents}
    return drawing.draw(
        kind,
        residents,
        flags=_flags_of(people) if kind.home and kind.home.flags else {},
        standings=_standings_of(kind, people | {door for _, door, _ in residents}),
        at=at,
        hours=hours,
    )


def is_empty(area: str) -> bool:
    """Whether nobody is present under `area`."""
    _doors, people = orders.count_reach([area])
    return not people


def _parts_of(area: str) -> list[str]:
    """The area itself, or the places it is made of, down to what is small enough. Every door where
    somebody lives lies under exactly one of them.
    """
    found = store.select("registry_place", ["path"], "id", [area])
    if not found:
        raise refusals.Refused("NOT_FOUND")
    under = f"{found[0][0]}%"
    own: dict[str, int] = {
        str(parent): count
        for parent, count in store.query(
            "SELECT d.parent, COUNT(*) FROM registry_residence r "
            "JOIN registry_place d ON d.id = r.door WHERE d.path LIKE %s GROUP BY d.parent",
            [under],
        )
    }
    if sum(own.values()) <= MOST_AT_ONCE:
        return [area]
    children: defaultdict[str, list[str]] = defaultdict(list)
    below: defaultdict[str, int] = defaultdict(int)
    for id_, parent, path in store.query(
        "SELECT id, parent, path FROM registry_place WHERE path LIKE %s AND kind <> 'door' "
        "ORDER BY path",
        [under],
    ):
        children[str(parent)].append(str(id_))
        for above in path.strip("/").split("/"):
            below[above] += own.get(str(id_), 0)
    return _split(area, children, below, own)


def _split(
    place: str, children: Mapping[str, list[str]], below: Mapping[str, int], own: Mapping[str, int]
) -> list[str]:
    if not below[place]:
        return []
    if below[place] <= MOST_AT_ONCE or not children.get(place):
        return [place]
    parts = [part for child in children[place] for part in _split(child, children, below, own)]
    if own.get(place):  # doors that hang on this place itself, beside its parts
        parts += [
            str(id_)
            for id_, kind in store.select("registry_place", ["id", "kind"], "parent", [place])
            if kind == "door"
        ]
    return parts


def _flags_of(people: Collection[str]) -> dict[str, list[str]]:
    rows = store.query("SELECT id, flags FROM registry_person WHERE CAST(flags AS text) <> '[]'")
    return {str(person): _as_list(flags) for person, flags in rows if str(person) in people}


def _as_list(flags: object) -> list[str]:
    if isinstance(flags, str):  # SQLite gives JSON as text
        return [str(flag) for flag in json.loads(flags)]
    return [str(flag) for flag in flags] if isinstance(flags, list) else []


def _standings_of(
    kind: round_kinds.RoundKind, subjects: Collection[str]
) -> dict[str, list[drawing.Held]]:
    wanted = {each.standing for each in kind.exclusion}
    wanted |= set(kind.home.standings if kind.home else ())
    if not wanted:
        return {}
    marks = ", ".join(["%s"] * len(wanted))
    found: defaultdict[str, list[drawing.Held]] = defaultdict(list)
    for subject, name, from_at, until_at in store.query(
        f"SELECT subject, kind, from_at, until_at FROM registry_standing WHERE kind IN ({marks})",
        sorted(wanted),
    ):
        if str(subject) in subjects:
            found[str(subject)].append(drawing.Held(name, from_at, until_at))
    return found
