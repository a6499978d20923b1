"""How fast the planner plays the day of a centre, beside three simulation libraries in the same
run, and how long a search for staff takes. All four play the same arrivals and services.

Needs the libraries of the benchmarks (SimPy, Ciw, salabim). Ratios are of medians, taken in turn.
"""

import statistics
import time
from collections.abc import Callable, Generator
from typing import Any, Final

import msgspec
import numpy as np

from doorstep.bench import machine
from doorstep.planning import problems
from doorstep.planning.centre import days, draws, lockstep, recursion, staffing, summary
from doorstep.planning.centre.problem import Centre

PEOPLE: Final = 10_000
SERVERS: Final = 40
_TOGETHER: Final = 128  # days in lock-step


def make_centre(*, features: bool = False) -> Centre:
    """10,000 booked over ten hours, 40 desks and 40 stalls at 2 minutes each; with features: breaks
    at noon, 520 seats, every tenth called first.
    """
    pause = [{"at": "11:00", "servers": 30}, {"at": "11:45", "servers": 40}]
    later = [{"at": "14:00", "servers": 32}, {"at": "14:45", "servers": 40}]
    said: dict[str, Any] = {
        "name": "centre",
        "opens": "08:00",
        "stations": [
            {"name": "desk", "servers": SERVERS, "duration": {"mean_seconds": 120},
             "changes": pause if features else []},
            {"name": "stall", "servers": SERVERS, "duration": {"mean_seconds": 120},
             "changes": later if features else []},
        ],
        "observation": {"duration": {"shape": "constant", "mean_seconds": 1800}},
        "arrivals": {"bookings": PEOPLE, "first": "08:00", "last": "17:50", "slot_minutes": 10},
        "target": {"people": PEOPLE, "by": "18:15"},
    }  # fmt: skip
    if features:
        said["observation"]["seats"] = 520
        said["arrivals"]["groups"] = [
            {"name": "elderly", "share": 0.1, "priority": 0},
            {"name": "others", "share": 0.9},
        ]
    return problems.read(Centre, said)


