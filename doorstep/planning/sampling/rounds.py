"""Plays a sampling round: windows of the stairwells, when it is done, couriers, the laboratory.

A tube holds people of one stairwell, since stairwells of a building may be at different tables.
Windows and the couriers' runs are at the mean pace; the finish, tubes that come too late and when
the laboratory is done are ranges over seeded days.
"""

import math
import tomllib
from collections.abc import Sequence
from importlib import resources
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from doorstep.planning.pulse import ENDLESS, Pulse
from doorstep.planning.sampling.plan import Guide, Progress, RoundPlan, Run, Visit
from doorstep.planning.sampling.pooling import Advice, advise, advise_households
from doorstep.planning.sampling.problem import Round, Stairwell, check
from doorstep.planning.sampling.teams import MOST_TEAMS, Split, split
from doorstep.planning.sampling.tubes import fill
from doorstep.planning.wrong import Wrong

STEP: Final = 10  # minutes between two points of the progress
CARRIED: Final = 100  # days whose tubes are carried to the laboratory
Days = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]


class _Layout(NamedTuple):
    """The stairwells with somebody to sample: where, people, mean seconds of a team there. Tubes:
    the stairwell of each, when its first swab is taken and its last, minutes from the team's
    setting out to that stairwell, at the mean pace; `bound`: no way with fewer.
    """

    places: list[tuple[str, str]]
    people: list[int]
    seconds: list[int]
    tube_of: Whole
    begun: Days
    closed: Days
    bound: int


def solve(problem: Round, pulse: Pulse = ENDLESS) -> RoundPlan:
    """The plan of a round. Raises `Wrong` (see `problem.check`, `teams.split`)."""
    check(problem)
    layout = _lay_out(problem)
    shares = split(layout.seconds, problem.teams, pulse)
    work = np.array(layout.seconds) / 60
    mean = _ends_of(work[None, :], shares)
    pace = problem.swabs_an_hour / 60
    tubes = np.bincount(layout.tube_of, minlength=len(work))
    visits = tuple(
        Visit(
            team, *layout.places[job], float(mean[0, job] - work[job]), float(mean[0, job]),
            layout.people[job],
            min(layout.people[job], math.floor(problem.queue_minutes * pace)), int(tubes[job]),
        )
        for team, jobs in enumerate(shares.jobs_of)
        for job in jobs
    )  # fmt: skip
    runs, done = _courier(problem, *_swabs_of(layout, mean[0], work))
    played = _play(problem, layout)
    days = _ends_of(played, shares)
    carried = [
        _courier(problem, *_swabs_of(layout, ends, own))
        for ends, own in zip(days[:CARRIED], played, strict=False)
    ]
    late = [sum(run.late_tubes for run in each) for each, _ in carried]
    return RoundPlan(
        people=sum(layout.people),
        guide=_guide(sum(layout.people)),
        visits=visits,
        tubes=len(layout.tube_of),
        tubes_bound=layout.bound,
        work_minutes=shares.longest_seconds / 60,
        work_bound_minutes=shares.bound_seconds / 60,
        finish_minutes=_quantiles(days.max(axis=1)),
        progress=_progress(days, played, layout.people),
        runs=runs,
        laboratory_done_minute=done,
        laboratory_done_minutes=_quantiles(np.array([each for _, each in carried])),
        late_tubes=_quantiles(np.array(late, np.float64)),
        advice=_advice(problem),
        stopped=shares.stopped,
    )


def _lay_out(problem: Round) -> _Layout:
    places: list[tuple[str, str]] = []
    people: list[int] = []
    bound = 0
    tube_of: list[int] = []
    begun: list[float] = []
    closed: list[float] = []
    pace = problem.swabs_an_hour / 60
    for building in problem.buildings:
        for stairwell in building.stairwells:
            if not sum(stairwell.households):
                continue
            swabs, least = _tubes(problem, stairwell)
            taken = 0
            for each in swabs:
                tube_of.append(len(places))
                begun.append(problem.minutes_to_a_stairwell + taken / pace)
                taken += each
                closed.append(problem.minutes_to_a_stairwell + taken / pace)
            places.append((building.name, stairwell.name))
            people.append(sum(stairwell.households))
            bound += least
    seconds = [round(60 * (problem.minutes_to_a_stairwell + count / pace)) for count in people]
    return _Layout(
        places, people, seconds, np.array(tube_of), np.array(begun), np.array(closed), bound
    )


def _tubes(problem: Round, stairwell: Stairwell) -> tuple[list[int], int]:
    """Swabs in each tube, and the bound on their number."""
    if problem.pool == "household":  # up to 20 in a tube, and nobody else in it
        each = [fill([count], 20) for count in stairwell.households]
        swabs = [sum(n for _, n in tube) for found in each for tube in found.tubes]
        return swabs, len(swabs)
    found = fill(stairwell.households, int(problem.pool))
    return [sum(n for _, n in tube) for tube in found.tubes], found.bound


