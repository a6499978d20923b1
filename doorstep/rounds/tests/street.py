"""A little estate for tests: buildings, doors and people whose ids say who they are."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from doorstep.ledger import store

ESTATE = "0190a0a0-0000-7000-8000-00000000e000"
OTHER_ESTATE = "0190a0a0-0000-7000-8000-00000000e001"
CHEN = "0190a0a0-0000-7000-8000-00000000d0d0"  # duty officer of the estate
LIN = "0190a0a0-0000-7000-8000-00000000d0d1"  # steward of the first building
ZHAO = "0190a0a0-0000-7000-8000-00000000d0d2"  # duty officer of another estate
DOORS_ON_A_FLOOR = 4


class Staff(NamedTuple):
    """Whoever signed in."""

    id: str


DUTY_OFFICER, STEWARD, STRANGER = Staff(CHEN), Staff(LIN), Staff(ZHAO)


def building_id(number: int) -> str:
    return f"0190a0a0-0000-7000-8000-0000b{number:07x}"


def unit_id(building: int) -> str:
    return f"0190a0a0-0000-7000-8000-0000a{building:07x}"


def door_id(building: int, number: int) -> str:
    """Doors differ in their last digits, as real ids do."""
    return f"0190a0a0-0000-7000-8000-0000d0{building:03x}{number:03x}"


def person_id(building: int, door: int, number: int) -> str:
    return f"0190a0a0-0000-7000-8000-{number:01x}000c{building:04x}{door:03x}"


def round_id(number: int) -> str:
    return f"0190a0a0-0000-7000-8000-0000{number:08x}"


def entry_id(number: int) -> str:
    return f"0190a0a0-0000-7000-9000-{number:012x}"


def build(buildings: int = 2, doors: int = 3, people: int = 2) -> None:
    """Lay out the estate and let `people` live behind each door, all of them present."""
    columns = [
        "id",
        "parent",
        "kind",
        "code",
        "name",
        "path",
        "estate",
        "building",
        "unit",
        "floor",
        "position",
        "sort",
    ]
    places: list[tuple[object, ...]] = []
    for estate, name in ((ESTATE, "中海锦城"), (OTHER_ESTATE, "御水岸")):
        places.append(
            (estate, None, "estate", name, name, f"/{estate}/", estate, *[None] * 4, len(places))
        )
    for b in range(1, buildings + 1):
        building, unit = building_id(b), unit_id(b)
        path = f"/{ESTATE}/{building}/"
        head = (ESTATE, building)
        places.append((building, ESTATE, "building", str(b), f"{b}座", path, *head, *[None] * 3, b))
        path += f"{unit}/"
        places.append((unit, building, "unit", "1", "1单元", path, *head, unit, None, None, 1))
        for d in range(1, doors + 1):
            floor, position = _floor_of(d)
            door, name = door_id(b, d), f"{floor}{position:02}"
            places.append(
                (door, unit, "door", name, name, f"{path}{door}/", *head, unit, floor, position, d)
            )
    store.insert("registry_place", columns, places)
    live_in(
        {
            person_id(b, d, n): door_id(b, d)
            for b in range(1, buildings + 1)
            for d in range(1, doors + 1)
            for n in range(1, people + 1)
        }
    )
    store.insert(
        "registry_role",
        ["staff", "role", "place"],
        [
            (CHEN, "duty_officer", ESTATE),
            (LIN, "steward", building_id(1)),
            (ZHAO, "duty_officer", OTHER_ESTATE),
        ],
    )


def add_hut(door: str, estate: str = ESTATE) -> None:
    """A door in no building: it hangs on the estate itself."""
    columns = ["id", "parent", "kind", "code", "name", "path", "estate", "sort"]
    path = f"/{estate}/{door}/"
    store.insert("registry_place", columns, [(door, estate, "door", "H", "H", path, estate, 999)])


def _floor_of(door: int) -> tuple[int, int]:
    return 1 + (door - 1) // DOORS_ON_A_FLOOR, 1 + (door - 1) % DOORS_ON_A_FLOOR


def live_in(homes: Mapping[str, str], presence: str = "present") -> None:
    """Let people live behind doors; their names are 王1, 王2 and so on."""
    rows = store.select("registry_place", ["id", "building", "estate"], "id", set(homes.values()))
    inside = {str(door): (b and str(b), str(estate)) for door, b, estate in rows}
    store.insert(
        "registry_person",
        ["id", "name", "flags"],
        [(person, f"王{i}", "[]") for i, person in enumerate(sorted(homes), 1)],
    )
    store.insert(
        "registry_residence",
        ["person", "door", "building", "estate", "presence", "since_at", "entry"],
        [(person, door, *inside[door], presence, 0, person) for person, door in homes.items()],
    )


def flag(person: str, flags: Sequence[str]) -> None:
    """Give a person special needs."""
    text = "[" + ", ".join(f'"{each}"' for each in flags) + "]"
    store.upsert("registry_person", ["id", "name", "flags"], [(person, "王", text)], ["id"])


def give_standing(subject: str, kind: str, from_at: int, until_at: int | None = None) -> None:
    """Give somebody a standing."""
    store.insert(
        "registry_standing",
        ["entry", "subject", "kind", "from_at", "until_at"],
        [(subject, subject, kind, from_at, until_at)],
    )
