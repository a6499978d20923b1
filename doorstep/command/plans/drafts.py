"""Plans that are kept: worked out once more and stored byte for byte, accepted by an entry that
names their digests, withdrawn again with a reason.

Refuses whoever commands nothing at the plan's place, a day that is none, and accepting twice. Says
of an accepted plan whether its stored bytes are still those that were accepted.
"""

import hashlib
from datetime import date
from typing import Any, NamedTuple

import msgspec

from doorstep.command import models, scopes
from doorstep.kit import clock, ids
from doorstep.ledger import desk, refusals, writer
from doorstep.planning.centre import simulate, staffing
from doorstep.planning.centre.outcome import Outcome
from doorstep.planning.centre.problem import Centre
from doorstep.planning.pulse import Pulse
from doorstep.registry import access
from doorstep.registry import queries as registry
from doorstep.rounds import plans

DAYS = 200  # played for a plan that is kept
CENTRE = "centre"


class Kept(NamedTuple):
    """A plan as it is stored, and the last word on it; None: it is a draft."""

    draft: models.Draft
    centre: Centre
    outcome: Outcome
    found: staffing.Staffing | None
    standing: plans.Standing | None
    is_whole: bool

    @property
    def state(self) -> str:
        """draft, accepted or withdrawn."""
        if self.standing is None:
            return "draft"
        return "withdrawn" if self.standing.reason else "accepted"


def keep(
    staff: access.Staff, centre: Centre, found: staffing.Staffing | None, day: str, pulse: Pulse
) -> str:
    """Play the plan's days and keep it for a day (YYYY-MM-DD); its id.

    Raises:
        Refused: NOT_YOURS, REQUEST_INVALID (no day).
        Wrong: it cannot be played.
    """
    place = _place_of(staff)
    try:
        date.fromisoformat(day)
    except ValueError:
        raise refusals.Refused("REQUEST_INVALID") from None
    outcome = simulate.simulate(msgspec.structs.replace(centre, replications=DAYS), pulse)
    said = {"outcome": outcome, "staffing": found}
    draft = models.Draft(
        id=ids.new(), model=CENTRE, day=day, place=place,
        problem=msgspec.json.encode(centre).decode(), result=msgspec.json.encode(said).decode(),
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
    said: dict[str, Any] = msgspec.json.decode(draft.result)
    found = said["staffing"] and msgspec.convert(said["staffing"], staffing.Staffing)
    standing = plans.find([plan]).get(plan)
    whole = standing is None or standing.reason is not None or _digests(draft) == (
        standing.problem, standing.result
    )  # fmt: skip
    return Kept(
        draft,
        msgspec.json.decode(draft.problem, type=Centre),
        msgspec.convert(said["outcome"], Outcome),
        found,
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
    """The top of the tree, or else the first place this person commands."""
    root = registry.find_root()
    if root is not None and access.has(staff, scopes.COMMANDERS, str(root.id)):
        return str(root.id)
    places = sorted(access.places_for(staff, scopes.COMMANDERS))
    if not places:
        raise refusals.Refused("NOT_YOURS")
    return str(places[0])
