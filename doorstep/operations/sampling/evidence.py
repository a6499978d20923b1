"""What rounds and results prove to orders (orders.evidence.Provider).

Refuses to call a round clean while anybody of the asked area was missed, refused, is held or has no
final result, and to offer a pooled result as a ground: only a recheck, one person to a tube, is
one. Whose home counts is who was drawn there for that round: moving house changes no proof.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from doorstep.ledger import store
from doorstep.operations.sampling import reading, rules
from doorstep.orders import evidence, release
from doorstep.rounds import closers, round_kinds, scopes
from doorstep.rounds import models as rounds
from doorstep.rounds import queries as round_queries

INFECTION = release.INFECTION
_ROUNDS = 400  # of an area, latest first: more than a year of daily rounds
_HOMES = ("estate", "building")  # kinds of place that a home says of itself
_COUNTED = f"('{rules.EFFECTIVE}', '{rules.AGAIN}', '{rules.HELD}')"
_OUTCOMES = "t.outcome, MIN(t.sampled_at), MAX(t.reported_at)"
# The positives that a recheck confirmed, with the home the person was drawn at; who was on no list
# is where the roster has them.
_CONFIRMED = (
    "SELECT DISTINCT t.tube, t.reported_at, p.building, p.estate FROM sampling_tube t "
    "JOIN rounds_round q ON q.id = t.round JOIN sampling_sample s ON s.tube = t.tube "
    "LEFT JOIN rounds_subject u ON u.round = s.round AND u.subject = s.person "
    "LEFT JOIN registry_residence r ON r.person = s.person "
    "JOIN registry_place p ON p.id = COALESCE(u.door, r.door) "
    "WHERE t.outcome = 'positive' AND t.people = 1 AND q.parent IS NOT NULL "
    f"AND s.state = '{rules.EFFECTIVE}' AND "
)


class Provider:
    """Answers from sampling's tables."""

    tests_people = True

    def list_round_evidence(self, area: str, since: str = "") -> Sequence[evidence.Round]:
        """The rounds that were to reach everybody of `area`, by day; those of `since` and later."""
        places = store.select("registry_place", ["kind", "path"], "id", [area])
        if not places:
            return []
        kind, path = places[0]
        above = path.strip("/").split("/")
        whole = rounds.Round.objects.filter(area__in=above, parent=None, day__gte=since)
        found = [
            each
            for each in whole.order_by("-day")[:_ROUNDS]
            if reading.SAMPLED in round_kinds.marks_of(each.round_kind)
        ]
        seen = _see_whole([str(each.id) for each in found if str(each.area) == area])
        wider = [str(each.id) for each in found if str(each.area) != area]
        seen |= _see_part(wider, area, kind, path)
        blocked = closers.list_blocked([str(e.id) for e in found if round_queries.is_closed(e)])
        made = [
            _evidence_of(each, seen.get(str(each.id), _Seen()), str(each.id) in blocked)
            for each in found
        ]
        return sorted(made, key=lambda each: (each.day, each.round))

    def list_positives(self, area: str) -> Sequence[evidence.Positive]:
        """The infections confirmed among those who lived in `area` when they were rechecked."""
        found = {each.tube: each.at for each in _list_confirmed_in(area)}
        entries: defaultdict[str, set[str]] = defaultdict(set)
        for entry, tube in store.select("sampling_result", ["entry", "tube"], "tube", set(found)):
            entries[tube].add(str(entry))
        made = [evidence.Positive(at, frozenset(entries[tube])) for tube, at in found.items()]
        return sorted(made, key=lambda each: (each.at, sorted(each.entries)))

    def find_grounds(self, entries: Collection[str]) -> Mapping[str, evidence.Ground]:
        """Those of `entries` that are results in force of a recheck, with what they establish."""
        named = store.select("sampling_result", ["tube"], "entry", entries)
        tubes = sorted({row[0] for row in named})
        marks = ", ".join(["%s"] * len(tubes))
        confirmed = _list_confirmed(f"t.tube IN ({marks})", tubes) if tubes else []
        return {
            entry: said for entry, said in _grounds_of(confirmed).items() if entry in set(entries)
        }

    def list_grounds(self, area: str) -> Mapping[str, evidence.Ground]:
        """The results in force that establish an infection in `area`, latest first."""
        return _grounds_of(_list_confirmed_in(area))


class _Seen(NamedTuple):
    """What a round has seen of an area: (outcome, first swab, last report) of its tubes, grouped by
    outcome, and how many were neither done nor excused.
    """

    outcomes: tuple[tuple[str | None, int | None, int | None], ...] = ()
    missed: int = 0


def _evidence_of(round_: rounds.Round, seen: _Seen, is_blocked: bool) -> evidence.Round:
    clean = bool(seen.outcomes) and all(each[0] == "negative" for each in seen.outcomes)
    closed = round_queries.is_closed(round_) and not is_blocked
    return evidence.Round(
        round=str(round_.id),
        day=round_.day,
        closed=closed,
        all_negative=closed and clean and not seen.missed,
        sampled_at=min((at for _, at, _ in seen.outcomes if at is not None), default=None),
        last_result_at=max((at for _, _, at in seen.outcomes if at is not None), default=None),
    )


