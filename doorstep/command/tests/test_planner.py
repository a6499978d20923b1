"""The planner's pages but the centre's: what they take from the book, what they answer, what is
kept of it, and the plan beside the day.
"""

import copy
import io
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext

from doorstep.command import models, panels
from doorstep.command.plans import board, live
from doorstep.command.tests import conftest
from doorstep.ledger import store
from doorstep.registry.models import Staff
from doorstep.rounds import models as rounds
from doorstep.rounds.tests import street

pytestmark = pytest.mark.django_db
HERE = {"estate": street.ESTATE}
UNIT = "0190a0a0-0000-7000-8000-0000000000c1"
CREW = [f"0190a0a0-0000-7000-8000-0000000001{n:02}" for n in range(8)]


@pytest.fixture
def crew(estate: None) -> None:
    """A unit of eight that serves the estate."""
    store.insert(
        "registry_unit", ["id", "type", "name", "english", "founded_by", "serves", "sort"],
        [(UNIT, "gate", "门岗", "Gate", "", street.ESTATE, 1)],
    )  # fmt: skip
    store.insert(
        "registry_staff", ["id", "name", "title", "is_active", "password", "unit"],
        [(id_, f"何{n}", "", True, "!", UNIT) for n, id_ in enumerate(CREW)],
    )  # fmt: skip


def test_stairwells_hold_everybody_who_is_present(estate: None) -> None:
    street.add_hut("0190a0a0-0000-7000-8000-0000000000aa")
    street.live_in({
        "0190a0a0-0000-7000-8000-0000000000ab": "0190a0a0-0000-7000-8000-0000000000aa"
    })  # fmt: skip
    street.flag(street.person_id(2, 3, 1), ["dialysis"])
    found = live.read_stairwells(street.ESTATE)
    assert [(each.building, each.unit) for each in found] == [
        ("1座", "1单元"), ("2座", "1单元"), ("H", "")
    ]  # fmt: skip
    assert [each.households for each in found] == [(2,) * 6, (2,) * 6, (1,)]
    assert [each.needy for each in found] == [0, 1, 0]


def test_reading_an_estate_takes_as_many_statements_however_large(estate: None) -> None:
    from django.db import connection

    with CaptureQueriesContext(
        connection,
    ) as few:
        live.read_stairwells(street.ESTATE)
    assert len(few) == 4


@pytest.mark.parametrize(
    ("model", "said", "words"),
    [
        ("sampling", {"starts": "08:00", "by": "09:00"},
         (("teams sample 24 people", "When each stairwell is called", "played days"),
          ("采样24人", "各单元通知时间"))),
        ("visits", {"minutes": "5"}, (("visit 12 doors", "The lists"), ("走访12户", "清单"))),
        ("supply", {"carts": "1", "cart_packs": "6"},
         (("12 packs in 2 trips", "The trips"), ("12份物资", "趟次明细"))),
        ("projection", {"infected": "2", "days": "20", "every": "3"},
         (("Projected: ", "A projection, not a promise", "our assumption"),
          ("推演：", "并非承诺"))),
    ],
)  # fmt: skip
def test_a_form_gives_an_answer_with_pictures_in_both_languages(
    estate: None, model: str, said: dict[str, str], words: tuple[tuple[str, ...], ...]
) -> None:
    for language, wanted in zip(("en", "zh-hans"), words, strict=True):
        chen = conftest.sign_in(street.Staff(street.CHEN), language)
        empty = chen.get(f"/plans/for/{model}").content.decode()
        assert 'name="estate"' in empty and 'class="drawing"' not in empty
        page = chen.get(f"/plans/for/{model}", HERE | said).content.decode()
        assert not [each for each in wanted if each not in page], page[:4000]
        assert 'class="drawing"' in page and 'type="range"' in page
        part = chen.get(f"/plans/for/{model}/try", HERE | said).content.decode()
        assert "<html" not in part and 'class="drawing"' in part
        paper = chen.get(f"/plans/for/{model}/plan.pdf", HERE | said)
        assert paper["Content-Type"] == "application/pdf" and paper.content[:5] == b"%PDF-"


