"""The town's places as the registry takes them: subdistrict, communities, estates with buildings,
stairwells, doors, and the sampling tables under the estates that are under control. Pure.
"""

import math

from doorstep.registry.places import NewPlace
from doorstep.town import numbering, plan

TEAMS = 6  # teams that go from door to door, of an estate under control: our assumption
PEOPLE_A_TABLE = 500  # where the plan names no number of tables: our assumption
ROOT = numbering.id_of("subdistrict", 1)


def list_upper(town: plan.Plan) -> list[NewPlace]:
    """The subdistrict and its communities."""
    top = town.subdistrict
    places = [NewPlace("subdistrict", top.name, None, ROOT, top.code, top.english)]
    return places + [
        NewPlace("community", each.name, ROOT, community_id(town, each.name), each.code,
                 each.english, sort=number)
        for number, each in enumerate(town.communities)
    ]  # fmt: skip


def community_id(town: plan.Plan, name: str) -> str:
    """The id of the community of that name."""
    names = [each.name for each in town.communities]
    return numbering.id_of("community", names.index(name) + 1)


def estate_id(number: int) -> str:
    """The id of the `number`th estate."""
    return numbering.id_of("estate", number)


def building_id(estate: int, number: int) -> str:
    """The id of a building by its number in the estate."""
    return numbering.in_estate("building", estate, number)


def door_id(estate: int, number: int) -> str:
    """The id of the `number`th door in the estate's list of doors."""
    return numbering.in_estate("door", estate, number)


def table_id(estate: int, number: int) -> str:
    """The id of a table by its number; teams that walk follow the tables."""
    return numbering.in_estate("table", estate, number)


def list_estate(town: plan.Plan, estate: plan.Estate, number: int) -> list[NewPlace]:
    """An estate and everything in it, parents first."""
    community = community_id(town, estate.community)
    own = estate_id(number)
    # sorted among all estates: those under control first, in the plan's order
    places = [
        NewPlace("estate", estate.name, community, own, estate.key, estate.english, sort=number)
    ]
    seen: set[tuple[int, int]] = set()
    for at, door in enumerate(estate.list_doors()):
        building = building_id(number, door.building)
        stairs = numbering.in_estate("unit", number, door.building * 100 + door.unit)
        if (door.building, 0) not in seen:
            seen.add((door.building, 0))
            n = door.building
            places.append(
                NewPlace("building", f"{n}栋", own, building, str(n), f"Building {n}", sort=n)
            )
        if (door.building, door.unit) not in seen:
            seen.add((door.building, door.unit))
            n = door.unit
            places.append(
                NewPlace("unit", f"{n}单元", building, stairs, str(n), f"Unit {n}", sort=n)
            )
        order = door.floor * 100 + door.position
        places.append(
            NewPlace("door", door.label, stairs, door_id(number, at), door.label, door.label,
                     door.floor, door.position, order)
        )  # fmt: skip
    if estate.measure is not None:
        places += _list_tables(town, estate, number)
    return places


def count_tables(town: plan.Plan, estate: plan.Estate) -> int:
    """How many sampling tables stand in an estate under control."""
    if estate.name == town.tables.estate:
        return town.tables.count
    return max(3, math.ceil(estate.residents / PEOPLE_A_TABLE))


def _list_tables(town: plan.Plan, estate: plan.Estate, number: int) -> list[NewPlace]:
    own = estate_id(number)
    count = count_tables(town, estate)
    tables = [
        NewPlace("table", f"{n}号台", own, table_id(number, n), str(n), f"Table {n}", sort=n)
        for n in range(1, count + 1)
    ]
    return tables + [
        NewPlace("table", f"上门{n}队", own, table_id(number, count + n), f"H{n}",
                 f"Home team {n}", sort=100 + n)
        for n in range(1, TEAMS + 1)
    ]  # fmt: skip
