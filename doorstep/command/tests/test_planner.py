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


SHIFTS = {"unit": UNIT, "first": "2021-06-22", "days": "7", "day": "2", "evening": "1",
          "night": "1"}  # fmt: skip


def test_a_shift_plan_lists_those_who_work_first(chen: Client, crew: None) -> None:
    few = SHIFTS | {"day": "1", "evening": "0", "night": "0"}
    page = chen.get("/plans/for/shifts", few).content.decode()
    table = page.split("Who works when")[1].split("</table>")[0]
    rests = ["Day" not in row for row in table.split("<tr>")[2:]]
    assert len(rests) == 8 and rests == sorted(rests) and any(rests) and not all(rests)


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
