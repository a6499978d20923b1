"""Finding people by what somebody at a table says or scans: a document, a phone, a door such as
12-803, the beginning of a name. Gives ids, and of those without a door what their list needs; what
may be seen of it is registry.people's.

Refuses to look outside the places given. A number in full is looked up everywhere, and who asks for
it decides what to show: a neighbour from the next estate may stand at this table.
"""

import unicodedata
from collections.abc import Collection, Sequence
from typing import NamedTuple

from django.db import connection

from doorstep.kit import ids
from doorstep.ledger import store
from doorstep.registry import addresses, roster_writing, vault

_RESIDENCE = {"estate": "r.estate", "building": "r.building", "door": "r.door"}
_PLACE = {"estate": "d.estate", "building": "d.building", "unit": "d.unit", "door": "d.id"}
_MOST_DOORS = 40
_SHORTEST_PHONE = 7  # what is shorter is meant for a door


class Area(NamedTuple):
    """A place somebody may look in."""

    id: str
    kind: str
    path: str

    @property
    def is_all(self) -> bool:
        """Whether it is a top of the tree, so that people without a door are in it too."""
        return self.path == f"/{self.id}/"


class Met(NamedTuple):
    """Somebody who lives behind no door: since when they are known, and the place they were met."""

    person: str
    name: str
    flags: tuple[str, ...]
    since_at: int
    place: str | None


def read_areas(places: Collection[str]) -> list[Area]:
    """The places of these ids, those under another of them left out."""
    rows = store.select("registry_place", ["id", "kind", "path"], "id", places)
    areas = [Area(str(id_), kind, path) for id_, kind, path in rows]
    return [
        area
        for area in areas
        if not any(area.path.startswith(o.path) and area.id != o.id for o in areas)
    ]


def narrow(areas: Sequence[Area], place: str) -> list[Area]:
    """The parts of `areas` under a place: the place itself if it lies in one of them."""
    [*found] = read_areas([place])
    if not found:
        return []
    asked = found[0]
    if any(asked.path.startswith(area.path) for area in areas):
        return [asked]
    return [area for area in areas if area.path.startswith(asked.path)]


def find_exact(text: str) -> list[str]:
    """The ids of those who hold a document, or else a phone, of this number."""
    rows = store.select("registry_document", ["person"], "blind", vault.blind_number(text))
    if not rows:
        number = vault.plain_phone(text)
        if len(number) >= _SHORTEST_PHONE:
            blinds = [vault.blind_phone(number)]
            rows = store.select("registry_contact", ["person"], "blind", blinds)
    return sorted({str(row[0]) for row in rows})


def find_by_code(text: str) -> list[str]:
    """The ids of whom a printed code means: the person whose id is in it, or who lives behind the
    door whose id is in it; nobody where it names neither.
    """
    named = ids.find(text)
    if named is None:
        return []
    if store.select("registry_person", ["id"], "id", [named]):
        return [named]
    rows = store.select("registry_residence", ["person"], "door", [named])
    return sorted(str(row[0]) for row in rows)


def find_by_door(text: str, areas: Sequence[Area], limit: int) -> list[str]:
    """Who lives behind the door that `text` names: 12-803, 12栋1单元803; 803 in an estate."""
    order = {door: number for number, door in enumerate(find_doors(text, areas)[:_MOST_DOORS])}
    homes = store.select("registry_residence", ["door", "person", "presence"], "door", order)
    ranked = sorted((p == "moved_out", order[str(d)], str(who)) for d, who, p in homes)
    return [who for _, _, who in ranked][:limit]


def find_doors(text: str, areas: Sequence[Area]) -> list[str]:
    """The doors that `text` names, in their order."""
    said = addresses.read_text(text)
    wide = not all(area.kind in ("estate", "building", "unit", "door") for area in areas)
    if not said.door or not areas or (wide and not said.building):
        return []
    conditions, parameters = _within(areas, _PLACE)
    rows = store.query(
        "SELECT d.id, d.building, d.unit FROM registry_place d WHERE d.kind = 'door' "
        f"AND d.name IN (%s, %s, %s) AND ({conditions}) ORDER BY d.path",
        [said.door, f"{said.door}室", f"{said.door}房", *parameters],
    )
    above = {str(place) for row in rows for place in row[1:] if place}
    codes = {
        str(id_): addresses.code_of(code or name, kind)
        for id_, code, name, kind in store.select(
            "registry_place", ["id", "code", "name", "kind"], "id", above
        )
        if kind in ("building", "unit")
    }
    return [
        str(door)
        for door, building, unit in rows
        if said.building in ("", codes.get(str(building)))
        and said.unit in ("", codes.get(str(unit)))
    ]


