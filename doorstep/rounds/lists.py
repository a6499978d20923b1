"""Lists of a round's subjects: outstanding, missed, at home, refused and so on; searched, sorted,
paged. Knows ids and labels of doors; names are the page's to ask for, and to log.

A page of a list of 700,000 is found through the counts of its buildings: they say which buildings
hold it, and only those are read. Refuses to sort so long a list in any other order than by place,
and to read anything outside the scope it is given, by page or by search.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from typing import Literal, NamedTuple

from doorstep.ledger import store
from doorstep.registry import finding
from doorstep.rounds import models, round_kinds, scopes

Which = Literal["outstanding", "home", "held", "done", "excused", "refused", "everyone"]
Sort = Literal["place", "-place", "time", "-time", "home"]
SORTED_FREELY = 20_000  # longer lists come in the order of places
MAX_FOUND = 1_000  # candidates of a search

# how a list is told from the others: among subjects, and in the counts of a building
_OPEN = "s.state IN ('due', 'held')"
_SUBJECTS: dict[Which, str] = {
    "outstanding": _OPEN,
    "home": f"s.home AND {_OPEN}",
    "held": "s.state = 'held'",
    "done": "s.state = 'done'",
    "excused": "s.state = 'excused'",
    "refused": "s.state = 'refused'",
    "everyone": "s.state <> 'extra'",
}
_COUNTS: dict[Which, str] = {
    "outstanding": "c.due - c.done - c.excused - c.refused",
    "home": "c.home",
    "held": "c.held",
    "done": "c.done",
    "excused": "c.excused",
    "refused": "c.refused",
    "everyone": "c.due",
}
_COLUMNS = (
    "s.subject, s.door, d.name, u.name, s.building, b.name, s.state, s.home, s.done_at, s.reason, "
    "s.entry"
)
_PLACES = (
    "LEFT JOIN registry_place d ON d.id = s.door LEFT JOIN registry_place u ON u.id = d.unit "
    "LEFT JOIN registry_place b ON b.id = s.building"
)
_WITHIN_BUILDING = "u.sort, u.name, d.floor, d.position, d.sort, s.door, s.subject"
_ORDERS: dict[Sort, str] = {
    "place": f"b.estate, b.sort, b.name, {_WITHIN_BUILDING}",
    "time": "s.done_at, s.subject",
    "-time": "s.done_at DESC, s.subject",
    "home": f"CASE WHEN s.home THEN 0 ELSE 1 END, b.estate, b.sort, b.name, {_WITHIN_BUILDING}",
}
_ORDERS["-place"] = ", ".join(f"{column} DESC" for column in _ORDERS["place"].split(", "))


class Line(NamedTuple):
    """One subject of a list. `subject` is a person or a door, as the kind of round says."""

    subject: str
    door: str | None
    door_label: str
    unit_label: str
    building: str | None
    building_label: str
    state: str
    where: str
    done_at: int | None
    reason: str
    entry: str | None


class Page(NamedTuple):
    """Part of a list. `sort` is the order it came in, which may not be the one asked for."""

    lines: list[Line]
    total: int
    number: int
    size: int
    sort: Sort

    @property
    def pages(self) -> int:
        """How many pages the list has, at least one."""
        return max(1, -(-self.total // self.size))


def list_subjects(
    round_: models.Round,
    which: Which = "outstanding",
    *,
    place: str | None = None,
    within: scopes.Scope | None = None,
    search: str = "",
    sort: Sort = "place",
    number: int = 1,
    size: int = 50,
) -> Page:
    """Page `number` (from 1) of a list. `place`, or else `within`: only under this place or these
    (None: everywhere); `search`: a door such as `12-803` or `803`, or the beginning of a name.
    Outstanding is missed once the round is closed.
    """
    number, size = max(1, number), max(1, min(size, 1_000))
    scope = scopes.read_place(place) if place else within
    if search.strip():
        lines = _search(round_, which, search.strip(), scope)
        return _slice(lines, number, size)
    buildings = _count_buildings(round_.id, which, scope)
    total = sum(count for _, count in buildings)
    if sort not in ("place", "-place") and total <= SORTED_FREELY:
        some = None if scope is None else [building for building, _ in buildings]
        lines = _read_sorted(round_.id, which, some, scope, sort, number, size)
        return Page(lines, total, number, size, sort)
    if sort == "-place":
        buildings.reverse()
    start = (number - 1) * size
    lines = _read_page(round_.id, which, buildings, scope, start, size, sort == "-place")
    return Page(lines, total, number, size, "-place" if sort == "-place" else "place")


def list_all(
    round_: models.Round,
    which: Which = "outstanding",
    *,
    place: str | None = None,
    within: scopes.Scope | None = None,
) -> Iterator[Line]:
    """The whole list, in the order of places: for Excel, print and copying. Read some buildings at
    a time: a district's is never in memory.
    """
    scope = scopes.read_place(place) if place else within
    buildings = [building for building, _ in _count_buildings(round_.id, which, scope)]
    for start in range(0, len(buildings), 50):
        part = buildings[start : start + 50]
        yield from _in_order(_read_buildings(round_.id, which, part, scope), part)


def list_extra(
    round_: models.Round, size: int, *, within: scopes.Scope | None = None
) -> list[Line]:
    """Who was reached without being on the list; `within`: of those who live there."""
    lives, parameters = scopes.lives_in(within)
    return _lines(
        # they are few: the order is not to come from an index of everybody (in none, coalesced)
        f"SELECT {_COLUMNS} FROM rounds_subject s {_PLACES} WHERE s.round = %s AND s.door IS NULL"
        f"{lives} ORDER BY COALESCE(s.door, s.subject) LIMIT %s",
        [round_.id, *parameters, size],
    )


def _slice(lines: list[Line], number: int, size: int) -> Page:
    start = (number - 1) * size
    return Page(lines[start : start + size], len(lines), number, size, "place")


def _count_buildings(
    round_: str, which: Which, scope: scopes.Scope | None
) -> list[tuple[str, int]]:
    """Buildings that have somebody in this list, with how many, in the order of places."""
    number = _COUNTS[which]
    rows = scopes.count(round_, scope, [(number, f"SUM({number})")], "> 0")
    return [(str(building), int(count)) for building, _estate, _name, count in rows]


def _read_page(
    round_: str,
    which: Which,
    buildings: Sequence[tuple[str, int]],
    scope: scopes.Scope | None,
    start: int,
    size: int,
    backwards: bool,
) -> list[Line]:
    some: list[str] = []
    before, skipped, have = 0, 0, 0
    for building, count in buildings:
        if before + count <= start:
            before += count
            continue
        if not some:
            skipped = start - before
        some.append(building)
        have += count
        if have - skipped >= size:
            break
    if not some:
        return []
    found = _read_buildings(round_, which, some, scope)
    if backwards:
        found.reverse()
    return _in_order(found, some)[skipped : skipped + size]


def _in_order(lines: list[Line], buildings: Sequence[str]) -> list[Line]:
    place = {building: i for i, building in enumerate(buildings)}
    return sorted(lines, key=lambda line: place[line.building or ""])


def _read_buildings(
    round_: str, which: Which, buildings: Collection[str], scope: scopes.Scope | None
) -> list[Line]:
    """A list's lines in some buildings of the scope, in the order of places."""
    # whole buildings were chosen by their paths already
    inside, parameters = ("1 = 1", list[str]()) if scope is None or not scope.inner else (
        scopes.under(scope.places, "d")
    )  # fmt: skip
    # from the doors of the buildings to their subjects: neither is read beyond them
    return _lines(
        f"SELECT {_COLUMNS} FROM rounds_door c CROSS JOIN rounds_subject s {_PLACES} "
        f"WHERE c.round = %s AND c.building IN ({scopes.marks(buildings)}) AND s.round = c.round "
        f"AND s.door = c.door AND {_SUBJECTS[which]} AND {inside} ORDER BY {_ORDERS['place']}",
        [round_, *buildings, *parameters],
    )


