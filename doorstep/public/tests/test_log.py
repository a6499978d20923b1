"""The public log, read as a stranger reads it: every tile of the newest checkpoint, and no more."""

import pytest
from django.test import Client

from doorstep.ledger import book, checkpoints, models, notes, proofs, tree
from tests.stranger import Phone, line

pytestmark = pytest.mark.django_db


@pytest.fixture
def phone(cell: models.Cell) -> Phone:
    phone = Phone()
    for _ in range(3):
        phone.push([line() for _ in range(200)])
    checkpoints.publish()
    return phone


def get_tile(path: str) -> bytes:
    answer = Client().get(f"/log/{path}")
    assert answer.status_code == 200 and "immutable" in answer["Cache-Control"]
    assert answer["Content-Type"] == "application/octet-stream"
    return answer.content


def test_a_stranger_builds_the_signed_root_from_tiles(phone: Phone) -> None:
    keys = [notes.read_key(text) for text in Client().get("/log/key").content.decode().split()]
    answer = Client().get("/log/checkpoint")
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    said = proofs.read_checkpoint(answer.content, keys)
    assert said.size == 600
    leaves = b""
    for number in range(3):
        width = proofs.count_in_tile(said.size, 0, number)
        leaves += get_tile(proofs.write_tile_path(0, number, width))
    assert len(leaves) == 600 * 32
    hashes = [leaves[at : at + 32] for at in range(0, len(leaves), 32)]
    assert tree.root_of(hashes) == said.root
    above = get_tile("tile/1/000.p/2")
    assert above == tree.root_of(hashes[:256]) + tree.root_of(hashes[256:512])


def test_what_is_kept_for_ever_is_one_for_all_languages(phone: Phone) -> None:
    """A shared cache keeps a copy for each thing an answer varies with."""
    for path in ("checkpoint", "key", "tile/0/000", "tile/0/999"):
        told = [Client().get(f"/log/{path}", HTTP_ACCEPT_LANGUAGE=one) for one in ("en", "zh-hans")]
        assert told[0].content == told[1].content, path
        for answer in told:
            assert not {"Vary", "Content-Language", "Set-Cookie"} & set(answer.headers), path
    assert "Accept-Language" in Client().get("/sign-in")["Vary"]  # a page's words do vary


def test_no_more_is_shown_than_is_signed(phone: Phone) -> None:
    phone.push([line() for _ in range(5)])
    assert book.get_cell().size == 605
    assert len(get_tile("tile/0/002.p/88")) == 88 * 32
    assert len(get_tile("tile/0/002.p/1")) == 32  # as an older checkpoint needs it
    for path in (
        "tile/0/002.p/89", "tile/0/002", "tile/0/003", "tile/1/000", "tile/1/000.p/3", "tile/2/000",
        "tile/0/2", "tile/0/0002", "tile/00/000", "tile/0/x000/002", "tile/64/000", "tile/-1/000",
        "tile/0/000.p/256", "tile/0/000.p/0", "tile/0/000.p/01", "tile/entries/000", "tile/0/",
        "tile/0/٠٠٠", "tile/0/000/", "tile/0/000.p/", "tile/9/999", "tile/",
    ):  # fmt: skip
        assert Client().get(f"/log/{path}").status_code == 404, path
    assert Client().post("/log/checkpoint").status_code == 405


def test_an_empty_book_has_nothing_to_show(cell: models.Cell) -> None:
    for path in ("checkpoint", "tile/0/000", "tile/0/000.p/1"):
        assert Client().get(f"/log/{path}").status_code == 404
