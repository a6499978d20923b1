"""Compiles every kernel ahead of its first use, by working out a small problem of each model.

What is compiled is kept by the compiler's cache (see `planning.compiled`), so that another process
finds it there. Where nothing compiles it does nothing.
"""

from typing import Any, Final

from doorstep.planning import problems
from doorstep.planning.centre import simulate, staffing
from doorstep.planning.centre.problem import Centre
from doorstep.planning.compiled import COMPILES
from doorstep.planning.projection import problem as projections
from doorstep.planning.projection import projection
from doorstep.planning.pulse import ENDLESS
from doorstep.planning.shifts import problem as rosters
from doorstep.planning.shifts import solve

_SHIFTS: Final[dict[str, Any]] = {
    "name": "small",
    "days": 3,
    "shifts": [{"name": "day", "start": 420, "minutes": 480},
               {"name": "night", "start": 1380, "minutes": 480, "night": True}],
    "people": [{"name": "a", "skills": ["x"]}, {"name": "b"}, {"name": "c"}],
    # more than there are: what is short is explained, too
    "cover": [{"place": "p", "shift": "day", "people": 3},
              {"place": "p", "shift": "night", "people": 1, "skill": "x"}],
    "effort": {"moves": 1_000, "rounds": 2},
}  # fmt: skip
_CENTRE: Final[dict[str, Any]] = {
    "name": "small",
    "opens": "08:00",
    "stations": [{"name": "desk", "servers": 1, "duration": {"mean_seconds": 60}},
                 {"name": "stall", "servers": 1, "duration": {"mean_seconds": 60}}],
    "observation": {"duration": {"shape": "constant", "mean_seconds": 600}},
    "arrivals": {"bookings": 20, "first": "08:00", "last": "09:00"},
    "target": {"people": 10, "by": "10:00"},
    "replications": 2,
}  # fmt: skip
_STREAM: Final[dict[str, Any]] = {
    "preparers": 1, "duration": {"mean_seconds": 10}, "starts": "07:30", "hours": 2,
}  # fmt: skip
_PROJECTION: Final[dict[str, Any]] = {
    "name": "small",
    "disease": "trial",
    "buildings": [{"households": {"2": 10}}],
    "measures": [{"name": "nothing"}, {"name": "all", "sealed_from": 1, "test_every": 2}],
    "infected": 2,
    "days": 5,
    "release_days": 5,
    "runs": 20,
}


def compile_kernels() -> None:
    """Work out the small problems; the longest to compile come first."""
    if not COMPILES:
        return
    solve.solve(problems.read(rosters.Roster, _SHIFTS), ENDLESS)
    plain = problems.read(Centre, _CENTRE)
    simulate.simulate(plain)
    staffing.search(staffing.Search(plain, ("desk", "stall"), scenarios=("plain",)))
    desk, stall = _CENTRE["stations"]
    seats = _CENTRE["observation"] | {"seats": 10}  # what the calendar of events is for
    full = _CENTRE | {"stations": [desk, stall | {"stream": _STREAM}], "observation": seats}
    simulate.simulate(problems.read(Centre, full))
    projection.project(problems.read(projections.Projection, _PROJECTION))
