"""What people do about projects and voices, and what becomes of it in the book."""

import functools
import io
import itertools
import random
from collections.abc import Callable
from datetime import datetime

import pytest
from django.apps import apps
from PIL import Image

from doorstep.kit import clock
from doorstep.ledger import attachments, book, desk, kinds, models, refusals, replay, store
from doorstep.operations.programme import entries, pictures, queries, rules, wording
from doorstep.operations.programme import models as programme
from doorstep.operations.programme.actions import projects, survey, voices
from doorstep.operations.programme.tests import ground
from doorstep.registry import household_codes
from doorstep.registry import models as registry
from doorstep.rounds.round_kinds import Text
from doorstep.rounds.tests import street

TODAY = "2021-06-21"


@pytest.fixture(autouse=True)
def town(cell: models.Cell, monkeypatch: pytest.MonkeyPatch) -> None:
    ground.build()
    set_day(monkeypatch, TODAY)


def set_day(monkeypatch: pytest.MonkeyPatch, day: str) -> None:
    count = itertools.count(clock.to_micros(datetime.fromisoformat(f"{day}T09:00:00+08:00")))
    monkeypatch.setattr(clock, "now", lambda: next(count))


def replayed_otherwise() -> dict[str, tuple[int, int]]:
    """The programme's tables that a replay makes otherwise; homes have no entries here."""
    found = replay.replay()["different"]
    return {table: rows for table, rows in found.items() if table.startswith("programme_")}


def refused(act: Callable[[], object]) -> str:
    with pytest.raises(refusals.Refused) as no:
        act()
    return no.value.code


def see(project: str) -> queries.Project:
    found = queries.get_project(project, TODAY)
    assert found is not None
    return found


def finish(project: str) -> None:
    last = see(project).milestones[-1].id
    projects.reach(ground.LEADER, project, milestone=last, on=TODAY, evidence=ground.photo())
    projects.report(ground.LEADER, project, state="in_use", words="已开放")


@pytest.mark.django_db
def test_a_project_from_its_description_to_its_closing() -> None:
    project = projects.describe(ground.OFFICER, ground.describe(code="JD01"))
    found = see(project)
    assert found.words.title == Text("A park", "体育公园")
    assert (found.row.state, found.band, found.community) == ("planned", "red", ground.COMMUNITY)
    assert found.standing.late_since == "2021-06-01"  # the first milestone was due in May
    assert refused(lambda: projects.ask_closing(ground.LEADER, project)) == "NOT_FINISHED"
    projects.report(ground.LEADER, project, state="in_use")
    assert refused(lambda: projects.ask_closing(ground.LEADER, project)) == "PROOF_MISSING"
    first = found.milestones[0].id
    projects.reach(ground.COLLEAGUE, project, milestone=first, on="2021-05-30")
    finish(project)
    projects.ask_closing(ground.LEADER, project)
    asked = str(see(project).row.asked)
    again = refused(lambda: projects.ask_closing(ground.COLLEAGUE, project))
    assert again == "CLOSING_WAITS"
    decide = projects.decide_closing
    stranger = refused(lambda: decide(ground.STRANGER, project, asked=asked, accept=True))
    assert stranger == "NOT_YOURS"
    unsaid = refused(lambda: decide(ground.SECOND, project, asked=asked, accept=False))
    assert unsaid == "WORDS_MISSING"
    decide(ground.SECOND, project, asked=asked, accept=True)
    closed = see(project)
    assert (closed.row.state, closed.band, closed.row.closed_on) == ("accepted", "blue", TODAY)
    late = refused(lambda: projects.report(ground.LEADER, project, state="done"))
    assert late == "PROJECT_IS_CLOSED"
    projects.reopen(ground.SECOND, project, words="漏水")
    assert see(project).row.closed_on is None
    history = [act.kind for act in queries.list_history(project)]
    assert history[0] == rules.REOPENED and history[-1] == rules.DESCRIBED
    assert queries.list_history(project)[0].words == "漏水"
    assert replayed_otherwise() == {}


@pytest.mark.django_db
def test_who_asks_and_who_leads_do_not_confirm() -> None:
    project = projects.describe(ground.OFFICER, ground.describe())
    finish(project)
    store.insert(
        "registry_role", ["staff", "role", "place"],
        [(ground.LEADER_ID, "approver", ground.COMMUNITY)],
    )  # fmt: skip
    projects.ask_closing(ground.OFFICER, project)
    asked = str(see(project).row.asked)
    for staff in (ground.OFFICER, ground.LEADER):
        decide = functools.partial(projects.decide_closing, staff, project, asked=asked)
        assert refused(functools.partial(decide, accept=True)) == "NOT_THE_SECOND"
    # and by a line that somebody got past the page it counts for nothing
    desk.post(street.CHEN, [{"kind": "project.closed", "project": project, "asked": asked}])
    assert see(project).row.closed_on is None


