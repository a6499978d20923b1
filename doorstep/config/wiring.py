"""Where the packages meet: every kind of entry, every fold, every reaction, and what the faces show
of each operation. Names only; installed at start-up.

Folds stand bottom package first: what a fold reads of another package has been folded before it.
"""

from django.utils.translation import gettext_lazy as _

from doorstep.command import navigation, sampling_panel
from doorstep.command.zones import words as zones
from doorstep.face import frame
from doorstep.ledger import backups, checkpoints, epochs, kinds, reactions, settlements
from doorstep.operations.sampling import actions as sampling_actions
from doorstep.operations.sampling import closers as sampling_closers
from doorstep.operations.sampling import entries as sampling
from doorstep.operations.sampling import evidence as sampling_evidence
from doorstep.operations.sampling import reactions as sampling_reactions
from doorstep.orders import entries as orders
from doorstep.orders import evidence as orders_evidence
from doorstep.registry import entries as registry
from doorstep.rounds import closers
from doorstep.rounds import entries as rounds

KINDS = [
    *settlements.KINDS,
    *epochs.KINDS,
    *registry.KINDS,
    *orders.KINDS,
    *rounds.KINDS,
    *sampling.KINDS,
]
FOLDS = [registry.fold, orders.fold, rounds.fold, sampling.fold]
REACTIONS: list[reactions.Reaction] = [
    *sampling_reactions.REACTIONS,
    checkpoints.REACTION,
    backups.REACTION,
]
CLOSERS = [sampling_closers.list_blocks]
NAVIGATION = [
    *navigation.ITEMS[:2],
    frame.Item("sampling:home", _("Sampling"), sampling_actions.READERS),
    frame.Item("zones:zones", _("Zones"), zones.READERS),
    frame.Item("sampling:boxes", _("Boxes"), ("courier",)),
    frame.Item("sampling:laboratory", _("Laboratory"), ("laboratory",)),
    *navigation.ITEMS[2:],
]


def install() -> None:
    """Tell the ledger what it may read, how to fold it and what follows from it."""
    kinds.install(KINDS, FOLDS)
    reactions.install(REACTIONS)
    closers.install(CLOSERS)
    orders_evidence.install(sampling_evidence.Provider())
    frame.install(NAVIGATION)
    sampling_panel.install()
