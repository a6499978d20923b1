"""What people wrote about projects and voices: small JSON documents, sealed as attachments.

Refuses text that names somebody's phone or document: a project is told to everybody.
"""

import re
from collections.abc import Collection
from typing import Annotated

import msgspec

from doorstep.ledger import attachments, refusals
from doorstep.rounds.round_kinds import Text

LONGEST_TITLE, LONGEST_TEXT = 80, 2_000  # characters
_NUMBER = re.compile(r"(?<!\d)(?:1[3-9]\d{9}|\d{17}[\dXx]|\d{15})(?!\d)")
Title = Annotated[str, msgspec.Meta(max_length=LONGEST_TITLE)]


class Wording(msgspec.Struct, frozen=True):
    """A project in words: `title` and `story` in both languages, the English may be empty;
    `milestones` by id.
    """

    title: Text
    story: Text
    milestones: dict[str, Text]


class Note(msgspec.Struct, frozen=True):
    """What somebody said, as they said it."""

    text: str


_GONE = Wording(Text("–", "–"), Text("", ""), {})


def write(of: Wording | Note) -> bytes:
    """The document as an attachment's bytes."""
    return msgspec.json.encode(of)


def read_wordings(digests: Collection[str]) -> dict[str, Wording]:
    """Projects in words, by digest; a dash for what is not here any more."""
    found = attachments.read_many(digests)
    return {
        digest: msgspec.json.decode(found[digest], type=Wording) if digest in found else _GONE
        for digest in digests
    }


def read_notes(digests: Collection[str]) -> dict[str, str]:
    """What was said, by digest; what is not here any more is left out."""
    return {
        digest: msgspec.json.decode(content, type=Note).text
        for digest, content in attachments.read_many(digests).items()
    }


def say(text: Text, language: str) -> str:
    """A text in the reader's language, in the other where it has none."""
    return text.read(language) or text.zh or text.en


def check(text: str, most: int = LONGEST_TEXT) -> str:
    """A text as typed, without the space around it.

    Raises:
        Refused: TEXT_TOO_LONG, TEXT_NAMES_SOMEBODY.
    """
    plain = text.replace("\r\n", "\n").strip()
    if len(plain) > most:
        raise refusals.Refused("TEXT_TOO_LONG")
    if _NUMBER.search(re.sub(r"(?<=\d)[\s-](?=\d)", "", plain)):
        raise refusals.Refused("TEXT_NAMES_SOMEBODY")
    return plain
