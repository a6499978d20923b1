"""Plays a day with everything a centre may have: servers that come, pause and go, priorities,
people who pass other stations than the rest, little room between stations, seats for observation
that are all taken, walks, and syringes that are prepared beside the queue. A calendar of events.

All moments are whole milliseconds since midnight. What happens at one millisecond happens first;
then whoever may be called is called: by priority, then by when they joined, then by their number.
Who cannot go on stays at the server before and blocks it. A pause lets a service end that has
begun. One file with all it calls (`planning.compiled`).
"""

from typing import Any

import numpy as np

from doorstep.planning.compiled import compiled

PERSON, PLACE, KIND = 18, 3, 1  # bits of a packed event, below the moment
PEOPLE = (1 << PERSON) - 1
SHIFT = PERSON + PLACE + KIND
SERVED, WALKED = 0, 1
PRIORITIES = 4
NEVER = 0x7FFFFFFFFFFFFFFF
STAGES, OBSERVED, WALK = 64, 19, 20  # as in draws.py
ARRIVED = 20  # bits of the person in a packed arrival


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


@compiled(inline=True)
def _look_up_in(tables: Any, row: Any, drawn: Any) -> Any:
    # no view of a row is made: counting its references costs more than the look
    step = drawn >> 20
    low = tables[row, step]
    return low + (((drawn & 0xFFFFF) * (tables[row, step + 1] - low)) >> 20)


@compiled()
def _push(heap: Any, size: int, value: int) -> int:
    at = size
    while at > 0:
        above = (at - 1) >> 1
        if heap[above] <= value:
            break
        heap[at] = heap[above]
        at = above
    heap[at] = value
    return size + 1


@compiled()
def _pop(heap: Any, size: int) -> int:
    size -= 1
    value = heap[size]
    at = 0
    below = 1
    while below < size:  # down to a leaf by the smaller child; then up again, mostly not at all
        below += 1 if below + 1 < size and heap[below + 1] < heap[below] else 0
        heap[at] = heap[below]
        at = below
        below = 2 * at + 1
    while at > 0:
        above = (at - 1) >> 1
        if heap[above] <= value:
            break
        heap[at] = heap[above]
        at = above
    heap[at] = value
    return size


@compiled()
def prepare(base: Any, table: Any, asked: Any, preparers: int, stage: int, ready: Any) -> None:
    """When each item of a stream is ready, rising: asked for at `asked` (sorted, ms)."""
    free = np.full(preparers, np.int64(0))
    for k in range(len(asked)):
        first = 0
        for j in range(1, preparers):
            if free[j] < free[first]:
                first = j
        free[first] = max(free[first], asked[k]) + _look_up(table, _draw(base, k, stage))
        ready[k] = free[first]
    ready.sort()