@pytest.mark.django_db
def test_only_whose_project_it_is_reports_on_it() -> None:
    project = projects.describe(ground.OFFICER, ground.describe())
    for act in (
        lambda: projects.report(ground.STRANGER, project, state="done"),
        lambda: projects.show_picture(
            ground.STRANGER, project, moment="after", data=ground.photo()
        ),
        lambda: projects.describe(ground.STRANGER, ground.describe(), project=project),
        lambda: projects.describe(ground.LEADER, ground.describe()),
    ):
        assert refused(act) == "NOT_YOURS"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("over", "code"),
    [
        ({"title": Text("A park", " ")}, "TITLE_MISSING"),
        ({"story": Text("", "电话13800138000")}, "TEXT_NAMES_SOMEBODY"),
        ({"story": Text("Ring 138 0013 8000", "")}, "TEXT_NAMES_SOMEBODY"),
        ({"story": Text("", "11010519491231002X")}, "TEXT_NAMES_SOMEBODY"),
        ({"title": Text("", "长" * 81)}, "TEXT_TOO_LONG"),
        ({"category": "moon"}, "CATEGORY_UNKNOWN"),
        ({"level": "district"}, "LEVEL_UNKNOWN"),
        ({"place": "x"}, "PROJECT_PLACE_UNKNOWN"),
        ({"unit": ground.COMMUNITY}, "UNIT_UNKNOWN"),
        ({"leader": ground.COMMUNITY}, "LEADER_UNKNOWN"),
        ({"starts": "2021-13-01"}, "DAY_WRONG"),
        ({"starts": "20210430"}, "DAY_WRONG"),
        ({"deadline": "2021-04-29"}, "DEADLINE_BEFORE_START"),
        ({"steps": []}, "MILESTONES_WRONG"),
    ],
)
def test_what_a_description_must_have(over: dict[str, object], code: str) -> None:
    size = book.get_cell().size
    assert refused(lambda: projects.describe(ground.OFFICER, ground.describe(**over))) == code
    assert book.get_cell().size == size and not models.Attachment.objects.exists()


@pytest.mark.django_db
def test_a_number_is_one_projects() -> None:
    one = projects.describe(ground.OFFICER, ground.describe(code="JD01"))
    twice = refused(lambda: projects.describe(ground.OFFICER, ground.describe(code="JD01")))
    assert twice == "CODE_TWICE"
    projects.describe(ground.OFFICER, ground.describe(code="JD01", category="roads"), project=one)
    assert see(one).row.category == "roads"


@pytest.mark.django_db
def test_a_milestone_that_was_wrong_is_taken_back() -> None:
    project = projects.describe(ground.OFFICER, ground.describe())
    first = see(project).milestones[0].id
    projects.reach(ground.LEADER, project, milestone=first, on="2021-06-01")
    entry = str(see(project).milestones[0].entry)
    assert refused(
        lambda: projects.take_back(ground.LEADER, project, entry=entry, reason="bored")
    ) == "REASON_UNKNOWN"  # fmt: skip
    projects.take_back(ground.LEADER, project, entry=entry, reason="never_happened")
    assert see(project).row.reached == 0
    assert [act.stands for act in queries.list_history(project)] == [False, True]
    again = refused(
        lambda: projects.take_back(ground.LEADER, project, entry=entry, reason="never_happened")
    )
    assert again == "ALREADY_TAKEN_BACK"
    assert replayed_otherwise() == {}


