"""What devices, their pushes and the book are, in plain dicts and lists: the oracle of
test_devices. Written from docs/sync.md; of the server it knows the names of its roles.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric import ed25519

from tests.stranger import BY

TOLERANCE = 5 * 60 * 1_000_000  # µs
DESK = "desk"
Verdict = tuple[str, str, bool]  # entry, code, held
Counting = tuple[str, str, int]  # entry, device, number


@dataclass
class Said:
    """What a line says, as whoever made it knows: nothing, if it is no entry."""

    entry: str | None = None
    kind: str = "person.sampled"
    by: str = BY


@dataclass
class Flight:
    """A push on its way. It may arrive late, twice, or never."""

    device: str
    first: int
    lines: list[bytes]
    previous: bytes
    head: bytes
    sent: int
    headers: dict[str, str]

    @property
    def body(self) -> bytes:
        return b"".join(line + b"\n" for line in self.lines)


@dataclass
class Phone:
    """A device as its owner has it: key, lines, and how far it has been answered."""

    private: ed25519.Ed25519PrivateKey
    device: str
    cell: str
    lines: list[bytes] = field(default_factory=list)
    through: int = 0

    def heads(self) -> list[bytes]:
        start = b"doorstep-v1" + UUID(self.cell).bytes + UUID(self.device).bytes
        heads = [sha256(start + self.private.public_key().public_bytes_raw()).digest()]
        for line in self.lines:
            heads.append(sha256(heads[-1] + sha256(line).digest()).digest())
        return heads

    def fly(self, sent: int, most: int, back: int) -> Flight:
        """A push of at most so many lines, from so many before those that are not answered;
        `sent` is what this device's clock says, in µs.
        """
        first = max(self.through - back, 0) + 1
        lines, heads = self.lines[first - 1 :][:most], self.heads()
        previous, head = heads[first - 1], heads[first - 1 + len(lines)]
        words = {
            "First": str(first),
            "Count": str(len(lines)),
            "Previous": previous.hex(),
            "Head": head.hex(),
            "Sent": (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=sent)).isoformat(),
        }
        text = "\n".join(["doorstep-v1", "entries", self.cell, self.device, *words.values(), ""])
        words |= {"Signature": self.private.sign(text.encode()).hex(), "Device": self.device}
        headers = {f"Doorstep-{name}": word for name, word in words.items()}
        return Flight(self.device, first, lines, previous, head, sent, headers)


@dataclass
class Row:
    """A line of the book. `at`: when the server received it, in µs."""

    device: str
    number: int
    line: bytes
    said: Said
    custody: str
    clock_off: bool
    at: int
    is_allowed: bool

    def leaf(self) -> bytes:
        """The leaf's hash in the tree."""
        numbers = self.number.to_bytes(8, "big") + self.at.to_bytes(8, "big")
        data = b"\1" + UUID(self.device).bytes + numbers + sha256(self.line).digest()
        return sha256(b"\0" + data).digest()


@dataclass
class Known:
    """A device as the book has it."""

    role: str
    heads: list[bytes]
    people: set[str] = field(default_factory=set)
    lines: list[bytes] = field(default_factory=list)
    revoked: bool = False
    aside: dict[int, bytes] = field(default_factory=dict)


@dataclass
class Model:
    """The whole cell. `said`: what every line that was ever made says; `words`: what was settled,
    the claims named and those that stand.
    """

    said: dict[bytes, Said] = field(default_factory=dict)
    known: dict[str, Known] = field(default_factory=dict)
    book: list[Row] = field(default_factory=list)
    words: list[tuple[set[str], set[str]]] = field(default_factory=list)

    def take(self, flight: Flight, now: int) -> list[str] | None:
        """Take a push that arrives; the custody of each line, or None for a gap or a fork."""
        known = self.known[flight.device]
        if known.revoked:
            numbered = list(enumerate(flight.lines, flight.first))
            for number, line in numbered:
                known.aside.setdefault(number, line)
            return [
                "aside" if known.aside[number] == line else "dropped" for number, line in numbered
            ]
        had = known.lines[flight.first - 1 :][: len(flight.lines)]
        if flight.first > len(known.lines) + 1 or known.heads[flight.first - 1] != flight.previous:
            return None
        if flight.lines[: len(had)] != had:
            return None
        words = ["known"] * len(had)
        off = abs(flight.sent - now) > TOLERANCE
        return words + [self._keep(flight.device, x, off, now) for x in flight.lines[len(had) :]]

    def _keep(self, device: str, line: bytes, clock_off: bool, now: int) -> str:
        known, said = self.known[device], self.said[line]
        custody = "kept" if said.entry else "garbled"
        if said.entry and any(row.line == line for row in self.book):
            custody = "known"
        allowed = known.role == "registrar" and said.by in known.people
        self.add(device, line, said, custody, clock_off, now, allowed)
        return custody

    def add(
        self,
        device: str,
        line: bytes,
        said: Said,
        custody: str,
        clock_off: bool,
        now: int,
        is_allowed: bool,
    ) -> None:
        """Put a line at the end of its device's chain and of the book."""
        known = self.known[device]
        known.lines.append(line)
        known.heads.append(sha256(known.heads[-1] + sha256(line).digest()).digest())
        row = Row(device, len(known.lines), line, said, custody, clock_off, now, is_allowed)
        self.book.append(row)

    def judge(self) -> tuple[set[Verdict], set[Counting]]:
        """The book's own verdicts, and the swabs that count."""
        verdicts: set[Verdict] = set()
        counting: set[Counting] = set()
        kept: defaultdict[str, list[Row]] = defaultdict(list)
        for row in self.book:
            if row.custody == "kept" and row.said.entry:
                kept[row.said.entry].append(row)
        for entry, rows in kept.items():
            of_desk = [row for row in rows if self.known[row.device].role == DESK]
            word = [entry in stands for named, stands in self.words if entry in named][-1:]
            if len(rows) > 1:
                verdicts.add((entry, "ID_REUSED", not of_desk and not word))
            meant = of_desk or rows
            if any(row.clock_off for row in meant):
                verdicts.add((entry, "CLOCK_OFF", False))
            if len(meant) > 1:
                continue
            [row] = meant
            if row.said.kind == "bell.rung":
                verdicts.add((entry, "KIND_UNKNOWN", True))
            elif not (row.is_allowed or word == [True]):
                verdicts.add((entry, "NOT_ALLOWED", True))
            elif row.said.kind == "person.sampled":
                counting.add((entry, row.device, row.number))
        return verdicts, counting

    def codes(self, line: bytes) -> set[str]:
        """The book's own codes on a line today."""
        entry = self.said[line].entry
        if entry is None:
            return {"GARBLED"}
        return {code for each, code, _ in self.judge()[0] if each == entry}

    def root(self) -> bytes:
        """The tree's root."""
        return root_of([row.leaf() for row in self.book])


def root_of(leaves: list[bytes]) -> bytes:
    """RFC 9162, section 2.1.1, as it is written there."""
    if len(leaves) < 2:
        return leaves[0] if leaves else sha256(b"").digest()
    k = 1 << (len(leaves) - 1).bit_length() - 1
    return sha256(b"\1" + root_of(leaves[:k]) + root_of(leaves[k:])).digest()
