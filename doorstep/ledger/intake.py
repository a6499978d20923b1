"""Taking a push: from a signed body to lines on disk and an answer. Custody only; no meaning.

Refuses gaps, forks and forged signatures, and nothing else: a line that cannot be read is kept.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import NamedTuple

from django.db import transaction

from doorstep.kit import clock, ids
from doorstep.ledger import book, chain, entries, models, tree

MAX_LINES = 2_000
MAX_BYTES = 4 << 20
ASIDE_QUOTA = 5_000
GARBLED = "GARBLED"
ID_REUSED = "ID_REUSED"
KIND_UNKNOWN = "KIND_UNKNOWN"


@dataclass(frozen=True)
class Signed:
    """The headers of a push, read. Heads and signature are bytes."""

    device: str
    first: int
    count: int
    previous: bytes
    head: bytes
    sent: str
    signature: bytes


class LineAnswer(NamedTuple):
    """One line that is not plainly kept: its number, its custody and today's verdict codes."""

    n: int
    answer: str
    codes: list[str]


class Answer(NamedTuple):
    """What the device is told: HTTP status, how far its chain is here, and the unusual lines."""

    status: int
    through: int = 0
    head: bytes = b""
    at: int = 0
    lines: Sequence[LineAnswer] = ()


def receive(signed: Signed, body: bytes) -> Answer:
    """Keep a push's lines and answer for each.

    200: every line up to `through` is on disk. 400: the count is not the body's. 401: unknown
    device or not its signature, nothing kept. 403: revoked, lines kept aside. 409: gap or fork.
    """
    lines = chain.split_lines(body)
    if len(lines) != signed.count:
        return Answer(400)
    cell = book.get_cell()
    device = models.Device.objects.filter(id=signed.device).first()
    if device is None or not _is_genuine(cell.id, device, signed):
        return Answer(401)
    hashes = [chain.line_hash(line) for line in lines]
    if chain.follow(signed.previous, hashes) != signed.head:
        return Answer(400)
    with transaction.atomic():
        cell = book.lock_cell()
        device = models.Device.objects.get(id=signed.device)
        if device.revoked_at is not None:
            return _keep_aside(device, signed, lines)
        return _keep(cell, device, signed, lines, hashes)


def _is_genuine(cell: str, device: models.Device, signed: Signed) -> bool:
    text = chain.push_text(
        cell=cell,
        device=device.id,
        first=signed.first,
        count=signed.count,
        previous=signed.previous,
        head=signed.head,
        sent=signed.sent,
    )
    return chain.is_signed(device.algorithm, bytes(device.public_key), signed.signature, text)


def _keep(
    cell: models.Cell,
    device: models.Device,
    signed: Signed,
    lines: list[bytes],
    hashes: list[bytes],
) -> Answer:
    conflict = Answer(409, device.through, bytes(device.head))
    if signed.first > device.through + 1:
        return conflict
    had = min(device.through - signed.first + 1, len(lines))
    if not _is_same_past(device, signed, hashes, had):
        return conflict
    now = clock.now()
    read = [entries.read(line) for line in lines]
    ids_read = [entry.id if entry else None for entry in read]
    bytes_of = _hashes_in_book(ids_read)
    codes = [_codes(i, h, bytes_of) for i, h in zip(ids_read[:had], hashes[:had], strict=True)]
    answers = [LineAnswer(signed.first + i, "known", codes[i]) for i in range(had)]
    if len(lines) > had:
        answers += _add(cell, device, signed.first + had, lines[had:], read[had:], bytes_of, now)
        device.through, device.head = signed.first + len(lines) - 1, signed.head
        device.save(update_fields=["through", "head"])
        models.Push.objects.create(device=device, received_at=now, **_push_row(signed))
    return Answer(200, device.through, bytes(device.head), now, answers)


def _push_row(signed: Signed) -> dict[str, object]:
    row = asdict(signed)
    del row["device"]
    return row


def _is_same_past(device: models.Device, signed: Signed, hashes: list[bytes], had: int) -> bool:
    """Whether the push continues the very chain that is in the book."""
    stored = models.Line.objects.filter(device=device).order_by("number")
    overlap = stored.filter(number__gte=signed.first, number__lt=signed.first + had)
    if [bytes(h) for h in overlap.values_list("hash", flat=True)] != hashes[:had]:
        return False
    if had == device.through - signed.first + 1:
        return chain.follow(signed.previous, hashes[:had]) == bytes(device.head)
    tail = stored.filter(number__gte=signed.first + had).values_list("hash", flat=True)
    rest = [bytes(h) for h in tail.iterator()]
    return chain.follow(signed.head, rest) == bytes(device.head)


def _hashes_in_book(entry_ids: Sequence[str | None]) -> dict[str, set[bytes]]:
    """The hashes of all lines in the book that bear one of the ids."""
    found: dict[str, set[bytes]] = {}
    wanted = [each for each in entry_ids if each is not None]
    for entry_id, hashed in models.Line.objects.filter(entry__in=wanted).values_list(
        "entry", "hash"
    ):
        found.setdefault(entry_id or "", set()).add(bytes(hashed))
    return found


def _codes(entry_id: str | None, hashed: bytes, bytes_of: dict[str, set[bytes]]) -> list[str]:
    """Today's verdict codes of a line, whether it is new or sent again."""
    if entry_id is None:
        return [GARBLED]
    return [ID_REUSED] if bytes_of.get(entry_id, set()) - {hashed} else [KIND_UNKNOWN]


def _add(
    cell: models.Cell,
    device: models.Device,
    first: int,
    lines: list[bytes],
    read: list[entries.Envelope | None],
    bytes_of: dict[str, set[bytes]],
    now: int,
) -> list[LineAnswer]:
    """Store new lines under the lock; the answers for those not plainly kept."""
    device_bytes = ids.to_bytes(device.id)
    kept, leaves, answers = [], [], []
    for offset, (line, entry) in enumerate(zip(lines, read, strict=True)):
        hashed, custody = chain.line_hash(line), "garbled"
        codes = _codes(entry.id if entry else None, hashed, bytes_of)
        if entry is not None:
            same_id = bytes_of.setdefault(entry.id, set())
            custody = "known" if hashed in same_id else "kept"
            same_id.add(hashed)
        number = first + offset
        answers.append(LineAnswer(number, custody, codes))
        leaves.append(tree.leaf_hash(tree.leaf_data(device_bytes, number, now, hashed)))
        kept.append(
            models.Line(
                index=cell.size + offset,
                device=device,
                number=number,
                received_at=now,
                hash=hashed,
                content=line,
                custody=custody,
                entry=entry.id if entry else None,
                kind=entry.kind if entry else None,
            )
        )
    models.Line.objects.bulk_create(kept)
    book.add_leaves(cell, leaves)
    return answers


def _keep_aside(device: models.Device, signed: Signed, lines: list[bytes]) -> Answer:
    now = clock.now()
    room = ASIDE_QUOTA - models.AsideLine.objects.filter(device=device).count()
    rows = [
        models.AsideLine(device=device, number=signed.first + i, content=line, received_at=now)
        for i, line in enumerate(lines[: max(room, 0)])
    ]
    models.AsideLine.objects.bulk_create(rows, ignore_conflicts=True)
    answers = [LineAnswer(row.number, "aside", []) for row in rows]
    return Answer(403, device.through, bytes(device.head), now, answers)
