"""Shares jobs (the stairwells of an estate) between teams so that the last team is done early.

Longest job first to the team that is free first; then jobs of the longest team are moved, or
swapped with another team's, while that shortens it; then it and another team share all their jobs
anew, in the best of all ways. All of it again from other orders, while it is not near its bound.
Teams are alike; the order inside a team is the given order of the jobs, so that a team walks the
estate as it is numbered.
"""

from collections.abc import Sequence

import msgspec
import numpy as np
import numpy.typing as npt

from doorstep.planning.pulse import ENDLESS, Pulse, part_of
from doorstep.planning.wrong import Wrong

Whole = npt.NDArray[np.int64]

MOST_JOBS = 5_000
MOST_TEAMS = 500
MOST_ROUNDS = 5_000
STARTS = 16  # of the search, all but the first with the jobs out of order by
ENOUGH = 1.002  # times the bound: no other start is tried
NOISE = 0.15  # so much of their length, one standard deviation
MOST_RESTARTED = 500  # jobs: more are split near enough by one start
SEED = 1
MOST_SHARED = 12  # jobs of two teams of which every division is looked at


class Split(msgspec.Struct, frozen=True):
    """`jobs_of`: for each team its jobs, by index; `longest_seconds`: the longest team's work;
    `bound_seconds`: no split is done earlier; `stopped`: the pulse ended the search."""

    jobs_of: tuple[tuple[int, ...], ...]
    longest_seconds: int
    bound_seconds: int
    stopped: bool

    @property
    def gap(self) -> float:
        """Share by which the longest team exceeds the bound; 0: proved to be the best."""
        return self.longest_seconds / self.bound_seconds - 1 if self.bound_seconds else 0.0


def split(seconds: Sequence[int], teams: int, pulse: Pulse = ENDLESS) -> Split:
    """Jobs of so many `seconds` over `teams`.

    Raises `Wrong`: no team, too many teams or jobs, a negative duration.
    """
    if not 1 <= teams <= MOST_TEAMS:
        raise Wrong("teams", "BETWEEN", low=1, high=MOST_TEAMS)
    if len(seconds) > MOST_JOBS:
        raise Wrong("jobs", "MOST", most=MOST_JOBS)
    for index, each in enumerate(seconds):
        if each < 0:
            raise Wrong(f"jobs[{index}]", "BOUND", right=">= 0")
    work = np.array(seconds, np.int64)
    bound = _bound(work, teams)
    draws = np.random.default_rng(SEED)
    best, least, stopped = np.zeros(len(work), np.int64), -1, False
    for start in range(STARTS if len(work) <= MOST_RESTARTED else 1):
        spread = NOISE * draws.standard_normal(len(work)) if start else 0.0
        order = np.argsort(-work * (1 + spread), kind="stable")
        step = part_of(pulse, start / STARTS, (start + 1) / STARTS)
        team_of, load, stopped = _search(work, order, teams, bound, step)
        if least < 0 or load < least:
            best, least = team_of, load
        if stopped or least <= bound * ENOUGH:
            break
    jobs_of = tuple(tuple(np.flatnonzero(best == team).tolist()) for team in range(teams))
    return Split(jobs_of, least, bound, stopped)


def _search(
    work: Whole, order: Whole, teams: int, bound: int, pulse: Pulse
) -> tuple[Whole, int, bool]:
    """Jobs dealt in that order and then improved: each one's team, the longest team's seconds,
    and whether the pulse stopped it.
    """
    team_of = np.zeros(len(work), np.int64)
    load = np.zeros(teams, np.int64)
    for job in order:
        team_of[job] = load.argmin()
        load[team_of[job]] += work[job]
    for done in range(MOST_ROUNDS):
        if load.max() <= bound or not (
            _shorten(work, team_of, load) or _share_anew(work, team_of, load)
        ):
            break
        if not pulse(done / MOST_ROUNDS):
            return team_of, int(load.max()), True
    return team_of, int(load.max()), False


def _bound(work: Whole, teams: int) -> int:
    """The mean, the longest job, and what pigeonholes say: of the q * `teams` + 1 longest jobs some
    team has q + 1, which are at the least their q + 1 shortest. And by counting: if k teams have
    more than q jobs, the others have q each at most, so that those k have (q + 1) * k jobs or what
    the others leave, which are at the least the shortest jobs there are; k is any number.
    """
    if not len(work):
        return 0
    longest = np.sort(work)[::-1]
    shortest = np.concatenate([[0], np.cumsum(longest[::-1])])  # of so many jobs
    bound = max(-(-int(work.sum()) // teams), int(longest[0]))
    for last in range(teams, len(work), teams):
        bound = max(bound, int(longest[last - last // teams : last + 1].sum()))
        few = last // teams
        many = np.arange(1, min(teams, len(work) // (few + 1)) + 1)
        count = np.maximum((few + 1) * many, len(work) - few * (teams - many))
        possible = count <= len(work)
        if possible.any():
            least = -(-shortest[count[possible]] // many[possible])
            bound = max(bound, int(least.min()))
    return bound


def _share_anew(work: Whole, team_of: Whole, load: Whole) -> bool:
    """The longest team and one other divide their jobs in the best of all ways; False: with none
    of them that shortens it. Looks only where both together have few jobs.
    """
    top = int(load.argmax())
    mine = np.flatnonzero(team_of == top)
    best: tuple[int, int, Whole] | None = None
    for other in np.argsort(load, kind="stable"):
        if other == top:
            continue
        both = np.concatenate([mine, np.flatnonzero(team_of == other)])
        if len(both) > MOST_SHARED:
            continue
        ways = (np.arange(1 << (len(both) - 1))[:, None] >> np.arange(len(both))) & 1
        kept = ways @ work[both]
        longer = np.maximum(kept, load[top] + load[other] - kept)
        way = int(longer.argmin())
        if longer[way] < (load[top] if best is None else best[0]):
            best = int(longer[way]), int(other), both[ways[way] == 1]
    if best is None:
        return False
    _, other, keeps = best
    team_of[team_of == top] = other
    team_of[keeps] = top
    whole = load[top] + load[other]
    load[top] = work[keeps].sum()
    load[other] = whole - load[top]
    return True


def _shorten(work: Whole, team_of: Whole, load: Whole) -> bool:
    """The best single move or swap that shortens the longest team; False: there is none."""
    top = int(load.argmax())
    mine = np.flatnonzero(team_of == top)
    others = np.flatnonzero(team_of != top)
    # A job against another team's job, or against nothing of any team (a move).
    against = np.concatenate([work[others], np.zeros(len(load), np.int64)])
    team = np.concatenate([team_of[others], np.arange(len(load))])
    less = work[mine][:, None] - against[None, :]
    worse = np.maximum(load[top] - less, load[team][None, :] + less)
    worse[:, team == top] = load[top]
    row, column = np.unravel_index(int(worse.argmin()), worse.shape)
    if worse[row, column] >= load[top]:
        return False
    shift = less[row, column]
    other = int(team[column])
    team_of[mine[row]] = other
    if column < len(others):
        team_of[others[column]] = top
    load[top] -= shift
    load[other] += shift
    return True
