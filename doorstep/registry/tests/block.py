"""A small estate for tests of the registry: made through its own acts, with rosters as bytes."""

import io
from collections.abc import Sequence
from typing import Any

import xlsxwriter

from doorstep.kit import documents, ids
from doorstep.registry import places, rights, staffing

PASSWORD = "seven-herons-fly"
HEADER = ["楼栋", "单元", "房号", "姓名", "性别", "证件类型", "证件号码", "联系电话", "与户主关系",
          "居住状态", "特殊情况"]  # fmt: skip


class Block:
    """Two estates in one community; an administrator of all, and staff of each."""

    def __init__(self) -> None:
        self.admin = ids.new()
        self.root, self.community = ids.new(), ids.new()
        self.estate, self.other = ids.new(), ids.new()
        places.add_places(
            self.admin,
            [
                places.NewPlace("subdistrict", "示例街道", None, self.root),
                places.NewPlace("community", "示例社区", self.root, self.community),
                places.NewPlace("estate", "示例花园", self.community, self.estate),
                places.NewPlace("estate", "另一花园", self.community, self.other),
                *places.plan_buildings(self.estate, [places.Block(1, 2, 2, 3, 2)]),
                *places.plan_buildings(self.other, [places.Block(1, 1, 1, 3, 2)]),
            ],
        )
        encoded = staffing.hash_password(PASSWORD)
        [self.registrar, self.stranger, self.steward] = staffing.add_people_on_duty(
            self.admin,
            [
                staffing.NewStaff("系统管理员", None, "admin", id=self.admin, encoded=encoded,
                                  roles=[("administrator", self.root)]),
                staffing.NewStaff("陈登记", roles=[("registrar", self.estate)]),
                staffing.NewStaff("外人", roles=[("registrar", self.other)]),
                staffing.NewStaff("林管家", roles=[("steward", self.estate)]),
            ],
        )[1:]  # fmt: skip


def staff(id_: str) -> rights.Staff:
    """Whoever signed in."""
    return rights.Staff(id_)


def number(sequence: int, born: str = "19900101") -> str:
    """A valid identity number that nobody can have: its area begins with 10."""
    digits = f"100001{born}{sequence:03}"
    return digits + documents.check_character(digits)


def line(door: str, name: str, document: str = "", **said: str) -> list[str]:
    """One row under HEADER; `door` is building-unit-door."""
    building, unit, flat = door.split("-")
    return [f"{building}栋", f"{unit}单元", flat, name, said.get("sex", ""), said.get("type", ""),
            document, said.get("phone", ""), said.get("relation", ""), said.get("presence", ""),
            said.get("special", "")]  # fmt: skip


def csv(*rows: Sequence[str]) -> bytes:
    """A roster as a CSV file."""
    return "\r\n".join(",".join(row) for row in (HEADER, *rows)).encode()


def workbook(**sheets: Sequence[Sequence[Any]]) -> bytes:
    """A roster as a workbook, each sheet with its own HEADER."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for y, row in enumerate((HEADER, *rows)):
                sheet.write_row(y, 0, row)
    return out.getvalue()
