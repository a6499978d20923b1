"""Signed notes: keys that others have published, and every way for a note to be wrong."""

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519

from doorstep.ledger import notes

PRIVATE = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(32))
KEY = notes.Key("doorstep/a/1", PRIVATE.public_key().public_bytes_raw())
TEXT = "one\n\ntwo 到户\n"


def note_of(text: str = TEXT, *more: str) -> bytes:
    return notes.write(text, [notes.sign(text, KEY.name, PRIVATE), *more]).encode()


def test_a_note_gives_its_text_to_whoever_has_the_key() -> None:
    assert notes.read(note_of(), [KEY]) == TEXT
    stranger = notes.sign(TEXT, "stranger", OTHER)
    assert notes.read(note_of(TEXT, stranger), [KEY]) == TEXT
    same_name = notes.sign(TEXT, KEY.name, OTHER)  # another key of the same name: rotated
    assert notes.read(note_of(TEXT, same_name), [KEY]) == TEXT


def test_keys_that_others_published_are_read() -> None:
    # Go's checksum database prints its key in its documentation; the id in it is worked out anew
    found = notes.read_key("sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8")
    assert found.name == "sum.golang.org" and found.id.hex() == "033de0ae"


def test_a_key_is_handed_on_as_one_line() -> None:
    assert notes.read_key(KEY.write() + "\n") == KEY
    name, ident, key = KEY.write().split("+", 2)
    assert name == KEY.name and len(ident) == 8 and key.startswith("A")
    for wrong in (
        "", "a", "a+b", f"{name}+00000000+{key}", f"{name}+{ident}+!", f"{name}+{ident}+{key[:-4]}",
        f"a b+{ident}+{key}", f"+{ident}+{key}",
    ):  # fmt: skip
        with pytest.raises(ValueError):
            notes.read_key(wrong)


def test_nothing_is_read_that_the_key_has_not_signed() -> None:
    good = note_of()
    signature = notes.sign(TEXT, KEY.name, PRIVATE)
    for wrong in (
        b"",
        b"\n\n",
        good[:-1],
        good.replace(b"two", b"too"),
        good.replace(b"two", b"two\r"),
        good.replace(b"two", b"tw\xff"),
        good.replace("\u2014".encode(), b"-"),
        notes.write(TEXT, [notes.sign(TEXT, "stranger", OTHER)]).encode(),
        notes.write(TEXT, [notes.sign(TEXT + "x\n", KEY.name, PRIVATE), signature]).encode(),
        TEXT.encode() + signature.encode(),
        good + b"no signature\n",
        good + b"x" * notes.LARGEST,
    ):
        with pytest.raises(notes.Unsigned):
            notes.read(wrong, [KEY])
    with pytest.raises(notes.Unsigned):
        notes.read(good, [])
