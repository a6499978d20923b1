"""Attachments: only the bytes the digest names, from a device that is ours, sealed on disk."""

from hashlib import sha256
from typing import Any

import pytest
from django.http import HttpRequest

from doorstep.field import api
from doorstep.ledger import attachments, devices, models
from tests.stranger import Phone

CONTENT = "一张纸条，写着名字".encode()
BODY = bytes(range(16)) + CONTENT
DIGEST = sha256(BODY).hexdigest()


@pytest.fixture
def phone(cell: models.Cell) -> Phone:
    return Phone()


def hand_in(phone: Phone, body: bytes = BODY, digest: str = DIGEST, **changed: str) -> Any:
    text = f"doorstep-v1\nattachment\n{phone.cell}\n{phone.device}\n{digest}\n"
    headers = {"Doorstep-Device": phone.device}
    headers["Doorstep-Signature"] = phone.private.sign(text.encode()).hex()
    headers |= {name.replace("_", "-"): word for name, word in changed.items()}
    return phone.http.put(
        f"/field/v1/attachments/{digest}",
        body,
        content_type="application/octet-stream",
        headers=headers,
    )


def test_it_is_kept_once_and_sealed(phone: Phone) -> None:
    assert [hand_in(phone).status_code, hand_in(phone).status_code] == [200, 200]
    row = models.Attachment.objects.get()
    assert CONTENT not in bytes(row.sealed)
    assert attachments.read(DIGEST) == CONTENT


def test_other_bytes_than_the_digests_are_refused(phone: Phone) -> None:
    assert hand_in(phone, BODY + b"x").json() == {"code": "BODY_INVALID"}
    assert hand_in(phone, digest="0" * 64).status_code == 400
    assert hand_in(phone, digest="../../key").status_code in (400, 404)
    assert not models.Attachment.objects.exists()


def test_a_stranger_a_forger_and_a_revoked_device_are_refused(phone: Phone) -> None:
    assert hand_in(phone, Doorstep_Signature="0" * 128).status_code == 401
    assert hand_in(phone, Doorstep_Signature="zz").status_code == 400
    assert hand_in(phone, Doorstep_Device=phone.cell).status_code == 401
    assert hand_in(phone, Doorstep_Device="x").status_code == 401
    devices.revoke(phone.device)
    assert hand_in(phone).json() == {"code": "DEVICE_REVOKED"}
    assert not models.Attachment.objects.exists()


def test_of_a_stranger_no_byte_is_read(phone: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    read = []

    def body(request: HttpRequest) -> bytes:
        read.append(1)
        return BODY

    monkeypatch.setattr(HttpRequest, "body", property(body))
    assert hand_in(phone, Doorstep_Signature="0" * 128).status_code == 401
    assert read == []
    assert hand_in(phone).status_code == 200 and read == [1]


def test_too_large_is_told_the_limit(phone: Phone) -> None:
    body = b"x" * (3 << 20)
    answer = hand_in(phone, body, sha256(body).hexdigest())
    assert answer.status_code == 413 and answer.json()["max_bytes"] == 2 << 20


def test_bytes_without_a_salt_are_refused(phone: Phone) -> None:
    for body in (b"", bytes(15)):
        answer = hand_in(phone, body, sha256(body).hexdigest())
        assert answer.status_code == 400 and answer.json() == {"code": "BODY_INVALID"}
    assert not models.Attachment.objects.exists()
    assert hand_in(phone, bytes(16), sha256(bytes(16)).hexdigest()).status_code == 200


def test_a_device_hands_in_only_so_many_and_only_so_much(
    phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    def put(phone: Phone, size: int, n: int) -> Any:
        body = bytes([n]) * size
        return hand_in(phone, body, sha256(body).hexdigest())

    monkeypatch.setattr(api, "MOST_ATTACHMENTS", 2)
    assert [put(phone, 20, n).status_code for n in (1, 2)] == [200, 200]
    full = put(phone, 20, 3)
    assert full.status_code == 507 and full.json() == {"code": "ATTACHMENTS_FULL"}
    assert put(phone, 20, 2).status_code == 200  # is here already
    other = Phone()
    assert put(other, 20, 3).status_code == 200
    monkeypatch.undo()
    monkeypatch.setattr(api, "MOST_ATTACHED", 1_000)
    assert [put(other, 900, 4).status_code, put(other, 900, 5).status_code] == [200, 507]
    assert put(other, 20, 6).status_code == 200
    assert models.Attachment.objects.count() == 5
