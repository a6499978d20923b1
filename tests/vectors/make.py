"""Makes the figures of this folder from docs/sync.md alone, with hashlib and cryptography and
nothing of the server, so that a mistake of the server's is not copied into them.

Run as `python tests/vectors/make.py`; it changes nothing while the contract stands.
"""

import gzip
import json
import uuid
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

HERE = Path(__file__).parent
CELL = "0190a0a0-0000-7000-8000-0000000000ce"
DEVICE = "0190a0a0-0000-7000-8000-0000000000de"
BY = "0190a0a0-0000-7000-8000-0000000000b1"
ROUND = "0190a0a0-0000-7000-8000-0000000000aa"
PERSON = "0190a0a0-0000-7000-8000-0000000000bb"
TABLE = "0190a0a0-0000-7000-8000-00000000ab1e"
SENT = "2021-06-21T08:31:02+08:00"
AT = "2021-06-21T08:31:00+08:00"
ED25519 = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
P256 = ec.derive_private_key(0x1234567890ABCDEF, ec.SECP256R1())
Entry = dict[str, Any]


def sign(algorithm: str, text: str) -> str:
    if algorithm == "ed25519":
        return ED25519.sign(text.encode()).hex()
    signed = P256.sign(text.encode(), ec.ECDSA(hashes.SHA256(), deterministic_signing=True))
    r, s = decode_dss_signature(signed)
    return (r.to_bytes(32, "big") + s.to_bytes(32, "big")).hex()


def public(algorithm: str) -> str:
    if algorithm == "ed25519":
        return ED25519.public_key().public_bytes_raw().hex()
    form = serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    return P256.public_key().public_bytes(*form).hex()


def first_head(key: str) -> bytes:
    start = b"doorstep-v1" + uuid.UUID(CELL).bytes + uuid.UUID(DEVICE).bytes
    return sha256(start + bytes.fromhex(key)).digest()


def heads_of(key: str, lines: list[bytes]) -> list[bytes]:
    heads = [first_head(key)]
    for line in lines:
        heads.append(sha256(heads[-1] + sha256(line).digest()).digest())
    return heads


def entry(number: int, kind: str = "person.sampled", **fields: Any) -> bytes:
    said: Entry = {"id": f"0190a0a0-0000-7000-8000-{number:012x}", "kind": kind, "v": 1}
    said |= {"at": AT, "by": BY}
    if kind == "person.sampled":
        said |= {"round": ROUND, "person": PERSON, "tube": "GC000001"}
    return json.dumps(said | fields, ensure_ascii=False).encode()


def make_keys() -> Entry:
    made: Entry = {"about": "Enrolment, session and attachment: what is signed, and signatures."}
    for algorithm in ("ed25519", "p256"):
        key, code, nonce = public(algorithm), "code-once", "nonce:1:x"
        enrol = f"doorstep-v1\nenrol\n{code}\n{algorithm}\n{key}\n"
        session = f"doorstep-v1\nsession\n{CELL}\n{DEVICE}\n{nonce}\n"
        salt, content = bytes(range(16)), "一张纸条".encode()
        digest = sha256(salt + content).hexdigest()
        attachment = f"doorstep-v1\nattachment\n{CELL}\n{DEVICE}\n{digest}\n"
        made[algorithm] = {
            "public_key": key,
            "first_head": first_head(key).hex(),
            "enrol": {"code": code, "text": enrol, "proof": sign(algorithm, enrol)},
            "session": {"nonce": nonce, "text": session, "signature": sign(algorithm, session)},
            "attachment": {
                "salt": salt.hex(),
                "content": content.hex(),
                "digest": digest,
                "text": attachment,
                "signature": sign(algorithm, attachment),
            },
        }
    return made | {"cell": CELL, "device": DEVICE}


