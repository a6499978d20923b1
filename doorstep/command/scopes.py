"""Who may look at what at the command post: a role at a place shows the place, what is below it and
what it lies in, as far as it lies there. Refuses to show people outside a person's own places.
"""

from collections.abc import Collection

from django.http import HttpRequest

from doorstep.face import pages
from doorstep.ledger import refusals, store
from doorstep.registry import access

COMMANDERS = ("administrator", "duty_officer")
WATCHERS = (*COMMANDERS, "approver", "registrar", "steward", "inspector")
AT_THE_DOOR = (*COMMANDERS, "registrar", "steward")
RECORDERS = (*COMMANDERS, "registrar")


def list_scopes(staff: access.Staff, roles: Collection[str] = WATCHERS) -> list[str]:
    """The paths of the places where this person holds one of `roles`."""
    held = access.places_for(staff, roles)
    return [path for (path,) in store.select("registry_place", ["path"], "id", held)]


def require_sight(request: HttpRequest, place: str) -> None:
    """Refuse unless the signed-in staff watches `place`, or something in it or above it.

    Raises:
        Refused: NOT_FOUND, NOT_YOURS.
    """
    found = store.select("registry_place", ["path"], "id", [place])
    if not found:
        raise refusals.Refused("NOT_FOUND")
    path = found[0][0]
    scopes = list_scopes(request.user)
    if not any(path.startswith(scope) or scope.startswith(path) for scope in scopes):
        raise refusals.Refused("NOT_YOURS")


def require_people(request: HttpRequest, door: str | None) -> None:
    """Refuse unless the people behind `door` are this person's to see; without a door they are
    those of whoever records at the top or at any place.

    Raises:
        Refused: NOT_YOURS.
    """
    pages.require(request, *WATCHERS, place=door)
