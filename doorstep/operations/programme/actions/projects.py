"""What is done about a project: describe it, report, reach a milestone, show a photo, close it in
two steps, take a word back. Each is one entry, kept with what it attaches.
"""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, NamedTuple

from doorstep.kit import clock, ids
from doorstep.ledger import book, desk, refusals, settlements, writer
from doorstep.operations.programme import catalogue, entries, models, pictures, wording
from doorstep.operations.programme.actions import common
from doorstep.registry import models as registry
from doorstep.rounds.round_kinds import Text

MISTAKES = ("wrong_project", "wrong_content", "never_happened")
MOMENTS = ("before", "during", "after")


class Step(NamedTuple):
    """A milestone as it is described; `id` None: a new one."""

    due: str
    label: Text
    id: str | None = None


class Description(NamedTuple):
    """What a project is. Days are YYYY-MM-DD, `budget` yuan."""

    title: Text
    story: Text
    category: str
    level: str
    place: str
    unit: str
    leader: str
    starts: str
    deadline: str
    steps: Sequence[Step]
    code: str | None = None
    budget: int | None = None


def describe(staff: common.Staff, said: Description, *, project: str | None = None) -> str:
    """Take a project into the programme, or say anew what it is; its id.

    Raises:
        Refused: NOT_YOURS, NOT_FOUND, TITLE_MISSING, TEXT_TOO_LONG, TEXT_NAMES_SOMEBODY,
            CATEGORY_UNKNOWN, LEVEL_UNKNOWN, PROJECT_PLACE_UNKNOWN, UNIT_UNKNOWN, LEADER_UNKNOWN,
            DAY_WRONG, DEADLINE_BEFORE_START, MILESTONES_WRONG, CODE_TWICE, PROJECT_IS_CLOSED.
    """
    checked = check(said)

    def act() -> str:
        common.require(staff, common.COMMANDERS, checked.place)
        if project is not None:
            before = common.find_project(project)
            common.require(staff, common.COMMANDERS, str(before.place))
            _require_open(before)
        same = models.Project.objects.filter(code=checked.code).exclude(project=project)
        if checked.code and same.exists():
            raise refusals.Refused("CODE_TWICE")
        id_ = project or ids.new()
        desk.post(str(staff.id), [make_entry(checked, id_)])
        return id_

    return writer.run(act)


def check(said: Description) -> Description:
    """The description with its texts cleaned. Raises Refused as `describe` says."""
    title = _check_title(said.title)
    if not title.zh:
        raise refusals.Refused("TITLE_MISSING")
    story = Text(wording.check(said.story.en), wording.check(said.story.zh))
    if said.category not in {each.key for each in catalogue.get().category}:
        raise refusals.Refused("CATEGORY_UNKNOWN")
    if said.level not in ("subdistrict", "community"):
        raise refusals.Refused("LEVEL_UNKNOWN")
    if not (ids.is_canonical(said.place) and registry.Place.objects.filter(id=said.place).exists()):
        raise refusals.Refused("PROJECT_PLACE_UNKNOWN")
    if not (ids.is_canonical(said.unit) and registry.Unit.objects.filter(id=said.unit).exists()):
        raise refusals.Refused("UNIT_UNKNOWN")
    if not (
        ids.is_canonical(said.leader) and registry.Staff.objects.filter(id=said.leader).exists()
    ):
        raise refusals.Refused("LEADER_UNKNOWN")
    _require_day(said.starts, "starts")
    _require_day(said.deadline, "deadline")
    for step in said.steps:
        _require_day(step.due, "milestones")
    if said.deadline < said.starts:
        raise refusals.Refused("DEADLINE_BEFORE_START")
    if not 1 <= len(said.steps) <= entries.MOST_MILESTONES:
        raise refusals.Refused("MILESTONES_WRONG")
    steps = [step._replace(label=_check_title(step.label)) for step in said.steps]
    return said._replace(title=title, story=story, steps=steps)


