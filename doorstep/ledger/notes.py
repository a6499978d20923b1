"""Signed notes as C2SP's signed-note has them: a text, and lines that say who signed it. Pure.

Refuses to give out a text that no known key has signed, or one that a known key has signed wrongly.
Only Ed25519, signature type 1.
"""

import base64
import binascii
from collections.abc import Iterable
from hashlib import sha256
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ed25519

LARGEST = 1 << 20  # bytes of a note that is looked at
_ED25519 = b"\x01"
_DASH = "\u2014 "


class Unsigned(Exception):
    """The note is not signed by a known key, is signed wrongly, or is no note at all."""


class Key(NamedTuple):
    """A public key and the name it signs under. `public`: 32 bytes."""

    name: str
    public: bytes

    @property
    def id(self) -> bytes:
        """Four bytes that tell keys of one name apart."""
        return sha256(self.name.encode() + b"\n" + _ED25519 + self.public).digest()[:4]

    def write(self) -> str:
        """The key as one line of text, for people to hand on: name+id+key."""
        return f"{self.name}+{self.id.hex()}+{encode(_ED25519 + self.public)}"


def read_key(text: str) -> Key:
    """The key that `Key.write` wrote.

    Raises:
        ValueError: it is no such text, not of Ed25519, or its id is not the key's.
    """
    name, _, rest = text.strip().partition("+")
    said, _, encoded = rest.partition("+")
    data = decode(encoded)
    if not _is_name(name) or len(data) != 33 or data[:1] != _ED25519:
        raise ValueError("not a key of a signed note")
    key = Key(name, data[1:])
    if key.id.hex() != said:
        raise ValueError("the id is not the key's")
    return key


def sign(text: str, name: str, private: ed25519.Ed25519PrivateKey) -> str:
    """The line by which `name` signs `text`."""
    key = Key(name, private.public_key().public_bytes_raw())
    if not _is_name(name):
        raise ValueError("a key's name has no spaces and no plus")
    return f"{_DASH}{name} {encode(key.id + private.sign(text.encode()))}\n"


def write(text: str, signatures: Iterable[str]) -> str:
    """A note: the text, which ends with a newline, and its signatures."""
    if not text.endswith("\n"):
        raise ValueError("a note's text ends with a newline")
    return text + "\n" + "".join(signatures)


def read(note: bytes, keys: Iterable[Key]) -> str:
    """The text of a note that one of `keys` has signed.

    Raises:
        Unsigned: none of them has, or one of them has signed something else.
    """
    text, lines = _split(note)
    known = {(key.name, key.id): key for key in keys}
    signed = False
    for line in lines:
        name, space, encoded = line.removeprefix(_DASH).partition(" ")
        data = decode(encoded) if space else b""
        if not line.startswith(_DASH) or not _is_name(name) or len(data) < 5:
            raise Unsigned("a line below the text is no signature")
        key = known.get((name, data[:4]))
        if key is None:
            continue
        try:
            ed25519.Ed25519PublicKey.from_public_bytes(key.public).verify(data[4:], text.encode())
        except (InvalidSignature, ValueError):
            raise Unsigned(f"the signature of {name} is not of this text") from None
        signed = True
    if not signed:
        raise Unsigned("no known key has signed this")
    return text


def is_signed(note: bytes, key: Key) -> bool:
    """Whether this key has signed the note."""
    try:
        read(note, [key])
    except Unsigned:
        return False
    return True


def _split(note: bytes) -> tuple[str, list[str]]:
    try:
        whole = note[: LARGEST + 1].decode()
    except UnicodeDecodeError:
        raise Unsigned("not UTF-8") from None
    if len(note) > LARGEST or any(char < " " and char != "\n" for char in whole):
        raise Unsigned("too long, or not plain text")
    text, blank, below = whole.rpartition("\n\n")
    if not blank or not below.endswith("\n"):
        raise Unsigned("no text with signatures below it")
    return text + "\n", below[:-1].split("\n")


def _is_name(name: str) -> bool:
    return bool(name) and "+" not in name and not any(map(str.isspace, name))


def encode(data: bytes) -> str:
    """Standard base64, with padding."""
    return base64.b64encode(data).decode()


def decode(text: str) -> bytes:
    """The bytes of standard base64; none when it is not."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""
