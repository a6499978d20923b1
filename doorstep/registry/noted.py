"""What was noted of somebody on no roster: the line names an attachment, the attachment says who it
is. Once both are here it is put into the vault, as a desk would have put it.

A phone seals it to this installation's own key and cannot read it again (docs/sync.md,
Attachments). Refuses to overwrite what is known of a person, and to give a document to a second
one: the number then stands on the person's page, for a person to look at.
"""

from functools import cache
from typing import Final, NamedTuple

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from doorstep.kit import documents
from doorstep.ledger import attachments, keys, reactions, store, writer
from doorstep.registry import vault

MAGIC: Final = b"doorstep-note-1\n"
NAMELESS: Final = "?"  # whose name nobody noted
_INFO: Final = b"doorstep-v1\nnote\n"
_POINT, _NONCE = 65, 12  # bytes
_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # of P-256
_LONGEST: Final = 64  # characters of each text


class Note(msgspec.Struct, frozen=True):
    """What a registrar noted; each may be empty."""

    name: str = ""
    document: str = ""
    phone: str = ""


class Unread(NamedTuple):
    """A number that was noted and is no document of this person: `why` is ID_TAKEN with who holds
    it, or a code of kit.documents.
    """

    number: str
    why: str
    holder: str | None = None


def get_public_key() -> str:
    """The key that phones seal to, as hex of the uncompressed point."""
    point = (
        _key()
        .public_key()
        .public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    )
    return point.hex()


@cache
def _key() -> ec.EllipticCurvePrivateKey:
    # 16 bytes more than the order has: then no number is likelier than another
    number = int.from_bytes(keys.derive("notes", 48), "big") % (_ORDER - 1) + 1
    return ec.derive_private_key(number, ec.SECP256R1())


def read(content: bytes, person: str) -> Note | None:
    """What an attachment says of a person; None for other bytes, as a photo, or of another one."""
    if content.startswith(MAGIC):
        opened = _open(content[len(MAGIC) :], person)
        if opened is None:
            return None
        content = opened
    try:
        said = msgspec.json.decode(content, type=Note)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    return Note(*(text.strip()[:_LONGEST] for text in (said.name, said.document, said.phone)))


def _open(sealed: bytes, person: str) -> bytes | None:
    point, nonce, rest = sealed[:_POINT], sealed[_POINT:][:_NONCE], sealed[_POINT + _NONCE :]
    try:
        theirs = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
        shared = _key().exchange(ec.ECDH(), theirs)
        salt = point + bytes.fromhex(get_public_key())
        key = HKDF(hashes.SHA256(), 32, salt, _INFO).derive(shared)
        return AESGCM(key).decrypt(nonce, rest, person.encode())
    except (ValueError, InvalidTag):
        return None


def put_details(
    person: str,
    name: str,
    document: documents.Document | None = None,
    phone: str = "",
    *,
    sex: str = "",
    born_on: str | None = None,
) -> None:
    """Put a person, a document that nobody holds yet and a phone into the vault, in the caller's
    transaction. What the document says of its holder outweighs what was said.
    """
    birthday, said_sex = born_on, sex
    if document is not None:
        birthday, said_sex = document.born_on or born_on, document.sex or sex
    columns = ["id", "name", "sex", "born_on", "relation", "flags"]
    store.insert("registry_person", columns, [(person, name, said_sex, birthday, "", "[]")])
    if document is not None:
        put_document(person, document)
    if digits := vault.plain_phone(phone):
        store.insert(
            "registry_contact",
            ["person", "blind", "sealed"],
            [(person, vault.blind_phone(digits), vault.seal(digits, person))],
        )


def put_document(person: str, document: documents.Document) -> None:
    """Put a document that nobody holds yet into the vault, in the caller's transaction."""
    store.insert(
        "registry_document",
        ["person", "type", "issuer", "blind", "sealed"],
        [(person, document.type, document.issuer, _blind(document),
          vault.seal(document.number, person))],
    )  # fmt: skip


def find_holder(document: documents.Document) -> str | None:
    """Whose document it is, by its number."""
    rows = store.select("registry_document", ["person"], "blind", [_blind(document)])
    return str(rows[0][0]) if rows else None


def _blind(document: documents.Document) -> str:
    return vault.blind_document(document.type, document.issuer, document.link)


def find_unread(person: str) -> Unread | None:
    """The number that was noted of a person and is not among their documents."""
    rows = store.select("registry_listing", ["attachment"], "person", [person])
    for (digest,) in rows:
        content = attachments.read(digest) if digest else None
        note = read(content, person) if content is not None else None
        if note is None or not note.document:
            continue
        found = documents.read(note.document)
        if isinstance(found, str):
            return Unread(note.document, found)
        holder = find_holder(found)
        if holder not in (None, person):
            return Unread(note.document, "ID_TAKEN", holder)
    return None


# After the commit: the vault is written once the line and its attachment are both in the book


def list_wanted() -> list[tuple[str, str]]:
    """(person, digest) of everybody of whom something was noted that is here."""
    rows = store.query(
        "SELECT l.person, l.attachment FROM registry_listing l "
        "JOIN ledger_attachment a ON a.digest = l.attachment "
        "WHERE l.attachment IS NOT NULL AND a.destroyed IS NULL"
    )
    return [(str(person), digest) for person, digest in rows]


def put(person: str, digest: str) -> None:
    """Put what was noted of a person into the vault, unless somebody is known by that id."""
    content = attachments.read(digest)
    note = read(content, person) if content is not None else None
    if note is None:
        return
    found = documents.read(note.document)

    def act() -> None:
        if store.select("registry_person", ["id"], "id", [person]):
            return
        document = None if isinstance(found, str) or find_holder(found) else found
        put_details(person, note.name or NAMELESS, document, note.phone)

    writer.run(act)


def take_away(person: str, digest: str) -> None:
    """Take it out again when the line counts no more, and no other line knows the person."""

    def act() -> None:
        if store.select("registry_residence", ["person"], "person", [person]):
            return
        for table, column in (("document", "person"), ("contact", "person"), ("person", "id")):
            store.delete(f"registry_{table}", column, [person])

    writer.run(act)


def _still_here(pairs: set[reactions.Pair]) -> set[reactions.Pair]:
    """Those about a person who is in the vault: they may still have to be taken out of it."""
    people = {person for person, _ in pairs}
    known = {str(id_) for (id_,) in store.select("registry_person", ["id"], "id", people)}
    return {pair for pair in pairs if pair[0] in known}


REACTION = reactions.Reaction("registry.noted", list_wanted, put, take_away, _still_here)
