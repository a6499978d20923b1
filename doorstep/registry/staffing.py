"""Units and the people who serve in them: making them, posting them to a unit, their accounts,
passwords and roles. Roles are entries; the rest are rows of the vault.

Refuses a second account of one name, a weak password, giving a role where one has no say, and
changing the account of somebody who has a role where one has none.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from django.contrib.auth import hashers, password_validation
from django.core import exceptions

from doorstep.kit import ids
from doorstep.ledger import desk, devices, refusals, store, writer
from doorstep.registry import access, models, queries, rights

ADMINISTRATORS = ("administrator",)
_UNIT = ["id", "type", "name", "english", "parent", "serves", "founded_on", "founded_by", "leader",
         "sort"]  # fmt: skip
_STAFF = ["id", "name", "title", "account", "unit", "is_active", "password"]


class NewUnit(NamedTuple):
    """A unit to be made. `type` is the town's word; `serves` the place it is there for."""

    name: str
    type: str = "other"
    id: str = ""
    english: str = ""
    parent: str | None = None
    serves: str | None = None
    founded_on: str | None = None
    founded_by: str = ""
    leader: str | None = None
    sort: int = 0


class NewStaff(NamedTuple):
    """Somebody to be taken on. Without an account they do not sign in; `roles` are (role, place).
    `password` may be given as `encoded` instead, when many share one in a demonstration.
    """

    name: str
    unit: str | None = None
    account: str | None = None
    password: str | None = None
    roles: Sequence[tuple[str, str]] = ()
    id: str = ""
    title: str = ""
    encoded: str = ""


def add_units(by: str, units: Iterable[NewUnit]) -> list[str]:
    """Make units; their ids, in the same order.

    Raises:
        Refused: NOT_YOURS.
    """
    made = [unit if unit.id else unit._replace(id=ids.new()) for unit in units]
    for place in {unit.serves for unit in made}:
        rights.require(by, ADMINISTRATORS, place)
    rows = [
        (u.id, u.type, u.name, u.english, u.parent, u.serves, u.founded_on, u.founded_by, u.leader,
         u.sort)
        for u in made
    ]  # fmt: skip
    writer.run(lambda: store.insert("registry_unit", _UNIT, rows))
    return [unit.id for unit in made]


def add_unit(by: str, name: str, *, type: str = "other", serves: str | None = None) -> str:
    """Make one unit; its id. Raises Refused: NOT_YOURS."""
    return add_units(by, [NewUnit(name, type, serves=serves)])[0]


def add_staff(
    by: str,
    *,
    account: str | None,
    name: str,
    unit: str | None = None,
    password: str | None = None,
    roles: Sequence[tuple[str, str]] = (),
    title: str = "",
) -> str:
    """Take one person on; their id. Raises as `add_people_on_duty` does."""
    new = NewStaff(name, unit, account, password, roles, title=title)
    return add_people_on_duty(by, [new])[0]


def add_people_on_duty(by: str, people: Iterable[NewStaff]) -> list[str]:
    """Take people on, with their accounts and roles; their ids, in the same order.

    Raises:
        Refused: NOT_YOURS, ACCOUNT_TAKEN, ACCOUNT_MISSING, PASSWORD_WEAK, ROLE_UNKNOWN. Nothing is
            kept then.
    """
    made = [each if each.id else each._replace(id=ids.new()) for each in people]
    granted = [(each.id, role, place) for each in made for role, place in each.roles]
    _check_grants(by, granted)
    if not granted:
        rights.require(by, ADMINISTRATORS, None)
    rows = [_row_of(each) for each in made]
    accounts = [row[3] for row in rows if row[3]]

    def put() -> None:
        _refuse_taken(accounts)
        store.insert("registry_staff", _STAFF, rows)

    if granted:
        desk.post(by, [_grant(*each) for each in granted], within=put)
    else:
        writer.run(put)
    return [each.id for each in made]


def grant(by: str, staff: str, role: str, place: str) -> str:
    """Give somebody a role at a place and all below it; the entry.

    Raises:
        Refused: NOT_YOURS, ROLE_UNKNOWN.
    """
    _check_grants(by, [(staff, role, place)])
    return desk.post(by, [_grant(staff, role, place)])[0]


def revoke(by: str, staff: str, role: str, place: str) -> str:
    """Take a role back; the entry.

    Raises:
        Refused: NOT_YOURS, ROLE_UNKNOWN, LAST_ADMINISTRATOR.
    """
    _check_grants(by, [(staff, role, place)])
    fields = {"kind": "role.revoked", "staff": staff, "role": role, "at_place": place}
    check = None if role not in ADMINISTRATORS else lambda: _refuse_last(staff, place)
    return desk.post(by, [fields], within=check)[0]


def set_password(by: str, staff: str, password: str) -> None:
    """Give an account a password; one's own, or as its administrator. Ends its sessions.

    Raises:
        Refused: NOT_YOURS, PASSWORD_WEAK.
    """
    if by != staff:
        require_over(by, [staff])
    encoded = hash_password(password)
    writer.run(lambda: _update(staff, password=encoded))


