"""The vectors of docs/sync.md: fixed figures with which a client in any language checks itself."""

import json
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ed25519

from doorstep.ledger import chain, tree

VECTORS = Path(__file__).parent / "vectors"


def test_the_chain_and_signature_vector() -> None:
    given = json.loads((VECTORS / "push.json").read_text())
    private = ed25519.Ed25519PrivateKey.from_private_bytes(bytes.fromhex(given["private_key"]))
    public = private.public_key().public_bytes_raw()
    assert public.hex() == given["public_key"]
    lines = chain.split_lines(given["body"].encode())
    assert [chain.line_hash(line).hex() for line in lines] == given["line_hashes"]
    heads = [chain.first_head(given["cell"], given["device"], public)]
    for line in lines:
        heads.append(chain.next_head(heads[-1], chain.line_hash(line)))
    assert [head.hex() for head in heads] == given["heads"]
    text = chain.push_text(
        cell=given["cell"],
        device=given["device"],
        first=1,
        count=len(lines),
        previous=heads[0],
        head=heads[-1],
        sent=given["sent"],
    )
    assert text.decode() == given["signed_text"]
    assert private.sign(text).hex() == given["signature"]
    assert chain.is_signed("ed25519", public, bytes.fromhex(given["signature"]), text)


def test_the_tree_vector() -> None:
    given = json.loads((VECTORS / "tree.json").read_text())
    leaves = [
        tree.leaf_hash(
            tree.leaf_data(
                bytes.fromhex(row["device"]),
                row["number"],
                row["received_at"],
                bytes.fromhex(row["line_hash"]),
            )
        )
        for row in given["leaves"]
    ]
    assert [leaf.hex() for leaf in leaves] == given["leaf_hashes"]
    assert tree.root_of(leaves).hex() == given["root"]
    proof = [bytes.fromhex(text) for text in given["inclusion_of_leaf_2"]]
    assert tree.verify_inclusion(2, len(leaves), leaves[2], proof, bytes.fromhex(given["root"]))
