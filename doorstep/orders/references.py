"""References inside a rule pack: every key once, nothing named that the pack does not define. Pure.

Refuses with ValueError, whose message names the place in the pack and the first misfit.
"""

from collections.abc import Collection, Sequence


def unique(where: str, keys: Sequence[str]) -> set[str]:
    """The keys as a set; none may come twice."""
    if len(set(keys)) != len(keys):
        raise ValueError(f"{where}: a key comes twice")
    return set(keys)


def within(where: str, used: Sequence[str], known: Collection[str]) -> None:
    """Every one of `used` must be one of `known`."""
    if unknown := [key for key in used if key not in known]:
        raise ValueError(f"{where}: {unknown[0]!r} is not defined in this pack")


def sources_of(part: object) -> set[str]:
    """Every source named anywhere in a pack, or a part of one, as built-in types."""
    if isinstance(part, list):
        return set().union(*(sources_of(each) for each in part)) if part else set()
    if not isinstance(part, dict):
        return set()
    found = set(part["source"]) if isinstance(part.get("source"), list) else set()
    return found.union(*(sources_of(each) for each in part.values()))
