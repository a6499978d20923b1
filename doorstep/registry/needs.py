"""Special needs of residents, read from needs.toml: their words and which household comes first.
Refuses a file with an unknown key or without a language.
"""

import tomllib
from collections.abc import Iterable
from functools import cache

import msgspec

from doorstep.registry import standings


class Need(standings.Data, frozen=True):
    """A special need. `order`: 1 for the household in greatest difficulty."""

    key: standings.Word
    label: standings.Text
    order: int


class _File(standings.Data, frozen=True):
    need: list[Need]


@cache
def list_needs() -> dict[str, Need]:
    """Every special need, by its word, the gravest first."""
    text = (standings.FOLDER / "needs.toml").read_text("utf-8")
    found = msgspec.convert(tomllib.loads(text), _File).need
    return {each.key: each for each in sorted(found, key=lambda need: need.order)}


def name_needs(flags: Iterable[str], language: str) -> list[str]:
    """The names of a person's needs, the gravest first; a word that is unknown as it stands."""
    known = list_needs()
    last = len(known) + 1
    ordered = sorted(flags, key=lambda flag: (known[flag].order if flag in known else last, flag))
    return [known[flag].label.read(language) if flag in known else flag for flag in ordered]


def rank_household(flags: Iterable[str]) -> tuple[int, int]:
    """What to sort households by, the one in greatest difficulty first: its gravest need, then how
    many needs it has.
    """
    known = list_needs()
    held = [known[flag].order for flag in flags if flag in known]
    return min(held, default=len(known) + 1), -len(held)
