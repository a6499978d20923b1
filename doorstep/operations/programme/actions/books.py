"""A programme from a spreadsheet: what its rows would change, and changing it; and the same sheet
written from what is in the book, which read again changes nothing.

A row that cannot be taken is named with its column and reason, and the others go on.
"""

import io
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from doorstep.face import exports
from doorstep.kit import ids
from doorstep.ledger import desk, refusals, writer
from doorstep.operations.programme import catalogue, queries
from doorstep.operations.programme.actions import common, fields, projects
from doorstep.outside import programme_books as books
from doorstep.outside.sheets import Refusal
from doorstep.registry import access
from doorstep.registry import models as registry
from doorstep.rounds.round_kinds import Text

_COLUMN_OF = {
    "TITLE_MISSING": "zh", "CATEGORY_UNKNOWN": "category", "LEVEL_UNKNOWN": "level",
    "PROJECT_PLACE_UNKNOWN": "place", "UNIT_UNKNOWN": "unit", "LEADER_UNKNOWN": "leader",
    "DEADLINE_BEFORE_START": "deadline", "MILESTONES_WRONG": "milestones",
    "BUDGET_WRONG": "budget", "PROJECT_CODE_WRONG": "code", "CODE_TWICE": "code",
    "NOT_YOURS": "place", "PROJECT_IS_CLOSED": "code",
}  # fmt: skip
_HEADS = {
    "zh": ("编号", "项目名称", "英文名称", "类别", "层级", "地点", "责任单位", "负责人", "开始",
           "期限", "节点", "预算", "内容", "英文内容"),
    "en": ("Number", "Title in Chinese", "Title in English", "Category", "Level", "Place", "Unit",
           "Leader", "Start", "Deadline", "Milestones", "Budget", "Description in Chinese",
           "Description in English"),
}  # fmt: skip
_ORDER = ("code", "zh", "en", "category", "level", "place", "unit", "leader", "starts", "deadline",
          "milestones", "budget", "story_zh", "story_en")  # fmt: skip


class Change(NamedTuple):
    """A row that says something: `project` None: a new one."""

    row: int
    said: projects.Description
    project: str | None


class Plan(NamedTuple):
    """What a file would do. `same`: rows that say what the book says."""

    new: list[Change]
    changed: list[Change]
    same: int
    refused: list[Refusal]
    problem: str = ""


def plan(staff: common.Staff, data: bytes, filename: str) -> Plan:
    """What a workbook would change; nothing is kept. Never raises for what is in the file."""
    book = books.read_book(data, filename)
    made = Plan([], [], 0, [], book.problem)
    if book.problem:
        return made
    today = projects.today()
    there = queries.list_projects(today)
    by_code = {each.row.code: each for each in there if each.row.code}
    by_title = {each.words.title.zh: each for each in there}
    known = _read_known()
    codes = Counter(row.cells["code"].upper() for row in book.rows if row.cells["code"])
    over = access.where(staff, common.COMMANDERS, set(known.places.values()))
    same = 0
    for row in book.rows:
        try:
            code = fields.read_code(row.cells["code"])
            found = by_code.get(code) if code else by_title.get(row.cells["zh"])
            said = projects.check(_describe(row.cells, code, found, known))
            if code and codes[row.cells["code"].upper()] > 1:
                raise refusals.Refused("CODE_TWICE")
            if said.place not in over:
                raise refusals.Refused("NOT_YOURS")
            if found is not None and _is_same(said, found):
                same += 1
                continue
            if found is not None and found.row.closed_on is not None:
                raise refusals.Refused("PROJECT_IS_CLOSED")
        except refusals.Refused as no:
            made.refused.append(_refuse(row, no))
            continue
        change = Change(row.row, said, found.id if found else None)
        (made.changed if found else made.new).append(change)
    return made._replace(same=same)


def carry_out(staff: common.Staff, changes: Sequence[Change]) -> int:
    """Keep the changes of a plan, together; how many.

    Raises:
        Refused: as projects.describe. Nothing is kept then.
    """
    checked = [each._replace(said=projects.check(each.said)) for each in changes]

    def act() -> int:
        for each in checked:
            common.require(staff, common.COMMANDERS, each.said.place)
        entries = [projects.make_entry(each.said, each.project or ids.new()) for each in checked]
        if entries:
            desk.post(str(staff.id), entries)
        return len(entries)

    return writer.run(act)


