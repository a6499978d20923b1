"""What residents say: heard, merged, answered, adopted into the programme."""

from collections.abc import Callable
from typing import Any

from doorstep.kit import ids
from doorstep.ledger import desk, refusals, writer
from doorstep.ledger.fields import NOBODY
from doorstep.operations.programme import catalogue, models, wording
from doorstep.operations.programme.actions import common
from doorstep.registry import household_codes
from doorstep.registry import models as registry

SOURCES = ("building_head", "duty_desk")


def hear(
    staff: common.Staff, *, sort: str, source: str, place: str, words: str, category: str = ""
) -> str:
    """Write down what a resident says, at a duty desk or for a building head; the voice's id.

    Raises:
        Refused: NOT_FOUND, NOT_YOURS, REQUEST_INVALID, CATEGORY_UNKNOWN, WORDS_MISSING,
            TEXT_TOO_LONG, TEXT_NAMES_SOMEBODY.
    """
    if source not in SOURCES:
        raise refusals.Refused("REQUEST_INVALID")
    if not (ids.is_canonical(place) and registry.Place.objects.filter(id=place).exists()):
        raise refusals.Refused("PROJECT_PLACE_UNKNOWN")
    common.require(staff, common.LISTENERS, place)
    return _hear(str(staff.id), sort, source, place, words, category)


def hear_household(*, code: str, sort: str, words: str, category: str = "") -> str:
    """Write down what a household says under its own code; the voice's id.

    Raises:
        Refused: HOUSEHOLD_CODE_UNKNOWN, REQUEST_INVALID, CATEGORY_UNKNOWN, WORDS_MISSING,
            TEXT_TOO_LONG, TEXT_NAMES_SOMEBODY.
    """
    door = household_codes.find_door(code)
    if door is None:
        raise refusals.Refused("HOUSEHOLD_CODE_UNKNOWN")
    return _hear(NOBODY, sort, "household", door, words, category)


def _hear(by: str, sort: str, source: str, place: str, words: str, category: str) -> str:
    known = catalogue.get()
    if sort not in {each.key for each in known.voice}:
        raise refusals.Refused("REQUEST_INVALID")
    if category and category not in {each.key for each in known.category}:
        raise refusals.Refused("CATEGORY_UNKNOWN")
    text = wording.check(words)
    if not text:
        raise refusals.Refused("WORDS_MISSING")
    voice = ids.new()

    def act() -> str:
        said = {
            "kind": "voice.heard", "voice": voice, "sort": sort, "source": source,
            "at_place": place, "place": place, "category": category or None,
            "attachment": desk.attach(wording.write(wording.Note(text))),
        }  # fmt: skip
        desk.post(by, [said])
        return voice

    return writer.run(act)


def merge(staff: common.Staff, voice: str, *, into: str) -> None:
    """Say that a voice says the same as another, and is answered with it.

    Raises:
        Refused: NOT_FOUND, NOT_YOURS, VOICE_IS_SETTLED.
    """

    def make() -> dict[str, Any]:
        other = common.find_voice(into)
        if other.state == "merged" or voice == into:
            raise refusals.Refused("VOICE_IS_SETTLED")
        return {"kind": "voice.merged", "into": into}

    _act(staff, voice, make)


def answer(staff: common.Staff, voice: str, *, words: str) -> None:
    """Answer a voice and all that are merged into it.

    Raises:
        Refused: NOT_FOUND, NOT_YOURS, VOICE_IS_SETTLED, WORDS_MISSING, TEXT_TOO_LONG,
            TEXT_NAMES_SOMEBODY.
    """
    text = wording.check(words)
    if not text:
        raise refusals.Refused("WORDS_MISSING")
    _act(
        staff,
        voice,
        lambda: {
            "kind": "voice.answered",
            "attachment": desk.attach(wording.write(wording.Note(text))),
        },
    )


def adopt(staff: common.Staff, voice: str, *, project: str) -> None:
    """Say that a voice became a project, or part of one.

    Raises:
        Refused: NOT_FOUND, NOT_YOURS, VOICE_IS_SETTLED.
    """

    def make() -> dict[str, Any]:
        common.find_project(project)
        return {"kind": "voice.adopted", "project": project}

    _act(staff, voice, make)


def _act(staff: common.Staff, voice: str, make: Callable[[], dict[str, Any]]) -> None:
    def act() -> None:
        found = common.find_voice(voice)
        common.require(staff, common.COMMANDERS, str(found.place))
        if found.state != "open":
            raise refusals.Refused("VOICE_IS_SETTLED")
        desk.post(str(staff.id), [make() | {"voice": voice, "place": str(found.place)}])

    writer.run(act)


def list_merged(voice: str) -> list[models.Voice]:
    """The voices that say the same as this one."""
    return list(models.Voice.objects.filter(joined=voice).order_by("at", "voice"))
