"""Makes devices.json: whole requests to enrol, to push with a P-256 key, to open a session and to
hand in an attachment, with the answers to them. From docs/sync.md alone, as make.py.

Run as `python -m tests.vectors.make_api`; it changes nothing while the contract stands.
"""

import json
from hashlib import sha256
from typing import Any

from tests.vectors import make

PLACE = make.TABLE
NONE = "0" * 128


def make_devices() -> dict[str, Any]:
    """Steps in order. Codes are good at the start; `any` stands for what the server makes up."""
    return {
        "about": "Requests in order, and what is answered. A body is `json`, or `hex`.",
        "cell": make.CELL,
        "devices": {each: device_of(each) for each in ("ed25519", "p256")},
        "role": "registrar",
        "place": PLACE,
        "zone": "Asia/Shanghai",
        "codes": ["code-one", "code-two"],
        "nonce": "nonce:1:x",
        "steps": [*enrolments(), *pushes(), *sessions(), *attachments()],
    }


def device_of(algorithm: str) -> str:
    """The id the device is given."""
    return make.DEVICE if algorithm == "ed25519" else make.DEVICE[:-1] + "f"


def step(about: str, path: str, answer: dict[str, Any], **request: Any) -> dict[str, Any]:
    """One request, POST unless it says otherwise, and the whole answer."""
    asked = {"method": "POST", "path": f"/field/v1/{path}"} | request
    return {"about": about, "request": asked, "answer": answer}


def enrolments() -> list[dict[str, Any]]:
    """Two devices enrol, and what is refused before and after."""

    def asked(code: str, algorithm: str) -> dict[str, str]:
        key = make.public(algorithm)
        text = f"doorstep-v1\nenrol\n{code}\n{algorithm}\n{key}\n"
        proof = make.sign(algorithm, text)
        return {"code": code, "alg": algorithm, "key": key, "proof": proof}

    def given(algorithm: str) -> dict[str, Any]:
        said = {"status": 200, "device": device_of(algorithm), "cell": make.CELL}
        return said | {"zone": "Asia/Shanghai", "role": "registrar", "place": PLACE}

    one, two = asked("code-one", "ed25519"), asked("code-two", "p256")

    def refused(why: str, code: str, body: dict[str, Any], status: int = 401) -> dict[str, Any]:
        return step(why, "devices", {"status": status, "code": code}, json=body)

    return [
        refused("the proof is of another code", "PROOF_INVALID", one | {"code": "code-two"}),
        refused("no such algorithm", "KEY_INVALID", one | {"alg": "rsa"}),
        refused("half a key", "KEY_INVALID", one | {"key": one["key"][:32]}),
        refused("an unknown field", "REQUEST_INVALID", one | {"name": "x"}, 400),
        refused("a field is missing", "REQUEST_INVALID", {"code": "code-one"}, 400),
        refused("a key that is no hex", "REQUEST_INVALID", one | {"key": "zz"}, 400),
        step("Ed25519; the code is not used up yet", "devices", given("ed25519"), json=one),
        step("the same key with the same code: its answer was lost", "devices", given("ed25519"),
             json=one),
        refused("the code with another key", "CODE_INVALID", asked("code-one", "p256")),
        step("P-256", "devices", given("p256"), json=two),
        refused("a code nobody gave", "CODE_INVALID", asked("code-three", "ed25519")),
    ]  # fmt: skip


def head_of(algorithm: str) -> bytes:
    """The head of a device before its first line."""
    ids = bytes.fromhex((make.CELL + device_of(algorithm)).replace("-", ""))
    return sha256(b"doorstep-v1" + ids + bytes.fromhex(make.public(algorithm))).digest()


