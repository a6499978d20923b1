"""The survey: three questions, one answer for each household and month.

The household's code opens the ballot and is not in it: what is kept names a keyed hash of household
and month, so that a second answer is known as one and nobody's answer is known at all.
"""

import hashlib
import hmac
from collections.abc import Mapping

from doorstep.kit import clock
from doorstep.ledger import book, desk, keys, refusals, store, writer
from doorstep.ledger.fields import NOBODY
from doorstep.operations.programme import catalogue, models
from doorstep.registry import household_codes

FEWEST = 5  # answers before any figure is told


def answer(*, code: str, grades: Mapping[str, str]) -> None:
    """Keep a household's answer for the month that is.

    Raises:
        Refused: HOUSEHOLD_CODE_UNKNOWN, SURVEY_INCOMPLETE, SURVEY_ANSWERED.
    """
    door = household_codes.find_door(code)
    if door is None:
        raise refusals.Refused("HOUSEHOLD_CODE_UNKNOWN")
    given = {key: grades.get(key, "") for key in catalogue.QUESTIONS}
    if not all(value in ("1", "2", "3", "4", "5") for value in given.values()):
        raise refusals.Refused("SURVEY_INCOMPLETE")
    month = clock.day_of(clock.now(), book.get_cell().zone)[:7]
    ballot = _ballot_of(door, month)

    def act() -> None:
        if models.Answer.objects.filter(ballot=ballot).exists():
            raise refusals.Refused("SURVEY_ANSWERED")
        place = _community_of(door)
        said = {"kind": "survey.answered", "ballot": ballot, "month": month, "at_place": place}
        desk.post(NOBODY, [said | {key: int(value) for key, value in given.items()}])

    writer.run(act)


def _ballot_of(door: str, month: str) -> str:
    key = keys.derive("survey ballot", 32)
    return hmac.digest(key, f"{month}\n{door}".encode(), hashlib.sha256).hex()


def _community_of(door: str) -> str:
    """The community a door lies in: the smallest place whose answers are told. Where there is none
    above it, the top of the tree.
    """
    [[path]] = store.select("registry_place", ["path"], "id", [door])
    above = path.strip("/").split("/")
    rows = store.select("registry_place", ["id", "kind"], "id", above)
    return next((str(id_) for id_, kind in rows if kind == "community"), above[0])
