"""What an entry is: the envelope all share, the shape of each kind, who may write it, its fold.

Every kind is a struct of its own; config.wiring installs them once, at start-up. A line of an older
version is lifted here and nowhere else, so that folds know the newest alone. A line whose kind or
version is not installed is no mistake: it is kept and read again after an upgrade.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal, NamedTuple, TypeVar, Union

import msgspec

from doorstep.kit import clock, ids

DESK = "desk"
Id = Annotated[str, msgspec.Meta(pattern=ids.PATTERN)]
Code = Annotated[str, msgspec.Meta(pattern=r"^[0-9A-Z]{4,20}\Z")]
Word = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_]{0,39}\Z")]
Day = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")]
Digest = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}\Z")]
Count = Annotated[int, msgspec.Meta(ge=0, le=10_000_000)]
Moment = Annotated[datetime, msgspec.Meta(tz=True)]


class Envelope(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind"
):
    """What every entry has, whatever its kind (docs/sync.md). A kind adds its own fields and no
    free text: `class TubeClosed(Envelope, tag="tube.closed", frozen=True, kw_only=True)`. A later
    version says so: `v: Literal[2]`.
    """

    id: Id
    v: Literal[1]
    at: Moment
    by: Id
    place: Id | None = None


class Header(msgspec.Struct, frozen=True):
    """What can be read of an entry whose kind is not installed here."""

    id: Id
    kind: Annotated[str, msgspec.Meta(pattern=r"^[a-z_]+\.[a-z_]+\Z", max_length=64)]
    v: Annotated[int, msgspec.Meta(ge=1, le=1000)]
    at: Moment
    by: Id
    place: Id | None = None


class Older(NamedTuple):
    """A version of a kind that devices wrote once, and may write for ever. `lift` makes the next
    version of it, for every entry of its shape: it refuses none.
    """

    shape: type[Envelope]
    lift: Callable[[Any], Envelope]


class Kind(NamedTuple):
    """A kind of entry: its shape, the roles that may write it, how long its lines are held.
    `in_name_of`: the field that says in whose name it is; a device writes it in the name of the
    place or unit it stands at alone, or of none where the field is optional. `older`: its
    earlier versions, from the first on. `folding`: raised by one when a fold is changed and makes
    other rows of this kind than it did (refolding.py).
    """

    shape: type[Envelope]
    writers: frozenset[str]
    retention: str = "operation"
    in_name_of: str | None = None
    older: tuple[Older, ...] = ()
    folding: int = 1

    @property
    def version(self) -> int:
        """The newest version, which its shape is."""
        return len(self.older) + 1

    @property
    def name(self) -> str:
        """The kind's word in a line, such as `tube.closed`."""
        return str(self.shape.__struct_config__.tag)


class Entry(NamedTuple):
    """One entry as folds see it. Times are microseconds since 1970 UTC; `at` is the writer's."""

    id: str
    at: int
    by: str
    place: str | None
    device: str
    number: int
    received_at: int
    body: Any

    @property
    def turn(self) -> str:
        """Text that orders the entries of one device, and of a book's desks, as they were written:
        number beats clock, for a server's clock may be set back.
        """
        return f"{self.device}{self.number:019}"


Shape = TypeVar("Shape", bound=Envelope)


