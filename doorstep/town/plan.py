"""The town on paper: its communities, estates, buildings, units, forces, accounts and orders, as
read from town/data. Pure. Every record says in `assumed` which of its fields no source gave.

Refuses data that do not fit together (ValueError): an estate that cannot house its households.
"""

import functools
import random
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal, NamedTuple, TypeVar

import msgspec

FOLDER = Path(__file__).parent / "data"
DAY = "2021-06-21"  # the day that is played, a Monday
NEWSPAPER = "珠江时报, June 2021"
ESTATE = "中海锦城国际花园"
SEED = 20210621

Positive = Annotated[int, msgspec.Meta(ge=1)]


class Record(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One table of the data files. `assumed`: the fields that no source gave."""

    assumed: list[str] = []

    def __post_init__(self) -> None:
        known = {*self.__struct_fields__, "start_time"}
        if unknown := set(self.assumed) - known:
            raise ValueError(f"assumed names no field: {sorted(unknown)}")


Read = TypeVar("Read", bound=Record)


class Within(Record, frozen=True, kw_only=True):
    """The district above."""

    code: str
    name: str
    english: str


class Subdistrict(Record, frozen=True, kw_only=True):
    """The top of the place tree."""

    code: str
    name: str
    english: str
    within: Within
    zone: str
    residents_over: Positive
    source: str


class Community(Record, frozen=True, kw_only=True):
    """A community; `weight` is its share of the people beside the others."""

    code: str
    name: str
    english: str
    weight: float
    source: str = ""


class Block(Record, frozen=True, kw_only=True):
    """Buildings numbered first..to that are built alike: units, floors, doors a floor."""

    first: Positive = msgspec.field(name="from")
    to: Positive
    units: Positive
    floors: Positive
    doors: Positive


class Door(NamedTuple):
    """A flat: building and unit numbers, floor, position on the floor, its number as text."""

    building: int
    unit: int
    floor: int
    position: int
    label: str


class Estate(Record, frozen=True, kw_only=True):
    """An estate. `residents` live there, present or away; `*_over` are the source's words."""

    key: str
    name: str
    short: str
    english: str
    community: str
    measure: Literal["closed", "in_only"] | None = None
    households: Positive
    residents: Positive
    households_over: int | None = None
    residents_over: int | None = None
    source: str = ""
    blocks: list[Block]

    def __post_init__(self) -> None:
        """Refuse gaps in the numbering and fewer doors than households."""
        super().__post_init__()
        number = 1
        for block in self.blocks:
            if block.first != number or block.to < block.first:
                raise ValueError(f"{self.name}: buildings are not numbered through")
            number = block.to + 1
        if not self.households <= self.door_count:
            raise ValueError(f"{self.name}: {self.door_count} doors for {self.households}")

    @property
    def buildings(self) -> int:
        """How many buildings there are."""
        return self.blocks[-1].to

    @property
    def door_count(self) -> int:
        """How many doors there are, lived behind or not."""
        return sum(
            (block.to - block.first + 1) * block.units * block.floors * block.doors
            for block in self.blocks
        )

    def list_doors(self) -> list[Door]:
        """Every door, by building, unit, floor and position."""
        return [
            Door(building, unit, floor, position, f"{floor}{position:02}")
            for block in self.blocks
            for building in range(block.first, block.to + 1)
            for unit in range(1, block.units + 1)
            for floor in range(1, block.floors + 1)
            for position in range(1, block.doors + 1)
        ]


class Unit(Record, frozen=True, kw_only=True):
    """A unit people serve in. `serves`: the name of the place it is there for."""

    key: str
    name: str
    english: str
    type: str
    parent: str | None = None
    serves: str | None = None
    founded_on: str | None = None
    founded_by: str | None = None
    opened_on: str | None = None
    desks: int | None = None
    stalls: int | None = None
    doses_a_day: int | None = None


class Force(Record, frozen=True, kw_only=True):
    """People of one unit who do one kind of work."""

    unit: str
    count: Positive
    count_over: int | None = None
    count_about: int | None = None
    work: dict[str, str]
    origin: dict[str, str]
    arrived_on: str | None = None
    arrived_at: str | None = None
    experienced: int | None = None


class Tables(Record, frozen=True, kw_only=True):
    """The sampling tables of one estate and the teams at them."""

    estate: str
    count: Positive
    medics_a_team: int
    registrars_a_team: int
    ushers_a_team: int


class Account(Record, frozen=True, kw_only=True):
    """People who sign in. `of_force`: they are of their unit's force, not added to it."""

    login: str
    count: Positive = 1
    role: str
    unit: str
    of_force: bool = False
    place: str
    title: dict[str, str]


class OtherEstates(Record, frozen=True, kw_only=True):
    """Accounts of each other controlled estate."""

    duty_officers: int
    registrars: int
    unit: str


class Order(Record, frozen=True, kw_only=True):
    """An order as decided. No buildings: the whole estate. `start` is local time."""

    estate: str
    axis: Literal["measure", "risk"]
    rule: str
    buildings: list[int] = []
    start: str
    document: str


class Planned(Record, frozen=True, kw_only=True):
    """The plan of a vaccination centre: `desks` and `stalls` as they are, or None to look for the
    fewest. Times are local.
    """

    unit: str
    doses: Positive
    opens: str
    by: str
    desk_seconds: Positive
    stall_seconds: Positive
    desks: Positive | None = None
    stalls: Positive | None = None


class _Plans(Record, frozen=True, kw_only=True):
    planned: list[Planned]


class _Guicheng(Record, frozen=True, kw_only=True):
    subdistrict: Subdistrict
    communities: list[Community]


class _Estates(Record, frozen=True, kw_only=True):
    estates: list[Estate]


class _Units(Record, frozen=True, kw_only=True):
    types: dict[str, dict[str, str]]
    units: list[Unit]


class _Staff(Record, frozen=True, kw_only=True):
    forces: list[Force]
    tables: Tables
    accounts: list[Account]
    other_estates: OtherEstates


class _Orders(Record, frozen=True, kw_only=True):
    pack: str
    authority: str
    orders: list[Order]


class Plan(NamedTuple):
    """The town's data, all of it."""

    subdistrict: Subdistrict
    communities: list[Community]
    estates: list[Estate]  # the nine under control, 中海锦城国际花园 first
    unit_types: dict[str, dict[str, str]]
    units: list[Unit]
    forces: list[Force]
    tables: Tables
    accounts: list[Account]
    other_estates: OtherEstates
    pack: str
    authority: str
    orders: list[Order]
    planned: list[Planned]

    def get_estate(self, name: str) -> Estate:
        """The controlled estate of that name, short name or key. Raises KeyError."""
        for estate in self.estates:
            if name in (estate.name, estate.short, estate.key):
                return estate
        raise KeyError(name)


@functools.cache
def get_plan() -> Plan:
    """The town as the data files have it. Raises ValueError when they do not fit together."""
    guicheng = _read("guicheng.toml", _Guicheng)
    estates = _read("estates.toml", _Estates).estates
    units = _read("units.toml", _Units)
    staff = _read("staff.toml", _Staff)
    orders = _read("orders.toml", _Orders)
    planned = _read("plans.toml", _Plans).planned
    plan = Plan(
        guicheng.subdistrict, guicheng.communities, estates, units.types, units.units,
        staff.forces, staff.tables, staff.accounts, staff.other_estates,
        orders.pack, orders.authority, orders.orders, planned,
    )  # fmt: skip
    _check(plan)
    return plan


def _read(name: str, shape: type[Read]) -> Read:
    return msgspec.convert(tomllib.loads((FOLDER / name).read_text("utf-8")), shape)


def _check(plan: Plan) -> None:
    communities = {each.name for each in plan.communities}
    estates = {each.name: each for each in plan.estates}
    units = {each.key for each in plan.units}
    places = {"subdistrict", plan.subdistrict.name, *communities, *estates}
    for estate in plan.estates:
        _known(estate.community, communities)
    for unit in plan.units:
        _known(unit.type, set(plan.unit_types))
        _known(unit.parent, {None, *units})
        _known(unit.serves, {None, *places})
    named = [each.unit for each in plan.forces] + [each.unit for each in plan.accounts]
    for unit_key in (*named, plan.other_estates.unit):
        _known(unit_key, units)
    for account in plan.accounts:
        _known(account.place, places)
    for order in plan.orders:
        _known(order.estate, set(estates))
        if any(not 1 <= each <= estates[order.estate].buildings for each in order.buildings):
            raise ValueError(f"{order.document}: no such building")


def _known(name: str | None, names: set[str] | set[str | None]) -> None:
    if name not in names:
        raise ValueError(f"{name!r} is not in the town")


_KINDS_OF_NAME = (
    ("花园", "Garden"), ("苑", "Court"), ("居", "House"), ("里", "Lane"),
    ("园", "Park"), ("台", "Terrace"), ("阁", "Pavilion"), ("村", "Village"),
)  # fmt: skip
_BUILT = ((2, 7, 2), (2, 11, 2), (1, 18, 4), (2, 18, 3), (1, 25, 4), (2, 14, 2))
_HOUSEHOLD = 3.34  # people a household, as in 中海锦城: 10,200 / 3,050
_LIVED_BEHIND = 0.97  # share of doors that are lived behind


def list_district(residents: int, *, seed: int = SEED) -> Iterator[Estate]:
    """Estates of our own, without any order, that hold exactly `residents` people beside the nine.

    Every one of them is assumed. They are spread over the communities by weight.
    """
    plan = get_plan()
    lived = dict.fromkeys((each.name for each in plan.communities), 0)
    for estate in plan.estates:
        lived[estate.community] += estate.residents
    weights = sum(each.weight for each in plan.communities)
    total = residents + sum(lived.values())
    rng = random.Random(f"{seed}/district")
    wanted = [max(0, total * each.weight / weights - lived[each.name]) for each in plan.communities]
    scale = residents / sum(wanted) if residents > 0 else 0
    owed = 0.0
    for number, (community, want) in enumerate(zip(plan.communities, wanted, strict=True)):
        owed += want * scale
        share = round(owed)
        owed -= share
        yield from _build(community, number, share, rng)


def _build(
    community: Community, number: int, residents: int, rng: random.Random
) -> Iterator[Estate]:
    begun = 0
    while residents > 0:
        size = min(residents, rng.randrange(1_800, 6_200))
        if residents - size < 600:  # no estate of a handful of people at the end
            size = residents
        households = max(1, round(size / _HOUSEHOLD))
        chinese, english = _KINDS_OF_NAME[begun % len(_KINDS_OF_NAME)]
        again = begun // len(_KINDS_OF_NAME)
        stem = community.name.removesuffix("社区")
        units, floors, doors = _BUILT[rng.randrange(len(_BUILT))]
        each = units * floors * doors
        count = max(1, -(-round(households / _LIVED_BEHIND) // each))
        yield Estate(
            key=f"c{number + 1:02}e{begun + 1:02}",
            name=f"{stem}{chinese}" + (f"{again + 1}期" if again else ""),
            short=f"{stem}{chinese}",
            english=f"{community.english.removesuffix(' Community')} {english}"
            + (f" {again + 1}" if again else ""),
            community=community.name,
            households=households,
            residents=size,
            blocks=[Block(first=1, to=count, units=units, floors=floors, doors=doors)],
            assumed=["name", "community", "households", "residents", "blocks"],
        )
        residents -= size
        begun += 1
