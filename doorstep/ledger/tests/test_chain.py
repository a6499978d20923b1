"""Chains and signatures: what a stranger's client must compute, and what is refused."""

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from hypothesis import given
from hypothesis import strategies as st

from doorstep.kit import ids
from doorstep.ledger import chain

CELL, DEVICE = ids.new(), ids.new()


def test_lines_are_the_exact_bytes_between_newlines() -> None:
    assert chain.split_lines(b"") == []
    assert chain.split_lines(b"\n") == [b""]
    assert chain.split_lines(b"a\r\n\nb") == [b"a\r", b"", b"b"]
    assert chain.split_lines(b"a\nb\n") == [b"a", b"b"]


@given(st.lists(st.binary(max_size=9), max_size=9), st.integers(0, 9))
def test_a_chain_followed_in_two_parts_ends_at_the_same_head(lines: list[bytes], cut: int) -> None:
    hashed = [chain.line_hash(line) for line in lines]
    head = chain.first_head(CELL, DEVICE, b"k" * 32)
    whole = chain.follow(head, hashed)
    assert chain.follow(chain.follow(head, hashed[:cut]), hashed[cut:]) == whole
    if lines:
        assert whole != chain.follow(head, hashed[:-1])


def push_text() -> bytes:
    return chain.push_text(
        cell=CELL, device=DEVICE, first=1, count=2, previous=b"p" * 32, head=b"h" * 32, sent="now"
    )


def test_an_ed25519_push_is_known_from_a_forged_one() -> None:
    key = ed25519.Ed25519PrivateKey.generate()
    public = key.public_key().public_bytes_raw()
    signature = key.sign(push_text())
    assert chain.is_signed("ed25519", public, signature, push_text())
    assert not chain.is_signed("ed25519", public, signature, push_text() + b"x")
    assert not chain.is_signed("ed25519", b"short", signature, push_text())
    assert not chain.is_signed("rot13", public, signature, push_text())


def test_a_p256_push_is_signed_as_raw_r_and_s() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    public = key.public_key().public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    )
    r, s = decode_dss_signature(key.sign(push_text(), ec.ECDSA(hashes.SHA256())))
    signature = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    assert chain.is_signed("p256", public, signature, push_text())
    assert not chain.is_signed("p256", public, bytes(64), push_text())


def test_a_head_needs_canonical_ids() -> None:
    with pytest.raises(ValueError, match="canonical"):
        chain.first_head(CELL.upper(), DEVICE, b"k")
