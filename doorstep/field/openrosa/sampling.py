"""The form of a sampling table for another field app, and what a filled-in one says as entries: one
tube, its people one after the other, the count when it is closed.

Pure. Refuses to guess: what cannot be told from the form becomes no entry and is named, and all
the rest becomes entries all the same.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from xml.etree.ElementTree import Element

from doorstep.field.openrosa import reading
from doorstep.kit import clock, codes

WORD = "sampling"  # in the form's id
MARK = "person.sampled"  # rounds in which this entry counts have this form
# Raised with any change of what the form asks; what was filled in of READABLE ones is understood.
VERSION = "1"
READABLE = frozenset({"1"})
PEOPLE, TUBES = "people.csv", "tubes.csv"
MOST_PEOPLE = 500  # in one form
MOST_COUNTED = 200
FIELDS, PERSON = "OPENROSA_FIELDS", "OPENROSA_PERSON"
LANGUAGES = ("English (en)", "中文 (zh)")  # the first words of each pair below, and the second
_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_COUNT = re.compile(r"[0-9]{1,3}")
Row = dict[str, Any]  # a row of an XLSForm's sheet; a pair is a text in both languages
_POOLS = {
    "single": ("Single, one person", "单采（1人）"),
    "household": ("One household", "一户一管"),
    "five": ("Five people", "5人混采"),
    "ten": ("Ten people", "10人混采"),
    "twenty": ("Twenty people", "20人混采"),
}


class Claims(NamedTuple):
    """What a filled-in form says: lines' fields in their order, and the code of what could not be
    told ("" where all was). `latest`: the last moment on it, microseconds since 1970 UTC.
    """

    entries: Sequence[dict[str, Any]]
    code: str
    latest: int


def list_questions(pool: str | None) -> list[Row]:
    """The rows of the form's sheet `survey`; `pool` is what the round says of its tubes."""
    return [
        {"type": "start", "name": "start"},
        {"type": "end", "name": "end"},
        _ask("select_one tube_by", "tube_by", ("The tube", "采样管"), default="scan"),
        _ask("barcode", "tube_scan", ("Scan the code on the tube", "扫描采样管上的编码"),
             relevant="${tube_by} = 'scan'"),
        _ask(f"select_one_from_file {TUBES}", "tube_list",
             ("Choose one of the tubes issued to this table", "从发给本台的采样管中选择"),
             appearance="minimal autocomplete", relevant="${tube_by} = 'list'"),
        _ask("text", "tube_typed", ("Type the code on the tube", "输入采样管上的编码"),
             relevant="${tube_by} = 'typed'",
             constraint="regex(., '^[0-9A-Za-z -]{4,24}$')",
             constraint_message=("4 to 20 letters and digits", "4至20位字母和数字")),
        _ask("select_one pool", "pool", ("How many in one tube", "混采规格"),
             **({"default": pool} if pool in _POOLS else {})),
        {"type": "begin_repeat", "name": "person", "label": ("Person", "人员")},
        # its own moment for each: when the page of this person was opened
        {"type": "dateTime", "name": "at", "calculation": "once(now())"},
        _ask("select_one person_by", "person_by", ("Who is sampled", "采样人员"), default="scan"),
        _ask("barcode", "person_scan", ("Scan the person's identity code", "扫描人员身份码"),
             relevant="${person_by} = 'scan'"),
        _ask(f"select_one_from_file {PEOPLE}", "person_list",
             ("Choose from those still due; search by door or surname",
              "从待采名单中选择，可按房号或姓氏查找"),
             appearance="minimal autocomplete", relevant="${person_by} = 'list'"),
        {"type": "end_repeat"},
        {"type": "calculate", "name": "recorded", "calculation": "count(${person})"},
        _ask("integer", "count",
             ("Close the tube: count the swabs in it. People on this form: ${recorded}",
              "封管：请清点管内拭子数。本表人数：${recorded}"),
             constraint=f". >= 0 and . <= {MOST_COUNTED}",
             constraint_message=(f"A number from 0 to {MOST_COUNTED}", f"0至{MOST_COUNTED}的数字")),
        {"type": "image", "name": "photo",
         "label": ("If the label cannot be read: a photo of the tube. Nobody's face.",
                   "标签无法识别时，拍摄采样管照片，请勿拍到人脸"),
         "parameters": "max-pixels=1600"},
    ]  # fmt: skip


def list_choices() -> list[Row]:
    """The rows of the form's sheet `choices`."""
    by = {
        "scan": ("Scan a code", "扫码"),
        "list": ("From the list", "从名单选择"),
        "typed": ("Type it", "手工输入"),
    }
    lists = {"tube_by": by, "person_by": {name: by[name] for name in ("scan", "list")},
             "pool": _POOLS}  # fmt: skip
    return [
        {"list_name": list_name, "name": name, "label": label}
        for list_name, words in lists.items()
        for name, label in words.items()
    ]


def _ask(type_: str, name: str, label: tuple[str, str], **more: Any) -> Row:
    return {"type": type_, "name": name, "label": label, "required": "yes", **more}


def derive(filled: reading.Filled, *, round_: str, table: str, by: str) -> Claims:
    """What the form says of a round, written by `by` at `table`. The same form gives the same
    entries with the same ids, whenever and however often it is read.
    """
    start, end = _moment(filled.root, "start"), _moment(filled.root, "end")
    tube = codes.normalise(_chosen(filled.root, "tube"))
    people = filled.root.findall("person")
    pool = reading.text_of(filled.root, "pool")
    if start is None or tube is None or pool not in _POOLS or len(people) > MOST_PEOPLE:
        return Claims([], FIELDS, clock.to_micros(start) if start else 0)
    begun = clock.to_micros(start) // 1000
    entries: list[dict[str, Any]] = []
    latest = start

    def claim(place: str, kind: str, at: datetime, **fields: Any) -> None:
        nonlocal latest
        latest = max(latest, at)
        entry = {"id": reading.make_id(begun, filled.instance, place), "kind": kind, "v": 1}
        entries.append(entry | {"at": at, "by": by, "round": round_, "tube": tube} | fields)

    claim("tube.opened", "tube.opened", start, pool=pool, table=table)
    code = ""
    for number, said in enumerate(people, 1):
        found = _ID.search(_chosen(said, "person"))
        if found is None:
            code = PERSON
            continue
        how = "list" if reading.text_of(said, "person_by") == "list" else "scan"
        claim(f"person.sampled {number}", MARK, _moment(said, "at") or start,
              person=found.group().lower(), how=how)  # fmt: skip
    count = reading.text_of(filled.root, "count")
    if end is None or not _COUNT.fullmatch(count):
        code = FIELDS
    else:
        claim("tube.closed", "tube.closed", end, count=int(count))
    return Claims(entries, code, clock.to_micros(latest))


def _chosen(parent: Element, what: str) -> str:
    """What was scanned, chosen or typed: the answer that belongs to the way that was chosen."""
    return reading.text_of(parent, f"{what}_{reading.text_of(parent, f'{what}_by')}")


def _moment(parent: Element, name: str) -> datetime | None:
    """An answer as an aware moment; None where it is none."""
    try:
        moment = datetime.fromisoformat(reading.text_of(parent, name))
        clock.to_micros(moment)
    except ValueError:
        return None
    return moment
