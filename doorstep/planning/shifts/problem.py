"""What is asked of a shift plan: people, shifts, the cover wanted by place and skill, the rules.

Refuses, by `Wrong` with the path of the field, names that are not there, things said twice, days
outside the plan, and rules that reach over more than the following day. Days count from 1.
"""

from collections.abc import Iterable
from datetime import date
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from doorstep.planning.wrong import Wrong

MOST_DAYS: Final = 31
MOST_PEOPLE: Final = 2_000
MOST_POSTS: Final = 60
MOST_CELLS: Final = 2_000_000  # people × days × posts
OFF_RUN: Final = 2  # days off together, unless it is said: an assumption
OFF_RUN_FROM: Final = 7  # days of a plan that has room for them
DAY_MINUTES: Final = 1_440
Name = Annotated[str, Meta(min_length=1, max_length=60)]
Day = Annotated[int, Meta(ge=1, le=MOST_DAYS)]
Price = Annotated[int, Meta(ge=0, le=10_000)]


class _Struct(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass


class Shift(_Struct, frozen=True):
    """`start`: minute of the day it belongs to; `minutes`: how long; `night`: counts as a night."""

    name: Name
    start: Annotated[int, Meta(ge=0, lt=DAY_MINUTES)]
    minutes: Annotated[int, Meta(ge=30, le=960)]
    night: bool = False


class Wish(_Struct, frozen=True):
    """Somebody would like `shift` on `day`; "" is a day off."""

    day: Day
    shift: Annotated[str, Meta(max_length=60)] = ""


class Person(_Struct, frozen=True):
    """`places`, `shifts`: where and when they may work (empty: everywhere, any). `unavailable`:
    days without work. `before`: their shifts on the days before the first, the last of them last;
    "" is a day off.
    """

    name: Name
    unit: Annotated[str, Meta(max_length=60)] = ""
    skills: tuple[Name, ...] = ()
    places: tuple[Name, ...] = ()
    shifts: tuple[Name, ...] = ()
    unavailable: tuple[Day, ...] = ()
    wishes: tuple[Wish, ...] = ()
    before: Annotated[
        tuple[Annotated[str, Meta(max_length=60)], ...], Meta(max_length=MOST_DAYS)
    ] = ()


class Cover(_Struct, frozen=True):
    """At least `people` with `skill` ("": anybody) in `place` in `shift`, on `days` (empty: all).
    A person counts for each of their skills.
    """

    place: Name
    shift: Name
    people: Annotated[int, Meta(ge=1, le=MOST_PEOPLE)]
    skill: Annotated[str, Meta(max_length=60)] = ""
    days: tuple[Day, ...] = ()


class Rules(_Struct, frozen=True):
    """Never broken. `rest`: minutes between two shifts. Days of work in a row, days and nights of
    work in the plan, nights in a row: at most. `off_run`: so many days off in a row, once at least
    (0: not asked); where it is not said, `Roster.off_run` says it.
    """

    rest: Annotated[int, Meta(ge=0, le=DAY_MINUTES)] = 660
    most_run: Annotated[int, Meta(ge=1, le=14)] = 6
    most_days: Annotated[int, Meta(ge=1, le=MOST_DAYS)] = 11
    most_nights: Annotated[int, Meta(ge=0, le=MOST_DAYS)] = 4
    most_nights_run: Annotated[int, Meta(ge=1, le=14)] = 3
    off_run: Annotated[int, Meta(ge=0, le=7)] | None = None


class Fair(_Struct, frozen=True):
    """Days of work from `days_low` to `days_high` and nights up to `nights` cost nothing. Days that
    somebody is unavailable lower `days_low` in proportion.
    """

    days_low: Annotated[int, Meta(ge=0, le=MOST_DAYS)] = 0
    days_high: Annotated[int, Meta(ge=0, le=MOST_DAYS)] = MOST_DAYS
    nights: Annotated[int, Meta(ge=0, le=MOST_DAYS)] = MOST_DAYS


class Prices(_Struct, frozen=True):
    """In points, assumptions to be changed at will: one person short in one shift; a wish not
    granted; a day, a night outside what is fair; a person's day that is not as it was planned; a
    day of work, so that nobody is called who is not needed.
    """

    short: Annotated[int, Meta(ge=1, le=10_000)] = 100
    wish: Price = 10
    days: Price = 5
    nights: Price = 2
    change: Price = 20
    duty: Price = 1


class Duty(_Struct, frozen=True):
    """Who works when and where: a line of a plan."""

    person: Name
    day: Day
    shift: Name
    place: Name


class Earlier(_Struct, frozen=True):
    """A plan that holds already. Days before `from_day` are past and stay as they were, whatever
    the rules say; later ones may change, at a price.
    """

    duties: tuple[Duty, ...]
    from_day: Day = 1


class Effort(_Struct, frozen=True):
    """Limits of the search: `moves` that are tried, `rounds` of the bound."""

    moves: Annotated[int, Meta(ge=1, le=2_000_000_000)] = 30_000_000
    rounds: Annotated[int, Meta(ge=0, le=500)] = 40


class Roster(_Struct, frozen=True):
    """The whole question. `first_day`: the date of day 1 (YYYY-MM-DD), for who reads the plan."""

    name: Name
    days: Annotated[int, Meta(ge=1, le=MOST_DAYS)]
    shifts: Annotated[tuple[Shift, ...], Meta(min_length=1, max_length=8)]
    people: Annotated[tuple[Person, ...], Meta(min_length=1, max_length=MOST_PEOPLE)]
    cover: Annotated[tuple[Cover, ...], Meta(min_length=1, max_length=1_000)]
    rules: Rules = Rules()
    fair: Fair = Fair()
    prices: Prices = Prices()
    earlier: Earlier | None = None
    effort: Effort = Effort()
    seed: Annotated[int, Meta(ge=0, lt=2**31)] = 1
    first_day: Annotated[str, Meta(pattern=r"^([0-9]{4}-[01][0-9]-[0-3][0-9])?\Z")] = ""

    @property
    def off_run(self) -> int:
        """Days off in a row that everybody has, once at least. Unless the rules say it: two in a
        plan of a week or longer, and none in a shorter one, which they would leave empty.
        """
        if self.rules.off_run is not None:
            return self.rules.off_run
        return OFF_RUN if self.days >= OFF_RUN_FROM else 0


def check(roster: Roster) -> None:
    """Raises `Wrong` for what the bounds of the fields cannot say."""
    _check_first_day(roster.first_day)
    shifts, places = _check_shifts(roster), {each.place for each in roster.cover}
    people = _once("people", (each.name for each in roster.people))
    posts = {(each.place, each.shift) for each in roster.cover}
    if len(posts) > MOST_POSTS:
        raise Wrong("cover", "MOST", most=MOST_POSTS)
    if len(roster.people) * roster.days * (len(posts) + 1) > MOST_CELLS:
        raise Wrong("people", "MOST", most=MOST_CELLS // (roster.days * (len(posts) + 1)))
    if roster.fair.days_high < roster.fair.days_low:
        raise Wrong("fair.days_high", "LATER", than=roster.fair.days_low - 1)
    if roster.off_run >= roster.days:  # nobody could work at all
        raise Wrong("rules.off_run", "BETWEEN", low=0, high=roster.days - 1)
    seen = set()
    for number, cover in enumerate(roster.cover):
        at = f"cover[{number}]"
        _known(f"{at}.shift", (cover.shift,), shifts)
        _days(f"{at}.days", cover.days, roster.days)
        for day in cover.days or range(1, roster.days + 1):
            if (key := (cover.place, cover.shift, cover.skill, day)) in seen:
                raise Wrong(at, "TWICE", what=" ".join(map(str, key)))
            seen.add(key)
    for number, person in enumerate(roster.people):
        at = f"people[{number}]"
        _known(f"{at}.shifts", person.shifts, shifts)
        _known(f"{at}.places", person.places, places)
        _known(f"{at}.before", filter(None, person.before), shifts)
        _known(f"{at}.wishes", (each.shift for each in person.wishes if each.shift), shifts)
        _days(f"{at}.unavailable", person.unavailable, roster.days)
        _days(f"{at}.wishes", [each.day for each in person.wishes], roster.days)
    if roster.earlier is not None:
        _check_earlier(roster, roster.earlier, people, posts)


def _check_first_day(text: str) -> None:
    if text:
        try:
            date.fromisoformat(text)
        except ValueError:
            raise Wrong("first_day", "TYPE", right="YYYY-MM-DD", got=text) from None


def _check_shifts(roster: Roster) -> set[str]:
    first = min(each.start for each in roster.shifts)
    for number, shift in enumerate(roster.shifts):
        most = 2 * DAY_MINUTES + first - shift.start - roster.rules.rest
        if shift.minutes > most:  # it would forbid shifts of the day after the next
            raise Wrong(f"shifts[{number}].minutes", "REST_TOO_LONG", most=most)
    return _once("shifts", (each.name for each in roster.shifts))


def _check_earlier(
    roster: Roster, earlier: Earlier, people: set[str], posts: set[tuple[str, str]]
) -> None:
    _days("earlier.from_day", [earlier.from_day], roster.days)
    seen = set()
    for number, duty in enumerate(earlier.duties):
        at = f"earlier.duties[{number}]"
        _known(f"{at}.person", (duty.person,), people)
        _days(f"{at}.day", [duty.day], roster.days)
        if (duty.place, duty.shift) not in posts:
            raise Wrong(at, "NOT_THERE", what=f"{duty.place} {duty.shift}")
        if (duty.person, duty.day) in seen:
            raise Wrong(at, "TWICE", what=f"{duty.person} {duty.day}")
        seen.add((duty.person, duty.day))


def _once(field: str, names: Iterable[str]) -> set[str]:
    seen: set[str] = set()
    for number, name in enumerate(names):
        if name in seen:
            raise Wrong(f"{field}[{number}].name", "TWICE", what=name)
        seen.add(name)
    return seen


def _known(field: str, names: Iterable[str], known: set[str]) -> None:
    for name in names:
        if name not in known:
            raise Wrong(field, "NOT_THERE", what=name)


def _days(field: str, days: Iterable[int], last: int) -> None:
    for day in days:
        if day > last:
            raise Wrong(field, "BETWEEN", low=1, high=last)
