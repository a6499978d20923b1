"""The page of somebody who was added on a phone: the number that was noted and is not theirs is
said, masked, with who has it for who may look there; in full only with a line in the book.
"""

import json
from hashlib import sha256

import pytest
from django.test import Client

from doorstep.kit import ids
from doorstep.ledger import attachments, desk, models, reactions
from doorstep.registry import people
from doorstep.registry.tests.block import number
from doorstep.registry.tests.test_noted import seal
from doorstep.rounds.tests import street
from tests.stranger import Phone

pytestmark = pytest.mark.django_db
TAKEN, WRONG = number(7), number(8)[:-1] + ("1" if number(8)[-1] == "0" else "0")


def note(document: str) -> str:
    """Somebody behind the first door, of whom this was noted; the person's id."""
    person, phone = ids.new(), Phone()
    body = seal(json.dumps({"name": "路人", "document": document}).encode(), person)
    digest = sha256(body).hexdigest()
    text = attachments.attachment_text(phone.cell, phone.device, digest)
    assert attachments.keep(phone.device, digest, body, phone.private.sign(text)) == 200
    said = {"person": person, "door": street.door_id(1, 1), "attachment": digest}
    desk.post(street.CHEN, [{"kind": "person.added", **said}])
    reactions.run_once()
    return person


def test_who_has_the_number_already_is_named_to_who_may_look(chen: Client) -> None:
    holder = people.add_person(
        street.DUTY_OFFICER, name="原主", document=TAKEN, door=street.door_id(1, 2)
    )
    person = note(TAKEN)
    page = chen.get(f"/people/{person}/").content.decode()
    assert "Somebody else in the book has this identity number." in page
    assert f"/people/{holder}/" in page and "原*" in page
    assert TAKEN not in page and f"{TAKEN[:4]}**********{TAKEN[-4:]}" in page
    clear = chen.post(f"/people/{person}/reveal", {"what": "document"}).content.decode()
    assert TAKEN in clear and models.Line.objects.filter(kind="person.viewed").count() == 1
    assert "is not among their documents" not in chen.get(f"/people/{holder}/").content.decode()


def test_a_number_that_is_none_is_said_with_the_reason(chen: Client) -> None:
    page = chen.get(f"/people/{note(WRONG)}/").content.decode()
    assert "does not fit the others" in page and WRONG not in page