class Batch:
    """What one transaction adds to the book, as the folds see it.

    Entries that nobody may act on (not allowed and not settled, an id used for two things) are not
    in it. `voided`: entries that counted and no longer do; their facts must go. `settled`: entries
    named by a settlement that came with this batch. `touched`: topic → keys whose rows changed, for
    the folds that come after.
    """

    def __init__(
        self,
        entries: Iterable[Entry],
        zone: str,
        voided: Iterable[str] = (),
        settled: Iterable[str] = (),
    ) -> None:
        self.zone = zone
        self.voided = set(voided)
        self.settled = set(settled)
        self.touched: defaultdict[str, set[Any]] = defaultdict(set)
        self._by_shape: defaultdict[type, list[Entry]] = defaultdict(list)
        for entry in entries:
            self._by_shape[type(entry.body)].append(entry)

    def of(self, *shapes: type[Envelope]) -> list[Entry]:
        """The batch's entries of these kinds."""
        if len(shapes) == 1:
            return self._by_shape.get(shapes[0], [])
        return [entry for shape in shapes for entry in self._by_shape.get(shape, ())]

    def only(self, shapes: Collection[type[Any]]) -> "Batch":
        """This batch without the entries of other kinds."""
        batch = Batch((), self.zone, self.voided, self.settled)
        for shape, entries in self._by_shape.items():
            if shape in shapes:
                batch._by_shape[shape] = entries
        return batch


Fold = Callable[[Batch], None]
_kinds: dict[str, Kind] = {}
_folds: list[Fold] = []
_decoder: msgspec.json.Decoder[Any] | None = None
_header_decoder = msgspec.json.Decoder(Header)


def install(kinds: Iterable[Kind], folds: Sequence[Fold]) -> None:
    """Install the kinds and the folds, bottom package first. Called once, by config.wiring.
    Raises ValueError for a kind whose shapes are not of one name and of versions 1, 2, and so on.
    """
    global _decoder
    kinds = list(kinds)
    for kind in kinds:
        _check_versions(kind)
    _kinds.clear()
    _kinds.update({kind.name: kind for kind in kinds})
    _folds[:] = folds
    _decoder = msgspec.json.Decoder(Union[tuple(kind.shape for kind in _kinds.values())])  # noqa: UP007


def get_kind(name: str) -> Kind | None:
    """The installed kind of that name."""
    return _kinds.get(name)


def list_kinds() -> list[Kind]:
    """Every installed kind."""
    return list(_kinds.values())


def list_folds() -> list[Fold]:
    """Every fold, bottom package first."""
    return _folds


def read(line: bytes) -> Envelope | Header | None:
    """The entry in a line; its header when kind or version is not installed; None when the line is
    garbled: no entry, or not the shape its kind has.
    """
    assert _decoder is not None, "config.wiring has not run"
    try:
        entry: Envelope = _decoder.decode(line)
        return entry
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, ValueError):
        pass
    header = read_header(line)
    if header is None or not is_known(header):
        return header
    return _read_older(_kinds[header.kind], header.v, line)


def read_header(line: bytes) -> Header | None:
    """What every entry has, whatever else is in the line; None when it is no entry at all."""
    try:
        return _header_decoder.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, ValueError):
        return None


def is_known(entry: Envelope | Header) -> bool:
    """Whether the entry's kind and version are installed here."""
    kind = _kinds.get(name_of(entry))
    return kind is not None and entry.v <= kind.version


def _read_older(kind: Kind, version: int, line: bytes) -> Envelope | None:
    """The entry in a line of an earlier version, lifted to the newest; None when it is garbled."""
    steps = kind.older[version - 1 :]
    if not steps:
        return None
    try:
        entry: Envelope = msgspec.json.decode(line, type=steps[0].shape)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, ValueError):
        return None
    for older in steps:
        entry = older.lift(entry)
    return entry


def _check_versions(kind: Kind) -> None:
    shapes = [*(older.shape for older in kind.older), kind.shape]
    for version, shape in enumerate(shapes, 1):
        field = next(each for each in msgspec.structs.fields(shape) if each.name == "v")
        if (shape.__struct_config__.tag, field.type) != (kind.name, Literal[version]):
            raise ValueError(f"{shape.__name__} is not {kind.name}, version {version}")


def name_of(entry: Envelope | Header) -> str:
    """The word of the entry's kind."""
    if isinstance(entry, Header):
        return entry.kind
    return str(type(entry).__struct_config__.tag)


def at_of(entry: Envelope | Header) -> int:
    """The writer's moment, microseconds since 1970 UTC."""
    return clock.to_micros(entry.at)
