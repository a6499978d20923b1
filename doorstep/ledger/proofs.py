"""Checkpoints and proofs as text, in C2SP's formats (tlog-checkpoint, tlog-proof, tlog-tiles).
Pure: whoever checks a proof needs this file, `notes`, `tree`, and a public key.

Refuses to believe anything of a checkpoint before its signature is checked.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from doorstep.ledger import notes, tree

TITLE = "c2sp.org/tlog-proof@v1"
TILE = 256  # hashes in a full tile
HASH = 32  # bytes
_LEAF_LENGTH = 1 + 16 + 8 + 8 + HASH  # tree.leaf_data


class Unproven(Exception):
    """A checkpoint or proof does not show what it claims; the text says why."""


class Checkpoint(NamedTuple):
    """What a book says of itself: its name, how many lines it has, and the root over them."""

    origin: str
    size: int
    root: bytes

    def write(self) -> str:
        """The text that is signed."""
        return f"{self.origin}\n{self.size}\n{notes.encode(self.root)}\n"


class Proof(NamedTuple):
    """That a leaf is in the tree of a checkpoint. `data`: the leaf's own (tree.leaf_data)."""

    data: bytes
    leaf: int
    hashes: Sequence[bytes]
    note: str  # the signed checkpoint

    def write(self) -> str:
        """The text of a `.tlog-proof` file."""
        lines = [TITLE, f"extra {notes.encode(self.data)}", f"index {self.leaf}"]
        lines += map(notes.encode, self.hashes)
        return "\n".join(lines) + "\n\n" + self.note


class Shown(NamedTuple):
    """What a genuine proof shows. `device`: 16 bytes; `received_at`: µs since 1970 UTC; `hashed`:
    SHA-256 of the line.
    """

    checkpoint: Checkpoint
    leaf: int
    device: bytes
    number: int
    received_at: int
    hashed: bytes


def read_checkpoint(note: bytes, keys: Iterable[notes.Key]) -> Checkpoint:
    """The checkpoint of a note that one of `keys` has signed, under the checkpoint's own origin.

    Raises:
        Unproven: it is not signed, or its text is no checkpoint.
    """
    try:
        text = notes.read(note, keys)
    except notes.Unsigned as problem:
        raise Unproven(str(problem)) from None
    lines = text.split("\n")
    root = notes.decode(lines[2]) if len(lines) > 3 else b""
    if len(root) != HASH or not lines[0] or not _is_number(lines[1]) or "" in lines[:-1]:
        raise Unproven("not a checkpoint")
    return Checkpoint(lines[0], int(lines[1]), root)


def read_proof(content: bytes) -> Proof:
    """A proof as it was written; nothing in it is checked yet.

    Raises:
        Unproven: it is no proof of one of our lines.
    """
    head, blank, note = content.partition(b"\n\n")
    lines = head.decode("utf-8", "replace").split("\n")
    if not blank or len(lines) < 3 or lines[0] != TITLE:
        raise Unproven("not a proof")
    data = notes.decode(lines[1].removeprefix("extra "))
    index = lines[2].removeprefix("index ")
    hashes = [notes.decode(line) for line in lines[3:]]
    if len(data) != _LEAF_LENGTH or data[:1] != tree.LEAF_VERSION or not _is_number(index):
        raise Unproven("not a proof of a line of the book")
    return Proof(data, int(index), hashes, note.decode("utf-8", "replace"))


def check_proof(content: bytes, keys: Iterable[notes.Key]) -> Shown:
    """What a proof shows, after everything in it was checked with nothing but public keys.

    Raises:
        Unproven: it does not hold; the text says where.
    """
    proof = read_proof(content)
    checkpoint = read_checkpoint(proof.note.encode(), keys)
    leaf = tree.leaf_hash(proof.data)
    if not tree.verify_inclusion(proof.leaf, checkpoint.size, leaf, proof.hashes, checkpoint.root):
        raise Unproven("the hashes do not lead from the line to the root")
    data = proof.data
    number, received = (int.from_bytes(data[at : at + 8], "big") for at in (17, 25))
    return Shown(checkpoint, proof.leaf, data[1:17], number, received, data[33:])


def write_tile_path(level: int, number: int, width: int = TILE) -> str:
    """The path of a tile below the log's prefix: `tile/<level>/<number>[.p/<width>]`, the number
    in groups of three digits, all but the last with an x before it.
    """
    groups = [f"{number % 1000:03}"]
    while number := number // 1000:
        groups.append(f"x{number % 1000:03}")
    path = f"tile/{level}/{'/'.join(reversed(groups))}"
    return path if width == TILE else f"{path}.p/{width}"


def read_tile_number(text: str) -> int | None:
    """The number in `x001/x234/067`; None when it is not written that one way."""
    *above, last = text.split("/")
    digits = "".join(group[1:] if group[:1] == "x" else "?" for group in above) + last
    if not digits.isascii() or not digits.isdigit() or len(digits) > 18:
        return None
    number = int(digits)
    return number if write_tile_path(0, number) == f"tile/0/{text}" else None


def count_in_tile(size: int, level: int, number: int) -> int:
    """How many hashes a tile has in the tree of the first `size` leaves."""
    return max(0, min(TILE, (size >> 8 * level) - number * TILE))


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 20 and str(int(text)) == text
