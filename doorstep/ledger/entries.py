"""Reading a line: is it an entry? Refuses nothing: what cannot be read is garbled and kept."""

from datetime import datetime
from typing import Annotated

import msgspec

from doorstep.kit import ids

Id = Annotated[str, msgspec.Meta(pattern=ids.PATTERN)]


class Envelope(msgspec.Struct, frozen=True):
    """What every entry has, whatever its kind (docs/sync.md)."""

    id: Id
    kind: Annotated[str, msgspec.Meta(pattern=r"^[a-z_]+\.[a-z_]+$", max_length=64)]
    v: Annotated[int, msgspec.Meta(ge=1, le=1000)]
    at: Annotated[datetime, msgspec.Meta(tz=True)]
    by: Id
    place: Id | None = None


_decoder = msgspec.json.Decoder(Envelope)


def read(line: bytes) -> Envelope | None:
    """The entry in a line, or None when the line is garbled."""
    try:
        return _decoder.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, ValueError):
        return None
