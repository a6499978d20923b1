"""What comes out of a projection: for each set of measures the range over the months played."""

import msgspec


class Fan(msgspec.Struct, frozen=True):
    """A figure by day (the first is day 1): 5, 25, 50, 75 and 95 % of the runs lie below."""

    p5: tuple[float, ...]
    p25: tuple[float, ...]
    p50: tuple[float, ...]
    p75: tuple[float, ...]
    p95: tuple[float, ...]


class Outlook(msgspec.Struct, frozen=True):
    """One set of measures. `infected`: all so far, those of the beginning included; `new`: of the
    day; `isolated`: people in isolation; `quiet`: the share of runs without a new infection in the
    last release period, with its 95 % bounds; `ended`: of these the day from which none was new
    (5, 50, 95 %). `swabs`, `tubes`: of one test of everybody; `tests`: how many tests in the time.
    """

    name: str
    infected: Fan
    new: Fan
    isolated: Fan
    quiet: float
    quiet_low: float
    quiet_high: float
    ended: tuple[float, float, float] | None
    swabs: int
    tubes: int
    tests: int


class Prospect(msgspec.Struct, frozen=True):
    """The answer: `people` and `households` in the estate, `runs` played of each set of measures,
    the sources of the disease's figures (its name, English, Chinese). `says`: that it is a
    projection, wherever it goes.
    """

    people: int
    households: int
    days: int
    runs: int
    outlooks: tuple[Outlook, ...]
    sources: tuple[tuple[str, str, str], ...]
    is_whole: bool
    says: str = "a projection, not a promise · 为推演，并非承诺"
