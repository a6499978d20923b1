"""Reads of rounds: the rounds a person may see, their counts by place, how a day went on.

Lists of people are in rounds.lists, the door wall in rounds.wall. Nothing here writes, and nothing
here knows a name.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import Any, NamedTuple

from django.db.models import QuerySet

from doorstep.kit import clock
from doorstep.ledger import refusals, store
from doorstep.registry import access
from doorstep.rounds import actions, models, round_kinds, rules, scopes

COUNTS = rules.Counts._fields
_SUMS = ", ".join(f"SUM(c.{name})" for name in COUNTS)
_FINISHED = "SUM(CASE WHEN c.due = c.done + c.excused + c.refused THEN 1 ELSE 0 END)"
# what is counted of a building, and of those of its doors that lie in a scope
_NUMBERS = [
    ("c.doors", "COUNT(*)"),
    ("c.finished", _FINISHED),
    *((f"c.{name}", f"SUM(c.{name})") for name in COUNTS),
]


class PlaceCounts(NamedTuple):
    """The counts of one building, estate or unit; `doors` and how many of them are finished."""

    id: str
    label: str
    counts: rules.Counts
    doors: int
    finished: int


class DoorCounts(NamedTuple):
    """The counts of one door, and the unit (stairwell) it is in; "" where it is in none."""

    id: str
    label: str
    path: str
    unit: str
    unit_label: str
    counts: rules.Counts


class Slot(NamedTuple):
    """A stretch of a day: from `at` (microseconds), how many became done, how many by its end."""

    at: int
    done: int
    total: int


def find_round(round_: str) -> models.Round | None:
    """The round, whoever asks; for folds of other packages and reactions."""
    return models.Round.objects.filter(id=round_).first()


def get_round_for(staff: actions.Staff, round_: str) -> models.Round:
    """A round this person may see. Raises Refused: NOT_FOUND."""
    found = find_round(round_)
    if found is None or not _touching([found.area], _scopes_of(staff)):
        raise refusals.Refused("NOT_FOUND")
    return found


def list_rounds_for(
    staff: actions.Staff, *, limit: int | None = None, **asked: Any
) -> list[models.Round]:
    """The rounds of `rounds_for`; `limit`: the newest so many, else all of them."""
    return list(rounds_for(staff, **asked)[:limit])


def rounds_for(
    staff: actions.Staff,
    *,
    day: str | None = None,
    estate: str | None = None,
    kinds: Collection[str] | None = None,
    live: bool = False,
    withdrawn: bool = True,
) -> "QuerySet[models.Round]":
    """The rounds this person may see, latest day first, for lists that page. `estate`: those that
    reach into it; `live`: those that are not closed; without `withdrawn` none that was opened by
    mistake.
    """
    areas = [
        str(a) for a in models.Round.objects.order_by().values_list("area", flat=True).distinct()
    ]
    seen = _touching(areas, _scopes_of(staff))
    if estate is not None:
        seen = _touching(seen, _paths_of([estate]))
    found = models.Round.objects.filter(area__in=seen).order_by("-day", "-opened_at")
    if day is not None:
        found = found.filter(day=day)
    if kinds is not None:
        found = found.filter(round_kind__in=kinds)
    if live:
        found = found.exclude(state="closed")
    if not withdrawn:
        found = found.exclude(state="closed", reason=rules.MISTAKE)
    return found


def _scopes_of(staff: actions.Staff) -> list[str]:
    return _paths_of(access.places_for(staff))


def _paths_of(places: Iterable[str]) -> list[str]:
    return [row[0] for row in store.select("registry_place", ["path"], "id", set(places))]


def _touching(areas: Collection[str], scopes: Collection[str]) -> list[str]:
    """The areas that lie in one of the scopes, or hold one of them."""
    return [
        str(id_)
        for id_, path in store.select("registry_place", ["id", "path"], "id", areas)
        if any(path.startswith(scope) or scope.startswith(path) for scope in scopes)
    ]


def count_waiting(rounds_: Collection[str]) -> dict[str, int]:
    """How many things of a round operations wait for, such as tubes with a swab and no final
    result; rounds that wait for nothing are left out.
    """
    rows = store.select("rounds_pending", ["round", "waiting"], "round", rounds_)
    return {str(round_): int(count) for round_, count in rows}


def is_closed(round_: models.Round) -> bool:
    """Whether what is outstanding must be called missed."""
    return round_.state == "closed"


def sentence_of(round_: models.Round, language: str, counts: rules.Counts | None = None) -> str:
    """The sentence on top of the round's page, or of a part of it with `counts` of its own."""
    kind = round_kinds.find_kind(round_.round_kind)
    if kind is None:
        return ""
    facts = rules.sentence_facts(counts or round_.counts, is_closed(round_))
    return round_kinds.sentence_of(kind, facts, language)


def count_under(round_: str, estate: str) -> rules.Counts:
    """The counts of one estate in a round of a larger area."""
    [row] = store.query(
        f"SELECT {_SUMS} FROM rounds_building c JOIN registry_place p ON p.id = c.building "
        "WHERE c.round = %s AND p.estate = %s",
        [round_, estate],
    )
    return rules.Counts(*(int(value or 0) for value in row))


def count_within(round_: str, scope: scopes.Scope) -> rules.Counts:
    """The counts of what lies in a scope."""
    rows = scopes.count(round_, scope, _NUMBERS[2:])
    sums = (sum(int(row[3 + i]) for row in rows) for i in range(len(COUNTS)))
    return rules.Counts(*sums)


