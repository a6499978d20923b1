"""The kinds of entry of the civic programme and their fold: the only writer of its state tables.

A line bears ids, words, days and digests. What people wrote or photographed is an attachment,
sealed and named by its digest. The fold keeps one fact per entry and works out again what the batch
touches; it asks as many statements for one line as for a thousand.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import Annotated, Any, Literal

import msgspec

from doorstep.kit import clock
from doorstep.ledger import kinds, settlements, store
from doorstep.operations.programme import rules

MOST_MILESTONES = 30
Level = Literal["subdistrict", "community"]
Moment = Literal["before", "during", "after"]
Source = Literal["building_head", "duty_desk", "household"]
Month = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])\Z")]
Grade = Annotated[int, msgspec.Meta(ge=1, le=5)]
Yuan = Annotated[int, msgspec.Meta(ge=0, le=1_000_000_000_000)]
Milestones = Annotated[
    list[tuple[kinds.Id, kinds.Day]], msgspec.Meta(min_length=1, max_length=MOST_MILESTONES)
]


class ProjectDescribed(kinds.Envelope, frozen=True, kw_only=True, tag="project.described"):
    """A project of the programme, as it is from now on: its place, the unit that answers for it and
    who leads it there, its days, its milestones with the day each is due. `attachment`: what it
    says in words (wording.Wording). `budget` in yuan.
    """

    project: kinds.Id
    category: kinds.Word
    level: Level
    at_place: kinds.Id
    unit: kinds.Id
    leader: kinds.Id
    starts: kinds.Day
    deadline: kinds.Day
    milestones: Milestones
    attachment: kinds.Digest
    code: kinds.Code | None = None
    budget: Yuan | None = None


class ProjectReported(kinds.Envelope, frozen=True, kw_only=True, tag="project.reported"):
    """The month's report: how it stands, why so, when it is expected to be done; `attachment`:
    in words.
    """

    project: kinds.Id
    state: kinds.Word
    reason: kinds.Word | None = None
    expected: kinds.Day | None = None
    attachment: kinds.Digest | None = None


class MilestoneReached(kinds.Envelope, frozen=True, kw_only=True, tag="milestone.reached"):
    """A step is done since a day; `attachment`: the photo or document that shows it."""

    project: kinds.Id
    milestone: kinds.Id
    on: kinds.Day
    attachment: kinds.Digest | None = None


class ProjectPictured(kinds.Envelope, frozen=True, kw_only=True, tag="project.pictured"):
    """A photo of the place for everybody to see."""

    project: kinds.Id
    moment: Moment
    attachment: kinds.Digest


class ProjectClosingAsked(kinds.Envelope, frozen=True, kw_only=True, tag="project.closing_asked"):
    """A first person asks that a finished project be closed."""

    project: kinds.Id


class ProjectClosed(kinds.Envelope, frozen=True, kw_only=True, tag="project.closed"):
    """A second person accepts it; by whoever asked it counts for nothing."""

    project: kinds.Id
    asked: kinds.Id


class ProjectClosingRefused(
    kinds.Envelope, frozen=True, kw_only=True, tag="project.closing_refused"
):
    """A second person does not accept it yet; `attachment`: what is missing, in words."""

    project: kinds.Id
    asked: kinds.Id
    attachment: kinds.Digest | None = None


class ProjectReopened(kinds.Envelope, frozen=True, kw_only=True, tag="project.reopened"):
    """A closed project is open again: something came to light."""

    project: kinds.Id
    attachment: kinds.Digest | None = None


class VoiceHeard(kinds.Envelope, frozen=True, kw_only=True, tag="voice.heard"):
    """A difficulty, a worry, a complaint or thanks, from a building head, a duty desk or a
    household's own code, which says nothing of the person. `attachment`: their words.
    """

    voice: kinds.Id
    sort: kinds.Word
    source: Source
    at_place: kinds.Id
    attachment: kinds.Digest
    category: kinds.Word | None = None


class VoiceMerged(kinds.Envelope, frozen=True, kw_only=True, tag="voice.merged"):
    """It says the same as another one, and is answered with it."""

    voice: kinds.Id
    into: kinds.Id


class VoiceAnswered(kinds.Envelope, frozen=True, kw_only=True, tag="voice.answered"):
    """What is done about it, in words."""

    voice: kinds.Id
    attachment: kinds.Digest


class VoiceAdopted(kinds.Envelope, frozen=True, kw_only=True, tag="voice.adopted"):
    """It became a project of the programme, or part of one."""

    voice: kinds.Id
    project: kinds.Id


class SurveyAnswered(kinds.Envelope, frozen=True, kw_only=True, tag="survey.answered"):
    """One household's answer for a month. `ballot`: a keyed hash of household and month, which says
    that it is one and not whose.
    """

    ballot: kinds.Digest
    month: Month
    at_place: kinds.Id
    gain: Grade
    happiness: Grade
    safety: Grade


_DESK = frozenset({kinds.DESK})
_PROJECT = (
    ProjectDescribed, ProjectReported, MilestoneReached, ProjectPictured, ProjectClosingAsked,
    ProjectClosed, ProjectClosingRefused, ProjectReopened,
)  # fmt: skip
_VOICE = (VoiceHeard, VoiceMerged, VoiceAnswered, VoiceAdopted)
KINDS = [
    *(kinds.Kind(shape, _DESK, "programme") for shape in _PROJECT),
    *(kinds.Kind(shape, _DESK, "operation") for shape in _VOICE),
    kinds.Kind(SurveyAnswered, _DESK, "programme"),
]

_ENVELOPE = {"id", "v", "at", "by", "place"}
_ACT = ["entry", "{of}", "kind", "at", "day", "staff", "turn", "stands", "body"]
_PROJECT_ROW = [
    "project", "code", "category", "level", "at_place", "unit", "leader", "starts", "deadline",
    "budget", "wording", "state", "reason", "expected", "progress", "reached", "proved",
    "begun_on", "reported_on", "asked", "asked_by", "closed_on",
]  # fmt: skip
_MILESTONE = ["project", "milestone", "sort", "due", "reached_on", "entry", "evidence"]
_VOICE_ROW = [
    "voice", "sort", "source", "category", "at_place", "state", "joined", "project", "said",
    "answer", "day", "at",
]  # fmt: skip
_ANSWER = ["entry", "ballot", "month", "at_place", "gain", "happiness", "safety", "at", "turn",
           "counts"]  # fmt: skip


def fold(batch: kinds.Batch) -> None:
    """Keep the batch's facts and work out again the projects, voices and ballots they are about."""
    projects = _keep_acts("project", batch, _PROJECT)
    voices = _keep_acts("voice", batch, _VOICE)
    _recount_projects(projects)
    _recount_voices(voices)
    _keep_answers(batch)


