"""The installation's one secret, kept in a file beside the database and never in it; every other
key is derived from it by name (HKDF, RFC 5869). Refuses a secret of the wrong length.
"""

import os
from functools import cache
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

LENGTH = 32  # bytes


def path() -> Path:
    """The file of the secret."""
    return Path(settings.DATA) / "key"


@cache
def _secret() -> bytes:
    try:
        descriptor = os.open(path(), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        secret = path().read_bytes()
    else:
        secret = os.urandom(LENGTH)
        with os.fdopen(descriptor, "wb") as file:
            file.write(secret)
            file.flush()
            os.fsync(file.fileno())
    if len(secret) != LENGTH:
        raise ValueError(f"{path()} is not a key of this installation")
    return secret


@cache
def derive(name: str, length: int) -> bytes:
    """`length` bytes for one purpose, always the same in this installation."""
    return HKDF(hashes.SHA256(), length, None, b"doorstep-v1 " + name.encode()).derive(_secret())
