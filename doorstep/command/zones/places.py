"""Places as forms choose them, and how fields are read. Refuses what is no id, day or moment."""

import re
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.urls import reverse

from doorstep.command.zones import words
from doorstep.face import moments
from doorstep.kit import clock, ids
from doorstep.ledger import refusals, store
from doorstep.registry import access

MOST_AREAS = 2_000


def list_areas(staff: access.Staff) -> list[tuple[str, str]]:
    """Estates, then communities and the subdistrict, where this person may record orders."""
    held = access.places_for(staff, words.PROPOSERS)
    scopes = [path for (path,) in store.select("registry_place", ["path"], "id", held)]
    rows = store.query(
        "SELECT id, name, english, path FROM registry_place "
        "WHERE kind IN ('estate', 'community', 'subdistrict') "
        "ORDER BY CASE kind WHEN 'estate' THEN 0 WHEN 'subdistrict' THEN 1 ELSE 2 END, sort, name"
    )
    return [
        (str(i), name if words.is_chinese() else english or name)
        for i, name, english, path in rows
        if any(path.startswith(scope) for scope in scopes)
    ][:MOST_AREAS]


def list_choices(area: str) -> list[tuple[str, str, str]]:
    """The area itself and, of an estate, its buildings: (id, kind, name)."""
    if re.fullmatch(ids.PATTERN, area) is None:
        return []
    rows = store.query(
        "SELECT id, kind, name, english FROM registry_place WHERE id = %s "
        "OR (estate = %s AND kind = 'building') ORDER BY CASE WHEN id = %s THEN 0 ELSE 1 END, "
        "sort, name",
        [area, area, area],
    )
    return [
        (str(i), kind, name if words.is_chinese() else english or name)
        for i, kind, name, english in rows
    ]


def address_of(place: str) -> str:
    """The zone page that shows a place: its estate's, or its own."""
    found = store.select("registry_place", ["id", "estate"], "id", [place])
    if not found:
        return reverse("zones:zones")
    return reverse("zones:zone", args=[str(found[0][1] or found[0][0])])


def read_id(text: str) -> str:
    """An id of a form; NOT_FOUND if it is none."""
    if re.fullmatch(ids.PATTERN, text) is None:
        raise refusals.Refused("NOT_FOUND")
    return text


def read_day(text: str) -> str:
    """A day of a form, YYYY-MM-DD; REQUEST_INVALID if it is none."""
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise refusals.Refused("REQUEST_INVALID") from None


def read_moment(text: str) -> int:
    """A local moment of a form in microseconds; REQUEST_INVALID if it is none."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise refusals.Refused("REQUEST_INVALID") from None
    return clock.to_micros(moment.replace(tzinfo=ZoneInfo(moments.zone())))


def write_moment(at: int) -> str:
    """A moment as a field of a form holds it: local, to the minute."""
    return clock.to_moment(at, moments.zone()).strftime("%Y-%m-%dT%H:%M")
