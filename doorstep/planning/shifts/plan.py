"""What comes out of a shift plan. Costs are in the points of the problem's prices."""

import msgspec

from doorstep.planning.shifts.problem import Duty


class Short(msgspec.Struct, frozen=True):
    """Cover not met: `people` short of those wanted. `why`: of everybody with the skill who does
    not work there, how many for which reason: "elsewhere" (works another post that day),
    "unavailable", "may_not" (place or shift), "past", "rest", "run", "days", "nights",
    "nights_run", "off_run" (the first rule that it would break), "free" (could, but it would cost
    more).
    """

    place: str
    day: int
    shift: str
    skill: str
    people: int
    why: dict[str, int]


class Mend(msgspec.Struct, frozen=True):
    """One change and what it does: with it, a plan was found that is `left` people short in all
    (`short` without it). `kind`: "rest", "most_run", "most_days", "most_nights", "most_nights_run",
    "off_run" (`value`: the rule's new figure), or "people" (`value`: how many more, with `skill`,
    for `place`).
    """

    kind: str
    value: int
    short: int
    left: int
    skill: str = ""
    place: str = ""


class Explained(msgspec.Struct, frozen=True):
    """`least`: shortage that no plan can avoid, proved (people, over all shifts); `found`: the
    least found when nothing but cover counts; `mends`: single changes that were tried.
    """

    least: int
    found: int
    mends: tuple[Mend, ...]


class Cost(msgspec.Struct, frozen=True):
    """Where the points come from; their sum is the cost."""

    short: int
    wishes: int
    days: int
    nights: int
    changes: int
    duties: int


class Worked(msgspec.Struct, frozen=True):
    """One person's days and nights of work, wishes granted and not, days changed."""

    person: str
    days: int
    nights: int
    granted: int
    refused: int
    changed: int


class ShiftPlan(msgspec.Struct, frozen=True):
    """The answer. `bound`: no plan costs less; None if it was stopped before one was proved. `gap`:
    (cost - bound) / cost, 0 at no cost, None without a bound. `best`: proved, cost equals bound.
    `stopped`: by the pulse, before the search was done.
    """

    duties: tuple[Duty, ...]
    cost: int
    bound: int | None
    gap: float | None
    best: bool
    stopped: bool
    parts: Cost
    people: tuple[Worked, ...]
    short: tuple[Short, ...]
    explained: Explained | None
