"""What a restore says in the book itself: the book goes on from a backup, under another epoch. Its
checkpoints have another origin from then on, so that it is told from a forged one.
"""

from typing import Annotated

import msgspec

from doorstep.ledger import book, checkpoints, desk, kinds, models, writer

Size = Annotated[int, msgspec.Meta(ge=0)]


class BookRestored(kinds.Envelope, frozen=True, kw_only=True, tag="book.restored"):
    """Epoch, size and root of the book that the backup held, and the digest of the backup."""

    epoch: Size
    size: Size
    root: kinds.Digest
    backup: kinds.Digest


KINDS = [kinds.Kind(BookRestored, frozenset({kinds.DESK}), "permanent")]


def begin(by: str, epoch: int, backup: str) -> None:
    """Let the book go on under `epoch`, and say from which backup (its digest, hex).

    Raises:
        ValueError: the book has had this epoch already.
    """

    def act() -> None:
        cell = book.lock_cell()
        if epoch <= cell.epoch:
            raise ValueError("an epoch comes once")
        old, size, root = cell.epoch, cell.size, book.frontier_of(cell).root().hex()
        cell.epoch = epoch
        cell.save(update_fields=["epoch"])
        # what was signed under the old epoch is still to be signed under this one, and the server
        # that worked on it is gone
        models.Done.objects.filter(reaction=checkpoints.REACTION.name).delete()
        models.Lease.objects.all().delete()
        said = {"epoch": old, "size": size, "root": root, "backup": backup}
        desk.post(by, [{"kind": "book.restored", **said}])

    writer.run(act)