def _keep_acts(of: str, batch: kinds.Batch, shapes: Collection[type[kinds.Envelope]]) -> set[str]:
    """Facts about projects or voices; which ones they touch."""
    table = "programme_act" if of == "project" else "programme_voiceact"
    touched = {str(key) for (key,) in store.select(table, [of], "entry", batch.voided)}
    store.delete(table, "entry", batch.voided)
    said = batch.of(*shapes)
    taken_back = settlements.get_taken_back({each.id for each in said})
    columns = [name.format(of=of) for name in _ACT]
    rows = [
        (e.id, getattr(e.body, of), kinds.name_of(e.body), e.at, clock.day_of(e.at, batch.zone),
         e.by, e.turn, e.id not in taken_back, _body_of(e.body))
        for e in said
    ]  # fmt: skip
    store.upsert(table, columns, rows, ["entry"], changing=["stands"])
    return touched | {row[1] for row in rows}


def _body_of(body: kinds.Envelope) -> str:
    said = {name: getattr(body, name) for name in body.__struct_fields__ if name not in _ENVELOPE}
    return msgspec.json.encode(said).decode()


def _read_acts(of: str, keys: Collection[str]) -> dict[str, list[rules.Act]]:
    """The acts that stand about each, in the order of their turns."""
    table = "programme_act" if of == "project" else "programme_voiceact"
    columns = [of, "turn", "entry", "kind", "at", "day", "staff", "body", "stands"]
    found: defaultdict[str, list[rules.Act]] = defaultdict(list)
    for key, _turn, entry, kind, at, day, staff, body, stands in sorted(
        store.select(table, columns, of, keys), key=lambda row: (row[1], str(row[2]))
    ):
        if stands:
            said = msgspec.json.decode(body)
            found[str(key)].append(rules.Act(str(entry), kind, at, day, str(staff), said))
    return found


