"""What a person sees of sampling: the rounds and areas of their roles. Small helps for forms."""

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext as _

from doorstep.ledger import refusals
from doorstep.operations.sampling import actions
from doorstep.operations.sampling.actions import common
from doorstep.registry import access
from doorstep.rounds import models as rounds
from doorstep.rounds import queries, round_kinds


def areas_of(staff: common.Staff) -> set[str]:
    """The places where this person holds a role of sampling."""
    return access.places_for(staff, common.READERS)


def list_rounds(staff: common.Staff, *, limit: int = 60) -> list[rounds.Round]:
    """The sampling rounds this person may see, as `in_order` has them."""
    found = queries.list_rounds_for(staff, limit=limit)
    return in_order(
        [each for each in found if common.MARK in round_kinds.marks_of(each.round_kind)]
    )


def in_order(found: Sequence[rounds.Round]) -> list[rounds.Round]:
    """The latest day first, and of a day its own rounds before the re-samplings that came of them:
    a positive tube must not change the round under the hands of every table.
    """
    return sorted(found, key=lambda each: (each.day, each.parent is None), reverse=True)


def may(request: HttpRequest, roles: Sequence[str], place: str | None) -> bool:
    """Whether the signed-in staff holds one of the roles at the place (None: anywhere)."""
    return access.has(request.user, roles, place or None)


def read_number(text: str) -> int:
    """A count typed by a person. Raises Refused: COUNT_MISSING."""
    plain = text.strip()
    if not plain.isdecimal() or len(plain) > 6:
        raise refusals.Refused("COUNT_MISSING")
    return int(plain)


def tell(request: HttpRequest, text: str) -> None:
    """A message of something done, on the next page."""
    messages.success(request, text)


def take_back(request: HttpRequest) -> None:
    """Take back the line of the form, for its reason, and say so. Raises as actions.take_back."""
    form = request.POST
    actions.take_back(request.user, entry=form.get("entry", ""), reason=form.get("reason", ""))
    tell(request, _("Taken back. The line stays in the trail and counts for nothing."))
