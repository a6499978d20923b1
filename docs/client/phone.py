#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A device that keeps to docs/sync.md, with Python's own library and `cryptography` alone.

    phone.py FOLDER enrol URL CODE   make a key and become a device; after a fork, in the same folder
    phone.py FOLDER add              put an entry into the outbox for each JSON object that is read
    phone.py FOLDER push             send what is not answered yet, however often the net fails
    phone.py FOLDER pull             fetch the snapshot, or what is new since the last one
    phone.py FOLDER attach FILE      hand in a file; prints the digest that a line may name

Every line is in FOLDER/outbox before it is sent and stays there: a phone that was killed goes on
where it was. Refuses to believe an answer whose head is not its own. One process at a time.
"""

import gzip
import http.client
import json
import os
import secrets
import sys
import time
import uuid
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


class Stop(Exception):
    """Nothing more can be done without a person; the text says what to do."""


def ask(url, method, path, body=None, headers=None):
    """(status, what was told), asked again for as long as there is no answer or the server cannot."""
    parts, pause = urlsplit(url), 0.1
    secure = parts.scheme == "https"
    while True:
        connect = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        connection, wait = connect(parts.netloc, timeout=30), pause
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            content = answer.read()
            if answer.status not in (500, 502, 503, 504):
                return answer.status, json.loads(content)
            wait = float(answer.headers.get("Retry-After", pause))
        except (OSError, http.client.HTTPException, ValueError):
            pass
        finally:
            connection.close()
        time.sleep(wait)
        pause = min(pause * 2, 30)


def save(path, text):
    """Write so that a power cut leaves the old file or the new one."""
    with open(f"{path}.new", "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(f"{path}.new", path)


def enrol(folder, url, code):
    """A new key and device. The lines that no backup is known to hold go under the new device."""
    private = Ed25519PrivateKey.generate()
    key = private.public_key().public_bytes_raw().hex()
    proof = private.sign(f"doorstep-v1\nenrol\n{code}\ned25519\n{key}\n".encode()).hex()
    asked = json.dumps({"code": code, "alg": "ed25519", "key": key, "proof": proof})
    status, told = ask(url, "POST", "/field/v1/devices", asked)
    if status != 200:
        raise Stop(f"not enrolled, ask for another code: {told}")
    left, path = 0, folder / "phone.json"  # `left`: lines of the outbox that need not go again
    if path.exists():
        old = json.loads(path.read_text())
        left = old["left"] + max(old["safe"] - 1, 0)
    me = told | {"url": url, "private": private.private_bytes_raw().hex()}
    save(path, json.dumps(me | {"left": left, "through": 0, "safe": 0}))


class Phone:
    """An enrolled device. Its line n is lines[n - 1], and the head after that line heads[n]."""

    def __init__(self, folder):
        self.folder, self.me = folder, json.loads((folder / "phone.json").read_text())
        self.private = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(self.me["private"]))
        self.cell, self.device = self.me["cell"], self.me["device"]
        outbox = folder / "outbox"
        data = outbox.read_bytes() if outbox.exists() else b""
        whole = data[: data.rfind(b"\n") + 1]  # a last line without its end was never numbered
        if len(whole) < len(data):
            os.truncate(outbox, len(whole))
        self.lines = whole.split(b"\n")[self.me["left"] : -1]
        start = b"doorstep-v1" + uuid.UUID(self.cell).bytes + uuid.UUID(self.device).bytes
        self.heads = [sha256(start + self.private.public_key().public_bytes_raw()).digest()]
        for line in self.lines:
            self.heads.append(sha256(self.heads[-1] + sha256(line).digest()).digest())

    def sign(self, what, *words):
        words = ["doorstep-v1", what, self.cell, self.device, *map(str, words), ""]
        return self.private.sign("\n".join(words).encode()).hex()

    def add(self, said):
        """An entry in the outbox for each of `said`, which has all fields but id, v and at."""
        made, now = [], time.time_ns() // 1_000_000
        for each in said:  # UUIDv7: 48 bits of milliseconds, the rest by chance
            id_ = now << 80 | 7 << 76 | secrets.randbits(12) << 64 | 2 << 62 | secrets.randbits(62)
            entry = {"id": str(uuid.UUID(int=id_)), "v": 1, "at": datetime.now(UTC).isoformat()}
            made.append(json.dumps(entry | each).encode() + b"\n")
        with open(self.folder / "outbox", "ab") as file:
            file.write(b"".join(made))
            file.flush()
            os.fsync(file.fileno())

    def push(self):
        most = 500
        while self.me["through"] < len(self.lines):
            first = self.me["through"] + 1
            lines = self.lines[first - 1 :][:most]
            last, previous = first + len(lines) - 1, self.heads[first - 1].hex()
            sent, head = datetime.now(UTC).isoformat(), self.heads[last].hex()
            words = {"First": first, "Count": len(lines), "Previous": previous, "Head": head}
            headers = {f"Doorstep-{name}": str(word) for name, word in words.items()}
            headers |= {"Doorstep-Sent": sent, "Content-Encoding": "gzip"}
            headers["Doorstep-Signature"] = self.sign("entries", *words.values(), sent)
            body = gzip.compress(b"".join(line + b"\n" for line in lines))
            status, told = self.ask("POST", "/field/v1/entries", body, headers)
            if status == 413 and len(lines) > 1:
                most = len(lines) // 2
                continue
            if status not in (200, 409):  # 400 and a line too long: ours to mend; 401; 403
                raise Stop(f"push refused with {status}, the outbox is kept: {told}")
            through = told["through"]
            mine = through < len(self.heads) and self.heads[through].hex() == told["head"]
            if not mine or (status == 409 and through >= first - 1):
                raise Stop(
                    "fork: the server has other lines of this device, so this is a copy of "
                    "it; enrol anew with a new code, then push: the ids stay"
                )
            self.me |= {"through": through, "safe": told.get("safe", self.me["safe"])}
            save(self.folder / "phone.json", json.dumps(self.me))
            for line in told.get("lines", []):
                print(line["n"], line["answer"], *line["codes"])

    def pull(self):
        path, own = self.folder / "snapshot.json", {"device": self.device}
        nonce = self.expect("POST", "/field/v1/session", json.dumps(own))["nonce"]
        own |= {"nonce": nonce, "signature": self.sign("session", nonce)}
        token = self.expect("POST", "/field/v1/session", json.dumps(own))["token"]
        had = json.loads(path.read_text()) if path.exists() else {"version": ""}
        bearing = {"Authorization": f"Bearer {token}"}
        new = self.expect("GET", f"/field/v1/snapshot?since={had['version']}", None, bearing)
        if new["since"] is not None:  # else it is everything
            gone = new.pop("gone")
            for name in ("rounds", "doors", "people"):
                rows = had[name] | new[name]
                new[name] = {key: row for key, row in rows.items() if key not in gone[name]}
            for id_, rows in had["due"].items():
                rows |= new["due"].get(id_, {})
                old = gone["due"].get(id_, [])
                new["due"][id_] = {key: row for key, row in rows.items() if key not in old}
        save(path, json.dumps(new))

    def attach(self, content):
        body = secrets.token_bytes(16) + content
        digest = sha256(body).hexdigest()
        signed = {"Doorstep-Signature": self.sign("attachment", digest)}
        self.expect("PUT", f"/field/v1/attachments/{digest}", body, signed)
        print(digest)

    def ask(self, method, path, body, headers=None):
        own = {"Doorstep-Device": self.device}
        return ask(self.me["url"], method, path, body, own | (headers or {}))

    def expect(self, method, path, body, headers=None):
        status, told = self.ask(method, path, body, headers)
        if status != 200:
            raise Stop(f"{path} refused with {status}: {told}")
        return told


def main(folder, act, *words):
    if act == "enrol":
        folder.mkdir(parents=True, exist_ok=True)
        return enrol(folder, *words)
    phone = Phone(folder)
    given = {
        "add": lambda: [map(json.loads, sys.stdin)],
        "attach": lambda: [Path(words[0]).read_bytes()],
    }
    return getattr(phone, act)(*given.get(act, list)())


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]), *sys.argv[2:])
    except Stop as problem:
        sys.exit(str(problem))
