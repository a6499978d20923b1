"""Makes notes.json, what a phone seals to the server, and snapshot.json, a pull with the one after
it, from docs/sync.md alone, as make.py. HKDF is done here by hand, after RFC 5869.

Run as `python -m tests.vectors.make_pull`; it changes nothing while the contract stands.
"""

import hmac
import json
from copy import deepcopy
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tests.vectors import make

MAGIC = b"doorstep-note-1\n"
INFO = b"doorstep-v1\nnote\n"
SERVER = ec.derive_private_key(0xFEDCBA9876543210, ec.SECP256R1())
PHONE = ec.derive_private_key(0x0F1E2D3C4B5A6978, ec.SECP256R1())  # a new one for each note
NONCE = bytes(range(64, 76))
SALT = bytes(range(16))
SAID = {"name": "王小明", "document": "11010519491231002X", "phone": "13900139000"}
CONTENT = json.dumps(SAID, ensure_ascii=False, separators=(",", ":"))
OTHER = make.PERSON[:-1] + "c"


def point_of(private: ec.EllipticCurvePrivateKey) -> bytes:
    form = serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    return private.public_key().public_bytes(*form)


def scalar_of(private: ec.EllipticCurvePrivateKey) -> str:
    return private.private_numbers().private_value.to_bytes(32, "big").hex()


def derive(shared: bytes, salt: bytes) -> bytes:
    """The key: HKDF-SHA-256 of one block."""
    extracted = hmac.digest(salt, shared, "sha256")
    return hmac.digest(extracted, INFO + b"\x01", "sha256")


def seal(content: str, person: str) -> tuple[bytes, dict[str, str]]:
    """The content of an attachment, and what it takes to make it."""
    shared = PHONE.exchange(ec.ECDH(), SERVER.public_key())
    key = derive(shared, point_of(PHONE) + point_of(SERVER))
    sealed = AESGCM(key).encrypt(NONCE, content.encode(), person.encode())
    steps = {"shared_x": shared.hex(), "key": key.hex(), "sealed": sealed.hex()}
    return MAGIC + point_of(PHONE) + NONCE + sealed, steps


def make_notes() -> dict[str, Any]:
    """One note from its parts to the attachment; and contents that are read, or are not."""
    content, steps = seal(CONTENT, make.PERSON)
    body = SALT + content
    off = bytes([*content[:16], 4, *[7] * 64, *content[81:]])  # E is no point of the curve

    def case(about: str, content: bytes, said: object, person: str = make.PERSON) -> dict[str, Any]:
        return {"about": about, "person": person, "content": content.hex(), "said": said}

    return {
        "about": "A note, sealed to the server. Keys of the vector: nobody else's.",
        "person": make.PERSON,
        "content": CONTENT,
        "notes_key": point_of(SERVER).hex(),
        "notes_private_key": scalar_of(SERVER),
        "ephemeral_key": point_of(PHONE).hex(),
        "ephemeral_private_key": scalar_of(PHONE),
        "nonce": NONCE.hex(),
        "salt": SALT.hex(),
        **steps,
        "body": body.hex(),
        "digest": sha256(body).hexdigest(),
        "contents": [
            case("sealed", content, SAID),
            case("of another person", content, None, OTHER),
            case("a byte of it changed", content[:-1] + bytes([content[-1] ^ 1]), None),
            case("cut off", content[:90], None),
            case("E is no point", off, None),
            case("plain", CONTENT.encode(), SAID),
            case("plain, no phone, a field of later", b'{"name":"A","later":1}',
                 {"name": "A", "document": "", "phone": ""}),
            case("no JSON, as a photo", b"\xff\xd8\xff\xe0", None),
        ],
    }  # fmt: skip


ESTATE = "0190a0a0-0000-7000-8000-00000000e000"
LUNCH = make.ROUND[:-2] + "ab"
DOORS = [f"0190a0a0-0000-7000-8000-0000d000100{n}" for n in (1, 2, 3)]
PEOPLE = [f"0190a0a0-0000-7000-8000-0000000c000{n}" for n in (1, 2, 3, 4, 5)]
EPOCH = "0123456789ab"