def _recount_projects(projects: set[str]) -> None:
    if not projects:
        return
    acts = _read_acts("project", projects)
    made = {each: rules.derive(acts[each]) for each in projects}
    rows: list[store.Row] = []
    steps: list[store.Row] = []
    for id_, each in sorted(made.items()):
        if each is None:
            continue
        b = each.body
        rows.append(
            (id_, b["code"], b["category"], b["level"], b["at_place"], b["unit"], b["leader"],
             b["starts"], b["deadline"], b["budget"], b["attachment"], each.state, each.reason,
             each.expected, each.progress, each.reached, each.proved, each.begun_on,
             each.reported_on, each.asked, each.asked_by, each.closed_on)
        )  # fmt: skip
        steps += [
            (id_, step.id, at, step.due, step.on, step.entry, step.evidence)
            for at, step in enumerate(each.milestones)
        ]
    store.delete("programme_milestone", "project", projects)
    store.delete("programme_project", "project", projects)
    store.insert("programme_project", _PROJECT_ROW, rows)
    store.insert("programme_milestone", _MILESTONE, steps)


def _recount_voices(voices: set[str]) -> None:
    if not voices:
        return
    rows = [row for voice, acts in sorted(_read_acts("voice", voices).items())
            if (row := _derive_voice(voice, acts))]  # fmt: skip
    store.delete("programme_voice", "voice", voices)
    store.insert("programme_voice", _VOICE_ROW, rows)


def _derive_voice(voice: str, acts: Iterable[rules.Act]) -> store.Row | None:
    """A voice by the acts about it: the last word says what became of it."""
    heard: rules.Act | None = None
    last: dict[str, Any] = {"state": "open", "into": None, "project": None}
    answer = None
    for act in acts:
        if act.kind == "voice.heard":
            heard = act
        elif act.kind == "voice.merged":
            last = {"state": "merged", "into": act.body["into"], "project": None}
        elif act.kind == "voice.answered":
            last = {"state": "answered", "into": None, "project": None}
            answer = act.body["attachment"]
        elif act.kind == "voice.adopted":
            last = {"state": "adopted", "into": None, "project": act.body["project"]}
    if heard is None:
        return None
    b = heard.body
    said = (voice, b["sort"], b["source"], b["category"], b["at_place"])
    became = (last["state"], last["into"], last["project"])
    return (*said, *became, b["attachment"], answer, heard.day, heard.at)


def _keep_answers(batch: kinds.Batch) -> None:
    """One answer counts for each ballot: the first. A repeated one stays a fact and counts not."""
    table = "programme_answer"
    touched = {ballot for (ballot,) in store.select(table, ["ballot"], "entry", batch.voided)}
    store.delete(table, "entry", batch.voided)
    rows = [
        (e.id, e.body.ballot, e.body.month, e.body.at_place, e.body.gain, e.body.happiness,
         e.body.safety, e.at, e.turn, False)
        for e in batch.of(SurveyAnswered)
    ]  # fmt: skip
    store.insert(table, _ANSWER, rows)
    touched |= {row[1] for row in rows}
    found = store.select(table, ["ballot", "turn", "entry"], "ballot", touched)
    first: dict[str, tuple[str, str]] = {}
    for ballot, turn, entry in found:
        first[ballot] = min(first.get(ballot, (turn, str(entry))), (turn, str(entry)))
    store.update(
        table,
        ["entry", "counts"],
        [(str(entry), first[ballot] == (turn, str(entry))) for ballot, turn, entry in found],
    )
