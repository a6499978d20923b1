"""What was signed or enrolled beside the lines: devices, checkpoints, their keys, attachments."""

import base64
from collections.abc import Iterator
from hashlib import sha256

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from doorstep.ledger import (
    attachments,
    checkpoints,
    keys,
    kinds,
    models,
    notes,
    proofs,
    verify_destroyed,
    verify_rows,
)
from doorstep.ledger.verify_pushes import Chain
from doorstep.ledger.verify_words import Findings

_TOGETHER = 8  # attachments held at a time


class Checked(msgspec.Struct):
    """How far the checkpoints have been met. `later`: those with another root after the first."""

    count: int = 0
    sound: int = 0  # the size of the last one whose root was right
    later: int = 0
    failed: bool = False
    epoch: int = 0


class Checkpoints:
    """The stored checkpoints, met at their sizes while the tree is built anew."""

    def __init__(self, cell: models.Cell, checked: Checked, findings: Findings) -> None:
        self._cell, self._checked, self._findings = cell, checked, findings
        self._signers = list(models.Signer.objects.order_by("-number"))
        self._coming: list[models.Checkpoint] = []

    def read(self, start: int, end: int) -> None:
        """Those of more than `start` lines and not more than `end`."""
        found = models.Checkpoint.objects.filter(size__gt=start, size__lte=end)
        self._coming = list(found.order_by("-size", "-epoch"))

    def wants(self, size: int) -> bool:
        """Whether the root at this size is asked for."""
        return bool(self._coming) and self._coming[-1].size <= size

    def meet(self, size: int, root: bytes) -> None:
        """The root of the first `size` lines, for the checkpoints of that size."""
        while self.wants(size):
            found = self._coming.pop()
            self._check_note(found)
            if found.size != size or bytes(found.root) != root:
                self._note_root(found)
            elif not self._checked.failed:
                self._checked.sound = size

    def finish(self, size: int) -> None:
        """No line is left: checkpoints of more than `size` lines, and the keys."""
        if self._checked.later:
            self._findings.add("CHECKPOINT_LATER", count=self._checked.later)
        outside = models.Checkpoint.objects.exclude(size__gte=0, size__lte=size)
        for found in outside.order_by("size", "epoch").iterator(chunk_size=1_000):
            self._check_note(found)
            self._findings.add("CHECKPOINT_SIZE", **_facts(found), lines=size)
        if self._checked.epoch > self._cell.epoch:
            self._findings.add("CELL_EPOCH", stored=self._cell.epoch, expected=self._checked.epoch)
        self._check_signers()

    def _note_root(self, found: models.Checkpoint) -> None:
        if self._checked.failed:
            self._checked.later += 1
            return
        self._checked.failed = True
        self._findings.add("CHECKPOINT_ROOT", **_facts(found), sound=self._checked.sound)

    def _check_note(self, found: models.Checkpoint) -> None:
        self._checked.count += 1
        self._checked.epoch = max(self._checked.epoch, found.epoch)
        if why := self._find_wrong(found):
            self._findings.add("CHECKPOINT_NOTE", **_facts(found), why=why)

    def _find_wrong(self, found: models.Checkpoint) -> str:
        """What is wrong with a checkpoint's note; nothing when it is as it was signed."""
        origin = f"doorstep/{self._cell.id}/{found.epoch}"
        text = proofs.Checkpoint(origin, found.size, bytes(found.root)).write()
        if not found.note.startswith(text + "\n"):
            return "its signed text says something else than its row"
        signing = [each for each in self._signers if _may_sign(each, found.at)]
        known = [notes.Key(origin, bytes(each.public_key)) for each in signing]
        written = found.note[len(text) + 1 :].splitlines(keepends=True)
        signed = []
        for line in written:
            key = next((each for each in known if _is_line(line, each)), None)
            if key is None or key in signed:
                return "a line below the text is of no key that signed then"
            try:
                notes.read((text + "\n" + line).encode(), [key])
            except notes.Unsigned as problem:
                return str(problem)
            signed.append(key)
        for each, key in zip(signing, known, strict=True):
            # who came later may have signed all the same: the clock was set back since
            if each.from_at <= found.at and key not in signed:
                return f"key {each.number} has not signed it"
        return "" if signed else "nobody has signed it"

    def _check_signers(self) -> None:
        later: models.Signer | None = None
        begun: set[int] = set()  # a key that is lost ends when another begins (begin_anew)
        for each in self._signers:
            if later is None and each.until_at is not None:
                self._findings.add("SIGNER", signer=each.number, why="no key follows it")
            if later is not None:
                if later.number != each.number + 1:
                    self._findings.add("SIGNER", signer=each.number + 1, why="missing")
                elif each.until_at not in {later.from_at + checkpoints.OVERLAP, *begun}:
                    self._findings.add("SIGNER", signer=each.number, why="it ended at another time")
            later = each
            begun.add(each.from_at)
        if later is not None and later.number != 1:
            self._findings.add("SIGNER", signer=1, why="missing")


