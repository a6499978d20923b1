"""The lines of a check: bytes against hash, leaf against tile, custody against what the bytes say,
number against chain. A line whose row was bent is taken for what the tree says it is, as far as
that can be told, so that one bent row is one finding.
"""

from collections.abc import Iterator
from hashlib import sha256

from doorstep.kit import ids
from doorstep.ledger import kinds, tree, verify_pushes, verify_rows
from doorstep.ledger.proofs import HASH, TILE
from doorstep.ledger.verify_destroyed import Destroyed
from doorstep.ledger.verify_pushes import Pushes
from doorstep.ledger.verify_rows import Line, Push
from doorstep.ledger.verify_tree import Tree
from doorstep.ledger.verify_words import Findings

_True = tuple[str, int, bytes, bytes]  # device, number, hash, leaf hash
_Facts = dict[str, str | int]


class Lines:
    """Reads lines in the order of their leaves and gives them to the tree and the pushes."""

    def __init__(
        self, built: Tree, pushes: Pushes, findings: Findings, size: int, destroyed: Destroyed
    ) -> None:
        self._tree, self._pushes, self._findings = built, pushes, findings
        self._destroyed = destroyed
        self._echoes: set[int] = set()
        self._size = size  # of the book
        self._tiles: dict[int, bytes] = {}
        self._known: set[int] = set()
        self._devices: dict[str, bytes] = {}  # ids as bytes
        self._clock: tuple[Push | None, bool | None] = (None, None)
        self.missing: int | None = None  # the first leaf of a gap that no line has ended yet

    def check_chunk(self, end: int) -> Iterator[int]:
        """Check the lines from where the tree is up to leaf `end`; each size of the tree on the
        way. Where nothing is left of lines it goes on to the next there is.
        """
        start = self._tree.size
        self._tiles = verify_rows.read_tiles(0, start // TILE, (end - 1) // TILE)
        self._known = verify_rows.find_known(start, end)
        self._echoes = verify_rows.find_echoes(start, end) if self._destroyed.done else set()
        for line in verify_rows.read_lines(start, end):
            yield from self._fill(line.leaf)
            self.end_gap()
            self._check(line)
            yield self._tree.size
        yield from self._fill(end)

    def end_gap(self) -> None:
        """What is missing has been passed."""
        if self.missing is not None:
            last = self._tree.size - 1
            self._findings.add("LINES_MISSING", first=self.missing, last=last)
            self.missing = None

    def _fill(self, end: int) -> Iterator[int]:
        """Go on to leaf `end` without lines, by the tiles as they are stored."""
        if self._tree.size < end and self.missing is None:
            self.missing = self._tree.size
        while self._tree.size < end:
            leaf = self._tree.size
            stored = self._stored(leaf)
            if len(stored) != HASH:
                self._tree.skip(verify_rows.next_leaf(leaf, self._size))
                return
            self._tree.add(stored, self._tiles.get(leaf // TILE), self._findings)
            yield self._tree.size

    def _stored(self, leaf: int) -> bytes:
        at = leaf % TILE * HASH
        return self._tiles.get(leaf // TILE, b"")[at : at + HASH]

    def _check(self, line: Line) -> None:
        # of a line whose bytes were destroyed, the tree tells whether its hash is right
        hashed = line.hash if line.destroyed else sha256(line.content).digest()
        leaf_hash = self._hash(line.device, line.number, line.received_at, hashed)
        stored = self._stored(line.leaf)
        device, number = line.device, line.number
        if hashed != line.hash or leaf_hash != stored:
            device, number, hashed, leaf_hash = self._find_true(line, hashed, leaf_hash, stored)
        self._tree.add(leaf_hash, self._tiles.get(line.leaf // TILE), self._findings)
        if why := self._destroyed.why_not(line, self._echoes):
            self._note(line, why, by=str(line.destroyed))
        if line.destroyed is None:
            self._check_custody(line)
        at = self._pushes.get_chain(device)
        if number != at.through + 1:
            self._note(line, "LINE_NUMBER", expected=at.through + 1)
            if number <= at.through:
                return
            at.head = None
        push = self._pushes.follow(at, device, number, line.leaf, hashed)
        if push is not None:
            self._check_push(line, push)

    def _find_true(self, line: Line, hashed: bytes, leaf_hash: bytes, stored: bytes) -> _True:
        """What a bent line was, by its tile."""
        if hashed != line.hash:
            self._note(line, "LINE_BYTES")
        for guess in (hashed, line.hash):
            found = self._hash(line.device, line.number, line.received_at, guess)
            if found == stored:
                return line.device, line.number, guess, found
        guessed = self._guess(line)
        for device, number, received_at in guessed:
            for guess in (hashed, line.hash):
                found = self._hash(device, number, received_at, guess)
                if found == stored:
                    facts: _Facts = {"true_device": device, "true_number": number}
                    self._note(line, "LINE_MOVED", **facts, true_at=received_at)
                    return device, number, guess, found
        if len(stored) == HASH:  # of a tile that is not there, the tree tells
            at = {"at": line.leaf % TILE, "tile": line.leaf // TILE}
            self._note(line, "LINE_LEAF", **at)
        return line.device, line.number, line.hash, leaf_hash

    def _guess(self, line: Line) -> list[tuple[str, int, int]]:
        """Whose line may stand here, by the pushes: those that are open, and the next."""
        chains = self._pushes.progress.chains
        open_ = [each.open for each in chains.values() if each.open is not None]
        following = self._pushes.peek()
        near = [*open_, *([following] if following is not None else [])]
        found = []
        for push in near:
            at = chains.get(push.device)
            if at is not None:
                found += [
                    (push.device, at.through + 1, push.received_at),
                    (push.device, at.through + 1, line.received_at),
                ]
        return found

    def _check_custody(self, line: Line) -> None:
        entry = kinds.read(line.content)
        if entry is None and line.custody != "garbled":
            # a kind that was not installed when the line came, and is not of its shape now
            entry = kinds.read_header(line.content)
        if entry is None:
            custody, id_, kind = "garbled", None, None
        else:
            custody = "known" if line.leaf in self._known else "kept"
            id_, kind = entry.id, kinds.name_of(entry)
        if (line.custody, line.entry, line.kind) == (custody, id_, kind):
            return
        for code, stored, true in (
            ("LINE_CUSTODY", line.custody, custody),
            ("LINE_ENTRY", line.entry, id_),
            ("LINE_KIND", line.kind, kind),
        ):
            if stored != true:
                self._note(line, code, stored=str(stored), true=str(true))

    def _check_push(self, line: Line, push: Push) -> None:
        if self._clock[0] is not push:
            device = self._pushes.devices.get(push.device)
            self._clock = push, verify_pushes.is_clock_off(push, device)
        if line.received_at != push.received_at:
            self._note(line, "LINE_TIME", push=push.id)
        off = self._clock[1]
        if off is not None and off != line.clock_off:
            self._note(line, "LINE_CLOCK", stored=str(bool(line.clock_off)), true=str(off))

    def _hash(self, device: str, number: int, received_at: int, hashed: bytes) -> bytes:
        """The leaf's hash; none of what no leaf can hold."""
        try:
            if device not in self._devices:
                if len(self._devices) > 10_000:
                    self._devices.clear()
                self._devices[device] = ids.to_bytes(device)
            data = tree.leaf_data(self._devices[device], number, received_at, hashed)
        except (ValueError, OverflowError, TypeError):
            return bytes(HASH)
        return tree.leaf_hash(data)

    def _note(self, line: Line, code: str, **facts: str | int) -> None:
        where: _Facts = {"leaf": line.leaf, "device": line.device, "number": line.number}
        self._findings.add(code, **(where | facts))
