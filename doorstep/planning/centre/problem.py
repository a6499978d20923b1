"""What is asked of a centre: its stations in order, who comes when, and what counts as good enough.

Times of day are "HH:MM" of one day, durations are in the unit their name says. Refuses, by `Wrong`
with the path of the field, what cannot be played: a closing before the opening, a station for a
group that nobody is of, more people than MOST_PEOPLE.
"""

from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from doorstep.planning.hours import Clock, minutes_of
from doorstep.planning.wrong import Wrong

MOST_PEOPLE: Final = 200_000  # booked and walking in, in one day
MOST_SERVERS: Final = 400  # of one station
MOST_STATIONS: Final = 8
MOST_GROUPS: Final = 4
MOST_REPLICATIONS: Final = 5_000
DAY_MINUTES: Final = 24 * 60

Name = Annotated[str, Meta(min_length=1, max_length=40)]
Positive = Annotated[float, Meta(gt=0, le=86_400)]
NotNegative = Annotated[float, Meta(ge=0, le=86_400)]
Share = Annotated[float, Meta(ge=0, le=1)]
Servers = Annotated[int, Meta(ge=0, le=MOST_SERVERS)]


class _Struct(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass


class Duration(_Struct, frozen=True):
    """How long something takes. Either a `preset` of presets.toml by name, or timings in seconds
    (their quantiles are taken as they are), or a shape:

    constant: `mean_seconds`; exponential: `least_seconds` + Exp(mean - least); lognormal and
    normal: `mean_seconds` with a coefficient of variation `cv`; triangular: least, mode, most.
    """

    preset: str = ""
    shape: Literal["constant", "exponential", "lognormal", "normal", "triangular"] = "lognormal"
    mean_seconds: NotNegative = 0.0
    cv: Annotated[float, Meta(ge=0, le=5)] = 0.5
    least_seconds: NotNegative = 0.0
    mode_seconds: NotNegative = 0.0
    most_seconds: NotNegative = 0.0
    timings: Annotated[tuple[Positive, ...], Meta(max_length=20_000)] = ()


class Change(_Struct, frozen=True):
    """From `at` on the station has so many servers: a pause, a later opening, a shift's end."""

    at: Clock
    servers: Servers


class Stream(_Struct, frozen=True):
    """Items made beside the queue, of which each person needs one to be served, such as syringes.
    `hours` times, once an hour from `starts` on, everything the hour needs is asked for at once.
    """

    preparers: Annotated[int, Meta(ge=1, le=MOST_SERVERS)]
    duration: Duration
    starts: Clock
    hours: Annotated[int, Meta(ge=1, le=24)]


class Station(_Struct, frozen=True):
    """A station with one queue. `room`: how many may stand between the one before and this one
    (None: any number); whoever finds it full stays at the server before. `groups`: only these pass
    it (none named: everybody). `walk`: from the one before.
    """

    name: Name
    servers: Servers
    duration: Duration
    changes: Annotated[tuple[Change, ...], Meta(max_length=100)] = ()
    room: Annotated[int, Meta(ge=0, le=MOST_PEOPLE)] | None = None
    groups: tuple[Name, ...] = ()
    walk: Duration | None = None
    stream: Stream | None = None


class Observation(_Struct, frozen=True):
    """Sitting down after the last station until a clock says so. `seats` None: enough for all."""

    duration: Duration
    seats: Annotated[int, Meta(ge=1, le=MOST_PEOPLE)] | None = None


class Group(_Struct, frozen=True):
    """People who differ: in priority (0 is called first) or in the stations they pass."""

    name: Name
    share: Share
    priority: Annotated[int, Meta(ge=0, le=3)] = 1


class Peak(_Struct, frozen=True):
    """Between two moments `factor` times as many are booked as in the rest of the day."""

    starts: Clock
    ends: Clock
    factor: Annotated[float, Meta(gt=0, le=10)]


class Arrivals(_Struct, frozen=True):
    """Who comes. Bookings are spread evenly over the slots from `first` up to `last`; people come
    `early_minutes` before their slot on average, with a standard deviation.
    """

    bookings: Annotated[int, Meta(ge=0, le=MOST_PEOPLE)]
    first: Clock
    last: Clock
    slot_minutes: Annotated[float, Meta(gt=0, le=720)] = 10.0
    early_minutes: Annotated[float, Meta(ge=-120, le=120)] = 3.0
    deviation_minutes: Annotated[float, Meta(ge=0, le=120)] = 8.0
    no_show: Share = 0.05
    walk_ins: Annotated[int, Meta(ge=0, le=MOST_PEOPLE)] = 0  # expected in the day
    peak: Peak | None = None
    groups: Annotated[tuple[Group, ...], Meta(max_length=MOST_GROUPS)] = ()


class Target(_Struct, frozen=True):
    """Good enough: `people` through the last station by `by`, and of all `share` who waited at
    most `wait_minutes` in all queues together, on `confidence` of all days.
    """

    people: Annotated[int, Meta(ge=1, le=MOST_PEOPLE)]
    by: Clock
    wait_minutes: Annotated[float, Meta(gt=0, le=720)] = 15.0
    share: Annotated[float, Meta(gt=0, lt=1)] = 0.95
    confidence: Annotated[float, Meta(gt=0, lt=1)] = 0.95


class Centre(_Struct, frozen=True):
    """The whole question. `seed`: the same seed gives the same days."""

    name: Name
    opens: Clock
    stations: Annotated[tuple[Station, ...], Meta(max_length=MOST_STATIONS)]
    arrivals: Arrivals
    observation: Observation | None = None
    target: Target | None = None
    replications: Annotated[int, Meta(ge=2, le=MOST_REPLICATIONS)] = 200
    seed: Annotated[int, Meta(ge=0, lt=2**32)] = 1


def check(centre: Centre) -> None:
    """Refuse what cannot be played. Raises `Wrong`."""
    if not centre.stations:
        raise Wrong("stations", "EMPTY")
    arrivals = centre.arrivals
    people = arrivals.bookings + most_walk_ins(arrivals.walk_ins)
    if people < 1:
        raise Wrong("arrivals.bookings", "BOUND", right=">= 1")
    if people > MOST_PEOPLE:
        raise Wrong("arrivals.bookings", "MOST", most=f"{MOST_PEOPLE:,}")
    _check_order("arrivals.last", arrivals.first, arrivals.last, "arrivals.first", equal=True)
    _check_order("arrivals.first", centre.opens, arrivals.first, "opens", equal=True)
    if arrivals.peak is not None:
        _check_order("arrivals.peak.ends", arrivals.peak.starts, arrivals.peak.ends, "peak.starts")
    if centre.target is not None:
        _check_order("target.by", centre.opens, centre.target.by, "opens")
        if centre.target.people > people:
            raise Wrong("target.people", "MOST", most=f"{people:,}")
    _check_groups(centre)
    for number, station in enumerate(centre.stations):
        _check_station(f"stations[{number}]", station, number)
    if centre.observation is not None:
        check_duration("observation.duration", centre.observation.duration)
    names = [station.name for station in centre.stations]
    for number, name in enumerate(names):
        if name in names[:number]:
            raise Wrong(f"stations[{number}].name", "TWICE", what=name)


def most_walk_ins(expected: int) -> int:
    """More walk in on no day that is played: six standard deviations of a Poisson number."""
    return expected + int(6 * expected**0.5) + (6 if expected else 0)


def check_duration(field: str, duration: Duration) -> None:
    """Refuse a duration that says nothing, or two things. Raises `Wrong`."""
    if duration.preset or duration.timings:
        return
    if duration.shape == "triangular":
        if not duration.least_seconds <= duration.mode_seconds <= duration.most_seconds:
            raise Wrong(f"{field}.mode_seconds", "BETWEEN", low="least", high="most")
        if duration.most_seconds <= 0:
            raise Wrong(f"{field}.most_seconds", "BOUND", right="> 0")
        return
    if duration.mean_seconds <= 0:
        raise Wrong(f"{field}.mean_seconds", "BOUND", right="> 0")
    if duration.shape == "exponential" and duration.least_seconds >= duration.mean_seconds:
        raise Wrong(f"{field}.least_seconds", "BOUND", right="< mean_seconds")


def _check_station(field: str, station: Station, number: int) -> None:
    check_duration(f"{field}.duration", station.duration)
    if station.walk is not None:
        check_duration(f"{field}.walk", station.walk)
    if station.stream is not None:
        check_duration(f"{field}.stream.duration", station.stream.duration)
    if number == 0 and station.room is not None:
        raise Wrong(f"{field}.room", "FIRST_STATION")
    before = -1
    for index, change in enumerate(station.changes):
        at = minutes_of(change.at)
        if at <= before:
            raise Wrong(f"{field}.changes[{index}].at", "LATER", than=f"changes[{index - 1}]")
        before = at
    if not max([station.servers, *(change.servers for change in station.changes)]):
        raise Wrong(f"{field}.servers", "BOUND", right=">= 1")
    last = station.changes[-1].servers if station.changes else station.servers
    if not last:  # who still waits would wait for ever
        raise Wrong(f"{field}.changes[{len(station.changes) - 1}].servers", "NEVER_SERVED")


def _check_groups(centre: Centre) -> None:
    groups = centre.arrivals.groups
    names = [group.name for group in groups]
    for number, name in enumerate(names):
        if name in names[:number]:
            raise Wrong(f"arrivals.groups[{number}].name", "TWICE", what=name)
    if groups and abs(sum(group.share for group in groups) - 1) > 1e-9:
        raise Wrong("arrivals.groups", "SUM", right="1")
    for number, station in enumerate(centre.stations):
        for index, name in enumerate(station.groups):
            if name not in names:
                raise Wrong(f"stations[{number}].groups[{index}]", "NOT_THERE", what=name)


def _check_order(field: str, first: str, then: str, than: str, *, equal: bool = False) -> None:
    before, after = minutes_of(first), minutes_of(then)
    if after < before or (after == before and not equal):
        raise Wrong(field, "LATER", than=f"{than} ({first})")
