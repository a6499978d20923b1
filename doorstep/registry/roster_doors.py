"""From the addresses of a roster to the doors of an estate, and the doors it has that the book has
not. Reads the estate once and asks the database nothing more.

Refuses to choose between two doors: without a unit, a number that stands in two units is refused.
"""

from collections import defaultdict
from typing import NamedTuple

from doorstep.kit import ids
from doorstep.ledger import refusals, store
from doorstep.outside.rosters import RosterRow
from doorstep.registry import addresses, models, places


class Miss(NamedTuple):
    """A place that was not found, or not for certain: the field to blame and a code."""

    field: str
    code: str


class Doors:
    """The doors under an estate or building, and those a roster adds. `planned`: the new places,
    parents first.
    """

    def __init__(self, ground: models.Place, *, may_add: bool) -> None:
        if ground.kind not in ("estate", "building"):
            raise refusals.Refused("PLACE_NOT_ESTATE", name=ground.name)
        self.ground, self.may_add = ground, may_add
        self.planned: list[places.NewPlace] = []
        self.buildings: dict[str, str] = {}  # code → id
        self.units: defaultdict[str, dict[str, str]] = defaultdict(dict)  # building → code → id
        self.doors: dict[tuple[str, str], str] = {}  # (place it hangs on, code) → id
        self._found: dict[addresses.Address, str | Miss] = {}
        for id_, kind, code, name, parent in store.query(
            "SELECT id, kind, code, name, parent FROM registry_place WHERE path LIKE %s "
            "AND kind IN ('building', 'unit', 'door')",
            [f"{ground.path}%"],
        ):
            self._note(kind, addresses.code_of(code or name, kind), str(id_), str(parent))

    def find(self, row: RosterRow) -> str | Miss:
        """The door a row names, planned if it is new and that is allowed."""
        address = addresses.read(row)
        found = self._found.get(address)
        if found is None:
            found = self._found[address] = self._find(address, row)
        return found

    def _note(self, kind: str, code: str, id_: str, parent: str) -> None:
        if kind == "building":
            self.buildings[code] = id_
        elif kind == "unit":
            self.units[parent][code] = id_
        else:
            self.doors[parent, code] = id_

    def _find(self, address: addresses.Address, row: RosterRow) -> str | Miss:
        if not address.door or len(address.door) > 32:
            return Miss("door", "DOOR_MISSING" if not address.door else "PLACE_UNKNOWN")
        building = self._find_building(address.building, row)
        if isinstance(building, Miss):
            return building
        hangs_on = self._find_unit(building, address, row) if building else self.ground.id
        if isinstance(hangs_on, Miss):
            return hangs_on
        found = self.doors.get((hangs_on, address.door))
        if found:
            return found
        if not self.may_add:
            return Miss("door", "PLACE_UNKNOWN")
        floor, position = addresses.floor_and_position(address.door, row.floor)
        sort = floor * 100 + (position or 0) if floor else addresses.sort_of(address.door)
        return self._plan("door", address.door, hangs_on, row.door, floor, position, sort)

    def _find_building(self, code: str, row: RosterRow) -> str | Miss | None:
        """The building's id; None for a door that hangs on the estate itself."""
        if not code:
            if len(self.buildings) > 1:
                return Miss("building", "BUILDING_MISSING")
            return next(iter(self.buildings.values()), None)
        found = self.buildings.get(code)
        if found:
            return found
        for shorter in (code.removeprefix(self.ground.name), code.split("期")[-1]):
            # 阳光花园3 in 阳光花园; 1期3 where the estate has only one building 3
            if shorter != code and shorter in self.buildings:
                return self.buildings[shorter]
        if not self.may_add or self.ground.kind == "building" or len(code) > 32:
            return Miss("building", "PLACE_UNKNOWN")
        return self._plan("building", code, self.ground.id, row.building)

    def _find_unit(self, building: str, address: addresses.Address, row: RosterRow) -> str | Miss:
        units = self.units[building]
        if address.unit:
            found = units.get(address.unit)
            if found:
                return found
            if not units and (building, address.door) in self.doors:
                return building  # a building whose doors hang on itself
            if not self.may_add or len(address.unit) > 32:
                return Miss("unit", "PLACE_UNKNOWN")
            return self._plan("unit", address.unit, building, row.unit)
        holders = [
            place for place in (building, *units.values()) if (place, address.door) in self.doors
        ]
        if len(holders) == 1:
            return holders[0]
        if holders or len(units) > 1:
            return Miss("unit", "UNIT_MISSING")
        return next(iter(units.values()), building)

    def _plan(
        self,
        kind: str,
        code: str,
        parent: str,
        text: str,
        floor: int | None = None,
        position: int | None = None,
        sort: int | None = None,
    ) -> str:
        chinese, english = addresses.name_of(text, code, kind)
        order = addresses.sort_of(code) if sort is None else sort
        id_ = ids.new()
        self.planned.append(
            places.NewPlace(
                kind, chinese[:64], parent, id_, code, english[:96], floor, position, order
            )
        )
        self._note(kind, code, id_, parent)
        return id_
