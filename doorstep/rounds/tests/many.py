"""Many rounds at once, past the book: for tests of lists that must not stop before their end."""

from doorstep.rounds import models
from doorstep.rounds.tests import street


def copy_round(round_: str, times: int, **fields: object) -> list[str]:
    """So many rounds like one, with other `fields`; their ids."""
    made = []
    for n in range(times):
        row = models.Round.objects.get(id=round_)
        row.id = street.round_id(50_000 + models.Round.objects.count())
        for name, value in ({"opened_at": row.opened_at + 1 + n} | fields).items():
            setattr(row, name, value)
        row.save(force_insert=True)
        made.append(row.id)
    return made
