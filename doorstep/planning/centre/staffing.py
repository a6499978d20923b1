"""How many desks and stalls a target needs: the fewest, with the days that go wrong in mind.

A number of servers is good enough when the target is reached on `confidence` of all days; a
sequential test by Clopper and Pearson's bounds plays as many days as that takes to say. The search
goes along the edge between enough and too few, and looks at every neighbour of what it found. What
is asked besides the plain day (half-hour slots, slower services, a peak, absences) is on unless it
is turned off. Every search has its limit, stops when the pulse says so, and says what it had.
"""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated, Any, Final, Literal

import msgspec
import numpy as np
from msgspec import Meta

from doorstep.planning.centre import durations, outcome, summary
from doorstep.planning.centre.days import MINUTE, Days
from doorstep.planning.centre.problem import (
    MOST_SERVERS,
    Arrivals,
    Centre,
    Duration,
    Peak,
)
from doorstep.planning.hours import minutes_of
from doorstep.planning.pulse import ENDLESS, Pulse
from doorstep.planning.wrong import Wrong

# (days more, the error of each bound) before each look: a few days show what is far too few
LOOKS: Final = (
    (4, 0.01), (8, 0.01), (12, 0.01), (36, 0.05), (40, 0.05), (100, 0.05), (200, 0.05),
)  # fmt: skip
PEAK: Final = 1.5  # times the day's average, for two hours
SCENARIOS: Final = ("plain", "long_slots", "slow", "peak", "absent")
_AT_ONCE: Final = 4  # searches beside each other
_MOST_PAIRS: Final = 4_000  # numbers of servers looked at

Scenario = Literal["plain", "long_slots", "slow", "peak", "absent"]


