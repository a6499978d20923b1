"""What rounds and results prove to orders (orders.evidence.Provider).

Refuses to call a round clean while anybody of the asked area was missed, was present on no list of
it, refused, is held or has no final result; to take one that was withdrawn for a round; and to
offer a pooled result as a ground: only a recheck, one person to a tube, is one. Whose home counts
is who was drawn there for that round: moving house changes no proof.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from doorstep.ledger import store
from doorstep.operations.sampling import reading, rules, seen
from doorstep.orders import evidence, release
from doorstep.rounds import closers, round_kinds, scopes, unlisted_lists
from doorstep.rounds import models as rounds
from doorstep.rounds import queries as round_queries

INFECTION = release.INFECTION
_ROUNDS = 400  # of an area, latest first: more than a year of daily rounds
# The positives that a recheck confirmed, with the home the person was drawn at; who was on no list
# is where the roster has them.
_CONFIRMED = (
    "SELECT DISTINCT t.tube, t.reported_at, p.building, p.estate, p.path FROM sampling_tube t "
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

    def list_round_evidence(
        self, since: Mapping[str, str]
    ) -> Mapping[str, Sequence[evidence.Round]]:
        """The rounds that were to reach everybody of an area, by day, for each area of `since`;
        those of the day it gives and later. So many statements for one area as for a hundred.
        """
        areas = _read_areas(since)
        if not areas:
            return {}
        above = {place for area in areas for place in _above(area)}
        whole = rounds.Round.objects.filter(
            area__in=above, parent=None, day__gte=min(since[area.id] for area in areas)
        )
        known = [
            each
            for each in whole.order_by("-day")
            if reading.SAMPLED in round_kinds.marks_of(each.round_kind) and not each.is_withdrawn
        ]
        found = {area: _choose(known, area, since[area.id]) for area in areas}
        closed = {str(e.id) for each in found.values() for e in each if round_queries.is_closed(e)}
        closed -= closers.list_blocked(closed).keys()
        clean = _see_clean({str(e.id): str(e.area) for e in known if str(e.id) in closed}, found)
        return {
            area.id: [
                _evidence_of(e, str(e.id) in closed, clean.get((str(e.id), area)))
                for e in sorted(found[area], key=lambda e: (e.day, str(e.id)))
            ]
            for area in areas
        }

    def list_positives(self, areas: Collection[str]) -> Mapping[str, Sequence[evidence.Positive]]:
        """The infections confirmed among those who lived in an area when they were rechecked, for
        each of `areas`. So many statements for one as for a hundred.
        """
        known = _read_areas(areas)
        found = _list_confirmed("1 = 1", []) if known else []
        entries: defaultdict[str, set[str]] = defaultdict(set)
        tubes = {each.tube for each in found}
        for entry, tube in store.select("sampling_result", ["entry", "tube"], "tube", tubes):
            entries[tube].add(str(entry))
        return {area.id: _positives_in(area, found, entries) for area in known}

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


_Pair = tuple[str, scopes.Place]  # a round, and an area it was to reach
_Parts = dict[str, dict[scopes.Place, list[str]]]  # see _list_parts
_Times = tuple[int | None, int | None]  # the first swab, the last report
_Outcomes = defaultdict[_Pair, list[seen.Outcome]]


def _read_areas(places: Collection[str]) -> list[scopes.Place]:
    rows = store.select("registry_place", ["id", "kind", "path"], "id", list(places))
    return sorted(scopes.Place(str(id_), kind, path) for id_, kind, path in rows)


def _above(area: scopes.Place) -> list[str]:
    """The places an area lies in, from the top to itself."""
    return area.path.strip("/").split("/")


def _choose(known: Sequence[rounds.Round], area: scopes.Place, since: str) -> list[rounds.Round]:
    """Of rounds, latest day first, those of an area and of places above it."""
    above = set(_above(area))
    return [e for e in known if str(e.area) in above and e.day >= since][:_ROUNDS]


def _evidence_of(round_: rounds.Round, closed: bool, clean: _Times | None) -> evidence.Round:
    sampled_at, reported_at = clean or (None, None)
    return evidence.Round(
        round=str(round_.id),
        day=round_.day,
        closed=closed,
        all_negative=clean is not None,
        sampled_at=sampled_at,
        last_result_at=reported_at,
    )


def _see_clean(
    closed: Mapping[str, str], found: Mapping[scopes.Place, Sequence[rounds.Round]]
) -> dict[_Pair, _Times]:
    """Of closed rounds (round → its area), in which nobody of an area was missed and every result
    is negative. Swabs are looked at only where nobody was missed.
    """
    pairs = [(str(e.id), area) for area, each in found.items() for e in each if str(e.id) in closed]
    whole = [(round_, area) for round_, area in pairs if closed[round_] == area.id]
    part = [(round_, area) for round_, area in pairs if closed[round_] != area.id]
    parts = _list_parts({area for _, area in part})
    told: _Outcomes = defaultdict(list)
    missed = _count_missed(whole, part, parts)
    whole, part = ([pair for pair in pairs if not missed[pair]] for pairs in (whole, part))
    _see_whole(whole, told)
    _see_part(part, parts, told)
    _see_nobodys([*whole, *part], told)
    return {
        pair: (
            min((e.sampled_at for e in each if e.sampled_at is not None), default=None),
            max((e.reported_at for e in each if e.reported_at is not None), default=None),
        )
        for pair, each in told.items()
        if all(e.outcome == "negative" for e in each)
    }


def _count_missed(whole: Sequence[_Pair], part: Sequence[_Pair], parts: _Parts) -> Counter[_Pair]:
    """How many were neither done nor excused, and how many were present, on no list and not reached
    when the round was closed.
    """
    missed: Counter[_Pair] = Counter()
    own = dict(whole)
    for round_, count in unlisted_lists.count_whole(own):
        missed[str(round_), own[str(round_)]] += int(count)
    for round_, count in store.select(
        "rounds_round", ["id", "due - done - excused"], "id", list(own)
    ):
        missed[str(round_), own[str(round_)]] += int(count)
    for column, inside in parts.items():
        of = _spread(part, inside)
        listed = store.tally_pairs(
            f"rounds_{column}", ["SUM(due - done - excused)"], ("round", column), list(of)
        )
        for round_, place, count in (*listed, *unlisted_lists.count_by(column, list(of))):
            for pair in of[str(round_), str(place)]:
                missed[pair] += int(count)
    return missed


def _see_whole(pairs: Sequence[_Pair], told: _Outcomes) -> None:
    """Add what each of these rounds has seen of its own area: its tubes by outcome."""
    own = dict(pairs)
    for (round_, _), said in seen.list_outcomes("round", [(each, each) for each in own]).items():
        told[round_, own[round_]] += said


def _see_part(pairs: Sequence[_Pair], parts: _Parts, told: _Outcomes) -> None:
    """Add what rounds have seen of areas that are less than their own: the tubes of those drawn at
    the doors inside, and of those who live there and were sampled without being on a list.
    """
    for column, inside in parts.items():
        of = _spread(pairs, inside)
        for part, said in seen.list_outcomes(column, list(of)).items():
            for pair in of[part]:
                told[pair] += said
    areas: defaultdict[str, list[scopes.Place]] = defaultdict(list)
    for round_, area in pairs:
        areas[round_].append(area)
    for round_, home, outcome, sampled_at, reported_at in _read_extra(list(areas)):
        for area in areas[str(round_)]:
            if home.startswith(area.path):
                told[str(round_), area].append(seen.Outcome(outcome, sampled_at, reported_at))


def _see_nobodys(pairs: Sequence[_Pair], told: _Outcomes) -> None:
    """Add the tubes that are not negative and whose people nobody knows, a scan forgotten: they may
    be of anybody in the round, so no area of it is clean.
    """
    if not pairs:
        return
    of: defaultdict[str, list[_Pair]] = defaultdict(list)
    for pair in pairs:
        of[pair[0]].append(pair)
    for round_, *said in store.query(
        f"SELECT t.round, {seen.OUTCOMES} FROM sampling_tube t "
        f"WHERE t.round IN ({scopes.marks(of)}) AND t.people + t.held = 0 "
        "AND (t.outcome = 'positive' OR t.outcome = 'inconclusive') GROUP BY t.round, t.outcome",
        list(of),
    ):
        for pair in of[str(round_)]:
            told[pair].append(seen.Outcome(*said))


def _spread(
    pairs: Sequence[_Pair], inside: Mapping[scopes.Place, Sequence[str]]
) -> dict[tuple[str, str], list[_Pair]]:
    """(round, part) → the pairs whose area has this part."""
    of: defaultdict[tuple[str, str], list[_Pair]] = defaultdict(list)
    for pair in pairs:
        for place in inside[pair[1]]:
            of[pair[0], place].append(pair)
    return of


def _list_parts(areas: Collection[scopes.Place]) -> _Parts:
    """What an area is made of in a round: its buildings, or its doors where it is less than one.
    A door without a building stands for one in a round.
    """
    parts: _Parts = {column: {area: [] for area in areas} for column in ("building", "door")}
    wide = [area for area in areas if area.kind not in ("building", "unit", "door")]
    units = [area for area in areas if area.kind == "unit"]
    for area in areas:
        if area.kind in ("building", "door"):
            parts[area.kind][area].append(area.id)
    for column, found in (("building", _read_buildings(wide)), ("door", _read_doors(units))):
        for id_, path in found:
            above = set(path.strip("/").split("/"))
            for area in wide if column == "building" else units:
                if area.id in above:
                    parts[column][area].append(str(id_))
    return parts


def _read_buildings(areas: Sequence[scopes.Place]) -> list[store.Row]:
    """(building, path) of the buildings in estates and places above, and of doors in none."""
    if not areas:
        return []
    inside, parameters = scopes.under(areas, "b")
    return store.query(
        f"SELECT b.id, b.path FROM registry_place b WHERE {inside} "
        "AND (b.kind = 'building' OR (b.kind = 'door' AND b.building IS NULL))",
        parameters,
    )


def _read_doors(units: Sequence[scopes.Place]) -> list[store.Row]:
    """(door, path) of the doors of stairwells."""
    if not units:
        return []
    buildings = {_above(area)[-2] for area in units}
    return store.query(
        "SELECT d.id, d.path FROM registry_place d WHERE d.kind = 'door' "
        f"AND d.building IN ({scopes.marks(buildings)}) AND d.unit IN ({scopes.marks(units)})",
        [*buildings, *(area.id for area in units)],
    )


def _read_extra(rounds_: Sequence[str]) -> list[store.Row]:
    """(round, path of the home, outcome, first swab, last report) of those who were on no list."""
    if not rounds_:
        return []
    return store.query(
        f"SELECT u.round, h.path, {seen.OUTCOMES} FROM rounds_subject u "
        "CROSS JOIN registry_residence r CROSS JOIN registry_place h "
        "CROSS JOIN sampling_sample s CROSS JOIN sampling_tube t "
        f"WHERE u.round IN ({scopes.marks(rounds_)}) AND u.door IS NULL AND r.person = u.subject "
        f"AND h.id = r.door AND {seen.SWABS} GROUP BY u.round, h.path, t.outcome",
        rounds_,
    )


class _Confirmed(NamedTuple):
    tube: str
    at: int
    place: str | None  # the building the person was drawn in, else the estate
    path: str  # of the door


def _list_confirmed_in(area: str) -> list[_Confirmed]:
    [path] = [row[0] for row in store.select("registry_place", ["path"], "id", [area])] or [None]
    return _list_confirmed("p.path LIKE %s", [f"{path}%"]) if path else []


def _list_confirmed(condition: str, parameters: Sequence[str]) -> list[_Confirmed]:
    rows = store.query(_CONFIRMED + condition, parameters)
    return [
        _Confirmed(tube, at, str(building or estate) if building or estate else None, path)
        for tube, at, building, estate, path in rows
    ]


def _positives_in(
    area: scopes.Place, confirmed: Sequence[_Confirmed], entries: Mapping[str, set[str]]
) -> list[evidence.Positive]:
    """The confirmed ones of an area, with the entries that reported them, the earliest first."""
    found = {each.tube: each.at for each in confirmed if each.path.startswith(area.path)}
    made = [evidence.Positive(at, frozenset(entries[tube])) for tube, at in found.items()]
    return sorted(made, key=lambda each: (each.at, sorted(each.entries)))


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