def make_lines() -> Entry:
    good = entry(1)
    lines = [
        ("entry", "as written", good),
        ("entry", "a CR belongs to the line and is white space", good + b"\r"),
        ("entry", "fields in any order, spaces", b"  " + entry(1, place=TABLE) + b" "),
        ("entry", "a moment in UTC", entry(1, at="2021-06-21T00:31:00Z")),
        ("entry", "a moment with parts of a second", entry(1, at="2021-06-21T08:31:00.123456Z")),
        ("entry", "an optional field", entry(1, how="scan")),
        ("entry", "an optional field that is null", entry(1, how=None)),
        ("later", "a kind that is not known yet", entry(1, kind="bell.rung", bell="front")),
        ("later", "a version that is not known yet", entry(1, v=2, more=1)),
        ("garbled", "empty", b""),
        ("garbled", "no JSON", b"not json"),
        ("garbled", "no object", b"[]"),
        ("garbled", "half a line", good[:-5]),
        ("garbled", "two objects", good + good),
        ("garbled", "a field is missing", good.replace(b', "tube": "GC000001"', b"")),
        ("garbled", "a field too many", entry(1, name="x")),
        ("garbled", "a wrong type", entry(1, tube=1)),
        ("garbled", "a code in small letters", entry(1, tube="gc000001")),
        ("garbled", "free text", entry(1, tube="blue coat")),
        ("garbled", "an id in capitals", entry(1, person=PERSON.upper())),
        ("garbled", "an id without hyphens", entry(1, person=PERSON.replace("-", ""))),
        ("garbled", "a moment without an offset", entry(1, at="2021-06-21T08:31:00")),
        ("garbled", "version 0", entry(1, v=0)),
        ("garbled", "version as text", entry(1, v="1")),
    ]
    told = [{"is": word, "why": why, "line": line.decode()} for word, why, line in lines]
    return {
        "about": "Lines, and what they are: entry, later (KIND_UNKNOWN), garbled.",
        "lines": told,
    }


def make_requests() -> Entry:
    """A conversation of one device, from its first push; each answer is without `at`."""
    known = entry(1, kind="bell.rung")
    lines = [known, b"not json", entry(2, kind="bell.rung")]
    heads = heads_of(public("ed25519"), lines)
    unknown = ["KIND_UNKNOWN"]
    steps = [
        (
            "two lines, the second is no entry",
            push(heads, lines, 1, 2),
            {"status": 200, "through": 2, "head": heads[2].hex(), "safe": 0, "lines": [
                {"n": 1, "answer": "kept", "codes": unknown},
                {"n": 2, "answer": "garbled", "codes": ["GARBLED"]}]},
        ),
        (
            "the same again",
            push(heads, lines, 1, 2),
            {"status": 200, "through": 2, "head": heads[2].hex(), "safe": 0, "lines": [
                {"n": 1, "answer": "known", "codes": unknown},
                {"n": 2, "answer": "known", "codes": ["GARBLED"]}]},
        ),
        (
            "one known, one new, as gzip",
            push(heads, lines, 2, 2, packed=True),
            {"status": 200, "through": 3, "head": heads[3].hex(), "safe": 0, "lines": [
                {"n": 2, "answer": "known", "codes": ["GARBLED"]},
                {"n": 3, "answer": "kept", "codes": unknown}]},
        ),
        (
            "a probe of no lines",
            push(heads, lines, 4, 0),
            {"status": 200, "through": 3, "head": heads[3].hex(), "safe": 0, "lines": []},
        ),
        (
            "a gap",
            push([*heads, heads[0], heads[0]], [*lines, b"", known], 5, 1, honest=False),
            {"status": 409, "through": 3, "head": heads[3].hex()},
        ),
        (
            "a fork",
            push(heads_of(public("ed25519"), [known, b"other"]), [known, b"other"], 1, 2),
            {"status": 409, "through": 3, "head": heads[3].hex()},
        ),
        (
            "one bit of the signature is another",
            push(heads, lines, 1, 2, forged=True),
            {"status": 401, "code": "DEVICE_UNKNOWN_OR_SIGNATURE_WRONG"},
        ),
        (
            "fewer lines than were said",
            push(heads, lines, 1, 2) | {"body": (known + b"\n").hex()},
            {"status": 400, "code": "COUNT_OR_HEAD_WRONG"},
        ),
    ]  # fmt: skip
    told = [{"about": why, "request": request, "answer": answer} for why, request, answer in steps]
    given = {"cell": CELL, "device": DEVICE, "by": BY, "role": "registrar"}
    given["public_key"] = public("ed25519")
    return {
        "about": "Requests in order, and what is answered. Bodies are hex.",
        **given,
        "steps": told,
    }


