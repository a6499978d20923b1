"""The tree of a check: what the leaves of the lines say, beside the tiles and the cell as stored.

It holds the leaves of one tile, the children of one tile a level, and one frontier, however many
lines there are. A tile is compared with the tiles below it, so that one wrong hash is one finding.
"""

import msgspec

from doorstep.ledger import models, proofs, tree, verify_rows
from doorstep.ledger.proofs import HASH, TILE
from doorstep.ledger.verify_words import Findings


class Tree(msgspec.Struct):
    """How far the tree has been built anew. `levels`: of each level from 1, the roots of the tiles
    below that no full tile has yet: by the lines, and by the tile as stored.
    """

    size: int = 0
    leaves: list[bytes] = []
    nodes: list[bytes] = []  # the frontier of full tiles
    levels: list[list[tuple[bytes, bytes]]] = []
    part_size: int = 0  # so many of `leaves` are in `part`, their frontier
    part: list[bytes] = []
    broken: bool = False  # neither line nor tile tells what a leaf was

    def root(self) -> bytes:
        """The root of all leaves so far; no bytes when it cannot be told any more."""
        return b"" if self.broken else self._frontier().root()

    def add(self, leaf: bytes, stored: bytes | None, findings: Findings) -> None:
        """The next leaf's hash, and its tile as stored."""
        self.size += 1
        if not self.broken:
            self.leaves.append(leaf)
        if self.size % TILE == 0:
            number = self.size // TILE - 1
            whole = _compare_length(0, number, TILE, stored, findings)
            if not self.broken:
                self._close(number, stored if whole else None, findings)

    def skip(self, leaf: int) -> None:
        """Go on at a leaf, since nothing tells what is before it."""
        self.size, self.leaves, self.broken = leaf, [], True

    def _frontier(self) -> tree.Frontier:
        part = tree.Frontier(self.part_size, self.part)
        part.extend(self.leaves[self.part_size :])
        self.part_size, self.part = part.size, part.nodes
        return tree.Frontier(self.size, [*self.nodes, *part.nodes])

    def _close(self, number: int, stored: bytes | None, findings: Findings) -> None:
        """The leaves of a whole tile are there; `stored` when it has as many."""
        leaves, self.leaves, self.part_size, self.part = self.leaves, [], 0, []
        root = tree.root_of(leaves)
        kept = root
        if stored is not None and stored != b"".join(leaves):
            kept = tree.root_of(_split(stored))
        frontier = tree.Frontier(number, self.nodes)
        frontier.append(root)
        self.nodes = frontier.nodes
        self._rise(1, number, root, kept, findings)

    def _rise(self, level: int, child: int, root: bytes, kept: bytes, findings: Findings) -> None:
        """A tile's root goes to the level above; a full tile there goes on."""
        if len(self.levels) < level:
            self.levels.append([])
        roots = self.levels[level - 1]
        roots.append((root, kept))
        if len(roots) == TILE:
            self.levels[level - 1] = []
            number = child // TILE
            stored = verify_rows.read_tiles(level, number, number).get(number)
            root, kept = _compare_roots(level, number, roots, stored, findings)
            self._rise(level + 1, number, root, kept, findings)

    def finish(self, cell: models.Cell, findings: Findings) -> None:
        """Compare what is left with the tiles that are not full, and with the cell."""
        if self.broken:
            findings.add("CELL_NODES")
        else:
            self._finish_tiles(findings)
            if bytes(cell.nodes) != b"".join(self._frontier().nodes):
                findings.add("CELL_NODES")
        for level, number in _list_strays(cell.size):
            findings.add("TILE_STRAY", level=level, number=number)

    def _finish_tiles(self, findings: Findings) -> None:
        number = self.size // TILE
        if self.leaves:
            stored = verify_rows.read_tiles(0, number, number).get(number)
            _compare_length(0, number, len(self.leaves), stored, findings)
        for level, roots in enumerate(self.levels, start=1):
            if roots:
                number = (self.size >> 8 * level) // TILE
                stored = verify_rows.read_tiles(level, number, number).get(number)
                _compare_roots(level, number, roots, stored, findings)


def _split(hashes: bytes) -> list[bytes]:
    return [hashes[at : at + HASH] for at in range(0, len(hashes), HASH)]


def _compare_length(
    level: int, number: int, expected: int, stored: bytes | None, findings: Findings
) -> bool:
    """Whether a tile has as many hashes as it must; of which lines they are is asked line by
    line.
    """
    if stored is None:
        findings.add("TILE_MISSING", level=level, number=number)
    elif len(stored) != expected * HASH:
        findings.add(
            "TILE_LENGTH",
            level=level,
            number=number,
            stored=len(stored),
            expected=expected * HASH,
        )
    else:
        return True
    return False


def _compare_roots(
    level: int,
    number: int,
    roots: list[tuple[bytes, bytes]],
    stored: bytes | None,
    findings: Findings,
) -> tuple[bytes, bytes]:
    """The root of a tile by the lines, and as stored."""
    kept = _split(stored or b"")
    if _compare_length(level, number, len(roots), stored, findings):
        for at, (pair, hashed) in enumerate(zip(roots, kept, strict=True)):
            if hashed not in pair:
                facts = {"below": level - 1, "child": number * TILE + at}
                findings.add("TILE_HASH", level=level, number=number, at=at, **facts)
    else:
        kept = [mine for mine, _ in roots]
    return tree.root_of([mine for mine, _ in roots]), tree.root_of(kept)


def _list_strays(size: int) -> list[tuple[int, int]]:
    """Tiles that a tree of `size` leaves does not have."""
    where, parameters, level = [], [], 0
    while proofs.count_in_tile(size, level, 0):
        where.append("(level = %s AND number >= 0 AND number < %s)")
        parameters += [level, -(-(size >> 8 * level) // TILE)]
        level += 1
    allowed = " OR ".join(where)
    return [
        (level, number)
        for level, number in verify_rows.query(
            "SELECT level, number FROM ledger_tile "
            + (f"WHERE NOT ({allowed}) " if where else "")
            + "ORDER BY level, number LIMIT 1001",
            parameters,
        )
    ]
