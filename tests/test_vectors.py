"""The vectors of docs/sync.md, fixed figures with which a client in any language checks itself, and
the page's table of kinds against the shapes the server reads.
"""

import json
import re
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from django.core import signing
from django.test import Client

from doorstep.field import sessions
from doorstep.kit import clock, ids
from doorstep.ledger import (
    attachments,
    book,
    chain,
    checkpoints,
    devices,
    intake,
    kinds,
    models,
    notes,
    proofs,
    tree,
)
from tests import kinds_page, stranger
from tests.vectors import make, make_api, make_log

VECTORS = Path(__file__).parent / "vectors"
PAGE = Path(__file__).parents[1] / "docs" / "sync.md"
LINES = json.loads((VECTORS / "lines.json").read_text())["lines"]
REQUESTS = json.loads((VECTORS / "requests.json").read_text())


def load(name: str) -> Any:
    return json.loads((VECTORS / f"{name}.json").read_text())


def test_the_files_are_what_the_contract_says() -> None:
    """The files come from make.py, which knows the contract and nothing of the server."""
    for name in ("keys", "lines", "requests", "tree"):
        assert load(name) == json.loads(json.dumps(getattr(make, f"make_{name}")())), name
    assert load("devices") == json.loads(json.dumps(make_api.make_devices()))
    assert load("log") == json.loads(json.dumps(make_log.make_log()))


def test_the_chain_and_signature_vector() -> None:
    given = load("push")
    lines = chain.split_lines(given["body"].encode())
    assert [chain.line_hash(line).hex() for line in lines] == given["line_hashes"]
    public = bytes.fromhex(given["public_key"])
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
    assert chain.is_signed("ed25519", public, bytes.fromhex(given["signature"]), text)


@pytest.mark.parametrize("algorithm", ["ed25519", "p256"])
def test_what_is_signed_besides_pushes(algorithm: str) -> None:
    given = load("keys")
    cell, device, own = given["cell"], given["device"], given[algorithm]
    public = bytes.fromhex(own["public_key"])
    assert chain.first_head(cell, device, public).hex() == own["first_head"]
    enrol, session, attachment = own["enrol"], own["session"], own["attachment"]
    texts = {
        enrol["proof"]: devices.proof_text(enrol["code"], algorithm, public),
        session["signature"]: sessions.nonce_text(cell, device, session["nonce"]),
        attachment["signature"]: attachments.attachment_text(cell, device, attachment["digest"]),
    }
    for signature, text in texts.items():
        assert chain.is_signed(algorithm, public, bytes.fromhex(signature), text)
        assert not chain.is_signed(algorithm, public, bytes.fromhex(signature), text + b"\n")
    blob = bytes.fromhex(attachment["salt"] + attachment["content"])
    assert sha256(blob).hexdigest() == attachment["digest"]


@pytest.mark.parametrize("given", LINES, ids=[each["why"] for each in LINES])
def test_what_a_line_is(given: dict[str, str]) -> None:
    read = kinds.read(given["line"].encode())
    said = {kinds.Header: "later", type(None): "garbled"}.get(type(read), "entry")
    assert said == given["is"]


@pytest.mark.django_db
def test_a_conversation_is_answered_as_written() -> None:
    cell = models.Cell.objects.create(key=1, id=REQUESTS["cell"], zone="Asia/Shanghai", opened_at=1)
    book.get_cell_id.cache_clear()
    public = bytes.fromhex(REQUESTS["public_key"])
    device = models.Device.objects.create(
        id=REQUESTS["device"],
        algorithm="ed25519",
        public_key=public,
        role=REQUESTS["role"],
        enrolled_at=1,
        head=chain.first_head(cell.id, REQUESTS["device"], public),
    )
    models.Assignment.objects.create(device=device, person=REQUESTS["by"], from_at=1)
    for step in REQUESTS["steps"]:
        request = step["request"]
        answer = Client().post(
            request["path"],
            bytes.fromhex(request["body"]),
            content_type="application/x-ndjson",
            headers=request["headers"],
        )
        told = {"status": answer.status_code} | answer.json()
        if told["status"] == 200:
            assert told.pop("at")
            for each in told["lines"]:  # a clock years off is flagged besides
                each["codes"] = [code for code in each["codes"] if code != "CLOCK_OFF"]
        assert told == step["answer"], step["about"]
    book.get_cell_id.cache_clear()


class Nonces:
    """Gives out the one nonce that the file has, for the device that asks first."""

    def __init__(self, nonce: str) -> None:
        self.nonce, self.text = nonce, ""

    def sign(self, text: str) -> str:
        self.text = self.text or text
        return self.nonce

    def unsign(self, nonce: str, max_age: int) -> str:
        if nonce != self.nonce:
            raise signing.BadSignature
        return self.text


@pytest.mark.django_db
def test_devices_enrol_push_ask_and_hand_in_as_written(monkeypatch: pytest.MonkeyPatch) -> None:
    given = load("devices")
    models.Cell.objects.create(key=1, id=given["cell"], zone=given["zone"], opened_at=1)
    book.get_cell_id.cache_clear()
    intake._keys.clear()
    for code in given["codes"]:
        models.Enrolment.objects.create(
            code_hash=sha256(code.encode()).digest(),
            role=given["role"],
            place=given["place"],
            expires_at=clock.now() + clock.HOUR,
        )
    new = iter(given["devices"].values())
    monkeypatch.setattr(devices.ids, "new", lambda: next(new))
    monkeypatch.setattr(sessions, "_nonces", Nonces(given["nonce"]))
    for step in given["steps"]:
        request, expected = step["request"], step["answer"]
        if "json" in request:
            body = json.dumps(request["json"]).encode()
        else:
            body = bytes.fromhex(request.get("hex", ""))
        answer = Client().generic(
            request["method"],
            request["path"],
            body,
            "application/octet-stream",
            headers=request.get("headers", {}),
        )
        told = {"status": answer.status_code} | answer.json()
        if "lines" in told:
            assert told.pop("at")
            for each in told["lines"]:  # a clock years off is flagged besides
                each["codes"] = [code for code in each["codes"] if code != "CLOCK_OFF"]
        if expected.get("token") == "any":
            assert len(told.pop("token")) > 20
            expected = {name: word for name, word in expected.items() if name != "token"}
        assert told == expected, step["about"]
    book.get_cell_id.cache_clear()
    intake._keys.clear()