def _read_sorted(
    round_: str,
    which: Which,
    buildings: Collection[str] | None,
    scope: scopes.Scope | None,
    sort: Sort,
    number: int,
    size: int,
) -> list[Line]:
    tables, where, parameters = "rounds_subject s", "s.round = %s", [round_]
    if buildings is not None:
        tables = f"rounds_door c CROSS JOIN {tables}"
        where = f"c.round = %s AND c.building IN ({scopes.marks(buildings)}) "
        where += "AND s.round = c.round AND s.door = c.door"
        parameters += buildings
    inside, more = _inside(scope)
    return _lines(
        f"SELECT {_COLUMNS} FROM {tables} {_PLACES} WHERE {where} AND {_SUBJECTS[which]} "
        f"AND {inside} ORDER BY {_ORDERS[sort]} LIMIT %s OFFSET %s",
        [*parameters, *more, size, (number - 1) * size],
    )


def _inside(scope: scopes.Scope | None) -> scopes.Condition:
    return ("1 = 1", []) if scope is None else scopes.under(scope.places, "d")


def _search(
    round_: models.Round, which: Which, text: str, scope: scopes.Scope | None
) -> list[Line]:
    kind = round_kinds.find_kind(round_.round_kind)
    of_doors = kind is not None and kind.subject == "door"
    doors = find_doors(text, scope)
    people = _find_people(text) if scope is None else _find_near(round_.id, text, scope, of_doors)
    if of_doors and people:
        doors |= {
            str(door)
            for (door,) in store.select("registry_residence", ["door"], "person", people)
            if door
        }
    found = {
        str(row[0])
        for pair, keys in (("door", doors), ("subject", people))
        for row in store.select_pairs(
            "rounds_subject", ["subject"], ("round", pair), [(round_.id, key) for key in keys]
        )
    }
    if not found:
        return []
    inside, parameters = _inside(scope)
    return _lines(
        f"SELECT {_COLUMNS} FROM rounds_subject s {_PLACES} WHERE s.round = %s "
        f"AND s.subject IN ({scopes.marks(found)}) AND {_SUBJECTS[which]} AND {inside} "
        f"ORDER BY {_ORDERS['place']}",
        [round_.id, *sorted(found), *parameters],
    )