@compiled()
def play_day(
    base: Any, arrived: Any, number: int, opens: int, priority: Any, route: Any, tables: Any,
    servers: Any, changes: Any, rooms: Any, walks: Any, has_walk: Any, ready: Any, has_stream: Any,
    seats: int, resting: Any, joins: Any, starts: Any, services: Any, left: Any, out: Any,
    queue: Any, heads: Any, tails: Any, blocked: Any, heap: Any, sitting: Any,
    coming: Any,
) -> int:  # fmt: skip
    """A day. `arrived`: the first `number` packed arrivals, sorted. By person: `priority`, `route`
    (a bit for each station they pass). `changes`: rows of (moment, station, servers), sorted.
    `rooms`: -1 for any number; `seats` too. Into `joins`, `starts`, `services`, `left` (stations x
    people; left: after any blocking) and `out` (the end of the observation); -1 where somebody
    does not pass. Returns how many seats were taken at most.
    """
    stations = len(servers)
    has_rest = len(resting) > 0
    busy = np.zeros(stations, np.int64)
    held = np.zeros(stations, np.int64)  # walking there or queueing
    reached = np.zeros(stations, np.int64)
    may = servers.copy()
    first_blocked = np.zeros(stations + 1, np.int64)
    last_blocked = np.zeros(stations + 1, np.int64)
    heads[:] = 0
    tails[:] = 0
    joins[:] = -1
    starts[:] = -1
    left[:] = -1
    out[:] = -1
    size = next_arrival = next_change = seated = most_seated = 0
    next_up = last_up = 0  # of those who sit, sorted by when they get up
    going = 0  # how many have been served and are to go on
    while True:
        moment = NEVER
        if next_arrival < number:
            moment = min(moment, arrived[next_arrival] >> ARRIVED)
        if size > 0:
            moment = min(moment, heap[0] >> SHIFT)
        if next_up < last_up:
            moment = min(moment, sitting[next_up] >> SHIFT)
        if moment == NEVER and (next_change == len(changes) or held.sum() == 0):
            break
        if next_change < len(changes):
            moment = min(moment, changes[next_change, 0])
        touched = 0  # a bit for each station, and for the seats behind them
        joining = 0  # how many come to a station now
        # what happens now
        while next_change < len(changes) and changes[next_change, 0] == moment:
            may[changes[next_change, 1]] = changes[next_change, 2]
            touched |= 1 << changes[next_change, 1]
            next_change += 1
        while next_arrival < number and arrived[next_arrival] >> ARRIVED == moment:
            person = arrived[next_arrival] & ((1 << ARRIVED) - 1)
            next_arrival += 1
            place = 0
            while place < stations and not (route[person] >> place) & 1:
                place += 1
            if place == stations:
                out[person] = moment
                continue
            held[place] += 1
            touched |= 1 << place
            coming[joining] = (person << PLACE) | place
            joining += 1
        while next_up < last_up and sitting[next_up] >> SHIFT == moment:
            out[sitting[next_up] & PEOPLE] = moment
            next_up += 1
            seated -= 1
            touched |= 1 << stations
        while size > 0 and heap[0] >> SHIFT == moment:
            event = heap[0]
            size = _pop(heap, size)
            person = event & PEOPLE
            place = (event >> PERSON) & ((1 << PLACE) - 1)
            if (event >> (PERSON + PLACE)) & 1 == WALKED:  # or the item is ready
                touched |= 1 << place
                coming[joining] = (person << PLACE) | place
                joining += 1
                continue
            to = place + 1
            while to < stations and not (route[person] >> to) & 1:
                to += 1
            # everybody queues to go on: first whoever was blocked first
            blocked[to, last_blocked[to]] = (person << PLACE) | place
            last_blocked[to] += 1
            going += 1
            touched |= 1 << to
        # who may go on, who joins, and who is called: until nothing moves any more
        while touched:
            active = touched
            touched = 0
            for to in range(stations, -1, -1):
                if not (active >> to) & 1:
                    continue
                while first_blocked[to] < last_blocked[to]:
                    person = blocked[to, first_blocked[to]] >> PLACE
                    place = blocked[to, first_blocked[to]] & ((1 << PLACE) - 1)
                    if to == stations:
                        if has_rest and seats >= 0 and seated >= seats:
                            break
                    elif rooms[to] >= 0 and held[to] >= rooms[to] + max(may[to] - busy[to], 0):
                        break
                    first_blocked[to] += 1
                    going -= 1
                    busy[place] -= 1
                    touched |= 1 << place
                    left[place, person] = moment
                    if to < stations:
                        held[to] += 1
                        if has_walk[to]:
                            ends = moment + _look_up_in(walks, to, _draw(base, person, WALK + to))
                            event = (((WALKED << PLACE) | to) << PERSON) | person
                            size = _push(heap, size, (ends << SHIFT) | event)
                        else:
                            coming[joining] = (person << PLACE) | to
                            joining += 1
                    elif has_rest:
                        seated += 1
                        most_seated = max(most_seated, seated)
                        ends = moment + _look_up(resting, _draw(base, person, OBSERVED))
                        # mostly the last to get up: the ring stays sorted from behind
                        event = (ends << SHIFT) | person
                        at = last_up
                        while at > next_up and sitting[at - 1] > event:
                            sitting[at] = sitting[at - 1]
                            at -= 1
                        sitting[at] = event
                        last_up += 1
                    else:
                        out[person] = moment
            for k in range(joining):
                person = coming[k] >> PLACE
                place = coming[k] & ((1 << PLACE) - 1)
                active |= 1 << place
                if joins[place, person] < 0:
                    joins[place, person] = moment
                    if has_stream[place]:
                        item = ready[place, reached[place]]
                        reached[place] += 1
                        if item > moment:
                            event = (((WALKED << PLACE) | place) << PERSON) | person
                            size = _push(heap, size, (item << SHIFT) | event)
                            continue
                # to the end of the line; before those with a higher number who joined just now
                line = place * PRIORITIES + priority[person]
                at = tails[line]
                since = joins[place, person]
                while (
                    at > heads[line]
                    and joins[place, queue[line, at - 1]] == since
                    and queue[line, at - 1] > person
                ):
                    queue[line, at] = queue[line, at - 1]
                    at -= 1
                queue[line, at] = person
                tails[line] += 1
            joining = 0
            active |= touched
            for to in range(stations):
                if not (active >> to) & 1:
                    continue
                while busy[to] < may[to]:
                    line = to * PRIORITIES
                    last = line + PRIORITIES
                    while line < last and heads[line] == tails[line]:
                        line += 1
                    if line == last:
                        break
                    person = queue[line, heads[line]]
                    heads[line] += 1
                    if rooms[to] >= 0:
                        touched |= 1 << to  # there is room for one more
                    held[to] -= 1
                    busy[to] += 1
                    starts[to, person] = moment
                    lasts = _look_up_in(tables, to, _draw(base, person, to))
                    services[to, person] = lasts
                    event = (((SERVED << PLACE) | to) << PERSON) | person
                    size = _push(heap, size, ((moment + lasts) << SHIFT) | event)
            if going == 0:  # everybody is called who may be: another look would find nothing
                break
    return most_seated
