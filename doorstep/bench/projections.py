"""How many months of an estate a projection plays in a second: nothing done, tested, sealed and
tested. Reads no database.
"""

import time
import tomllib
from importlib import resources
from typing import Any

from msgspec.structs import replace

from doorstep.bench import machine
from doorstep.planning.problems import read
from doorstep.planning.projection.problem import Projection
from doorstep.planning.projection.projection import project

RUNS = 2_000


def measure() -> dict[str, Any]:
    """Runs a second of each set of measures of the example, one after another."""
    file = resources.files("doorstep.planning.projection") / "examples" / "estate.toml"
    asked = read(Projection, tomllib.loads(file.read_text(encoding="utf-8")))
    project(replace(asked, runs=20))  # compiles
    rates = {}
    for each in asked.measures:
        begun = time.perf_counter()
        found = project(replace(asked, measures=(each,), runs=RUNS))
        rates[each.name] = round(RUNS / (time.perf_counter() - begun))
    return {
        "what": "projection", "people": found.people, "days": asked.days, "runs_a_second": rates,
        "machine": machine.describe(),
    }  # fmt: skip
