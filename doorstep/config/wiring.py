"""Where the packages meet: every kind of entry, every fold, every reaction, and what the faces show
of each operation. Names only; installed at start-up.

Folds stand bottom package first: what a fold reads of another package has been folded before it.
"""

from django.utils.translation import gettext_lazy as _

from doorstep.command import navigation, panels, programme_panel, sampling_panel, uploads
from doorstep.command.plans import board
from doorstep.command.plans import pages as plans
from doorstep.command.zones import words as zones
from doorstep.face import frame
from doorstep.field import screens
from doorstep.field.openrosa import submissions
from doorstep.ledger import (
    backups,
    balances,
    checkpoints,
    destruction_list,
    epochs,
    erasure,
    kinds,
    reactions,
    revocations,
    settlements,
    sweeping,
)
from doorstep.operations.programme import entries as programme
from doorstep.operations.programme import reactions as programme_reactions
from doorstep.operations.sampling import actions as sampling_actions
from doorstep.operations.sampling import closers as sampling_closers
from doorstep.operations.sampling import entries as sampling
from doorstep.operations.sampling import evidence as sampling_evidence
from doorstep.operations.sampling import field_rules, laboratories
from doorstep.operations.sampling import reactions as sampling_reactions
from doorstep.operations.sampling import rules as sampling_rules
from doorstep.orders import closing
from doorstep.orders import entries as orders
from doorstep.orders import evidence as orders_evidence
from doorstep.registry import entries as registry
from doorstep.registry import forgetting, noted
from doorstep.rounds import closers, field_kinds, remaining
from doorstep.rounds import entries as rounds
from doorstep.rounds import plans as day_plans

KINDS = [
    *settlements.KINDS,
    *epochs.KINDS,
    *erasure.KINDS,
    *destruction_list.KINDS,
    *revocations.KINDS,
    *registry.KINDS,
    *orders.KINDS,
    *closing.KINDS,
    *rounds.KINDS,
    *day_plans.KINDS,
    *sampling.KINDS,
    *programme.KINDS,
]
FOLDS = [
    erasure.fold,
    revocations.fold,
    registry.fold,
    orders.fold,
    closing.fold,
    rounds.fold,
    day_plans.fold,
    sampling.fold,
    programme.fold,
]
REACTIONS: list[reactions.Reaction] = [
    noted.REACTION,
    *sampling_reactions.REACTIONS,
    *programme_reactions.REACTIONS,
    checkpoints.REACTION,
    backups.REACTION,
    sweeping.REACTION,
]
KEEPERS = [remaining.KEEPER]
ROW_FORGETTERS = [forgetting.forget, submissions.forget]
FILE_FORGETTERS = [laboratories.forget, uploads.forget]
CLOSERS = [sampling_closers.list_blocked, submissions.list_blocked]
NAVIGATION = [
    *navigation.ITEMS[:2],
    frame.Item("sampling:home", _("Sampling"), sampling_actions.READERS),
    frame.Item("zones:zones", _("Zones"), zones.READERS),
    frame.Item("programme:home", _("Programme"), ()),
    frame.Item("plans:centre", _("Plans"), plans.READERS),
    frame.Item("sampling:boxes", _("Boxes"), ("courier",)),
    frame.Item("sampling:laboratory", _("Laboratory"), ("laboratory",)),
    *navigation.ITEMS[2:],
]
_DOORS = ("registrar",)
SCREENS = [
    screens.Screen("sampling", "sampling/field/table.js", _DOORS, _("Sampling table")),
    screens.Screen("sampling", "sampling/field/walk.js", _DOORS, _("Home sampling")),
    screens.Screen("sampling", "sampling/field/courier.js", ("courier",), _("Boxes")),
    screens.Screen("sampling", "sampling/field/laboratory.js", ("laboratory",), _("Reception")),
]
RULES = {"sampling": field_rules.make_rules, "rounds": field_kinds.make_kinds}


def install() -> None:
    """Tell the ledger what it may read, how to fold it and what follows from it."""
    kinds.install(KINDS, FOLDS)
    reactions.install(REACTIONS)
    balances.install(KEEPERS)
    erasure.install(ROW_FORGETTERS, FILE_FORGETTERS)
    closers.install(CLOSERS)
    orders_evidence.install(sampling_evidence.Provider())
    frame.install(NAVIGATION)
    screens.install(SCREENS, sampling_rules.HELD_CODES, RULES)
    panels.install(
        [board.show_panel, sampling_panel.show_panel],
        [sampling_panel.list_alarms, programme_panel.list_alarms],
        [sampling_panel.show_day, board.show_day],
    )
