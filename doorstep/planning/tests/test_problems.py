"""A wrong problem is refused naming its field, and both languages say what would be right."""

import math
import string
from typing import Annotated

import msgspec
import pytest

from doorstep.planning import codes, problems, pulse
from doorstep.planning.wrong import Wrong


class _Station(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    servers: Annotated[int, msgspec.Meta(ge=1)]


class _Problem(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    stations: tuple[_Station, ...]
    minutes: float = 1.0


@pytest.mark.parametrize(
    ("stations", "field", "code"),
    [
        ([{"name": "desk"}], "stations[0].servers", "MISSING"),
        ([{"name": "desk", "servers": 1, "colour": 2}], "stations[0].colour", "UNKNOWN"),
        (
            [{"name": "desk", "servers": 2}, {"name": "x", "servers": 0}],
            "stations[1].servers",
            "BOUND",
        ),
        ([{"name": "desk", "servers": "many"}], "stations[0].servers", "TYPE"),
        ([{"name": 7, "servers": 1}], "stations[0].name", "TYPE"),
        ([{"name": "desk", "servers": math.nan}], "stations[0].servers", "NOT_A_NUMBER"),
        ("none", "stations", "TYPE"),
    ],
)
def test_a_wrong_field_is_named(stations: object, field: str, code: str) -> None:
    with pytest.raises(Wrong) as caught:
        problems.read(_Problem, {"stations": stations})
    assert (caught.value.field, caught.value.code) == (field, code)
    for language in ("en", "zh-hans"):
        assert "{" not in codes.text_of(code, language, **caught.value.facts)


def test_a_right_problem_is_read() -> None:
    got = problems.read(_Problem, {"stations": [{"name": "desk", "servers": 3}], "minutes": 2})
    assert got == _Problem((_Station("desk", 3),), 2.0)
    with pytest.raises(Wrong) as caught:
        problems.read(_Problem, {"stations": [], "minutes": math.inf})
    assert caught.value.field == "minutes"


def test_both_languages_name_the_same_facts() -> None:
    for code, (english, chinese) in codes.CODES.items():
        named = [
            sorted({name for _, name, _, _ in string.Formatter().parse(text) if name})
            for text in (english, chinese)
        ]
        assert named[0] == named[1], code


def test_the_pulse_of_a_step_lies_within_the_whole() -> None:
    seen: list[float] = []

    def whole(share: float) -> bool:
        seen.append(share)
        return share < 0.7

    step = pulse.part_of(whole, 0.5, 0.9)
    assert [step(0.0), step(0.25), step(1.5)] == [True, True, False]
    assert seen == pytest.approx([0.5, 0.6, 0.9])
    assert pulse.ENDLESS(1.0)
