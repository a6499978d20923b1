"""What the acts of the programme share: who may, and finding a project or a voice.

Refuses with NOT_YOURS or NOT_FOUND.
"""

from typing import Any, Protocol

from doorstep.kit import ids
from doorstep.ledger import refusals, store
from doorstep.operations.programme import models
from doorstep.registry import access

COMMANDERS = ("administrator", "duty_officer")
SECONDS = (*COMMANDERS, "approver")
LISTENERS = (*COMMANDERS, "registrar", "steward")
READERS = (*LISTENERS, "approver", "inspector")


class Staff(Protocol):
    """Whoever signed in: only the id is asked for here."""

    @property
    def id(self) -> Any: ...


def find_project(project: str) -> models.Project:
    """The project. Raises Refused: NOT_FOUND."""
    found = models.Project.objects.filter(project=_read(project)).first()
    if found is None:
        raise refusals.Refused("NOT_FOUND")
    return found


def find_voice(voice: str) -> models.Voice:
    """The voice. Raises Refused: NOT_FOUND."""
    found = models.Voice.objects.filter(voice=_read(voice)).first()
    if found is None:
        raise refusals.Refused("NOT_FOUND")
    return found


def works_on(staff: Staff, project: models.Project) -> bool:
    """Whether this person reports on a project: whoever leads it, serves in the unit that answers
    for it, or commands at its place.
    """
    if str(project.leader) == str(staff.id) or unit_of(staff) == str(project.unit):
        return True
    return access.has(staff, COMMANDERS, str(project.place))


def require_work(staff: Staff, project: models.Project) -> None:
    """Refuse unless `works_on`. Raises Refused: NOT_YOURS."""
    if not works_on(staff, project):
        raise refusals.Refused("NOT_YOURS")


def require(staff: Staff, roles: tuple[str, ...], place: str | None) -> None:
    """Refuse unless this person holds one of the roles there. Raises Refused: NOT_YOURS."""
    if not access.has(staff, roles, place):
        raise refusals.Refused("NOT_YOURS")


def unit_of(staff: Staff) -> str | None:
    """The unit this person serves in."""
    rows = store.select("registry_staff", ["unit"], "id", [str(staff.id)])
    return str(rows[0][0]) if rows and rows[0][0] else None


def _read(text: str) -> str:
    if not ids.is_canonical(text):
        raise refusals.Refused("NOT_FOUND")
    return text
