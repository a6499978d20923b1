"""May this person do this here? For acts of the registry, which are named by a staff id.

Refuses with NOT_YOURS. In a book where nobody was ever given a role the first person may do
everything: that is how an installation begins.
"""

from collections.abc import Collection
from typing import NamedTuple

from doorstep.ledger import refusals
from doorstep.registry import access, models


class Staff(NamedTuple):
    """A member of staff by id alone, as registry.access wants one."""

    id: str


def require(by: str, roles: Collection[str], place: str | None) -> None:
    """Do nothing if `by` holds one of `roles` at `place` (anywhere, if None).

    Raises:
        Refused: NOT_YOURS.
    """
    if access.has(Staff(by), roles, place):
        return
    if models.RoleAct.objects.exists() or models.Role.objects.exists():
        raise refusals.Refused("NOT_YOURS")