def find_by_name(text: str, areas: Sequence[Area], limit: int) -> list[str]:
    """Whose name begins with `text`, by name."""
    if not areas:
        return []
    named, parameters = begins(text)
    within, more = _within(areas, _RESIDENCE)
    # LEFT and CROSS JOIN keep SQLite from choosing the other table to begin with
    if all(area.kind in _RESIDENCE for area in areas):
        tables = "registry_residence r CROSS JOIN registry_person p"
        within = f"p.id = r.person AND ({within})"
    else:
        tables = (
            "registry_person p LEFT JOIN registry_residence r ON r.person = p.id "
            "LEFT JOIN registry_place d ON d.id = r.door"
        )
    rows = store.query(
        f"SELECT p.id FROM {tables} WHERE ({named}) AND ({within}) ORDER BY {by_name()}, p.id "
        "LIMIT %s",
        [*parameters, *more, limit],
    )
    found = [str(row[0]) for row in rows]
    if len(found) < limit:
        found += find_doorless(areas, named, parameters, limit - len(found))
    return found


def find_doorless(
    areas: Sequence[Area], named: str = "1 = 1", parameters: Sequence[str] = (), limit: int = -1
) -> list[str]:
    """Who lives behind no door and was met in one of the areas, by name; of somebody without a
    place to look in nothing is said. `named` is a condition on p.name; a limit below 0 is none.
    """
    return [met.person for met in list_met(areas, named, parameters, limit)]


def list_met(
    areas: Sequence[Area], named: str = "1 = 1", parameters: Sequence[str] = (), limit: int = -1
) -> list[Met]:
    """The same with what a list says of them, in one statement however many they are."""
    if not areas:
        return []
    within = " OR ".join("d.path LIKE %s" for _ in areas)
    if any(area.is_all for area in areas):
        within = f"l.place IS NULL OR {within}"
    rows = store.query(
        "SELECT p.id, p.name, p.flags, r.since_at, l.place FROM registry_residence r "
        "JOIN registry_person p ON p.id = r.person "
        "LEFT JOIN registry_listing l ON l.person = r.person AND l.entry = r.entry "
        "LEFT JOIN registry_place d ON d.id = l.place "
        f"WHERE r.door IS NULL AND ({named}) AND ({within}) ORDER BY {by_name()}, p.id"
        + (f" LIMIT {limit}" if limit >= 0 else ""),
        [*parameters, *(f"{area.path}%" for area in areas)],
    )
    return [
        Met(str(one), name, tuple(roster_writing.flags_of(flags)), at, place and str(place))
        for one, name, flags, at, place in rows
    ]


def where_met(people: Collection[str]) -> dict[str, str]:
    """Where those of `people` who live behind no door were met, by id."""
    rows = store.select("registry_listing", ["person", "entry", "place"], "person", people)
    counting = {
        str(entry) for (entry,) in store.select("registry_residence", ["entry"], "person", people)
    }
    return {
        str(person): str(place) for person, entry, place in rows if place and str(entry) in counting
    }


def _within(areas: Sequence[Area], columns: dict[str, str]) -> tuple[str, list[str]]:
    parts, parameters = [], []
    for area in areas:
        if area.kind in columns:
            parts.append(f"{columns[area.kind]} = %s")
            parameters.append(area.id)
        else:
            parts.append("d.path LIKE %s")
            parameters.append(f"{area.path}%")
    return " OR ".join(parts), parameters


def by_name() -> str:
    """p.name in the order of the index that serves `begins`: sign by sign on either database."""
    return "p.name USING ~<~" if connection.vendor == "postgresql" else "p.name"


def begins(text: str) -> tuple[str, list[str]]:
    """A condition on p.name that an index serves, and its parameters: the name begins so; foreign
    names in either case.
    """
    plain = unicodedata.normalize("NFKC", text).strip()[:64]
    forms = list(dict.fromkeys((plain, plain.upper(), plain.title())))
    found = [store.begins("p.name", form) for form in forms]
    return " OR ".join(said for said, _ in found), [one for _, own in found for one in own]
