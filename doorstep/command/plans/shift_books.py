"""A shift plan's workbook: what is offered to be filled in, and the problem that comes of one that
was. People are found among those on duty by account or name; the problem has their ids alone.

A row that cannot be taken is named with its column and reason, and the others go on.
"""

import io
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from typing import Any, Final, NamedTuple

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from doorstep.face import exports
from doorstep.ledger import refusals
from doorstep.outside import shift_books as books
from doorstep.outside.sheets import Refusal
from doorstep.planning import problems
from doorstep.planning.shifts.problem import Roster
from doorstep.registry import models

MOST_BYTES: Final = 4 << 20
_HEADS: Final = {  # words that outside.shift_books reads
    "en": (
        ["Name", "Account", "Skills", "Places", "Shifts", "Away", "Wishes", "Before"],
        ["Place", "Shift", "People", "Skill", "Days"],
        ["Shift", "Start", "Hours", "Night"],
    ),
    "zh": (
        ["姓名", "账号", "技能", "可去地点", "可上班次", "请假", "希望休息", "此前班次"],
        ["地点", "班次", "人数", "所需技能", "日期"],
        ["班次名称", "开始", "小时", "夜班"],
    ),
}
_CLOCKS: Final = (("07:00", 8, ""), ("15:00", 8, ""), ("23:00", 8, "1"))


class Read(NamedTuple):
    """The problem of a workbook, and the rows that were not taken."""

    roster: Roster
    refused: list[Refusal]


def make_template(unit: models.Unit) -> bytes:
    """A workbook with the people of a unit, three shifts and an example of cover."""
    import xlsxwriter

    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    head = book.add_format({"bold": True, "bottom": 2, "text_wrap": True})

    def write(title: str, heads: list[str], rows: Iterable[tuple[Any, ...]]) -> None:
        sheet = book.add_worksheet(title)
        for column, text in enumerate(heads):
            sheet.write_string(0, column, text, head)
        for at, row in enumerate(rows, 1):
            for column, value in enumerate(row):
                sheet.write(
                    at, column, exports.harmless(value) if isinstance(value, str) else value
                )
        sheet.set_column(0, len(heads) - 1, 18)
        sheet.freeze_panes(1, 0)

    heads = _HEADS["zh" if (get_language() or "en").startswith("zh") else "en"]
    day, evening, night = _("Day shift"), _("Evening shift"), _("Night shift")
    # of two of one name without an account the id tells which is meant
    people = models.Staff.objects.filter(unit=unit.id, is_active=True).order_by("name", "id")
    names = Counter(each.name for each in people)
    write(
        _("People"),
        heads[0],
        [
            (each.name, each.account or (str(each.id) if names[each.name] > 1 else ""))
            for each in people
        ],
    )  # fmt: skip
    write(
        _("Cover"),
        heads[1],
        [(unit.name, day, 2), (unit.name, evening, 2), (unit.name, night, 1)],
    )
    write(
        _("Shifts"),
        heads[2],
        [
            (name, start, hours, dark)
            for name, (start, hours, dark) in zip((day, evening, night), _CLOCKS, strict=True)
        ],
    )
    book.close()
    return file.getvalue()


def read(
    data: bytes, filename: str, unit: str, units: Collection[str], first_day: str, days: int
) -> Read:
    """The problem of a workbook for a unit. `units`: whose people may be named.

    Raises:
        Refused: a file that is not read, or without people, cover or shifts.
        Wrong: days that are no plan.
    """
    found = books.read_book(data, filename)
    if found.problem:
        raise refusals.Refused(found.problem, status=422)
    checked = _Checked(found, days)
    shifts, cover = checked.take_shifts(), checked.take_cover()
    people = checked.take_people(_find_people(unit, units))
    if not (people and cover and shifts):
        raise refusals.Refused("SHIFT_BOOK_INCOMPLETE", status=422)
    roster = problems.read(Roster, {
        "name": unit, "first_day": first_day, "days": days, "shifts": shifts, "cover": cover,
        "people": people, "effort": {"moves": 3_000_000, "rounds": 20},
    })  # fmt: skip
    return Read(roster, checked.refused)


class _Known(NamedTuple):
    by_account: dict[str, str]
    by_name: dict[str, list[str]]
    own: frozenset[str]


