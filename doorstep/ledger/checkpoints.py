"""Signed checkpoints of the book: one a minute while it grows, kept for ever, given to anyone.

Refuses to sign a tree that does not go on from the last one it signed: a book that was cut or
changed under the server stops here, with an alarm, and not in silence.
"""

from collections.abc import Iterable, Sequence

from cryptography.hazmat.primitives.asymmetric import ed25519
from django.db import connection
from django.db.models import Q

from doorstep.kit import clock
from doorstep.ledger import book, keys, models, notes, proofs, reactions, writer

EVERY = clock.MINUTE
OVERLAP = 90 * clock.DAY  # for which a key that was replaced signs beside the new one


class Forked(Exception):
    """The book is not the one that the last checkpoint was made of."""


def origin_of(cell: models.Cell) -> str:
    """What this book calls itself. After a restore the epoch is another one, so that the restored
    book is told from a forged one.
    """
    return f"doorstep/{cell.id}/{cell.epoch}"


def list_keys() -> list[notes.Key]:
    """The public keys that sign now, the newest first."""
    cell = book.get_cell()
    return [_key_of(cell, signer) for signer in _list_signers(clock.now())]


def get_latest() -> models.Checkpoint | None:
    """The newest checkpoint of this epoch."""
    epoch = book.get_cell().epoch
    return models.Checkpoint.objects.filter(epoch=epoch).order_by("-size").first()


def cover(size: int) -> models.Checkpoint:
    """The first checkpoint of this epoch that has signed the book's first `size` lines; signs the
    book as it stands if none has.

    Raises:
        Forked: as `publish`.
    """
    epoch = book.get_cell().epoch
    signed = models.Checkpoint.objects.filter(epoch=epoch, size__gte=size).order_by("size").first()
    return signed or publish()


def list_keys_of(checkpoint: models.Checkpoint) -> list[notes.Key]:
    """The public keys that signed a checkpoint of this book, the newest first."""
    origin, _, _ = checkpoint.note.partition("\n")
    signers = models.Signer.objects.order_by("-number")
    keys = [notes.Key(origin, bytes(signer.public_key)) for signer in signers]
    return [key for key in keys if notes.is_signed(checkpoint.note.encode(), key)]


def publish() -> models.Checkpoint:
    """Sign the book as it stands; the newest checkpoint, which is an old one if nothing has come
    since.

    Raises:
        Forked: the book does not go on from its last checkpoint. Nothing is signed.
    """
    latest = get_latest()
    if latest is not None and latest.size == book.get_cell().size:
        return latest
    return writer.run(_sign)


def is_signed(leaf: int) -> bool:
    """Whether the newest checkpoint has this line, so that a proof of it needs no new one."""
    latest = get_latest()
    return latest is not None and leaf < latest.size


def prove(leaf: int) -> str:
    """The proof that a line is in the book, as a file's text; signs a checkpoint if none has it.

    Raises:
        models.Line.DoesNotExist: there is no such line.
        Forked: as `publish`.
    """
    line = models.Line.objects.get(leaf=leaf)
    latest = get_latest()
    if latest is None or latest.size <= leaf:
        latest = publish()
    data = book.leaf_data_of(line)
    return proofs.Proof(data, leaf, book.prove_line(leaf, latest.size), latest.note).write()


def is_own_key() -> bool:
    """Whether the installation's key is the one that signs this book; of a book that has signed
    nothing, or of an older version, there is nothing to tell it by. Makes no key where none is.
    """
    table = models.Signer._meta.db_table
    if table not in connection.introspection.table_names():
        return True
    newest = models.Signer.objects.order_by("-number").first()
    if newest is None:
        return True
    return keys.path().exists() and _public(newest.number) == bytes(newest.public_key)


def begin_anew() -> notes.Key:
    """Sign with the key that the installation has now: the one that signed is lost, so that it
    signs nothing more and nobody can follow from it.
    """

    def act() -> notes.Key:
        cell, now = book.lock_cell(), clock.now()
        ended = models.Signer.objects.filter(Q(until_at=None) | Q(until_at__gt=now))
        ended.update(until_at=now)
        signer = _make_signer(models.Signer.objects.count() + 1, now)
        signer.save()
        return _key_of(cell, signer)

    return writer.run(act)


def rotate() -> notes.Key:
    """A new key signs from now on; the old one signs beside it for 90 days, so that whoever knows
    only the old one can follow.
    """

    def act() -> notes.Key:
        cell, now = book.lock_cell(), clock.now()
        if not models.Signer.objects.exists():
            _make_signer(1, now).save()
        models.Signer.objects.filter(until_at=None).update(until_at=now + OVERLAP)
        signer = _make_signer(models.Signer.objects.count() + 1, now)
        signer.save()
        return _key_of(cell, signer)

    return writer.run(act)


def sign(cell: models.Cell, text: str) -> str:
    """A note: a text of this book's, signed by the keys in force now. The caller holds the lock."""
    now = clock.now()
    if not models.Signer.objects.exists():
        _make_signer(1, now).save()
    signers = _list_signers(now)
    signed = [notes.sign(text, origin_of(cell), _private(signer.number)) for signer in signers]
    return notes.write(text, signed)


def _sign() -> models.Checkpoint:
    cell, now = book.lock_cell(), clock.now()
    latest = get_latest()
    if latest is not None and latest.size == cell.size:
        return latest  # another process was quicker
    root = book.frontier_of(cell).root()
    if book.root_at(cell.size) != root:
        raise Forked(f"the tiles of {cell.size} lines have another root")
    if latest is not None and (
        latest.size > cell.size or book.root_at(latest.size) != bytes(latest.root)
    ):
        raise Forked(f"the first {latest.size} lines are not those that were signed")
    note = sign(cell, proofs.Checkpoint(origin_of(cell), cell.size, root).write())
    return models.Checkpoint.objects.create(
        epoch=cell.epoch, size=cell.size, root=root, at=now, note=note
    )


def _list_signers(now: int) -> Sequence[models.Signer]:
    """The keys in force, the newest first; before anything was signed, the one that will sign."""
    found = list(models.Signer.objects.order_by("-number")) or [_make_signer(1, now)]
    return [each for each in found if each.until_at is None or now < each.until_at]


def _make_signer(number: int, now: int) -> models.Signer:
    return models.Signer(number=number, public_key=_public(number), from_at=now)


def _key_of(cell: models.Cell, signer: models.Signer) -> notes.Key:
    return notes.Key(origin_of(cell), bytes(signer.public_key))


def _public(number: int) -> bytes:
    return _private(number).public_key().public_bytes_raw()


def _private(number: int) -> ed25519.Ed25519PrivateKey:
    return ed25519.Ed25519PrivateKey.from_private_bytes(keys.derive(f"checkpoint {number}", 32))


def _list_due() -> Iterable[tuple[str, str]]:
    """A checkpoint is due when the last one is a minute old and lines have come since."""
    cell, latest = book.get_cell(), get_latest()
    if latest is None:
        return [("book", "first")] if cell.size else []
    is_old = abs(clock.now() - latest.at) >= EVERY
    return [("book", f"after {latest.size}")] if is_old and cell.size != latest.size else []


def _act(subject: str, fact: str) -> None:
    publish()


def _undo(subject: str, fact: str) -> None:
    """A checkpoint stays signed; it is only no longer due."""


REACTION = reactions.Reaction("checkpoint", _list_due, _act, _undo)
