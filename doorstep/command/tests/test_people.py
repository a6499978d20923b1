"""People: found, masked, revealed only with a line in the book; the letter that opens a route."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from doorstep.command import care
from doorstep.command.tests import conftest
from doorstep.ledger import models as ledger
from doorstep.ledger import store
from doorstep.registry import models as registry
from doorstep.registry import vault
from doorstep.rounds import scopes as parts
from doorstep.rounds.tests import street

pytestmark = pytest.mark.django_db
PERSON = street.person_id(1, 1, 1)
NAME = "欧阳小明"
NUMBER, PHONE = "100000199001010017", "15400000001"


@pytest.fixture
def somebody(chen: Client) -> Client:
    """Somebody with a name, a document and a phone, behind the first door."""
    store.upsert(
        "registry_person", ["id", "name", "flags"], [(PERSON, NAME, '["dialysis"]')], ["id"]
    )
    blind = vault.blind_document("resident_id", "", NUMBER)
    registry.Document.objects.create(
        person=PERSON, type="resident_id", blind=blind, sealed=vault.seal(NUMBER, PERSON)
    )
    registry.Contact.objects.create(
        person=PERSON, blind=vault.blind_phone(PHONE), sealed=vault.seal(PHONE, PERSON)
    )
    return chen


def page(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.content.decode()


@pytest.mark.parametrize("text", ["欧阳", PHONE, "1-101"])
def test_somebody_is_found_masked(somebody: Client, text: str) -> None:
    found = page(somebody, f"/people/?q={text}")
    assert PERSON in found and "欧*" in found and NAME not in found and NUMBER not in found


def test_what_was_typed_stays_in_the_field(somebody: Client) -> None:
    assert 'value="欧阳"' in page(somebody, "/people/?q=欧阳")
    assert "Nobody matches." in page(somebody, "/people/?q=司马")


def test_htmx_gets_only_what_was_found(somebody: Client) -> None:
    answer = somebody.get("/people/?q=欧阳", headers={"HX-Request": "true"})
    assert PERSON in answer.content.decode() and b"<html" not in answer.content


def test_a_person_is_masked_and_a_view_is_a_line_of_the_book(somebody: Client) -> None:
    masked = page(somebody, f"/people/{PERSON}/")
    assert NAME not in masked and NUMBER not in masked and PHONE not in masked
    assert "154****0001" in masked and "Dialysis" in masked
    clear = somebody.post(f"/people/{PERSON}/reveal", {"what": "phone"}).content.decode()
    assert PHONE in clear and NUMBER not in clear and NAME not in clear
    assert ledger.Line.objects.filter(kind="person.viewed").count() == 1
    assert registry.Sight.objects.get().what == "phone"
    everything = somebody.post(f"/people/{PERSON}/reveal", {"what": "record"}).content.decode()
    assert NAME in everything and NUMBER in everything
    assert "Who looked" in page(somebody, f"/people/{PERSON}/")
    assert NAME not in page(somebody, f"/people/{PERSON}/")


def test_nothing_is_revealed_to_those_without_a_role_there(somebody: Client) -> None:
    zhao = conftest.sign_in(street.STRANGER)
    assert zhao.get(f"/people/{PERSON}/").status_code == 404
    assert zhao.post(f"/people/{PERSON}/reveal", {"what": "record"}).status_code == 404
    assert zhao.post(f"/people/{PERSON}/letter").status_code == 404
    assert somebody.post(f"/people/{PERSON}/reveal", {"what": "soul"}).status_code == 422
    assert not ledger.Line.objects.filter(kind="person.viewed").exists()


def test_the_household_shows_its_members_and_their_state(somebody: Client, round_: str) -> None:
    found = page(somebody, f"/doors/{street.door_id(1, 1)}/?round={round_}")
    assert "1座 1单元 101: 2 people are present." in found
    assert found.count("/subjects/") == 2 and "Sampled" in found and NAME not in found
    assert somebody.get(f"/doors/{street.ESTATE}/").status_code == 404


def test_presence_is_noted_and_the_book_keeps_what_was_before(somebody: Client) -> None:
    for presence in ("away", "present"):
        somebody.post(f"/people/{PERSON}/presence", {"presence": presence})
        assert registry.Residence.objects.get(person=PERSON).presence == presence
    assert ledger.Line.objects.filter(kind="residents.listed").count() == 2
    wrong = somebody.post(f"/people/{PERSON}/presence", {"presence": "gone"})
    assert wrong.status_code == 422


def test_a_presence_can_be_taken_back_to_what_was_before(somebody: Client) -> None:
    before = page(somebody, f"/people/{PERSON}/")
    assert "Back to:" not in before
    for presence in ("present", "present", "away"):
        somebody.post(f"/people/{PERSON}/presence", {"presence": presence})
    said = page(somebody, f"/people/{PERSON}/")
    assert "Back to: Present" in said and said.count("Back to:") == 1


def test_the_estate_is_said_with_the_door(somebody: Client) -> None:
    estate = registry.Place.objects.get(id=street.ESTATE).name
    assert estate in page(somebody, "/people/?q=欧阳") and estate in page(
        somebody, f"/people/{PERSON}/"
    )


def test_special_care_begins_with_the_greatest_difficulty(somebody: Client) -> None:
    street.flag(street.person_id(2, 1, 1), ["exam"])
    found = page(somebody, "/people/care")
    assert found.index("1座 1单元 101") < found.index("2座 1单元 101")
    assert "2 households need special care" in found
    assert "2座 1单元 101" not in page(somebody, "/people/care?need=dialysis")


def test_special_care_is_searched_in_all_it_says(somebody: Client) -> None:
    street.flag(street.person_id(2, 1, 1), ["exam"])
    for text, there in (("101 dialysis", "1座"), ("2座 EXAM", "2座"), ("王", "2座")):
        found = page(somebody, f"/people/care?q={text}")
        assert f"{there} 1单元 101" in found and found.count("单元 101") == 1
    assert "1座 1单元 101" not in page(somebody, "/people/care?q=欧阳")  # masked


def test_special_care_names_who_is_on_the_page_and_asks_no_more_for_many(
    somebody: Client,
) -> None:
    spent = []
    for households in (1, 12):
        for n in range(households):
            street.flag(street.person_id(1 + n // 6, 1 + n % 6, 2), ["exam"])
        with CaptureQueriesContext(connection) as captured:
            page(somebody, "/people/care")
        spent.append(len(captured))
    assert spent[0] == spent[1]
    lines = care.list_gravest(None)
    assert len(lines) == 12
    assert [row["door"] for row in lines.read(3, 2)] == list(lines.doors[3:5])
    assert lines.doors[0] == street.door_id(1, 1)  # dialysis, and an exam


def test_special_care_counts_and_finds_everybody_however_many(somebody: Client) -> None:
    for building in (1, 2):
        for door in range(1, 7):
            street.flag(street.person_id(building, door, 2), ["exam"])
    assert "12 households need special care" in page(somebody, "/people/care")
    found = page(somebody, "/people/care?need=exam&q=2-202")
    assert "2座 1单元 202" in found and found.count("单元") == 1
    here = care.list_gravest(parts.read_place(street.building_id(2)))
    assert len(here) == 6 and {row["label"][:2] for row in here} == {"2座"}
    moved = [(street.person_id(2, 1, 2), "moved_out")]
    store.update("registry_residence", ["person", "presence"], moved)
    assert len(care.list_gravest(None)) == 11


def letter(client: Client) -> str:
    answer = client.post(f"/people/{PERSON}/letter")
    assert answer.status_code == 200
    return answer.content.decode()


def test_no_result_yet_opens_a_route_and_never_closes_a_door(somebody: Client) -> None:
    """Xi'an and Chengdu, 2022: turned away for want of a result."""
    text = letter(somebody)
    assert "This is no reason to turn anybody away." in text and "green channel" in text
    assert "Care that cannot wait is given at once" in text  # dialysis
    assert NAME not in text and NUMBER not in text
    assert registry.Sight.objects.get().what == "letter"


