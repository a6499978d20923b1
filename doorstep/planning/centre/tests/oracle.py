"""The same day played by SimPy, from the same draws: what each person waited where.

Knows nothing of how the kernels do it: stations are SimPy's resources, room and seats are resources
that are asked for while the server before is still held, pauses are requests that come before
everybody's. Who asks at the same millisecond is heard by priority, as the kernels have it.
"""

from collections.abc import Generator
from typing import Any

import numpy as np
import simpy

from doorstep.planning.centre import calendar, days, draws, recursion
from doorstep.planning.hours import minutes_of

Process = Generator[simpy.Event, Any, None]
BEFORE_ALL = -1  # the priority of a pause
AFTER = 2  # SimPy's own events have 0 and 1


class Played:
    """Moments of a day by station and person, -1 where somebody did not pass."""

    def __init__(self, stations: int, people: int) -> None:
        self.joins = np.full((stations, people), -1, np.int64)
        self.starts = np.full((stations, people), -1, np.int64)
        self.left = np.full((stations, people), -1, np.int64)
        self.out = np.full(people, -1, np.int64)


def play(player: days.Days, day: int) -> Played:
    """One day."""
    centre = player.centre
    base = draws.base_of(centre.seed, day)
    packed = np.empty(player.people + 1, np.int64)
    number = recursion.draw_arrivals(
        base, player.booked, player.walk_ins, player.no_show, player.early, player.opens,
        player.ends, packed,
    )  # fmt: skip
    arrivals = np.sort(packed[:number])
    stations = len(centre.stations)
    played = Played(stations, player.people)
    env = simpy.Environment(initial_time=player.opens)
    lasts = [
        draws.look_up(player.tables[place], draws.draw(base, player.people, place))
        for place in range(stations)
    ]
    rests = draws.look_up(player.resting, draws.draw(base, player.people, draws.OBSERVED))
    priority, route = np.full(player.people, 1), np.full(player.people, (1 << stations) - 1)
    if centre.arrivals.groups:
        priority, route = player._draw_groups(base)
    most = [
        max([each.servers, *(change.servers for change in each.changes)])
        for each in centre.stations
    ]
    servers = [simpy.PriorityResource(env, capacity=count) for count in most]
    places = [
        None if each.room is None else simpy.Resource(env, capacity=each.room + each.servers)
        for each in centre.stations
    ]
    seats = None
    if centre.observation is not None and centre.observation.seats is not None:
        seats = simpy.Resource(env, capacity=centre.observation.seats)

    def pause(place: int) -> Process:
        station = centre.stations[place]
        held: list[Any] = []

        def hold(count: int) -> None:
            while len(held) < count:
                held.append(servers[place].request(priority=BEFORE_ALL))
            while len(held) > count:
                request = held.pop()
                if request.triggered:
                    servers[place].release(request)
                else:
                    request.cancel()

        hold(most[place] - station.servers)
        for change in station.changes:
            yield env.timeout(minutes_of(change.at) * days.MINUTE - env.now)
            hold(most[place] - change.servers)

    def walk_through(person: int, at: int) -> Process:
        yield env.timeout(at - env.now)
        before: tuple[int, Any] | None = None
        mine: Any = None  # the place held at the station, its room included
        passed = [place for place in range(stations) if (route[person] >> place) & 1]
        for place in passed:
            taken = None
            room = places[place]
            if room is not None:
                taken = room.request()
                yield taken
            if before is not None:
                leave(person, before, mine)
            mine = taken
            played.joins[place, person] = env.now
            yield last_of_all(int(priority[person]))
            request = servers[place].request(priority=int(priority[person]))
            yield request
            played.starts[place, person] = env.now
            yield env.timeout(int(lasts[place][person]))
            before = (place, request)
        seat = None
        if seats is not None:
            seat = seats.request()
            yield seat
        if before is not None:
            leave(person, before, mine)
        if len(player.resting):
            yield env.timeout(int(rests[person]))
        if seats is not None and seat is not None:
            seats.release(seat)
        played.out[person] = env.now

    def last_of_all(order: int) -> simpy.Event:
        """After everything else that happens at this millisecond, by priority."""
        event = env.event()
        event._ok, event._value = True, None
        env.schedule(event, priority=AFTER + order)  # type: ignore[arg-type]
        return event

    def leave(person: int, before: tuple[int, Any], mine: Any) -> None:
        place, request = before
        played.left[place, person] = env.now
        servers[place].release(request)
        if mine is not None:
            places[place].release(mine)  # type: ignore[union-attr]

    for place, station in enumerate(centre.stations):
        if station.changes:
            env.process(pause(place))
    for value in arrivals:
        env.process(walk_through(int(value) & recursion.NOBODY, int(value) >> recursion.BITS))
    env.run()
    assert player.people < calendar.PEOPLE
    return played
