"""Requests to stay that stand: how many, and ending them all with the operation. Refuses to prolong
one, and to name whom they were made to.
"""

from django.db.models import QuerySet

from doorstep.ledger import desk
from doorstep.operations.sampling import models
from doorstep.orders import checks

WITHDRAWN = "withdrawn"


def count_requests(at: int) -> int:
    """How many requests to stay stand at a moment."""
    return _standing(at).count()


def end_requests(staff: checks.Staff, *, at: int) -> int:
    """End every request to stay; how many that were. Whoever calls has asked for the right to it:
    it is an act upon the whole operation.
    """
    ends = [
        {"kind": "stay.ended", "asked": str(entry), "reason": WITHDRAWN, "at": at}
        for entry in _standing(at).values_list("entry", flat=True)
    ]
    if ends:
        desk.post(str(staff.id), ends)
    return len(ends)


def _standing(at: int) -> QuerySet[models.Stay]:
    return models.Stay.objects.filter(ended_at=None, until_at__gt=at)
