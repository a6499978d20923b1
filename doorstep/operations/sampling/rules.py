"""What the facts of tubes, boxes and results mean, worked out from all of them at once. What a tube
comes to by itself is in tube_rules; here its people are looked for in all other tubes too.

Pure: the order in which facts arrive changes nothing, no rule asks the time, none raises. Refuses
to choose between claims that exclude each other: they are held until a person settles the set.
"""

from collections.abc import Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet

from doorstep.operations.sampling import belonging, tube_rules
from doorstep.operations.sampling.belonging import POOL_SIZES as POOL_SIZES
from doorstep.operations.sampling.facts import AGAIN as AGAIN
from doorstep.operations.sampling.facts import EFFECTIVE as EFFECTIVE
from doorstep.operations.sampling.facts import HELD as HELD
from doorstep.operations.sampling.facts import REJECTED as REJECTED
from doorstep.operations.sampling.facts import VOID as VOID
from doorstep.operations.sampling.facts import WITHDRAWN as WITHDRAWN
from doorstep.operations.sampling.facts import (
    Binding,
    Derived,
    Facts,
    Sample,
    Settled,
    Tube,
    TubeFact,
)

HELD_CODES = frozenset(
    (
        "PERSON_TWICE", "TUBE_REUSED", "PERSON_UNKNOWN", "RESULT_WITHOUT_TUBE",
        "RESULT_CONTRADICTS", "SAMPLED_AFTER_TEST",
    )
)  # fmt: skip
# What a tube has come to, in the order of its way. Of `empty` nothing is asked.
WAITING = ("sampled", "closed", "boxed", "shipped", "received", "tested")
CONTRADICTING = frozenset((("negative", "positive"), ("inconclusive", "negative")))


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
    levels = {tube: tube_rules.weigh(tube, facts) for tube in facts.bindings.keys() | set(write)}
    claims: dict[tuple[str, str], list[Binding]] = {}
    for level in levels.values():
        if level.refused:
            continue
        for b in level.claims:
            if level.outcome == "invalid" and tube_rules.inherits(b, level, facts.settled):
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
            alone = len(group) == 1 and group[0] is b and b.person in homes
            in_time = level.tested_at is None or tube_rules.is_before(b, level.tested_at)
            if alone and in_time and not settled and not level.contested:
                resolved[b.entry] = _PLAIN  # as nearly all are
            else:
                _resolve(group, levels, facts, resolved)
        tubes[tube] = _finish(tube, level, facts, resolved, samples)
        codes.extend(level.codes)
    return Derived(tubes, samples, codes)


# A person in a round


def _resolve(
    group: list[Binding],
    levels: Mapping[str, tube_rules.Level],
    facts: Facts,
    resolved: dict[str, Sample],
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
        said = settled.says(b.entry)
        late = not tube_rules.inherits(b, levels[b.tube], settled)
        stands = said is not False
        if code == "PERSON_TWICE":
            stands = True
        elif standing is not None:
            stands = b.entry in standing and not (late and said is False)
        if not stands:
            resolved[b.entry] = Sample(REJECTED, ())
            continue
        codes = [code] if code else []
        if b.person not in facts.homes:
            codes.append("PERSON_UNKNOWN")
        if levels[b.tube].contested:
            codes.append("TUBE_REUSED")
        if late and said is None:  # tested without this swab, unless the clock was wrong
            codes.append("SAMPLED_AFTER_TEST")
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
    bindings: Sequence[Binding], levels: Mapping[str, tube_rules.Level], settled: Settled
) -> list[str]:
    """The result entries by which one person would have two outcomes that exclude each other."""
    mine = [levels[b.tube] for b in bindings if tube_rules.inherits(b, levels[b.tube], settled)]
    outcomes = {level.outcome for level in mine if level.outcome is not None}
    if any(first in outcomes and second in outcomes for first, second in CONTRADICTING):
        return sorted({r.entry for level in mine for r in level.heads})
    return []


# A tube with everything around it


