"""A sampling day written straight into the book, past the rules of the desk: the world has already
happened when a line arrives. Moments are minutes before now.
"""

from collections.abc import Sequence
from typing import Any

from doorstep.kit import clock
from doorstep.ledger import desk
from doorstep.operations.sampling import evidence
from doorstep.operations.sampling.tests import ground
from doorstep.rounds import models as rounds
from doorstep.rounds.tests import street


def ago(minutes: float) -> int:
    """The moment so many minutes ago, microseconds."""
    return clock.now() - int(minutes * clock.MINUTE)


def post(kind: str, **fields: Any) -> str:
    """One entry of the duty officer's; its id."""
    return desk.post(street.CHEN, [{"kind": kind, **fields}])[0]


def fill(round_: str, tube: str, people: Sequence[str], *, minutes: float = 300) -> list[str]:
    """Open a tube, bind people, close it with their number; the ids of the bindings."""
    at = ago(minutes)
    opened = {"round": round_, "tube": tube, "pool": "ten", "table": ground.TABLE}
    post("tube.opened", at=at, **opened)
    bound = [
        post("person.sampled", at=at + i, round=round_, tube=tube, person=person)
        for i, person in enumerate(people)
    ]
    post("tube.closed", at=at + len(people), round=round_, tube=tube, count=len(people))
    return bound


def ship(round_: str, box: str, tubes: Sequence[str], *, minutes: float = 240) -> None:
    """Seal a box, collect it and let the laboratory receive it."""
    count = len(tubes)
    sealed = {"round": round_, "box": box, "seal": "SEAL01", "tubes": list(tubes), "count": count}
    post("box.sealed", at=ago(minutes), **sealed)
    post("box.collected", at=ago(minutes - 10), box=box, seal="SEAL01", count=count)
    post("box.received", at=ago(minutes - 60), box=box, laboratory=ground.LABORATORY, count=count)


def report(tube: str, outcome: str = "negative", *, minutes: float = 30, **more: Any) -> str:
    """A result of a tube; a correction with `corrects`. The entry's id."""
    moment = clock.to_moment(ago(minutes), "UTC")
    said = {"tube": tube, "outcome": outcome, "laboratory": ground.LABORATORY, **more}
    kind = "result.corrected" if "corrects" in more else "result.reported"
    return post(kind, tested_at=moment, reported_at=moment, **said)


def finish(
    round_: str, box: str, tubes: dict[str, Sequence[str]], outcome: str = "negative"
) -> None:
    """Tubes with their people, from the table to the result."""
    for tube, people in tubes.items():
        fill(round_, tube, people)
    ship(round_, box, list(tubes))
    for tube in tubes:
        report(tube, outcome)


def is_all_negative(round_: str) -> bool:
    """Whether orders are told that a round was all negative in its area."""
    area = str(rounds.Round.objects.get(id=round_).area)
    said = evidence.Provider().list_round_evidence({area: ""})[area]
    return next(each.all_negative for each in said if each.round == round_)