def test_a_letter_is_checked_by_what_it_says_itself(
    somebody: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[str] = []

    def note(text: str, scale: int = 6) -> str:
        drawn.append(text)
        return ""

    monkeypatch.setattr("doorstep.face.qr.draw_qr", note)
    letter(somebody)
    path = re.sub(r"^http://[^/]+", "", drawn[0])
    anybody = Client()
    good = anybody.get(path).content.decode()
    assert "This letter was issued here." in good and "欧*" in good
    forged = anybody.get(path[:-3] + ("abc" if not path.endswith("abc") else "xyz"))
    assert "not of a letter issued here" in forged.content.decode()
    assert anybody.get("/letters/check").status_code == 200


def test_a_letter_says_the_whole_address_and_comes_as_pdf(somebody: Client) -> None:
    estate = registry.Place.objects.get(id=street.ESTATE).name
    assert f"{estate} 1座 1单元 101" in letter(somebody)
    answer = somebody.post(f"/people/{PERSON}/letter", {"as": "pdf"})
    assert answer["Content-Type"] == "application/pdf" and answer.content[:5] == b"%PDF-"
    assert answer["Content-Disposition"].startswith("attachment; filename*=UTF-8''Status%20letter")
    # each letter is a view that the book has noted
    assert registry.Sight.objects.filter(what="letter").count() == 2


def test_the_address_of_an_act_leads_to_its_page(somebody: Client) -> None:
    for act in ("letter", "reveal", "presence"):
        assert somebody.get(f"/people/{PERSON}/{act}")["Location"] == f"/people/{PERSON}/"


def test_who_is_away_is_still_due_in_an_open_round_and_the_page_says_so(
    somebody: Client, round_: str
) -> None:
    """The list was drawn at the opening; somebody has to excuse them there."""
    waited = street.person_id(1, 2, 1)

    def noted(person: str, presence: str) -> str:
        path = f"/people/{person}/presence"
        answer = somebody.post(path, {"presence": presence}, follow=True)
        return answer.content.decode()

    assert "is still due" in noted(waited, "away")
    assert "is still due" not in noted(waited, "present")
    assert "is still due" not in noted(PERSON, "away")  # sampled already
