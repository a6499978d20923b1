"""Who may be in a tube and in a round: pool sizes, homes, due lists. Pure, a part of rules."""

from collections.abc import Mapping, Sequence

from doorstep.operations.sampling.facts import Binding, Facts, Home

# How many people a tube of a pool may hold. A household's tube is bounded by its door besides.
POOL_SIZES = {"single": 1, "five": 5, "ten": 10, "twenty": 20}
HOUSEHOLD = "household"
HOUSEHOLD_LIMIT = 10  # a larger household takes a second tube


def size_of(pool: str | None) -> int | None:
    """How many people a tube of this pool holds at most; None where the pool is not known."""
    return HOUSEHOLD_LIMIT if pool == HOUSEHOLD else POOL_SIZES.get(pool or "")


def is_overfull(
    pool: str | None, most: int | None, bindings: Sequence[Binding], homes: Mapping[str, Home]
) -> bool:
    """Whether these swabs are more than the pool allows, or than the `most` that the round takes in
    one tube whatever the tube says of itself: too many people, or several doors in a household's.
    """
    if pool == HOUSEHOLD and len({homes[b.person].door for b in bindings if b.person in homes}) > 1:
        return True
    size = least(size_of(pool), most)
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


def least(*numbers: int | None) -> int | None:
    """The least of those that are known: the earliest moment, the smallest size."""
    return min((number for number in numbers if number is not None), default=None)
