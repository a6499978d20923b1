"""Settling: a person looks at a whole set of claims and says which of them stand."""

from collections.abc import Collection

from doorstep.ledger import desk, refusals, writer
from doorstep.operations.sampling.actions import claims, common


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
