"""Reads of those who are present in a round's area and on no list of it: how many, a page, all.

Refuses to show who was reached without being listed: they are kept apart (lists.list_extra). Knows
ids and labels of doors; names are the page's to ask for.
"""

from collections.abc import Collection, Iterator
from typing import NamedTuple

from doorstep.ledger import store
from doorstep.registry import finding
from doorstep.rounds import drawing, lists, scopes

_AT_ONCE = 2_000
# rounds_subject has nobody who is on no list but those who were reached
_LEFT = (
    "NOT EXISTS (SELECT 1 FROM rounds_subject s WHERE s.round = u.round "
    "AND s.subject IN (u.person, u.door))"
)
_OPEN = f"u.round = %s AND {_LEFT}"
_PLACES = (
    "JOIN registry_place d ON d.id = u.door LEFT JOIN registry_place t ON t.id = d.unit "
    "LEFT JOIN registry_place b ON b.id = u.building"
)
_BY_PLACE = (
    "b.estate, b.sort, b.name, t.sort, t.name, d.floor, d.position, d.sort, u.door, u.person"
)


class Line(NamedTuple):
    """Somebody on no list, and the door they live behind."""

    person: str
    door: str
    place: str


def count_unlisted(round_: str, within: scopes.Scope | None = None, search: str = "") -> int:
    """How many are present and on no list of a round; `within`: of those who live there; `search`
    as list_unlisted has it.
    """
    tables, where, parameters = _narrow(within, search)
    [[count]] = store.query(
        f"SELECT COUNT(*) FROM {tables} WHERE {_OPEN}{where}", [round_, *parameters]
    )
    return int(count)


def count_by(column: str, keys: Collection[tuple[str, str]]) -> list[store.Row]:
    """(round, building or door, how many are on no list), of pairs of a round and a place; `column`
    is "building" or "door".
    """
    return store.query_pairs(
        f"SELECT u.round, u.{column}, COUNT(*) FROM {{pairs}} CROSS JOIN rounds_unlisted u "
        f"WHERE u.round = k.a AND u.{column} = k.b AND {_LEFT} "
        f"GROUP BY u.round, u.{column}",
        "rounds_unlisted",
        ("round", column),
        keys,
    )


def count_whole(rounds: Collection[str]) -> list[store.Row]:
    """(round, how many are on no list) of rounds where anybody is."""
    if not rounds:
        return []
    return store.query(
        f"SELECT u.round, COUNT(*) FROM rounds_unlisted u WHERE u.round IN ({scopes.marks(rounds)})"
        f" AND {_LEFT} GROUP BY u.round",
        [*rounds],
    )


def list_residents(round_: str) -> list[tuple[str, str, str]]:
    """Everybody on no list of a round, to draw one from: (person, door, presence)."""
    rows = store.query(
        f"SELECT u.person, u.door FROM rounds_unlisted u WHERE {_OPEN} ORDER BY u.door, u.person",
        [round_],
    )
    return [(str(person), str(door), drawing.PRESENT) for person, door in rows]


def list_unlisted(
    round_: str, within: scopes.Scope | None, search: str, start: int, size: int
) -> list[Line]:
    """Part of the list, in the order of places; `search`: a door such as `12-803`, or the beginning
    of a name.
    """
    tables, where, parameters = _narrow(within, search)
    rows = store.query(
        f"SELECT u.person, u.door, b.name, t.name, d.name FROM {tables} WHERE {_OPEN}{where} "
        f"ORDER BY {_BY_PLACE} LIMIT %s OFFSET %s",
        [round_, *parameters, size, start],
    )
    return [
        Line(str(person), str(door), " ".join(part for part in labels if part))
        for person, door, *labels in rows
    ]


def list_all(round_: str, within: scopes.Scope | None, search: str = "") -> Iterator[Line]:
    """The whole list, so many at a time."""
    start = 0
    while part := list_unlisted(round_, within, search, start, _AT_ONCE):
        yield from part
        start += len(part)


def _narrow(within: scopes.Scope | None, search: str) -> tuple[str, str, list[str]]:
    """Tables, more of a condition, and its parameters: who lives in a scope and is looked for."""
    tables, where, parameters = f"rounds_unlisted u {_PLACES}", "", list[str]()
    if within is not None:
        inside, parameters = scopes.under(within.places, "d")
        where = f" AND {inside}"
    if text := search.strip():
        doors = sorted(lists.find_doors(text, within))
        named, begun = ("1 = 0", list[str]()) if text[0].isdigit() else finding.begins(text)
        tables += " LEFT JOIN registry_person p ON p.id = u.person"
        where += f" AND (u.door IN ({scopes.marks(doors)}) OR {named})"
        parameters = [*parameters, *doors, *begun]
    return tables, where, parameters
