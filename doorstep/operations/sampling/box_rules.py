"""What the facts of a box mean: what is in it, who has it, whether the counts agree.

Pure, like rules. Refuses nothing: a box sealed with a wrong count goes its way and shows
unbalanced. A box code names one consignment.
"""

from collections.abc import Iterable, Mapping, Sequence

from doorstep.operations.sampling.facts import SPILLED, Box, BoxFact

UNBALANCED = "BOX_UNBALANCED"
_MOVES = ("collected", "handed_over", "received", "refused", SPILLED)


def derive_box(box: str, facts: Sequence[BoxFact], inside: Mapping[str, frozenset[str]]) -> Box:
    """What a box has come to; `inside` has the tubes that each box.sealed entry names.

    Nothing hangs on the order in which facts arrived. A laboratory that refused the box is not
    outweighed by its own receipt, but by another laboratory's: that is a diversion. A laboratory
    that received a box outweighs a courier's word that it was spilled: it has seen what is in it.
    """
    by_fact: dict[str, list[BoxFact]] = {}
    for fact in facts:
        by_fact.setdefault(fact.fact, []).append(fact)
    sealed, collected = by_fact.get("sealed", []), by_fact.get("collected", [])
    refused = by_fact.get("refused", [])
    refusing = {fact.party for fact in refused}
    received = [fact for fact in by_fact.get("received", []) if fact.party not in refusing]
    tubes = frozenset(tube for fact in sealed for tube in inside.get(fact.entry, ()))
    last = max(sealed, key=_order, default=None)
    arrival = max(received, key=_order, default=None)
    codes = _unbalanced(sealed, [*collected, *by_fact.get("received", [])], inside, tubes)
    moves = [fact for name in _MOVES for fact in by_fact.get(name, ())]
    holder = arrival or max(moves, key=_order, default=None)
    laboratory = arrival or max(refused, key=_order, default=None)
    return Box(
        box=box,
        round=min((fact.round for fact in sealed if fact.round is not None), default=None),
        seal=last.seal if last else None,
        tubes=tubes,
        count=last.count or 0 if last else 0,
        state=_state_of(
            bool(received), bool(refused or by_fact.get(SPILLED)), bool(collected), bool(sealed)
        ),
        sealed_at=_earliest(sealed),
        collected_at=_earliest(collected),
        received_at=_earliest(received),
        holder=holder.party if holder else None,
        laboratory=laboratory.party if laboratory else None,
        balanced=not codes,
        codes=tuple((entry, UNBALANCED) for entry in sorted(codes)),
    )


def _order(fact: BoxFact) -> tuple[int, str]:
    return fact.at, fact.entry


def _earliest(facts: Iterable[BoxFact]) -> int | None:
    return min((fact.at for fact in facts), default=None)


def _state_of(received: bool, refused: bool, collected: bool, sealed: bool) -> str:
    if received:
        return "received"
    if refused:
        return "refused"
    if collected:
        return "collected"
    return "sealed" if sealed else "unsealed"


def _unbalanced(
    sealed: Sequence[BoxFact],
    counted: Sequence[BoxFact],
    inside: Mapping[str, frozenset[str]],
    tubes: frozenset[str],
) -> set[str]:
    """The entries whose count or seal does not agree with what is known of the box."""
    wrong = {f.entry for f in sealed if f.count != len(inside.get(f.entry, frozenset()))}
    wrong |= {f.entry for f in counted if f.count != len(tubes)}
    seals = {f.seal for f in sealed}
    if len(seals) > 1 or len({inside.get(f.entry) for f in sealed}) > 1:
        wrong |= {f.entry for f in sealed}  # sealed twice, and differently
    wrong |= {f.entry for f in counted if f.seal is not None and f.seal not in seals}
    return wrong
