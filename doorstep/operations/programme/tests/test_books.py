"""The programme as a spreadsheet: what is read, what is refused by cell, and there and back."""

import io
from typing import Any

import pytest
import xlsxwriter
from django.test import Client

from doorstep.ledger import book, models
from doorstep.operations.programme import models as programme
from doorstep.operations.programme import queries
from doorstep.operations.programme.actions import books, projects
from doorstep.operations.programme.tests import ground
from doorstep.registry import models as registry
from doorstep.rounds.tests import street

TODAY = "2021-06-21"
HEAD = ["编号", "项目名称", "类别", "层级", "地点", "责任单位", "负责人", "开始日期", "完成期限",
        "节点", "预算"]  # fmt: skip
ROW = ["JD01", "体育公园", "文体设施", "社区", "灯湖社区", "桂城街道办事处", "钱项目", "2021/4/30",
       "2021年12月31日", "2021-05-31 完成设计；2021-12-31 投入使用", "1,200,000"]  # fmt: skip


@pytest.fixture(autouse=True)
def town(cell: models.Cell) -> None:
    ground.build()


def make(*rows: list[Any], head: list[str] = HEAD) -> bytes:
    file = io.BytesIO()
    made = xlsxwriter.Workbook(file, {"in_memory": True})
    sheet = made.add_worksheet("项目")
    for at, row in enumerate([head, *rows]):
        sheet.write_row(at, 0, row)
    made.close()
    return file.getvalue()


def change(column: str, value: Any) -> list[Any]:
    return [value if name == column else cell for name, cell in zip(HEAD, ROW, strict=True)]


@pytest.mark.django_db
def test_a_row_becomes_a_project_and_read_again_changes_nothing() -> None:
    plan = books.plan(ground.OFFICER, make(ROW), "a.xlsx")
    assert (len(plan.new), plan.changed, plan.same, plan.refused) == (1, [], 0, [])
    assert not programme.Project.objects.exists()  # a preview keeps nothing
    assert books.carry_out(ground.OFFICER, plan.new) == 1
    [found] = queries.list_projects(TODAY)
    assert (found.words.title.zh, found.row.deadline, found.row.budget) == (
        "体育公园", "2021-12-31", 1_200_000,
    )  # fmt: skip
    again = books.plan(ground.OFFICER, make(ROW), "a.xlsx")
    assert (again.new, again.changed, again.same) == ([], [], 1)
    later = books.plan(ground.OFFICER, make(change("完成期限", "2022-01-31")), "a.xlsx")
    assert len(later.changed) == 1 and later.changed[0].project == found.id
    books.carry_out(ground.OFFICER, later.changed)
    [moved] = queries.list_projects(TODAY)
    assert moved.row.deadline == "2022-01-31"
    assert [s.id for s in moved.milestones] == [s.id for s in found.milestones]


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_book_written_is_the_book_read(language: str) -> None:
    projects.describe(ground.OFFICER, ground.describe(code="JD01", budget=5))
    projects.describe(ground.OFFICER, ground.describe(code="JD02", category="roads"))
    written = books.write_book(queries.list_projects(TODAY), language)
    plan = books.plan(ground.OFFICER, written, "programme.xlsx")
    assert (plan.problem, plan.new, plan.changed, plan.same, plan.refused) == ("", [], [], 2, [])


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        ("编号", "J!", "PROJECT_CODE_WRONG"),
        ("项目名称", "", "TITLE_MISSING"),
        ("项目名称", "电话13800138000", "TEXT_NAMES_SOMEBODY"),
        ("类别", "月球", "CATEGORY_UNKNOWN"),
        ("层级", "省", "LEVEL_UNKNOWN"),
        ("地点", "月球社区", "PROJECT_PLACE_UNKNOWN"),
        ("地点", "御水岸", "NOT_YOURS"),
        ("责任单位", "月球办", "UNIT_UNKNOWN"),
        ("负责人", "查无此人", "LEADER_UNKNOWN"),
        ("开始日期", "春天", "DAY_WRONG"),
        ("完成期限", "2021-01-01", "DEADLINE_BEFORE_START"),
        ("节点", "尽快", "MILESTONES_WRONG"),
        ("预算", "很多", "BUDGET_WRONG"),
    ],
)
def test_a_wrong_cell_is_named_and_the_good_rows_go_on(column: str, value: str, code: str) -> None:
    wrong = change(column, value)
    if column != "编号":
        wrong[0] = "JD02"
    good = [*ROW[:1], "另一个公园", *ROW[2:]]
    plan = books.plan(ground.OFFICER, make(good, wrong), "a.xlsx")
    assert [each.said.title.zh for each in plan.new] == ["另一个公园"]
    [refused] = plan.refused
    named = "" if code == "TEXT_NAMES_SOMEBODY" else "ABCDEFGHIJK"[HEAD.index(column)]
    assert (refused.row, refused.column, refused.code) == (3, named, code)


@pytest.mark.django_db
def test_a_number_twice_in_a_file_is_neither() -> None:
    plan = books.plan(ground.OFFICER, make(ROW, change("项目名称", "另一个")), "a.xlsx")
    assert plan.new == [] and [each.code for each in plan.refused] == ["CODE_TWICE"] * 2


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("data", "problem"),
    [(b"", "FILE_EMPTY"), (b"a,b\n1,2\n", "PROGRAMME_NO_HEADER"), (b"PK\3\4broken", None)],
)
def test_a_file_that_is_none_is_told(data: bytes, problem: str | None) -> None:
    plan = books.plan(ground.OFFICER, data, "a.csv")
    assert plan.problem == problem if problem else plan.problem
    assert plan.new == []


@pytest.mark.django_db
def test_the_page_shows_first_and_takes_only_what_it_has_shown() -> None:
    client = Client()
    client.force_login(registry.Staff.objects.get(id=street.CHEN))
    size = book.get_cell().size
    file = io.BytesIO(make(ROW, ["JD02", *change("类别", "月球")[1:]]))
    file.name = "a.xlsx"
    shown = client.post("/programme/bring", {"file": file})
    assert book.get_cell().size == size
    text = shown.content.decode()
    assert "项目 C3" in text and "There is no such category." in text
    [signed] = [part.split('"')[0] for part in text.split('name="plan" value="')[1:]]
    forged = client.post("/programme/bring", {"plan": signed[:-3] + "AAA"})
    assert forged.status_code == 409 and not programme.Project.objects.exists()
    assert client.post("/programme/bring", {"plan": signed}).status_code == 302
    assert programme.Project.objects.count() == 1
    sent = client.get("/programme/programme.xlsx")
    assert books.plan(ground.OFFICER, sent.content, "p.xlsx").same == 1
