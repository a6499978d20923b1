"""Plays one month of an infection in an estate, day by day: who is infected is followed, and nobody
else.

Every draw is a hash of run, person, day and purpose (splitmix64), so two sets of measures meet the
same people on the same days until the measures make them differ. One file with all it calls
(`planning.compiled`).
"""

from typing import Any

import numpy as np

from doorstep.planning.compiled import compiled

LATENT, INFECTIOUS, HOME, BUILDING, ESTATE, WHO, TESTED, BEGINS = range(8)
PURPOSES = 16
SUSCEPTIBLE, INFECTED = 0, 1
WHOLE = float(2**32)
ISOLATED = 14  # days in isolation: an assumption
MOST_CONTACTS = 60  # infected by one person on one day, at most; a problem's figures stay far below


@compiled(inline=True)
def _draw(base: Any, person: int, day: int, purpose: int, number: int) -> Any:
    key = (person * 128 + day) * PURPOSES + purpose
    z = base + np.uint64(key) * np.uint64(0x9E3779B97F4A7C15)
    z = z + np.uint64(number + 1) * np.uint64(0xD1B54A32D192ED03)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.int64((z ^ (z >> np.uint64(31))) >> np.uint64(32))


@compiled()
def play(
    base: Any, home_first: Any, home_of: Any, building_first: Any, building_of: Any,
    latent: Any, infectious: Any, chance_home: float, a_day_building: float, a_day_estate: float,
    infected_first: int, days: int, sealed_from: int, kept_building: float, kept_estate: float,
    test_every: int, first_test: int, finds: float, result_days: int, with_household: bool,
    state: Any, listed: Any, since: Any, until: Any, away: Any, known: Any, stamp: Any,
    totals: Any,
) -> int:  # fmt: skip
    """One run; how many were ever infected. `home_first`, `building_first`: the first person of
    each household and building, and one more; `latent`, `infectious`: tables of whole days.

    By infected person in `listed`: the day they become infectious (`since`), the last day of it
    (`until`), the day they are isolated (`away`). `known`: by household the day it is isolated.
    Into `totals` (days x 3): infected so far, new, isolated. `state`, `known` and `stamp` are as
    they were afterwards.
    """
    people = len(home_of)
    count = 0
    for number in range(infected_first):
        person = _draw(base, number, 0, BEGINS, 0) % people
        while state[person] != SUSCEPTIBLE:
            person = (person + 1) % people
        state[person] = INFECTED
        listed[count] = person
        # when it begins they are infectious already
        since[person] = 1
        until[person] = infectious[_draw(base, person, 0, INFECTIOUS, 0) >> 20]
        away[person] = 1 << 30
        count += 1
    for day in range(1, days + 1):
        sealed = sealed_from > 0 and day >= sealed_from
        near = a_day_building * (kept_building if sealed else 1.0)
        far = a_day_estate * (kept_estate if sealed else 1.0)
        tested = test_every > 0 and day >= first_test and (day - first_test) % test_every == 0
        before = count
        for at in range(before):
            person = listed[at]
            if day < since[person] or day > until[person]:
                continue
            at_home = day >= known[home_of[person]]  # the household is isolated together
            gone = day >= away[person] or at_home
            if tested and not gone and _draw(base, person, day, TESTED, 0) < finds * WHOLE:
                away[person] = min(away[person], day + result_days + 1)
                if with_household:
                    home = home_of[person]
                    known[home] = min(known[home], day + result_days + 1)
            if gone and not at_home:
                continue
            home = home_of[person]
            for other in range(home_first[home], home_first[home + 1]):
                drawn = _draw(base, person, day, HOME, other - home_first[home])
                if state[other] == SUSCEPTIBLE and drawn < chance_home * WHOLE:
                    count = _infect(base, other, day, latent, infectious, state, listed, since,
                                    until, away, count)  # fmt: skip
            if gone:
                continue
            first = building_first[building_of[person]]
            neighbours = building_first[building_of[person] + 1] - first
            for number in range(_how_many(near, _draw(base, person, day, BUILDING, 0))):
                other = first + _draw(base, person, day, WHO, number) % neighbours
                if state[other] == SUSCEPTIBLE and day < known[home_of[other]]:
                    count = _infect(base, other, day, latent, infectious, state, listed, since,
                                    until, away, count)  # fmt: skip
            for number in range(_how_many(far, _draw(base, person, day, ESTATE, 0))):
                other = _draw(base, person, day, WHO, 64 + number) % people
                if state[other] == SUSCEPTIBLE and day < known[home_of[other]]:
                    count = _infect(base, other, day, latent, infectious, state, listed, since,
                                    until, away, count)  # fmt: skip
        totals[day - 1, 0] = count
        totals[day - 1, 1] = count - before
        isolated = 0
        for at in range(count):
            person = listed[at]
            if with_household:
                home = home_of[person]
                if known[home] <= day < known[home] + ISOLATED and stamp[home] != day:
                    stamp[home] = day  # once a day for each household
                    isolated += home_first[home + 1] - home_first[home]
            elif away[person] <= day < away[person] + ISOLATED:
                isolated += 1
        totals[day - 1, 2] = isolated
    for at in range(count):
        person = listed[at]
        state[person] = SUSCEPTIBLE
        known[home_of[person]] = 1 << 30
        stamp[home_of[person]] = 0
    return count


@compiled(inline=True)
def _how_many(mean: float, drawn: Any) -> int:
    """A Poisson number by its inverse."""
    share = drawn / WHOLE
    term = np.exp(-mean)
    total = term
    number = 0
    while share > total and number < MOST_CONTACTS:
        number += 1
        term *= mean / number
        total += term
    return number


@compiled()
def _infect(
    base: Any, person: int, day: int, latent: Any, infectious: Any, state: Any, listed: Any,
    since: Any, until: Any, away: Any, count: int,
) -> int:  # fmt: skip
    state[person] = INFECTED
    listed[count] = person
    since[person] = day + latent[_draw(base, person, 0, LATENT, 0) >> 20]
    until[person] = since[person] + infectious[_draw(base, person, 0, INFECTIOUS, 0) >> 20] - 1
    away[person] = 1 << 30
    return count + 1
