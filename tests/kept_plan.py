"""A plan that somebody kept, for tests that go through every page."""

from typing import Any

from doorstep.command.plans import asking, drafts
from doorstep.command.plans.pages import with_servers
from doorstep.planning import pulse
from doorstep.planning.centre import staffing


def leave(staff: Any) -> str:
    """Work out a small centre's day and keep it accepted; its id."""
    centre = asking.read({"people": "300", "by": "12:30", "opens": "08:00"}).centre
    found = staffing.search(
        staffing.Search(centre, (asking.DESKS, asking.STALLS), scenarios=("plain",))
    )
    desks, stalls = map(str, found.servers)
    centre = with_servers(centre, {"desks": desks, "stalls": stalls}, drafts.DAYS)
    plan = drafts.keep(staff, centre, found, "2021-06-22", pulse.ENDLESS)
    drafts.accept(staff, plan)
    return plan
