"""A book with everything a check has to do with: several devices, desk acts, lines that are
garbled, known, of a kind to come or with another's id, pushes that overlap, clocks that are off, a
revoked device, attachments, checkpoints under two keys.
"""

import json
import os
from collections.abc import Sequence
from hashlib import sha256

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from doorstep.kit import clock
from doorstep.ledger import (
    attachments,
    book,
    chain,
    checkpoints,
    desk,
    devices,
    intake,
    revocations,
)
from tests.stranger import BY, line

PERSON = "0190a0a0-0000-7000-8000-0000000000bb"


class Pen:
    """A device that gives its pushes to the intake, without HTTP between them."""

    def __init__(self, algorithm: str = "ed25519", role: str = "registrar") -> None:
        self.algorithm = algorithm
        self._key = (
            ed25519.Ed25519PrivateKey.generate()
            if algorithm == "ed25519"
            else ec.generate_private_key(ec.SECP256R1())
        )
        public = self._key.public_key()
        if isinstance(public, ed25519.Ed25519PublicKey):
            raw = public.public_bytes_raw()
        else:
            form = serialization.PublicFormat.UncompressedPoint
            raw = public.public_bytes(serialization.Encoding.X962, form)
        code = devices.make_code(role, minutes=5, people=[BY])
        proof = self.sign(devices.proof_text(code, algorithm, raw))
        device = devices.enrol(code, algorithm, raw, proof)
        assert not isinstance(device, str), device
        self.id = device.id
        self.heads = [chain.first_head(book.get_cell_id(), self.id, raw)]
        self.lines: list[bytes] = []

    def sign(self, text: bytes) -> bytes:
        if isinstance(self._key, ed25519.Ed25519PrivateKey):
            return self._key.sign(text)
        r, s = decode_dss_signature(self._key.sign(text, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    def push(self, lines: Sequence[bytes], again: int = 0, off: int = 0) -> int:
        """Push new lines, with so many of the last ones before them; the status."""
        for each in lines:
            self.lines.append(each)
            self.heads.append(chain.next_head(self.heads[-1], chain.line_hash(each)))
        first = len(self.lines) - len(lines) - again + 1
        count, previous, head = len(lines) + again, self.heads[first - 1], self.heads[-1]
        sent = clock.to_moment(clock.now() + off, "Asia/Shanghai").isoformat()
        text = chain.push_text(
            cell=book.get_cell_id(),
            device=self.id,
            first=first,
            count=count,
            previous=previous,
            head=head,
            sent=sent,
        )
        signed = intake.Signed(self.id, first, count, previous, head, sent, self.sign(text))
        body = b"".join(each + b"\n" for each in self.lines[first - 1 :])
        assert intake.is_genuine(signed)
        return intake.receive(signed, body).status

    def attach(self, content: bytes) -> str:
        """Hand in an attachment; its digest."""
        body = os.urandom(16) + content
        digest = sha256(body).hexdigest()
        text = attachments.attachment_text(book.get_cell_id(), self.id, digest)
        assert attachments.keep(self.id, digest, body, self.sign(text)) == 200
        return digest


def act() -> None:
    """One act at a desk."""
    desk.post(BY, [{"kind": "person.viewed", "person": PERSON, "what": "record"}])


def fill(lines: int = 300) -> list[Pen]:
    """Fill the open book; some 800 lines, four tiles. Its devices: two registrars (one with a
    key of each algorithm), a courier, a revoked one.
    """
    first, second = Pen(), Pen("p256")
    courier, gone = Pen(role="courier"), Pen()
    checkpoints.publish()  # of an empty book
    shared = line()
    for turn in range(lines // 3):
        first.push([line(), line(), b"garbled %d" % turn])
        second.push([line(), line()], again=min(turn, 2), off=10 * clock.MINUTE * (turn % 2))
        if turn % 2:
            act()
            checkpoints.publish()
        first.push([line(kind="moon.landed"), line()], again=3)
        if turn < 3:
            gone.push([line(), shared])
            courier.push([shared, line(id=id_of(first.lines[0]))])
    revocations.revoke(BY, gone.id, "lost")
    assert gone.push([line()]) == 403
    checkpoints.rotate()
    act()
    checkpoints.publish()
    second.push([line()] * 2, again=1)
    checkpoints.publish()
    first.attach(b"a picture")
    second.attach(b"")
    return [first, second, courier, gone]


def id_of(content: bytes) -> str:
    """The id of the entry in a line."""
    return str(json.loads(content)["id"])
