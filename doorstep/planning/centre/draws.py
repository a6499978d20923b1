"""Random numbers that belong to somebody: the draw of a person at a stage is a hash of seed, day,
person and stage (splitmix64), so another number of desks changes nobody's service time, and two
plans are compared on the same days.

The compiled kernels hold the same hash in their own files (`planning.compiled` says why); a test
holds them against each other.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

GOLDEN: Final = np.uint64(0x9E3779B97F4A7C15)
FIRST: Final = np.uint64(0xBF58476D1CE4E5B9)
SECOND: Final = np.uint64(0x94D049BB133111EB)
# what a person draws besides one service time a station (stage 0 … stations - 1)
SHOWS, EARLY, GROUP, OBSERVED, WALK, PREPARED = 16, 17, 18, 19, 20, 40
_ALL: Final = 0xFFFFFFFFFFFFFFFF
STAGES: Final = 64  # draws a person has at most
Draws = npt.NDArray[np.uint64]


def mix(values: Draws) -> Draws:
    """The finaliser of splitmix64, of an array."""
    values = (values ^ (values >> np.uint64(30))) * FIRST
    values = (values ^ (values >> np.uint64(27))) * SECOND
    return values ^ (values >> np.uint64(31))


def base_of(seed: int, day: int) -> np.uint64:
    """What all draws of a day begin with: `mix` of one number, which an array is slow for."""
    place = ((seed & 0xFFFFFFFF) << 32) + (day & 0xFFFFFFFF) + 1
    value = place * int(GOLDEN) & _ALL
    value = (value ^ (value >> 30)) * int(FIRST) & _ALL
    value = (value ^ (value >> 27)) * int(SECOND) & _ALL
    return np.uint64(value ^ (value >> 31))


def draw(base: np.uint64, people: int, stage: int) -> npt.NDArray[np.int64]:
    """One 32-bit draw for each of the first `people`, at a stage: 0 … 2^32 - 1."""
    with np.errstate(over="ignore"):
        places = np.arange(people, dtype=np.uint64) * np.uint64(STAGES) + np.uint64(stage + 1)
        mixed = mix(base + places * GOLDEN)
    drawn: npt.NDArray[np.int64] = (mixed >> np.uint64(32)).astype(np.int64)
    return drawn


def look_up(table: npt.NDArray[np.int64], drawn: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """What draws mean in a table of quantiles, in whole ms."""
    step, rest = drawn >> 20, drawn & 0xFFFFF
    low = table[step]
    found: npt.NDArray[np.int64] = low + ((rest * (table[step + 1] - low)) >> 20)
    return found
