"""What the planner takes from the book: an estate's stairwells with how many people live behind
each door, and who is on duty in a unit. Gives numbers and ids, never a resident's name.
"""

from collections import defaultdict
from collections.abc import Collection
from typing import NamedTuple

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from doorstep.ledger import refusals, store
from doorstep.registry import access, models


class Stairwell(NamedTuple):
    """Behind one entrance: people present behind each door, and at how many doors somebody has a
    special need. `unit` is "" for doors of a building without stairwells.
    """

    building: str
    unit: str
    households: tuple[int, ...]
    needy: int


def read_stairwells(estate: str) -> list[Stairwell]:
    """The stairwells of an estate where somebody is present, in the order of places. A door in no
    building is a building of its own; who has no door stands at the end, each alone.
    """
    needy = {
        str(door)
        for (door,) in store.query(
            "SELECT DISTINCT r.door FROM registry_person p JOIN registry_residence r "
            "ON r.person = p.id AND r.presence = 'present' "
            "WHERE NOT (CAST(p.flags AS text) = '[]') AND r.estate = %s",
            [estate],
        )
    }
    rows = store.query(
        "SELECT r.door, COUNT(*) FROM registry_residence r WHERE r.estate = %s "
        "AND r.presence = 'present' AND r.door IS NOT NULL GROUP BY r.door",
        [estate],
    )
    people = {str(door): int(count) for door, count in rows}
    doors = store.query(
        "SELECT d.id, COALESCE(b.name, d.name), u.name FROM registry_place d "
        "LEFT JOIN registry_place b ON b.id = d.building "
        "LEFT JOIN registry_place u ON u.id = d.unit "
        "WHERE d.estate = %s AND d.kind = 'door' "
        "ORDER BY CASE WHEN b.id IS NULL THEN 1 ELSE 0 END, b.sort, b.name, b.id, "
        "u.sort, u.name, u.id, d.sort, d.name, d.id",
        [estate],
    )
    found: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for door, building, unit in doors:
        if people.get(str(door)):
            found[building, unit or ""].append(str(door))
    stairwells = [
        Stairwell(
            building, unit, tuple(people[door] for door in behind),
            sum(door in needy for door in behind),
        )
        for (building, unit), behind in found.items()
    ]  # fmt: skip
    ((doorless,),) = store.query(
        "SELECT COUNT(*) FROM registry_residence WHERE estate = %s AND presence = 'present' "
        "AND door IS NULL",
        [estate],
    )
    if doorless:
        stairwells.append(Stairwell(_("Without a door"), "", (1,) * int(doorless), 0))
    return stairwells


def list_units(staff: access.Staff, roles: Collection[str]) -> list[models.Unit]:
    """Units with somebody on duty that serve where this person holds one of `roles`."""
    manned = models.Staff.objects.filter(is_active=True).exclude(unit=None).values("unit")
    units = list(models.Unit.objects.filter(id__in=manned).order_by("sort", "name", "id"))
    served = {str(unit.serves) for unit in units if unit.serves}
    mine = access.where(staff, roles, served)
    return [unit for unit in units if unit.serves and str(unit.serves) in mine]


def name_units(units: Collection[str]) -> dict[str, str]:
    """Names of units, by id, as the reader's language has them."""
    chinese = (get_language() or "en").startswith("zh")
    rows = store.select("registry_unit", ["id", "name", "english"], "id", units)
    return {str(id_): name if chinese else english or name for id_, name, english in rows}


def serves(unit: str) -> str:
    """The place a unit is there for. Raises Refused: NOT_FOUND."""
    found = models.Unit.objects.filter(id=unit).values_list("serves", flat=True).first()
    if found is None:
        raise refusals.Refused("NOT_FOUND")
    return str(found)


def read_duty(unit: str) -> dict[str, str]:
    """Who is on duty in a unit, by id: their posts. Raises Refused: NOT_FOUND, nobody is."""
    rows = models.Staff.objects.filter(unit=unit, is_active=True).order_by("name", "id")
    found = {str(id_): str(post) for id_, post in rows.values_list("id", "title")}
    if not found:
        raise refusals.Refused("NOT_FOUND")
    return found


def name_duty(people: Collection[str]) -> dict[str, str]:
    """Names of people on duty, by id."""
    rows = store.select("registry_staff", ["id", "name"], "id", people)
    return {str(id_): name for id_, name in rows}