def pushes() -> list[dict[str, Any]]:
    """The P-256 device asks how far it is, and pushes two lines."""
    lines = [make.entry(11, kind="bell.rung"), b"\r"]
    start = head_of("p256")
    end = make.heads_from(start, lines)

    def push(about: str, first: int, count: int, previous: bytes, head: bytes,
             body: bytes, answer: dict[str, Any], **more: str) -> dict[str, Any]:  # fmt: skip
        words = [device_of("p256"), str(first), str(count), previous.hex(), head.hex(), make.SENT]
        text = "\n".join(["doorstep-v1", "entries", make.CELL, *words, ""])
        names = ("Device", "First", "Count", "Previous", "Head", "Sent")
        headers = dict(zip([f"Doorstep-{name}" for name in names], words, strict=True))
        headers["Doorstep-Signature"] = make.sign("p256", text)
        return step(about, "entries", answer, headers=headers | more, hex=body.hex())

    none = {"status": 200, "through": 0, "head": start.hex(), "safe": 0, "lines": []}
    said = [{"n": 1, "answer": "kept", "codes": ["KIND_UNKNOWN"]},
            {"n": 2, "answer": "garbled", "codes": ["GARBLED"]}]  # fmt: skip
    both = {"status": 200, "through": 2, "head": end.hex(), "safe": 0, "lines": said}
    return [
        push("a probe before the first line tells of two unsent ones", 1, 0, start, start, b"",
             none, **{"Doorstep-Written": "2"}),
        push("two lines, the second is a CR alone", 1, 2, start, end,
             b"".join(line + b"\n" for line in lines), both),
        push("the last line without its newline, once more", 2, 1,
             make.heads_from(start, lines[:1]), end, lines[1],
             both | {"lines": [said[1] | {"answer": "known"}]}),
        push("a probe at an earlier number", 2, 0, make.heads_from(start, lines[:1]),
             make.heads_from(start, lines[:1]), b"", both | {"lines": []}),
    ]  # fmt: skip


def sessions() -> list[dict[str, Any]]:
    """Nonce and token; the nonce of these steps is the file's, which the server must give out."""
    asked = {"device": make.DEVICE}
    text = f"doorstep-v1\nsession\n{make.CELL}\n{make.DEVICE}\nnonce:1:x\n"
    signed = asked | {"nonce": "nonce:1:x", "signature": make.sign("ed25519", text)}
    refused = {"status": 401, "code": "SESSION_REFUSED"}
    good = {"status": 200, "token": "any", "expires_in": 900}
    return [
        step("a nonce", "session", {"status": 200, "nonce": "nonce:1:x"}, json=asked),
        step("signed", "session", good, json=signed),
        step("not its signature", "session", refused, json=signed | {"signature": NONE}),
        step("for another device", "session", refused, json=signed | {"device": device_of("p256")}),
        step("no JSON", "session", {"status": 400, "code": "REQUEST_INVALID"}, hex=b"{".hex()),
        step("a snapshot without a token", "snapshot", refused, method="GET"),
    ]


def attachments() -> list[dict[str, Any]]:
    """Bytes are handed in, twice, and what is refused."""
    body = bytes(range(16)) + "一张纸条".encode()
    digest = sha256(body).hexdigest()
    text = f"doorstep-v1\nattachment\n{make.CELL}\n{make.DEVICE}\n{digest}\n"
    own = {"Doorstep-Device": make.DEVICE, "Doorstep-Signature": make.sign("ed25519", text)}

    def put(about: str, status: int, code: str, content: bytes, **headers: str) -> dict[str, Any]:
        named = own | {name.replace("_", "-"): word for name, word in headers.items()}
        said = {"status": status} | ({"code": code} if code else {})
        path = f"attachments/{digest}"
        return step(about, path, said, method="PUT", headers=named, hex=content.hex())

    unsigned = {"Doorstep_Signature": NONE}
    return [
        put("other bytes", 400, "BODY_INVALID", body + b"x"),
        put("fewer than the 16 of the salt", 400, "BODY_INVALID", body[:15]),
        put("not its signature", 401, "DEVICE_UNKNOWN_OR_SIGNATURE_WRONG", body, **unsigned),
        put("not its signature, and nothing is read", 401, "DEVICE_UNKNOWN_OR_SIGNATURE_WRONG",
            b"", **unsigned),
        put("half a signature", 400, "HEADERS_INVALID", body, Doorstep_Signature="00"),
        put("as it is", 200, "", body),
        put("the same again", 200, "", body),
    ]  # fmt: skip


if __name__ == "__main__":
    written = json.dumps(make_devices(), indent=1, ensure_ascii=False)
    (make.HERE / "devices.json").write_text(written + "\n", encoding="utf-8")
