"""Somebody met at a table, noted on a phone: the line and what was noted come apart, in any order,
and the person stands on the roster as if a desk had noted it. Sealed here as docs/sync.md says,
without the server's own code.
"""

import json
import os
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from doorstep.kit import ids
from doorstep.ledger import models as ledger
from doorstep.ledger import reactions, replay, store
from doorstep.registry import models, noted, people, queries
from doorstep.registry.tests.block import Block, number, staff
from tests.stranger import Phone, line

pytestmark = pytest.mark.django_db


def seal(content: bytes, person: str, key: str | None = None) -> bytes:
    """An attachment's body as a phone makes it."""
    server = bytes.fromhex(key or noted.get_public_key())
    own = ec.generate_private_key(ec.SECP256R1())
    point = own.public_key().public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    )
    theirs = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), server)
    secret = own.exchange(ec.ECDH(), theirs)
    wrap = HKDF(hashes.SHA256(), 32, point + server, b"doorstep-v1\nnote\n").derive(secret)
    nonce = os.urandom(12)
    sealed = AESGCM(wrap).encrypt(nonce, content, person.encode())
    return os.urandom(16) + b"doorstep-note-1\n" + point + nonce + sealed


class Met:
    """A phone that has met somebody."""

    def __init__(self, block: Block, door: str | None = None, **said: str) -> None:
        self.phone = Phone(people=[block.registrar], place=block.estate)
        self.by, self.door, self.person = block.registrar, door, ids.new()
        self.body = seal(json.dumps(said, ensure_ascii=False).encode(), self.person)

    @property
    def digest(self) -> str:
        return sha256(self.body).hexdigest()

    def push(self) -> None:
        said = {"person": self.person, "door": self.door, "attachment": self.digest}
        assert self.phone.push([line(kind="person.added", by=self.by, **said)]).status_code == 200

    def hand_in(self) -> None:
        text = f"doorstep-v1\nattachment\n{self.phone.cell}\n{self.phone.device}\n{self.digest}\n"
        headers = {"Doorstep-Device": self.phone.device}
        headers["Doorstep-Signature"] = self.phone.private.sign(text.encode()).hex()
        answer = self.phone.http.put(
            f"/field/v1/attachments/{self.digest}", self.body,
            content_type="application/octet-stream", headers=headers,
        )  # fmt: skip
        assert answer.status_code == 200


@pytest.mark.parametrize("order", ["line first", "attachment first"])
def test_who_was_noted_on_a_phone_stands_on_the_roster(block: Block, order: str) -> None:
    door = queries.list_places("door", block.estate)[0].id
    met = Met(block, door, name=" 路人 ", document=number(50), phone="139 0013 9000")
    acts = [met.push, met.hand_in]
    for act in acts if order == "line first" else reversed(acts):
        assert not models.Person.objects.filter(id=met.person).exists()
        act()
        reactions.run_once()
    asker = staff(block.registrar)
    seen = people.get_person(asker, met.person)
    assert (seen.masked_name, seen.door, seen.born_on) == ("路*", door, "1990-01-01")
    assert people.find_by_document(number(50)) == met.person
    assert [one.id for one in people.find_people(asker, "13900139000")] == [met.person]
    assert people.find_unread(asker, met.person) is None
    assert reactions.run_once() == 0 and reactions.list_stuck() == []
    assert replay.replay()["different"] == {}


def test_a_number_that_somebody_holds_stays_theirs_and_is_shown(block: Block) -> None:
    holder = people.add_person(staff(block.admin), name="原主", document=number(50))
    met = Met(block, name="路人", document=number(50))
    met.push()
    met.hand_in()
    reactions.run_once()
    assert people.find_by_document(number(50)) == holder
    asker = staff(block.admin)
    found = people.find_unread(asker, met.person)
    assert found is not None and found[0].why == "ID_TAKEN" and number(50) not in found[0].number
    assert found[1] is not None and found[1].id == holder
    [paper] = people.reveal(asker, met.person, "document").documents
    assert (paper.type, paper.number) == (people.NOTED, number(50))
    assert people.reveal(asker, met.person, "letter").documents == []


def test_a_number_read_wrongly_is_kept_for_a_person_to_look_at(block: Block) -> None:
    wrong = number(50)[:-1] + ("0" if number(50)[-1] != "0" else "1")
    met = Met(block, document=wrong)
    met.push()
    met.hand_in()
    reactions.run_once()
    assert people.get_people([met.person])[met.person].name == noted.NAMELESS
    found = people.find_unread(staff(block.admin), met.person)
    assert found is not None and (found[0].why, found[1]) == ("ID_CHECKSUM", None)


def test_what_was_sealed_for_somebody_else_or_is_no_note_says_nothing(block: Block) -> None:
    person, other = ids.new(), ids.new()
    body = seal(b'{"name":"x"}', person)[16:]
    assert noted.read(body, person) == noted.Note("x")
    assert noted.read(body, other) is None
    assert noted.read(body[:-1], person) is None and noted.read(body[:40], person) is None
    assert noted.read(b"\x89PNG\r\n", person) is None
    assert noted.read('{"name":"王五","more":1}'.encode(), person) == noted.Note("王五")
    foreign = ec.generate_private_key(ec.SECP256R1()).public_key()
    point = foreign.public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    )
    assert noted.read(seal(b"{}", person, point.hex())[16:], person) is None


def test_a_line_that_counts_no_more_takes_its_person_along(block: Block) -> None:
    met = Met(block, name="路人", document=number(50))
    said = {"person": met.person, "attachment": met.digest, "id": ids.new(), "by": met.by}
    met.phone.push([line(kind="person.added", **said)])
    met.hand_in()
    reactions.run_once()
    assert people.find_by_document(number(50)) == met.person
    # the same id with other bytes: neither counts
    met.phone.push([line(kind="person.added", **said, place=block.estate)])
    reactions.run_once()
    assert people.find_by_document(number(50)) is None
    assert not models.Person.objects.filter(id=met.person).exists()
    assert ledger.Attachment.objects.filter(digest=met.digest).exists()


def test_a_destruction_of_something_else_forgets_nobody_who_is_to_be_taken_out(
    block: Block, monkeypatch: pytest.MonkeyPatch
) -> None:
    met = Met(block, name="路人")
    said = {"person": met.person, "attachment": met.digest, "id": ids.new(), "by": met.by}
    met.phone.push([line(kind="person.added", **said)])
    met.hand_in()
    reactions.run_once()
    met.phone.push([line(kind="person.added", **said, place=block.estate)])
    with monkeypatch.context() as broken:
        broken.setattr(store, "delete", raise_for("registry_person", store.delete))
        reactions.run_once()
    assert [each.reaction for each in reactions.list_stuck()] == ["registry.noted"]
    reactions.forget_withdrawn()
    assert len(reactions.list_stuck()) == 1
    ledger.Done.objects.update(at=0)  # the pause is over
    reactions.run_once()
    assert not models.Person.objects.filter(id=met.person).exists()
    assert reactions.list_stuck() == []


def raise_for(table: str, real: Callable[..., Any]) -> Callable[..., Any]:
    """A delete that fails on one table."""

    def delete(named: str, *rest: Any) -> Any:
        if named == table:
            raise RuntimeError("no")
        return real(named, *rest)

    return delete
