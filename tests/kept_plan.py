"""Plans that somebody kept, for tests that go through every page."""

from typing import Any

from doorstep.command.plans import asking, catalog, drafts, questions
from doorstep.command.plans.pages import with_servers
from doorstep.planning import pulse
from doorstep.planning.centre import answer, simulate, staffing


def leave(staff: Any, estate: str, unit: str = "", day: str = "2021-06-22") -> list[str]:
    """A small centre's plan, an estate's round, both accepted; with a unit a shift plan; ids."""
    centre = asking.read({"people": "300", "by": "12:30", "opens": "08:00"}).centre
    found = staffing.search(
        staffing.Search(centre, (asking.DESKS, asking.STALLS), scenarios=("plain",))
    )
    desks, stalls = map(str, found.servers)
    centre = with_servers(centre, {"desks": desks, "stalls": stalls}, 50)
    played = answer.Answer(simulate.simulate(centre), found)
    made = [drafts.keep(staff, catalog.CENTRE, centre, played, day)]
    made.append(_keep(staff, catalog.SAMPLING, {"estate": estate, "by": "20:00"}, estate, day))
    for plan in made:
        drafts.accept(staff, plan)
    if unit:
        said = {"unit": unit, "first": day, "days": "7"}
        made.append(_keep(staff, catalog.SHIFTS, said, unit, day))
    return made


def _keep(staff: Any, model: str, said: dict[str, str], mine: str, day: str) -> str:
    question = questions.QUESTIONS[model]
    problem, typed = questions.read(question, said, {mine}, pulse.ENDLESS)
    found = catalog.find(model).solve(problem, pulse.ENDLESS)
    return drafts.keep(staff, model, problem, found, day, questions.place_of(question, typed))
