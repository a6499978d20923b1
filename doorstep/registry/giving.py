"""Standings that a person gives by hand: vaccinated, in hospital, green channel. Each is an entry
about one person, and is taken back by a settling entry.

Refuses every other standing, and one that begins ahead of us: what cannot be said in a
`standing.given` cannot be given (entries.ByHand).
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, get_args

from doorstep.kit import clock
from doorstep.ledger import desk, refusals, store, writer
from doorstep.registry import access, entries, models, people

TOGETHER = 500  # entries in one transaction: the writer must not keep the tables waiting

BY_HAND: tuple[str, ...] = get_args(entries.ByHand)
GIVERS = people.LISTERS


class Gift(NamedTuple):
    """What somebody is to have from a moment on; `place`: where they live or were met."""

    person: str
    at: int
    place: str | None
    until: int | None = None


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
    gift = Gift(person, clock.now() if at is None else at, place, until)
    return desk.post(str(staff.id), [_say(standing, gift)])[0]


def give_each(
    staff: access.Staff,
    standing: str,
    gifts: Sequence[Gift],
    *,
    progress: Callable[[int], None] = lambda done: None,
) -> None:
    """Give each of these people the standing, an entry for each, some hundreds in a transaction;
    `progress` is told how many have it. One who has it from that very moment on is passed over, so
    that giving again what was cut short goes on.

    Raises:
        Refused: NOT_YOURS, at one of the places; REQUEST_INVALID, STANDING_MOMENT.
    """
    places = {gift.place for gift in gifts if gift.place}
    if access.where(staff, GIVERS, places) != places or not access.has(staff, GIVERS, None):
        raise refusals.Refused("NOT_YOURS")
    said = [_say(standing, gift) for gift in gifts]
    for start in range(0, len(gifts), TOGETHER):
        part = gifts[start : start + TOGETHER]

        def act(part: Sequence[Gift] = part, start: int = start) -> None:
            had = list_had(standing, [gift.person for gift in part])
            new = [
                said[start + at]
                for at, gift in enumerate(part)
                if (gift.person, gift.at) not in had
            ]
            if new:
                desk.post(str(staff.id), new)

        writer.run(act)
        progress(min(start + TOGETHER, len(gifts)))


def list_had(standing: str, people_: Sequence[str]) -> set[tuple[str, int]]:
    """(person, moment) of everybody who was given this standing and has it."""
    rows = store.select("registry_standing", ["subject", "kind", "from_at"], "subject", people_)
    return {(str(subject), int(at)) for subject, kind, at in rows if kind == standing}


def _say(standing: str, gift: Gift) -> dict[str, Any]:
    """The entry. Raises Refused: REQUEST_INVALID (no standing of BY_HAND), STANDING_MOMENT."""
    if standing not in BY_HAND:
        raise refusals.Refused("REQUEST_INVALID")
    now = clock.now()
    if gift.at > now or (gift.until is not None and gift.until <= max(gift.at, now)):
        raise refusals.Refused("STANDING_MOMENT")
    return {
        "kind": "standing.given",
        "subject": gift.person,
        "standing": standing,
        "at": gift.at,
        "until": None if gift.until is None else clock.to_moment(gift.until, "UTC"),
        "place": gift.place,
    }


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
