"""What is kept of a centre's plan: days that were played, and the staffing searched for."""

import msgspec

from doorstep.planning.centre.outcome import Outcome
from doorstep.planning.centre.problem import Centre
from doorstep.planning.centre.simulate import simulate
from doorstep.planning.centre.staffing import Staffing
from doorstep.planning.pulse import Pulse


class Answer(msgspec.Struct, frozen=True):
    """`staffing`: None where the numbers were given and not searched."""

    outcome: Outcome
    staffing: Staffing | None = None


def play(centre: Centre, pulse: Pulse) -> Answer:
    """The days of a centre with the servers it has. Raises `Wrong`."""
    return Answer(simulate(centre, pulse))