def count_parts(round_: str, scope: scopes.Scope, by_estate: bool) -> list[PlaceCounts]:
    """The counts of what lies in a scope by building, or by estate, in the order of places."""
    rows = scopes.count(round_, scope, _NUMBERS)
    if not by_estate:
        return [_place_counts((building, name, *rest)) for building, _estate, name, *rest in rows]
    sums: defaultdict[str, list[int]] = defaultdict(lambda: [0] * len(_NUMBERS))
    for _building, estate, _name, *rest in rows:
        if estate:
            sums[str(estate)] = [a + int(b) for a, b in zip(sums[str(estate)], rest, strict=True)]
    named = {
        str(id_): (sort, name)
        for id_, sort, name in store.select("registry_place", ["id", "sort", "name"], "id", sums)
    }
    estates = sorted((each for each in sums if each in named), key=lambda one: (*named[one], one))
    return [_place_counts((one, named[one][1], *sums[one])) for one in estates]


def count_by_building(round_: str, estate: str | None = None) -> list[PlaceCounts]:
    """The round's counts by building, in the order of the place tree."""
    names = ", ".join(f"c.{name}" for name in COUNTS)
    within = " AND p.estate = %s" if estate else ""
    rows = store.query(
        f"SELECT c.building, p.name, c.doors, c.finished, {names} FROM rounds_building c "
        f"LEFT JOIN registry_place p ON p.id = c.building WHERE c.round = %s{within} "
        "ORDER BY p.estate, p.sort, p.name",
        [round_, estate] if estate else [round_],
    )
    return [_place_counts(row) for row in rows]


def count_by_estate(round_: str) -> list[PlaceCounts]:
    """The counts of a round of a larger area by estate, in the order of the place tree."""
    doors = "SUM(c.doors), SUM(c.finished)"
    rows = store.query(
        f"SELECT e.id, e.name, {doors}, {_SUMS} FROM rounds_building c "
        "JOIN registry_place b ON b.id = c.building JOIN registry_place e ON e.id = b.estate "
        "WHERE c.round = %s GROUP BY e.id, e.name, e.sort ORDER BY e.sort, e.name, e.id",
        [round_],
    )
    return [_place_counts(row) for row in rows]


def count_by_door(round_: str, building: str) -> list[DoorCounts]:
    """The counts of a building's doors, stairwell by stairwell and floor by floor."""
    names = ", ".join(f"c.{name}" for name in COUNTS)
    rows = store.query(
        f"SELECT c.door, d.name, d.path, u.id, u.name, {names} "
        "FROM rounds_door c JOIN registry_place d ON d.id = c.door "
        "LEFT JOIN registry_place u ON u.id = d.unit WHERE c.round = %s AND c.building = %s "
        "ORDER BY u.sort, u.name, d.floor, d.position, d.sort, d.id",
        [round_, building],
    )
    return [
        DoorCounts(
            str(door),
            label,
            path,
            str(unit) if unit else "",
            unit_label or "",
            rules.Counts(*counts),
        )
        for door, label, path, unit, unit_label, *counts in rows
    ]


def sum_units(doors: Iterable[DoorCounts]) -> list[tuple[PlaceCounts, list[DoorCounts]]]:
    """Doors by stairwell, in their order, with its counts; without an id are those of none."""
    inside: defaultdict[tuple[str, str], list[DoorCounts]] = defaultdict(list)
    for door in doors:
        inside[door.unit, door.unit_label].append(door)
    return [
        (
            PlaceCounts(
                unit,
                label,
                rules.Counts(*map(sum, zip(*(each.counts for each in own), strict=True))),
                len(own),
                sum(each.counts.outstanding == 0 for each in own),
            ),
            own,
        )
        for (unit, label), own in inside.items()
    ]


def _place_counts(row: store.Row) -> PlaceCounts:
    id_, name, doors, finished, *counts = row
    made = rules.Counts(*(int(value) for value in counts))
    return PlaceCounts(str(id_), name or "", made, int(doors), int(finished))


def count_extra(round_: str, within: scopes.Scope | None = None) -> int:
    """How many were reached in this round without being on its list; `within`: who live there."""
    lives, parameters = scopes.lives_in(within)
    [[count]] = store.query(
        f"SELECT COUNT(*) FROM rounds_subject s WHERE s.round = %s AND s.door IS NULL{lives}",
        [round_, *parameters],
    )
    return int(count)


def list_progress(round_: str, minutes: int = 60) -> list[Slot]:
    """How many became done in each stretch of `minutes`, a multiple of a quarter of an hour, from
    the first to the last, none left out. Moments are the writers' own; a clock a day off shows as
    a slot a day off.
    """
    width = minutes * clock.MINUTE
    quarters = width // rules.SLOT
    rows = store.query(
        f"SELECT slot / {quarters}, SUM(done) FROM rounds_slot "
        "WHERE round = %s GROUP BY 1 ORDER BY 1",
        [round_],
    )
    slots: list[Slot] = []
    total = 0
    for number, done in rows:
        if slots and number - slots[-1].at // width <= 24 * 60 // minutes:
            for missing in range(slots[-1].at // width + 1, number):
                slots.append(Slot(missing * width, 0, total))
        total += done
        slots.append(Slot(number * width, done, total))
    return slots


def list_words(round_: str, subject: str) -> list[models.Mark]:
    """Everything said of one subject in a round, earliest first, with the entry of each."""
    return list(models.Mark.objects.filter(round=round_, subject=subject).order_by("at", "entry"))