@pytest.mark.django_db
def test_the_order_in_which_lines_come_changes_nothing() -> None:
    """Shuffled, repeated and split batches give the same rows."""
    project = projects.describe(ground.OFFICER, ground.describe())
    finish(project)
    projects.ask_closing(ground.LEADER, project)
    asked = str(see(project).row.asked)
    projects.decide_closing(ground.SECOND, project, asked=asked, accept=True)
    voice = voices.hear(
        ground.OFFICER, sort="worry", source="duty_desk", place=street.ESTATE, words="路灯坏了"
    )
    voices.adopt(ground.OFFICER, voice, project=project)
    tables = ("project", "milestone", "voice", "act", "voiceact", "answer")
    want = {table: rows_of(table) for table in tables}
    said = [
        kinds.Entry(str(line.entry), clock.to_micros(read.at), read.by, read.place,
                    str(line.device_id), line.number, line.received_at, read)
        for line in models.Line.objects.filter(kind__regex="^(project|milestone|voice)")
        if isinstance(read := kinds.read(bytes(line.content)), kinds.Envelope)
    ]  # fmt: skip
    for seed in range(6):
        for model in apps.get_app_config("programme").get_models():
            model._default_manager.all().delete()
        drawn = random.Random(seed)
        mixed = drawn.sample(said, len(said))
        cut = drawn.randrange(1, len(mixed))
        for part in (mixed[:cut], mixed[cut:], mixed[:cut]):
            entries.fold(kinds.Batch(part, "Asia/Shanghai"))
        assert {table: rows_of(table) for table in tables} == want


def rows_of(table: str) -> list[tuple[object, ...]]:
    return sorted(store.query(f"SELECT * FROM programme_{table}"), key=repr)


@pytest.mark.django_db
def test_voices_by_difficulty_merged_answered_adopted() -> None:
    worst, other = street.door_id(1, 1), street.door_id(1, 2)
    registry.Person.objects.filter(id=street.person_id(1, 2, 1)).update(flags=["dialysis"])
    codes = household_codes.issue([worst, other])
    first = voices.hear_household(code=codes[worst], sort="worry", words="路灯坏了")
    second = voices.hear_household(
        code=household_codes.spell(codes[other]).lower(), sort="difficulty", words="电梯坏了"
    )
    seen = queries.list_voices(["/"], TODAY)
    assert [str(each.row.voice) for each in seen] == [second, first]
    assert seen[0].needs == ("dialysis",) and seen[0].words == "电梯坏了"
    third = voices.hear(
        ground.OFFICER, sort="worry", source="building_head", place=worst, words="灯不亮"
    )
    assert [str(v.voice) for v in queries.list_shared(seen[0].row)] == [first, third]
    voices.merge(ground.OFFICER, third, into=first)
    assert [each.voices for each in queries.list_voices(["/"], TODAY)] == [1, 2]
    voices.answer(ground.OFFICER, first, words="明天来修")
    settled = refused(lambda: voices.answer(ground.OFFICER, first, words="又一次"))
    assert settled == "VOICE_IS_SETTLED"
    project = projects.describe(ground.OFFICER, ground.describe())
    voices.adopt(ground.OFFICER, second, project=project)
    assert queries.list_voices(["/"], TODAY) == []
    counted = queries.count_voices(["/"], (TODAY, TODAY))
    assert (counted["worry"], counted["difficulty"], counted["answered"]) == (2, 1, 3)
    assert queries.list_voices([f"/{street.OTHER_ESTATE}/"], TODAY, state="adopted") == []
    assert replayed_otherwise() == {}