def test_the_log_vector() -> None:
    given = load("log")
    key = notes.read_key(given["key"])
    private = ed25519.Ed25519PrivateKey.from_private_bytes(bytes.fromhex(given["private_key"]))
    assert notes.Key(key.name, private.public_key().public_bytes_raw()).write() == given["key"]
    read = proofs.read_checkpoint(given["checkpoint"].encode(), [key])
    assert read == (key.name, given["size"], bytes.fromhex(given["root"]))
    signed = [notes.sign(read.write(), key.name, private)]
    assert notes.write(read.write(), signed) == given["checkpoint"]
    leaves = [
        tree.leaf_hash(tree.leaf_data(ids.to_bytes(given["device"]), n, 1624233600000000 + n,
                                      sha256(b"line %d" % n).digest()))
        for n in range(1, given["size"] + 1)
    ]  # fmt: skip
    assert tree.root_of(leaves) == read.root
    for text in given["proofs"]:
        shown = proofs.check_proof(text.encode(), [key])
        assert shown.hashed == sha256(b"line %d" % shown.number).digest()
        assert (
            shown.leaf == shown.number - 1 and shown.received_at == 1624233600000000 + shown.number
        )
        path = tree.inclusion_proof(shown.leaf, read.size, tree.hash_of_list(leaves))
        data = proofs.read_proof(text.encode()).data
        assert proofs.Proof(data, shown.leaf, path, given["checkpoint"]).write() == text
    for each in given["paths"]:
        assert proofs.write_tile_path(*each["tile"]) == each["path"]
    for each in given["tiles"]:
        _, level, *rest = each["path"].split("/")
        name, _, width = "/".join(rest).partition(".p/")
        number = proofs.read_tile_number(name)
        assert number is not None
        assert proofs.count_in_tile(read.size, int(level), number) == int(width or proofs.TILE)
        held = 256 ** int(level)
        start = number * 256 * held
        hashes = [tree.root_of(leaves[at : at + held])
                  for at in range(start, start + int(width or 256) * held, held)]  # fmt: skip
        assert hashes[0].hex() == each["first"]
        assert sha256(b"".join(hashes)).hexdigest() == each["sha256"]


@pytest.mark.django_db
def test_whoever_watches_the_log_reads_it_from_the_page_alone(cell: models.Cell) -> None:
    """Tiles, checkpoint and proofs of a real book, read by code that is not the server's."""
    phone, http = stranger.Phone(), Client()
    lines = [b"%d" % n for n in range(700)]
    phone.push(lines[:300])
    checkpoints.publish()
    assert make_log.read_log(lambda path: fetch(http, path))[0] == 300
    phone.push(lines[300:])
    checkpoints.publish()
    size, root, leaves = make_log.read_log(lambda path: fetch(http, path))
    assert (size, root) == (700, book.root_at(700))
    key = fetch(http, "key").decode().splitlines()[0]
    for at in (0, 299, 699):
        data, index = make_log.read_proof(checkpoints.prove(at), key)
        assert index == at and data[33:] == sha256(lines[at]).digest()
        assert sha256(b"\0" + data).digest() == leaves[at]


def fetch(http: Client, path: str) -> bytes:
    answer = http.get(f"/log/{path}")
    assert answer.status_code == 200, path
    return answer.content


def test_the_tree_vector() -> None:
    given = load("tree")
    device, size = ids.to_bytes(given["device"]), len(given["leaves"])
    leaves = [
        tree.leaf_hash(
            tree.leaf_data(
                device, row["number"], row["received_at"], bytes.fromhex(row["line_hash"])
            )
        )
        for row in given["leaves"]
    ]
    roots = [bytes.fromhex(text) for text in given["roots"]]
    assert [leaf.hex() for leaf in leaves] == given["leaf_hashes"]
    assert [tree.root_of(leaves[:n]) for n in range(size + 1)] == roots
    for index, texts in enumerate(given["inclusion_in_7"]):
        proof = [bytes.fromhex(text) for text in texts]
        assert tree.inclusion_proof(index, size, tree.hash_of_list(leaves)) == proof
        assert tree.verify_inclusion(index, size, leaves[index], proof, roots[size])
    for first, texts in given["consistency_with_7"].items():
        proof = [bytes.fromhex(text) for text in texts]
        assert tree.consistency_proof(int(first), size, tree.hash_of_list(leaves)) == proof
        assert tree.verify_consistency(int(first), size, proof, roots[int(first)], roots[size])


def test_the_page_names_every_kind_and_field_and_no_other() -> None:
    said = re.findall(r"^\| `[a-z_]+\.(?!json)[a-z_]+` \|.*$", PAGE.read_text(), re.MULTILINE)
    assert said == kinds_page.list_rows(), "put `python -m tests.kinds_page` into the page"
