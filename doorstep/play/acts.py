"""What a day is made of: acts that phones write down, tubes, boxes, files, troubles of the network.

Shapes only, and how an act becomes a line. Moments are true played time, µs since 1970 UTC.
"""

import random
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import msgspec

from doorstep.kit import clock

SIZES = {"single": 1, "household": 10, "five": 5, "ten": 10, "twenty": 20}


class Act(NamedTuple):
    """One line to be written. `offset`: how far the writing phone's clock is off, µs. `recheck`:
    the pooled tube whose recheck it belongs to; the round of it is the server's to say.
    """

    at: int
    phone: str
    kind: str
    fields: dict[str, Any]
    id: str
    offset: int = 0
    recheck: str = ""


@dataclass(slots=True)
class Tube:
    """A tube as it was filled: its acts in order, from opened to closed. `counted` swabs are in it,
    whatever was scanned. `door` of a household's tube. `spoilt`: a mistake was made with it.
    """

    code: str
    phone: str
    place: str
    door: str
    acts: list[Act] = field(default_factory=list)
    closed_at: int = 0
    counted: int = 0
    spoilt: bool = False
    outcome: str = "negative"
    unread: bool = False  # the laboratory puts it aside: it has had this code already

    def swabs(self) -> list[Act]:
        """Its person.sampled acts."""
        return [act for act in self.acts if act.kind == "person.sampled"]


@dataclass(slots=True)
class Box:
    """A consignment: sealed at a table, collected, received, then tested. `miscounted`: how many
    more the registrar counted than there are. `recheck`: as of an act.
    """

    code: str
    seal: str
    phone: str
    tubes: list[Tube]
    sealed_at: int
    courier: str = ""
    laboratory: int = 0
    collected_at: int = 0
    received_at: int = 0
    miscounted: int = 0
    recheck: str = ""


class Row(NamedTuple):
    """A line of a laboratory's file."""

    tube: str
    outcome: str
    tested_at: int
    reported_at: int
    ct: float | None


class File(NamedTuple):
    """A laboratory's result file, handed in at `at`."""

    at: int
    laboratory: int
    name: str
    rows: list[Row]


class Fault(NamedTuple):
    """A trouble of the network. `kind`: offline | cut (mid-push) | unanswered (its answer lost)."""

    phone: str
    from_at: int
    until_at: int
    kind: str


class Planted(NamedTuple):
    """A mistake of the day. `lines`: how many lines the server must give `code`; no code when it
    shows in counts alone. `held`: the code waits for a person.
    """

    what: str
    code: str = ""
    lines: int = 0
    held: bool = False


class Waited(NamedTuple):
    """Somebody came to the queue, and stood at the table `seconds` later."""

    at: int
    seconds: int


class Recheck(NamedTuple):
    """The visit at which the members of the pooled tube `of` are sampled again from `begins_at` on:
    person → the tube they get of their own.
    """

    of: str
    phone: str
    begins_at: int
    tubes: dict[str, str]
    box: str


@dataclass(slots=True)
class Script:
    """A whole day, fixed before it begins. Acts are in the order of time."""

    acts: list[Act]
    files: list[File]
    faults: list[Fault]
    planted: list[Planted]
    waited: list[Waited]
    attachments: dict[str, bytes] = field(default_factory=dict)  # act id → what it is about
    rechecks: list[Recheck] = field(default_factory=list)

    @property
    def ends_at(self) -> int:
        """When the last thing happens."""
        return max(self.acts[-1].at, max((each.at for each in self.files), default=0))


def make_id(at: int, rng: random.Random) -> str:
    """A UUIDv7 of the moment `at`, the same for the same seed."""
    value = (at // 1000 & (1 << 48) - 1) << 80 | 7 << 76 | rng.getrandbits(12) << 64
    value |= 2 << 62 | rng.getrandbits(62)
    text = f"{value:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def write_line(act: Act, staff: str, place: str, zone: str, shift: int) -> bytes:
    """The act as a line of the sync contract, `shift` µs later than the script has it."""
    moment = clock.to_moment(act.at + shift + act.offset, zone)
    line: dict[str, Any] = {"id": act.id, "kind": act.kind, "v": 1, "at": moment.isoformat()}
    line["by"] = staff
    if place:
        line["place"] = place
    return msgspec.json.encode(line | act.fields)
