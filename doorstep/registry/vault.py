"""Sealing what may be read by few: documents and phones, and finding them while they stay sealed.

A sealed value (AES-256-GCM) opens only with the installation's key and only beside the person it
was sealed for. A blind index is a keyed hash: the same number gives the same 32 hexadecimal digits
in this installation and nowhere else. Also the masks under which the rest may see a value.
"""

import hashlib
import hmac
import os
import re
import unicodedata
from functools import cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from doorstep.kit import documents
from doorstep.ledger import keys

_NONCE = 12  # bytes
_BLIND = 16  # bytes
_SHOWN = 4  # characters at the end of a document


class NotOpened(Exception):
    """A sealed value is damaged, of another installation, or of another person."""


def seal(text: str, owner: str) -> bytes:
    """`text` sealed for the person of id `owner`."""
    nonce = os.urandom(_NONCE)
    return nonce + _cipher().encrypt(nonce, text.encode(), owner.encode())


def unseal(sealed: bytes, owner: str) -> str:
    """The text that was sealed for `owner`.

    Raises:
        NotOpened: it was not sealed here, or not for this person.
    """
    try:
        return _cipher().decrypt(sealed[:_NONCE], sealed[_NONCE:], owner.encode()).decode()
    except (InvalidTag, ValueError):
        raise NotOpened from None


def blind_document(kind: str, issuer: str, link: str) -> str:
    """The blind index of a document. An old number of fifteen digits has that of its eighteen."""
    family = "resident_id" if kind == "resident_id_15" else kind
    return _blind("document", f"{family}\n{issuer}\n{link}")


def blind_number(text: str) -> list[str]:
    """The blind indexes of everything that a number typed alone could be."""
    return [blind_document(*link) for link in documents.list_links(text)]


def plain_phone(text: str) -> str:
    """A phone number as it is sealed and found: digits, a foreign one with its +; "" for none."""
    number = re.sub(r"[\s()\-]", "", unicodedata.normalize("NFKC", text))
    number = re.sub(r"^(?:\+?86|0086)(?=1\d{10}$)", "", number)
    return number if re.match(r"^\+?\d{5,20}$", number) else ""


def blind_phone(phone: str) -> str:
    """The blind index of a number of `plain_phone`."""
    return _blind("phone", phone)


def mask_name(name: str) -> str:
    """A name as others see it: 张*. It does not tell how long the name is."""
    return f"{name[0]}*" if name else ""


def mask_document(number: str) -> str:
    """The first four and last four of a long number, 4406**********123X; of a short one the last
    four, and of a very short one nothing.
    """
    shown = _SHOWN if len(number) > 2 * _SHOWN else 0
    ahead = _SHOWN if len(number) >= 15 else 0
    return number[:ahead] + "*" * (len(number) - ahead - shown) + number[len(number) - shown :]


def mask_phone(phone: str) -> str:
    """138****8000; of any other number the last two digits."""
    if len(phone) == 11:
        return f"{phone[:3]}****{phone[7:]}"
    return "*" * max(0, len(phone) - 2) + phone[-2:] if len(phone) > 4 else "*" * len(phone)


@cache
def _cipher() -> AESGCM:
    return AESGCM(keys.derive("vault seal", 32))


@cache
def _blind_key() -> bytes:
    return keys.derive("vault blind", 32)


def _blind(purpose: str, text: str) -> str:
    mac = hmac.digest(_blind_key(), f"{purpose}\n{text}".encode(), hashlib.sha256)
    return mac[:_BLIND].hex()
