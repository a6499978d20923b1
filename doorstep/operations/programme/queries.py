"""Reads of the programme: projects with their words and how they stand today, their history, voices
by how pressing they are, the survey's figures.

Refuses to give a figure of the survey that rests on fewer than five answers.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
from django.db.models import QuerySet

from doorstep.ledger import store
from doorstep.operations.programme import catalogue, models, rules, wording
from doorstep.operations.programme.actions.survey import FEWEST
from doorstep.registry import needs


class Project(NamedTuple):
    """A project as a day sees it. `community` is the place of kind community it lies in, if any."""

    row: models.Project
    words: wording.Wording
    milestones: tuple[rules.Milestone, ...]
    standing: rules.Standing
    band: str
    forecast: str | None
    community: str | None

    @property
    def id(self) -> str:
        """The project's id."""
        return str(self.row.project)

    @property
    def next_due(self) -> str | None:
        """When the next milestone is due."""
        return min((each.due for each in self.milestones if each.on is None), default=None)

    @property
    def is_late(self) -> bool:
        """Whether a milestone or the deadline is overrun."""
        return self.standing.late_since is not None

    @property
    def behind(self) -> int:
        """How many days the forecast lies after the deadline; 0 where there is none."""
        if self.forecast is None:
            return 0
        return max(0, rules.days_between(self.row.deadline, self.forecast))


class Act(NamedTuple):
    """A line of a project's history. `words`: what was written with it; `picture`: a digest."""

    entry: str
    kind: str
    at: int
    staff: str
    stands: bool
    body: Mapping[str, Any]
    words: str


class Figures(NamedTuple):
    """The survey of some places and a month: how many answered, and of each question the share in
    percent that gave 4 or 5; None while fewer than FEWEST have.
    """

    answers: int
    shares: dict[str, int] | None


def list_projects(today: str, chosen: Collection[str] | None = None) -> list[Project]:
    """Every project, or those chosen, by code. Four statements, however many."""
    rows = models.Project.objects.all()
    if chosen is not None:
        rows = rows.filter(project__in=list(chosen))
    found = sorted(rows, key=lambda row: (row.code is None, row.code or "", str(row.project)))
    words = wording.read_wordings({row.wording for row in found})
    steps = _list_milestones([str(row.project) for row in found])
    above = _communities_of({str(row.place) for row in found})
    return [
        _see(row, words[row.wording], steps[str(row.project)], above.get(str(row.place)), today)
        for row in found
    ]


def get_project(project: str, today: str) -> Project | None:
    """One project."""
    return next(iter(list_projects(today, [project])), None)


def get_version() -> tuple[int, ...]:
    """Numbers that change whenever an act about any project comes or is taken back."""
    rows = store.query(
        "SELECT COUNT(*), COALESCE(SUM(CASE WHEN stands THEN 1 ELSE 0 END), 0), "
        "COALESCE(MAX(at), 0) FROM programme_act"
    )
    return tuple(int(each) for each in rows[0])


def count_answers() -> int:
    """How many answers to the survey there are, those that do not count too."""
    return models.Answer.objects.count()


def count_bands(projects: Iterable[Project]) -> dict[str, int]:
    """How many stand in each band, in the order of the bands."""
    counted = {band.key: 0 for band in catalogue.get().band}
    for each in projects:
        counted[each.band] += 1
    return counted


def list_history(project: str) -> list[Act]:
    """Everything said and done about a project, the latest first."""
    rows = models.Act.objects.filter(project=project).order_by("-turn", "-entry")
    acts = [(row, msgspec.json.decode(row.body)) for row in rows]
    noted = {body["attachment"] for row, body in acts if body.get("attachment") and _has_words(row)}
    notes = wording.read_notes(noted)
    return [
        Act(str(row.entry), row.kind, row.at, str(row.staff), row.stands, body,
            notes.get(body.get("attachment"), ""))
        for row, body in acts
    ]  # fmt: skip


def list_pictures(project: str) -> dict[str, list[str]]:
    """A project's photos that stand, by their moment, the latest last; digests."""
    return _list_pictures(models.Act.objects.filter(project=project)).get(project, {})


def list_all_pictures() -> dict[str, dict[str, list[str]]]:
    """The same of every project that has any."""
    return _list_pictures(models.Act.objects.all())


