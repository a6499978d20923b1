"""Lists of a round's subjects: outstanding, missed, at home, refused and so on; searched, sorted,
paged. Knows ids and labels of doors; names are the page's to ask for, and to log.

A page of a list of 700,000 is found through the counts of its buildings: they say which buildings
hold it, and only those are read. Refuses to sort so long a list in any other order than by place.
"""

import re
from collections.abc import Collection, Sequence
from typing import Literal, NamedTuple

from doorstep.ledger import store
from doorstep.rounds import models, round_kinds

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


class _Scope(NamedTuple):
    """Where a list is asked for: buildings under a path, or doors under a path in one building."""

    path: str
    building: str | None


def list_subjects(
    round_: models.Round,
    which: Which = "outstanding",
    *,
    place: str | None = None,
    search: str = "",
    sort: Sort = "place",
    number: int = 1,
    size: int = 50,
) -> Page:
    """Page `number` (from 1) of a list. `place`: only under this place; `search`: a door such as
    `12-803` or `803`, or the beginning of a name. Outstanding is missed once the round is closed.
    """
    number, size = max(1, number), max(1, min(size, 1_000))
    scope = _scope_of(place) if place else None
    if search.strip():
        lines = _search(round_, which, search.strip(), scope)
        return _slice(lines, number, size)
    buildings = _count_buildings(round_.id, which, scope)
    total = sum(count for _, count in buildings)
    if scope is not None and scope.building is not None:
        return _slice(_read_buildings(round_.id, which, [scope.building], scope.path), number, size)
    if sort not in ("place", "-place") and total <= SORTED_FREELY:
        lines = _read_sorted(round_.id, which, scope, sort, number, size)
        return Page(lines, total, number, size, sort)
    if sort == "-place":
        buildings.reverse()
    lines = _read_page(round_.id, which, buildings, (number - 1) * size, size, sort == "-place")
    return Page(lines, total, number, size, "-place" if sort == "-place" else "place")


def list_all(
    round_: models.Round, which: Which = "outstanding", *, place: str | None = None
) -> list[Line]:
    """The whole list, in the order of places: for Excel, print and copying."""
    scope = _scope_of(place) if place else None
    buildings = [building for building, _ in _count_buildings(round_.id, which, scope)]
    lines: list[Line] = []
    for start in range(0, len(buildings), 50):
        part = buildings[start : start + 50]
        found = _read_buildings(round_.id, which, part, scope.path if scope else "")
        lines += _in_order(found, part)
    return lines


def list_extra(round_: models.Round, size: int = 1_000) -> list[Line]:
    """Who was reached without being on the list."""
    return _lines(
        f"SELECT {_COLUMNS} FROM rounds_subject s {_PLACES} WHERE s.round = %s AND s.door IS NULL "
        "ORDER BY s.subject LIMIT %s",
        [round_.id, size],
    )


def _slice(lines: list[Line], number: int, size: int) -> Page:
    start = (number - 1) * size
    return Page(lines[start : start + size], len(lines), number, size, "place")


def _scope_of(place: str) -> _Scope:
    rows = store.select("registry_place", ["path", "building"], "id", [place])
    if not rows:
        return _Scope("nowhere", None)
    path, building = rows[0]
    return _Scope(path, str(building) if building else None)


def _count_buildings(round_: str, which: Which, scope: _Scope | None) -> list[tuple[str, int]]:
    """Buildings that have somebody in this list, with how many, in the order of places."""
    within, parameters = "", [round_]
    if scope is not None:
        within = " AND b.path LIKE %s" if scope.building is None else " AND c.building = %s"
        parameters.append(f"{scope.path}%" if scope.building is None else scope.building)
    rows = store.query(
        f"SELECT c.building, {_COUNTS[which]} FROM rounds_building c "
        f"LEFT JOIN registry_place b ON b.id = c.building WHERE c.round = %s{within} "
        f"AND {_COUNTS[which]} > 0 ORDER BY b.estate, b.sort, b.name, c.building",
        parameters,
    )
    return [(str(building), int(count)) for building, count in rows]


