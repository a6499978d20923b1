"""Who may do what, and where: a role at a place covers the place and all below it."""

from collections.abc import Collection
from typing import Any, Protocol

from doorstep.ledger import store

# The roles there are, with their words. What each may do is said by the actions and pages.
ROLES: dict[str, tuple[str, str]] = {
    "administrator": ("Administrator", "系统管理员"),
    "duty_officer": ("Duty officer", "值班员"),
    "approver": ("Approver", "审批人"),
    "registrar": ("Registrar", "信息录入员"),
    "steward": ("Steward", "管家"),
    "courier": ("Courier", "转运员"),
    "laboratory": ("Laboratory", "实验室"),
    "inspector": ("Inspector", "督导检查员"),
}


class Staff(Protocol):
    """Whoever signed in: only the id is asked for here."""

    @property
    def id(self) -> Any: ...


def has(staff: Staff, roles: Collection[str], place: str | None) -> bool:
    """Whether this person holds one of `roles` at `place`; anywhere at all if None."""
    held = places_for(staff, roles)
    if place is None or not held:
        return bool(held)
    if place in held:
        return True
    found = store.select("registry_place", ["path"], "id", [place])
    return bool(found) and not held.isdisjoint(found[0][0].strip("/").split("/"))


def where(staff: Staff, roles: Collection[str], places: Collection[str]) -> set[str]:
    """Those of `places` at which this person holds one of `roles`. Two statements, however many."""
    held = places_for(staff, roles)
    if not held:
        return set()
    found = store.select("registry_place", ["id", "path"], "id", places)
    return {str(id_) for id_, path in found if not held.isdisjoint(path.strip("/").split("/"))}


def places_for(staff: Staff, roles: Collection[str] | None = None) -> set[str]:
    """The places where this person holds a role, or one of `roles`."""
    rows = store.select("registry_role", ["role", "place"], "staff", [str(staff.id)])
    return {str(place) for role, place in rows if roles is None or role in roles}


def list_roles(staff: Staff) -> list[tuple[str, str]]:
    """(role, place) of everything this person holds."""
    rows = store.select("registry_role", ["role", "place"], "staff", [str(staff.id)])
    return sorted((role, str(place)) for role, place in rows)