def make_snapshot() -> dict[str, Any]:
    """Everything, what changed a minute later, and what a device then has."""
    round_ = {"area": ESTATE, "area_name": "中海锦城", "day": "2021-06-21", "state": "open"}
    due = ["due", False]
    first = {
        "device": make.DEVICE, "role": "registrar", "place": make.TABLE, "area": ESTATE,
        "version": f"{EPOCH}.1", "since": None, "at": "2021-06-21T00:31:00+00:00",
        "staff": [make.BY], "staff_names": {make.BY: "李*"}, "tubes": [], "verdicts": [],
        "notes_key": point_of(SERVER).hex(),
        "rounds": {make.ROUND: {"kind": "sampling", "pool": "ten", **round_},
                   LUNCH: {"kind": "lunch", "pool": None, **round_}},
        "doors": {DOORS[0]: "1座 1单元 101", DOORS[1]: "1座 1单元 102"},
        "people": {PEOPLE[0]: ["王*", DOORS[0]], PEOPLE[1]: ["张*", DOORS[0]],
                   PEOPLE[2]: ["欧*", DOORS[1]], PEOPLE[3]: ["A*", DOORS[1]]},
        "due": {make.ROUND: {PEOPLE[0]: due, PEOPLE[1]: ["due", True], PEOPLE[2]: due,
                             PEOPLE[3]: due},
                LUNCH: {DOORS[0]: due, DOORS[1]: due}},
        "gone": {"rounds": [], "doors": [], "people": [], "due": {}},
    }  # fmt: skip
    changes = first | {
        "version": f"{EPOCH}.2", "since": f"{EPOCH}.1", "at": "2021-06-21T00:32:00+00:00",
        "tubes": [{"round": make.ROUND, "first": "GC000001", "last": "GC000999"}],
        "verdicts": [{"n": 1, "codes": ["PERSON_UNKNOWN"]}, {"n": 2, "codes": ["GARBLED"]}],
        "rounds": {},
        "doors": {DOORS[2]: "1座 1单元 103"},
        "people": {PEOPLE[1]: ["章*", DOORS[0]], PEOPLE[4]: ["陈*", DOORS[2]]},
        "due": {make.ROUND: {PEOPLE[0]: ["done", False], PEOPLE[4]: ["extra", False]}},
        "gone": {"rounds": [LUNCH], "doors": [DOORS[1]], "people": PEOPLE[2:4],
                 "due": {make.ROUND: PEOPLE[2:4], LUNCH: DOORS[:2]}},
    }  # fmt: skip
    told = "A pull of everything, one a minute later with the version of the first as `since`, and "
    return {
        "about": told
        + "what the device has then. The order of rows and of lists in `gone` is free.",
        "first": first,
        "changes": changes,
        "after": bring_up(first, changes),
    }


def bring_up(had: dict[str, Any], told: dict[str, Any]) -> dict[str, Any]:
    """A copy brought up to date, as "Pull" says: rows put in, then those of `gone` taken out."""
    now = deepcopy({name: told[name] for name in told if name not in ("gone", "since")})
    gone = told["gone"]
    for name in ("rounds", "doors", "people"):
        rows = had[name] | told[name]
        now[name] = {key: row for key, row in rows.items() if key not in gone[name]}
    now["due"] = {}
    for round_ in had["due"].keys() | told["due"].keys():
        rows = had["due"].get(round_, {}) | told["due"].get(round_, {})
        left = {key: row for key, row in rows.items() if key not in gone["due"].get(round_, [])}
        if round_ not in gone["rounds"]:
            now["due"][round_] = left
    return now


if __name__ == "__main__":
    for name, made in (("notes", make_notes()), ("snapshot", make_snapshot())):
        written = json.dumps(made, indent=1, ensure_ascii=False)
        (make.HERE / f"{name}.json").write_text(written + "\n", encoding="utf-8")