def make_entry(said: Description, project: str) -> dict[str, Any]:
    """The entry of a checked description; its words are attached here, inside the caller's
    `writer.run`.
    """
    steps = [(step.id or ids.new(), step) for step in said.steps]
    words = wording.Wording(said.title, said.story, {id_: step.label for id_, step in steps})
    return {
        "kind": "project.described", "project": project, "code": said.code,
        "category": said.category, "level": said.level, "at_place": said.place,
        "place": said.place, "unit": said.unit, "leader": said.leader, "starts": said.starts,
        "deadline": said.deadline, "budget": said.budget,
        "milestones": [(id_, step.due) for id_, step in steps],
        "attachment": desk.attach(wording.write(words)),
    }  # fmt: skip


def report(
    staff: common.Staff,
    project: str,
    *,
    state: str,
    reason: str = "",
    expected: str = "",
    words: str = "",
) -> None:
    """The month's report.

    Raises:
        Refused: NOT_FOUND, NOT_YOURS, PROJECT_IS_CLOSED, STATE_UNKNOWN, REASON_NEEDED, DAY_WRONG,
            TEXT_TOO_LONG, TEXT_NAMES_SOMEBODY.
    """
    known = catalogue.get()
    found = known.find_state(state)
    if found is None:
        raise refusals.Refused("STATE_UNKNOWN")
    if found.reason and reason not in {each.key for each in known.reason}:
        raise refusals.Refused("REASON_NEEDED")
    if expected:
        _require_day(expected)
    text = wording.check(words)

    def make() -> dict[str, Any]:
        note = desk.attach(wording.write(wording.Note(text))) if text else None
        return {
            "kind": "project.reported", "state": state, "reason": reason if found.reason else None,
            "expected": expected or None, "attachment": note,
        }  # fmt: skip

    _act(staff, project, make)


def reach(
    staff: common.Staff, project: str, *, milestone: str, on: str, evidence: bytes | None = None
) -> None:
    """A milestone is reached, since today or an earlier day; `evidence`: a photo or PDF.

    Raises:
        Refused: NOT_FOUND, NOT_YOURS, PROJECT_IS_CLOSED, DAY_WRONG, PICTURE_TOO_LARGE,
            EVIDENCE_UNREADABLE.
    """
    _require_day(on)
    if on > today():
        raise refusals.Refused("DAY_WRONG")
    content = pictures.read_evidence(evidence) if evidence else None

    def make() -> dict[str, Any]:
        if not models.Milestone.objects.filter(project=project, milestone=milestone).exists():
            raise refusals.Refused("NOT_FOUND")
        shown = desk.attach(content) if content else None
        return {"kind": "milestone.reached", "milestone": milestone, "on": on, "attachment": shown}

    _act(staff, project, make)


def show_picture(staff: common.Staff, project: str, *, moment: str, data: bytes) -> None:
    """Show a photo to everybody.

    Raises:
        Refused: NOT_FOUND, NOT_YOURS, REQUEST_INVALID, PICTURE_TOO_LARGE, PICTURE_UNREADABLE.
    """
    if moment not in MOMENTS:
        raise refusals.Refused("REQUEST_INVALID")
    content = pictures.read_picture(data)
    _act(
        staff,
        project,
        lambda: {
            "kind": "project.pictured", "moment": moment, "attachment": desk.attach(content),
        },
        closed=True,
    )  # fmt: skip


def ask_closing(staff: common.Staff, project: str) -> None:
    """Ask that a finished project be closed.

    Raises:
        Refused: NOT_FOUND, NOT_YOURS, PROJECT_IS_CLOSED, NOT_FINISHED, PROOF_MISSING,
            CLOSING_WAITS.
    """

    def make() -> dict[str, Any]:
        found = common.find_project(project)
        state = catalogue.get().find_state(found.state)
        if found.asked is not None:
            raise refusals.Refused("CLOSING_WAITS")
        if state is None or state.stage != "finished":
            raise refusals.Refused("NOT_FINISHED")
        if not found.proved:
            raise refusals.Refused("PROOF_MISSING")
        return {"kind": "project.closing_asked"}

    _act(staff, project, make)


