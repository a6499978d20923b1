"""What the facts of tubes, boxes and results mean, worked out from all of them at once.

Pure: the order in which facts arrive changes nothing, no rule asks the time, none raises. Refuses
to choose between claims that exclude each other: they are held until a person settles the set.
"""

from collections.abc import Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet

from doorstep.operations.sampling import belonging
from doorstep.operations.sampling.belonging import POOL_SIZES as POOL_SIZES
from doorstep.operations.sampling.facts import (
    Binding,
    Box,
    Derived,
    Facts,
    Result,
    Sample,
    Settled,
    Tube,
    TubeFact,
)

# A binding's state. Only the first two say that the person's swab counts.
EFFECTIVE = "effective"  # the one that counts the person in this round
AGAIN = "again"  # the same person once more: scanned twice, or two tubes that both stand
HELD = "held"  # a person has to settle it
REJECTED = "rejected"  # a person has settled that it does not stand
WITHDRAWN = "withdrawn"  # person.unsampled
VOID = "void"  # the tube was refused or its result is invalid: the person is due again

HELD_CODES = frozenset(
    ("PERSON_TWICE", "TUBE_REUSED", "PERSON_UNKNOWN", "RESULT_WITHOUT_TUBE", "RESULT_CONTRADICTS")
)
# What a tube has come to, in the order of its way. Of `empty` nothing is asked.
WAITING = ("sampled", "closed", "boxed", "shipped", "received", "tested")
CONTRADICTING = frozenset((("negative", "positive"), ("inconclusive", "negative")))


class _Level:
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


def is_after(binding: Binding, fact: TubeFact) -> bool:
    """Whether the binding came after: by number within a device, by clock between devices."""
    if binding.device == fact.device:
        return binding.number > fact.number
    return binding.at > fact.at


def derive(facts: Facts, write: Collection[str]) -> Derived:
    """What the tubes in `write` and their bindings have come to.

    `facts` must hold, besides these tubes, every tube in which one of their people was sampled in
    the same round; tubes only read for that get no row.
    """
    levels = {tube: _weigh(tube, facts) for tube in facts.bindings.keys() | set(write)}
    claims: dict[tuple[str, str], list[Binding]] = {}
    for level in levels.values():
        if level.refused:
            continue
        for b in level.claims:
            if level.outcome == "invalid" and _inherits(b, level, facts.settled):
                continue
            key = (b.round, b.person)
            if key in claims:
                claims[key].append(b)
            else:
                claims[key] = [b]
    samples: dict[str, Sample] = {}
    codes: list[tuple[str, str]] = []
    tubes: dict[str, Tube] = {}
    resolved: dict[str, Sample] = {}
    homes, settled = facts.homes, facts.settled.named
    for tube in write:
        level = levels[tube]
        for b in level.claims:
            if b.entry in resolved or not (group := claims.get((b.round, b.person))):
                continue
            # `group` may lack this swab: those of an invalid tube are claims no more
            alone = len(group) == 1 and group[0] is b
            if alone and b.person in homes and not settled and not level.contested:
                resolved[b.entry] = _PLAIN  # as nearly all are
            else:
                _resolve(group, levels, facts, resolved)
        tubes[tube] = _finish(tube, level, facts, resolved, samples)
        codes.extend(level.codes)
    return Derived(tubes, samples, codes)


# A tube by itself


def _weigh(tube: str, facts: Facts) -> _Level:
    level = _Level()
    settled = facts.settled
    opened = [f for f in facts.tubes.get(tube, ()) if f.fact == "opened"]
    bindings = _drop_withdrawn(tube, facts, level)
    rounds = {b.round for b in bindings}
    rounds.update(f.round for f in opened if f.round is not None)
    tables = {f.table for f in opened if f.table is not None}
    if len(rounds) > 1 or len(tables) > 1:
        entries = [b.entry for b in bindings] + [f.entry for f in opened]
        standing = settled.stands(entries)
        if standing is None:
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


def _drop_withdrawn(tube: str, facts: Facts, level: _Level) -> list[Binding]:
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


