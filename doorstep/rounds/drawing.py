"""Drawing a due list: from who lives where to who is due, who is excused, who waits at home. Pure.

Refuses to guess: who is away or moved out is not due; who is not known to be present is not listed.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from doorstep.kit import clock
from doorstep.rounds import round_kinds

PRESENT = "present"


class Held(NamedTuple):
    """A standing somebody holds, from and until in microseconds since 1970 UTC."""

    kind: str
    from_at: int
    until_at: int | None


class Drawn(NamedTuple):
    """A due list. `due`: (subject, door, "table" or "home"); `excused`: (subject, reason), of
    subjects that are on the list too.
    """

    due: list[tuple[str, str, str]]
    excused: list[tuple[str, str]]


def draw(
    kind: round_kinds.RoundKind,
    residents: Iterable[tuple[str, str, str]],
    *,
    flags: Mapping[str, Iterable[str]],
    standings: Mapping[str, Iterable[Held]],
    at: int,
    hours: Mapping[str, int] | None = None,
) -> Drawn:
    """The due list of a round at the moment `at`.

    Args:
        residents: (person, door, presence).
        flags: a person's special needs, by person.
        standings: what is held, by person or by door.
        hours: how long a standing excuses, by standing, where a pack says other than the kind.
    """
    present = [(person, door) for person, door, presence in residents if presence == PRESENT]
    if kind.subject == "door":
        return Drawn([(door, door, "table") for door in dict.fromkeys(d for _, d in present)], [])
    due, excused = [], []
    for person, door in dict.fromkeys(present):
        holding = [*standings.get(person, ()), *standings.get(door, ())]
        home = _waits_at_home(kind.home, flags.get(person, ()), holding, at)
        due.append((person, door, "home" if home else "table"))
        reason = excuse_of(kind, standings.get(person, ()), at, hours or {})
        if reason is not None:
            excused.append((person, reason))
    return Drawn(due, excused)


def _waits_at_home(
    home: round_kinds.Home | None, flags: Iterable[str], holding: Iterable[Held], at: int
) -> bool:
    if home is None:
        return False
    return (
        home.everyone
        or not set(home.flags).isdisjoint(flags)
        or any(
            each.kind in home.standings
            and each.from_at <= at
            and (each.until_at is None or at < each.until_at)
            for each in holding
        )
    )


def excuse_of(
    kind: round_kinds.RoundKind, holding: Iterable[Held], at: int, hours: Mapping[str, int]
) -> str | None:
    """Why the standings somebody holds excuse them at the moment `at`; None where they do not."""
    held = list(holding)
    for each in kind.exclusion:
        span = hours.get(each.standing, each.hours) * clock.HOUR
        # counted from when it began: "vaccinated less than 24 hours ago", however long it is shown
        if any(one.kind == each.standing and 0 <= at - one.from_at < span for one in held):
            return each.reason
    return None