def _list_pictures(acts: QuerySet[models.Act]) -> dict[str, dict[str, list[str]]]:
    found: defaultdict[str, dict[str, list[str]]] = defaultdict(dict)
    for row in acts.filter(kind=rules.PICTURED, stands=True).order_by("turn", "entry"):
        said = msgspec.json.decode(row.body)
        found[str(row.project)].setdefault(said["moment"], []).append(said["attachment"])
    return dict(found)


def list_attached(project: str) -> set[str]:
    """The digests that any line about a project names, standing or taken back."""
    rows = models.Act.objects.filter(project=project).values_list("body", flat=True)
    named = (msgspec.json.decode(body).get("attachment") for body in rows)
    return {each for each in named if each}


class Voice(NamedTuple):
    """A voice as the list shows it. `voices`: how many say the same, itself with them; `needs`: of
    the households that say it, the words of registry.needs.
    """

    row: models.Voice
    words: str
    voices: int
    needs: tuple[str, ...]
    weight: rules.Weight


def list_voices(places: Sequence[str], today: str, *, state: str = "open") -> list[Voice]:
    """The voices of a state under these paths, the most pressing first. `open`: those that ask for
    an answer and have none; `thanks`: those that ask for none.
    """
    asking = {each.key for each in catalogue.get().voice if each.open}
    rows = [
        row
        for row in _read_voices(places)
        if (row.sort not in asking if state == "thanks"
            else row.state == state and row.sort in asking)
    ]  # fmt: skip
    return weigh_voices(rows, today)


def weigh_voices(rows: Sequence[models.Voice], today: str) -> list[Voice]:
    """These voices with what makes each pressing, the most pressing first."""
    merged: defaultdict[str, list[models.Voice]] = defaultdict(list)
    ids = [str(row.voice) for row in rows]
    for each in models.Voice.objects.filter(joined__in=ids):
        merged[str(each.joined)].append(each)
    doors = {str(each.place) for row in rows for each in (row, *merged[str(row.voice)])}
    flags = _needs_behind(doors)
    known = needs.list_needs()
    notes = wording.read_notes({row.said for row in rows})
    made = []
    for row in rows:
        same = [row, *merged[str(row.voice)]]
        had = sorted(
            {flag for each in same for flag in flags.get(str(each.place), ())},
            key=lambda flag: known[flag].order if flag in known else 1_000,
        )
        ranks = [known[flag].order for flag in had if flag in known]
        weight = rules.weigh(ranks, len(same), row.day, today)
        made.append(Voice(row, notes.get(row.said, ""), len(same), tuple(had), weight))
    return sorted(made, key=lambda each: each.weight, reverse=True)


def list_shared(voice: models.Voice) -> list[models.Voice]:
    """Other open voices of the same community, to be merged into or with this one."""
    return [
        each
        for each in _read_voices([_community_path(str(voice.place))])
        if each.state == "open" and each.sort != "thanks" and each.voice != voice.voice
    ]


def count_voices(places: Sequence[str], days: tuple[str, str]) -> dict[str, int]:
    """How many voices of each kind were heard in these days (first, last), and of them `answered`
    or adopted by now.
    """
    counted = {each.key: 0 for each in catalogue.get().voice} | {"answered": 0}
    states = {}
    rows = [row for row in _read_voices(places) if days[0] <= row.day <= days[1]]
    joined = [row.joined for row in rows if row.joined]
    states = {str(v.voice): v.state for v in models.Voice.objects.filter(voice__in=joined)}
    for row in rows:
        counted[row.sort] = counted.get(row.sort, 0) + 1
        state = states.get(str(row.joined), "") if row.state == "merged" else row.state
        counted["answered"] += state in ("answered", "adopted")
    return counted


def read_survey(month: str, places: Collection[str] | None = None) -> Figures:
    """The figures of a month, of all places or these communities together."""
    rows = _survey_rows(month)
    return _figures([row for row in rows if places is None or row[0] in places])


def read_survey_by_place(month: str) -> dict[str, Figures]:
    """The figures of a month by community."""
    return {row[0]: _figures([row]) for row in _survey_rows(month)}


def list_survey_months() -> list[str]:
    """The months with an answer, the latest first."""
    rows = store.query("SELECT DISTINCT month FROM programme_answer ORDER BY month DESC")
    return [month for (month,) in rows]


