"""Everything the planner can be asked, on one page: for each model its word, its name, the shapes
of question and answer, what solves it, and what tells the answer in words.

Decides nothing. A model is imported where it is used: see this package.
"""

from collections.abc import Callable
from typing import Any, Final, NamedTuple

import msgspec
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from doorstep.command.plans.blocks import Report


class Model(NamedTuple):
    """`problem`, `answer`: frozen structs; `solve(problem, pulse)`, raising `Wrong`; `tell(problem,
    answer)` in the reader's language.
    """

    problem: type[msgspec.Struct]
    answer: type[msgspec.Struct]
    solve: Callable[[Any, Callable[[float], bool]], Any]
    tell: Callable[[Any, Any], Report]


CENTRE, SAMPLING, VISITS = "centre", "sampling", "visits"
SUPPLY, SHIFTS, PROJECTION = "supply", "shifts", "projection"
NAMES: Final[dict[str, Promise]] = {
    CENTRE: _("Vaccination centre"),
    SAMPLING: _("Sampling round"),
    VISITS: _("Visits"),
    SUPPLY: _("Supply round"),
    SHIFTS: _("Shift plan"),
    PROJECTION: _("Projection"),
}


def find(word: str) -> Model:
    """The model of that word. Raises KeyError."""
    return _FOUND[word]()


def _centre() -> Model:
    from doorstep.command.plans import centre_report
    from doorstep.planning.centre import answer, problem

    return Model(problem.Centre, answer.Answer, answer.play, centre_report.tell)


def _sampling() -> Model:
    from doorstep.command.plans import sampling_report
    from doorstep.planning.sampling import plan, problem, rounds

    return Model(problem.Round, plan.RoundPlan, rounds.solve, sampling_report.tell)


def _visits() -> Model:
    from doorstep.command.plans import walks_report
    from doorstep.planning.walks import plan, problem, visits

    return Model(
        problem.Visits, plan.VisitPlan, visits.bundle, walks_report.tell_visits,
    )  # fmt: skip


def _supply() -> Model:
    from doorstep.command.plans import walks_report
    from doorstep.planning.walks import plan, problem, trips

    return Model(problem.Supply, plan.SupplyPlan, trips.supply, walks_report.tell_supply)


def _shifts() -> Model:
    from doorstep.command.plans import shifts_report
    from doorstep.planning.shifts import plan, problem, solve

    return Model(problem.Roster, plan.ShiftPlan, solve.solve, shifts_report.tell)


def _projection() -> Model:
    from doorstep.command.plans import projection_report
    from doorstep.planning.projection import plan, problem, projection

    return Model(problem.Projection, plan.Prospect, projection.project, projection_report.tell)


_FOUND: Final[dict[str, Callable[[], Model]]] = {
    CENTRE: _centre,
    SAMPLING: _sampling,
    VISITS: _visits,
    SUPPLY: _supply,
    SHIFTS: _shifts,
    PROJECTION: _projection,
}
