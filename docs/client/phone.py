# SPDX-License-Identifier: Apache-2.0
"""A device that keeps to docs/sync.md, with Python's own library and `cryptography` alone.

python phone.py FOLDER enrol URL CODE | add <OBJECTS | push | pull | attach FILE

Every line is in FOLDER/outbox before it is sent and stays there: a phone that was killed goes on
where it was. Refuses to believe an answer whose head is not its own. One process at a time.
"""

import contextlib
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


def ask(url, method, path, body=None, headers=None, good=(200,)):
    """(status, what was told); asked again as long as no answer comes or the server cannot."""
    scheme, host, *_ = urlsplit(url)
    kind = http.client.HTTPSConnection if scheme == "https" else http.client.HTTPConnection
    pause = 0.1
    while True:
        connection, wait = kind(host, timeout=30), pause
        try:
            with contextlib.suppress(BrokenPipeError):  # some answers come before all is sent
                connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            content = answer.read()
            if answer.status in good:
                return answer.status, json.loads(content)
            if answer.status not in (500, 502, 503, 504):
                sys.exit(f"{method} {path}: {answer.status} {content[:200].decode()}")
            wait = float(answer.headers.get("Retry-After", pause))
        except (OSError, http.client.HTTPException, ValueError):
            connection.close()
        time.sleep(wait)
        pause = min(pause * 2, 30)


def save(path, content):  # a power cut leaves the old file or the new one
    with open(f"{path}.new", "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(f"{path}.new", path)


def enrol(folder, url, code):
    """A new key and device; after a fork, the lines that no backup holds go under the new one."""
    private = Ed25519PrivateKey.generate()
    key = private.public_key().public_bytes_raw().hex()
    proof = private.sign(f"doorstep-v1\nenrol\n{code}\ned25519\n{key}\n".encode()).hex()
    asked = json.dumps({"code": code, "alg": "ed25519", "key": key, "proof": proof})
    _, told = ask(url, "POST", "/field/v1/devices", asked)
    folder.mkdir(exist_ok=True)
    (folder / "outbox").touch()
    path = folder / "phone.json"
    old = json.loads(path.read_bytes()) if path.exists() else {"left": 0, "safe": 0}
    left = old["left"] + old["safe"]  # lines of the outbox that need not go again
    me = {"url": url, "private": private.private_bytes_raw().hex(), "left": left}
    save(path, json.dumps(told | me | {"through": 0, "safe": 0}).encode())


class Phone:
    """An enrolled device. Its line n is lines[n - 1], and the head after that line heads[n]."""

    def __init__(self, folder):
        self.folder, self.me = folder, json.loads((folder / "phone.json").read_bytes())
        self.private = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(self.me["private"]))
        self.url, self.cell, self.device = (self.me[name] for name in ("url", "cell", "device"))
        self.own, self.outbox = {"Doorstep-Device": self.device}, (folder / "outbox").read_bytes()
        self.lines = self.outbox.split(b"\n")[self.me["left"] : -1]
        start = b"doorstep-v1" + uuid.UUID(self.cell).bytes + uuid.UUID(self.device).bytes
        self.heads = [sha256(start + self.private.public_key().public_bytes_raw()).digest()]
        for line in self.lines:
            self.heads.append(sha256(self.heads[-1] + sha256(line).digest()).digest())

    def sign(self, what, *words):
        words = ["doorstep-v1", what, self.cell, self.device, *map(str, words), ""]
        return self.private.sign("\n".join(words).encode()).hex()

    def add(self):
        """An entry in the outbox for each object read, which has all fields but id, v and at."""
        for said in map(json.loads, sys.stdin):  # UUIDv7: 48 bits of milliseconds, then chance
            id_ = time.time_ns() // 10**6 << 80 | 0x7 << 76 | 0x2 << 62
            id_ |= secrets.randbits(12) << 64 | secrets.randbits(62)
            entry = {"id": str(uuid.UUID(int=id_)), "v": 1, "at": datetime.now(UTC).isoformat()}
            self.outbox += json.dumps(entry | said).encode() + b"\n"
        save(self.folder / "outbox", self.outbox)

    def push(self, most=500):
        while (first := self.me["through"] + 1) <= len(self.lines):
            lines = self.lines[first - 1 :][:most]
            previous, head = self.heads[first - 1], self.heads[first - 1 + len(lines)]
            words = {"First": first, "Count": len(lines), "Previous": previous.hex()}
            words |= {"Head": head.hex(), "Sent": datetime.now(UTC).isoformat()}
            signed = self.own | {f"Doorstep-{name}": str(word) for name, word in words.items()}
            signed["Doorstep-Signature"] = self.sign("entries", *words.values())
            body = b"".join(line + b"\n" for line in lines)
            status, told = ask(self.url, "POST", "/field/v1/entries", body, signed, (200, 409, 413))
            if status == 413:
                most = len(lines) // 2 or sys.exit(f"line {first} is too long")
                continue
            through = told["through"]
            known = through < len(self.heads) and self.heads[through].hex() == told["head"]
            if not known or (status == 409 and through >= first - 1):
                sys.exit("fork: the server has other lines of this device; enrol anew, then push")
            self.me |= {"through": through, "safe": told.get("safe", self.me["safe"])}
            save(self.folder / "phone.json", json.dumps(self.me).encode())
            for line in told.get("lines", []):
                print(line["n"], line["answer"], *line["codes"])

    def pull(self):
        path, own = self.folder / "snapshot.json", {"device": self.device}
        _, told = ask(self.url, "POST", "/field/v1/session", json.dumps(own))
        own |= told | {"signature": self.sign("session", told["nonce"])}
        _, told = ask(self.url, "POST", "/field/v1/session", json.dumps(own))
        had = json.loads(path.read_bytes()) if path.exists() else {"version": ""}
        address, bearing = f"/field/v1/snapshot?since={had['version']}", f"Bearer {told['token']}"
        _, new = ask(self.url, "GET", address, None, {"Authorization": bearing})
        if new["since"] is not None:  # else this is everything
            for name in ("rounds", "doors", "people"):
                rows, gone = had[name] | new[name], new["gone"][name]
                new[name] = {key: row for key, row in rows.items() if key not in gone}
            for round_, rows in had["due"].items():
                rows, gone = rows | new["due"].get(round_, {}), new["gone"]["due"].get(round_, [])
                new["due"][round_] = {key: row for key, row in rows.items() if key not in gone}
        save(path, json.dumps(new).encode())

    def attach(self, name):
        body = secrets.token_bytes(16) + Path(name).read_bytes()
        digest = sha256(body).hexdigest()
        signed = self.own | {"Doorstep-Signature": self.sign("attachment", digest)}
        ask(self.url, "PUT", f"/field/v1/attachments/{digest}", body, signed)
        print(digest)


if __name__ == "__main__":
    folder, act, *words = Path(sys.argv[1]), *sys.argv[2:]
    enrol(folder, *words) if act == "enrol" else getattr(Phone(folder), act)(*words)