@pytest.mark.django_db
def test_a_survey_cannot_be_stuffed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither by repeating, nor by replaying, nor by guessing codes; and no figure under five."""
    doors = [street.door_id(1, n) for n in range(1, 7)]
    codes = household_codes.issue(doors)
    grades = {"gain": "5", "happiness": "4", "safety": "2"}
    for door in doors[:4]:
        survey.answer(code=codes[door], grades=grades)
    assert queries.read_survey("2021-06") == queries.Figures(4, None)
    again = refused(lambda: survey.answer(code=codes[doors[0]], grades=grades))
    assert again == "SURVEY_ANSWERED"
    # a new code for the same door is no new ballot, and the old code is none any more
    fresh = household_codes.replace(doors[0])
    assert refused(lambda: survey.answer(code=fresh, grades=grades)) == "SURVEY_ANSWERED"
    old = refused(lambda: survey.answer(code=codes[doors[0]], grades=grades))
    assert old == "HOUSEHOLD_CODE_UNKNOWN"
    for guess in ("", "23456789ABC", codes[doors[1]][:-1], codes[doors[1]][::-1], doors[1]):
        guessed = functools.partial(survey.answer, code=guess, grades=grades)
        assert refused(guessed) == "HOUSEHOLD_CODE_UNKNOWN"
    short = {"gain": "5", "happiness": "", "safety": "6"}
    assert refused(lambda: survey.answer(code=codes[doors[4]], grades=short)) == "SURVEY_INCOMPLETE"
    survey.answer(code=codes[doors[4]], grades=grades)
    shares = {"gain": 100, "happiness": 100, "safety": 0}
    assert queries.read_survey("2021-06") == queries.Figures(5, shares)
    # the same line once more, under another id: a fact that counts not
    said = programme.Answer.objects.filter(counts=True).order_by("turn")[0]
    desk.post(ground.LEADER_ID, [
        {"kind": "survey.answered", "ballot": said.ballot, "month": "2021-06",
         "at_place": ground.COMMUNITY, "gain": 1, "happiness": 1, "safety": 1},
    ])  # fmt: skip
    assert queries.read_survey("2021-06") == queries.Figures(5, shares)
    assert queries.read_survey_by_place("2021-06")[ground.COMMUNITY].answers == 5
    set_day(monkeypatch, "2021-07-01")
    survey.answer(code=fresh, grades=grades)
    assert queries.list_survey_months() == ["2021-07", "2021-06"]
    assert replayed_otherwise() == {}


@pytest.mark.django_db
def test_no_line_of_the_survey_tells_the_household() -> None:
    door = street.door_id(1, 1)
    code = household_codes.issue([door])[door]
    survey.answer(code=code, grades={"gain": "1", "happiness": "1", "safety": "1"})
    [line] = models.Line.objects.filter(kind="survey.answered")
    content = bytes(line.content).decode()
    assert door not in content and code not in content
    assert street.ESTATE not in content and street.building_id(1) not in content


@pytest.mark.django_db
def test_a_photo_keeps_nothing_but_what_is_seen() -> None:
    exif = Image.Exif()
    exif[0x010F] = "NobodysCamera"
    exif[0x8825] = {1: "N", 2: (23.0, 2.0, 0.0)}
    sent = ground.photo(exif=exif.tobytes())
    assert b"NobodysCamera" in sent
    project = projects.describe(ground.OFFICER, ground.describe())
    projects.show_picture(ground.LEADER, project, moment="before", data=sent)
    [digest] = queries.list_pictures(project)["before"]
    kept = attachments.read(digest)
    assert kept is not None and b"NobodysCamera" not in kept and b"Exif" not in kept
    assert not Image.open(io.BytesIO(kept)).getexif()
    assert queries.list_all_pictures() == {project: {"before": [digest]}}


@pytest.mark.parametrize(
    "data",
    [b"", b"GIF89a" + b"\0" * 40, b"<svg onload=alert(1)>", b"\xff\xd8\xff\xe0" + b"x" * 99,
     b"%PDF-1.7 not a picture", b"MZ\x90\0"],
)  # fmt: skip
def test_an_upload_is_what_it_claims_to_be(data: bytes) -> None:
    assert refused(lambda: pictures.read_picture(data)) == "PICTURE_UNREADABLE"


def test_a_picture_of_too_many_points_is_not_opened() -> None:
    out = io.BytesIO()
    Image.new("1", (9_000, 9_000)).save(out, "PNG")
    assert len(out.getvalue()) < 100_000
    assert refused(lambda: pictures.read_picture(out.getvalue())) == "PICTURE_UNREADABLE"
    large = b"\xff\xd8" + b"\0" * pictures.MOST_BYTES
    assert refused(lambda: pictures.read_picture(large)) == "PICTURE_TOO_LARGE"


@pytest.mark.parametrize("mode", ["RGBA", "P", "L", "CMYK", "1"])
def test_any_kind_of_picture_becomes_a_photo(mode: str) -> None:
    out = io.BytesIO()
    Image.new(mode, (3_000, 20)).save(out, "JPEG" if mode == "CMYK" else "PNG")
    made = Image.open(io.BytesIO(pictures.read_picture(out.getvalue())))
    assert (made.format, made.mode, made.size[0]) == ("JPEG", "RGB", pictures.WIDEST)


@pytest.mark.django_db
def test_words_that_are_gone_are_a_dash() -> None:
    project = projects.describe(ground.OFFICER, ground.describe())
    models.Attachment.objects.all().delete()
    assert see(project).words.title.zh == "–"
    assert wording.say(Text("", "中"), "en") == "中"


@pytest.mark.django_db
def test_many_projects_are_read_with_few_statements(
    django_assert_num_queries: Callable[[int], object],
) -> None:
    for number in range(12):
        projects.describe(ground.OFFICER, ground.describe(code=f"JD{number:02}"))
    with django_assert_num_queries(5):  # type: ignore[attr-defined]
        assert len(queries.list_projects(TODAY)) == 12