def post_to_unit(by: str, staff: Iterable[str], unit: str | None) -> None:
    """Let people serve in a unit from now on. Raises Refused: NOT_YOURS."""
    named = list(staff)
    require_over(by, named)
    writer.run(lambda: models.Staff.objects.filter(id__in=named).update(unit=unit))


def set_active(by: str, staff: str, active: bool) -> None:
    """Let somebody sign in, or no longer; who is off duty writes with no device either, until
    assigned to one again. Raises Refused: NOT_YOURS, LAST_ADMINISTRATOR.
    """
    require_over(by, [staff])

    def act() -> None:
        if not active and staff in _list_heads():
            _refuse_last(staff, None)
        _update(staff, is_active=active)
        if not active:
            devices.unassign(staff)

    writer.run(act)


def require_over(by: str, staff: Collection[str]) -> None:
    """Do nothing if `by` administers every place where these people have a role. An account is as
    strong as its roles: whoever had less could take them over with it. Who has none belongs to the
    top of the tree.

    Raises:
        Refused: NOT_YOURS.
    """
    held = store.select("registry_role", ["staff", "place"], "staff", set(staff))
    places: set[str | None] = {str(place) for _, place in held}
    if set(staff) - {str(each) for each, _ in held}:
        root = queries.find_root()
        places.add(root.id if root else None)
    for place in places:
        rights.require(by, ADMINISTRATORS, place)


def has_over(by: str, staff: str) -> bool:
    """Whether `require_over` would let `by` change this account; for pages."""
    try:
        require_over(by, [staff])
    except refusals.Refused:
        return False
    return True


def find_staff(account: str) -> models.Staff | None:
    """The staff of an account."""
    return models.Staff.objects.filter(account=account.strip()).first()


def find_administrator() -> str | None:
    """The id of one of the people who run the installation, if there is any yet."""
    rows = store.query(
        "SELECT r.staff FROM registry_role r JOIN registry_place p ON p.id = r.place "
        "WHERE r.role = 'administrator' ORDER BY p.parent IS NOT NULL, r.staff LIMIT 1"
    )
    return str(rows[0][0]) if rows else None


def list_holders(role: str, place: str) -> list[str]:
    """The staff ids of all who hold a role at a place or above it."""
    found = store.select("registry_place", ["path"], "id", [place])
    if not found:
        return []
    above = found[0][0].strip("/").split("/")
    rows = store.select("registry_role", ["staff", "role"], "place", above)
    return sorted({str(staff) for staff, held in rows if held == role})


def _list_heads() -> set[str]:
    """Who administers the top of the tree, and so can give every role again."""
    root = queries.find_root()
    return set(list_holders("administrator", root.id)) if root else set()


def _refuse_last(staff: str, place: str | None) -> None:
    """Do nothing if somebody who may sign in administers the top of the tree when this person no
    longer does, at `place` or, with None, at all. Raises Refused: LAST_ADMINISTRATOR.
    """
    root, heads = queries.find_root(), _list_heads()
    if root is None or place in (None, root.id):
        heads.discard(staff)
    if not models.Staff.objects.filter(id__in=heads, is_active=True).exists():
        raise refusals.Refused("LAST_ADMINISTRATOR")


def check_password(password: str) -> None:
    """Do nothing if a password may be used. Raises Refused: PASSWORD_WEAK."""
    try:
        password_validation.validate_password(password)
    except exceptions.ValidationError:
        raise refusals.Refused("PASSWORD_WEAK") from None


def hash_password(password: str) -> str:
    """The stored form of a password. Raises Refused: PASSWORD_WEAK."""
    check_password(password)
    return str(hashers.make_password(password))


def _row_of(new: NewStaff) -> tuple[str, str, str, str | None, str | None, bool, str]:
    account = (new.account or "").strip() or None
    encoded = new.encoded
    if account is None and new.password is not None:
        raise refusals.Refused("ACCOUNT_MISSING")
    if not encoded:
        encoded = (
            hash_password(new.password)
            if new.password is not None
            else str(hashers.make_password(None))
        )
    return (new.id, new.name, new.title, account, new.unit, True, encoded)


def _refuse_taken(accounts: Sequence[str]) -> None:
    taken = store.select("registry_staff", ["account"], "account", accounts)
    twice = len(set(accounts)) != len(accounts)
    if taken or twice:
        name = taken[0][0] if taken else max(accounts, key=accounts.count)
        raise refusals.Refused("ACCOUNT_TAKEN", account=name)


def _check_grants(by: str, granted: Sequence[tuple[str, str, str]]) -> None:
    for _, role, _place in granted:
        if role not in access.ROLES:
            raise refusals.Refused("ROLE_UNKNOWN", role=role)
    for place in {place for _, _, place in granted}:
        rights.require(by, ADMINISTRATORS, place)


def _grant(staff: str, role: str, place: str) -> dict[str, str]:
    return {"kind": "role.granted", "staff": staff, "role": role, "at_place": place}


def _update(staff: str, **fields: object) -> None:
    models.Staff.objects.filter(id=staff).update(**fields)
