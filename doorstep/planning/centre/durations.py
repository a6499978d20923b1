"""How long things take, as tables of quantiles in whole milliseconds that kernels draw from.

A table has KNOTS + 1 values at equal steps of probability. Between them is a straight line, and the
last knot is set so that the mean of what is drawn is the mean that was asked for. Refuses timings
that are no durations; names the preset that does not exist.
"""

import functools
import importlib.resources
import math
import statistics
import tomllib
from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec
import numpy as np
import numpy.typing as npt

from doorstep.planning.centre.problem import Duration
from doorstep.planning.wrong import Wrong

KNOTS: Final = 4096  # a power of two: a draw's upper 12 bits choose the step
EDGE: Final = 1e-7  # of probability, for shapes without an end
MS: Final = 1000.0
Table = npt.NDArray[np.int64]


class Preset(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A duration somebody measured (`kind` measured) or assumed (model); `names`: en, zh."""

    kind: str
    names: tuple[str, str]
    source: str
    shape: str
    mean_seconds: float = 0.0
    cv: float = 0.5
    least_seconds: float = 0.0
    mode_seconds: float = 0.0
    most_seconds: float = 0.0

    @property
    def duration(self) -> Duration:
        """The duration itself."""
        return msgspec.convert(
            {"shape": self.shape, "mean_seconds": self.mean_seconds, "cv": self.cv,
             "least_seconds": self.least_seconds, "mode_seconds": self.mode_seconds,
             "most_seconds": self.most_seconds},
            Duration,
        )  # fmt: skip


@functools.cache
def read_presets() -> dict[str, Preset]:
    """Every preset by its name."""
    text = importlib.resources.files(__package__).joinpath("presets.toml").read_text("utf-8")
    read: dict[str, Any] = tomllib.loads(text)
    return {name: msgspec.convert(said, Preset) for name, said in read.items()}


def resolve(field: str, duration: Duration) -> Duration:
    """A duration with its preset put in its place. Raises `Wrong`: PRESET_UNKNOWN."""
    if not duration.preset:
        return duration
    found = read_presets().get(duration.preset)
    if found is None:
        known = ", ".join(read_presets())
        raise Wrong(f"{field}.preset", "PRESET_UNKNOWN", name=duration.preset, known=known)
    return found.duration


def mean_of(duration: Duration) -> float:
    """Seconds on average."""
    if duration.timings:
        return statistics.fmean(duration.timings)
    if duration.shape == "triangular":
        return (duration.least_seconds + duration.mode_seconds + duration.most_seconds) / 3
    return duration.mean_seconds


def tabulate(duration: Duration, factor: float = 1.0) -> Table:
    """The table of a resolved duration, every value `factor` times as long: ms, shape
    (KNOTS + 1,), rising, at least 1.
    """
    steps = np.arange(KNOTS + 1) / KNOTS
    steps[0], steps[-1] = EDGE, 1 - EDGE
    seconds = np.maximum(_quantiles(duration)(steps), 0.0) * factor
    knots = np.maximum(np.rint(seconds * MS), 1).astype(np.int64)
    wanted = max(mean_of(duration) * factor * MS, 1.0)
    # what straight lines between the knots come to, were the last one not chosen yet
    rest = float(knots[1:-1].sum()) + knots[0] / 2
    knots[-1] = max(knots[-2], round(2 * (KNOTS * wanted - rest)))
    return knots


def tabulate_clock(mean_minutes: float, deviation_minutes: float) -> Table:
    """Minutes around a moment, normally spread, may be negative: ms, shape (KNOTS + 1,)."""
    steps = np.arange(KNOTS + 1) / KNOTS
    steps[0], steps[-1] = EDGE, 1 - EDGE
    normal = _standard_normal(steps)
    return np.rint((mean_minutes + deviation_minutes * normal) * 60 * MS).astype(np.int64)


def tabulate_count(expected: float) -> Table:
    """Poisson numbers around `expected`: shape (KNOTS + 1,), to be read without interpolation."""
    if expected <= 0:
        return np.zeros(KNOTS + 1, np.int64)
    most = int(expected + 12 * math.sqrt(expected) + 12)
    logs = [k * math.log(expected) - expected - math.lgamma(k + 1) for k in range(most)]
    sums = np.cumsum(np.exp(logs))
    middles = (np.arange(KNOTS + 1) + 0.5) / (KNOTS + 1)
    return np.searchsorted(sums, middles).astype(np.int64)


def read_timings(text: str) -> tuple[float, ...]:
    """Seconds, one a line, as a time study writes them; a first line of words is a heading.

    Raises `Wrong` (TIMING_ROW) naming the row that is no duration; EMPTY.
    """
    found: list[float] = []
    for number, line in enumerate(text.replace("\ufeff", "").splitlines(), 1):
        said = line.strip().split(",")[0].split(";")[0].strip().strip('"')
        if not said:
            continue
        try:
            value = float(said)
        except ValueError:
            if number == 1:
                continue
            raise Wrong("timings", "TIMING_ROW", row=number, value=said[:40]) from None
        if not 0 < value <= 86_400:
            raise Wrong("timings", "TIMING_ROW", row=number, value=said[:40])
        found.append(value)
    if not found:
        raise Wrong("timings", "EMPTY")
    return tuple(found)


_Steps = npt.NDArray[np.float64]


def _quantiles(duration: Duration) -> Callable[[_Steps], _Steps]:
    mean, cv = duration.mean_seconds, duration.cv
    if duration.timings:
        ordered = np.sort(np.array(duration.timings, np.float64))
        # type 7: the ends are the shortest and the longest that were measured
        at = np.linspace(0.0, 1.0, len(ordered)) if len(ordered) > 1 else np.zeros(1)
        return lambda steps: np.interp(steps, at, ordered)
    if duration.shape == "constant" or (cv == 0 and duration.shape in ("lognormal", "normal")):
        return lambda steps: np.full_like(steps, mean)
    if duration.shape == "exponential":
        least = duration.least_seconds
        return lambda steps: least - (mean - least) * np.log1p(-steps)
    if duration.shape == "normal":
        return lambda steps: mean * (1 + cv * _standard_normal(steps))
    if duration.shape == "triangular":
        return functools.partial(_triangular, duration)
    spread = math.sqrt(math.log1p(cv * cv))
    middle = math.log(mean) - spread * spread / 2
    return lambda steps: np.exp(middle + spread * _standard_normal(steps))


def _triangular(duration: Duration, steps: _Steps) -> _Steps:
    low, mode, high = duration.least_seconds, duration.mode_seconds, duration.most_seconds
    if high == low:
        return np.full_like(steps, low)
    turn = (mode - low) / (high - low)
    rising = low + np.sqrt(steps * (high - low) * (mode - low))
    falling = high - np.sqrt((1 - steps) * (high - low) * (high - mode))
    found: _Steps = np.where(steps < turn, rising, falling)
    return found


def _standard_normal(steps: Sequence[float] | _Steps) -> _Steps:
    normal = statistics.NormalDist()
    return np.array([normal.inv_cdf(float(step)) for step in steps])
