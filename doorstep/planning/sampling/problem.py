"""What is asked: an estate as households with numbers of people, teams, couriers, a laboratory.

Minutes count from `starts`, when teams set out. No names of people belong here. Where a default is
no figure of a guide it is an assumption, and says so.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from doorstep.planning.hours import Clock
from doorstep.planning.wrong import Wrong

MOST_PEOPLE = 200_000

Name = Annotated[str, Meta(min_length=1, max_length=40)]
Minutes = Annotated[float, Meta(gt=0, le=1_440)]
People = Annotated[int, Meta(ge=0, le=200)]


class _Struct(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass


class Stairwell(_Struct, frozen=True):
    """An entrance: for each household behind it the people to be sampled."""

    name: Name
    households: Annotated[tuple[People, ...], Meta(min_length=1, max_length=2_000)]


class Building(_Struct, frozen=True):
    name: Name
    stairwells: Annotated[tuple[Stairwell, ...], Meta(min_length=1, max_length=100)]


class Round(_Struct, frozen=True):
    """`pool`: "household", or swabs in a tube. `teams`: each works at one table.

    The defaults of `swabs_an_hour` (a team), `collect_minutes` and `limit_minutes` are those of
    guide.toml. All other defaults are assumptions, among them `cv`, the variation of a stairwell's
    work between days (standard deviation over mean). `positivity`: the share of people expected to
    be positive, for advice on the pool; `attack_rate`: of it, how many of a household catch it from
    one who brought it home. Without a positivity there is no advice.
    """

    buildings: Annotated[tuple[Building, ...], Meta(min_length=1, max_length=1_000)]
    teams: Annotated[int, Meta(ge=1, le=500)]
    starts: Clock = "08:00"
    pool: Literal["household", "1", "5", "10", "20"] = "10"
    swabs_an_hour: Annotated[float, Meta(gt=0, le=1_000)] = 86.0
    minutes_to_a_stairwell: Annotated[float, Meta(ge=0, le=240)] = 4.0
    queue_minutes: Minutes = 15.0
    cv: Annotated[float, Meta(ge=0, le=2)] = 0.2
    collect_minutes: Annotated[float, Meta(ge=5, le=1_440)] = 60.0
    drive_minutes: Minutes = 30.0
    limit_minutes: Minutes = 120.0
    box_tubes: Annotated[int, Meta(ge=1, le=10_000)] = 100
    laboratory_tubes_an_hour: Annotated[float, Meta(gt=0, le=1_000_000)] = 500.0
    positivity: Annotated[float, Meta(gt=0, le=1)] | None = None
    attack_rate: Annotated[float, Meta(ge=0, le=1)] = 0.5
    replications: Annotated[int, Meta(ge=20, le=5_000)] = 400
    seed: Annotated[int, Meta(ge=0, le=2**31)] = 1


def check(problem: Round) -> None:
    """Raises `Wrong`: a name twice, nobody to sample, too many people, a queue below one swab."""
    seen: set[str] = set()
    people = 0
    for index, building in enumerate(problem.buildings):
        if building.name in seen:
            raise Wrong(f"buildings[{index}].name", "TWICE", what=building.name)
        seen.add(building.name)
        names = [each.name for each in building.stairwells]
        for number, name in enumerate(names):
            if name in names[:number]:
                raise Wrong(f"buildings[{index}].stairwells[{number}].name", "TWICE", what=name)
        people += sum(sum(each.households) for each in building.stairwells)
    if not people:
        raise Wrong("buildings", "EMPTY")
    if people > MOST_PEOPLE:
        raise Wrong("buildings", "MOST", most=MOST_PEOPLE)
    if problem.queue_minutes * problem.swabs_an_hour < 60:
        raise Wrong("queue_minutes", "BOUND", right=f">= {60 / problem.swabs_an_hour:.2f}")