def write_book(found: Sequence[queries.Project], language: str) -> bytes:
    """The projects as a workbook that `plan` reads."""
    import xlsxwriter

    zh = language.startswith("zh")
    known = _read_known()
    place_of = {id_: name for name, id_ in known.places.items()}
    unit_of = {id_: name for name, id_ in known.units.items()}
    leader_of = {id_: name for name, id_ in known.leaders.items()}
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    head = book.add_format({"bold": True, "bottom": 2, "text_wrap": True})
    wrap = book.add_format({"text_wrap": True, "valign": "top"})
    sheet = book.add_worksheet("项目" if zh else "Projects")
    for column, text in enumerate(_HEADS["zh" if zh else "en"]):
        sheet.write_string(0, column, text, head)
    said = catalogue.get()
    for at, each in enumerate(found, 1):
        row = each.row
        values: Mapping[str, Any] = {
            "code": row.code or "", "zh": each.words.title.zh, "en": each.words.title.en,
            "category": catalogue.label(said.category, row.category, language),
            "level": fields.LEVELS[row.level][0 if zh else 1],
            "place": place_of.get(str(row.place), ""), "unit": unit_of.get(str(row.unit), ""),
            "leader": leader_of.get(str(row.leader), ""), "starts": row.starts,
            "deadline": row.deadline, "milestones": fields.write_steps(each),
            "budget": "" if row.budget is None else row.budget,
            "story_zh": each.words.story.zh, "story_en": each.words.story.en,
        }  # fmt: skip
        for column, name in enumerate(_ORDER):
            value = values[name]
            sheet.write(
                at, column, exports.harmless(value) if isinstance(value, str) else value, wrap
            )
    for column, width in enumerate((10, 36, 30, 14, 10, 18, 24, 18, 12, 12, 44, 12, 40, 40)):
        sheet.set_column(column, column, width)
    sheet.freeze_panes(1, 2)
    book.close()
    return file.getvalue()


class _Known(NamedTuple):
    """What names in a file mean: name → id. A name that two have means neither."""

    places: dict[str, str]
    units: dict[str, str]
    leaders: dict[str, str]


def _read_known() -> _Known:
    kinds = ("subdistrict", "community", "estate")
    places = registry.Place.objects.filter(kind__in=kinds).values_list("id", "name", "english")
    units = registry.Unit.objects.values_list("id", "name", "english")
    people = list(registry.Staff.objects.filter(is_active=True).values_list("id", "name",
                                                                           "account"))  # fmt: skip
    # the account first, for two people may have one name; who has neither is known by the id
    accounts = {account: str(id_) for id_, _name, account in people if account}
    names = _unique((str(id_), name) for id_, name, _account in people)
    plain = {str(id_): str(id_) for id_, _name, _account in people}
    leaders = plain | names | accounts
    return _Known(
        _unique((str(id_), text) for id_, *said in places for text in reversed(said) if text),
        _unique((str(id_), text) for id_, *said in units for text in reversed(said) if text),
        leaders,
    )


def _unique(pairs: Any) -> dict[str, str]:
    meant: dict[str, set[str]] = {}
    for id_, name in pairs:
        meant.setdefault(name, set()).add(id_)
    return {name: next(iter(ids_)) for name, ids_ in meant.items() if len(ids_) == 1}


def _describe(
    cells: Mapping[str, str], code: str | None, found: queries.Project | None, known: _Known
) -> projects.Description:
    return projects.Description(
        Text(cells["en"], cells["zh"]),
        Text(cells["story_en"], cells["story_zh"]),
        _meant(cells["category"], lambda key: [key.key, key.label.zh, key.label.en]),
        next((key for key, said in fields.LEVELS.items()
              if cells["level"].lower() in (key, *map(str.lower, said))), ""),
        known.places.get(cells["place"], ""),
        known.units.get(cells["unit"], ""),
        known.leaders.get(cells["leader"], ""),
        cells["starts"],
        cells["deadline"],
        fields.read_steps(cells["milestones"], fields.steps_of(found)),
        code,
        fields.read_budget(cells["budget"]),
    )  # fmt: skip


def _meant(text: str, names: Callable[[catalogue.Category], list[str]]) -> str:
    wanted = text.strip().lower()
    for each in catalogue.get().category:
        if wanted in map(str.lower, names(each)):
            return each.key
    return ""


def _is_same(said: projects.Description, found: queries.Project) -> bool:
    row = found.row
    steps = [(step.id, step.due, step.label) for step in fields.steps_of(found)]
    return (
        (said.title, said.story) == (found.words.title, found.words.story)
        and [(step.id, step.due, step.label) for step in said.steps] == steps
        and (said.category, said.level, said.place, said.unit, said.leader)
        == (row.category, row.level, str(row.place), str(row.unit), str(row.leader))
        and (said.starts, said.deadline, said.code, said.budget)
        == (row.starts, row.deadline, row.code, row.budget)
    )


def _refuse(row: books.ProjectRow, no: refusals.Refused) -> Refusal:
    column = no.facts.get("field") or _COLUMN_OF.get(no.code, "")
    column = str(column)
    written = row.cells.get(column, "")[:40]
    return Refusal(row.sheet, row.row, row.letters.get(column, ""), no.code, written, False)
