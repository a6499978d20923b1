"""The door wall's data: where every door of an estate stands, and one letter for the state of each.

The layout changes with the roster, the letters with every line; so they are two answers, each with
a version that costs one small question. Nothing here knows an operation, a kind of round or a name.
"""

import hashlib
from collections.abc import Sequence
from typing import Any, NamedTuple, TypedDict

from django.utils.translation import gettext

from doorstep.kit import clock
from doorstep.ledger import refusals, store
from doorstep.rounds import models, queries, round_kinds, rules, scopes

NOTHING = "n"
_COUNTS = ", ".join(rules.Counts._fields)


class Mark(TypedDict):
    """One state of the legend; `count` is a number of doors."""

    code: str
    key: str
    label: str
    colour: str
    night: str
    pattern: str
    count: int


class State(TypedDict):
    """What the doors look like now, one letter each, in the order of the layout."""

    version: str
    at: int
    sentence: str
    legend: list[Mark]
    doors: str


class Layout(NamedTuple):
    """An estate's layout: its version, the JSON-ready body, and the ids the letters stand for."""

    version: str
    body: dict[str, Any]
    doors: tuple[str, ...]
    buildings: tuple[str, ...]


class Standing(NamedTuple):
    """A kind of standing as the wall draws it."""

    code: str
    label: str
    colour: str
    night: str
    pattern: str


_layouts: dict[str, tuple[tuple[Any, ...], Layout]] = {}


def get_layout(estate: str) -> Layout:
    """Where the estate's doors stand: buildings as blocks, floors as rows, doors as columns.

    Columns count from 0 across a building, its units side by side. Kept in memory until a place of
    the estate is added, renamed or moved.

    Raises:
        Refused: NOT_FOUND.
    """
    stamp = _stamp_of(estate)
    known = _layouts.get(estate)
    if known is None or known[0] != stamp:
        known = _layouts[estate] = stamp, _build_layout(estate)
    return known[1]


def _stamp_of(estate: str) -> tuple[Any, ...]:
    """Changes when a place under the estate does: ids are never used again, labels rarely keep
    both their length and their place in the alphabet.
    """
    [row] = store.query(
        "SELECT COUNT(*), MAX(CAST(id AS text)), SUM(LENGTH(name)), MAX(name), SUM(sort), "
        "SUM(floor), SUM(position) FROM registry_place WHERE estate = %s",
        [estate],
    )
    return row


def _build_layout(estate: str) -> Layout:
    found = store.select("registry_place", ["name"], "id", [estate])
    if not found:
        raise refusals.Refused("NOT_FOUND")
    blocks = [
        (str(id_), name)
        for id_, name in store.query(
            "SELECT id, name FROM registry_place WHERE estate = %s AND kind = 'building' "
            "ORDER BY sort, name, id",
            [estate],
        )
    ]
    rows = store.query(
        "SELECT d.id, COALESCE(d.building, d.id), u.name, d.floor, d.position, d.name, u.id "
        "FROM registry_place d LEFT JOIN registry_place u ON u.id = d.unit "
        "WHERE d.estate = %s AND d.kind = 'door' ORDER BY u.sort, u.name, u.id, d.floor, "
        "d.position IS NULL, d.position, d.sort, d.name, d.id",
        [estate],
    )
    doors = [(str(row[0]), str(row[1]), *row[2:]) for row in rows]
    known = {id_ for id_, _ in blocks}
    # a door in no building is a block of its own, as it is in the counts
    blocks += [(row[0], row[5]) for row in doors if row[1] not in known]
    index = {id_: i for i, (id_, _) in enumerate(blocks)}
    doors = [row for row in doors if row[1] in index]
    doors.sort(key=lambda row: index[row[1]])
    columns = _columns_of(doors)
    listed = [
        [id_, index[building], unit or "", floor or 0, columns[id_], name]
        for id_, building, unit, floor, _, name, _ in doors
    ]
    body = {
        "estate": {"id": estate, "name": found[0][0]},
        "buildings": [{"id": id_, "name": name} for id_, name in blocks],
        "doors": listed,
    }
    version = hashlib.sha256(repr(body).encode()).hexdigest()[:16]
    return Layout(version, body, tuple(row[0] for row in listed), tuple(index))


def _columns_of(doors: Sequence[store.Row]) -> dict[str, int]:
    """A column for each door: by its position where the roster has one and it is free, else the
    next free one on its floor; units stand side by side.
    """
    columns: dict[str, int] = {}
    start, width = 0, 0
    before: tuple[str, str] | None = None
    taken: set[tuple[int, int]] = set()
    for id_, building, _, floor, position, _, unit in doors:
        here = building, str(unit)
        if here != before:
            start = 0 if before is None or before[0] != here[0] else start + width
            before, width, taken = here, 0, set()
        column = position - 1 if position else 0
        while (floor or 0, column) in taken:
            column += 1
        taken.add((floor or 0, column))
        width = max(width, column + 1)
        columns[id_] = start + column
    return columns


