"""The town's civic programme: ten projects that the newspaper names, in the state it says, 335
invented ones, and invented voices; as it stood on the morning of 21 June 2021.

Everything goes into the book as the office's acts, dated when they were done. Refuses nothing: a
town that has the programme already gets it once more under other ids, so it is asked first.
"""

import io
import random
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from PIL import Image, ImageDraw

from doorstep.kit import clock, ids
from doorstep.ledger import desk, store, writer
from doorstep.operations.programme import models, wording
from doorstep.operations.programme.actions import projects, survey
from doorstep.registry import household_codes, staffing
from doorstep.registry import models as registry
from doorstep.rounds.round_kinds import Text
from doorstep.town import duty, names, numbering, places, plan

FILE = plan.FOLDER / "programme.toml"
LEADERS = 900_000  # numbers of those who lead projects, behind everybody of the plan
COMMITTEES = 900_000
ACCOUNT = "leader"  # whoever leads the projects of the subdistrict office signs in so
ANSWERS = 60  # households that have answered the survey
_EVE = date(2021, 6, 18)  # the last working day before the one that is played
_MORNING = 8 * clock.HOUR
_SOME = 12  # projects with photos

Progress = Callable[[str, int, int], None]


class _Step(plan.Record, frozen=True, kw_only=True):
    zh: str
    en: str
    at: float


class _Way(plan.Record, frozen=True, kw_only=True):
    steps: list[_Step]


class _Named(plan.Record, frozen=True, kw_only=True):
    zh: str
    en: str
    category: str
    unit: str
    way: str
    deadline: str
    state: str
    reached: int
    story: dict[str, str]
    source: str
    place: str | None = None


class _Invented(plan.Record, frozen=True, kw_only=True):
    subdistrict: list[tuple[str, str, str, int, str, str]]
    community: list[tuple[str, str, int, str, str]]


class _Voice(plan.Record, frozen=True, kw_only=True):
    said: tuple[str, str, str, str, str]


class _File(plan.Record, frozen=True, kw_only=True):
    published: str
    ways: dict[str, _Way]
    named: list[_Named]
    invented: _Invented
    voices: list[_Voice]


class Planned(NamedTuple):
    """A project as the town has it: what it is, how it stands, how many milestones are reached, and
    whether it was closed; `late`: days by which each milestone came later than it was due.
    """

    said: projects.Description
    state: str
    reached: int
    closed: bool
    late: int


def read(path: Path = FILE) -> _File:
    """The data file."""
    return msgspec.toml.decode(path.read_bytes(), type=_File)


def is_there() -> bool:
    """Whether the book has a programme."""
    return models.Project.objects.exists()


def list_projects(town: plan.Plan, seed: int = plan.SEED) -> list[Planned]:
    """All 345, the subdistrict's 45 first. Pure: always the same for a seed."""
    file = read()
    rng = random.Random(f"{seed}/programme")
    made = [_plan_named(town, file, number, each) for number, each in enumerate(file.named, 1)]
    for number, line in enumerate(file.invented.subdistrict, len(made) + 1):
        category, way, unit, months, zh, en = line
        said = _describe(
            town, file, f"JD{number:02}", zh, en, category, way, months, places.ROOT,
            duty.unit_id(town, unit), _leader(town, unit), "subdistrict",
        )  # fmt: skip
        made.append(_draw(rng, said))
    number = 0
    for at, community in enumerate(town.communities):
        # 30 communities with seven and 15 with six make 300
        wanted = 7 if at % 3 else 6
        for category, way, months, zh, en in rng.sample(file.invented.community, wanted):
            number += 1
            said = _describe(
                town, file, f"SQ{number:03}", f"{community.name}{zh}",
                f"{community.english}: {en}", category, way, months,
                places.community_id(town, community.name), _committee(town, at),
                numbering.id_of("staff", LEADERS + 100 + at), "community",
            )  # fmt: skip
            made.append(_draw(rng, said))
    return made


def load(
    town: plan.Plan, seed: int = plan.SEED, progress: Progress = lambda step, done, of: None
) -> int:
    """Put the programme into the book; how many projects."""
    rng = random.Random(f"{seed}/programme/acts")
    _add_people(town, rng)
    planned = list_projects(town, seed)
    officer = duty.staff_id(town, duty.list_logins(town)["duty_officer"][0])
    acts: list[tuple[str, dict[str, Any]]] = []

    def put() -> None:
        for number, each in enumerate(planned):
            acts.extend(_list_acts(each, officer, number < _SOME))
            if number % 25 == 24 or number == len(planned) - 1:
                _post(acts)
                acts.clear()
                progress("programme", number + 1, len(planned))
        _post(_list_voices(town, officer))

    writer.run(put)
    _answer_survey(rng)
    return len(planned)


