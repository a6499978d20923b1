"""What the acts of sampling share: who may, and finding a round, a table, a tube or a box.

Refuses with NOT_YOURS, LABORATORY_NOT_YOURS, NOT_FOUND or CODE_UNREADABLE.
"""

from collections.abc import Sequence
from typing import Any, Protocol

from doorstep.kit import clock, codes, ids
from doorstep.ledger import refusals, store
from doorstep.operations.sampling import models
from doorstep.orders import queries as orders
from doorstep.registry import access
from doorstep.registry import models as units
from doorstep.registry import queries as registry
from doorstep.rounds import models as rounds
from doorstep.rounds import round_kinds

MARK = "person.sampled"
COMMANDERS = ("administrator", "duty_officer")
AT_THE_TABLE = (*COMMANDERS, "registrar")
COURIERS = (*AT_THE_TABLE, "courier")
AT_THE_LABORATORY = (*COMMANDERS, "laboratory")
READERS = (*COMMANDERS, "approver", "registrar", "courier", "laboratory", "inspector")


class Staff(Protocol):
    """Whoever signed in: only the id is asked for here."""

    @property
    def id(self) -> Any: ...


def may(staff: Staff, roles: Sequence[str], place: str | None) -> None:
    """Refuse unless this person holds one of the roles at the place. Raises Refused: NOT_YOURS."""
    if not access.has(staff, roles, place):
        raise refusals.Refused("NOT_YOURS")


def list_laboratories(staff: Staff | None = None) -> list[units.Unit]:
    """The units that are laboratories, in their order; those in whose name `staff` may report, or
    all where there is none of them: then the refusal says why.
    """
    found = list(units.Unit.objects.filter(type="laboratory").order_by("sort", "name"))
    if staff is None or access.has(staff, COMMANDERS, None):
        return found
    own = unit_of(staff)
    return [unit for unit in found if str(unit.id) == own] or found


def check_laboratory(laboratory: str) -> None:
    """Refuse an id of no laboratory. Raises Refused: LABORATORY_UNKNOWN."""
    if not ids.is_canonical(laboratory):
        raise refusals.Refused("LABORATORY_UNKNOWN")
    if not units.Unit.objects.filter(id=laboratory, type="laboratory").exists():
        raise refusals.Refused("LABORATORY_UNKNOWN")


def speaks_for(staff: Staff, laboratory: str, place: str | None) -> bool:
    """Whether this person may say something in the name of a laboratory at the place: whoever
    serves in it, and the commanders of the place.
    """
    if access.has(staff, COMMANDERS, place):
        return True
    return laboratory == unit_of(staff)


def unit_of(staff: Staff) -> str | None:
    """The unit this person serves in."""
    rows = store.select("registry_staff", ["unit"], "id", [str(staff.id)])
    return str(rows[0][0]) if rows and rows[0][0] else None


def speak_for(staff: Staff, laboratory: str, place: str | None) -> None:
    """Refuse unless `speaks_for`. Raises Refused: LABORATORY_NOT_YOURS."""
    if not speaks_for(staff, laboratory, place):
        raise refusals.Refused("LABORATORY_NOT_YOURS")


def read_code(text: str) -> str:
    """The code scanned or typed. Raises Refused: CODE_UNREADABLE."""
    code = codes.normalise(text)
    if code is None:
        raise refusals.Refused("CODE_UNREADABLE", text=text[:40])
    return code


def read_id(text: str) -> str:
    """An id out of a form or an address. Raises Refused: NOT_FOUND for any other text."""
    if not ids.is_canonical(text):
        raise refusals.Refused("NOT_FOUND")
    return text


def find_round(round_: str) -> rounds.Round:
    """A round in which people are sampled. Raises Refused: NOT_FOUND."""
    found = rounds.Round.objects.filter(id=read_id(round_)).first()
    if found is None or MARK not in round_kinds.marks_of(found.round_kind):
        raise refusals.Refused("NOT_FOUND")
    return found


def open_round(round_: str) -> rounds.Round:
    """The same, and not closed. Raises Refused: NOT_FOUND, ROUND_CLOSED."""
    found = find_round(round_)
    if found.state == "closed":
        raise refusals.Refused("ROUND_CLOSED")
    return found


def find_table(table: str) -> Any:
    """The place of kind table. Raises Refused: NOT_FOUND."""
    place = registry.find_place(read_id(table))
    if place is None or place.kind != "table":
        raise refusals.Refused("NOT_FOUND")
    return place


def find_tube(code: str) -> models.Tube | None:
    """What a tube has come to; None when the book has no entry of it."""
    return models.Tube.objects.filter(tube=code).first()


def find_box(code: str) -> models.Box | None:
    """What a box has come to; None when the book has no entry of it."""
    return models.Box.objects.filter(box=code).first()


def area_of(round_: str | None) -> str | None:
    """Where a round is; None where it is not known."""
    if round_ is None:
        return None
    found = rounds.Round.objects.filter(id=round_).first()
    return str(found.area) if found else None


def pools_of(round_: rounds.Round) -> list[str]:
    """The tube sizes that orders and their pack allow in a round, the usual one first. A single
    tube always may be used: somebody who needs the result at once gets one.
    """
    kind = round_kinds.find_kind(round_.round_kind)
    if kind is not None and kind.pool is not None:
        return [kind.pool]
    said = orders.pool_rules(round_.area, round_.day)
    usual = round_.pool or said.pool or "single"
    others = [pool for pool in (*said.allowed, "single") if pool != usual]
    return list(dict.fromkeys((usual, *others)))


def check_moment(at: int | None) -> int:
    """The moment of an act: now, or one that lies behind us. Raises Refused: MOMENT_WRONG."""
    now = clock.now()
    if at is None:
        return now
    if not now - 7 * clock.DAY <= at <= now + 5 * clock.MINUTE:
        raise refusals.Refused("MOMENT_WRONG")
    return at