class Search(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is searched: the fewest servers of `stations` (two at most; the others stay as they
    are), weighed by `costs`, in every one of `scenarios`.

    long_slots: slots of half an hour where they are shorter. slow: services `slower` times as
    long. peak: in the two hours around `peak_at` 1.5 times as many are booked as on average.
    absent: `absent` of the servers do not come.
    """

    centre: Centre
    stations: Annotated[tuple[str, ...], Meta(min_length=1, max_length=2)]
    costs: tuple[Annotated[float, Meta(gt=0, le=1e6)], ...] = ()
    scenarios: tuple[Scenario, ...] = SCENARIOS
    slower: Annotated[float, Meta(ge=1, le=3)] = 1.1
    peak_at: str = "10:00"
    absent: Annotated[float, Meta(ge=0, le=0.5)] = 0.05


class Need(msgspec.Struct, frozen=True):
    """What one scenario asks for: servers by station, in the order searched; `front`: the edge as
    far as it was walked, pairs where one less of either is too few.
    """

    scenario: Scenario
    servers: tuple[int, ...]
    front: tuple[tuple[int, ...], ...]


class Limit(msgspec.Struct, frozen=True):
    """What one server more or less does: the share of days that reach the target, and the 95 % of
    waits in minutes, under the scenario that asks for most.
    """

    station: str
    change: int
    good: float
    wait_p95: float


class Staffing(msgspec.Struct, frozen=True):
    """The answer: `servers` serve in every scenario; `needs`: each by itself; `limits`: what the
    stations searched do to it; `implied_seconds`: what a service may take on average if so many are
    to be served in the time, everybody busy; `is_whole`: False when it was stopped.
    """

    stations: tuple[str, ...]
    servers: tuple[int, ...]
    cost: float
    needs: tuple[Need, ...]
    limits: tuple[Limit, ...]
    implied_seconds: tuple[float, ...]
    days_played: int
    is_whole: bool


class _Stopped(Exception):
    pass


class _Shared:
    """One pulse for searches that go on beside each other."""

    def __init__(self, pulse: Pulse, searches: int) -> None:
        self._pulse, self._lock = pulse, threading.Lock()
        self._shares = [0.0] * searches
        self._taken = 0
        self._goes_on = True

    def take(self) -> Pulse:
        """The pulse of the next search."""
        number = self._taken
        self._taken += 1

        def beat(share: float) -> bool:
            with self._lock:
                self._shares[number] = max(share, self._shares[number])
                done = sum(self._shares) / len(self._shares)
                self._goes_on = self._goes_on and self._pulse(done)
                return self._goes_on

        return beat


class Judge:
    """Says of numbers of servers whether they are good enough; remembers what it said."""

    def __init__(self, centre: Centre, places: Sequence[int], pulse: Pulse) -> None:
        if centre.target is None:
            raise Wrong("target", "NO_TARGET")
        self.centre, self._places, self._pulse = centre, tuple(places), pulse
        self._player = Days(centre)
        rows = len(centre.stations) + 1
        self._waits = np.zeros((rows, summary.BINS), np.int64)
        self._rows = np.zeros((rows, summary.FIELDS))
        self._limit = round(centre.target.wait_minutes * MINUTE)
        self._until = minutes_of(centre.target.by) * MINUTE
        self._said: dict[tuple[int, ...], bool] = {}
        self.played = 0

    def is_enough(self, servers: tuple[int, ...]) -> bool:
        """Whether the target is reached on enough days."""
        if servers not in self._said:
            if len(self._said) >= _MOST_PAIRS:
                raise _Stopped
            self._said[servers] = self._test(servers)
        return self._said[servers]

    def measure(self, servers: tuple[int, ...], days: int = 200) -> tuple[float, float]:
        """(the share of days that reach the target, the mean of their 95 % wait in minutes)."""
        good, waits = 0, 0.0
        for number in range(days):
            reached, wait = self._play(servers, number)
            good += reached
            waits += wait
        return good / days, waits / days

    def _test(self, servers: tuple[int, ...]) -> bool:
        target = self.centre.target
        assert target is not None
        good = number = 0
        for more, error in LOOKS:
            for _ in range(more):
                good += self._play(servers, number)[0]
                number += 1
            if outcome.lower_bound(good, number, error) >= target.confidence:
                return True
            if outcome.upper_bound(good, number, error) < target.confidence:
                return False
        return good / number >= target.confidence

    def _play(self, servers: tuple[int, ...], number: int) -> tuple[bool, float]:
        if self.played % 20 == 0 and not self._pulse(min(0.99, len(self._said) / 60)):
            raise _Stopped
        self.played += 1
        all_of = self._player.servers.copy()
        all_of[list(self._places)] = servers
        day = self._player.play(number, all_of, rests=False)
        within = summary.measure(
            day.joins, day.starts, day.services, day.persons, self._limit, self._waits, self._rows
        )
        target = self.centre.target
        assert target is not None
        done = summary.count_until(day.left, self._until)
        reached = done >= target.people and within >= target.share
        return reached, float(self._rows[-1, summary.P95]) / MINUTE


def search(asked: Search, pulse: Pulse = ENDLESS) -> Staffing:
    """The fewest servers that reach the target in every scenario.

    Raises:
        Wrong: a station that is not there, no target, or NOTHING_REACHES: no number does.
    """
    places = _places_of(asked)
    costs = asked.costs or (1.0,) * len(places)
    if len(costs) != len(places):
        raise Wrong("costs", "SUM", right=f"{len(places)}")
    centres = {scenario: stress(asked, scenario) for scenario in asked.scenarios}
    beat = _Shared(pulse, len(asked.scenarios))
    judges: dict[Scenario, Judge] = {}
    for scenario, centre in centres.items():  # who is absent plays the plain day
        same = next((each for each in judges.values() if each.centre == centre), None)
        judges[scenario] = same or Judge(centre, places, beat.take())
    with ThreadPoolExecutor(_AT_ONCE) as pool:  # the kernels let go of the interpreter
        judged = list({id(each): each for each in judges.values()}.values())
        answers = pool.map(lambda judge: _search_one(asked, judge, places, costs), judged)
        found = dict(zip(map(id, judged), answers, strict=True))
    needs = [
        Need(scenario, *answer)
        for scenario in asked.scenarios
        if (answer := found[id(judges[scenario])]) is not None
    ]
    whole = len(needs) == len(asked.scenarios)
    played = sum(judge.played for judge in judged)
    if not needs:
        raise Wrong("", "STOPPED_EARLY")
    needs = [_with_absences(asked, need) for need in needs]
    servers = tuple(max(need.servers[k] for need in needs) for k in range(len(places)))
    hardest = max(needs, key=lambda need: sum(need.servers))
    limits = _limits_of(asked, judges[hardest.scenario], places, servers) if whole else ()
    pulse(1.0)
    return Staffing(
        stations=asked.stations,
        servers=servers,
        cost=_cost_of(costs, servers),
        needs=tuple(needs),
        limits=limits,
        implied_seconds=tuple(
            implied_seconds(asked.centre, place, count)
            for place, count in zip(places, servers, strict=True)
        ),
        days_played=played,
        is_whole=whole,
    )


def stress(asked: Search, scenario: Scenario) -> Centre:
    """The centre on such a day."""
    centre = asked.centre
    if scenario == "long_slots":
        slot = max(30.0, centre.arrivals.slot_minutes)
        return _change_arrivals(centre, slot_minutes=slot)
    if scenario == "slow":
        return slow_down(centre, asked.slower)
    if scenario == "peak":
        middle = minutes_of(asked.peak_at)
        first, last = minutes_of(centre.arrivals.first), minutes_of(centre.arrivals.last)
        starts, ends = max(first, middle - 60), min(max(first, middle - 60) + 120, last + 1)
        share = min((ends - starts) / max(last - first, 1), 0.5)  # of the day
        factor = PEAK * (1 - share) / (1 - PEAK * share)  # of the rest of the day
        peak = Peak(_clock_of(starts), _clock_of(max(ends, starts + 1)), factor)
        return _change_arrivals(centre, peak=peak)
    return centre


def slow_down(centre: Centre, factor: float, only: Sequence[int] | None = None) -> Centre:
    """Every service, or those of some stations, `factor` times as long."""
    stations = tuple(
        msgspec.structs.replace(
            station, duration=stretch(f"stations[{k}].duration", station.duration, factor)
        )
        if only is None or k in only
        else station
        for k, station in enumerate(centre.stations)
    )
    return msgspec.structs.replace(centre, stations=stations)


def stretch(field: str, duration: Duration, factor: float) -> Duration:
    """A duration `factor` times as long, its shape the same."""
    found = durations.resolve(field, duration)
    return msgspec.structs.replace(
        found,
        mean_seconds=found.mean_seconds * factor,
        least_seconds=found.least_seconds * factor,
        mode_seconds=found.mode_seconds * factor,
        most_seconds=found.most_seconds * factor,
        timings=tuple(each * factor for each in found.timings),
    )


def implied_seconds(centre: Centre, place: int, servers: int) -> float:
    """What a service of a station may take on average if the target's people, or else all who are
    booked, are to be served from the opening to the target's time by servers who are never idle.
    """
    arrivals, target = centre.arrivals, centre.target
    people = arrivals.bookings * (1 - arrivals.no_show) + arrivals.walk_ins
    until = minutes_of(arrivals.last) + arrivals.slot_minutes
    if target is not None:
        people, until = target.people, minutes_of(target.by)
    return 60.0 * (until - minutes_of(centre.opens)) * servers / max(people, 1)


def longest_service(
    centre: Centre, station: str, pulse: Pulse = ENDLESS, *, most_seconds: float = 1_800.0
) -> float | None:
    """The longest mean service of a station, in whole seconds, with which the target is still
    reached; its shape stays. None where even one second is too long.
    """
    names = [each.name for each in centre.stations]
    if station not in names:
        raise Wrong("station", "NOT_THERE", what=station)
    place = names.index(station)
    now = durations.mean_of(
        durations.resolve(f"stations[{place}].duration", centre.stations[place].duration)
    )
    servers = (centre.stations[place].servers,)

    def is_reached(seconds: int) -> bool:
        slower = slow_down(centre, seconds / now, [place])
        return Judge(slower, [place], pulse).is_enough(servers)

    low, high = 0, int(min(most_seconds, implied_seconds(centre, place, servers[0]) + 30))
    while low < high:
        middle = (low + high + 1) // 2
        if is_reached(middle):
            low = middle
        else:
            high = middle - 1
    return float(low) if low else None


Found = tuple[tuple[int, ...], tuple[tuple[int, ...], ...]]  # servers, and the edge


def _search_one(
    asked: Search, judge: Judge, places: Sequence[int], costs: Sequence[float]
) -> Found | None:
    """What one kind of day asks for; None: the pulse stopped it."""
    try:
        return _search_edge(asked, judge, places, costs)
    except _Stopped:
        return None


def _search_edge(
    asked: Search, judge: Judge, places: Sequence[int], costs: Sequence[float]
) -> Found:
    least = [_least_of(asked.centre, place) for place in places]
    most = [min(int(count * 1.6) + 8, MOST_SERVERS) for count in least]
    while not judge.is_enough(
        tuple(most)
    ):  # a box that is too small says wrongly that it cannot be
        wider = [min(count * 2, MOST_SERVERS) for count in most]
        if wider == most:
            share, _ = judge.measure(tuple(most))
            raise Wrong("target", "NOTHING_REACHES", most=most[0], share=round(100 * share), why="")
        most = wider
    if len(places) == 1:
        [count] = [_fewest(lambda n: judge.is_enough((n,)), least[0], most[0])]
        return (count,), ((count,),)
    front = _walk_edge(judge, least, most, costs)
    best = min(front, key=lambda pair: (_cost_of(costs, pair), pair))
    best = _look_around(judge, best)
    return best, tuple(front)


def _walk_edge(
    judge: Judge, least: list[int], most: list[int], costs: Sequence[float]
) -> list[tuple[int, ...]]:
    """For each number of the first the fewest of the second, until that stops falling or no pair
    further on can cost less.
    """
    first = _fewest(lambda n: judge.is_enough((n, most[1])), least[0], most[0])
    floor = _fewest(lambda n: judge.is_enough((most[0], n)), least[1], most[1])
    front: list[tuple[int, ...]] = []
    high = most[1]
    while True:
        second = _fewest(lambda n, one=first: judge.is_enough((one, n)), floor, high)
        if not front or second < front[-1][1]:
            front.append((first, second))
        high = second
        first += 1
        cheapest = min(_cost_of(costs, pair) for pair in front)
        if second <= floor or first > most[0] or _cost_of(costs, (first, floor)) >= cheapest:
            return front


def _cost_of(costs: Sequence[float], servers: Sequence[int]) -> float:
    return sum(cost * count for cost, count in zip(costs, servers, strict=True))


def _look_around(judge: Judge, best: tuple[int, ...]) -> tuple[int, ...]:
    """One less of either, tried once more: waits do not fall evenly with servers upstream."""
    moved = True
    while moved:
        moved = False
        for k in range(len(best)):
            fewer = tuple(count - (1 if k == j else 0) for j, count in enumerate(best))
            if min(fewer) >= 1 and judge.is_enough(fewer):
                best, moved = fewer, True
                break
    return best


def _fewest(is_enough: Callable[..., bool], low: int, high: int) -> int:
    """The fewest from `low` on, `high` being enough. Strides up before it halves: what is far too
    few shows in a few days, what is enough by a hair takes hundreds, and that lies near `low`.
    """
    stride = 1
    while low < high:
        middle = min(low + stride - 1, high - 1)
        if is_enough(middle):
            high = middle
            break
        low, stride = middle + 1, stride * 2
    while low < high:
        middle = (low + high) // 2
        if is_enough(middle):
            high = middle
        else:
            low = middle + 1
    return low


def _least_of(centre: Centre, place: int) -> int:
    """Fewer cannot be enough: the work that the target's people bring, in the time."""
    resolved = durations.resolve(f"stations[{place}].duration", centre.stations[place].duration)
    one = implied_seconds(centre, place, 1)
    return max(1, int(durations.mean_of(resolved) / one * 0.9))


def _with_absences(asked: Search, need: Need) -> Need:
    """Who does not come is replaced: so many more are on the plan."""
    if need.scenario != "absent":
        return need
    here = 1 - asked.absent
    grown = tuple(int(np.ceil(count / here - 1e-9)) for count in need.servers)
    return msgspec.structs.replace(need, servers=grown)


def _limits_of(
    asked: Search, judge: Judge, places: Sequence[int], servers: tuple[int, ...]
) -> tuple[Limit, ...]:
    found = []
    try:
        for k, place in enumerate(places):
            for change in (-1, 0, 1):
                tried = tuple(count + (change if j == k else 0) for j, count in enumerate(servers))
                if min(tried) < 1:
                    continue
                good, wait = judge.measure(tried)
                found.append(Limit(asked.centre.stations[place].name, change, good, wait))
    except _Stopped:
        return ()
    return tuple(found)


def _places_of(asked: Search) -> list[int]:
    names = [station.name for station in asked.centre.stations]
    for number, name in enumerate(asked.stations):
        if name not in names:
            raise Wrong(f"stations[{number}]", "NOT_THERE", what=name)
    if len(set(asked.stations)) < len(asked.stations):
        raise Wrong("stations", "TWICE", what=asked.stations[0])
    return [names.index(name) for name in asked.stations]


def _change_arrivals(centre: Centre, **changed: Any) -> Centre:
    arrivals: Arrivals = msgspec.structs.replace(centre.arrivals, **changed)
    return msgspec.structs.replace(centre, arrivals=arrivals)


def _clock_of(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