def _carry(level: _Level, boxes: Sequence[Box]) -> None:
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
    level: _Level, results: Sequence[Result], refusals: Sequence[TubeFact], facts: Facts
) -> None:
    settled = facts.settled
    left = list(results)
    level.tested = bool(left)
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
    else:
        refusals = [f for f in refusals if settled.says(f.entry) is not False]
    level.refused = level.refused or bool(refusals)
    placed = level.boxed and _holds_someone(level, facts)
    accepted = [
        r for r in heads if placed or (standing or settled.says(r.entry) is True)
    ]  # a settlement that lets the result stand has looked at the missing tube too
    if len(accepted) < len(heads):
        taken = {r.entry for r in accepted}
        level.codes.extend((r.entry, "RESULT_WITHOUT_TUBE") for r in heads if r.entry not in taken)
    if accepted:
        level.heads = sorted(accepted, key=lambda r: (r.reported_at, r.entry))
        level.outcome = accepted[0].outcome
        level.tested_at = max(r.tested_at for r in accepted)
        level.reported_at = min(r.reported_at for r in accepted)


def _holds_someone(level: _Level, facts: Facts) -> bool:
    if level.contested:
        return False
    return any(b.person in facts.homes for b in level.claims)


def _inherits(binding: Binding, level: _Level, settled: Settled) -> bool:
    # The rule goes by the time of sampling, never by arrival: a swab taken after the test was not
    # in it. A person may settle that the clock was wrong and the binding stands.
    if level.tested_at is None or binding.at <= level.tested_at:
        return True
    return settled.says(binding.entry) is True


# A person in a round


def _resolve(
    group: list[Binding], levels: Mapping[str, _Level], facts: Facts, resolved: dict[str, Sample]
) -> None:
    """The state of all bindings of one person in one round, with the codes that come from it."""
    code = ""
    settled = facts.settled
    standing: AbstractSet[str] | None = None
    if len(group) > 1 and len({b.tube for b in group}) > 1:
        entries = [b.entry for b in group]
        standing = settled.stands(entries)
        if standing is None:
            code = "PERSON_TWICE"
        else:
            kept = [b for b in group if b.entry in standing]
            heads = _contradicting(kept, levels, settled)
            if heads:
                standing = settled.stands(entries + heads)
                code = "RESULT_CONTRADICTS" if standing is None else ""
                if standing is None:
                    standing = {b.entry for b in kept}
    counting: list[Binding] = []
    for b in group:
        stands = settled.says(b.entry) is not False if standing is None else b.entry in standing
        if code == "PERSON_TWICE":
            stands = True
        if not stands:
            resolved[b.entry] = Sample(REJECTED, ())
            continue
        codes = [code] if code else []
        if b.person not in facts.homes:
            codes.append("PERSON_UNKNOWN")
        if levels[b.tube].contested:
            codes.append("TUBE_REUSED")
        if codes:
            resolved[b.entry] = Sample(HELD, tuple(codes))
        else:
            counting.append(b)
    if len(counting) == 1:
        resolved[counting[0].entry] = _PLAIN
    elif counting:
        first = min(counting, key=lambda b: (b.at, b.entry))
        for b in counting:
            resolved[b.entry] = _PLAIN if b is first else _PLAIN_AGAIN


_PLAIN = Sample(EFFECTIVE, ())
_PLAIN_AGAIN = Sample(AGAIN, ())


def _contradicting(
    bindings: Sequence[Binding], levels: Mapping[str, _Level], settled: Settled
) -> list[str]:
    """The result entries by which one person would have two outcomes that exclude each other."""
    mine = [levels[b.tube] for b in bindings if _inherits(b, levels[b.tube], settled)]
    outcomes = {level.outcome for level in mine if level.outcome is not None}
    if any(first in outcomes and second in outcomes for first, second in CONTRADICTING):
        return sorted({r.entry for level in mine for r in level.heads})
    return []


# A tube with everything around it