def _survey_rows(month: str) -> list[tuple[Any, ...]]:
    content = ", ".join(
        f"SUM(CASE WHEN {key} >= 4 THEN 1 ELSE 0 END)" for key in catalogue.QUESTIONS
    )
    rows = store.query(
        f"SELECT at_place, COUNT(*), {content} FROM programme_answer "
        "WHERE month = %s AND counts GROUP BY at_place",
        [month],
    )
    return [(str(place), *(int(n) for n in counts)) for place, *counts in rows]


def _figures(rows: Sequence[tuple[Any, ...]]) -> Figures:
    answers = sum(row[1] for row in rows)
    if answers < FEWEST:
        return Figures(answers, None)
    return Figures(
        answers,
        {
            key: round(100 * sum(row[at] for row in rows) / answers)
            for at, key in enumerate(catalogue.QUESTIONS, 2)
        },
    )


def _see(
    row: models.Project,
    words: wording.Wording,
    steps: tuple[rules.Milestone, ...],
    community: str | None,
    today: str,
) -> Project:
    said = catalogue.get()
    accepted = row.closed_on is not None
    state = said.find_state(row.state)
    stage = "finished" if accepted else state.stage if state else "working"
    standing = rules.judge(row.deadline, steps, row.begun_on, row.reported_on, stage, today, said)
    band = rules.band_of(row.progress, accepted, said.band)
    ended = accepted or stage == "ended"
    forecast = None if ended else rules.forecast(row.starts, row.deadline, steps, today)
    return Project(row, words, steps, standing, band, forecast, community)


def _list_milestones(projects: Collection[str]) -> dict[str, tuple[rules.Milestone, ...]]:
    columns = ["project", "sort", "milestone", "due", "reached_on", "entry", "evidence"]
    found: defaultdict[str, list[rules.Milestone]] = defaultdict(list)
    for project, _sort, *said in sorted(
        store.select("programme_milestone", columns, "project", projects),
        key=lambda row: (str(row[0]), row[1]),
    ):
        id_, due, on, entry, evidence = said
        found[str(project)].append(
            rules.Milestone(str(id_), due, on, entry and str(entry), evidence)
        )
    return defaultdict(tuple, {key: tuple(steps) for key, steps in found.items()})


def _communities_of(places: Collection[str]) -> dict[str, str]:
    """The community each place is or lies in, as far as it does."""
    paths = {str(id_): path for id_, path in store.select("registry_place", ["id", "path"], "id",
                                                         places)}  # fmt: skip
    above = {part for path in paths.values() for part in path.strip("/").split("/")}
    kinds = store.select("registry_place", ["id", "kind"], "id", above)
    communities = {str(id_) for id_, kind in kinds if kind == "community"}
    return {
        place: next(part for part in path.strip("/").split("/") if part in communities)
        for place, path in paths.items()
        if communities.intersection(path.strip("/").split("/"))
    }


def find_community(place: str) -> str | None:
    """The community a place is or lies in."""
    return _communities_of([place]).get(place)


def _community_path(place: str) -> str:
    community = find_community(place) or place
    [[path]] = store.select("registry_place", ["path"], "id", [community])
    return str(path)


def _read_voices(paths: Sequence[str]) -> list[models.Voice]:
    """The voices whose place lies under one of these paths, the earliest first."""
    rows = list(models.Voice.objects.order_by("at", "voice"))
    where = {
        str(id_): path
        for id_, path in store.select(
            "registry_place", ["id", "path"], "id", {str(row.place) for row in rows}
        )
    }
    return [row for row in rows if where.get(str(row.place), "").startswith(tuple(paths))]


def _needs_behind(doors: Collection[str]) -> dict[str, set[str]]:
    """The special needs of who lives behind each door."""
    lived = store.select("registry_residence", ["door", "person", "presence"], "door", doors)
    people = {str(person): str(door) for door, person, presence in lived if presence == "present"}
    found: defaultdict[str, set[str]] = defaultdict(set)
    for id_, flags in store.select("registry_person", ["id", "flags"], "id", set(people)):
        found[people[str(id_)]].update(
            msgspec.json.decode(flags) if isinstance(flags, str) else flags or []
        )
    return found


def _has_words(row: models.Act) -> bool:
    return row.kind in (
        rules.REPORTED, rules.REFUSED, rules.REOPENED,
    )  # fmt: skip
