"""Filled-in forms of other field apps, from bytes to entries of the account's device.

A form is kept whole first, sealed, then read; both in one transaction. The server writes the
entries into the device's chain and signs them with the key it holds (accounts), and from there they
take the way of any push. Nothing that can be read is refused: what gives no entry, or not all of
them, is held for a person. Refuses only what a phone must keep for itself: what is no form, and
what there is no room for.
"""

import hmac
from collections.abc import Collection, Sequence
from hashlib import sha256

import msgspec
from django.db.models import Count

from doorstep.field import api
from doorstep.field.models import Account, Photo, Submission
from doorstep.field.openrosa import accounts, forms, reading, sampling
from doorstep.kit import clock, ids
from doorstep.ledger import (
    attachments,
    book,
    chain,
    desk,
    intake,
    keys,
    kinds,
    models,
    refusals,
    writer,
)
from doorstep.rounds import closers, queries

FORM, VERSION = "OPENROSA_FORM", "OPENROSA_VERSION"
CHANGED, CORRECTED = "OPENROSA_CHANGED", "OPENROSA_CORRECTED"
FULL, HELD = "OPENROSA_FULL", "SUBMISSIONS_HELD"
CLASS = "operation"


class Unkept(Exception):
    """It is not kept, and the phone must keep it. `code` is in ledger.codes."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def take(account: Account, xml: bytes, files: Sequence[bytes]) -> str:
    """Keep a filled-in form with the files that came along; "" or the code of why a person must
    look at it. The same form again adds the files that are new, and nothing else.

    Raises:
        Unreadable: it is no filled-in form.
        Unkept: no room for it, or its account is gone.
        Busy: too much waits.
    """
    filled = reading.read(xml)
    sealed = [_salt(each) for each in (xml, *files)]
    for digest, body in sealed:
        if not api.has_room(account.device_id, digest, len(body)):
            raise Unkept(FULL)
    weight = intake.weigh(len(filled.root), sum(len(body) for _, body in sealed))
    with writer.room(weight):
        return writer.run(lambda: _take(account, filled, sealed))


def _take(account: Account, filled: reading.Filled, sealed: Sequence[tuple[str, bytes]]) -> str:
    cell = book.lock_cell()
    key = accounts.get_key(account.user)
    for digest, body in sealed:
        text = attachments.attachment_text(cell.id, account.device_id, digest)
        if attachments.keep(account.device_id, digest, body, key.sign(text)) != 200:
            raise Unkept(accounts.GONE)
    [(content, _), *files] = sealed
    instance = reading.make_id(0, filled.instance, "")
    before = list(Submission.objects.filter(instance=instance))
    row = next((each for each in before if each.content_id == content), None)
    if row is None:
        claims = sampling.Claims([], CHANGED, 0) if before else _derive(account, filled)
        row = Submission.objects.create(
            device=account.device,
            instance=instance,
            content_id=content,
            received_at=clock.now(),
            round=_round_of(filled),
            lines=len(claims.entries),
            code=claims.code,
        )
        if claims.entries:
            _append(account, cell, claims)
    Photo.objects.bulk_create(
        [Photo(submission=row, content_id=digest) for digest, _ in files], ignore_conflicts=True
    )
    return row.code


def _salt(content: bytes) -> tuple[str, bytes]:
    """The digest and the bytes of an attachment. Its salt is drawn from the content by a key of
    this installation: the same content is the same attachment, and nobody else can try it out.
    """
    salt = hmac.digest(keys.derive("field app salt", 32), content, "sha256")[: api.SALT]
    body = salt + content
    return sha256(body).hexdigest(), body


def _round_of(filled: reading.Filled) -> str | None:
    round_ = forms.round_of(filled.form)
    return round_ if ids.is_canonical(round_) else None


def _derive(account: Account, filled: reading.Filled) -> sampling.Claims:
    round_ = _round_of(filled)
    if round_ is None or queries.find_round(round_) is None:
        return sampling.Claims([], FORM, 0)
    if filled.version not in sampling.READABLE:
        return sampling.Claims([], VERSION, 0)
    if filled.corrects:
        return sampling.Claims([], CORRECTED, 0)
    table = account.device.place
    assert table is not None
    return sampling.derive(filled, round_=round_, table=table, by=account.person)


def _append(account: Account, cell: models.Cell, claims: sampling.Claims) -> None:
    """Write entries into the chain of the account's device, as its next lines."""
    lines = [msgspec.json.encode(entry) for entry in claims.entries]
    read = [kinds.read(line) for line in lines]
    assert all(isinstance(each, kinds.Envelope) for each in read)
    device = models.Device.objects.get(id=account.device_id)
    # the phone's clock shows only in what it writes; one that is behind does not show at all
    sent = clock.to_moment(max(clock.now(), claims.latest), "UTC").isoformat()
    hashes = [chain.line_hash(line) for line in lines]
    signed = desk.sign(cell.id, device, hashes, accounts.get_key(account.user), sent)
    [answer] = intake.keep([intake.Push(signed, lines, hashes, read)])
    if answer.status != 200:
        raise Unkept(accounts.GONE)


def list_held() -> list[Submission]:
    """What waits for a person, the oldest first."""
    held = Submission.objects.exclude(code="").filter(settled_at=None)
    return list(held.select_related("device").order_by("received_at", "id"))


def settle(staff: str, submission: int) -> None:
    """A person has looked at it, and has entered at a desk what was true of it. Raises Refused:
    NOT_FOUND.
    """
    waiting = Submission.objects.exclude(code="").filter(id=submission, settled_at=None)
    now = clock.now()
    if not writer.run(lambda: waiting.update(settled_at=now, settled_by=staff)):
        raise refusals.Refused("NOT_FOUND")


def list_blocked(rounds: Collection[str]) -> dict[str, list[closers.Block]]:
    """A round is not closed while a form of it waits for a person: its swabs may be in no line."""
    held = Submission.objects.exclude(code="").filter(round__in=rounds, settled_at=None)
    counted = held.values_list("round").annotate(count=Count("id"))
    return {round_: [closers.Block(HELD, {"count": count})] for round_, count in counted}


def forget(holds: str, before: int) -> None:
    """Remove the rows of forms that were received before a moment, when records of their class are
    destroyed; the forms themselves go with all attachments.
    """
    if holds == CLASS:
        Submission.objects.filter(received_at__lt=before).delete()