def _finish(
    tube: str,
    level: _Level,
    facts: Facts,
    resolved: Mapping[str, Sample],
    samples: dict[str, Sample],
) -> Tube:
    opened = [f for f in facts.tubes.get(tube, ()) if f.fact == "opened"]
    closed = [f for f in facts.tubes.get(tube, ()) if f.fact == "closed"]
    round_, table, pool = _identity(level, opened, facts)
    inside: list[tuple[Binding, Sample]] = []
    for entry, state in level.states.items():
        samples[entry] = Sample(state, ())
    for b in level.claims:
        sample = resolved.get(b.entry)
        if sample is None:  # its tube is void: the person is due again, whatever else is said
            sample = Sample(VOID if facts.settled.says(b.entry) is not False else REJECTED, ())
        if sample.state == REJECTED:
            samples[b.entry] = sample
        else:
            inside.append((b, sample))
    overfull = belonging.is_overfull(pool, [b for b, _ in inside], facts.homes)
    people = held = voided = 0
    tested = level.tested_at is not None
    for b, sample in inside:
        if not (overfull or closed or tested or belonging.is_elsewhere(b, facts)):
            samples[b.entry] = sample
            if sample is _PLAIN:
                people += 1
                continue
        codes = list(sample.codes)
        if overfull:
            codes.append("TUBE_OVERFULL")
        if closed and any(is_after(b, f) for f in closed):
            codes.append("TUBE_CLOSED")
        if tested and not _inherits(b, level, facts.settled):
            codes.append("SAMPLED_AFTER_TEST")
        if belonging.is_elsewhere(b, facts):
            codes.append("WRONG_ROUND")
        samples[b.entry] = sample if len(codes) == len(sample.codes) else Sample(
            sample.state, tuple(sorted(codes))
        )  # fmt: skip
        if sample.state == EFFECTIVE:
            people += 1
        elif sample.state == HELD:
            held += 1
        elif sample.state == VOID:
            voided += 1
    counted = max((f.count or 0 for f in closed), default=None)
    box = level.box
    received_at = box.received_at if box else None
    shipped_at = belonging.least(box.collected_at if box else None, received_at)
    used = bool(inside) or bool(counted) or level.sealed
    return Tube(
        tube=tube,
        round=round_,
        table=table,
        pool=pool,
        box=box.box if box else None,
        estate=belonging.estate_of([b for b, _ in inside], facts.homes),
        laboratory=level.heads[0].laboratory if level.heads else (box.laboratory if box else None),
        people=people,
        held=held,
        voided=voided,
        counted=counted,
        opened_at=min((f.at for f in opened), default=None),
        sampled_at=min((b.at for b, _ in inside), default=None),
        closed_at=min((f.at for f in closed), default=None),
        shipped_at=shipped_at,
        received_at=received_at,
        tested_at=level.tested_at,
        reported_at=level.reported_at,
        outcome=level.outcome,
        state=_state_of(level, used, bool(closed)),
    )


def _state_of(level: _Level, used: bool, closed: bool) -> str:
    if level.refused:
        return "refused"
    if level.outcome is not None:
        return "reported"
    if level.tested:
        return "tested"
    if level.box is not None:
        moved = {"collected": "shipped", "received": "received"}
        return moved.get(level.box.state, "boxed")
    if not used:
        return "empty"
    return "closed" if closed else "sampled"


def _identity(
    level: _Level, opened: Sequence[TubeFact], facts: Facts
) -> tuple[str | None, str | None, str | None]:
    """Round, table and pool. While they are contested the tube belongs to no table."""
    rounds = {b.round for b in level.claims} or {f.round for f in opened if f.round is not None}
    round_ = min(rounds, default=None)
    tables = {f.table for f in opened if f.table is not None}
    table = tables.pop() if len(tables) == 1 else None
    pools = {f.pool for f in opened if f.pool is not None}
    if len(pools) > 1:  # said twice and differently: the smaller one, so that somebody looks
        sized = [p for p in pools if p in POOL_SIZES]
        pool: str | None = min(sized, key=lambda p: (POOL_SIZES[p], p)) if sized else min(pools)
    elif pools:
        pool = pools.pop()
    else:
        known = facts.rounds.get(round_) if round_ is not None else None
        pool = known.pool if known else None
    return round_, table, pool
