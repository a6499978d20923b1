"""Plays a sampling round: windows of the stairwells, when it is done, couriers, the laboratory.

A tube holds people of one stairwell, since stairwells of a building may be at different tables. The
windows and the couriers' runs are at the mean pace; the finish is a range over seeded days.
"""

import math
import tomllib
from importlib import resources
from typing import Any

import numpy as np

from doorstep.planning.pulse import ENDLESS, Pulse
from doorstep.planning.sampling.plan import Guide, RoundPlan, Run, Visit
from doorstep.planning.sampling.problem import Round, Stairwell, check
from doorstep.planning.sampling.teams import Split, split
from doorstep.planning.sampling.tubes import fill


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
    return RoundPlan(
        people=sum(people),
        guide=_guide(sum(people)),
        visits=tuple(visits),
        tubes=len(begun),
        tubes_bound=sum(bound for _, bound in filled),
        work_minutes=shares.longest_seconds / 60,
        work_bound_minutes=shares.bound_seconds / 60,
        finish_minutes=_finish(problem, seconds, shares),
        runs=runs,
        laboratory_done_minute=done,
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


def _finish(problem: Round, seconds: list[int], shares: Split) -> tuple[float, float, float]:
    """Minutes by which 5, 50 and 95 % of seeded days are done; lognormal work, mean as planned."""
    draws = np.random.default_rng(problem.seed)
    sigma = math.sqrt(math.log1p(problem.cv**2))
    size = (problem.replications, len(seconds))
    work = np.array(seconds) / 60 * np.exp(draws.normal(-(sigma**2) / 2, sigma, size))
    teams = [work[:, list(jobs)].sum(axis=1) for jobs in shares.jobs_of]
    low, middle, high = np.quantile(np.max(teams, axis=0), (0.05, 0.5, 0.95)).tolist()
    return low, middle, high


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

    sources = tuple(sorted({entry["source"] for entry in data.values()}))
    samplers = -(-people // data["sampler"]["people"])
    return Guide(between("site"), between("table"), samplers, sources)
