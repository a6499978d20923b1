"""What a played day came to: waits, ends, how many stood where at which moment. Reads what a kernel
wrote (moments in ms, -1 where somebody did not pass) and keeps nothing of people.
"""

from typing import Any, Final

import numpy as np

from doorstep.planning.compiled import compiled

BIN: Final = 1_024  # ms of a step of the distribution of waits
BINS: Final = 8_192  # the last one holds all longer waits, 2 h 20 min and more
# columns of a station's row of a day
PEOPLE, MEAN, MEDIAN, P95, BUSY, LAST, FIELDS = range(7)


@compiled()
def measure(
    joins: Any, starts: Any, services: Any, persons: Any, limit: int, waits: Any, rows: Any
) -> float:
    """One day. `persons`: who came; `rows` (stations + 1 x FIELDS): per station, then of all queues
    together, people, mean, median and P95 of waits (ms), time served (ms), the end of the last
    service. `waits` (stations + 1 x BINS) is working room. Returns the share who waited at most
    `limit` ms in all.
    """
    stations = len(joins)
    waits[:] = 0
    rows[:] = 0
    # sums are held in numbers of their own: one in an array is written and read again each time
    for station in range(stations):
        join, start, service = joins[station], starts[station], services[station]
        counts = waits[station]
        people = waited = busy = last = 0
        for person in persons:
            begins = start[person]
            if begins < 0:
                continue
            wait = begins - join[person]
            lasts = service[person]
            counts[min(wait // BIN, BINS - 1)] += 1
            people += 1
            waited += wait
            busy += lasts
            last = max(last, begins + lasts)
        rows[station, PEOPLE] = people
        rows[station, MEAN] = waited
        rows[station, BUSY] = busy
        rows[station, LAST] = last
    counts = waits[stations]
    waited = within = 0
    for person in persons:
        total = 0
        for station in range(stations):
            if starts[station, person] >= 0:
                total += starts[station, person] - joins[station, person]
        counts[min(total // BIN, BINS - 1)] += 1
        waited += total
        within += 1 if total <= limit else 0
    rows[stations, PEOPLE] = len(persons)
    rows[stations, MEAN] = waited
    for station in range(stations + 1):
        people = rows[station, PEOPLE]
        if people == 0:
            continue
        rows[station, MEAN] /= people
        rows[station, MEDIAN] = _quantile(waits[station], people, 0.5)
        rows[station, P95] = _quantile(waits[station], people, 0.95)
    return float(within / max(len(persons), 1))


@compiled()
def _quantile(counts: Any, people: float, share: float) -> float:
    wanted = share * people
    before = 0
    for k in range(len(counts)):
        if before + counts[k] >= wanted:
            return float((k + (wanted - before) / max(counts[k], 1)) * BIN)
        before += counts[k]
    return float(len(counts) * BIN)


@compiled()
def count_until(moments: Any, until: int) -> int:
    """How many of the moments, -1 for none, are not after `until`."""
    number = 0
    for at in moments:
        number += 1 if 0 <= at <= until else 0
    return number


@compiled()
def count_within(begins: Any, ends: Any, first: int, step: int, curve: Any) -> None:
    """Add to `curve`, for each moment first, first + step, …, how many had begun and not ended."""
    last = len(curve)
    for k in range(len(begins)):
        if begins[k] < 0:
            continue
        low = max((begins[k] - first + step - 1) // step, 0)
        high = last if ends[k] < 0 else min((ends[k] - first + step - 1) // step, last)
        for place in range(low, high):
            curve[place] += 1


@compiled()
def most_at_once(begins: Any, ends: Any) -> int:
    """The most that had begun and not ended at one moment; who ends makes room for who begins at
    the same moment. -1 is nobody.
    """
    number = 0
    for at in begins:
        number += 1 if at >= 0 else 0
    coming = np.empty(number, np.int64)
    going = np.empty(number, np.int64)
    place = 0
    for k in range(len(begins)):
        if begins[k] >= 0:
            coming[place] = begins[k]
            going[place] = ends[k]
            place += 1
    coming.sort()
    going.sort()
    most = now = left = 0
    for at in coming:
        while left < number and going[left] <= at:
            left += 1
            now -= 1
        now += 1
        most = max(most, now)
    return most
