"""The forms another field app may read: one for each open round of its table's area, as an XForm;
and the lists it chooses from: who is still due, with masked names, and the table's tubes.

Refuses to say more of people than a snapshot does (field.areas): masked name and door, and nothing
at all of an area of more than areas.MOST_PEOPLE.
"""

import csv
import io
from collections.abc import Iterable
from functools import lru_cache
from hashlib import md5
from itertools import chain, islice
from typing import Any, NamedTuple

import msgspec

from doorstep.field import areas, snapshots
from doorstep.field.openrosa import sampling
from doorstep.kit import codes
from doorstep.ledger import models
from doorstep.registry import queries
from doorstep.rounds import round_kinds

PREFIX = f"doorstep.{sampling.WORD}."
MOST_TUBES = 5_000  # in the list of a table's tubes; others are scanned or typed
Shown = dict[str, Any]


class Form(NamedTuple):
    """A form as it is listed. `id` names the round, so that nobody has to choose it."""

    id: str
    round: str
    title: str
    version: str
    pool: str | None


def list_forms(device: models.Device) -> list[Form]:
    """The forms of this device's area, the latest day first."""
    rounds = _read_area(device)["rounds"]
    kinds = round_kinds.list_kinds()
    names = queries.name_places({each["area"] for each in rounds.values()})
    found = []
    for round_, said in sorted(rounds.items(), key=lambda item: (item[1]["day"], item[0])):
        kind = kinds.get(said["kind"])
        if kind is None or sampling.MARK not in kind.marks:
            continue
        place = names.get(said["area"], "")
        title = f"{said['day']} {place} {kind.label.zh} {kind.label.en}"
        pool = said["pool"] or kind.pool
        found.append(Form(f"{PREFIX}{round_}", round_, title, sampling.VERSION, pool))
    return found[::-1]


def find_form(device: models.Device, round_: str) -> Form | None:
    """The form of a round, if it is this device's."""
    return next((each for each in list_forms(device) if each.round == round_), None)


def round_of(form: str) -> str:
    """The round that a form's id names; "" for an id that is none of ours."""
    return form.removeprefix(PREFIX) if form.startswith(PREFIX) else ""


@lru_cache(maxsize=64)
def make_xform(form: Form) -> bytes:
    """The form as XML, the same bytes whenever it is asked for."""
    # takes a second to load, and only who lends out forms needs it
    from pyxform.xls2xform import convert  # type: ignore[import-untyped]

    settings = {"form_title": form.title, "form_id": form.id, "version": form.version}
    settings["default_language"] = sampling.LANGUAGES[1]
    sheets = {
        "survey": _as_sheet(sampling.list_questions(form.pool)),
        "choices": _as_sheet(sampling.list_choices()),
        "settings": [settings],
    }
    xform: str = convert(sheets, form_name="data").xform
    return xform.encode()


def _as_sheet(rows: Iterable[sampling.Row]) -> list[dict[str, str]]:
    """Rows with a pair of texts parted into one column for each language."""
    sheet = []
    for row in rows:
        cells: dict[str, str] = {}
        for name, value in row.items():
            if isinstance(value, tuple):
                said = zip(sampling.LANGUAGES, value, strict=True)
                cells |= {f"{name}::{language}": text for language, text in said}
            else:
                cells[name] = value
        sheet.append(cells)
    return sheet


def make_list(device: models.Device, form: Form, name: str) -> bytes | None:
    """One of the form's lists, as CSV; None for any other name."""
    if name == sampling.PEOPLE:
        return _list_due(_get_shared(device), form.round)
    if name == sampling.TUBES:
        return _list_tubes(device, form.round)
    return None


@lru_cache(maxsize=16)
def _list_due(fields: bytes, round_: str) -> bytes:
    """Who is still due in a round, in the order of doors; packed once for all devices that ask."""
    area = msgspec.json.decode(fields)
    due = area["due"].get(round_, {})
    waiting = [
        (area["doors"].get(door, ""), name, person)
        for person, (name, door) in area["people"].items()
        if due.get(person, ("",))[0] == "due"
    ]
    return _as_csv((person, f"{door} {name}".strip()) for door, name, person in sorted(waiting))


def _list_tubes(device: models.Device, round_: str) -> bytes:
    runs = [run for run in snapshots.list_tubes(device) if run["round"] == round_]
    expanded = chain.from_iterable(_expand(run["first"], run["last"]) for run in runs)
    return _as_csv((tube, tube) for tube in islice(expanded, MOST_TUBES))


def _expand(first: str, last: str) -> Iterable[str]:
    try:
        yield from codes.expand(first, last)
    except codes.NotARun:
        yield first


def _as_csv(rows: Iterable[tuple[str, str]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("name", "label"))
    writer.writerows(rows)
    return out.getvalue().encode()


def hash_of(content: bytes) -> str:
    """The digest by which OpenRosa tells whether a file has changed."""
    return "md5:" + md5(content, usedforsecurity=False).hexdigest()


def _read_area(device: models.Device) -> Shown:
    area: Shown = msgspec.json.decode(_get_shared(device))
    return area


def _get_shared(device: models.Device) -> bytes:
    """What all devices of the area need alike, as JSON (field.areas)."""
    area = areas.find_area(device.place)
    if area is None:
        return b"{" + snapshots.NOTHING + b"}"
    return b"{" + areas.get_area(area).get("", device.role).fields + b"}"