def _plan_named(town: plan.Plan, file: _File, number: int, each: _Named) -> Planned:
    place = places.community_id(town, each.place) if each.place else places.ROOT
    days = (date.fromisoformat(each.deadline) - date.fromisoformat(file.published)).days
    said = projects.Description(
        Text(each.en, each.zh), Text(each.story["en"], each.story["zh"]), each.category,
        "subdistrict", place, duty.unit_id(town, each.unit), _leader(town, each.unit),
        file.published, each.deadline, _list_steps(file, each.way, days), f"JD{number:02}",
    )  # fmt: skip
    return Planned(said, each.state, each.reached, False, 0)


def _describe(
    town: plan.Plan, file: _File, code: str, zh: str, en: str, category: str, way: str,
    months: int, place: str, unit: str, leader: str, level: str,
) -> projects.Description:  # fmt: skip
    days = months * 30
    deadline = date.fromisoformat(file.published) + timedelta(days=days)
    return projects.Description(
        Text(en, zh), Text("An invented project of the town.", "示例项目，内容为虚构。"), category,
        level, place, unit, leader, file.published, deadline.isoformat(),
        _list_steps(file, way, days), code,
    )  # fmt: skip


def _list_steps(file: _File, way: str, days: int) -> list[projects.Step]:
    begun = date.fromisoformat(file.published)
    return [
        projects.Step(
            (begun + timedelta(days=round(days * step.at))).isoformat(), Text(step.en, step.zh)
        )
        for step in file.ways[way].steps
    ]


def _draw(rng: random.Random, said: projects.Description) -> Planned:
    """How far a project is on 21 June: most as planned, some ahead, some late, a few silent."""
    due = sum(step.due < plan.DAY for step in said.steps)
    luck = rng.random()
    reached = max(0, due - 1) if luck < 0.15 else min(len(said.steps), due + (luck > 0.72))
    if luck > 0.9:
        reached = len(said.steps)
    late = rng.randint(1, 9) if luck < 0.3 else 0
    if reached == len(said.steps):
        return Planned(said, "done", reached, rng.random() < 0.5, 0)
    state = "delayed" if luck < 0.06 else "under_way" if reached else "started"
    return Planned(said, "planned" if luck > 0.7 and not reached else state, reached, False, late)


