"""Settling: a person looks at a whole set of claims and says which of them stand."""

from collections.abc import Collection

from doorstep.ledger import desk, refusals, writer
from doorstep.operations.sampling import queries
from doorstep.operations.sampling.actions import common


def settle_lines(staff: common.Staff, *, entries: Collection[str], stands: Collection[str]) -> str:
    """Settle a set of held lines by one entry that names them all; its id.

    Raises:
        Refused: NOT_YOURS, NOT_FOUND; SET_CHANGED when the claims held now are not those the
            person looked at: a new one came, or somebody else has settled them.
    """
    named, standing = set(entries), set(stands)
    if not named or not standing <= named:
        raise refusals.Refused("NOT_FOUND")

    def act() -> str:
        common.may(staff, common.COMMANDERS, None)
        found = queries.find_held_set(sorted(named)[0])
        if found is None or set(found.entries) != named:
            raise refusals.Refused("SET_CHANGED")
        common.may(staff, common.COMMANDERS, common.area_of(found.round))
        settled = {"entries": sorted(named), "stands": sorted(standing)}
        return desk.post(str(staff.id), [{"kind": "line.settled", **settled}])[0]

    return writer.run(act)