def _find_people(unit: str, units: Collection[str]) -> _Known:
    rows = models.Staff.objects.filter(unit__in=units, is_active=True)
    by_account: dict[str, str] = {}
    by_name: defaultdict[str, list[str]] = defaultdict(list)
    own: set[str] = set()
    for id_, name, account, of in rows.values_list("id", "name", "account", "unit"):
        by_name[name].append(str(id_))
        by_account[str(id_)] = str(id_)
        if account:
            by_account[account] = str(id_)
        if str(of) == unit:
            own.add(str(id_))
    return _Known(by_account, dict(by_name), frozenset(own))


class _Checked:
    """Rows as the planner takes them, and what is wrong with the others."""

    def __init__(self, found: books.ShiftBook, days: int) -> None:
        self.found, self.days, self.refused = found, days, list(found.refusals)
        self._columns = {each.name: each.columns for each in found.sheets}
        self._shifts: set[str] = set()
        self._places: set[str] = set()

    def take_shifts(self) -> list[dict[str, Any]]:
        """Shifts, each name once."""
        taken = []
        for row in self.found.shifts:
            if row.name in self._shifts:
                self._refuse(row, "shift", "ROW_TWICE", row.name)
                continue
            self._shifts.add(row.name)
            taken.append({"name": row.name, "start": row.start, "minutes": row.minutes,
                          "night": row.night})  # fmt: skip
        return taken

    def take_cover(self) -> list[dict[str, Any]]:
        """Cover of shifts that are there, each place, shift, skill and day once."""
        taken: list[dict[str, Any]] = []
        seen: set[tuple[str, str, str, int]] = set()
        for row in self.found.cover:
            days = row.days or tuple(range(1, self.days + 1))
            keys = {(row.place, row.shift, row.skill, day) for day in days}
            if row.shift not in self._shifts:
                self._refuse(row, "shift", "SHIFT_UNKNOWN", row.shift)
            elif max(days) > self.days:
                self._refuse(row, "days", "DAY_OUTSIDE", str(max(days)))
            elif keys & seen:
                self._refuse(row, "place", "ROW_TWICE", row.place)
            else:
                seen |= keys
                self._places.add(row.place)
                taken.append({"place": row.place, "shift": row.shift, "people": row.people,
                              "skill": row.skill, "days": row.days})  # fmt: skip
        return taken

    def take_people(self, known: _Known) -> list[dict[str, Any]]:
        """People on duty, each once, whose words are places and shifts of the workbook."""
        taken: dict[str, dict[str, Any]] = {}
        for row in self.found.people:
            who = self._who(row, known)
            if who is None:
                continue
            named = {*row.shifts, *filter(None, row.before)}
            if who in taken:
                self._refuse(row, "name", "ROW_TWICE", row.name)
            elif not self._shifts.issuperset(named):
                wrong = min(named - self._shifts)
                column = "shifts" if wrong in row.shifts else "before"
                self._refuse(row, column, "SHIFT_UNKNOWN", wrong)
            elif not self._places.issuperset(row.places):
                wrong = min(set(row.places) - self._places)
                self._refuse(row, "places", "PLACE_NOT_COVERED", wrong)
            elif max((*row.away, *row.wishes), default=1) > self.days:
                column = "away" if max(row.away, default=1) > self.days else "wishes"
                self._refuse(row, column, "DAY_OUTSIDE", str(max((*row.away, *row.wishes))))
            else:
                taken[who] = {
                    "name": who, "skills": row.skills, "places": row.places,
                    "shifts": row.shifts, "unavailable": row.away,
                    "wishes": [{"day": day} for day in row.wishes], "before": row.before,
                }  # fmt: skip
        return list(taken.values())

    def _who(self, row: books.PersonRow, known: _Known) -> str | None:
        if row.account:
            if (found := known.by_account.get(row.account)) is None:
                self._refuse(row, "account", "DUTY_UNKNOWN", row.account)
            return found
        same = known.by_name.get(row.name, [])
        # of two of one name the one of the unit is meant
        same = [each for each in same if each in known.own] or same
        if len(same) != 1:
            code = "DUTY_AMBIGUOUS" if same else "DUTY_UNKNOWN"
            self._refuse(row, "name", code, row.name)
            return None
        return same[0]

    def _refuse(
        self, row: books.PersonRow | books.CoverRow | books.ShiftRow, column: str, code: str,
        value: str,
    ) -> None:  # fmt: skip
        letters = self._columns.get(row.sheet, {}).get(column, "")
        self.refused.append(Refusal(row.sheet, row.row, letters, code, value[:40], False))


def find_unit(units: Iterable[models.Unit], unit: str) -> models.Unit:
    """One of these units. Raises Refused: NOT_YOURS."""
    for each in units:
        if str(each.id) == unit:
            return each
    raise refusals.Refused("NOT_YOURS")
