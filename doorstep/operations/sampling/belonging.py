"""Who may be in a tube and in a round: pool sizes, homes, due lists. Pure, a part of rules."""

from collections.abc import Mapping, Sequence

from doorstep.operations.sampling.facts import Binding, Facts, Home

# How many people a tube of a pool may hold; a household's tube is bounded by its door instead.
POOL_SIZES = {"single": 1, "five": 5, "ten": 10, "twenty": 20}
HOUSEHOLD = "household"


def is_overfull(pool: str | None, bindings: Sequence[Binding], homes: Mapping[str, Home]) -> bool:
    """Whether these swabs are more than the pool allows: too many people, or several doors."""
    if pool == HOUSEHOLD:
        doors = {homes[b.person].door for b in bindings if b.person in homes}
        return len(doors) > 1
    size = POOL_SIZES.get(pool or "")
    if size is None or len(bindings) <= size:
        return False
    return len({b.person for b in bindings}) > size


def is_elsewhere(binding: Binding, facts: Facts) -> bool:
    """Whether the round is none for this person: not sampling, or not where they live or lived."""
    known = facts.rounds.get(binding.round)
    if known is None or not known.is_sampling:
        return True
    home = facts.homes.get(binding.person)
    if home is None or known.area in home:
        return False
    if home.estate is not None and known.area in facts.above.get(home.estate, ()):
        return False
    return (binding.round, binding.person) not in facts.listed


def estate_of(bindings: Sequence[Binding], homes: Mapping[str, Home]) -> str | None:
    """The estate of a tube's people, the same one always where there are several."""
    estates = [home.estate for b in bindings if (home := homes.get(b.person)) and home.estate]
    return min(estates, default=None)


def least(*moments: int | None) -> int | None:
    """The earliest moment that is known."""
    return min((moment for moment in moments if moment is not None), default=None)
