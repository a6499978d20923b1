"""A device as a stranger would write it from docs/sync.md: own hashing, own signing, HTTP.

Only the enrolment code comes from the inside, as it would from a person at a desk.
"""

import json
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ed25519
from django.test import Client

from doorstep.ledger import devices

BY = "0190a0a0-0000-7000-8000-00000000000b"  # the person who writes, unless another is named
SAMPLED = {
    "round": "0190a0a0-0000-7000-8000-0000000000aa",
    "person": "0190a0a0-0000-7000-8000-0000000000bb",
    "tube": "GC000001",
    "how": "scan",
}


def line(**fields: object) -> bytes:
    """One entry as bytes: person.sampled unless `kind` and its fields are given."""
    entry: dict[str, object] = {"id": str(uuid.uuid4()), "kind": "person.sampled", "v": 1}
    entry |= {"at": "2021-06-21T08:31:00+08:00", "by": BY}
    if fields.get("kind", "person.sampled") == "person.sampled":
        entry |= SAMPLED
    return json.dumps(entry | fields).encode()


class Phone:
    """One enrolled device with its key and chain."""

    def __init__(
        self,
        code: str | None = None,
        *,
        role: str = "registrar",
        people: Sequence[str] = (BY,),
        place: str | None = None,
        private: ed25519.Ed25519PrivateKey | None = None,
    ) -> None:
        self.http = Client()
        self.private = private or ed25519.Ed25519PrivateKey.generate()
        self.public = self.private.public_key().public_bytes_raw()
        code = code or devices.make_code(role, minutes=5, people=people, place=place)
        text = f"doorstep-v1\nenrol\n{code}\ned25519\n{self.public.hex()}\n".encode()
        asked = {"code": code, "alg": "ed25519", "key": self.public.hex()}
        asked["proof"] = self.private.sign(text).hex()
        self.enrolled = self.http.post(
            "/field/v1/devices", json.dumps(asked), content_type="application/json"
        )
        if self.enrolled.status_code == 200:
            told = self.enrolled.json()
            self.cell, self.device = told["cell"], told["device"]
            start = b"doorstep-v1" + uuid.UUID(self.cell).bytes + uuid.UUID(self.device).bytes
            self.heads = [sha256(start + self.public).digest()]

    def push(
        self,
        lines: list[bytes],
        first: int | None = None,
        body: bytes | None = None,
        sent: str | None = None,
        **changed: str,
    ) -> Any:
        """Push lines from `first` (default: after the last head this phone knows)."""
        first = first or len(self.heads)
        heads = self.heads[:first]
        for each in lines:
            heads.append(sha256(heads[-1] + sha256(each).digest()).digest())
        previous, head = heads[first - 1].hex(), heads[-1].hex()
        sent = sent or datetime.now(UTC).isoformat()
        text = (
            f"doorstep-v1\nentries\n{self.cell}\n{self.device}\n{first}\n{len(lines)}\n"
            f"{previous}\n{head}\n{sent}\n"
        )
        headers = {
            "Doorstep-Device": self.device,
            "Doorstep-First": str(first),
            "Doorstep-Count": str(len(lines)),
            "Doorstep-Previous": previous,
            "Doorstep-Head": head,
            "Doorstep-Sent": sent,
            "Doorstep-Signature": self.private.sign(text.encode()).hex(),
        }
        body = body or b"".join(each + b"\n" for each in lines)
        answer = self.http.post(
            "/field/v1/entries",
            body,
            content_type="application/x-ndjson",
            headers=headers | {k.replace("_", "-"): v for k, v in changed.items()},
        )
        if answer.status_code == 200 and len(heads) > len(self.heads):
            self.heads = heads
        return answer
