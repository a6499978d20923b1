"""Proofs from tiles: the same as from the whole list of leaves, at every size."""

from hashlib import sha256

import pytest

from doorstep.ledger import book, models, tree

pytestmark = pytest.mark.django_db


@pytest.fixture
def leaves(cell: models.Cell) -> list[bytes]:
    leaves = [sha256(b"%d" % n).digest() for n in range(70_000)]
    start = 0
    for step in (1, 254, 1, 1, 511, 3_000, 20_000, 46_232):
        locked = book.lock_cell()
        book.add_leaves(locked, leaves[start : start + step])
        start += step
    assert start == len(leaves)
    return leaves


def test_proofs_from_tiles_are_right(leaves: list[bytes]) -> None:
    for size in (1, 2, 255, 256, 257, 65_536, 65_537, 70_000):
        root = tree.root_of(leaves[:size])
        assert book.root_at(size) == root
        for leaf in {0, size // 2, size - 1}:
            proof = book.prove_line(leaf, size)
            assert tree.verify_inclusion(leaf, size, leaves[leaf], proof, root)
    whole = book.root_at(70_000)
    for size in (1, 255, 256, 300, 65_537):
        proof = book.prove_growth(size, 70_000)
        assert tree.verify_consistency(size, 70_000, proof, book.root_at(size), whole)


def test_a_proof_reads_few_tiles(
    leaves: list[bytes], django_assert_max_num_queries: object
) -> None:
    with django_assert_max_num_queries(24):  # type: ignore[operator]
        book.prove_line(12_345, 70_000)