def check_devices(chains: dict[str, Chain], findings: Findings) -> None:
    """Every device's row against its lines, against the code that enrolled it, and against the
    entry that revoked it.
    """
    revoked = {str(each) for each in models.Revocation.objects.values_list("device", flat=True)}
    enrolled = {
        each.device: (each.role, each.place)
        for each in models.Enrolment.objects.exclude(device=None).iterator(chunk_size=1_000)
    }
    for device in models.Device.objects.order_by("id").iterator(chunk_size=1_000):
        at = chains.get(device.id, Chain())
        if device.through != at.through:
            findings.add("DEVICE_THROUGH", device=device.id, stored=device.through, true=at.through)
        if at.head is not None and bytes(device.head) != at.head:
            findings.add("DEVICE_HEAD", device=device.id)
        if device.id in enrolled:
            if enrolled[device.id] != (device.role, device.place):
                findings.add("DEVICE_ENROLMENT", device=device.id)
        elif device.role != kinds.DESK:
            findings.add("DEVICE_STRANGE", device=device.id)
        if device.revoked_at is None and device.id in revoked:
            findings.add("DEVICE_REVOKED", device=device.id)


def check_attachments(after: str, findings: Findings) -> Iterator[str]:
    """Every attachment after a digest, unsealed; its digest when it has been checked."""
    cipher = AESGCM(keys.derive("attachments", 32))
    rows = models.Attachment.objects.filter(digest__gt=after).order_by("digest")
    for found in rows.iterator(chunk_size=_TOGETHER):
        sealed = verify_rows.as_bytes(found.sealed)
        if found.destroyed and verify_destroyed.is_rightly_gone(found.destroyed, sealed):
            yield found.digest
            continue
        nonce, content = sealed[: attachments.NONCE], sealed[attachments.NONCE :]
        try:
            body = cipher.decrypt(nonce, content, found.digest.encode())
        except (InvalidTag, ValueError):
            body = b""
        if sha256(body).hexdigest() != found.digest:
            findings.add("ATTACHMENT", digest=found.digest)
        yield found.digest


def _may_sign(signer: models.Signer, at: int) -> bool:
    return signer.until_at is None or at < signer.until_at


def _is_line(line: str, key: notes.Key) -> bool:
    """Whether a line is written as `key` signs, to the last bit of its base64."""
    name, _, encoded = line.removesuffix("\n").removeprefix("\u2014 ").partition(" ")
    try:
        data = base64.b64decode(encoded, validate=True)
    except ValueError:
        return False
    written = base64.b64encode(data).decode()
    return (name, data[:4], line) == (key.name, key.id, f"\u2014 {name} {written}\n")


def _facts(found: models.Checkpoint) -> dict[str, str | int]:
    return {"checkpoint": found.pk, "epoch": found.epoch, "size": found.size}
