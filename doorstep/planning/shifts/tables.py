"""The problem as numbers: what each person's day costs, what may follow what, what cover is wanted.

A row (a person's plan) is a walk through the states of `Walk`: the last shift, days in a row,
nights in a row, days off in a row, and whether the run of days off was had. Option 0 of a day is
off; option p is post p, a shift in a place.
"""

from typing import Final, NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt

from doorstep.planning.shifts.problem import DAY_MINUTES, Person, Roster

Ints = npt.NDArray[np.int64]
FORBIDDEN: Final = 1 << 40
"""The cost of a day that may not be: more than all prices together."""


class Walk(NamedTuple):
    """`after[state, shift]`: the next state, also where it is forbidden (a past day may have done
    it); `allowed[state, shift]`: by the rules; `rested[state]`: the run of days off was had.
    Shift 0 is a day off. `start[person]`: the state before the first day.
    """

    after: Ints
    allowed: npt.NDArray[np.bool_]
    rested: npt.NDArray[np.bool_]
    start: Ints
    reasons: dict[tuple[int, int], str]


class Tables(NamedTuple):
    """n people, D days, P posts with off, C covers. `cell` (n, D, P): points of wishes and changes,
    or FORBIDDEN; `days`, `nights` (n, D + 1): points by how many; `most_days`, `most_nights`,
    `owed` (n,): limits, and 1 where the run of days off is still to be had; `shift_of`, `night_of`
    (P,); `kind` (n,): people alike in skills; `counts` (kinds, P, most): covers that a post counts
    for, -1 for none; `need` (C, D); `first`: the first day that is not past, from 0; `was` (n, D):
    the earlier plan, zeros without one; `short`: points of one missing; `unit`: the smallest price.
    """

    cell: Ints
    days: Ints
    nights: Ints
    most_days: Ints
    most_nights: Ints
    owed: Ints
    shift_of: Ints
    night_of: Ints
    kind: Ints
    counts: Ints
    need: Ints
    covers: tuple[tuple[str, str, str], ...]
    posts: tuple[tuple[str, str], ...]
    first: int
    was: Ints
    walk: Walk
    short: int
    unit: int


def build(roster: Roster) -> Tables:
    """The tables of a problem that was checked."""
    posts = tuple(dict.fromkeys((each.place, each.shift) for each in roster.cover))
    covers = tuple(dict.fromkeys((each.place, each.shift, each.skill) for each in roster.cover))
    need = np.zeros((len(covers), roster.days), np.int64)
    for each in roster.cover:
        for day in each.days or range(1, roster.days + 1):
            need[covers.index((each.place, each.shift, each.skill)), day - 1] = each.people
    names = {each.name: number for number, each in enumerate(roster.shifts, 1)}
    shift_of = np.array([0] + [names[shift] for _, shift in posts], np.int64)
    is_night = np.array([0] + [int(each.night) for each in roster.shifts], np.int64)
    first, was = _past(roster, posts)
    walk = _walk(roster, names)
    kinds = sorted({tuple(sorted(set(each.skills))) for each in roster.people})
    cell = _cells(roster, posts, first, was)
    n, off = len(roster.people), np.zeros(roster.days, np.int64)
    worked = (was[:, :first] > 0).sum(1)
    nights = is_night[shift_of[was[:, :first]]].sum(1)
    owed = np.zeros(n, np.int64)
    for person in range(n):
        off[:] = 0
        off[:first] = was[person, :first]
        owed[person] = int(walk.rested[_end(walk, person, shift_of[off])])
    return Tables(
        cell,
        *_fairness(roster),
        np.maximum(roster.rules.most_days, worked),
        np.maximum(roster.rules.most_nights, nights),
        owed,
        shift_of,
        is_night[shift_of],
        np.array([kinds.index(tuple(sorted(set(p.skills)))) for p in roster.people], np.int64),
        _counts(kinds, posts, covers),
        need,
        covers,
        posts,
        first,
        was,
        walk,
        roster.prices.short,
        min(filter(None, msgspec.structs.astuple(roster.prices))),
    )


def _past(roster: Roster, posts: tuple[tuple[str, str], ...]) -> tuple[int, Ints]:
    was = np.zeros((len(roster.people), roster.days), np.int64)
    if roster.earlier is None:
        return 0, was
    rows = {each.name: number for number, each in enumerate(roster.people)}
    for duty in roster.earlier.duties:
        was[rows[duty.person], duty.day - 1] = posts.index((duty.place, duty.shift)) + 1
    return roster.earlier.from_day - 1, was


def may_work(person: Person, post: tuple[str, str]) -> bool:
    """Whether place and shift of `post` are open to `person`."""
    place, shift = post
    return (not person.places or place in person.places) and (
        not person.shifts or shift in person.shifts
    )


