"""Addresses as rosters write them: 3栋, 三号楼 and Building 3 are one building. Pure.

Refuses to guess a floor: a door whose number does not tell it has none.
"""

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from doorstep.outside.rosters import RosterRow

_NUMERALS = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_NUMERAL = re.compile(r"[零〇一二两三四五六七八九十]+")
_AHEAD = re.compile(r"^(?:第|BUILDING|BLOCK|BLDG|UNIT|ENTRANCE|ROOM|FLAT|DOOR|NO\b)[\s.:]*")
_BEHIND = {
    "building": re.compile(r"(?:号楼|号|楼|栋|幢|座|#)$"),
    "unit": re.compile(r"(?:单元|梯|门|号)$"),
    "door": re.compile(r"(?:室|房|号|户)$"),
}
_LEVELS = re.compile(r"号楼|栋|幢|座|单元|梯|#|[-—–/]")
_STOREY = re.compile(r"^\d+(?:楼|层)(?=\d)")
_FLOOR_AND_TWO = re.compile(r"^(\d{1,2})(\d\d)[A-Z]?$")
_FLOOR_AND_LETTER = re.compile(r"^(\d{1,2})([A-Z])$")


class Address(NamedTuple):
    """Codes of building, unit and door; "" where nothing was said."""

    building: str
    unit: str
    door: str


@lru_cache(maxsize=20_000)
def code_of(text: str, kind: str) -> str:
    """The code of a building, unit or door from its name: `三号楼` → `3`, `０８０３室` → `803`."""
    code = re.sub(r"\s+", "", unicodedata.normalize("NFKC", text).upper())
    code = _BEHIND[kind].sub("", _AHEAD.sub("", code))
    code = _NUMERAL.sub(lambda found: _number(found[0]), code)
    return re.sub(r"(?<![0-9A-Z])0+(?=\d)", "", code)


def read(row: RosterRow) -> Address:
    """Where a row says somebody lives. Its door may hold the whole: `3-1-803`, `3栋1单元803`."""
    return _read(row.building, row.unit, row.door)


def read_text(text: str) -> Address:
    """Where a line typed at a table points: 12-803, 12栋 1单元 803, 803."""
    return _read("", "", re.sub(r"\s+", "-", text.strip()))


@lru_cache(maxsize=50_000)
def _read(building_text: str, unit_text: str, door_text: str) -> Address:
    building, unit = code_of(building_text, "building"), code_of(unit_text, "unit")
    text = unicodedata.normalize("NFKC", door_text).upper()
    if building:
        text = _STOREY.sub("", text)
    parts = [part for part in _LEVELS.split(text) if part.strip()]
    codes = [code_of(part, "building") for part in parts[:-1]]
    if not parts:
        return Address(building, unit, "")
    door = code_of(parts[-1], "door")
    if not codes or len(codes) > 2:
        return Address(building, unit, door if not codes else code_of(text, "door"))
    if len(codes) == 2:
        return Address(building or codes[0], unit or codes[1], door)
    if not building and not re.search(r"单元|梯", text):
        return Address(codes[0], unit, door)
    if codes[0] == (unit or codes[0]) or codes[0] == building:
        # 1-803 behind a building is unit and door; 3-803 in building 3 says the building again
        return Address(building, unit or ("" if codes[0] == building else codes[0]), door)
    return Address(building, unit, code_of(text, "door"))


def name_of(text: str, code: str, kind: str) -> tuple[str, str]:
    """The Chinese and English name of a place that a roster names and the book has not."""
    plain = re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))
    if kind == "building":
        chinese = plain if plain and not plain.isascii() else f"{code}栋"
        return chinese, f"Building {code}"
    if kind == "unit":
        return (plain if plain and not plain.isascii() else f"{code}单元"), f"Unit {code}"
    return code, code


def floor_and_position(door: str, floor_text: str = "") -> tuple[int | None, int | None]:
    """Floor and place on the floor, from a door's code: 803 → 8, 3; 8B → 8, 2; else None, None.

    `floor_text` is the roster's own column, for doors that are numbered anew on each floor.
    """
    said = re.sub(r"[^\d]", "", code_of(floor_text, "building")) if floor_text else ""
    if match := _FLOOR_AND_LETTER.match(door):
        return int(match[1]), ord(match[2]) - 64
    if match := _FLOOR_AND_TWO.match(door):
        return int(match[1]), int(match[2])
    if said and door.isdecimal() and len(door) <= 2:
        return int(said[:3]), int(door)
    return (int(said[:3]) if said else None), None


def sort_of(code: str) -> int:
    """A number that puts codes in the order people expect: 2 before 12, letters after."""
    digits = re.search(r"\d{1,7}", code)
    return int(digits[0]) if digits else 1_000_000 + sum(map(ord, code[:4]))


def _number(text: str) -> str:
    if "十" not in text:
        return "".join(str(_NUMERALS[character]) for character in text)
    tens, _, ones = text.partition("十")
    if len(tens) > 1 or len(ones) > 1 or "十" in ones:
        return text
    return str((_NUMERALS[tens] if tens else 1) * 10 + (_NUMERALS[ones] if ones else 0))
