"""Settling: a person looks at a whole set of claims and says which of them stand; or takes back one
line that was wrong and that nothing contradicts.
"""

from collections.abc import Collection
from typing import Any

from doorstep.ledger import desk, refusals, settlements, writer
from doorstep.operations.sampling import models
from doorstep.operations.sampling.actions import claims, common

# why a step of a box, a run of labels or a refused tube is taken back
MISTAKES = ("wrong_code", "wrong_count", "wrong_content", "never_happened")


def settle_lines(staff: common.Staff, *, entries: Collection[str], stands: Collection[str]) -> str:
    """Settle a set of held lines by one entry that names them all; its id.

    Raises:
        Refused: NOT_YOURS, NOT_FOUND; SET_CHANGED when no set held now is the one the person
            looked at: a new claim came, or somebody else has settled it; TUBE_OF_ONE_ROUND when
            swabs of two rounds were to stand in one tube.
    """
    named, standing = set(entries), set(stands)
    if not named or not standing <= named:
        raise refusals.Refused("NOT_FOUND")
    for entry in named:
        common.read_id(entry)

    def act() -> str:
        common.may(staff, common.COMMANDERS, None)
        sets = [found for entry in named for found in claims.find_sets(entry)]
        mine = next((found for found in sets if set(found.entries) == named), None)
        if mine is None:
            raise refusals.Refused("SET_CHANGED")
        for round_ in claims.rounds_of(mine):
            common.may(staff, common.COMMANDERS, common.area_of(round_))
        if mine.key.code == "TUBE_REUSED" and len(claims.rounds_among(standing)) > 1:
            raise refusals.Refused("TUBE_OF_ONE_ROUND")
        settled = {"entries": sorted(named), "stands": sorted(standing)}
        return desk.post(str(staff.id), [{"kind": "line.settled", **settled}])[0]

    return writer.run(act)


def take_back(staff: common.Staff, *, entry: str, reason: str) -> None:
    """Take back a step of a box, a run of labels or a refused tube, for one of MISTAKES: the line
    stays in the book and counts for nothing any more.

    Raises:
        Refused: NOT_FOUND, NOT_YOURS, REASON_UNKNOWN, ALREADY_TAKEN_BACK; LINE_HELD while it and
            others exclude each other: then the whole set is settled.
    """
    if reason not in MISTAKES:
        raise refusals.Refused("REASON_UNKNOWN")
    common.read_id(entry)

    def act() -> None:
        places = _places_of(entry)
        for place in places or {None}:
            common.may(staff, common.COMMANDERS, place)
        if settlements.get_taken_back({entry}):
            raise refusals.Refused("ALREADY_TAKEN_BACK")
        if claims.find_sets(entry):
            raise refusals.Refused("LINE_HELD")
        said = {"kind": "line.settled", "v": 2, "entries": [entry], "stands": [], "reason": reason}
        desk.post(str(staff.id), [said])

    writer.run(act)


def _places_of(entry: str) -> set[str | None]:
    """Where the rounds are that a line is about. Raises Refused: NOT_FOUND."""
    rows: list[Any] = [
        row
        for model in (models.BoxFact, models.Issue, models.TubeFact)
        for row in model.objects.filter(entry=entry)
    ]
    if not rows or getattr(rows[0], "fact", None) in ("opened", "closed"):
        raise refusals.Refused("NOT_FOUND")
    [row] = rows
    rounds = {row.round}
    if isinstance(row, models.BoxFact):
        rounds.update(models.Box.objects.filter(box=row.box).values_list("round", flat=True))
    elif isinstance(row, models.TubeFact):
        rounds.update(models.Tube.objects.filter(tube=row.tube).values_list("round", flat=True))
    return {common.area_of(str(each)) for each in rounds if each}