def narrow_layout(layout: Layout, scope: scopes.Scope) -> Layout:
    """The part of a layout that lies in a scope: its doors where they stood, nothing of others."""
    estate = layout.body["estate"]["id"]
    inside, parameters = scopes.under(scope.places, "d")
    own = {
        str(door)
        for (door,) in store.query(
            "SELECT d.id FROM registry_place d WHERE d.estate = %s AND d.kind = 'door' "
            f"AND {inside}",
            [estate, *parameters],
        )
    }
    listed = [row for row in layout.body["doors"] if row[0] in own]
    kept = sorted({row[1] for row in listed})
    index = {before: now for now, before in enumerate(kept)}
    listed = [[row[0], index[row[1]], *row[2:]] for row in listed]
    body = {
        **layout.body,
        "buildings": [layout.body["buildings"][each] for each in kept],
        "doors": listed,
    }
    version = hashlib.sha256(repr(body).encode()).hexdigest()[:16]
    buildings = tuple(layout.buildings[each] for each in kept)
    return Layout(version, body, tuple(row[0] for row in listed), buildings)


def get_version(round_: models.Round, layout: Layout, language: str) -> str:
    """Changes whenever the state would; costs one question over the estate's buildings."""
    [sums] = store.query(
        f"SELECT SUM(digest), {', '.join(f'SUM({n})' for n in rules.Counts._fields)} "
        f"FROM rounds_building WHERE round = %s AND building IN ({_marks(layout)})",
        [round_.id, *layout.buildings],
    )
    numbers = ".".join(str(int(number or 0)) for number in sums)
    return f"{layout.version}-{round_.state}-{numbers}-{language}"


def get_state(round_: models.Round, layout: Layout, language: str) -> State:
    """The estate's doors coloured by a round, in `language` (zh… or another)."""
    version = get_version(round_, layout, language)
    closed = queries.is_closed(round_)
    rows = store.query(
        f"SELECT door, {_COUNTS} FROM rounds_door "
        f"WHERE round = %s AND building IN ({_marks(layout)})",
        [round_.id, *layout.buildings],
    )
    own = set(layout.doors)  # of a building the layout may have only a part
    rows = [row for row in rows if str(row[0]) in own]
    keys = {str(row[0]): rules.key_of(rules.Counts(*row[1:]), closed) for row in rows}
    letters = "".join(rules.LETTERS[keys.get(door, "none")] for door in layout.doors)
    total = rules.Counts(*(sum(column) for column in zip(*(row[1:] for row in rows), strict=True)))
    kind = round_kinds.find_kind(round_.round_kind)
    legend = [_legend_mark(state, letters, language) for state in kind.legend] if kind else []
    return {
        "version": version,
        "at": clock.now(),
        "sentence": queries.sentence_of(round_, language, total),
        "legend": legend,
        "doors": letters,
    }


def _legend_mark(state: round_kinds.State, letters: str, language: str) -> Mark:
    letter = rules.LETTERS[state.key]
    return {
        "code": letter,
        "key": state.key,
        "label": state.label.read(language),
        "colour": state.colour,
        "night": state.night,
        "pattern": state.pattern,
        "count": letters.count(letter),
    }


def get_standing_state(standing: Standing, layout: Layout, at: int) -> State:
    """The estate's doors coloured by who lives there and holds a standing at a moment. It entitles
    or reminds; a door without it is plain.
    """
    estate = layout.body["estate"]["id"]
    rows = store.query(
        "SELECT DISTINCT r.door FROM registry_residence r "
        "JOIN registry_standing s ON s.subject = r.person "
        "WHERE r.estate = %s AND s.kind = %s AND s.from_at <= %s "
        "AND (s.until_at IS NULL OR s.until_at > %s)",
        [estate, standing.code, at, at],
    )
    holding = {str(door) for (door,) in rows}
    letters = "".join("s" if door in holding else NOTHING for door in layout.doors)
    doors = letters.count("s")
    version = hashlib.sha256(f"{standing}{layout.version}{letters}".encode()).hexdigest()[:16]
    return {
        "version": version,
        "at": at,
        "sentence": gettext("%(standing)s: %(doors)s of %(all)s doors.")
        % {"standing": standing.label, "doors": f"{doors:,}", "all": f"{len(letters):,}"},
        "legend": [
            {
                "code": "s",
                "key": standing.code,
                "label": standing.label,
                "colour": standing.colour,
                "night": standing.night,
                "pattern": standing.pattern,
                "count": doors,
            },
            {
                "code": NOTHING,
                "key": "none",
                "label": gettext("None there"),
                "colour": "#C3C6C2",
                "night": "#3A4045",
                "pattern": "outline",
                "count": len(letters) - doors,
            },
        ],
        "doors": letters,
    }


def _marks(layout: Layout) -> str:
    return ", ".join(["%s"] * len(layout.buildings)) or "NULL"
