"""The numbers of the rules that the field app warns by: the server's own, so that nobody writes
them twice. Refuses nothing, and knows nothing of anybody.
"""

from typing import Any

from doorstep.operations.sampling import belonging, reading
from doorstep.rounds import round_kinds


def make_rules() -> dict[str, Any]:
    """`pools`: pool to the people that a tube of it may hold; `kinds`: kind of round to whether a
    swab counts in it, and how many people it takes in one tube at most (null: as its pool says).
    """
    pools = belonging.POOL_SIZES | {belonging.HOUSEHOLD: belonging.HOUSEHOLD_LIMIT}
    kinds = {
        code: {"sampled": reading.SAMPLED in kind.marks, "most": belonging.size_of(kind.pool)}
        for code, kind in round_kinds.list_kinds().items()
    }
    return {"pools": pools, "kinds": kinds}
