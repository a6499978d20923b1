"""Building the tree of places: subdistrict, community, estate, building, unit, door; and tables.

Thousands at once, set-based. Refuses a place under the wrong kind of place and a second one of the
same kind and code beside another. Places are never removed here: entries name them.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from doorstep.kit import ids
from doorstep.ledger import refusals, store, writer
from doorstep.registry import addresses, models, rights

ADMINISTRATORS = ("administrator",)
UNDER: dict[str, tuple[str | None, ...]] = {  # what each kind may stand under
    "subdistrict": (None,),
    "community": ("subdistrict",),
    "estate": ("community", "subdistrict"),
    "building": ("estate",),
    "unit": ("building",),
    "door": ("unit", "building", "estate"),
    "table": ("estate", "community", "subdistrict"),
}
COLUMNS = ["id", "parent", "kind", "code", "name", "english", "path", "estate", "building", "unit",
           "floor", "position", "sort"]  # fmt: skip
MOST_DOORS = 200_000  # in one building plan


class NewPlace(NamedTuple):
    """A place to be made. Without an id it gets one; `parent` may be made in the same call, before
    it. `code` is what tells it from those beside it; without one it is the name.
    """

    kind: str
    name: str
    parent: str | None
    id: str = ""
    code: str = ""
    english: str = ""
    floor: int | None = None
    position: int | None = None
    sort: int = 0


class Block(NamedTuple):
    """Buildings numbered first … last that are built alike: `doors` on each floor of each unit."""

    first: int
    last: int
    units: int
    floors: int
    doors: int


class _Above(NamedTuple):
    kind: str | None
    path: str
    estate: str | None
    building: str | None
    unit: str | None


def add_places(by: str, places: Iterable[NewPlace]) -> list[str]:
    """Make places; their ids, in the same order.

    Raises:
        Refused: NOT_YOURS, PLACE_MISPLACED, PLACE_EXISTS. Nothing is made then.
    """
    made = [place if place.id else place._replace(id=ids.new()) for place in places]
    own = {place.id for place in made}
    for parent in {place.parent for place in made if place.parent not in own}:
        rights.require(by, ADMINISTRATORS, parent)
    put = prepare(made)
    writer.run(put)
    return [place.id for place in made]


def prepare(made: Sequence[NewPlace]) -> Callable[[], None]:
    """Check new places, ids and all, and give what stores them; for acts that make places too.

    Raises:
        Refused: PLACE_MISPLACED, PLACE_EXISTS.
    """
    above = _read_parents(made)
    rows: list[tuple[Any, ...]] = []
    for place in made:
        parent = above.get(place.parent)
        if parent is None or parent.kind not in UNDER.get(place.kind, ()):
            raise refusals.Refused("PLACE_MISPLACED", name=place.name)
        path = f"{parent.path}{place.id}/"
        levels = [
            place.id if place.kind == level else getattr(parent, level)
            for level in ("estate", "building", "unit")
        ]
        above[place.id] = _Above(place.kind, path, *levels)
        rows.append(
            (place.id, place.parent, place.kind, _code(place), place.name, place.english, path,
             *levels, place.floor, place.position, place.sort)
        )  # fmt: skip
    _refuse_twins(made)

    def put() -> None:
        _refuse_twins(made)  # another may have made them since
        store.insert("registry_place", COLUMNS, rows)

    return put


def plan_buildings(estate: str, blocks: Iterable[Block]) -> list[NewPlace]:
    """The buildings, units and doors of an estate as a building plan has them. A door is numbered
    by its floor and its place on it: 803.

    Raises:
        Refused: PLAN_IMPOSSIBLE: a number below one, or more doors than an estate can have.
    """
    planned: list[NewPlace] = []
    doors = 0
    for block in blocks:
        count = (block.last - block.first + 1) * block.units * block.floors * block.doors
        doors += count
        if min(block) < 1 or block.last < block.first or block.doors > 99 or doors > MOST_DOORS:
            raise refusals.Refused("PLAN_IMPOSSIBLE")
        for number in range(block.first, block.last + 1):
            building = NewPlace(
                "building", f"{number}栋", estate, ids.new(), str(number),
                f"Building {number}", sort=number,
            )  # fmt: skip
            planned.append(building)
            for stairs in range(1, block.units + 1):
                planned += _plan_unit(building.id, stairs, block)
    return planned


def plan_tables(parent: str, count: int) -> list[NewPlace]:
    """Sampling tables 1 … count under an estate or community."""
    return [
        NewPlace("table", f"{n}号台", parent, ids.new(), str(n), f"Table {n}", sort=n)
        for n in range(1, count + 1)
    ]


def find_child(parent: str | None, kind: str, code: str) -> models.Place | None:
    """The place of that kind and code directly under another, or at the top."""
    return models.Place.objects.filter(parent=parent, kind=kind, code=code).first()


def _plan_unit(building: str, number: int, block: Block) -> list[NewPlace]:
    unit = NewPlace(
        "unit", f"{number}单元", building, ids.new(), str(number), f"Unit {number}", sort=number
    )
    planned = [unit]
    for floor in range(1, block.floors + 1):
        for position in range(1, block.doors + 1):
            label = f"{floor}{position:02}"
            planned.append(
                NewPlace("door", label, unit.id, ids.new(), label, label, floor, position,
                         floor * 100 + position)
            )  # fmt: skip
    return planned


def _code(place: NewPlace) -> str:
    if place.code:
        return place.code
    if place.kind in ("building", "unit", "door"):
        return addresses.code_of(place.name, place.kind)
    return place.name[:32]


def _read_parents(made: Sequence[NewPlace]) -> dict[str | None, _Above]:
    own = {place.id for place in made}
    wanted = {place.parent for place in made if place.parent and place.parent not in own}
    found: dict[str | None, _Above] = {None: _Above(None, "/", None, None, None)}
    for id_, kind, path, *levels in store.select(
        "registry_place", ["id", "kind", "path", "estate", "building", "unit"], "id", wanted
    ):
        found[str(id_)] = _Above(kind, path, *[level and str(level) for level in levels])
    return found


def _refuse_twins(made: Sequence[NewPlace]) -> None:
    own = {place.id for place in made}
    parents = {place.parent for place in made if place.parent and place.parent not in own}
    taken = {
        (str(parent), kind, code)
        for parent, kind, code in store.select(
            "registry_place", ["parent", "kind", "code"], "parent", parents
        )
    }
    if any(place.parent is None for place in made):
        taken |= {
            ("None", kind, code)
            for kind, code in store.query(
                "SELECT kind, code FROM registry_place WHERE parent IS NULL"
            )
        }
    for place in made:
        key = (str(place.parent), place.kind, _code(place))
        if key in taken:
            raise refusals.Refused("PLACE_EXISTS", name=place.name)
        taken.add(key)