def _see_whole(rounds_: Sequence[str]) -> dict[str, _Seen]:
    if not rounds_:
        return {}
    among = _among("round", rounds_)
    outcomes = store.query(
        f"SELECT t.round, {_OUTCOMES} FROM sampling_tube t WHERE t.{among} "
        "AND t.people + t.held > 0 GROUP BY t.round, t.outcome",
        rounds_,
    )
    missed = store.select("rounds_round", ["id", "due - done - excused"], "id", rounds_)
    return _gather(outcomes, missed)


def _see_part(rounds_: Sequence[str], area: str, kind: str, path: str) -> dict[str, _Seen]:
    """The same of the doors inside an area that is less than the rounds' own, and of those who live
    there and were sampled without being on a list.
    """
    if not rounds_:
        return {}
    doors, inside, own = _doors_in(area, kind, path)
    homes, theirs = (f"h.{kind} = %s", area) if kind in _HOMES else ("h.path LIKE %s", f"{path}%")
    among = _among("round", rounds_)
    # CROSS JOIN keeps SQLite to this order: from the area's doors to their swabs, and no further
    swabs = (
        f"s.round = u.round AND s.person = u.subject AND s.state IN {_COUNTED} AND t.tube = s.tube"
    )
    outcomes = store.query(
        f"SELECT d.round, {_OUTCOMES} FROM {doors} CROSS JOIN rounds_subject u "
        f"CROSS JOIN sampling_sample s CROSS JOIN sampling_tube t WHERE d.{among} AND {inside} "
        f"AND u.round = d.round AND u.door = d.door AND {swabs} GROUP BY d.round, t.outcome",
        [*rounds_, *own],
    )
    outcomes += store.query(
        f"SELECT u.round, {_OUTCOMES} FROM rounds_subject u CROSS JOIN registry_residence r "
        "CROSS JOIN registry_place h CROSS JOIN sampling_sample s CROSS JOIN sampling_tube t "
        f"WHERE u.{among} AND u.door IS NULL AND r.person = u.subject AND h.id = r.door "
        f"AND {homes} AND {swabs} GROUP BY u.round, t.outcome",
        [*rounds_, theirs],
    )
    missed = store.query(
        f"SELECT d.round, SUM(d.due - d.done - d.excused) FROM {doors} "
        f"WHERE d.{among} AND {inside} GROUP BY d.round",
        [*rounds_, *own],
    )
    return _gather(outcomes, missed)


def _doors_in(area: str, kind: str, path: str) -> tuple[str, str, list[str]]:
    """A round's doors (d) as tables, the condition that they lie in the area, its parameters."""
    doors = "rounds_door d"
    if kind == "estate":
        # a door without a building stands for one in a round
        rows = store.query(
            "SELECT id FROM registry_place WHERE estate = %s "
            "AND (kind = 'building' OR (kind = 'door' AND building IS NULL))",
            [area],
        )
        buildings = [str(row[0]) for row in rows]
        return doors, f"d.building IN ({scopes.marks(buildings)})", buildings
    if kind in ("building", "door"):
        return doors, f"d.{kind} = %s", [area]
    doors += " CROSS JOIN registry_place p"
    return doors, "p.id = d.door AND p.path LIKE %s", [f"{path}%"]


def _among(column: str, keys: Sequence[str]) -> str:
    return f"{column} IN ({', '.join(['%s'] * len(keys))})"


def _gather(outcomes: Sequence[store.Row], missed: Sequence[store.Row]) -> dict[str, _Seen]:
    grouped: defaultdict[str, list[Any]] = defaultdict(list)
    for round_, *said in outcomes:
        grouped[str(round_)].append(tuple(said))
    left = {str(round_): int(count) for round_, count in missed}
    return {key: _Seen(tuple(grouped[key]), left.get(key, 0)) for key in {*grouped, *left}}


class _Confirmed(NamedTuple):
    tube: str
    at: int
    place: str | None  # the building the person was drawn in, else the estate


def _list_confirmed_in(area: str) -> list[_Confirmed]:
    [path] = [row[0] for row in store.select("registry_place", ["path"], "id", [area])] or [None]
    return _list_confirmed("p.path LIKE %s", [f"{path}%"]) if path else []


def _list_confirmed(condition: str, parameters: Sequence[str]) -> list[_Confirmed]:
    rows = store.query(_CONFIRMED + condition, parameters)
    return [
        _Confirmed(tube, at, str(building or estate) if building or estate else None)
        for tube, at, building, estate in rows
    ]


def _grounds_of(confirmed: Sequence[_Confirmed]) -> dict[str, evidence.Ground]:
    """The result in force of each of these tubes, by entry, latest first, with where it is."""
    places: defaultdict[str, set[str]] = defaultdict(set)
    for each in confirmed:
        if each.place:
            places[each.tube].add(each.place)
    columns = ["entry", "tube", "corrects", "outcome", "at"]
    results = store.select("sampling_result", columns, "tube", set(places))
    corrected = {str(corrects) for _, _, corrects, _, _ in results if corrects}
    results.sort(key=lambda row: (row[4], str(row[0])), reverse=True)
    return {
        str(entry): evidence.Ground(
            "result.corrected" if corrects else "result.reported",
            INFECTION,
            tuple(sorted(places[tube])),
        )
        for entry, tube, corrects, outcome, _ in results
        if outcome == "positive" and str(entry) not in corrected
    }
