"""What a project has come to by its acts, and what the board says of it; how pressing a voice is.
Pure: days are YYYY-MM-DD, acts stand in the order of their turns.

Refuses to judge a person: every sentence is about a project, a place or a date.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from doorstep.operations.programme import catalogue

DESCRIBED = "project.described"
REPORTED = "project.reported"
REACHED = "milestone.reached"
PICTURED = "project.pictured"
ASKED = "project.closing_asked"
CLOSED = "project.closed"
REFUSED = "project.closing_refused"
REOPENED = "project.reopened"
_FIRST = "planned"


class Act(NamedTuple):
    """An act that stands. `at` is microseconds since 1970 UTC, `day` its day in the cell's zone;
    `body` has the fields of its kind.
    """

    entry: str
    kind: str
    at: int
    day: str
    staff: str
    body: Mapping[str, Any]


class Milestone(NamedTuple):
    """A step of a project: when it is due, and since when it is reached."""

    id: str
    due: str
    on: str | None = None
    entry: str | None = None
    evidence: str | None = None


class Project(NamedTuple):
    """What a project has come to. `described`: the entry that says what it is; `begun_on`: the
    day of the first; `reported_on`: of the last word on how it stands; `asked`: the entry that asks
    to close it, while it waits.
    """

    described: str
    body: Mapping[str, Any]
    state: str
    reason: str | None
    expected: str | None
    milestones: tuple[Milestone, ...]
    begun_on: str
    reported_on: str | None
    proved: bool
    asked: str | None
    asked_by: str | None
    closed_on: str | None

    @property
    def reached(self) -> int:
        """How many milestones are reached."""
        return sum(each.on is not None for each in self.milestones)

    @property
    def progress(self) -> int:
        """The share of milestones reached, 0 to 100; every milestone weighs the same."""
        return 100 * self.reached // len(self.milestones)


def derive(acts: Sequence[Act]) -> Project | None:
    """A project by all acts about it that stand; None while nobody has said what it is.

    The last description, and of each milestone the last word, holds. A closing holds only where
    somebody else than whoever asked has ordered it (brief: the second person).
    """
    described = next((act for act in reversed(acts) if act.kind == DESCRIBED), None)
    if described is None:
        return None
    reports = [act for act in acts if act.kind == REPORTED]
    last = reports[-1].body if reports else {}
    reached = {act.body["milestone"]: act for act in acts if act.kind == REACHED}
    milestones = tuple(
        Milestone(id_, due, *_read_reached(reached.get(id_)))
        for id_, due in described.body["milestones"]
    )
    asked, closed_on = _derive_closing(acts)
    said = [act.day for act in acts if act.kind in (REPORTED, REACHED)]
    return Project(
        described=described.entry,
        body=described.body,
        state=catalogue.ACCEPTED if closed_on else last.get("state") or _FIRST,
        reason=last.get("reason"),
        expected=last.get("expected"),
        milestones=milestones,
        begun_on=min(act.day for act in acts if act.kind == DESCRIBED),
        reported_on=max(said, default=None),
        proved=any(each.evidence for each in milestones)
        or any(act.kind == PICTURED and act.body["moment"] == "after" for act in acts),
        asked=asked.entry if asked else None,
        asked_by=asked.staff if asked else None,
        closed_on=closed_on,
    )


def _read_reached(act: Act | None) -> tuple[str | None, str | None, str | None]:
    if act is None:
        return None, None, None
    return act.body["on"], act.entry, act.body.get("attachment")


def _derive_closing(acts: Sequence[Act]) -> tuple[Act | None, str | None]:
    """Who waits for a second person, and the day of the closing."""
    asked: Act | None = None
    closed_on: str | None = None
    for act in acts:
        if act.kind == ASKED and closed_on is None:
            asked = act
        elif act.kind == REFUSED and asked and act.body["asked"] == asked.entry:
            asked = None
        elif act.kind == CLOSED and asked and act.body["asked"] == asked.entry:
            if act.staff != asked.staff:
                asked, closed_on = None, act.day
        elif act.kind == REOPENED:
            asked, closed_on = None, None
    return asked, closed_on


def band_of(progress: int, accepted: bool, bands: Sequence[catalogue.Band]) -> str:
    """The band of the board a project stands in."""
    reach = bands[-1].below - 1 if accepted else progress
    return next(each.key for each in bands if reach < each.below)


class Standing(NamedTuple):
    """What a day asks of a project. `late_since`: the first day on which a milestone, or the
    deadline, was overrun; `silent_since`: the first day without the month's report; `answer_by`:
    until when its owner is to report, None once that is done; `escalated`: that day is past. A
    project that was late before it came into the programme is answered for from then on.
    """

    late_since: str | None
    silent_since: str | None
    answer_by: str | None
    escalated: bool


def judge(
    deadline: str,
    milestones: Sequence[Milestone],
    begun_on: str,
    reported_on: str | None,
    stage: str,
    today: str,
    said: catalogue.Catalogue,
) -> Standing:
    """How a project stands on a day. What is finished, accepted or given up is never late."""
    if stage in ("finished", "ended"):
        return Standing(None, None, None, False)
    overrun = [each.due for each in milestones if each.on is None and each.due < today]
    if deadline < today:
        overrun.append(deadline)
    late = add_days(min(overrun), 1) if overrun else None
    quiet = add_days(max(begun_on, reported_on or ""), said.silent + 1)
    silent = quiet if quiet <= today else None
    # whoever has reported since it was late has answered, until that report grows old
    unanswered = late if late and (reported_on or "") < late else None
    since = min((each for each in (unanswered, silent) if each), default=None)
    answer_by = add_days(max(since, begun_on), said.answer) if since else None
    return Standing(late, silent, answer_by, bool(answer_by and answer_by < today))


def forecast(start: str, deadline: str, milestones: Sequence[Milestone], today: str) -> str | None:
    """The day on which the last milestone is reached at the pace so far, by what was planned and
    took place between the start and the latest milestone reached; None before the first. Never
    before today, and never less than the time that was planned for what is left.
    """
    reached = [each for each in milestones if each.on is not None]
    left = [each for each in milestones if each.on is None]
    if not reached:
        return None
    last = max(each.on for each in reached if each.on)
    if not left:
        return last
    at = max(each.due for each in reached)
    planned = max(1, days_between(start, at))
    took = max(1, days_between(start, last))
    pace = max(1.0, took / planned)
    whole = max(deadline, *(each.due for each in left))
    rest = max(0, days_between(at, whole)) * pace
    return max(add_days(last, round(rest)), today)


class Weight(NamedTuple):
    """How pressing a voice is: who says it, how many say the same, how long it waits. Compared as
    it stands; each part can be said in words.
    """

    need: int
    voices: int
    waits: int


def weigh(ranks: Sequence[int], voices: int, day: str, today: str) -> Weight:
    """The household in greatest difficulty comes first (the article: 从最困难的群众入手), then what
    most say, then what waits longest. `ranks`: the order of the needs of the households that say it
    (registry.needs, 1 the gravest).
    """
    return Weight(-min(ranks, default=1_000), voices, days_between(day, today))


def add_days(day: str, days: int) -> str:
    """A day so many days on."""
    return (date.fromisoformat(day) + timedelta(days=days)).isoformat()


def days_between(first: str, last: str) -> int:
    """The days from one day to another."""
    return (date.fromisoformat(last) - date.fromisoformat(first)).days


def iso_week(day: str) -> tuple[int, int, int]:
    """The year, week and weekday (1 Monday) of a day, as ISO 8601 counts weeks."""
    return tuple(date.fromisoformat(day).isocalendar())  # type: ignore[return-value]
