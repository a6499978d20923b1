"""What comes out of played days: means over days with the interval in which the true mean lies with
95 % confidence, and how days spread. Minutes and seconds as the names say.
"""

import functools
import math
from collections.abc import Callable, Sequence
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

_NORMAL: Final = 1.959964
# Student's t, 97.5 %, for few days: degrees of freedom → factor; above, Cornish and Fisher's series
_STUDENT: Final = {1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776, 5: 2.571, 6: 2.447, 7: 2.365, 8: 2.306}


class Figure(msgspec.Struct, frozen=True):
    """A figure of a day: its mean over the days played, the 95 % interval of that mean, and the
    days' own spread (5 and 95 %).
    """

    mean: float
    low: float
    high: float
    p5: float
    p95: float


class StationOutcome(msgspec.Struct, frozen=True):
    """A station. Waits in minutes: mean, median, P95 of a day's people. `utilisation`: time served
    ÷ (servers x the time from the opening to the end of the last service). `queue`: how many stand
    there at the moments of `Outcome.clock_minutes`: mean and P95 over days.
    """

    name: str
    servers: int
    wait_mean: Figure
    wait_median: Figure
    wait_p95: Figure
    utilisation: Figure
    queue: tuple[float, ...]
    queue_p95: tuple[float, ...]
    seconds_each: float  # a service on average


class Outcome(msgspec.Struct, frozen=True):
    """Days played. `people`: who came; `by_target`: through the last station by the target's time
    (or the last booking's end); `finish`: when the last one left the last station (minutes since
    midnight); `within`: the share who waited no longer than the target allows; `good`: the share of
    days that reach the target. `seats`: the most who sat at once. Curves at `clock_minutes`.
    """

    kernel: str
    days: int
    people: Figure
    by_target: Figure
    finish: Figure
    wait_mean: Figure
    wait_median: Figure
    wait_p95: Figure
    within: Figure
    good: float
    good_low: float
    good_high: float
    seats: Figure
    stations: tuple[StationOutcome, ...]
    clock_minutes: tuple[float, ...]
    done: tuple[float, ...]
    done_p5: tuple[float, ...]
    done_p95: tuple[float, ...]
    sitting: tuple[float, ...]


def figure_of(values: Sequence[float] | npt.NDArray[np.float64]) -> Figure:
    """The figure of what each day came to."""
    days = np.asarray(values, np.float64)
    mean = float(days.mean())
    half = 0.0
    if len(days) > 1:
        half = _student(len(days) - 1) * float(days.std(ddof=1)) / math.sqrt(len(days))
    low, high = (float(value) for value in np.quantile(days, (0.05, 0.95)))
    return Figure(mean, mean - half, mean + half, low, high)


def _student(freedom: int) -> float:
    if freedom in _STUDENT:
        return _STUDENT[freedom]
    z = _NORMAL
    return z + (z**3 + z) / (4 * freedom) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * freedom**2)


def bounds_of(successes: int, trials: int, confidence: float = 0.95) -> tuple[float, float]:
    """Clopper and Pearson's bounds of a share, each side with half of what is left of `confidence`
    (Biometrika 1934; 26: 404-413).
    """
    side = (1 - confidence) / 2
    return lower_bound(successes, trials, side), upper_bound(successes, trials, side)


@functools.lru_cache(maxsize=4_096)  # a search asks for the same few again and again
def lower_bound(successes: int, trials: int, side: float) -> float:
    """The smallest share under which so many successes or more are as likely as `side`."""
    if successes == 0:
        return 0.0
    return _bisect(lambda share: 1 - _at_most(successes - 1, trials, share) > side)


@functools.lru_cache(maxsize=4_096)
def upper_bound(successes: int, trials: int, side: float) -> float:
    """The largest share under which so few successes or less are as likely as `side`."""
    if successes == trials:
        return 1.0
    return _bisect(lambda share: _at_most(successes, trials, share) < side)


def _bisect(is_above: Callable[[float], bool]) -> float:
    low, high = 0.0, 1.0
    for _ in range(40):
        middle = (low + high) / 2
        if is_above(middle):
            high = middle
        else:
            low = middle
    return (low + high) / 2


def _at_most(most: int, trials: int, share: float) -> float:
    """The chance of at most so many successes (binomial)."""
    if share <= 0:
        return 1.0
    if share >= 1:
        return 1.0 if most >= trials else 0.0
    logs = [
        math.lgamma(trials + 1) - math.lgamma(k + 1) - math.lgamma(trials - k + 1)
        + k * math.log(share) + (trials - k) * math.log1p(-share)
        for k in range(most + 1)
    ]  # fmt: skip
    return min(1.0, math.fsum(math.exp(value) for value in logs))
