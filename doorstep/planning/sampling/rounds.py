"""Plays a sampling round: windows of the stairwells, when it is done, couriers, the laboratory.

A tube holds people of one stairwell, since stairwells of a building may be at different tables. The
windows and the couriers' runs are at the mean pace; the finish is a range over seeded days.
"""

import math
import tomllib
from collections.abc import Sequence
from importlib import resources
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from msgspec.structs import replace

from doorstep.planning.pulse import ENDLESS, Pulse
from doorstep.planning.sampling.plan import Guide, Progress, RoundPlan, Run, Visit
from doorstep.planning.sampling.pooling import Advice, advise, advise_households
from doorstep.planning.sampling.problem import Round, Stairwell, check
from doorstep.planning.sampling.teams import MOST_TEAMS, Split, split
from doorstep.planning.sampling.tubes import fill
from doorstep.planning.wrong import Wrong

STEP: Final = 10  # minutes between two points of the progress


def solve(problem: Round, pulse: Pulse = ENDLESS) -> RoundPlan:
    """The plan of a round. Raises `Wrong` (see `problem.check`, `teams.split`)."""
    check(problem)
    places = [
        (building.name, each)
        for building in problem.buildings
        for each in building.stairwells
        if sum(each.households)
    ]
    people = [sum(each.households) for _, each in places]
    filled = [_tubes(problem, each) for _, each in places]
    pace = problem.swabs_an_hour / 60
    seconds = [round(60 * (problem.minutes_to_a_stairwell + count / pace)) for count in people]
    shares = split(seconds, problem.teams, pulse)
    visits: list[Visit] = []
    begun: list[float] = []  # when each tube's first swab is taken
    closed: list[float] = []  # when its last is
    for team, jobs in enumerate(shares.jobs_of):
        at = 0.0
        for job in jobs:
            building, stairwell = places[job]
            end = at + seconds[job] / 60
            first = at + problem.minutes_to_a_stairwell
            call = min(people[job], math.floor(problem.queue_minutes * pace))
            tubes = filled[job][0]
            visits.append(
                Visit(team, building, stairwell.name, at, end, people[job], call, len(tubes))
            )
            taken = 0
            for swabs in tubes:
                begun.append(first + taken / pace)
                taken += swabs
                closed.append(first + taken / pace)
            at = end
    runs, done = _courier(problem, begun, closed)
    days = _play(problem, seconds, shares)
    return RoundPlan(
        people=sum(people),
        guide=_guide(sum(people)),
        visits=tuple(visits),
        tubes=len(begun),
        tubes_bound=sum(bound for _, bound in filled),
        work_minutes=shares.longest_seconds / 60,
        work_bound_minutes=shares.bound_seconds / 60,
        finish_minutes=_quantiles(_ends(days, shares)),
        progress=_progress(days, shares, people),
        runs=runs,
        laboratory_done_minute=done,
        advice=_advice(problem),
        stopped=shares.stopped,
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

    Raises `Wrong` (see `problem.check`; `by_minute` NOTHING_REACHES where no number does).
    """
    check(problem)
    stairwells = sum(any(s.households) for b in problem.buildings for s in b.stairwells)
    most = min(stairwells, MOST_TEAMS)  # a stairwell is one team's
    late = solve(replace(problem, teams=most), pulse).finish_minutes
    if late[2] > by_minute:
        raise Wrong("by_minute", "TEAMS_TOO_LATE", most=most, minutes=math.ceil(late[2]))
    low, high = 0, most  # `low` are too few, `high` are enough
    while high - low > 1 and pulse(0.0):
        middle = (low + high) // 2
        if solve(replace(problem, teams=middle), pulse).finish_minutes[2] <= by_minute:
            high = middle
        else:
            low = middle
    return high


Days = npt.NDArray[np.float64]


def _play(problem: Round, seconds: list[int], shares: Split) -> Days:
    """(days, stairwells): when each is done, minutes; lognormal work, mean as planned."""
    draws = np.random.default_rng(problem.seed)
    sigma = math.sqrt(math.log1p(problem.cv**2))
    size = (problem.replications, len(seconds))
    work = np.array(seconds) / 60 * np.exp(draws.normal(-(sigma**2) / 2, sigma, size))
    done = np.empty_like(work)
    for jobs in shares.jobs_of:
        done[:, list(jobs)] = np.cumsum(work[:, list(jobs)], axis=1)
    return done


def _ends(days: Days, shares: Split) -> Days:
    ends: Days = np.max([days[:, jobs[-1]] for jobs in shares.jobs_of if jobs], axis=0)
    return ends


def _quantiles(values: Days) -> tuple[float, float, float]:
    low, middle, high = np.quantile(values, (0.05, 0.5, 0.95)).tolist()
    return low, middle, high


def _progress(days: Days, shares: Split, people: Sequence[int]) -> Progress:
    """People of a stairwell count one after another over its time, the way there included."""
    begun = np.zeros_like(days)
    for jobs in shares.jobs_of:
        begun[:, list(jobs[1:])] = days[:, list(jobs[:-1])]
    minutes = np.arange(0.0, _ends(days, shares).max() + STEP, STEP)
    counts = np.array(people, np.float64)
    done = np.stack([
        (np.clip((at - begun) / (days - begun), 0, 1) * counts).sum(axis=1) for at in minutes
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


def _courier(
    problem: Round, begun: list[float], closed: list[float]
) -> tuple[tuple[Run, ...], float]:
    """A run every `collect_minutes` that finds closed tubes; the laboratory works in order."""
    first, last = np.array(begun), np.array(closed)
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
