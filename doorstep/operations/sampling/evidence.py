"""What rounds and results prove to orders (orders.evidence.Provider).

Refuses to call a round clean while anybody of the asked area was missed, is held or has no final
result, and to offer a pooled result as a ground: only a recheck, one person to a tube, is one.
"""

from collections.abc import Collection, Mapping, Sequence

from doorstep.ledger import store
from doorstep.operations.sampling import closers, reading, rules
from doorstep.orders import evidence
from doorstep.rounds import models as rounds
from doorstep.rounds import queries as round_queries
from doorstep.rounds import round_kinds

INFECTION = "infection_found"
_ROUNDS = 400  # of an area, latest first: more than a year of daily rounds
_WITHIN = {"estate": "r.estate", "building": "r.building", "door": "r.door"}


class Provider:
    """Answers from sampling's tables."""

    def list_round_evidence(self, area: str) -> Sequence[evidence.Round]:
        """The rounds that were to reach everybody of `area`, by day."""
        places = store.select("registry_place", ["kind", "path"], "id", [area])
        if not places:
            return []
        kind, path = places[0]
        above = path.strip("/").split("/")
        found = rounds.Round.objects.filter(area__in=above, parent=None).order_by("-day")
        made = [
            _evidence_of(each, area, kind)
            for each in found[:_ROUNDS]
            if reading.SAMPLED in round_kinds.marks_of(each.round_kind)
        ]
        return sorted(made, key=lambda each: (each.day, each.round))

    def find_grounds(self, entries: Collection[str]) -> Mapping[str, evidence.Ground]:
        """Those of `entries` that are results in force of a recheck, with what they establish."""
        return _grounds(entries)

    def list_grounds(self, area: str) -> Mapping[str, evidence.Ground]:
        """The results in force that establish an infection in `area`, latest first."""
        rows = store.query(
            "SELECT f.entry FROM sampling_tube t JOIN sampling_result f ON f.tube = t.tube "
            "WHERE t.outcome = 'positive' ORDER BY f.at DESC, f.entry DESC"
        )
        found = _grounds([str(row[0]) for row in rows])
        paths: dict[str, str] = dict(
            store.select(
                "registry_place",
                ["id", "path"],
                "id",
                {area, *(place for said in found.values() for place in said.places)},
            )
        )
        under = paths.get(area)
        return {
            str(row[0]): found[str(row[0])]
            for row in rows
            if str(row[0]) in found
            and under is not None
            and any(paths.get(p, "").startswith(under) for p in found[str(row[0])].places)
        }


def _evidence_of(round_: rounds.Round, area: str, kind: str) -> evidence.Round:
    closed = round_queries.is_closed(round_) and not closers.list_blocks(round_.id)
    whole = area == round_.area
    outcomes = _outcomes(round_.id, None if whole else area, kind)
    clean = bool(outcomes) and all(outcome == "negative" for outcome, _ in outcomes)
    missed = _missed(round_, None if whole else area, kind)
    confirmed = [
        at
        for (recheck,) in store.query("SELECT id FROM rounds_round WHERE parent = %s", [round_.id])
        for outcome, at in _outcomes(str(recheck), None if whole else area, kind)
        if outcome == "positive"
    ]
    return evidence.Round(
        round=str(round_.id),
        day=round_.day,
        closed=closed,
        all_negative=closed and clean and not missed,
        last_result_at=max((at for _, at in outcomes if at is not None), default=None),
        positive_at=min((at for at in confirmed if at is not None), default=None),
    )


def _outcomes(round_: str, area: str | None, kind: str) -> list[tuple[str | None, int | None]]:
    """Outcome and report of each tube with a swab that counts of somebody of the area."""
    if area is None or kind not in _WITHIN:
        return store.query(
            "SELECT outcome, reported_at FROM sampling_tube WHERE round = %s AND people + held > 0",
            [round_],
        )
    return store.query(
        "SELECT DISTINCT t.outcome, t.reported_at FROM registry_residence r "
        "JOIN sampling_sample s ON s.person = r.person AND s.round = %s "
        f"JOIN sampling_tube t ON t.tube = s.tube WHERE {_WITHIN[kind]} = %s "
        "AND (s.state = %s OR s.state = %s OR s.state = %s)",
        [round_, area, rules.EFFECTIVE, rules.AGAIN, rules.HELD],
    )


def _missed(round_: rounds.Round, area: str | None, kind: str) -> int:
    if area is None:
        return int(round_.counts.outstanding)
    if kind == "estate":
        return round_queries.count_under(round_.id, area).outstanding
    column = "building" if kind == "building" else "door"
    if kind not in ("building", "door"):
        return int(round_.counts.outstanding)
    [[count]] = store.query(
        "SELECT COALESCE(SUM(due - done - excused - refused), 0) FROM rounds_door "
        f"WHERE round = %s AND {column} = %s",
        [round_.id, area],
    )
    return int(count)


def _grounds(entries: Collection[str]) -> dict[str, evidence.Ground]:
    """Positive results that stand, of rechecks: by entry, with the building as the place."""
    tubes = {
        str(entry): (tube, "result.corrected" if corrects else "result.reported")
        for entry, tube, corrects in store.select(
            "sampling_result", ["entry", "tube", "corrects"], "entry", entries
        )
    }
    codes = {tube for tube, _ in tubes.values()}
    rows = store.select("sampling_result", ["corrects"], "tube", codes)
    corrected = {str(row[0]) for row in rows}
    found: dict[str, evidence.Ground] = {}
    for entry, (tube, kind) in tubes.items():
        rows = store.query(
            "SELECT DISTINCT r.building, r.estate FROM sampling_tube t "
            "JOIN rounds_round u ON u.id = t.round JOIN sampling_sample s ON s.tube = t.tube "
            "JOIN registry_residence r ON r.person = s.person WHERE t.tube = %s "
            "AND t.outcome = 'positive' AND t.people = 1 AND u.parent IS NOT NULL "
            "AND s.state = 'effective'",
            [tube],
        )
        places = tuple(str(building or estate) for building, estate in rows if building or estate)
        if places and entry not in corrected:
            found[entry] = evidence.Ground(kind, INFECTION, places)
    return found
