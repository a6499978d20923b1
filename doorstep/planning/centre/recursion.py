"""Plays a day in which everybody passes every station first come, first served (the multi-server
recursion of Kiefer and Wolfowitz, 1955): exact, and without a calendar of events.

All moments are whole milliseconds since midnight. Whoever comes at the same millisecond as another
is called by their number. One file with all it calls (`planning.compiled`).
"""

from typing import Any

import numpy as np

from doorstep.planning.compiled import compiled

BITS = 20  # of a packed number that hold the person; the rest is the moment
NOBODY = (1 << BITS) - 1
STAGES, SHOWS, EARLY, OBSERVED = 64, 16, 17, 19  # as in draws.py


@compiled(inline=True)
def _draw(base: Any, person: int, stage: int) -> Any:
    z = base + (np.uint64(person) * np.uint64(STAGES) + np.uint64(stage + 1)) * np.uint64(
        0x9E3779B97F4A7C15
    )
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.int64((z ^ (z >> np.uint64(31))) >> np.uint64(32))


@compiled(inline=True)
def _look_up(table: Any, drawn: Any) -> Any:
    step = drawn >> 20
    low = table[step]
    return low + (((drawn & 0xFFFFF) * (table[step + 1] - low)) >> 20)


@compiled()
def draw_arrivals(
    base: Any, booked: Any, walk_ins: Any, no_show: int, early: Any, opens: int, ends: int,
    arrived: Any,
) -> int:  # fmt: skip
    """Who comes and when, packed and unsorted into `arrived`; how many. `booked`: the slots, ms;
    `walk_ins`: (most, the table of their number); `no_show`: of 2^32; nobody comes before `opens`.
    """
    number = 0
    people = len(booked)
    for person in range(people):
        if _draw(base, person, SHOWS) < no_show:
            continue
        at = booked[person] + _look_up(early, _draw(base, person, EARLY))
        arrived[number] = (max(at, opens) << BITS) | person
        number += 1
    most, counts = walk_ins
    if most:
        today = min(counts[_draw(base, people, SHOWS) >> 20], most)
        for person in range(people, people + today):
            share = _draw(base, person, EARLY)
            at = opens + (((ends - opens) * (share >> 8)) >> 24)
            arrived[number] = (at << BITS) | person
            number += 1
    return number


@compiled()
def sort_packed(values: Any, number: int, low: int, high: int, buckets: Any, ordered: Any) -> None:
    """The first `number` of `values`, moments from `low` to `high`, in order into `ordered`: into
    buckets by moment, then by insertion.
    """
    size = len(buckets) - 2
    width = BITS  # of a bucket: a power of two, since a shift costs a tenth of a division
    while (high - low) >> (width - BITS) >= size:
        width += 1
    first = low << BITS
    buckets[:] = 0
    for k in range(number):
        buckets[((values[k] - first) >> width) + 1] += 1
    for k in range(size):
        buckets[k + 1] += buckets[k]
    for k in range(number):
        place = (values[k] - first) >> width
        ordered[buckets[place]] = values[k]
        buckets[place] += 1
    for k in range(1, number):
        value = ordered[k]
        j = k - 1
        while j >= 0 and ordered[j] > value:
            ordered[j + 1] = ordered[j]
            j -= 1
        ordered[j + 1] = value


@compiled()
def pass_station(
    arrived: Any, number: int, services: Any, servers: int, opens: int, free: Any, left: Any,
    joins: Any, starts: Any,
) -> None:  # fmt: skip
    """Everybody in `arrived` (sorted, packed) passes a station; who leaves it when, sorted, into
    `left`. `services`, `joins` and `starts` are by person; `free` has room for the servers and one.
    """
    empty = (opens << BITS) | NOBODY
    for k in range(servers):
        free[k] = empty
    free[servers] = np.int64(0x7FFFFFFFFFFFFFFF)
    out = 0
    for k in range(number):
        packed = arrived[k]
        person = packed & NOBODY
        at = packed >> BITS
        first = free[0]
        begins = max(at, first >> BITS)
        joins[person] = at
        starts[person] = begins
        left[out] = first
        out += 1 if first & NOBODY != NOBODY else 0
        ends = ((begins + services[person]) << BITS) | person
        # the freed one out, this one in: no branch, so the processor need not guess
        for j in range(servers):
            free[j] = min(free[j + 1], max(free[j], ends))
    for k in range(servers):
        if free[k] & NOBODY != NOBODY:
            left[out] = free[k]
            out += 1


@compiled()
def play_day(
    base: Any, booked: Any, walk_ins: Any, no_show: int, early: Any, opens: int, ends: int,
    tables: Any, servers: Any, joins: Any, starts: Any, services: Any, spare: Any, buckets: Any,
    free: Any, persons: Any, gone: Any,
) -> int:  # fmt: skip
    """A day: `joins`, `starts`, `services` (stations x people, ms) of whoever came; the others keep
    what was there. `persons`: in the order in which they left the last station, as many as came,
    which is returned; `gone` (people): when they left it, -1 for who did not come.
    """
    arrived, other = spare[0], spare[1]
    gone[:] = -1
    number = draw_arrivals(base, booked, walk_ins, no_show, early, opens, ends, other)
    if number == 0:
        return 0
    low = high = other[0] >> BITS
    for k in range(number):
        low = min(low, other[k] >> BITS)
        high = max(high, other[k] >> BITS)
    sort_packed(other, number, low, high, buckets, arrived)
    for station in range(len(servers)):
        table, own = tables[station], services[station]
        for k in range(number):
            person = arrived[k] & NOBODY
            own[person] = _look_up(table, _draw(base, person, station))
        pass_station(
            arrived, number, own, servers[station], opens, free, other, joins[station],
            starts[station],
        )  # fmt: skip
        arrived, other = other, arrived
    for k in range(number):
        person = arrived[k] & NOBODY
        persons[k] = person
        gone[person] = arrived[k] >> BITS
    return number
