"""Words that are data: kinds of standing (standings.toml) and special needs (needs.toml), with both
languages, colours and patterns. Refuses a file with an unknown key or without a language.
"""

import tomllib
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

import msgspec

FOLDER = Path(__file__).parent
Word = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Colour = Annotated[str, msgspec.Meta(pattern=r"^#[0-9A-F]{6}$")]
Pattern = Literal["solid", "outline", "hatch", "dots", "cross", "grey"]


class _Data(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Data of ours: what is not declared is a mistake."""


class Text(_Data, frozen=True):
    """A text in both languages."""

    en: str
    zh: str

    def read(self, language: str) -> str:
        """The Chinese text for any `zh…`, else the English."""
        return self.zh if language.startswith("zh") else self.en


class StandingKind(_Data, frozen=True):
    """A kind of standing: how it is named and drawn, and which package leaves it. It entitles or
    reminds; none of them bars a door.
    """

    key: Word
    label: Text
    colour: Colour
    night: Colour
    pattern: Pattern
    owner: str


class Need(_Data, frozen=True):
    """A special need. `order`: 1 for the household in greatest difficulty."""

    key: Word
    label: Text
    order: int


class _Standings(_Data, frozen=True):
    standing: list[StandingKind]


class _Needs(_Data, frozen=True):
    need: list[Need]


@cache
def list_standings() -> dict[str, StandingKind]:
    """Every kind of standing, by its word, in the order of the file."""
    text = (FOLDER / "standings.toml").read_text("utf-8")
    read = msgspec.convert(tomllib.loads(text), _Standings)
    return {each.key: each for each in read.standing}


@cache
def list_needs() -> dict[str, Need]:
    """Every special need, by its word, the gravest first."""
    text = (FOLDER / "needs.toml").read_text("utf-8")
    read = msgspec.convert(tomllib.loads(text), _Needs)
    return {each.key: each for each in sorted(read.need, key=lambda need: need.order)}
