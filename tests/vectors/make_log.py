"""Makes log.json: a key, a checkpoint, tiles and proofs of a log of 70,000 lines, from docs/sync.md
alone, as make.py; and reads a log as whoever watches one does.

Run as `python -m tests.vectors.make_log`; it changes nothing while the contract stands.
"""

import base64
import json
from collections.abc import Callable
from hashlib import sha256
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric import ed25519

from tests.vectors import make

SIZE = 70_000  # more than 256 · 256, so that there is a tile of level 2
LEAVES = [0, 255, 256, 65_535, 65_536, 69_999]
ORIGIN = f"doorstep/{make.CELL}/1"
SIGNER = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(range(32, 64)))
TILE = 256
Fetch = Callable[[str], bytes]


def encode(data: bytes) -> str:
    return base64.b64encode(data).decode()


def leaf_data(index: int) -> bytes:
    """A leaf of the example: line `index` + 1 of one device, received a microsecond each."""
    number, received = index + 1, 1624233600000000 + index + 1
    data = b"\x01" + UUID(make.DEVICE).bytes + number.to_bytes(8, "big")
    return data + received.to_bytes(8, "big") + sha256(b"line %d" % number).digest()


def write_key(name: str, private: ed25519.Ed25519PrivateKey) -> str:
    public = b"\x01" + private.public_key().public_bytes_raw()
    return f"{name}+{key_id(name, public).hex()}+{encode(public)}"


def key_id(name: str, public: bytes) -> bytes:
    return sha256(name.encode() + b"\n" + public).digest()[:4]


def write_note(text: str, name: str, private: ed25519.Ed25519PrivateKey) -> str:
    public = b"\x01" + private.public_key().public_bytes_raw()
    signature = key_id(name, public) + private.sign(text.encode())
    return f"{text}\n\u2014 {name} {encode(signature)}\n"


def tile_path(level: int, number: int, width: int) -> str:
    digits = f"{number:03}"
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    name = "/".join([*(f"x{group}" for group in groups[:-1]), groups[-1]])
    return f"tile/{level}/{name}" + (f".p/{width}" if width < TILE else "")


def levels_of(leaves: list[bytes]) -> list[list[bytes]]:
    """The hashes of every level of tiles, for a log of these leaf hashes."""
    levels = [leaves]
    while len(levels[-1]) >= TILE:
        last = levels[-1]
        full = range(0, len(last) - TILE + 1, TILE)
        levels.append([make.root(last[at : at + TILE]) for at in full])
    return levels


def make_log() -> dict[str, Any]:
    leaves = [sha256(b"\0" + leaf_data(index)).digest() for index in range(SIZE)]
    root = make.root(leaves)
    text = f"{ORIGIN}\n{SIZE}\n{encode(root)}\n"
    note = write_note(text, ORIGIN, SIGNER)
    tiles = []
    for level, hashes in enumerate(levels_of(leaves)):
        numbers = {0, (len(hashes) - 1) // TILE}
        for number in sorted(numbers):
            content = hashes[number * TILE : (number + 1) * TILE]
            path = tile_path(level, number, len(content))
            digest = sha256(b"".join(content)).hexdigest()
            tiles.append({"path": path, "sha256": digest, "first": content[0].hex()})
    proofs = []
    for index in LEAVES:
        lines = ["c2sp.org/tlog-proof@v1", f"extra {encode(leaf_data(index))}", f"index {index}"]
        lines += [encode(each) for each in make.inclusion(index, leaves)]
        proofs.append("\n".join(lines) + "\n\n" + note)
    paths = [(0, 0, 256), (0, 5, 7), (1, 999, 256), (2, 1000, 1), (0, 1234067, 256)]
    return {
        "about": "A log of 70,000 lines: leaf i is line i+1 of the device, SHA-256 of `line i+1`, "
        "received at 1624233600000000 + i+1.",
        "device": make.DEVICE,
        "private_key": SIGNER.private_bytes_raw().hex(),
        "key": write_key(ORIGIN, SIGNER),
        "size": SIZE,
        "root": root.hex(),
        "checkpoint": note,
        "tiles": tiles,
        "proofs": proofs,
        "paths": [{"tile": list(each), "path": tile_path(*each)} for each in paths],
    }


# Reading, as whoever watches a log does


def read_note(note: str, key: str) -> list[str]:
    """The lines of a note's text, once its signature is checked with the written key."""
    name, said, public = key.strip().split("+", 2)
    raw = base64.b64decode(public, validate=True)
    assert raw[0] == 1 and key_id(name, raw).hex() == said
    text, signatures = note.rsplit("\n\n", 1)
    for line in signatures.splitlines():
        dash, by, signature = line.split(" ")
        content = base64.b64decode(signature, validate=True)
        if (dash, by, content[:4].hex()) == ("\u2014", name, said):
            public_key = ed25519.Ed25519PublicKey.from_public_bytes(raw[1:])
            public_key.verify(content[4:], f"{text}\n".encode())
            return text.split("\n")
    raise AssertionError("not signed by this key")


def read_log(fetch: Fetch) -> tuple[int, bytes, list[bytes]]:
    """Size, root and leaf hashes of a log; `fetch` gives what is under an address below /log/.
    Every tile must be what the checkpoint says.
    """
    key = fetch("key").decode().splitlines()[0]
    origin, size, root, *_ = read_note(fetch("checkpoint").decode(), key)
    assert origin == key.split("+")[0]
    count = int(size)
    leaves: list[bytes] = []
    for at in range(0, count, TILE):
        leaves += hashes_in(fetch(tile_path(0, at // TILE, min(TILE, count - at))))
    assert make.root(leaves) == base64.b64decode(root)
    for level, hashes in enumerate(levels_of(leaves)):
        for at in range(0, len(hashes), TILE):
            part = hashes[at : at + TILE]
            assert hashes_in(fetch(tile_path(level, at // TILE, len(part)))) == part
    return count, base64.b64decode(root), leaves


def hashes_in(tile: bytes) -> list[bytes]:
    assert len(tile) % 32 == 0
    return [tile[at : at + 32] for at in range(0, len(tile), 32)]


def read_proof(proof: str, key: str) -> tuple[bytes, int]:
    """A leaf's data and its place, once everything in the proof is checked."""
    head, note = proof.split("\n\n", 1)
    title, extra, index, *path = head.split("\n")
    assert title == "c2sp.org/tlog-proof@v1"
    _, size, root, *_ = read_note(note, key)
    data, at = base64.b64decode(extra.removeprefix("extra ")), int(index.removeprefix("index "))
    hashes = [base64.b64decode(each) for each in path]
    node = climb(at, int(size), sha256(b"\0" + data).digest(), hashes)
    assert node == base64.b64decode(root) and not hashes
    return data, at


def climb(index: int, size: int, leaf: bytes, path: list[bytes]) -> bytes:
    """The root that a leaf and its proof lead to (RFC 9162, section 2.1.3.1); takes `path` up."""
    if size == 1:
        return leaf
    k = make.split(size)
    if index < k:
        left = climb(index, k, leaf, path)
        return sha256(b"\1" + left + path.pop(0)).digest()
    right = climb(index - k, size - k, leaf, path)
    return sha256(b"\1" + path.pop(0) + right).digest()


if __name__ == "__main__":
    written = json.dumps(make_log(), indent=1, ensure_ascii=False)
    (make.HERE / "log.json").write_text(written + "\n", encoding="utf-8")
