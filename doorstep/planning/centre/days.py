"""A centre made ready to be played: tables, slots and working room, once; then day after day.

Chooses the kernel: the recursion where everybody passes every station first come, first served, the
calendar for all else. Refuses nothing that `problem.check` has let pass.
"""

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from doorstep.planning.centre import calendar, draws, durations, problem, recursion
from doorstep.planning.centre.problem import Centre
from doorstep.planning.hours import minutes_of

Whole = npt.NDArray[np.int64]
MINUTE: Final = 60_000  # ms
_BUCKETS: Final = 1 << 14
_PER_DRAW: Final = 2**32


class Day(NamedTuple):
    """A day as it went: moments in ms since midnight, -1 for none. `persons`: who came; by station
    and person `joins`, `starts` and `services` (how long); `left`: when they left the last station,
    `out`: when they were free to go; by person.
    """

    persons: Whole
    joins: Whole
    starts: Whole
    services: Whole
    left: Whole
    out: Whole


class Days:
    """Plays the days of a centre. `kernel`: "recursion" or "calendar"; asked for, or the fastest
    that can.
    """

    def __init__(self, centre: Centre, kernel: str = "") -> None:
        problem.check(centre)
        self.centre = centre
        self.kernel = kernel or ("recursion" if is_plain(centre) else "calendar")
        arrivals = centre.arrivals
        self.opens = minutes_of(centre.opens) * MINUTE
        last = minutes_of(arrivals.last) + arrivals.slot_minutes
        self.ends = round(last * MINUTE)
        self.servers = np.array([station.servers for station in centre.stations], np.int64)
        self.booked = _book(centre)
        most = problem.most_walk_ins(arrivals.walk_ins)
        self.walk_ins = (most, durations.tabulate_count(arrivals.walk_ins))
        self.people = len(self.booked) + most
        self.no_show = min(round(arrivals.no_show * _PER_DRAW), _PER_DRAW)
        self.early = durations.tabulate_clock(-arrivals.early_minutes, arrivals.deviation_minutes)
        self.tables = np.stack(
            [
                durations.tabulate(durations.resolve(f"stations[{k}].duration", each.duration))
                for k, each in enumerate(centre.stations)
            ]
        )
        self.resting = np.empty(0, np.int64)
        if centre.observation is not None:
            resolved = durations.resolve("observation.duration", centre.observation.duration)
            self.resting = durations.tabulate(resolved)
        stations, people = len(centre.stations), self.people
        self._joins = np.full((stations, people), -1, np.int64)
        self._starts = np.full((stations, people), -1, np.int64)
        self._services = np.zeros((stations, people), np.int64)
        self._spare = np.empty((2, people + 1), np.int64)
        self._buckets = np.empty(_BUCKETS + 2, np.int64)
        self._free = np.empty(problem.MOST_SERVERS + 8, np.int64)
        if self.kernel == "calendar":
            self._lay_out_calendar()

    def play(self, day: int, servers: Whole | None = None, *, rests: bool = True) -> Day:
        """One day, the same for the same number; `servers` instead of the centre's own; `rests`
        False: where seats are enough for all, nobody asks when they get up (`out` is `left`). The
        arrays are used again by the next day.
        """
        base = draws.base_of(self.centre.seed, day)
        used = self.servers if servers is None else servers
        if self.kernel == "recursion":
            return self._play_recursion(base, used, rests)
        return self._play_calendar(base, used)

    def _play_recursion(self, base: np.uint64, servers: Whole, rests: bool) -> Day:
        self._starts[:] = -1
        persons, left = np.empty(self.people, np.int64), np.empty(self.people, np.int64)
        number = recursion.play_day(
            base, self.booked, self.walk_ins, self.no_show, self.early, self.opens, self.ends,
            self.tables, servers, self._joins, self._starts, self._services, self._spare,
            self._buckets, self._free, persons, left,
        )  # fmt: skip
        out = self.rest(base, left) if rests else left
        return Day(persons[:number], self._joins, self._starts, self._services, left, out)

    def rest(self, base: np.uint64, left: Whole) -> Whole:
        """When everybody may go who left the last station at `left`, there being seats for all."""
        if not len(self.resting):
            return left
        drawn = draws.draw(base, self.people, draws.OBSERVED)
        return np.where(left < 0, -1, left + draws.look_up(self.resting, drawn))

    def _lay_out_calendar(self) -> None:
        centre, stations, people = self.centre, len(self.centre.stations), self.people
        rows = [
            (minutes_of(change.at) * MINUTE, place, change.servers)
            for place, station in enumerate(centre.stations)
            for change in station.changes
        ]
        self._changes = np.array(sorted(rows), np.int64).reshape(len(rows), 3)
        self._rooms = np.array(
            [-1 if each.room is None else each.room for each in centre.stations], np.int64
        )
        self._has_walk = np.array([each.walk is not None for each in centre.stations])
        self._walks = np.zeros((stations, durations.KNOTS + 1), np.int64)
        self._has_stream = np.array([each.stream is not None for each in centre.stations])
        self._ready = np.zeros((stations, people), np.int64)
        for place, station in enumerate(centre.stations):
            if station.walk is not None:
                resolved = durations.resolve(f"stations[{place}].walk", station.walk)
                self._walks[place] = durations.tabulate(resolved)
        self._seats = -1
        if centre.observation is not None and centre.observation.seats is not None:
            self._seats = centre.observation.seats
        self._left = np.empty((stations, people), np.int64)
        self._out = np.empty(people, np.int64)
        lines = stations * calendar.PRIORITIES
        self._queue = np.empty((lines, people + 1), np.int64)
        self._heads = np.empty(lines, np.int64)
        self._tails = np.empty(lines, np.int64)
        self._blocked = np.empty((stations + 1, people + 1), np.int64)
        self._heap = np.empty(2 * people + 64, np.int64)
        self._sitting = np.empty(people + 1, np.int64)
        self._coming = np.empty(stations * people + 1, np.int64)

    def _play_calendar(self, base: np.uint64, servers: Whole) -> Day:
        packed, other = self._spare[0], self._spare[1]
        number = recursion.draw_arrivals(
            base, self.booked, self.walk_ins, self.no_show, self.early, self.opens, self.ends,
            other,
        )  # fmt: skip
        packed[:number] = np.sort(other[:number])
        priority, route = self._draw_groups(base)
        for place, station in enumerate(self.centre.stations):
            if station.stream is not None:
                self._prepare(base, place, station.stream, packed[:number], route)
        calendar.play_day(
            base, packed, number, self.opens, priority, route, self.tables, servers,
            self._changes, self._rooms, self._walks, self._has_walk, self._ready,
            self._has_stream, self._seats, self.resting, self._joins, self._starts,
            self._services, self._left, self._out, self._queue, self._heads, self._tails,
            self._blocked, self._heap, self._sitting, self._coming,
        )  # fmt: skip
        persons = packed[:number] & recursion.NOBODY
        left = self._left.max(axis=0)
        return Day(persons, self._joins, self._starts, self._services, left, self._out)

    def _draw_groups(self, base: np.uint64) -> tuple[Whole, Whole]:
        """The priority and the route (a bit a station) of everybody."""
        stations, groups = self.centre.stations, self.centre.arrivals.groups
        everywhere = sum(1 << place for place, station in enumerate(stations) if not station.groups)
        if not groups:
            return (
                np.full(self.people, 1, np.int64),
                np.full(self.people, everywhere, np.int64),
            )
        shares = np.cumsum([group.share for group in groups]) * _PER_DRAW
        shares[-1] = _PER_DRAW
        which = np.searchsorted(shares, draws.draw(base, self.people, draws.GROUP), side="right")
        routes = [
            everywhere
            | sum(1 << place for place, each in enumerate(stations) if group.name in each.groups)
            for group in groups
        ]
        priorities = np.array([group.priority for group in groups], np.int64)
        return priorities[which], np.array(routes, np.int64)[which]

    def _prepare(
        self, base: np.uint64, place: int, stream: problem.Stream, packed: Whole, route: Whole
    ) -> None:
        """When the items of a station's stream are ready: an hour's share is asked for at once."""
        needed = int(((route[packed & recursion.NOBODY] >> place) & 1).sum())
        each = -(-needed // stream.hours)
        starts = minutes_of(stream.starts) * MINUTE
        asked = (
            starts + np.minimum(np.arange(needed) // max(each, 1), stream.hours - 1) * 60 * MINUTE
        )
        field = f"stations[{place}].stream.duration"
        table = durations.tabulate(durations.resolve(field, stream.duration))
        stage = draws.PREPARED + place
        calendar.prepare(
            base,
            table,
            asked.astype(np.int64),
            stream.preparers,
            stage,
            self._ready[place][:needed],
        )


def is_plain(centre: Centre) -> bool:
    """Whether the recursion can play it."""
    if len({group.priority for group in centre.arrivals.groups}) > 1:
        return False
    if centre.observation is not None and centre.observation.seats is not None:
        return False
    return not any(
        station.changes or station.groups or station.walk or station.stream
        or station.room is not None
        for station in centre.stations
    )  # fmt: skip


def _book(centre: Centre) -> Whole:
    """The slot of everybody booked, ms, rising. Within a peak a slot has `factor` times as many."""
    arrivals = centre.arrivals
    first, last = minutes_of(arrivals.first), minutes_of(arrivals.last)
    count = int((last - first) / arrivals.slot_minutes + 1e-9) + 1
    slots = first + np.arange(count) * arrivals.slot_minutes
    weights = np.ones(count)
    if arrivals.peak is not None:
        starts, ends = minutes_of(arrivals.peak.starts), minutes_of(arrivals.peak.ends)
        weights[(slots >= starts) & (slots < ends)] = arrivals.peak.factor
    shares = np.cumsum(weights) / weights.sum()
    # the k-th booking goes to the first slot whose share of all it does not exceed
    places = (np.arange(arrivals.bookings) + 0.5) / max(arrivals.bookings, 1)
    chosen = np.minimum(np.searchsorted(shares, places, side="left"), count - 1)
    booked: Whole = np.rint(slots[chosen] * MINUTE).astype(np.int64)
    return booked
