"""Who may look at what at the command post: a role at a place shows the place, what is below it and
what it lies in, as far as it lies there. Refuses to show people outside a person's own places.
"""

from collections.abc import Collection
from typing import NamedTuple

from django.db.models import QuerySet
from django.http import HttpRequest

from doorstep.face import pages
from doorstep.ledger import kinds, models, refusals, store
from doorstep.registry import access, queries
from doorstep.registry import models as registry
from doorstep.rounds import scopes as rounds

COMMANDERS = ("administrator", "duty_officer")
WATCHERS = (*COMMANDERS, "approver", "registrar", "steward", "inspector")
AT_THE_DOOR = (*COMMANDERS, "registrar", "steward")
RECORDERS = (*COMMANDERS, "registrar")


def list_scopes(staff: access.Staff, roles: Collection[str] = WATCHERS) -> list[str]:
    """The paths of the places where this person holds one of `roles`."""
    held = access.places_for(staff, roles)
    return [path for (path,) in store.select("registry_place", ["path"], "id", held)]


def list_estates(staff: access.Staff, roles: Collection[str]) -> list[registry.Place]:
    """The estates in which, or in part of which, this person holds one of `roles`."""
    paths = list_scopes(staff, roles)
    return [
        each
        for each in queries.list_places("estate")
        if any(each.path.startswith(path) or path.startswith(each.path) for path in paths)
    ]


def list_devices(staff: access.Staff, roles: Collection[str]) -> "QuerySet[models.Device]":
    """The devices, but the desk's own, that stand where this person holds one of `roles`. What
    stands at no place of the tree, as a laboratory's device, is seen from its top.
    """
    found = models.Device.objects.exclude(role=kinds.DESK)
    root = queries.find_root()
    if root is None or access.has(staff, roles, str(root.id)):
        return found
    stands = {str(place) for place in found.values_list("place", flat=True).distinct() if place}
    return found.filter(place__in=access.where(staff, roles, stands))


class Sight(NamedTuple):
    """What of an area somebody sees. `scope`: the parts of it; None where that is all of it."""

    paths: list[str]
    scope: rounds.Scope | None


def see_within(staff: access.Staff, place: str) -> Sight:
    """What of `place` this person watches. Every page that lists doors or people of a place narrows
    itself by this; constant in statements. Raises Refused: NOT_FOUND.
    """
    found = store.select("registry_place", ["path"], "id", [place])
    if not found:
        raise refusals.Refused("NOT_FOUND")
    whole = found[0][0]
    held = list_scopes(staff)
    if any(whole.startswith(path) for path in held):
        return Sight([whole], None)
    parts = sorted(path for path in held if path.startswith(whole))
    return Sight(parts, rounds.read(parts))


def require_sight(request: HttpRequest, place: str) -> Sight:
    """What the signed-in staff sees of `place`; refuse unless they watch it, or something in it or
    above it.

    Raises:
        Refused: NOT_FOUND, NOT_YOURS.
    """
    found = see_within(request.user, place)
    if not found.paths:
        raise refusals.Refused("NOT_YOURS")
    return found


def narrow(request: HttpRequest, place: str) -> rounds.Scope:
    """What `place`, asked for inside something larger, comes to for the signed-in staff.

    Raises:
        Refused: NOT_FOUND, NOT_YOURS.
    """
    return rounds.read(require_sight(request, place).paths)


def require_people(request: HttpRequest, door: str | None) -> None:
    """Refuse unless the people behind `door` are this person's to see; without a door they are
    those of whoever records at the top or at any place.

    Raises:
        Refused: NOT_YOURS.
    """
    pages.require(request, *WATCHERS, place=door)
