"""Where the packages meet: every kind of entry, every fold, every reaction. Installed at start-up.

Folds stand bottom package first: what a fold reads of another package has been folded before it.
"""

from doorstep.ledger import kinds, reactions, settlements
from doorstep.operations.sampling import entries as sampling
from doorstep.orders import entries as orders
from doorstep.registry import entries as registry
from doorstep.rounds import entries as rounds

KINDS = [
    *settlements.KINDS,
    *registry.KINDS,
    *orders.KINDS,
    *rounds.KINDS,
    *sampling.KINDS,
]
FOLDS = [registry.fold, orders.fold, rounds.fold, sampling.fold]
REACTIONS: list[reactions.Reaction] = []


def install() -> None:
    """Tell the ledger what it may read, how to fold it and what follows from it."""
    kinds.install(KINDS, FOLDS)
    reactions.install(REACTIONS)