def _list_acts(
    each: Planned, officer: str, with_photos: bool
) -> Iterator[tuple[str, dict[str, Any]]]:
    """The entries of a project in their order, with who writes each."""
    said = each.said
    project = ids.at_millis(_at(said.starts, 0) // 1_000)
    leader = said.leader
    rng = random.Random(said.code)
    steps = [step._replace(id=ids.new()) for step in said.steps]
    described = projects.make_entry(said._replace(steps=steps), project)
    about = {"project": project, "place": said.place}
    yield officer, described | {"at": _at(said.starts, 0)}
    if with_photos:
        photo = desk.attach(_draw_photo(said.title.zh, finished=False))
        pictured = {"kind": "project.pictured", "moment": "before", "attachment": photo}
        yield leader, about | pictured | {"at": _at(said.starts, 1)}
    last = said.starts
    for step in steps[: each.reached]:
        planned = date.fromisoformat(step.due) + timedelta(days=each.late)
        if planned > _EVE:  # ahead of its day: some time since the step before
            left = (_EVE - date.fromisoformat(last)).days
            planned = date.fromisoformat(last) + timedelta(days=rng.randint(0, max(0, left)))
        last = max(last, planned.isoformat())
        shown = None
        if step is steps[-1]:
            shown = desk.attach(_draw_photo(said.title.zh, finished=True))
        reached = {"kind": "milestone.reached", "milestone": step.id, "on": last}
        yield leader, about | reached | {"attachment": shown, "at": _at(last, 2)}
    report = {"kind": "project.reported", "state": each.state}
    if each.state == "delayed":
        report["reason"] = "epidemic"
    # some have said nothing since the programme was published, which the board shows
    silent = each.late > 6
    day = last if silent else max(last, "2021-06-02")
    yield leader, about | report | {"at": _at(day, 3)}
    if with_photos and each.reached == len(steps):
        photo = desk.attach(_draw_photo(said.title.zh, finished=True))
        pictured = {"kind": "project.pictured", "moment": "after", "attachment": photo}
        yield leader, about | pictured | {"at": _at("2021-06-18", 4)}
    if each.closed:
        asked = ids.new()
        entry = {"kind": "project.closing_asked", "id": asked, "at": _at("2021-06-18", 5)}
        yield leader, about | entry
        closed = {"kind": "project.closed", "asked": asked, "at": _at("2021-06-19", 1)}
        yield officer, about | closed


def _list_voices(town: plan.Plan, officer: str) -> list[tuple[str, dict[str, Any]]]:
    made = []
    for number, each in enumerate(read().voices):
        sort, source, community, category, words = each.said
        place = places.community_id(town, community)
        note = desk.attach(wording.write(wording.Note(words)))
        entry = {
            "kind": "voice.heard", "voice": ids.new(), "sort": sort, "source": source,
            "at_place": place, "place": place, "category": category, "attachment": note,
            "at": _at(f"2021-06-{10 + number:02}", number),
        }  # fmt: skip
        made.append((officer, entry))
    return made


def _post(acts: list[tuple[str, dict[str, Any]]]) -> None:
    """Append acts in their order; each run of one writer's together."""
    start = 0
    while start < len(acts):
        by = acts[start][0]
        end = next((at for at in range(start, len(acts)) if acts[at][0] != by), len(acts))
        desk.post(by, [entry for _, entry in acts[start:end]])
        start = end


def _answer_survey(rng: random.Random) -> None:
    """Invented answers of households that live in the book, as far as there are any."""
    rows = store.query(
        "SELECT DISTINCT door FROM registry_residence WHERE presence = 'present' "
        "AND door IS NOT NULL ORDER BY door LIMIT %s",
        [ANSWERS],
    )
    codes = household_codes.issue([str(door) for (door,) in rows])
    for code in codes.values():
        grades = {key: str(rng.choice((3, 4, 4, 5, 5))) for key in ("gain", "happiness", "safety")}
        survey.answer(code=code, grades=grades)


def _add_people(town: plan.Plan, rng: random.Random) -> None:
    """The committees of the communities, and who leads projects: invented, one for each unit."""
    known = set(map(str, registry.Unit.objects.values_list("id", flat=True)))
    committees = [
        staffing.NewUnit(
            f"{each.name}居民委员会", "residents_committee", _committee(town, at),
            f"{each.english} Residents' Committee", duty.unit_id(town, "office"),
            places.community_id(town, each.name),
        )
        for at, each in enumerate(town.communities)
    ]  # fmt: skip
    staffing.add_units(duty.ADMINISTRATOR, [unit for unit in committees if unit.id not in known])
    offices = [unit.key for unit in town.units]
    surnames = list(names.draw_surnames(rng, len(offices) + len(committees)))
    people = []
    for at, key in enumerate(offices):
        account = ACCOUNT if key == "office" else None
        people.append((numbering.id_of("staff", LEADERS + at), duty.unit_id(town, key), account))
    for at, unit in enumerate(committees):
        people.append((numbering.id_of("staff", LEADERS + 100 + at), unit.id, None))
    encoded = registry.Staff.objects.get(id=duty.ADMINISTRATOR).password
    new = [
        staffing.NewStaff(
            surname + rng.choice(names.given_names("female", True)), unit, account, id=id_,
            title="项目负责人", encoded=encoded if account else "",
        )
        for surname, (id_, unit, account) in zip(surnames, people, strict=True)
    ]  # fmt: skip
    staffing.add_people_on_duty(duty.ADMINISTRATOR, new)


def _leader(town: plan.Plan, unit: str) -> str:
    return numbering.id_of("staff", LEADERS + [each.key for each in town.units].index(unit))


def _committee(town: plan.Plan, at: int) -> str:
    """The committee of a community: the newspaper's where it names one."""
    name = town.communities[at].name
    served = [each.key for each in town.units
              if each.type == "residents_committee" and each.serves == name]  # fmt: skip
    return duty.unit_id(town, served[0]) if served else numbering.id_of("office", COMMITTEES + at)


def _at(day: str, hours: int) -> int:
    """Microseconds of a working hour of a day in the town."""
    midnight = (date.fromisoformat(day) - date(1970, 1, 1)).days * clock.DAY
    return midnight - 8 * clock.HOUR + _MORNING + hours * clock.HOUR


def _draw_photo(title: str, *, finished: bool) -> bytes:
    """A picture that nobody takes for a photo: ground, sky, a building site or what came of it."""
    rng = random.Random(f"{title}/{finished}")
    picture = Image.new("RGB", (960, 640), (214, 226, 235) if finished else (222, 219, 210))
    draw = ImageDraw.Draw(picture)
    ground = (118, 152, 110) if finished else (172, 152, 122)
    draw.rectangle((0, 440, 960, 640), fill=ground)
    for at in range(5):
        left, high = 60 + at * 175, rng.randint(110, 300)
        box = (left, 440 - high, left + 130, 440)
        if finished:
            draw.rectangle(box, fill=(236, 232, 222), outline=(120, 116, 108), width=3)
            for y in range(440 - high + 24, 410, 44):
                for x in range(left + 16, left + 110, 36):
                    draw.rectangle((x, y, x + 20, y + 24), fill=(134, 168, 190))
        else:
            draw.rectangle(box, outline=(140, 128, 110), width=4)
            for y in range(440 - high, 440, 40):
                draw.line((left, y, left + 130, y + 40), fill=(168, 150, 122), width=3)
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=80)
    return out.getvalue()
