"""Standings that a person gives by hand: vaccinated, in hospital, green channel. Each is an entry,
and is taken back by a settling entry.

Refuses every other standing, one for more than one person at a time, and one that begins ahead of
us: what cannot be said in a `standing.given` cannot be given (entries.ByHand).
"""

from typing import NamedTuple, get_args

from doorstep.kit import clock
from doorstep.ledger import desk, refusals
from doorstep.registry import access, entries, models, people

BY_HAND: tuple[str, ...] = get_args(entries.ByHand)
GIVERS = people.LISTERS


class Given(NamedTuple):
    """A standing given by hand. Moments in microseconds; `until_at` None: no end."""

    entry: str
    kind: str
    from_at: int
    until_at: int | None


def give(
    staff: access.Staff,
    person: str,
    standing: str,
    *,
    at: int | None = None,
    until: int | None = None,
) -> str:
    """Give somebody a standing from a moment on (now, if None); the entry.

    Raises:
        Refused: NOT_FOUND, NOT_YOURS, REQUEST_INVALID (no standing of BY_HAND), STANDING_MOMENT.
    """
    place = _may(staff, person)
    if standing not in BY_HAND:
        raise refusals.Refused("REQUEST_INVALID")
    now = clock.now()
    begins = now if at is None else at
    if begins > now or (until is not None and until <= max(begins, now)):
        raise refusals.Refused("STANDING_MOMENT")
    said = {
        "kind": "standing.given",
        "subject": person,
        "standing": standing,
        "at": begins,
        "until": None if until is None else clock.to_moment(until, "UTC"),
        "place": place,
    }
    return desk.post(str(staff.id), [said])[0]


def take_back(staff: access.Staff, person: str, entry: str) -> None:
    """Take a standing back that was given by hand.

    Raises:
        Refused: NOT_FOUND, NOT_YOURS.
    """
    _may(staff, person)
    if entry not in {each.entry for each in list_given(person)}:
        raise refusals.Refused("NOT_FOUND")
    desk.post(str(staff.id), [{"kind": "line.settled", "entries": [entry], "stands": []}])


def list_given(person: str) -> list[Given]:
    """What was given to somebody by hand and stands, the latest first."""
    found = models.Standing.objects.filter(subject=person, kind__in=BY_HAND)
    return [
        Given(str(each.entry), each.kind, each.from_at, each.until_at)
        for each in found.order_by("-from_at", "entry")
    ]


def _may(staff: access.Staff, person: str) -> str | None:
    seen = people.get_person(staff, person)
    if not access.has(staff, GIVERS, seen.place):
        raise refusals.Refused("NOT_YOURS")
    return seen.place
