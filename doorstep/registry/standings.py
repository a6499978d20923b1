"""The kinds of standing, read from standings.toml: their words, colours and patterns, and which
package leaves them. Refuses a file with an unknown key or without a language.
"""

import tomllib
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

import msgspec

FOLDER = Path(__file__).parent
Word = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Colour = Annotated[str, msgspec.Meta(pattern=r"^#[0-9A-F]{6}$")]
Pattern = Literal["solid", "outline", "hatch", "dots", "cross", "frame", "grey"]


class Data(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Data of ours: what is not declared is a mistake."""


class Text(Data, frozen=True):
    """A text in both languages."""

    en: str
    zh: str

    def read(self, language: str) -> str:
        """The Chinese text for any `zh…`, else the English."""
        return self.zh if language.startswith("zh") else self.en


class StandingKind(Data, frozen=True):
    """A kind of standing: how it is named and drawn (`night` on a dark wall), and its owner."""

    key: Word
    label: Text
    colour: Colour
    night: Colour
    pattern: Pattern
    owner: str


class _File(Data, frozen=True):
    standing: list[StandingKind]


@cache
def list_standings() -> dict[str, StandingKind]:
    """Every kind of standing, by its word, in the order of the file."""
    text = (FOLDER / "standings.toml").read_text("utf-8")
    return {each.key: each for each in msgspec.convert(tomllib.loads(text), _File).standing}


def find_standing(key: str) -> StandingKind | None:
    """The kind of that word."""
    return list_standings().get(key)


def name_standing(key: str, language: str) -> str:
    """Its name; the word itself for a kind that is not declared here."""
    found = find_standing(key)
    return found.label.read(language) if found else key
