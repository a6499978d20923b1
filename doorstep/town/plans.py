"""The town's plans for its played day: two vaccination centres, four points, nine estates, each
worked out from the town's own figures and kept; the estates' are accepted as well.

What the newspaper does not say (how long a dose takes, what a point does) is an assumption of
data/plans.toml. Refuses nothing: whoever has no people on the roster gets no plan.
"""

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from doorstep.command.plans import asking, catalog, drafts, live, questions
from doorstep.command.plans.pages import with_servers
from doorstep.planning.centre import answer, simulate, staffing
from doorstep.planning.pulse import ENDLESS
from doorstep.planning.sampling import rounds
from doorstep.registry import models, queries
from doorstep.town import duty, plan

DAYS = 100  # played of each centre

Progress = Callable[[str, int, int], None]


def keep(town: plan.Plan, progress: Progress = lambda step, done, of: None) -> list[str]:
    """Work out and keep every plan, as the duty officer; their ids, in the order above."""
    login = duty.list_logins(town)["duty_officer"][0]
    officer = models.Staff.objects.get(id=duty.staff_id(town, login))
    estates = [each for each in queries.list_places("estate") if live.read_stairwells(str(each.id))]
    whole = len(town.planned) + len(estates)
    made = []
    for number, each in enumerate(town.planned, 1):
        made.append(_keep_centre(town, officer, each))
        progress("plans", number, whole)
    for number, estate in enumerate(estates, len(town.planned) + 1):
        made.append(_keep_round(town, officer, str(estate.id)))
        drafts.accept(officer, made[-1])
        progress("plans", number, whole)
    return made


def _keep_centre(town: plan.Plan, officer: models.Staff, said: plan.Planned) -> str:
    centre = asking.read({
        "people": str(said.doses), "opens": said.opens, "by": said.by,
        "desk": str(said.desk_seconds), "stall": str(said.stall_seconds),
    }).centre  # fmt: skip
    found = None
    if said.desks is None or said.stalls is None:
        stations = (asking.DESKS, asking.STALLS)
        found = staffing.search(staffing.Search(centre, stations, scenarios=("plain",)))
        desks, stalls = found.servers
    else:
        desks, stalls = said.desks, said.stalls
    centre = with_servers(centre, {"desks": str(desks), "stalls": str(stalls)}, DAYS)
    played = answer.Answer(simulate.simulate(centre), found)
    about = duty.unit_id(town, said.unit)
    return drafts.keep(officer, catalog.CENTRE, centre, played, plan.DAY, about=about)


def _keep_round(town: plan.Plan, officer: models.Staff, estate: str) -> str:
    """As many teams as guides ask tables for so many people, at most."""
    question = questions.QUESTIONS[catalog.SAMPLING]
    # a tube a household, as the day is played
    said: dict[str, Any] = {"estate": estate, "teams": "1", "pool": "household"}
    asked, _ = questions.read(question, said, {estate}, ENDLESS)
    teams = rounds.solve(replace(asked, replications=20)).guide.tables[1]
    asked = replace(asked, teams=teams)
    return drafts.keep(officer, catalog.SAMPLING, asked, rounds.solve(asked), plan.DAY, estate)