@pytest.mark.parametrize(
    ("model", "field", "text", "said"),
    [
        ("sampling", "by", "07:00", "after 08:00"), ("sampling", "by", "soon", "HH:MM"),
        ("sampling", "by", "08:05", "one for each stairwell"),
        ("sampling", "positivity", "x", "right would be"), ("sampling", "pool", "7", "10 / 1"),
        ("sampling", "most", "3", "20"), ("sampling", "swabs_an_hour", "0", "out of its bounds"),
        ("visits", "minutes", "-1", "out of its bounds"), ("visits", "shift", "5", "&gt;= 12"),
        ("visits", "doors", "needy", "At least one"), ("supply", "row", "0", "1 … 100"),
        ("supply", "carts", "0.5", "right would be"),
        ("projection", "infected", "99", "more than the 24"),
        ("projection", "release", "60", "more than the 30"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_at_its_field(
    chen: Client, model: str, field: str, text: str, said: str
) -> None:
    answer = chen.get(f"/plans/for/{model}", HERE | {field: text})
    page = answer.content.decode()
    assert answer.status_code == 422 and said in page, re.findall(r'role="alert">[^<]*', page)
    assert f'id="{field}-error"' in page
    assert said in chen.get(f"/plans/for/{model}/try", HERE | {field: text}).content.decode()
    assert chen.get(f"/plans/for/{model}/plan.pdf", HERE | {field: text}).status_code == 409


def test_nobody_plans_for_a_place_of_others(chen: Client, crew: None) -> None:
    other = {"estate": street.OTHER_ESTATE}
    for model in ("sampling", "visits", "supply", "projection"):
        assert chen.get(f"/plans/for/{model}", other).status_code == 403
        assert (
            chen.post(f"/plans/for/{model}/keep", other | {"for": "2021-06-22"}).status_code == 403
        )
    zhao = conftest.sign_in(street.STRANGER)
    assert zhao.get("/plans/for/shifts", {"unit": UNIT, "first": "2021-06-22"}).status_code == 403
    assert "No unit with people on duty" in zhao.get("/plans/for/shifts").content.decode()
    assert chen.get("/plans/for/weather").status_code == 404


def test_fewer_teams_do_not_make_it(chen: Client) -> None:
    page = chen.get("/plans/for/sampling", HERE | {"by": "08:22"}).content.decode()
    fewest = int(re.search(r"(\d+) teams sample", page)[1])  # type: ignore[index]
    assert fewest == 2  # two stairwells of some 12 minutes each
    one = chen.get("/plans/for/sampling/try", HERE | {"by": "08:22", "teams": "1"})
    ends = re.search(r"1 teams sample 24 people by (\d\d:\d\d)", one.content.decode())
    assert ends is not None and ends[1] > "08:22"


def accept(chen: Client, model: str, said: dict[str, str], day: str) -> str:
    kept = chen.post(f"/plans/for/{model}/keep", said | {"for": day})["Location"]
    assert chen.post(f"{kept}/accept").status_code == 302
    return str(kept)


def test_an_accepted_plan_stands_beside_the_day(chen: Client, round_: str) -> None:
    panels.install([board.show_panel], [], [board.show_day])
    home, page = "/", f"/rounds/{round_}/"
    assert "Plan and actual" not in chen.get(home).content.decode()
    kept = accept(chen, "sampling", HERE | {"starts": "00:00", "by": "23:00"}, conftest.today())
    shown = chen.get(home).content.decode()
    assert "Plan and actual" in shown and kept in shown and "Behind the plan" in shown
    shown = chen.get(page).content.decode()
    assert "2 are done" in shown and kept in shown and 'class="drawing"' in shown
    assert "fewer than on a middling day" in shown
    assert chen.post(f"{kept}/withdraw", {"reason": "replaced"}).status_code == 302
    assert "Plan and actual" not in chen.get(page).content.decode()


def test_a_plan_that_nobody_measures_says_so(chen: Client, round_: str) -> None:
    panels.install([board.show_panel], [], [board.show_day])
    accept(chen, "visits", dict(HERE), conftest.today())
    assert "Not measured in the book" in chen.get("/").content.decode()
    assert "Plan and actual" not in chen.get(f"/rounds/{round_}/").content.decode()
    zhao = conftest.sign_in(street.STRANGER)
    assert "Plan and actual" not in zhao.get("/").content.decode()


SHIFTS = {"unit": UNIT, "first": "2021-06-22", "days": "7", "people1-1": "2", "people1-2": "1",
          "people1-3": "1"}  # fmt: skip


def test_a_shift_plan_lists_those_who_work_first(chen: Client, crew: None) -> None:
    few = SHIFTS | {"people1-1": "1", "people1-2": "0", "people1-3": ""}
    page = chen.get("/plans/for/shifts", few).content.decode()
    table = page.split("Who works when")[1].split("</table>")[0]
    rests = ["Day" not in row for row in table.split("<tr>")[2:]]
    assert len(rests) == 8 and rests == sorted(rests) and any(rests) and not all(rests)


@pytest.mark.parametrize("days", ["1", "2", "3", "6"])
def test_a_plan_shorter_than_a_week_puts_people_to_work(
    chen: Client, crew: None, days: str
) -> None:
    usual = {"unit": UNIT, "first": "2021-06-22", "days": days}
    page = chen.get("/plans/for/shifts", usual).content.decode()
    assert "8 people" in page and f"{days} days" in page and "Every shift has who it needs" in page
    # whoever asks for as many days off as there are is told so at the field
    answer = chen.get("/plans/for/shifts", usual | {"off": days})
    assert answer.status_code == 422 and 'id="off-error"' in answer.content.decode()


OWN_SHIFTS = {
    "unit": UNIT, "first": "2021-06-22", "days": "4",
    "shift1": "早岗", "starts1": "06:30", "ends1": "14:30",
    "shift2": "通宵", "starts2": "22:00", "ends2": "06:00", "night2": "1",
    "place1": "东门", "skill1": "", "people1-1": "2", "people1-2": "1",
    "place2": "采样点", "skill2": "护士", "people2-1": "1", "people2-2": "",
}  # fmt: skip


def test_shifts_of_ones_own_and_several_places_reach_the_plan(chen: Client, crew: None) -> None:
    store.update("registry_staff", ["id", "title"], [(CREW[1], "护士长"), (CREW[5], "社区护士")])
    page = chen.get("/plans/for/shifts", OWN_SHIFTS).content.decode()
    assert "Every shift has who it needs" in page and "早岗 东门" in page
    assert "早岗 06:30–14:30; 通宵 22:00–06:00" in page and "2 people can: 护士" in page
    assert 'id="try-people2-1"' in page and "采样点 · 护士 · 早岗" in page
    kept = chen.post("/plans/for/shifts/keep", OWN_SHIFTS | {"for": "2021-06-22"})["Location"]
    problem = json.loads(models.Draft.objects.get().problem)
    assert problem["shifts"] == [
        {"name": "早岗", "start": 390, "minutes": 480, "night": False},
        {"name": "通宵", "start": 1320, "minutes": 480, "night": True},
    ]
    assert [(e["place"], e["shift"], e["people"], e["skill"]) for e in problem["cover"]] == [
        ("东门", "早岗", 2, ""), ("东门", "通宵", 1, ""), ("采样点", "早岗", 1, "护士"),
    ]  # fmt: skip
    able = [each["name"] for each in problem["people"] if each["skills"] == ["护士"]]
    assert able == [CREW[1], CREW[5]]
    assert "早岗 采样点" in chen.get(kept).content.decode()


def test_who_has_a_skill_is_ticked_where_no_post_says_it(chen: Client, crew: None) -> None:
    answer = chen.get("/plans/for/shifts", OWN_SHIFTS)
    page = answer.content.decode()
    assert answer.status_code == 422 and 'id="skill2-error"' in page
    assert f'name="can:护士:{CREW[2]}"' in page and "0 people can: 护士" in page
    ticked = OWN_SHIFTS | {"list:护士": "1", f"can:护士:{CREW[2]}": "1", f"can:护士:{UNIT}": "1"}
    page = chen.get("/plans/for/shifts", ticked).content.decode()
    assert "1 person can: 护士" in page and "Every shift has who it needs" in page
    table = page.split("Who works when")[1].split("</table>")[0]
    [row] = [each for each in table.split("<tr>") if "采样点" in each]
    assert "何2" in row and row.count("采样点") == 4
    # once the list was shown nobody has a skill but by a tick
    store.update("registry_staff", ["id", "title"], [(CREW[1], "护士长")])
    assert chen.get("/plans/for/shifts", OWN_SHIFTS | {"list:护士": "1"}).status_code == 422


@pytest.mark.parametrize(
    ("field", "text", "said"),
    [
        ("shift1", "", "missing"), ("shift2", "早岗", "there twice"),
        ("starts1", "soon", "right would be HH"),
        ("ends1", "", "missing"), ("ends1", "06:30", "half an hour to sixteen"),
        ("ends2", "14:30", "half an hour to sixteen"), ("place1", "", "missing"),
        ("people1-1", "some", "right would be"), ("people2-1", "-1", "between 0 and"),
        ("people1-1", "2.5", "right would be"), ("skill2", "飞行员", "post on the roster"),
        ("shift1", "x" * 61, "out of its bounds"), ("days", "0", "out of its bounds"),
        ("off", "4", "between 0 and 3"), ("off", "9", "out of its bounds"),
    ],
)  # fmt: skip
def test_what_is_wrong_in_a_row_is_named_at_its_field_in_both_languages(
    crew: None, field: str, text: str, said: str
) -> None:
    store.update("registry_staff", ["id", "title"], [(CREW[1], "护士")])
    chen = conftest.sign_in(street.Staff(street.CHEN), "en")
    answer = chen.get("/plans/for/shifts", OWN_SHIFTS | {field: text})
    page = answer.content.decode()
    assert answer.status_code == 422 and said in page, re.findall(r'role="alert">[^<]*', page)
    assert f'id="{field}-error"' in page
    chen = conftest.sign_in(street.Staff(street.CHEN), "zh-hans")
    page = chen.get("/plans/for/shifts", OWN_SHIFTS | {field: text}).content.decode()
    assert f'id="{field}-error"' in page and said not in page


def test_the_same_place_and_skill_twice_and_nobody_needed_are_named(
    chen: Client, crew: None
) -> None:
    twice = OWN_SHIFTS | {"place2": "东门", "skill2": ""}
    assert 'id="place2-error"' in chen.get("/plans/for/shifts", twice).content.decode()
    nobody = SHIFTS | {"people1-1": "0", "people1-2": "", "people1-3": ""}
    page = chen.get("/plans/for/shifts", nobody).content.decode()
    assert 'id="people1-1-error"' in page and "At least one" in page
    late = OWN_SHIFTS | {f"shift{n}": f"s{n}" for n in range(1, 10)}
    assert chen.get("/plans/for/shifts", late).status_code == 422


def test_rows_come_and_go_by_buttons_without_a_script(chen: Client, crew: None) -> None:
    more = chen.get("/plans/for/shifts", OWN_SHIFTS | {"do": "add-shift"})
    page = more.content.decode()
    assert more.status_code == 200 and "Who works when" not in page
    assert 'id="shift3"' in page and 'id="people2-3"' in page and 'value="通宵"' in page
    page = chen.get("/plans/for/shifts", OWN_SHIFTS | {"do": "add-need"}).content.decode()
    assert 'id="place3"' in page and 'id="shift3"' not in page
    page = chen.get("/plans/for/shifts", OWN_SHIFTS | {"do": "drop-shift-1"}).content.decode()
    assert 'id="shift2"' not in page and 'value="早岗"' not in page
    assert re.search(r'id="people1-1"[^>]* value="1"', page)  # the night's
    page = chen.get("/plans/for/shifts", OWN_SHIFTS | {"do": "drop-need-1"}).content.decode()
    assert 'id="place2"' not in page and 'value="采样点"' in page
    for nothing in ("drop-shift-9", "drop-need-0", "drop-x", "toString", "drop-shift-"):
        page = chen.get("/plans/for/shifts", OWN_SHIFTS | {"do": nothing}).content.decode()
        assert 'id="shift2"' in page and 'id="place2"' in page
    # a row that says nothing is no matter
    empty = OWN_SHIFTS | {
        "place3": "",
        "skill3": "",
        "people3-1": "",
        "place2": "西门",
        "skill2": "",
    }
    assert chen.get("/plans/for/shifts", empty).status_code == 200


def test_the_usual_shifts_are_read_in_either_language(crew: None) -> None:
    page = conftest.sign_in(street.Staff(street.CHEN), "zh-hans")
    usual = page.get("/plans/for/shifts").content.decode()
    said = dict(re.findall(r'name="((?:shift|starts|ends)\d)"[^>]* value="([^"]+)"', usual))
    assert said["shift1"] == "早班" and said["ends3"] == "07:00"
    other = conftest.sign_in(street.Staff(street.CHEN), "en")
    answer = other.get("/plans/for/shifts", SHIFTS | said)
    assert "Day 07:00–15:00; Eve 15:00–23:00" in answer.content.decode()


def test_a_shift_plan_names_people_and_keeps_no_name(chen: Client, crew: None) -> None:
    from python_calamine import CalamineWorkbook

    page = chen.get("/plans/for/shifts", SHIFTS).content.decode()
    assert "Every shift has who it needs" in page and "何3" in page and "6-22" in page
    kept = chen.post("/plans/for/shifts/keep", SHIFTS | {"for": "2021-06-22"})["Location"]
    draft = models.Draft.objects.get()
    assert str(draft.about) == UNIT and str(draft.place) == street.ESTATE
    assert not [n for n in range(8) if f"何{n}" in draft.problem + draft.result]
    assert "何3" in chen.get(kept).content.decode()
    assert chen.get(f"{kept}/plan.pdf").content[:5] == b"%PDF-"
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(chen.get(f"{kept}/shifts.xlsx").content))
    rows = sheet.get_sheet_by_index(0).to_python()
    assert [row[0] for row in rows[1:9]] == [f"何{n}" for n in range(8)]
    assert rows[0][1] == "6-22" and sum(row[1:8].count("Day") for row in rows[1:9]) == 14


def test_an_absence_makes_a_new_plan_that_changes_little(chen: Client, crew: None) -> None:
    kept = chen.post("/plans/for/shifts/keep", SHIFTS | {"for": "2021-06-22"})["Location"]
    before = json.loads(models.Draft.objects.get().result)["duties"]
    who = next(each["person"] for each in before if each["day"] == 4)
    absent = {"who": who, "from": "4", "to": "6"}
    for wrong in ({"who": "nobody"}, {"from": "0"}, {"to": "9"}, {"from": "6", "to": "5"}):
        assert chen.post(f"{kept}/absence", absent | wrong).status_code == 422
    made = chen.post(f"{kept}/absence", absent)["Location"]
    again = json.loads(models.Draft.objects.get(id=made.rsplit("/", 1)[1]).result)
    after = again["duties"]
    assert not [each for each in after if each["person"] == who and 4 <= each["day"] <= 6]
    assert [e for e in after if e["day"] < 4] == [e for e in before if e["day"] < 4]
    lost = sum(e["person"] == who and 4 <= e["day"] <= 6 for e in before)
    assert again["parts"]["short"] == 0
    assert lost <= sum(each["changed"] for each in again["people"]) <= 3 * lost
    assert chen.get(made).status_code == 200
    other = chen.post("/plans/for/visits/keep", HERE | {"for": "2021-06-22"})["Location"]
    assert chen.post(f"{other}/absence", absent).status_code == 404
    assert chen.get(f"{other}/shifts.xlsx").status_code == 404


Rows = Sequence[Sequence[object]]


def fill(sheets: Mapping[str, Rows]) -> io.BytesIO:
    """A workbook as somebody hands it in."""
    import xlsxwriter

    file = io.BytesIO()
    file.name = "shifts.xlsx"
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for at, row in enumerate(rows):
                sheet.write_row(at, 0, row)
    file.seek(0)
    return file


COVER: Rows = [
    ["地点", "班次", "人数", "所需技能", "日期"], ["东门", "早班", 2], ["东门", "夜班", 1],
    ["采样", "早班", 1, "护士", "1、3-4"],
]  # fmt: skip
OWN: Rows = [["班次名称", "开始", "小时", "夜班"], ["早班", "07:00", 8], ["夜班", "23:00", 8, "是"]]
HEADS: Sequence[object] = [
    "姓名",
    "账号",
    "技能",
    "可去地点",
    "可上班次",
    "请假",
    "希望休息",
    "此前班次",
]


def hand_in(chen: Client, people: Rows, **sheets: Rows) -> Any:
    file = fill({"人员": [HEADS, *people], "需求": COVER, "班次": OWN} | sheets)
    form = {"unit": UNIT, "first": "2021-06-22", "days": "4", "file": file}
    return chen.post("/plans/shifts/workbook", form)


def test_a_workbook_is_offered_with_the_people_of_the_unit_and_planned_as_it_is(
    chen: Client, crew: None
) -> None:
    page = chen.get("/plans/for/shifts").content.decode()
    assert f"/plans/shifts/workbook/{UNIT}" in page
    # two of one name are still two
    store.update("registry_staff", ["id", "name"], [(CREW[3], "何2")])
    template = io.BytesIO(chen.get(f"/plans/shifts/workbook/{UNIT}").content)
    template.name = "shift-plan.xlsx"
    form = {"unit": UNIT, "first": "2021-06-22", "days": "14", "file": template}
    answer = chen.post("/plans/shifts/workbook", form)
    assert answer.status_code == 302, answer.content.decode()[:3000]
    problem = json.loads(models.Draft.objects.get().problem)
    assert sorted(each["name"] for each in problem["people"]) == CREW
    assert [each["people"] for each in problem["cover"]] == [2, 2, 1]
    assert [each["start"] for each in problem["shifts"]] == [420, 900, 1380]
    assert [each["night"] for each in problem["shifts"]] == [False, False, True]
    assert "Every shift has who it needs" in chen.get(answer["Location"]).content.decode()


def test_what_a_workbook_says_reaches_the_plan(chen: Client, crew: None) -> None:
    people: Rows = [
        ["何0", "", "护士、司机", "", "", "", "", ""],
        ["何1", "", "", "东门", "早班", "2-3", "4", "夜班 休"],
        *[[f"何{n}"] for n in range(2, 8)],
    ]  # fmt: skip
    answer = hand_in(chen, people)
    assert answer.status_code == 302, answer.content.decode()[:3000]
    problem = json.loads(models.Draft.objects.get().problem)
    first, second = problem["people"][:2]
    assert first["skills"] == ["护士", "司机"]
    assert second["places"] == ["东门"] and second["shifts"] == ["早班"]
    assert second["unavailable"] == [2, 3] and second["before"] == ["夜班", ""]
    assert second["wishes"] == [{"day": 4, "shift": ""}]
    assert problem["cover"][2] == {"place": "采样", "shift": "早班", "people": 1, "skill": "护士",
                                   "days": [1, 3, 4]}  # fmt: skip


def test_wrong_rows_are_named_and_the_others_go_on(chen: Client, crew: None) -> None:
    people: Rows = [
        *[[f"何{n}"] for n in range(6)],
        ["无此人"], ["何0"], ["", "", "护士"], ["何6", "", "", "月亮"], ["何7", "", "", "", "午班"],
        ["何7", "", "", "", "", "5"], ["何7", "", "", "", "", "x"], ["何7", "nobody"],
    ]  # fmt: skip
    page = hand_in(chen, people).content.decode()
    for cell, value, why in (
        ("A8", "无此人", "is called so"), ("A9", "何0", "Another row"), ("A10", "", "no name"),
        ("D11", "月亮", "No row of the cover"), ("E12", "午班", "No row of the shifts"),
        ("F13", "5", "outside the plan"), ("F14", "x", "Days are numbers"),
        ("B15", "nobody", "is called so"),
    ):  # fmt: skip
        row = f"<td>{cell}</td><td>{value}</td><td>"
        assert row in page and why in page.split(row)[1].split("</td>")[0], (cell, page)
    kept = models.Draft.objects.get()
    assert [each["name"] for each in json.loads(kept.problem)["people"]] == CREW[:6]
    assert f"/plans/kept/{kept.id}" in page


def test_wrong_cover_and_shifts_are_named_too(chen: Client, crew: None) -> None:
    cover = [*COVER, ["东门", "早班", 2], ["东门", "午班", 1], ["南门", "早班", "many"],
             ["南门", "早班", 1, "", "9"]]  # fmt: skip
    own = [*OWN, ["早班", "08:00", 8], ["晚班", "late", 8], ["晚班", "15:00", 99]]
    answer = hand_in(chen, [[f"何{n}"] for n in range(8)], 需求=cover, 班次=own)
    page = answer.content.decode()
    for cell in ("A5", "B6", "C7", "E8", "A4", "B5", "C6"):
        assert f"<td>{cell}</td>" in page, (cell, page)


def test_what_is_no_workbook_for_a_plan_is_refused_whole(chen: Client, crew: None) -> None:
    assert chen.post("/plans/shifts/workbook", {"unit": UNIT}).status_code == 422
    unfit: list[Mapping[str, Rows]] = [{"x": [["a", "b"]]}, {"人员": [HEADS, ["何1"]]}]
    for sheets in unfit:
        form = {"unit": UNIT, "first": "2021-06-22", "days": "4", "file": fill(sheets)}
        assert chen.post("/plans/shifts/workbook", form).status_code == 422
    whole: Mapping[str, Rows] = {"人员": [HEADS, ["何1"]], "需求": COVER, "班次": OWN}
    file = fill(whole)
    form = {"unit": UNIT, "first": "2021-06-22", "days": "99", "file": file}
    assert chen.post("/plans/shifts/workbook", form).status_code == 409
    zhao = conftest.sign_in(street.STRANGER)
    assert zhao.get(f"/plans/shifts/workbook/{UNIT}").status_code == 403
    file.seek(0)
    assert zhao.post("/plans/shifts/workbook", form | {"file": file}).status_code == 403
    assert not models.Draft.objects.exists()


def test_a_round_that_follows_from_a_tube_is_not_what_was_planned(
    chen: Client, round_: str, rf: RequestFactory
) -> None:
    kept = accept(chen, "sampling", HERE | {"starts": "00:00", "by": "23:00"}, conftest.today())
    found = rounds.Round.objects.get(id=round_)
    again = copy.copy(found)
    again.id, again.parent, again.due, again.done = street.round_id(7), round_, 1, 0
    request = rf.get("/")
    request.user = Staff.objects.get(id=street.CHEN)
    for order in ([found, again], [again, found]):
        shown = board.show_day(request, order, {})
        assert shown is not None and kept in shown and '<td class="number">2</td>' in shown
        assert f"/rounds/{round_}/" in shown
    assert board.show_panel(request, again) is None
    assert board.show_panel(request, found) is not None


def test_a_field_left_empty_on_purpose_stays_empty(chen: Client) -> None:
    said = HERE | {"infected": "1", "days": "15", "every": "3"}
    supplied = '<td class="number">12</td></tr>'  # homes to supply, in the last column
    assert supplied in chen.get("/plans/for/projection", said).content.decode()
    unsealed = chen.get("/plans/for/projection", said | {"sealed": ""}).content.decode()
    assert supplied not in unsealed and "Homes to supply while sealed" in unsealed