def _finish(
    tube: str,
    level: tube_rules.Level,
    facts: Facts,
    resolved: Mapping[str, Sample],
    samples: dict[str, Sample],
) -> Tube:
    opened = [f for f in facts.tubes.get(tube, ()) if f.fact == "opened"]
    closed = [f for f in facts.tubes.get(tube, ()) if f.fact == "closed"]
    round_, table, pool = _identity(level, opened, closed, facts)
    inside = _settle_inside(level, facts, resolved, samples)
    known = facts.rounds.get(round_) if round_ is not None else None
    bindings = [b for b, _ in inside]
    overfull = belonging.is_overfull(pool, known.most if known else None, bindings, facts.homes)
    counts = _flag(inside, overfull, closed, facts, samples)
    counted = max((f.count or 0 for f in closed), default=None)
    box = level.box
    received_at = box.received_at if box else None
    used = bool(inside) or bool(counted) or level.sealed
    closed_at = min((f.at for f in closed), default=None)
    sampled_at = min((b.at for b in bindings), default=None)
    if sampled_at is None and used:
        sampled_at = belonging.least(closed_at, box.sealed_at if box else None)
    return Tube(
        tube=tube,
        round=round_,
        table=table,
        pool=pool,
        box=box.box if box else None,
        estate=belonging.estate_of(bindings, facts.homes),
        laboratory=level.heads[0].laboratory if level.heads else (box.laboratory if box else None),
        people=counts[EFFECTIVE],
        held=counts[HELD],
        voided=counts[VOID],
        counted=counted,
        opened_at=min((f.at for f in opened), default=None),
        sampled_at=sampled_at,
        closed_at=closed_at,
        shipped_at=belonging.least(box.collected_at if box else None, received_at),
        received_at=received_at,
        tested_at=level.tested_at,
        reported_at=level.reported_at,
        outcome=level.outcome,
        state=_state_of(level, used, bool(closed)),
    )


def _settle_inside(
    level: tube_rules.Level,
    facts: Facts,
    resolved: Mapping[str, Sample],
    samples: dict[str, Sample],
) -> list[tuple[Binding, Sample]]:
    """The swabs that are in the tube, with what became of them; the others go to `samples`."""
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
    return inside


def _flag(
    inside: Sequence[tuple[Binding, Sample]],
    overfull: bool,
    closed: Sequence[TubeFact],
    facts: Facts,
    samples: dict[str, Sample],
) -> dict[str, int]:
    """Put the swabs into `samples` with what is to be looked at; how many there are by state."""
    counts = {EFFECTIVE: 0, AGAIN: 0, HELD: 0, VOID: 0}
    for b, sample in inside:
        counts[sample.state] += 1
        elsewhere = belonging.is_elsewhere(b, facts)
        after = False
        for f in closed:
            after = after or is_after(b, f)
        if not (overfull or after or elsewhere):
            samples[b.entry] = sample  # as nearly all are
            continue
        codes = list(sample.codes)
        if overfull:
            codes.append("TUBE_OVERFULL")
        if after:
            codes.append("TUBE_CLOSED")
        if elsewhere:
            codes.append("WRONG_ROUND")
        samples[b.entry] = Sample(sample.state, tuple(sorted(codes)))
    return counts


def _state_of(level: tube_rules.Level, used: bool, closed: bool) -> str:
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
    level: tube_rules.Level, opened: Sequence[TubeFact], closed: Sequence[TubeFact], facts: Facts
) -> tuple[str | None, str | None, str | None]:
    """Round, table and pool. While they are contested the tube belongs to no table. A tube nobody
    was bound to is of the round that opened it, closed it or packed it: it waits for a result too.
    """
    rounds = {b.round for b in level.claims}
    for said in (opened, closed, (level.box,)):
        rounds = rounds or {each.round for each in said if each and each.round is not None}
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
        # swabs are judged again when their round is opened; without them there is nothing to size
        known = facts.rounds.get(round_) if round_ is not None and level.claims else None
        pool = known.pool if known else None
    return round_, table, pool