def _cells(roster: Roster, posts: tuple[tuple[str, str], ...], first: int, was: Ints) -> Ints:
    cell = np.zeros((len(roster.people), roster.days, len(posts) + 1), np.int64)
    cell[:, :, 1:] = roster.prices.duty
    for row, person in zip(cell, roster.people, strict=True):
        for number, post in enumerate(posts, 1):
            if not may_work(person, post):
                row[:, number] += FORBIDDEN
        for day in person.unavailable:
            row[day - 1, 1:] += FORBIDDEN
        for wish in person.wishes:
            for number in range(len(posts) + 1):
                if (posts[number - 1][1] if number else "") != wish.shift:
                    row[wish.day - 1, number] += roster.prices.wish
    if roster.earlier is not None:
        same = np.arange(len(posts) + 1) == was[:, :, None]
        cell[:, first:][~same[:, first:]] += roster.prices.change
        # what is past costs its wishes, whoever was unavailable or should not have been there
        cell[:, :first] = np.where(same[:, :first], cell[:, :first] % FORBIDDEN, FORBIDDEN)
    return np.minimum(cell, FORBIDDEN)


def _fairness(roster: Roster) -> tuple[Ints, Ints]:
    count = np.arange(roster.days + 1)
    days = np.zeros((len(roster.people), roster.days + 1), np.int64)
    for row, person in zip(days, roster.people, strict=True):
        present = roster.days - len(set(person.unavailable))
        low = roster.fair.days_low * present // roster.days
        row[:] = np.maximum(low - count, 0) + np.maximum(count - roster.fair.days_high, 0)
    nights = np.maximum(count - roster.fair.nights, 0) * roster.prices.nights
    return days * roster.prices.days, np.tile(nights, (len(roster.people), 1))


def _counts(
    kinds: list[tuple[str, ...]],
    posts: tuple[tuple[str, str], ...],
    covers: tuple[tuple[str, str, str], ...],
) -> Ints:
    lists = [
        [[c for c, (place, shift, skill) in enumerate(covers)
          if (place, shift) == post and (not skill or skill in kind)] for post in posts]
        for kind in kinds
    ]  # fmt: skip
    most = max(1, max(len(each) for kind in lists for each in kind))
    counts = np.full((len(kinds), len(posts) + 1, most), -1, np.int64)
    for kind, by_post in enumerate(lists):
        for post, found in enumerate(by_post, 1):
            counts[kind, post, : len(found)] = found
    return counts


def _walk(roster: Roster, names: dict[str, int]) -> Walk:
    """All states that can be reached, from a person who had a day off long ago."""
    rules, shifts, off_run = roster.rules, roster.shifts, roster.off_run
    State = tuple[int, int, int, int, bool]  # last shift, days, nights, days off in a row, rested

    def step(state: State, shift: int) -> tuple[State, str]:
        last, run, nights, off, rested = state
        if shift == 0:
            off = min(off + 1, off_run)
            return (0, 0, 0, off, rested or off >= off_run), ""
        night = shifts[shift - 1].night
        why = "run" if run >= rules.most_run else ""
        if night and nights >= rules.most_nights_run:
            why = "nights_run"
        if last:
            ended = shifts[last - 1].start + shifts[last - 1].minutes
            if shifts[shift - 1].start + DAY_MINUTES - ended < rules.rest:
                why = "rest"
        run, nights = min(run + 1, rules.most_run), min(nights + 1, rules.most_nights_run)
        return (shift, run, nights if night else 0, 0, rested), why

    begin: State = (0, 0, 0, 0, off_run == 0)
    states, number = [begin], {begin: 0}
    steps: list[list[int]] = []
    reasons: dict[tuple[int, int], str] = {}
    for at, state in enumerate(states):  # grows while it is read
        steps.append([])
        for shift in range(len(shifts) + 1):
            following, why = step(state, shift)
            if following not in number:
                number[following] = len(states)
                states.append(following)
            steps[at].append(number[following])
            if why:
                reasons[at, shift] = why
    allowed = np.ones((len(states), len(shifts) + 1), np.bool_)
    for key in reasons:
        allowed[key] = False
    start = []
    for person in roster.people:
        state = begin
        for name in person.before:
            state, _ = step(state, names[name] if name else 0)
        # days off before the plan do not count for the run that the plan has to hold
        start.append(number[(*state[:3], 0, begin[4])])
    return Walk(
        np.array(steps, np.int64),
        allowed,
        np.array([each[4] for each in states], np.bool_),
        np.array(start, np.int64),
        reasons,
    )


def _end(walk: Walk, person: int, shifts: Ints) -> int:
    state = int(walk.start[person])
    for shift in shifts:
        state = int(walk.after[state, shift])
    return state