def measure(rounds: int = 7) -> dict[str, Any]:
    """Days a second of each way, in turn; ratios over each library."""
    plain, full = days.Days(make_centre()), days.Days(make_centre(features=True))
    calendar = days.Days(make_centre(), "calendar")
    work: dict[str, tuple[int, Callable[[int], object]]] = {
        "fast": (200, lambda first: _judge(plain, first, 200)),
        "calendar": (60, lambda first: _judge(calendar, first, 60)),
        "calendar_features": (60, lambda first: _judge(full, first, 60)),
        "numpy": (_TOGETHER, lambda first: lockstep.play_many(plain, first, _TOGETHER)),
        "simpy": (1, lambda first: play_simpy(*_inputs(plain, first))),
        "ciw": (1, lambda first: play_ciw(*_inputs(plain, first))),
        "salabim": (1, lambda first: play_salabim(*_inputs(plain, first))),
    }  # fmt: skip
    spent: dict[str, list[float]] = {name: [] for name in work}
    for name, (_, play) in work.items():  # once, not counted: compiling, imports
        if name != "numpy":
            play(0)
    for number in range(rounds):
        for name, (count, play) in work.items():
            if name in ("numpy", "ciw", "salabim") and number >= max(3, rounds // 2):
                continue
            spent[name].append(_time(play, 1 + number * 200) / count)
    medians = {name: statistics.median(each) for name, each in spent.items()}
    report: dict[str, Any] = {"what": "simulate", "people": PEOPLE, "machine": machine.describe()}
    report |= {f"{name}_ms_per_day": round(1000 * each, 4) for name, each in medians.items()}
    for own in ("fast", "calendar", "calendar_features", "numpy"):
        for peer in ("simpy", "ciw", "salabim"):
            report[f"{own}_over_{peer}"] = round(medians[peer] / medians[own], 1)
    return report


def measure_staffing() -> dict[str, Any]:
    """Seconds until the fewest desks and stalls for 10,000 doses in ten hours are known: for the
    plain day, and with every bad day; what was found.
    """
    centre = make_centre()
    arrivals = msgspec.structs.replace(centre.arrivals, bookings=10_590, last="17:30")
    centre = msgspec.structs.replace(centre, arrivals=arrivals)
    report: dict[str, Any] = {"what": "staffing", "machine": machine.describe()}
    for name, scenarios in (("plain", ("plain",)), ("all", staffing.SCENARIOS)):
        asked = msgspec.convert(
            {"centre": msgspec.to_builtins(centre), "stations": ["desk", "stall"],
             "scenarios": scenarios},
            staffing.Search,
        )  # fmt: skip
        if name == "plain":
            staffing.search(asked)  # compiles
        begun = time.perf_counter()
        found = staffing.search(asked)
        report[f"{name}_seconds"] = round(time.perf_counter() - begun, 2)
        report[f"{name}_servers"] = list(found.servers)
        report[f"{name}_days_played"] = found.days_played
    return report


def _time(play: Callable[[int], object], first: int) -> float:
    begun = time.perf_counter()
    play(first)
    return time.perf_counter() - begun


def _judge(player: days.Days, first: int, count: int) -> None:
    """Days with what a search asks of them: waits, their quantiles, the share within a limit."""
    rows = len(player.servers) + 1
    waits, found = np.zeros((rows, summary.BINS), np.int64), np.zeros((rows, summary.FIELDS))
    for number in range(first, first + count):
        day = player.play(number, rests=False)
        summary.measure(day.joins, day.starts, day.services, day.persons, 900_000, waits, found)
        summary.count_until(day.left, player.ends)


def _inputs(player: days.Days, day: int) -> tuple[list[float], list[float], list[float]]:
    """Arrivals in order, and the services of those people, in minutes."""
    base = draws.base_of(1, day)
    packed = np.empty(player.people + 1, np.int64)
    number = recursion.draw_arrivals(
        base, player.booked, player.walk_ins, player.no_show, player.early, player.opens,
        player.ends, packed,
    )  # fmt: skip
    order = np.sort(packed[:number])
    persons = order & recursion.NOBODY
    lasts = [
        draws.look_up(player.tables[k], draws.draw(base, player.people, k))[persons] / days.MINUTE
        for k in range(2)
    ]
    at = (order >> recursion.BITS) / days.MINUTE
    return at.tolist(), lasts[0].tolist(), lasts[1].tolist()


def play_simpy(at: list[float], first: list[float], second: list[float]) -> list[float]:
    """A day as SimPy's documentation would have it; the waits at the second station."""
    import simpy

    env = simpy.Environment()
    desks, stalls = simpy.Resource(env, SERVERS), simpy.Resource(env, SERVERS)
    waits: list[float] = []

    def go(person: int) -> Generator[Any, Any, None]:
        with desks.request() as mine:
            yield mine
            yield env.timeout(first[person])
        came = env.now
        with stalls.request() as mine:
            yield mine
            waits.append(env.now - came)
            yield env.timeout(second[person])
        yield env.timeout(30)

    def come() -> Generator[Any, Any, None]:
        for person, moment in enumerate(at):
            yield env.timeout(moment - env.now)
            env.process(go(person))

    env.process(come())
    env.run()
    return waits


def play_ciw(at: list[float], first: list[float], second: list[float]) -> list[float]:
    """The same as a Ciw network."""
    import ciw

    gaps = [*np.diff(at, prepend=0.0).tolist(), float("inf")]
    network = ciw.create_network(
        arrival_distributions=[ciw.dists.Sequential(gaps), None, None],
        service_distributions=[
            ciw.dists.Sequential(first), ciw.dists.Sequential(second), ciw.dists.Deterministic(30),
        ],
        number_of_servers=[SERVERS, SERVERS, float("inf")],
        routing=[[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [0.0, 0.0, 0.0]],
    )  # fmt: skip
    simulation = ciw.Simulation(network)
    simulation.simulate_until_max_time(5_000)
    return [each.waiting_time for each in simulation.get_all_records() if each.node == 2]


def play_salabim(at: list[float], first: list[float], second: list[float]) -> list[float]:
    """The same as salabim components."""
    import salabim

    salabim.yieldless(False)
    env = salabim.Environment(trace=False)
    desks = salabim.Resource("desks", SERVERS, monitor=False)
    stalls = salabim.Resource("stalls", SERVERS, monitor=False)
    waits: list[float] = []

    class Person(salabim.Component):  # type: ignore[misc]
        def setup(self, number: int) -> None:
            self.number = number

        def process(self) -> Generator[Any, Any, None]:
            yield self.request(desks)
            yield self.hold(first[self.number])
            self.release(desks)
            came = env.now()
            yield self.request(stalls)
            waits.append(env.now() - came)
            yield self.hold(second[self.number])
            self.release(stalls)
            yield self.hold(30)

    class Door(salabim.Component):  # type: ignore[misc]
        def process(self) -> Generator[Any, Any, None]:
            for number, moment in enumerate(at):
                yield self.hold(moment - env.now())
                Person(number=number)

    Door()
    env.run()
    return waits
