"""The tree against the recursive definition of RFC 9162 and against every kind of bad proof."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorstep.ledger import tree

LEAVES = [tree.leaf_hash(bytes([n])) for n in range(70)]


def root_by_definition(leaves: list[bytes]) -> bytes:
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return tree.node_hash(root_by_definition(leaves[:k]), root_by_definition(leaves[k:]))


@pytest.mark.parametrize("size", range(70))
def test_a_growing_tree_has_the_root_of_the_definition(size: int) -> None:
    assert tree.root_of(LEAVES[:size]) == root_by_definition(LEAVES[:size])


def test_the_published_root_of_the_rfc_test_data() -> None:
    inputs = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657"]
    inputs.append("606162636465666768696a6b6c6d6e6f")
    leaves = [tree.leaf_hash(bytes.fromhex(text)) for text in inputs]
    expected = "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"
    assert tree.root_of(leaves).hex() == expected


@given(st.integers(1, 70), st.data())
def test_every_leaf_proves_its_place_and_no_other(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    root = tree.root_of(LEAVES[:size])
    proof = tree.inclusion_proof(index, size, tree.hash_of_list(LEAVES))
    assert tree.verify_inclusion(index, size, LEAVES[index], proof, root)
    for other in range(size):
        if other != index:
            assert not tree.verify_inclusion(other, size, LEAVES[index], proof, root)


@given(st.integers(0, 70), st.data())
def test_every_earlier_tree_is_proved_a_prefix(size2: int, data: st.DataObject) -> None:
    size1 = data.draw(st.integers(0, size2))
    root1, root2 = tree.root_of(LEAVES[:size1]), tree.root_of(LEAVES[:size2])
    proof = tree.consistency_proof(size1, size2, tree.hash_of_list(LEAVES))
    assert tree.verify_consistency(size1, size2, proof, root1, root2)
    if size1 and size1 != size2:
        assert not tree.verify_consistency(size1, size2, proof, root2, root1)
        assert not tree.verify_consistency(size1, size2, proof[:-1], root1, root2)
        assert not tree.verify_consistency(size1, size2, [*proof, root1], root1, root2)


@given(st.integers(-2, 9), st.integers(-2, 9), st.lists(st.binary(max_size=40), max_size=6))
def test_a_bad_proof_is_false_and_never_an_exception(a: int, b: int, proof: list[bytes]) -> None:
    root = tree.root_of(LEAVES[:7])
    assert tree.verify_inclusion(a, b, b"short", proof, root) is False
    if a != b:
        assert tree.verify_consistency(a, b, proof, b"x" * 32, root) is False


def test_a_frontier_refuses_nodes_that_do_not_fit_its_size() -> None:
    with pytest.raises(ValueError, match="one node"):
        tree.Frontier(3, [b"x" * 32])
