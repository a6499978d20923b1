"""One push, from headers and body to an answer, without Django: field.wsgi and field.api call it.

Refuses what is too large, and what no device of ours has signed, before reading it. Bad input gets
a code, never a 500; storage that fails is the one thing answered 500, and then nothing is kept.
"""

import contextlib
import logging
import re
import threading
import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import NamedTuple

import msgspec

from doorstep.ledger import intake, trouble, writer

MAX_SENT_BYTES = 2 << 20  # a body as it travels, before it is inflated
RETRY_SECONDS = 1
_HEX_HEAD = re.compile(r"[0-9a-f]{64}")
_HEX_SIGNATURE = re.compile(r"[0-9a-f]{128}")
_NUMBER = re.compile(r"0|[1-9][0-9]{0,14}")
_log = logging.getLogger(__name__)
_encoder = msgspec.json.Encoder()
# bodies that are unpacked at once: how large one is nobody knows before, and memory has its bound
_unpacking = threading.BoundedSemaphore(4)


class Answer(NamedTuple):
    """What goes back: a status and JSON; `retry_after` in seconds where the device is to wait."""

    status: int
    body: bytes
    retry_after: int | None = None


def take(header: Callable[[str], str], read: Callable[[int], bytes]) -> Answer:
    """Take a push of lines; the answer tells how far the device's chain is on disk.

    Args:
        header: the value of a request header by its name, "" when it is not there.
        read: at most so many bytes of the body; may raise writer.Busy.
    """
    signed = _read_headers(header)
    if signed is None:
        return _refuse(400, "HEADERS_INVALID")
    length = header("Content-Length")
    if signed.count > intake.MAX_LINES or (length.isascii() and length.isdigit()
                                           and int(length[:18]) > MAX_SENT_BYTES):  # fmt: skip
        return too_large()
    try:
        return _take_signed(signed, header("Content-Encoding").strip().lower(), read)
    except writer.Busy:
        return busy()
    except Exception as problem:
        if not trouble.note(problem):
            _log.exception("a push could not be kept")
        return _refuse(500, "STORAGE_FAILED")


def _take_signed(signed: intake.Signed, coding: str, read: Callable[[int], bytes]) -> Answer:
    if not intake.is_genuine(signed):
        return _refuse(401, "DEVICE_UNKNOWN_OR_SIGNATURE_WRONG")
    if writer.is_busy(signed.count):
        return busy()
    body: bytes | None = read(MAX_SENT_BYTES + 1)
    assert body is not None
    if len(body) > MAX_SENT_BYTES:
        return too_large()
    if coding not in ("", "identity", "gzip"):
        return _refuse(400, "BODY_INVALID")
    with contextlib.ExitStack() as room:
        with _unpacking:
            if coding == "gzip":
                body = _inflate(body)
            if body is None:
                return _refuse(400, "BODY_INVALID")
            if len(body) > intake.MAX_BYTES:
                return too_large()
            room.enter_context(writer.room(intake.weigh(signed.count, len(body))))
        return _say(intake.receive(signed, body))


def too_large() -> Answer:
    """413 with the limits."""
    limits = {"max_lines": intake.MAX_LINES, "max_bytes": MAX_SENT_BYTES}
    return Answer(413, _encoder.encode(limits | {"max_inflated_bytes": intake.MAX_BYTES}))


def _say(answer: intake.Answer) -> Answer:
    if answer.status == 400:
        return _refuse(400, "COUNT_OR_HEAD_WRONG")
    told: dict[str, object] = {"through": answer.through, "head": answer.head.hex()}
    if answer.status != 409:
        # nothing is below `safe` until a verified backup holds it
        told["safe"] = answer.safe
        told["at"] = datetime.fromtimestamp(answer.at / 1e6, UTC).isoformat()
        told["lines"] = [line._asdict() for line in answer.lines]
    return Answer(answer.status, _encoder.encode(told))


def _refuse(status: int, code: str) -> Answer:
    return Answer(status, _encoder.encode({"code": code}))


def busy() -> Answer:
    """503: the same again in a moment."""
    return Answer(503, _encoder.encode({"code": "BUSY"}), RETRY_SECONDS)


def _inflate(body: bytes) -> bytes | None:
    """The gzip body unpacked, at most one byte over the limit; None when it is no whole gzip."""
    unpacker = zlib.decompressobj(wbits=31)
    try:
        content = unpacker.decompress(body, intake.MAX_BYTES + 1)
    except zlib.error:
        return None
    if len(content) > intake.MAX_BYTES:
        return content
    return content if unpacker.eof and not unpacker.unused_data else None


def _read_headers(header: Callable[[str], str]) -> intake.Signed | None:
    first, count = header("Doorstep-First"), header("Doorstep-Count")
    previous, head = header("Doorstep-Previous"), header("Doorstep-Head")
    sent, signature = header("Doorstep-Sent"), header("Doorstep-Signature")
    if not (_NUMBER.fullmatch(first) and _NUMBER.fullmatch(count)) or first == "0":
        return None
    if not (_HEX_HEAD.fullmatch(previous) and _HEX_HEAD.fullmatch(head)):
        return None
    if not _HEX_SIGNATURE.fullmatch(signature) or len(sent) > 64 or not sent.isascii():
        return None
    return intake.Signed(
        device=header("Doorstep-Device"),
        first=int(first),
        count=int(count),
        previous=bytes.fromhex(previous),
        head=bytes.fromhex(head),
        sent=sent,
        signature=bytes.fromhex(signature),
        written=_read_written(header("Doorstep-Written")),
    )


def _read_written(text: str) -> int | None:
    """How many lines the device has written; text that is no number tells nothing."""
    return int(text) if _NUMBER.fullmatch(text) else None