def find_doors(text: str, scope: scopes.Scope | None, *, most: int | None = MAX_FOUND) -> set[str]:
    """Doors called so in a scope (None: everywhere): `803`, `12-803`, `12座 1单元 803`; the first
    word is the building's. At most `most`, if that is said.
    """
    words = re.findall(r"[0-9A-Za-z]+", text)
    if not words:
        return set()
    building, parameters = "", [words[-1], words[-1]]
    if len(words) > 1:
        building = " AND (b.code = %s OR b.name = %s OR b.name LIKE %s)"
        # 12座 or 12栋, but not 120座
        parameters += [words[0], words[0], f"{words[0]}_"]
    inside, more = _inside(scope)
    rows = store.query(
        "SELECT d.id FROM registry_place d JOIN registry_place b ON b.id = d.building "
        "WHERE d.id IN (SELECT id FROM registry_place WHERE kind = 'door' AND name = %s "
        "UNION SELECT id FROM registry_place WHERE kind = 'door' AND code = %s)"
        f"{building} AND {inside}{'' if most is None else f' LIMIT {most}'}",
        [*parameters, *more],
    )
    return {str(door) for (door,) in rows}


def _find_people(text: str) -> set[str]:
    """People whose name begins so."""
    if text[0].isdigit():
        return set()
    named, parameters = finding.begins(text)
    rows = store.query(
        f"SELECT p.id FROM registry_person p WHERE {named} ORDER BY {finding.by_name()}, p.id "
        f"LIMIT {MAX_FOUND}",
        parameters,
    )
    return {str(person) for (person,) in rows}


def _find_near(round_: str, text: str, scope: scopes.Scope, of_doors: bool) -> set[str]:
    """People of a round's doors in the scope whose name begins so. Found from the doors: among all
    who are called so, those few could be beyond MAX_FOUND.
    """
    if text[0].isdigit():
        return set()
    inside, parameters = scopes.under(scope.places, "d")
    whole, more = scopes.under(scope.wide, "b")
    parts = sorted({building for building, _ in scope.inner})
    who, link = ("registry_residence r", "r.door = c.door AND p.id = r.person") if of_doors else (
        "rounds_subject s", "s.round = c.round AND s.door = c.door AND p.id = s.subject"
    )  # fmt: skip
    named, begun = finding.begins(text)
    rows = store.query(
        "SELECT p.id FROM rounds_building x CROSS JOIN registry_place b CROSS JOIN rounds_door c "
        f"CROSS JOIN registry_place d CROSS JOIN {who} CROSS JOIN registry_person p "
        f"WHERE x.round = %s AND b.id = x.building AND ({whole} OR x.building IN "
        f"({scopes.marks(parts)})) AND c.round = x.round AND c.building = x.building "
        f"AND d.id = c.door AND {inside} AND {link} AND ({named}) "
        f"LIMIT {MAX_FOUND}",
        [round_, *more, *parts, *parameters, *begun],
    )
    return {str(person) for (person,) in rows}


def _lines(sql: str, parameters: Sequence[object]) -> list[Line]:
    return [
        Line(
            str(subject),
            str(door) if door else None,
            door_label or "",
            unit_label or "",
            str(building) if building else None,
            building_label or "",
            state,
            "home" if home else "table",
            done_at,
            reason,
            str(entry) if entry else None,
        )
        for (
            subject,
            door,
            door_label,
            unit_label,
            building,
            building_label,
            state,
            home,
            done_at,
            reason,
            entry,
        ) in store.query(sql, parameters)
    ]
