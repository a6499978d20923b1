"""Plans that are kept: stored byte for byte, accepted by an entry that names their digests,
withdrawn again with a reason.

Refuses whoever commands nothing at the plan's place, a day that is none, and accepting twice. Says
of an accepted plan whether its stored bytes are still those that were accepted.
"""

import hashlib
from datetime import date
from typing import Any, NamedTuple

import msgspec

from doorstep.command import models, scopes
from doorstep.command.plans import catalog
from doorstep.command.plans.blocks import Report
from doorstep.kit import clock, ids
from doorstep.ledger import desk, refusals, writer
from doorstep.registry import access
from doorstep.registry import queries as registry
from doorstep.rounds import plans


class Kept(NamedTuple):
    """A plan as it is stored, and the last word on it; None: it is a draft."""

    draft: models.Draft
    problem: Any
    answer: Any
    standing: plans.Standing | None
    is_whole: bool

    @property
    def state(self) -> str:
        """draft, accepted or withdrawn."""
        if self.standing is None:
            return "draft"
        return "withdrawn" if self.standing.reason else "accepted"

    def tell(self) -> Report:
        """The plan in the reader's language."""
        return catalog.find(self.draft.model).tell(self.problem, self.answer)


def keep(
    staff: access.Staff, model: str, problem: Any, answer: Any, day: str,
    place: str | None = None, about: str | None = None,
) -> str:  # fmt: skip
    """Keep a plan for a day (YYYY-MM-DD) and a place; its id. `place`: None is the top of the tree,
    or else the first place this person commands. `about`: the unit it is for.

    Raises:
        Refused: NOT_YOURS, REQUEST_INVALID (no day).
    """
    if place is None:
        place = _place_of(staff)
    elif not access.has(staff, scopes.COMMANDERS, place):
        raise refusals.Refused("NOT_YOURS")
    try:
        date.fromisoformat(day)
    except ValueError:
        raise refusals.Refused("REQUEST_INVALID") from None
    draft = models.Draft(
        id=ids.new(), model=model, day=day, place=place, about=about,
        problem=msgspec.json.encode(problem).decode(), result=msgspec.json.encode(answer).decode(),
        made_at=clock.now(), made_by=str(staff.id),
    )  # fmt: skip
    writer.run(draft.save)
    return str(draft.id)


def read(staff: access.Staff, plan: str, roles: tuple[str, ...]) -> Kept:
    """A kept plan. Raises Refused: NOT_FOUND, NOT_YOURS."""
    draft = models.Draft.objects.filter(id=plan).first() if ids.is_canonical(plan) else None
    if draft is None:
        raise refusals.Refused("NOT_FOUND")
    if not access.has(staff, roles, str(draft.place)):
        raise refusals.Refused("NOT_YOURS")
    return decode(draft, plans.find([plan]).get(plan))


def decode(draft: models.Draft, standing: plans.Standing | None) -> Kept:
    """A stored plan with the last word on it."""
    model = catalog.find(draft.model)
    whole = standing is None or standing.reason is not None or _digests(draft) == (
        standing.problem, standing.result
    )  # fmt: skip
    return Kept(
        draft,
        msgspec.json.decode(draft.problem, type=model.problem),
        msgspec.json.decode(draft.result, type=model.answer),
        standing,
        whole,
    )


def accept(staff: access.Staff, plan: str) -> str:
    """Accept a draft; the entry's id. Raises Refused: NOT_FOUND, NOT_YOURS, PLAN_ACCEPTED."""
    kept = read(staff, plan, scopes.COMMANDERS)
    problem, result = _digests(kept.draft)
    said = {
        "kind": "plan.accepted", "plan": plan, "model": kept.draft.model, "day": kept.draft.day,
        "problem": problem, "result": result, "place": str(kept.draft.place),
    }  # fmt: skip

    def check() -> None:
        standing = plans.find([plan]).get(plan)
        if standing is not None and standing.reason is None:
            raise refusals.Refused("PLAN_ACCEPTED")

    return desk.post(str(staff.id), [said], within=check)[0]


def withdraw(staff: access.Staff, plan: str, reason: str) -> str:
    """Withdraw an accepted plan; the entry's id.

    Raises:
        Refused: NOT_FOUND, NOT_YOURS, PLAN_NOT_ACCEPTED, REQUEST_INVALID (no such reason).
    """
    kept = read(staff, plan, scopes.COMMANDERS)
    if reason not in plans.REASONS:
        raise refusals.Refused("REQUEST_INVALID")
    said = {"kind": "plan.withdrawn", "plan": plan, "reason": reason,
            "place": str(kept.draft.place)}  # fmt: skip

    def check() -> None:
        standing = plans.find([plan]).get(plan)
        if standing is None or standing.reason is not None:
            raise refusals.Refused("PLAN_NOT_ACCEPTED")

    return desk.post(str(staff.id), [said], within=check)[0]


def _digests(draft: models.Draft) -> tuple[str, str]:
    return (
        hashlib.sha256(draft.problem.encode()).hexdigest(),
        hashlib.sha256(draft.result.encode()).hexdigest(),
    )


def _place_of(staff: access.Staff) -> str:
    root = registry.find_root()
    if root is not None and access.has(staff, scopes.COMMANDERS, str(root.id)):
        return str(root.id)
    places = sorted(access.places_for(staff, scopes.COMMANDERS))
    if not places:
        raise refusals.Refused("NOT_YOURS")
    return str(places[0])
