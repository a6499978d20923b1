"""The book's page: a proof anybody can follow, and lines that are found by id or number."""

from hashlib import sha256

import pytest
from django.test import Client

from doorstep.command import book as pages
from doorstep.command.tests import conftest
from doorstep.ledger import book, checkpoints, desk, models, proofs, tree
from doorstep.registry import models as registry
from doorstep.rounds.tests import street

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("size", range(1, 20))
def test_the_steps_lead_from_every_leaf_to_the_root(size: int) -> None:
    leaves = [sha256(bytes([i])).digest() for i in range(size)]
    root = tree.root_of(leaves)
    for at, leaf in enumerate(leaves):
        proof = tree.inclusion_proof(at, size, tree.hash_of_list(leaves))
        steps = pages.follow(at, size, leaf, proof)
        assert (steps[-1].result if steps else leaf.hex()) == root.hex()
        assert tree.verify_inclusion(at, size, leaf, proof, root)


def test_the_book_says_how_long_it_is(chen: Client, round_: str) -> None:
    page = chen.get("/book/").content.decode()
    cell = book.get_cell()
    assert f"The book holds {cell.size} lines." in page
    assert book.root_at(cell.size).hex() in page


def test_a_line_is_proved_by_id_and_by_number(chen: Client, round_: str) -> None:
    line = models.Line.objects.get(kind="round.opened")
    for path in (f"/book/lines/{line.entry}", f"/book/line?line={line.leaf}",
                 f"/book/line?line={line.entry}"):  # fmt: skip
        page = chen.get(path).content.decode()
        assert "the proof holds" in page and str(line.entry) in page
    assert chen.get("/book/line?line=99999").status_code == 404
    for odd in ("what", "²", "፩", "9" * 30):
        assert chen.get("/book/line", {"line": odd}).status_code == 404


def test_a_proof_can_be_taken_away_and_checked_with_the_public_key(
    chen: Client, round_: str
) -> None:
    line = models.Line.objects.get(kind="round.opened")
    answer = chen.get(f"/book/proofs/{line.leaf}")
    assert f'"{line.leaf}.tlog-proof"' in answer["Content-Disposition"]
    [key] = checkpoints.list_keys()
    assert key.write() in chen.get("/book/").content.decode()
    shown = proofs.check_proof(answer.content, [key])
    assert shown.hashed == sha256(bytes(line.content)).digest() and shown.leaf == line.leaf
    assert chen.get("/book/proofs/99999").status_code == 404


def test_a_line_that_was_changed_is_not_proved(chen: Client, round_: str) -> None:
    line = models.Line.objects.get(kind="round.opened")
    models.Line.objects.filter(leaf=line.leaf).update(hash=sha256(b"another").digest())
    page = chen.get(f"/book/lines/{line.entry}").content.decode()
    assert "does not hold" in page and "Not proved" in page


def test_a_stuck_consequence_is_shown(chen: Client) -> None:
    models.Done.objects.create(
        reaction="recheck", subject="TUBE1", fact="f", state="stuck", tries=3, error="gone", at=1
    )
    page = chen.get("/book/").content.decode()
    assert "recheck" in page and "gone" in page


def test_a_registrar_does_not_read_the_book(estate: None) -> None:
    registry.Role.objects.filter(staff=street.LIN).delete()
    assert conftest.sign_in(street.STEWARD).get("/book/").status_code == 403


def test_what_is_no_line_is_said_on_the_form(chen: Client, round_: str) -> None:
    for typed in ("999999", "xyz", street.round_id(3)):
        answer = chen.get("/book/line", {"line": typed})
        page = answer.content.decode()
        assert answer.status_code == 404 and "No line of the book has this number" in page
        assert f'value="{typed}"' in page


@pytest.mark.parametrize("place", [None, street.ESTATE, street.OTHER_ESTATE, street.round_id(9)])
def test_what_a_line_says_is_read_only_with_a_role_where_it_was_written(
    chen: Client, place: str | None
) -> None:
    """A line that names no place, or none that is known, is read at the top of the tree."""
    said = {"kind": "standing.given", "subject": street.person_id(1, 1, 1), "standing": "hospital"}
    [entry] = desk.post(street.CHEN, [said | {"place": place}])
    line = models.Line.objects.get(entry=entry)
    zhao = conftest.sign_in(street.STRANGER)
    own, other = (zhao, chen) if place == street.OTHER_ESTATE else (chen, zhao)
    for path in (f"/book/lines/{entry}", f"/book/line?line={line.leaf}"):
        page = own.get(path).content.decode()
        assert said["subject"] in page and "the proof holds" in page
        page = other.get(path).content.decode()
        assert said["subject"] not in page and "is read by those who hold a role" in page
        assert bytes(line.hash).hex() in page and "the proof holds" in page
