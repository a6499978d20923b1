"""The report of a played day: what the server's book says of it, beside what the script meant.

Pure: figures in, figures out. Refuses to hide a difference: what was planted and what was found
stand side by side, by code.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from doorstep.kit import clock
from doorstep.play import acts, control
from doorstep.play.hand import Hand


class Waiting(NamedTuple):
    """How long people stood in a queue, in seconds."""

    median: int
    nine_in_ten: int
    longest: int


class Report(NamedTuple):
    """The day in figures. `book` is what an audit of the book said."""

    estate: str
    day: str
    pool: str
    zone: str
    tables: int
    people: int
    book: Mapping[str, Any]
    planted: Sequence[acts.Planted]
    waiting: Waiting
    by_hour: Sequence[tuple[str, int, int]]  # hour, people who came, longest wait in seconds
    history: Sequence[control.Moment]
    seconds: float
    rechecks: Mapping[str, control.Recheck]  # by the suspect tube

    @property
    def lines_per_second(self) -> float:
        """Lines answered for in a second of true time, all phones together."""
        return round(self.book["kept"] / self.seconds, 1) if self.seconds else 0.0

    def to_json(self) -> dict[str, Any]:
        """The report as plain data, as `--json` prints it."""
        return {
            "estate": self.estate,
            "day": self.day,
            **self.book,
            "to_settle": list_open(self.book),
            "rechecks": [
                {"tube": of, **{name: getattr(each, name) for name in each.__struct_fields__}}
                for of, each in self.rechecks.items()
            ],
            "planted_by_code": count_planted(self.planted),
            "waiting_seconds": self.waiting._asdict(),
            "history": [
                {name: getattr(each, name) for name in each.__struct_fields__}
                for each in self.history
            ],
            "seconds": round(self.seconds, 1),
            "lines_per_second": self.lines_per_second,
        }


def make_report(
    hand: Hand, script: acts.Script, state: control.State, book: Mapping[str, Any]
) -> Report:
    """Put the day together."""
    return Report(
        estate=hand.estate,
        day=hand.day,
        pool=hand.pool,
        zone=hand.zone,
        tables=len(hand.tables),
        people=len(hand.due),
        book=book,
        planted=script.planted,
        waiting=_measure([each.seconds for each in script.waited]),
        by_hour=_by_hour(hand, script),
        history=state.history,
        seconds=state.seconds,
        rechecks=state.rechecks,
    )


def list_open(book: Mapping[str, Any]) -> dict[str, int]:
    """What people have to settle before the round can be closed: held lines by code, and tubes that
    hold a swab and have no result. Nothing once it is closed.
    """
    if book["closed"]:
        return {}
    waiting = book["tubes"]["sampled"] - book["tubes"]["reported"]
    tubes = {"TUBES_WITHOUT_RESULT": waiting} if waiting else {}
    return {**book["held_by_code"], **tubes}


def count_planted(planted: Sequence[acts.Planted]) -> dict[str, int]:
    """How many lines the server must have given each code because of the mistakes made."""
    counts: Counter[str] = Counter()
    for each in planted:
        if each.code:
            counts[each.code] += each.lines
    return dict(sorted(counts.items()))


def _measure(seconds: Sequence[int]) -> Waiting:
    ordered = sorted(seconds) or [0]
    return Waiting(ordered[len(ordered) // 2], ordered[len(ordered) * 9 // 10], ordered[-1])


def _by_hour(hand: Hand, script: acts.Script) -> list[tuple[str, int, int]]:
    came: Counter[str] = Counter()
    longest: dict[str, int] = {}
    for each in script.waited:
        hour = clock.to_moment(each.at, hand.zone).strftime("%H:00")
        came[hour] += 1
        longest[hour] = max(longest.get(hour, 0), each.seconds)
    return [(hour, came[hour], longest[hour]) for hour in sorted(came)]
