"""Reads of the registry that need no permission: ids, places and who lives where, no names.

What a person may see of people is in registry.people, with its log.
"""

from collections.abc import Collection, Iterable

from doorstep.ledger import store
from doorstep.registry import models

_ABOVE = {"estate": "r.estate", "building": "r.building", "door": "r.door"}


def find_place(place: str) -> models.Place | None:
    """The place of that id."""
    return models.Place.objects.filter(id=place).first()


def list_places(kind: str, under: str | None = None) -> list[models.Place]:
    """Places of a kind in their order, all of them or those below a place."""
    found = models.Place.objects.filter(kind=kind).order_by("sort", "name", "id")
    if under is not None:
        above = find_place(under)
        found = found.filter(path__startswith=above.path) if above else found.none()
    return list(found)


def find_root() -> models.Place | None:
    """The top of the place tree."""
    return models.Place.objects.filter(parent=None).order_by("id").first()


def name_places(places: Collection[str]) -> dict[str, str]:
    """The names of places, by id."""
    return {
        str(i): name for i, name in store.select("registry_place", ["id", "name"], "id", places)
    }


def label_doors(doors: Collection[str]) -> dict[str, str]:
    """Doors as people say them, building, unit and door: `12座 1单元 803`."""
    rows = store.select("registry_place", ["id", "building", "unit", "name"], "id", doors)
    above = name_places({str(p) for row in rows for p in row[1:3] if p})
    return {
        str(door): " ".join(
            part for part in (above.get(str(building), ""), above.get(str(unit), ""), name) if part
        )
        for door, building, unit, name in rows
    }


def name_met(places: Collection[str]) -> dict[str, str]:
    """Tables, and other places where somebody was met, with their estate: `中海锦城 3号采样台`."""
    rows = store.select("registry_place", ["id", "name", "estate"], "id", places)
    estates = name_places({str(estate) for _, _, estate in rows if estate})
    return {
        str(place): " ".join(dict.fromkeys(p for p in (estates.get(str(estate), ""), name) if p))
        for place, name, estate in rows
    }


def residents_under(place: str) -> Iterable[tuple[str, str, str]]:
    """(person, door, presence) of everybody on the roster under a place, in the order of doors."""
    found = store.select("registry_place", ["kind", "path"], "id", [place])
    if not found:
        return []
    kind, path = found[0]
    if kind in _ABOVE:
        where, parameters = f"{_ABOVE[kind]} = %s", [place]
    else:
        where, parameters = "d.path LIKE %s", [f"{path}%"]
    return store.query(
        "SELECT r.person, r.door, r.presence FROM registry_residence r "
        f"JOIN registry_place d ON d.id = r.door WHERE {where} ORDER BY d.path, r.person",
        parameters,
    )
