"""Opening the book, locking it, and adding leaves. The only place that moves the tree's size."""

from collections.abc import Sequence

from django.db import transaction

from doorstep.kit import clock, ids
from doorstep.ledger import models, tree


def open_cell(zone: str) -> models.Cell:
    """The cell of this book, made on the first call; later calls change nothing."""
    with transaction.atomic():
        cell, _ = models.Cell.objects.get_or_create(
            key=1, defaults={"id": ids.new(), "zone": zone, "opened_at": clock.now()}
        )
    return cell


def get_cell() -> models.Cell:
    """The cell as it stands. Raises Cell.DoesNotExist before `doorstep init`."""
    return models.Cell.objects.get(key=1)


def lock_cell() -> models.Cell:
    """The cell's row, locked until the transaction ends: whoever holds it may number lines."""
    return models.Cell.objects.select_for_update().get(key=1)


def frontier_of(cell: models.Cell) -> tree.Frontier:
    """The tree's frontier as kept in the cell's row."""
    nodes = bytes(cell.nodes)
    return tree.Frontier(cell.size, [nodes[i : i + 32] for i in range(0, len(nodes), 32)])


def add_leaves(cell: models.Cell, leaves: Sequence[bytes]) -> None:
    """Grow the tree by leaf hashes; the caller holds the lock and stores the lines."""
    frontier = frontier_of(cell)
    for leaf in leaves:
        frontier.append(leaf)
    cell.size = frontier.size
    cell.nodes = b"".join(frontier.nodes)
    cell.save(update_fields=["size", "nodes"])
