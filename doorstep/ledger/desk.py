"""Acts at a desk are lines too: written by the book's own desk device, for a signed-in person.

Refuses to keep an act that cannot be folded: whoever sits at a desk is told at once.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric import ed25519

from doorstep.kit import clock, ids
from doorstep.ledger import (
    attachments,
    balances,
    book,
    chain,
    intake,
    keys,
    kinds,
    models,
    refusals,
    store,
    verdicts,
    writer,
)


def post(
    by: str, entries: Sequence[dict[str, Any]], *, within: Callable[[], None] | None = None
) -> list[str]:
    """Append entries, `kind` and its fields each, for the staff id `by`; the ids of the entries.

    `id`, `at` (microseconds) and `place` may be given. `within` runs first in the same transaction,
    under the book's lock: for vault rows that belong to the act, and to look once more whether the
    act may still be done.

    Raises:
        ValueError: an entry has not the shape of its kind. Nothing is kept.
        Refused: RECORDS_DESTROYED, what it is about was destroyed. Nothing is kept.
    """
    lines, made = [], []
    for fields in entries:
        line = _encode(by, fields)
        read = kinds.read(line)
        if not isinstance(read, kinds.Envelope):
            raise ValueError(f"not the shape of its kind: {line.decode()}")
        lines.append(line)
        made.append(read)

    def act() -> list[str]:
        book.lock_cell()
        if within is not None:
            within()
        for start in range(0, len(lines), intake.MAX_LINES):
            end = start + intake.MAX_LINES
            _keep(lines[start:end], list(made[start:end]))
        return [entry.id for entry in made]

    return writer.run(act)


def attach(content: bytes) -> str:
    """Keep what an act at a desk names as its attachment; its digest. Called with the act inside
    one `writer.run`, so that neither is kept without the other.
    """

    def act() -> str:
        cell = book.lock_cell()
        return attachments.put(_get_device(cell.id).id, content)

    return writer.run(act)


def post_again(lines: Sequence[bytes]) -> None:
    """Append lines that a desk of this cell has written before and the book has lost, byte for
    byte; those it has stay as they are.
    """

    def act() -> None:
        book.lock_cell()
        read = {line: kinds.read(line) for line in lines}
        ids_ = {entry.id for entry in read.values() if entry is not None}
        had = {str(entry) for (entry,) in store.select("ledger_line", ["entry"], "entry", ids_)}
        lost = [line for line, entry in read.items() if entry is None or entry.id not in had]
        if lost:
            _keep(lost, [read[line] for line in lost])

    writer.run(act)


def _encode(by: str, fields: dict[str, Any]) -> bytes:
    at = fields.get("at", clock.now())
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at)
    line = {"id": fields.get("id") or ids.new(), "kind": fields["kind"], "v": 1, "at": moment}
    line["by"] = by
    line.update({name: fields[name] for name in fields if name not in ("id", "kind", "at")})
    return msgspec.json.encode({name: value for name, value in line.items() if value is not None})


def _keep(lines: list[bytes], read: list[kinds.Envelope | kinds.Header | None]) -> None:
    cell = book.lock_cell()
    device = _get_device(cell.id)
    hashes = [chain.line_hash(line) for line in lines]
    sent = clock.to_moment(clock.now(), "UTC").isoformat()
    signed = sign(cell.id, device, hashes, _key(), sent)
    intake.keep([intake.Push(signed, lines, hashes, read)])
    names = {entry.id for entry in read if entry is not None}
    said = {code for codes in verdicts.list_verdicts(names).values() for code in codes}
    if "FOLD_FAILED" in said:
        raise RuntimeError("an act at a desk could not be folded; see the log")
    if "ID_REUSED" in said:
        raise RuntimeError("the id of an act at a desk is another entry's already")
    if balances.GONE in said:
        raise refusals.Refused(balances.GONE)


def sign(
    cell: str,
    device: models.Device,
    hashes: Sequence[bytes],
    key: ed25519.Ed25519PrivateKey,
    sent: str,
) -> intake.Signed:
    """The next lines of a device whose key the server holds, as a signed push. The caller has the
    book's lock, so that nobody else numbers lines.
    """
    previous = bytes(device.head)
    head = chain.follow(previous, hashes)
    first, count = device.through + 1, len(hashes)
    text = chain.push_text(
        cell=cell,
        device=device.id,
        first=first,
        count=count,
        previous=previous,
        head=head,
        sent=sent,
    )
    return intake.Signed(device.id, first, count, previous, head, sent, key.sign(text))


def _key() -> ed25519.Ed25519PrivateKey:
    return ed25519.Ed25519PrivateKey.from_private_bytes(keys.derive("desk device", 32))


def _get_device(cell: str) -> models.Device:
    public_key = _key().public_key().public_bytes_raw()
    found = models.Device.objects.filter(role=kinds.DESK, revoked_at=None).first()
    if found is not None and bytes(found.public_key) == public_key:
        return found
    if found is not None:  # the installation has another key now: another desk device goes on
        models.Device.objects.filter(id=found.id).update(revoked_at=clock.now())
    device = models.Device(
        id=ids.new(),
        algorithm="ed25519",
        public_key=public_key,
        role=kinds.DESK,
        enrolled_at=clock.now(),
    )
    device.head = chain.first_head(cell, device.id, public_key)
    device.save(force_insert=True)
    return device
