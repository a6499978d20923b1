"""What the facts of one tube by itself mean: whose swabs are claimed to be in it, which box it goes
with, what its result is. Where else its people were sampled is asked in rules.

Pure, a part of rules. Refuses to choose between results that exclude each other.
"""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from doorstep.kit import clock
from doorstep.operations.sampling.facts import (
    REJECTED,
    WITHDRAWN,
    Binding,
    Box,
    Facts,
    Result,
    Settled,
    TubeFact,
)


class Level:
    """A tube by itself, before it is asked where else its people were sampled."""

    __slots__ = (
        "box", "boxed", "claims", "codes", "contested", "heads", "outcome", "refused",
        "reported_at", "sealed", "states", "tested", "tested_at",
    )  # fmt: skip

    def __init__(self) -> None:
        self.claims: list[Binding] = []
        self.states: dict[str, str] = {}
        self.codes: list[tuple[str, str]] = []
        self.contested = False  # claimed by two rounds or tables, and nobody has settled it
        self.heads: list[Result] = []
        self.outcome: str | None = None
        self.tested_at: int | None = None
        self.reported_at: int | None = None
        self.tested = False
        self.refused = False
        self.boxed = False
        self.sealed = False
        self.box: Box | None = None


def weigh(tube: str, facts: Facts) -> Level:
    """A tube by itself, from all its facts."""
    level = Level()
    settled = facts.settled
    opened = [f for f in facts.tubes.get(tube, ()) if f.fact == "opened"]
    bindings = _drop_withdrawn(tube, facts, level)
    rounds = {b.round for b in bindings}
    rounds.update(f.round for f in opened if f.round is not None)
    tables = {f.table for f in opened if f.table is not None}
    if len(rounds) > 1 or len(tables) > 1:
        entries = [b.entry for b in bindings] + [f.entry for f in opened]
        standing = settled.stands(entries)
        if standing is None or len({b.round for b in bindings if b.entry in standing}) > 1:
            # swabs of two rounds in one tube cannot both stand: its result would be one round's
            level.contested = True
            level.codes.extend((f.entry, "TUBE_REUSED") for f in opened)
            level.claims = bindings
        else:
            for b in bindings:
                if b.entry in standing:
                    level.claims.append(b)
                else:
                    level.states[b.entry] = REJECTED
    else:
        level.claims = bindings
    boxes = facts.boxes.get(tube)
    if boxes:
        _carry(level, boxes)
    results = facts.results.get(tube, ())
    refusals = [f for f in facts.tubes.get(tube, ()) if f.fact == "refused"]
    if results or refusals:
        _judge(level, results, refusals, facts)
    return level


def _drop_withdrawn(tube: str, facts: Facts, level: Level) -> list[Binding]:
    bindings = facts.bindings.get(tube, ())
    withdrawals = facts.withdrawals.get(tube)
    if not withdrawals:
        return list(bindings)
    gone = {(w.binding, w.round, w.person) for w in withdrawals}
    left = []
    for b in bindings:
        if (b.entry, b.round, b.person) in gone:
            level.states[b.entry] = WITHDRAWN
        else:
            left.append(b)
    return left


def _carry(level: Level, boxes: Sequence[Box]) -> None:
    # Of several boxes the tube goes with the one that got furthest, then with the latest sealed.
    rank = {"refused": 0, "unsealed": 1, "sealed": 2, "collected": 3, "received": 4}
    level.box = max(boxes, key=lambda box: (rank[box.state], box.sealed_at or 0, box.box))
    level.sealed = True
    level.boxed = level.box.state != "refused"
    level.refused = not level.boxed


def heads_of(results: Sequence[Result]) -> list[Result]:
    """The results no other one corrects. Corrections that go in a circle correct nothing."""
    corrected = {r.corrects for r in results if r.corrects is not None and r.corrects != r.entry}
    return [r for r in results if r.entry not in corrected] or list(results)


def _judge(
    level: Level, results: Sequence[Result], refusals: Sequence[TubeFact], facts: Facts
) -> None:
    settled = facts.settled
    left = list(results)
    level.tested = bool(left)
    # what was taken back contradicts no result, not even one that comes later
    refusals = [f for f in refusals if settled.says(f.entry) is not False]
    while True:
        heads = heads_of(left)
        claims = [r.entry for r in heads] + [f.entry for f in refusals]
        excluding = len({r.outcome for r in heads}) > 1 or bool(heads and refusals)
        if excluding or not heads:
            break
        rejected = {r.entry for r in heads if settled.says(r.entry) is False}
        if not rejected:
            break
        # a correction that was settled away leaves what it corrected
        left = [r for r in left if r.entry not in rejected]
    standing: AbstractSet[str] | None = None
    if excluding:
        standing = settled.stands(claims)
        kept = [r for r in heads if standing is not None and r.entry in standing]
        refusing = [f for f in refusals if standing is not None and f.entry in standing]
        if standing is None or len({r.outcome for r in kept}) > 1 or (kept and refusing):
            level.codes.extend((entry, "RESULT_CONTRADICTS") for entry in claims)
            return
        heads, refusals = kept, refusing
    level.refused = level.refused or bool(refusals)
    accepted = [
        r for r in heads if _is_placed(level, r, facts) or standing or settled.says(r.entry) is True
    ]  # a settlement that lets the result stand has looked at the missing tube too
    if len(accepted) < len(heads):
        taken = {r.entry for r in accepted}
        level.codes.extend((r.entry, "RESULT_WITHOUT_TUBE") for r in heads if r.entry not in taken)
    if accepted:
        level.heads = sorted(accepted, key=lambda r: (r.reported_at, r.entry))
        level.outcome = accepted[0].outcome
        level.tested_at = max(r.tested_at for r in accepted)
        level.reported_at = min(r.reported_at for r in accepted)


def _is_placed(level: Level, result: Result, facts: Facts) -> bool:
    """Whether the result can be of this tube: it went into a box, with somebody's swab in it. The
    way of the box may be missing in the book: that stops the close of the round (closers).
    """
    if level.contested or not level.boxed:
        return False
    return any(
        b.person in facts.homes and _was_in(b, result.tested_at, facts.settled)
        for b in level.claims
    )


def inherits(binding: Binding, level: Level, settled: Settled) -> bool:
    """Whether the tube's result is this swab's, or will be once there is one."""
    return level.tested_at is None or _was_in(binding, level.tested_at, settled)


def _was_in(binding: Binding, tested_at: int, settled: Settled) -> bool:
    """Whether the swab was in the tube when it was tested. It goes by the time of sampling, never
    by arrival: what was taken later was not in it. A person may settle that the clock was wrong.
    """
    return is_before(binding, tested_at) or settled.says(binding.entry) is True


def is_before(binding: Binding, tested_at: int) -> bool:
    """Whether the swab was taken before the test, by the clocks: a test's has minutes only."""
    return binding.at < tested_at + clock.MINUTE