def push(
    heads: list[bytes],
    lines: list[bytes],
    first: int,
    count: int,
    *,
    packed: bool = False,
    forged: bool = False,
    honest: bool = True,
) -> Entry:
    part = lines[first - 1 : first - 1 + count]
    previous = heads[first - 1]
    head = heads[first - 1 + count] if honest else heads_from(previous, part)
    words = [CELL, DEVICE, str(first), str(count), previous.hex(), head.hex(), SENT]
    signature = sign("ed25519", "\n".join(["doorstep-v1", "entries", *words, ""]))
    if forged:
        signature = f"{int(signature[:2], 16) ^ 1:02x}{signature[2:]}"
    names = ("Device", "First", "Count", "Previous", "Head", "Sent")
    headers = dict(zip([f"Doorstep-{name}" for name in names], words[1:], strict=True))
    headers["Doorstep-Signature"] = signature
    body = b"".join(line + b"\n" for line in part)
    if packed:
        headers["Content-Encoding"] = "gzip"
        body = gzip.compress(body, mtime=0)
    return {"path": "/field/v1/entries", "headers": headers, "body": body.hex()}


def heads_from(head: bytes, lines: list[bytes]) -> bytes:
    for line in lines:
        head = sha256(head + sha256(line).digest()).digest()
    return head


def make_tree() -> Entry:
    rows, leaves = [], []
    for number in range(1, 8):
        hashed = sha256(b"line %d" % number).digest()
        received = 1624233600000000 + number
        data = b"\x01" + uuid.UUID(DEVICE).bytes + number.to_bytes(8, "big")
        leaves.append(sha256(b"\0" + data + received.to_bytes(8, "big") + hashed).digest())
        rows.append({"number": number, "received_at": received, "line_hash": hashed.hex()})
    proofs = [[each.hex() for each in inclusion(index, leaves)] for index in range(len(leaves))]
    growth = {str(size): [each.hex() for each in consistency(size, leaves)] for size in range(1, 7)}
    return {
        "about": "Seven leaves: hashes, the root at each size, inclusion and consistency proofs.",
        "device": DEVICE,
        "leaves": rows,
        "leaf_hashes": [leaf.hex() for leaf in leaves],
        "roots": [root(leaves[:size]).hex() for size in range(len(leaves) + 1)],
        "inclusion_in_7": proofs,
        "consistency_with_7": growth,
    }


def split(size: int) -> int:
    k = 1
    while k * 2 < size:
        k *= 2
    return k


def root(leaves: list[bytes]) -> bytes:
    if len(leaves) < 2:
        return leaves[0] if leaves else sha256(b"").digest()
    k = split(len(leaves))
    return sha256(b"\1" + root(leaves[:k]) + root(leaves[k:])).digest()


def inclusion(index: int, leaves: list[bytes]) -> list[bytes]:
    if len(leaves) == 1:
        return []
    k = split(len(leaves))
    if index < k:
        return [*inclusion(index, leaves[:k]), root(leaves[k:])]
    return [*inclusion(index - k, leaves[k:]), root(leaves[:k])]


def consistency(size: int, leaves: list[bytes], whole: bool = True) -> list[bytes]:
    if size == len(leaves):
        return [] if whole else [root(leaves)]
    k = split(len(leaves))
    if size <= k:
        return [*consistency(size, leaves[:k], whole), root(leaves[k:])]
    return [*consistency(size - k, leaves[k:], False), root(leaves[:k])]


if __name__ == "__main__":
    made = {"keys": make_keys(), "lines": make_lines(), "requests": make_requests()}
    for name, content in (made | {"tree": make_tree()}).items():
        text = json.dumps(content, indent=1, ensure_ascii=False)
        (HERE / f"{name}.json").write_text(text + "\n", encoding="utf-8")