def fewest_teams(problem: Round, by_minute: float, pulse: Pulse = ENDLESS) -> int:
    """The fewest teams that are done by `by_minute` on 95 of 100 days. `problem.teams` is not read.

    Raises `Wrong` (see `problem.check`; `by_minute` TEAMS_TOO_LATE where no number does).
    """
    check(problem)
    layout = _lay_out(problem)
    played = _play(problem, layout)

    def done(teams: int) -> float:
        days = _ends_of(played, split(layout.seconds, teams, pulse))
        return _quantiles(days.max(axis=1))[2]

    most = min(len(layout.seconds), MOST_TEAMS)  # a stairwell is one team's
    if (late := done(most)) > by_minute:
        raise Wrong("by_minute", "TEAMS_TOO_LATE", most=most, minutes=math.ceil(late))
    low, high = 0, most  # `low` are too few, `high` are enough
    while high - low > 1 and pulse(0.0):
        middle = (low + high) // 2
        low, high = (low, middle) if done(middle) <= by_minute else (middle, high)
    return high


def _play(problem: Round, layout: _Layout) -> Days:
    """(days, stairwells): minutes of work there; lognormal, mean as planned."""
    draws = np.random.default_rng(problem.seed)
    sigma = math.sqrt(math.log1p(problem.cv**2))
    size = (problem.replications, len(layout.seconds))
    spread: Days = np.exp(draws.normal(-(sigma**2) / 2, sigma, size))
    return np.array(layout.seconds) / 60 * spread


def _ends_of(played: Days, shares: Split) -> Days:
    """(days, stairwells): when each is done, one after another by its team."""
    ends = np.empty_like(played)
    for jobs in shares.jobs_of:
        ends[:, list(jobs)] = np.cumsum(played[:, list(jobs)], axis=1)
    return ends


def _swabs_of(layout: _Layout, ends: Days, work: Days) -> tuple[Days, Days]:
    """When each tube's first and last swab is taken, on a day with that work (stairwells,)."""
    slower = (work / (np.array(layout.seconds) / 60))[layout.tube_of]
    begins = (ends - work)[layout.tube_of]
    return begins + layout.begun * slower, begins + layout.closed * slower


def _quantiles(values: Days) -> tuple[float, float, float]:
    low, middle, high = np.quantile(values, (0.05, 0.5, 0.95)).tolist()
    return low, middle, high


def _progress(days: Days, played: Days, people: Sequence[int]) -> Progress:
    """People of a stairwell count one after another over its time, the way there included."""
    begun, counts = days - played, np.array(people, np.float64)
    minutes = np.arange(0.0, days.max() + STEP, STEP)
    done = np.stack([
        (np.clip((at - begun) / played, 0, 1) * counts).sum(axis=1) for at in minutes
    ])  # fmt: skip
    low, middle, high = np.round(np.quantile(done, (0.05, 0.5, 0.95), axis=1), 1).tolist()
    return Progress(tuple(minutes.tolist()), tuple(low), tuple(middle), tuple(high))


def _advice(problem: Round) -> tuple[Advice, Advice] | None:
    if problem.positivity is None:
        return None
    stairwells = [each.households for b in problem.buildings for each in b.stairwells]
    return (
        advise(problem.positivity),
        advise_households(problem.positivity, stairwells, problem.attack_rate),
    )


def _courier(problem: Round, first: Days, last: Days) -> tuple[tuple[Run, ...], float]:
    """A run every `collect_minutes` that finds closed tubes; the laboratory works in order."""
    rate = problem.laboratory_tubes_an_hour / 60
    runs: list[Run] = []
    free = 0.0  # when the laboratory has done all it has
    before = -1.0
    for number in range(1, math.ceil(last.max() / problem.collect_minutes) + 1):
        leaves = number * problem.collect_minutes
        here = (last > before) & (last <= leaves)
        before = leaves
        tubes = int(here.sum())
        if not tubes:
            continue
        arrives = leaves + problem.drive_minutes
        ages = arrives - first[here]
        free = max(free, arrives) + tubes / rate
        runs.append(
            Run(
                leaves,
                tubes,
                -(-tubes // problem.box_tubes),
                float(ages.max()),
                int((ages > problem.limit_minutes).sum()),
                math.ceil((free - arrives) * rate - 1e-6),
            )
        )
    return tuple(runs), free


def _guide(people: int) -> Guide:
    file = resources.files("doorstep.planning.sampling") / "guide.toml"
    data: dict[str, Any] = tomllib.loads(file.read_text(encoding="utf-8"))

    def between(name: str) -> tuple[int, int]:
        entry = data[name]
        return -(-people // entry["people_most"]), -(-people // entry["people_least"])

    sources = tuple(sorted({(en, zh) for en, zh in (each["source"] for each in data.values())}))
    samplers = -(-people // data["sampler"]["people"])
    return Guide(between("site"), between("table"), samplers, sources)