def _read_page(
    round_: str,
    which: Which,
    buildings: Sequence[tuple[str, int]],
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
    found = _read_buildings(round_, which, some, "")
    if backwards:
        found.reverse()
    return _in_order(found, some)[skipped : skipped + size]


def _in_order(lines: list[Line], buildings: Sequence[str]) -> list[Line]:
    place = {building: i for i, building in enumerate(buildings)}
    return sorted(lines, key=lambda line: place[line.building or ""])


def _read_buildings(round_: str, which: Which, buildings: Collection[str], path: str) -> list[Line]:
    """A list's lines in some buildings, in the order of places; `path`: only doors under it."""
    marks = ", ".join(["%s"] * len(buildings))
    within = " AND d.path LIKE %s" if path else ""
    # from the doors of the buildings to their subjects: neither is read beyond them
    return _lines(
        f"SELECT {_COLUMNS} FROM rounds_door c CROSS JOIN rounds_subject s {_PLACES} "
        f"WHERE c.round = %s AND c.building IN ({marks}) AND s.round = c.round "
        f"AND s.door = c.door AND {_SUBJECTS[which]}{within} ORDER BY {_ORDERS['place']}",
        [round_, *buildings, *([f"{path}%"] if path else [])],
    )


def _read_sorted(
    round_: str, which: Which, scope: _Scope | None, sort: Sort, number: int, size: int
) -> list[Line]:
    within = " AND b.path LIKE %s" if scope else ""
    return _lines(
        f"SELECT {_COLUMNS} FROM rounds_subject s {_PLACES} WHERE s.round = %s "
        f"AND {_SUBJECTS[which]}{within} ORDER BY {_ORDERS[sort]} LIMIT %s OFFSET %s",
        [round_, *([f"{scope.path}%"] if scope else []), size, (number - 1) * size],
    )


def _search(round_: models.Round, which: Which, text: str, scope: _Scope | None) -> list[Line]:
    doors = _find_doors(text)
    people = _find_people(text)
    kind = round_kinds.find_kind(round_.round_kind)
    if kind is not None and kind.subject == "door" and people:
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
    marks = ", ".join(["%s"] * len(found))
    within = " AND d.path LIKE %s" if scope else ""
    return _lines(
        f"SELECT {_COLUMNS} FROM rounds_subject s {_PLACES} WHERE s.round = %s "
        f"AND s.subject IN ({marks}) AND {_SUBJECTS[which]}{within} ORDER BY {_ORDERS['place']}",
        [round_.id, *sorted(found), *([f"{scope.path}%"] if scope else [])],
    )


def _find_doors(text: str) -> set[str]:
    """Doors called so: `803`, `12-803`, `12座 1单元 803`; the first word is the building's."""
    words = re.findall(r"[0-9A-Za-z]+", text)
    if not words:
        return set()
    building, parameters = "", [words[-1], words[-1]]
    if len(words) > 1:
        building = " AND (b.code = %s OR b.name = %s OR b.name LIKE %s)"
        # 12座 or 12栋, but not 120座
        parameters += [words[0], words[0], f"{words[0]}_"]
    rows = store.query(
        "SELECT d.id FROM registry_place d JOIN registry_place b ON b.id = d.building "
        f"WHERE d.kind = 'door' AND (d.name = %s OR d.code = %s){building} LIMIT {MAX_FOUND}",
        parameters,
    )
    return {str(door) for (door,) in rows}


def _find_people(text: str) -> set[str]:
    """People whose name begins so."""
    if text[0].isdigit():
        return set()
    # a range and not LIKE: it can use the index of names, and takes % and _ as they are
    rows = store.query(
        f"SELECT id FROM registry_person WHERE name >= %s AND name < %s LIMIT {MAX_FOUND}",
        [text, text + "\U0010ffff"],
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
