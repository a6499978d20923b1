"""What a person sees of sampling: the rounds and areas of their roles. Small helps for forms."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _

from doorstep.ledger import refusals
from doorstep.operations.sampling import actions
from doorstep.operations.sampling.actions import common
from doorstep.operations.sampling.pages import words
from doorstep.registry import access
from doorstep.rounds import models as rounds
from doorstep.rounds import queries, round_kinds, rules

MOST_OFFERED = 60  # rounds in a choice, when no more are live


def rounds_of(staff: common.Staff, **asked: Any) -> "QuerySet[rounds.Round]":
    """The sampling rounds this person may see, as queries.rounds_for has them."""
    return queries.rounds_for(staff, kinds=round_kinds.list_marked(common.MARK), **asked)


def list_live(staff: common.Staff) -> list[rounds.Round]:
    """The sampling rounds that are not closed, as `in_order` has them."""
    return in_order(list(rounds_of(staff, live=True)))


class Offer(NamedTuple):
    """Rounds to choose from, in order; `more`: there are others, which are found by their day."""

    rounds: list[rounds.Round]
    more: bool
    day: str

    @property
    def choices(self) -> list[tuple[str, str]]:
        """(round, its label) for a form."""
        return words.label_rounds(self.rounds)


def offer_rounds(request: HttpRequest) -> Offer:
    """The sampling rounds of the day that the form asks for (`?day=`), else all that are live and
    the newest others; always the one that is chosen (`?round=`). None that was withdrawn, but then.
    """
    day, wanted = request.GET.get("day", ""), request.GET.get("round", "")
    every = rounds_of(request.user)
    offered = every.exclude(state="closed", reason=rules.MISTAKE)
    found = list(offered.filter(day=day) if day else offered[: MOST_OFFERED + 1])
    more = bool(day) or len(found) > MOST_OFFERED
    live = [] if day else list(offered.exclude(state="closed"))
    chosen = every.filter(id=wanted) if wanted else []
    known = {each.id: each for each in (*found[:MOST_OFFERED], *live, *chosen)}
    return Offer(in_order(list(known.values())), more, day)


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
