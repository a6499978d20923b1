"""What comes out of a sampling round. Minutes count from the start of the round."""

import msgspec

from doorstep.planning.sampling.pooling import Advice


class Guide(msgspec.Struct, frozen=True):
    """What the guides ask for this many people, least and most, with their sources in
    English and in Chinese.
    """

    sites: tuple[int, int]
    tables: tuple[int, int]
    samplers: int
    sources: tuple[tuple[str, str], ...]


class Visit(msgspec.Struct, frozen=True):
    """A stairwell's window at its table. At most `people_a_call` are called at a time, so that at
    the mean pace nobody queues longer than the limit."""

    team: int
    building: str
    stairwell: str
    from_minute: float
    to_minute: float
    people: int
    people_a_call: int
    tubes: int


class Run(msgspec.Struct, frozen=True):
    """A courier's way to the laboratory. `oldest_minutes`: age of its first swab on arrival;
    `late_tubes`: older than the limit; `waiting_tubes`: in the laboratory after it came."""

    leaves_minute: float
    tubes: int
    boxes: int
    oldest_minutes: float
    late_tubes: int
    waiting_tubes: int


class Progress(msgspec.Struct, frozen=True):
    """People sampled by each of `minutes`: on 5, 50 and 95 of 100 days no more than that."""

    minutes: tuple[float, ...]
    p5: tuple[float, ...]
    p50: tuple[float, ...]
    p95: tuple[float, ...]


class RoundPlan(msgspec.Struct, frozen=True):
    """`tubes_bound`, `work_bound_minutes`: no plan has fewer tubes, or is done earlier at the mean
    pace. `finish_minutes`: 5, 50 and 95 of 100 days are done by then; `laboratory_done_minutes`,
    `late_tubes` likewise, `runs` and `laboratory_done_minute` are at the mean pace. `advice`:
    unrelated people in a tube, and whole households; None where no positivity was given. `stopped`:
    by the pulse.
    """

    people: int
    guide: Guide
    visits: tuple[Visit, ...]
    tubes: int
    tubes_bound: int
    work_minutes: float
    work_bound_minutes: float
    finish_minutes: tuple[float, float, float]
    progress: Progress
    runs: tuple[Run, ...]
    laboratory_done_minute: float
    laboratory_done_minutes: tuple[float, float, float]
    late_tubes: tuple[float, float, float]
    advice: tuple[Advice, Advice] | None
    stopped: bool
