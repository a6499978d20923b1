"""Reads a problem (parsed TOML or JSON) into the shape a model asks for.

Refuses by `Wrong`, with the path of the field, whatever is missing, unknown, of a wrong type or
out of its bounds. What only the model knows (a closing before an opening) it checks itself.
"""

import math
import re
from collections.abc import Mapping
from typing import Final, TypeVar

import msgspec

from doorstep.planning.wrong import Wrong

Shape = TypeVar("Shape", bound=msgspec.Struct)

_AT: Final = re.compile(r" - at `\$\.?(?:key in )?(.*)`$")
_MISSING: Final = re.compile(r"^Object missing required field `(.+)`$")
_UNKNOWN: Final = re.compile(r"^Object contains unknown field `(.+)`$")
_BOUND: Final = re.compile(r"(?:<=|>=|<|>) -?[\d.e+-]+$")
_TYPE: Final = re.compile(r"^Expected (.+), got (.+)$")


def read(shape: type[Shape], data: Mapping[str, object]) -> Shape:
    """`data` as a `shape` (a frozen `msgspec.Struct` with `forbid_unknown_fields`).

    Raises `Wrong` (codes MISSING, UNKNOWN, BOUND, TYPE, NOT_A_NUMBER).
    """
    _refuse_strange_numbers("", data)
    try:
        return msgspec.convert(data, shape)
    except msgspec.ValidationError as problem:
        raise _wrong_of(str(problem)) from None


def _wrong_of(text: str) -> Wrong:
    at = _AT.search(text)
    path = at[1] if at else ""
    said = text[: at.start()] if at else text
    for pattern, code in ((_MISSING, "MISSING"), (_UNKNOWN, "UNKNOWN")):
        found = pattern.match(said)
        if found:
            return Wrong(f"{path}.{found[1]}".lstrip("."), code)
    said = said.replace("`", "")
    if _BOUND.search(said):
        return Wrong(path, "BOUND", right=said.removeprefix("Expected "))
    found = _TYPE.match(said)
    if found:
        return Wrong(path, "TYPE", right=found[1], got=found[2])
    return Wrong(path, "TYPE", right=said, got="…")


def _refuse_strange_numbers(path: str, value: object) -> None:
    """TOML knows `nan` and `inf`, which pass every bound and make every sum a lie."""
    if isinstance(value, float) and not math.isfinite(value):
        raise Wrong(path, "NOT_A_NUMBER")
    if isinstance(value, Mapping):
        for key, inner in value.items():
            _refuse_strange_numbers(f"{path}.{key}".lstrip("."), inner)
    elif isinstance(value, (list, tuple)):
        for number, inner in enumerate(value):
            _refuse_strange_numbers(f"{path}[{number}]", inner)
