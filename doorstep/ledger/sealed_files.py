"""A file that only one key opens: a header in the clear, then chunks under AES-256-GCM. Pure.

Each chunk's nonce is its number and whether it is the last, and the file's own key is derived from
the header and a salt of its own: a chunk that was changed, moved, taken from another file, cut off
or added is found. Refuses to give out one byte that is not as it was sealed.
"""

import os
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, Literal

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from doorstep.ledger.refusals import Refused

FORMAT = 1
CHUNK = 1 << 20  # bytes in a chunk before it is sealed
SHORTEST = 12  # characters of a passphrase
_MAGIC = b"doorstep backup\n"
_LARGEST_HEADER = 1 << 20
_TAG = 16  # bytes that a chunk grows by
_SCRYPT = {"length": 32, "n": 1 << 17, "r": 8, "p": 1}  # 128 MiB for one try at a passphrase


class Header(msgspec.Struct, frozen=True):
    """What anybody may read of a backup. `at` is microseconds since 1970 UTC, `root` hex;
    `migrations` are the names of all that had been applied, by package.
    """

    format: int
    cell: str
    epoch: int
    size: int
    root: str
    at: int
    migrations: dict[str, list[str]]
    lock: Literal["key", "passphrase"]
    salt: str
    check: str  # tells a wrong key from a damaged file


class Key:
    """What opens a backup: 32 random bytes of a key file, or a passphrase."""

    def __init__(self, secret: bytes, lock: Literal["key", "passphrase"]) -> None:
        self._secret, self.lock = secret, lock

    def derive(self, salt: bytes) -> bytes:
        """The secret of one file, from which its keys are derived."""
        if self.lock == "key":
            return self._secret
        return Scrypt(salt=salt, **_SCRYPT).derive(self._secret)


def make_key_file(path: Path) -> None:
    """A new key, written as 64 hex digits so that it can be kept on paper too.

    Raises:
        Refused: BACKUP_EXISTS.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise Refused("BACKUP_EXISTS", file=path) from None
    with os.fdopen(descriptor, "w") as file:
        file.write(os.urandom(32).hex() + "\n")
        file.flush()
        os.fsync(file.fileno())


def read_key_file(path: Path) -> Key:
    """The key of a file that `make_key_file` made.

    Raises:
        Refused: BACKUP_KEY_INVALID.
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        text = file.read(100)
    try:
        secret = bytes.fromhex(text.decode("ascii").strip())
    except ValueError:
        secret = b""
    if len(secret) != 32:
        raise Refused("BACKUP_KEY_INVALID", file=path)
    return Key(secret, "key")


def read_passphrase(text: str) -> Key:
    """The key that a passphrase is.

    Raises:
        Refused: BACKUP_PASSPHRASE_SHORT.
    """
    if len(text) < SHORTEST:
        raise Refused("BACKUP_PASSPHRASE_SHORT", least=SHORTEST)
    return Key(text.encode(), "passphrase")


class Sealer:
    """Writes a sealed file from its beginning to its end."""

    def __init__(self, file: BinaryIO, key: Key, header: Header) -> None:
        salt = os.urandom(16)
        secret = key.derive(salt)
        header = msgspec.structs.replace(
            header, lock=key.lock, salt=salt.hex(), check=_check_of(secret, salt).hex()
        )
        said = msgspec.json.encode(header)
        self._file, self._cipher = file, _cipher_of(secret, salt, said)
        self._number = 0
        self._rest = bytearray()
        file.write(_MAGIC + len(said).to_bytes(4, "big") + said + sha256(said).digest())

    def write(self, data: bytes) -> None:
        """Seal more bytes."""
        self._rest += data
        while len(self._rest) > CHUNK:  # what may be the last chunk waits
            self._seal(bytes(self._rest[:CHUNK]), is_last=False)
            del self._rest[:CHUNK]

    def finish(self) -> None:
        """Seal the last chunk. Without it the file is found to be cut."""
        self._seal(bytes(self._rest), is_last=True)
        self._rest.clear()

    def _seal(self, data: bytes, *, is_last: bool) -> None:
        self._file.write(self._cipher.encrypt(_nonce(self._number, is_last), data, None))
        self._number += 1


def read_header(file: BinaryIO) -> Header:
    """What stands in the clear at the beginning of a backup.

    Raises:
        Refused: BACKUP_UNREADABLE, BACKUP_DAMAGED, or BACKUP_NEWER.
    """
    return _read_header(file)[0]


def open_sealed(file: BinaryIO, key: Key) -> tuple[Header, Iterator[bytes]]:
    """The header of a sealed file, and what is in it, a chunk at a time.

    Raises:
        Refused: as `read_header`, or BACKUP_KEY_WRONG; while it is read BACKUP_DAMAGED.
    """
    header, said = _read_header(file)
    try:
        salt = bytes.fromhex(header.salt)
    except ValueError:
        raise Refused("BACKUP_DAMAGED", at=0) from None
    if header.lock != key.lock:
        raise Refused("BACKUP_KEY_WRONG")
    secret = key.derive(salt)
    if _check_of(secret, salt).hex() != header.check:
        raise Refused("BACKUP_KEY_WRONG")
    return header, _open(file, _cipher_of(secret, salt, said))


def _read_header(file: BinaryIO) -> tuple[Header, bytes]:
    start = file.read(len(_MAGIC) + 4)
    length = int.from_bytes(start[len(_MAGIC) :], "big")
    if len(start) < len(_MAGIC) + 4 or not start.startswith(_MAGIC) or length > _LARGEST_HEADER:
        raise Refused("BACKUP_UNREADABLE")
    said, digest = file.read(length), file.read(32)
    if sha256(said).digest() != digest:
        raise Refused("BACKUP_DAMAGED", at=0)
    try:
        found = msgspec.json.decode(said, type=dict[str, object])
        if isinstance(number := found.get("format"), int) and number > FORMAT:
            raise Refused("BACKUP_NEWER", what=f"format {number}")
        return msgspec.json.decode(said, type=Header), said
    except msgspec.MsgspecError:
        raise Refused("BACKUP_UNREADABLE") from None


def _open(file: BinaryIO, cipher: AESGCM) -> Iterator[bytes]:
    number, at = 0, file.tell()
    sealed = file.read(CHUNK + _TAG)
    while True:
        following = file.read(CHUNK + _TAG)
        try:
            # nothing of a chunk leaves before all of it was found to be right
            data = cipher.decrypt(_nonce(number, not following), sealed, None)
        except (InvalidTag, ValueError):
            raise Refused("BACKUP_DAMAGED", at=at) from None
        yield data
        if not following:
            return
        number, at, sealed = number + 1, at + len(sealed), following


def _nonce(number: int, is_last: bool) -> bytes:
    return bytes([is_last]) + number.to_bytes(11, "big")


def _check_of(secret: bytes, salt: bytes) -> bytes:
    return HKDF(hashes.SHA256(), 16, salt, b"doorstep backup check").derive(secret)


def _cipher_of(secret: bytes, salt: bytes, header: bytes) -> AESGCM:
    said = b"doorstep backup v1 " + sha256(header).digest()
    return AESGCM(HKDF(hashes.SHA256(), 32, salt, said).derive(secret))