def decide_closing(
    staff: common.Staff, project: str, *, asked: str, accept: bool, words: str = ""
) -> None:
    """A second person closes a project, or says what is missing.

    Raises:
        Refused: NOT_FOUND, NOT_YOURS, CLOSING_IS_NOT_ASKED, NOT_THE_SECOND, WORDS_MISSING,
            TEXT_TOO_LONG, TEXT_NAMES_SOMEBODY.
    """
    text = wording.check(words)
    if not accept and not text:
        raise refusals.Refused("WORDS_MISSING")

    def act() -> None:
        found = common.find_project(project)
        common.require(staff, common.SECONDS, str(found.place))
        if found.asked is None or str(found.asked) != asked:
            raise refusals.Refused("CLOSING_IS_NOT_ASKED")
        if str(staff.id) in (str(found.asked_by), str(found.leader)):
            raise refusals.Refused("NOT_THE_SECOND")
        said: dict[str, Any] = {"kind": "project.closed"}
        if not accept:
            note = desk.attach(wording.write(wording.Note(text)))
            said = {"kind": "project.closing_refused", "attachment": note}
        at = {"project": project, "place": str(found.place), "asked": asked}
        desk.post(str(staff.id), [said | at])

    writer.run(act)


def reopen(staff: common.Staff, project: str, *, words: str) -> None:
    """Open a closed project again, and say why.

    Raises:
        Refused: NOT_FOUND, NOT_YOURS, WORDS_MISSING, TEXT_TOO_LONG, TEXT_NAMES_SOMEBODY.
    """
    text = wording.check(words)
    if not text:
        raise refusals.Refused("WORDS_MISSING")

    def act() -> None:
        found = common.find_project(project)
        common.require(staff, common.SECONDS, str(found.place))
        if found.closed_on is None:
            raise refusals.Refused("CLOSING_IS_NOT_ASKED")
        note = desk.attach(wording.write(wording.Note(text)))
        said = {"kind": "project.reopened", "project": project, "place": str(found.place)}
        desk.post(str(staff.id), [said | {"attachment": note}])

    writer.run(act)


def take_back(staff: common.Staff, project: str, *, entry: str, reason: str) -> None:
    """Take back a report, a milestone or a photo that was wrong: the line stays in the book and
    counts for nothing.

    Raises:
        Refused: NOT_FOUND, NOT_YOURS, REASON_UNKNOWN, ALREADY_TAKEN_BACK, PROJECT_IS_CLOSED.
    """
    if reason not in MISTAKES:
        raise refusals.Refused("REASON_UNKNOWN")

    def act() -> None:
        found = common.find_project(project)
        common.require_work(staff, found)
        _require_open(found)
        kinds = ("project.reported", "milestone.reached", "project.pictured")
        acts = models.Act.objects.filter(entry=entry, project=project, kind__in=kinds)
        if not acts.exists():
            raise refusals.Refused("NOT_FOUND")
        if settlements.get_taken_back({entry}):
            raise refusals.Refused("ALREADY_TAKEN_BACK")
        said = {"kind": "line.settled", "v": 2, "entries": [entry], "stands": [], "reason": reason}
        desk.post(str(staff.id), [said])

    writer.run(act)


def today() -> str:
    """The cell's day now."""
    return clock.day_of(clock.now(), book.get_cell().zone)


def _act(
    staff: common.Staff,
    project: str,
    make: Callable[[], dict[str, Any]],
    *,
    closed: bool = False,
) -> None:
    """One entry about a project of this person's; `closed`: also of a closed one."""

    def act() -> None:
        found = common.find_project(project)
        common.require_work(staff, found)
        if not closed:
            _require_open(found)
        said = {"project": project, "place": str(found.place)}
        desk.post(str(staff.id), [make() | said])

    writer.run(act)


def _check_title(text: Text) -> Text:
    most = wording.LONGEST_TITLE
    return Text(wording.check(text.en, most), wording.check(text.zh, most))


def _require_open(found: models.Project) -> None:
    if found.closed_on is not None:
        raise refusals.Refused("PROJECT_IS_CLOSED")


def _require_day(day: str, field: str = "") -> None:
    try:
        if len(day) != 10 or date.fromisoformat(day).isoformat() != day:
            raise ValueError
    except ValueError:
        raise refusals.Refused("DAY_WRONG", field=field) from None
