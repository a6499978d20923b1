"""Opening the book, locking it, adding leaves, proving them. The only place that moves its size."""

from collections.abc import Sequence
from functools import cache

from doorstep.kit import clock, ids
from doorstep.ledger import models, store, tree, writer
from doorstep.ledger.proofs import HASH, TILE


def open_cell(zone: str) -> models.Cell:
    """The cell of this book, made on the first call; later calls change nothing."""
    return writer.run(lambda: _open(zone))


def _open(zone: str) -> models.Cell:
    cell, _ = models.Cell.objects.get_or_create(
        key=1, defaults={"id": ids.new(), "zone": zone, "opened_at": clock.now()}
    )
    return cell


def get_cell() -> models.Cell:
    """The cell as it stands. Raises Cell.DoesNotExist before `doorstep init`."""
    return models.Cell.objects.get(key=1)


@cache
def get_cell_id() -> str:
    """The cell's id, which never changes."""
    cell: str = get_cell().id
    return cell


def lock_cell() -> models.Cell:
    """The cell's row, locked until the transaction ends: whoever holds it may number lines."""
    return models.Cell.objects.select_for_update().get(key=1)


def frontier_of(cell: models.Cell) -> tree.Frontier:
    """The tree's frontier as kept in the cell's row."""
    nodes = bytes(cell.nodes)
    return tree.Frontier(cell.size, [nodes[i : i + HASH] for i in range(0, len(nodes), HASH)])


def add_leaves(cell: models.Cell, leaves: Sequence[bytes]) -> None:
    """Grow the tree by leaf hashes; the caller holds the lock and stores the lines."""
    frontier = frontier_of(cell)
    frontier.extend(leaves)
    _add_to_tiles(0, cell.size, leaves)
    cell.size = frontier.size
    cell.nodes = b"".join(frontier.nodes)
    cell.save(update_fields=["size", "nodes"])


def _add_to_tiles(level: int, size: int, hashes: Sequence[bytes]) -> None:
    """Append hashes to the tiles of a level that holds `size`; full tiles grow the level above."""
    number, used = divmod(size, TILE)
    begun = models.Tile.objects.filter(level=level, number=number).first() if used else None
    data = (bytes(begun.hashes) if begun else b"") + b"".join(hashes)
    rows = []
    above = []
    for start in range(0, len(data), TILE * HASH):
        part = data[start : start + TILE * HASH]
        rows.append((level, number + start // (TILE * HASH), part))
        if len(part) == TILE * HASH:
            above.append(tree.root_of([part[i : i + HASH] for i in range(0, len(part), HASH)]))
    store.upsert("ledger_tile", ["level", "number", "hashes"], rows, ["level", "number"])
    if above:
        _add_to_tiles(level + 1, size // TILE, above)


def leaf_data_of(line: models.Line) -> bytes:
    """What the tree commits to of a line (tree.leaf_data)."""
    device = ids.to_bytes(line.device_id)
    return tree.leaf_data(device, line.number, line.received_at, bytes(line.hash))


def read_tile(level: int, number: int) -> bytes:
    """The hashes of a tile as far as it has grown; none where there is no tile."""
    found = models.Tile.objects.filter(level=level, number=number).first()
    return bytes(found.hashes) if found else b""


def prove_line(leaf: int, size: int) -> list[bytes]:
    """The inclusion proof (RFC 9162, section 2.1.3) of a leaf in the tree of the first `size`."""
    return tree.inclusion_proof(leaf, size, _hash_of)


def prove_growth(size1: int, size2: int) -> list[bytes]:
    """The consistency proof (RFC 9162, section 2.1.4) between two sizes of this tree."""
    return tree.consistency_proof(size1, size2, _hash_of)


def root_at(size: int) -> bytes:
    """The root of the first `size` leaves, worked out from tiles."""
    return _hash_of(0, size) if size else tree.EMPTY_ROOT


def _hash_of(start: int, end: int) -> bytes:
    """The root of leaves [start, end), from the highest tiles that hold it whole."""
    level, width = 0, 1
    while start % (width * TILE) == 0 and end % (width * TILE) == 0 and end - start > width:
        level, width = level + 1, width * TILE
    first, last = start // width, end // width
    if last * width != end or last - first > TILE * TILE:
        middle = start + tree.split(end - start)
        return tree.node_hash(_hash_of(start, middle), _hash_of(middle, end))
    return tree.root_of(_hashes(level, first, last))


def _hashes(level: int, first: int, last: int) -> list[bytes]:
    tiles = models.Tile.objects.filter(
        level=level, number__gte=first // TILE, number__lte=(last - 1) // TILE
    ).order_by("number")
    data = b"".join(bytes(tile.hashes) for tile in tiles)
    skipped = first // TILE * TILE
    return [data[i * HASH : (i + 1) * HASH] for i in range(first - skipped, last - skipped)]
