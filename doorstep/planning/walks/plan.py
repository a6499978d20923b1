"""What comes out: the trips of each cart, the lists of doors, and what bounds them."""

import msgspec


class Load(msgspec.Struct, frozen=True):
    """What one trip leaves at one building."""

    stop: str
    packs: int


class Trip(msgspec.Struct, frozen=True):
    """From the gate along the loads in order and back; `cart` counts from 0."""

    cart: int
    loads: tuple[Load, ...]
    metres: int
    minutes: float


class SupplyPlan(msgspec.Struct, frozen=True):
    """`bound_metres` and `bound_trips`: no plan has less. `minutes`: until the last cart is back.

    `stopped`: the pulse ended the search before its iterations were done.
    """

    trips: tuple[Trip, ...]
    metres: int
    bound_metres: int
    bound_trips: int
    minutes: float
    stopped: bool


class Part(msgspec.Struct, frozen=True):
    """Doors `first` to `last` of a stairwell, counted from 1 in the order of the walk."""

    building: str
    stairwell: str
    first: int
    last: int


class VisitList(msgspec.Struct, frozen=True):
    """One list for the people who go together, within a shift."""

    parts: tuple[Part, ...]
    visits: int
    minutes: float


class VisitPlan(msgspec.Struct, frozen=True):
    """`people`: needed in one shift, all lists at once. `bound_people`: no way through fewer."""

    lists: tuple[VisitList, ...]
    visits: int
    people: int
    bound_people: int
