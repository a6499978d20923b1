"""What all devices of an area need alike: open rounds, doors, people by masked name, who is due.

Read once for all of them, at most every few seconds however many ask, and kept with the version at
which each row last changed: so a device that says what it has gets only what is new. Refuses to
hand out the names of an area larger than MOST_PEOPLE, and any name to who goes to no door.
"""

import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Collection, Iterator
from typing import Any, NamedTuple

import msgspec

from doorstep.ledger import store
from doorstep.registry import people, queries

FRESH_SECONDS = 3.0  # how old may be what a device gets
MOST_PEOPLE = 30_000
MOST_AREAS = 64  # kept in memory
DOOR_ROLES = ("registrar", "steward")  # whose devices need to know who lives where
Key = tuple[str, ...]  # ("rounds", id), ("doors", id), ("people", id) or ("due", round, subject)


class Shared(NamedTuple):
    """An area's part of a snapshot: its version, whether it is only what is new, and JSON: the
    fields of an object, without the braces.
    """

    version: str
    is_delta: bool
    fields: bytes


class Area:
    """One area's rows with the version at which each last changed."""

    def __init__(self, place: str) -> None:
        self.place = place
        self._read_at = float("-inf")
        self._lock = threading.Lock()
        self._begin()

    def _begin(self) -> None:
        self._epoch = secrets.token_hex(6)  # versions of another process mean nothing here
        self._counter = 0
        self._rows: dict[Key, tuple[Any, int]] = {}  # a row that is gone has the value None
        self._encoded: OrderedDict[tuple[int, bool], bytes] = OrderedDict()

    def get(self, since: str, role: str) -> Shared:
        """All rows a device of this role gets, or those that changed after the version `since` if
        that is one of ours.
        """
        doors = role in DOOR_ROLES
        with self._lock:
            if time.monotonic() - self._read_at > FRESH_SECONDS:
                self._refresh()
                self._read_at = time.monotonic()
            epoch, _, number = since.partition(".")
            known = epoch == self._epoch and number.isascii() and number.isdigit()
            after = int(number[:15]) if known else 0
            if (after, doors) not in self._encoded:
                self._encoded[after, doors] = _encode(self._rows, after, doors)
                while len(self._encoded) > 16:
                    self._encoded.popitem(last=False)
            version = f"{self._epoch}.{self._counter}"
            return Shared(version, after > 0, self._encoded[after, doors])

    def _refresh(self) -> None:
        read = dict(_read(self.place))
        if len(self._rows.keys() - read.keys()) > len(read):
            self._begin()  # more is gone than there is: from here on everybody gets everything
        changed = {
            key: value for key, value in read.items() if self._rows.get(key, (None,))[0] != value
        }
        gone = [
            key for key, (value, _) in self._rows.items() if value is not None and key not in read
        ]
        if changed or gone or not self._counter:
            self._counter += 1
            self._rows.update({key: (value, self._counter) for key, value in changed.items()})
            self._rows.update(dict.fromkeys(gone, (None, self._counter)))
            self._encoded.clear()


_areas: OrderedDict[str, Area] = OrderedDict()
_lock = threading.Lock()


def get_area(place: str) -> Area:
    """The area around a device's place: a table belongs to what it stands in."""
    with _lock:
        area = _areas.get(place)
        if area is None:
            area = _areas[place] = Area(place)
            while len(_areas) > MOST_AREAS:
                _areas.popitem(last=False)
        _areas.move_to_end(place)
        return area


def find_area(place: str | None) -> str | None:
    """The area a device at `place` works in; None for a device without a known place."""
    found = queries.find_place(place) if place else None
    if found is None:
        return None
    return str(found.parent) if found.kind == "table" and found.parent else str(found.id)


def _encode(rows: dict[Key, tuple[Any, int]], after: int, doors: bool) -> bytes:
    told: dict[str, dict[str, Any]] = {"rounds": {}, "doors": {}, "people": {}, "due": {}}
    gone: dict[str, Any] = {"rounds": [], "doors": [], "people": [], "due": {}}
    for key, (value, changed) in rows.items():
        kind, *names = key
        if changed <= after or (value is None and after == 0) or not (doors or kind == "rounds"):
            continue
        if kind == "due":
            if value is None:
                gone["due"].setdefault(names[0], []).append(names[1])
            else:
                told["due"].setdefault(names[0], {})[names[1]] = value
        elif value is None:
            gone[kind].append(names[0])
        else:
            told[kind][names[0]] = value
    return msgspec.json.encode({**told, "gone": gone})[1:-1]


def _read(place: str) -> Iterator[tuple[Key, Any]]:
    found = store.select("registry_place", ["path"], "id", [place])
    if not found:
        return
    path = found[0][0]
    rounds = _read_rounds(path)
    residents = [row for row in queries.residents_under(place) if row[2] == "present"]
    doors = {str(door) for _, door, _ in residents}
    _name_inside(rounds, doors if len(residents) <= MOST_PEOPLE else ())
    yield from ((("rounds", id_), said) for id_, said in rounds.items())
    if len(residents) > MOST_PEOPLE:
        return
    yield from ((("doors", door), label) for door, label in queries.label_doors(doors).items())
    behind = {str(person): str(door) for person, door, _ in residents}
    for person, name in store.select("registry_person", ["id", "name"], "id", behind):
        yield ("people", str(person)), [people.mask_name(name), behind[str(person)]]
    columns = ["subject", "home", "state"]
    for round_ in rounds:
        here = {(round_, door) for door in doors}  # a round may be of a whole district
        listed = store.select_pairs("rounds_subject", columns, ("round", "door"), here)
        extra = store.query(
            "SELECT subject, home, state FROM rounds_subject WHERE round = %s AND door IS NULL",
            [round_],
        )
        for subject, home, state in (*listed, *extra):
            yield ("due", round_, str(subject)), [state, bool(home)]


def _name_inside(rounds: dict[str, dict[str, Any]], doors: Collection[str]) -> None:
    """Add to each round of a part of the area the doors in it: by them a phone knows whose round it
    is not.
    """
    parts = {str(said["area"]) for said in rounds.values() if said.pop("is_part")}
    if not parts or not doors:
        return
    paths = {str(id_): path for id_, path in store.select("registry_place", ["id", "path"], "id",
                                                           [*parts, *doors])}  # fmt: skip
    for said in rounds.values():
        if said["area"] in parts:
            within = paths[said["area"]]
            said["inside"] = sorted(door for door in doors if paths[door].startswith(within))


def _read_rounds(path: str) -> dict[str, dict[str, Any]]:
    """The rounds that are not closed, of the area, of what lies above it and of what lies in it."""
    rows = store.query(
        "SELECT r.id, r.round_kind, r.area, p.name, r.day, r.pool, r.state, "
        "LENGTH(p.path) > LENGTH(%s) FROM rounds_round r "
        "JOIN registry_place p ON p.id = r.area WHERE r.state <> 'closed' "
        "AND (p.path LIKE %s OR %s LIKE p.path || '%%')",
        [path, f"{path}%", path],
    )
    names = ("kind", "area", "area_name", "day", "pool", "state", "is_part")
    return {
        str(id_): dict(zip(names, (kind, str(area), *said), strict=True))
        for id_, kind, area, *said in rows
    }
