"""The table of kinds in docs/sync.md, written from the shapes the server reads. Run as a program it
prints the table, to be put into the page; tests/test_vectors.py compares the two.
"""

import types
import typing
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import msgspec

from doorstep.ledger import kinds

NAMES = {
    kinds.Id: "id",
    kinds.Code: "code",
    kinds.Word: "word",
    kinds.Day: "day",
    kinds.Digest: "digest",
    kinds.Count: "count",
    kinds.Moment: "moment",
}
ENVELOPE = {"id", "v", "at", "by", "place"}


def list_rows() -> list[str]:
    """One row for each installed kind: those a device may write, then those of the desk alone."""
    desk_only = {kinds.DESK}
    known = sorted(kinds.list_kinds(), key=lambda kind: (kind.writers == desk_only, kind.name))
    return [_row(kind) for kind in known]


def _row(kind: kinds.Kind) -> str:
    hints = typing.get_type_hints(kind.shape, include_extras=True)
    fields = [
        f"`{field.name}`{'' if field.required else '?'} {_say(hints[field.name])}"
        for field in msgspec.structs.fields(kind.shape)
        if field.name not in ENVELOPE
    ]
    return f"| `{kind.name}` | {', '.join(sorted(kind.writers))} | {'; '.join(fields)} |"


def _say(hint: Any) -> str:
    if hint in NAMES:
        return NAMES[hint]
    origin, inside = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return " or ".join(_say(each) for each in inside if each is not type(None))
    if origin is Literal:
        return ", ".join(f"`{word}`" for word in inside)
    if origin is Annotated:
        limits = [meta for meta in inside[1:] if isinstance(meta, msgspec.Meta)]
        return _say(inside[0]) + "".join(_say_limits(meta) for meta in limits)
    if origin is list:
        return f"list of {_say(inside[0])}"
    if origin is tuple:
        return f"[{', '.join(_say(each) for each in inside)}]"
    return {str: "text", float: "number", int: "integer", bool: "true or false"}[hint]


def _say_limits(meta: msgspec.Meta) -> str:
    if meta.pattern is not None:  # one with a bar would break the table
        return " of a fixed form" if "|" in meta.pattern else f" `{meta.pattern}`"
    said = {"≥": meta.ge, "≤": meta.le, "at least": meta.min_length, "at most": meta.max_length}
    words = [f"{word} {limit:,}" for word, limit in said.items() if limit is not None]
    return f" ({', '.join(words)})" if words else ""


if __name__ == "__main__":
    import os

    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "doorstep.config.settings")
    django.setup()
    for row in list_rows():
        print(row)
