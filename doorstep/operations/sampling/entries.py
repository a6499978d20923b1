"""The kinds of entry of this package and their fold: the only writer of its state tables."""

from doorstep.ledger import kinds

KINDS: list[kinds.Kind] = []


def fold(batch: kinds.Batch) -> None:
    """Nothing yet."""
