"""Every address of the server, asked with what nobody should ask: never a 500, on both databases.

The addresses come from the URL configuration, so that a new page cannot be forgotten.
"""

import re
from collections.abc import Iterator

import pytest
from django.db import transaction
from django.test import Client

from doorstep.ledger import models
from doorstep.registry.models import Staff
from doorstep.registry.tests.block import Block
from tests import routes

pytestmark = pytest.mark.django_db
NOBODY = "0190a0a0-0000-7000-8000-0000000000cc"
NAMES = [
    *("account", "area", "at", "box", "building", "day", "device", "door", "entry", "estate"),
    *("from", "gone", "kind", "laboratory", "language", "level", "measure", "name", "order"),
    *("pack", "page", "password", "people", "person", "place", "q", "reason", "role", "round"),
    *("sort", "staff", "state", "subject", "table", "text", "tube", "unit", "until", "what"),
    *("which", "within"),
]


def _list_questions(root: str) -> Iterator[tuple[str, str, dict[str, str] | None]]:
    words = "&".join(f"{name}=x" for name in NAMES)
    for _, pattern in routes.list_routes():
        has_parts = "<" in pattern
        for junk in ("x", NOBODY, root) if has_parts else ("",):
            path = "/" + re.sub(r"<[^>]+>", junk, pattern)
            for query in ("?q=%00", "?" + words, f"?q={'9' * 400}&page=99999999999999999999"):
                yield "get", path + query, None
            for said in ("x", "a\0b", NOBODY):
                yield "post", path, dict.fromkeys(NAMES, said)


@pytest.mark.parametrize("who", ["admin", "nobody"])
def test_no_address_answers_junk_with_a_500(cell: models.Cell, who: str) -> None:
    block = Block()
    client = Client(raise_request_exception=False)
    if who == "admin":
        client.force_login(Staff.objects.get(id=block.admin))
    failed = []
    for method, address, fields in _list_questions(block.root):
        if address.startswith("/sign-out"):
            continue
        with transaction.atomic():  # each is asked of the same installation
            answer = getattr(client, method)(address, *([fields] if fields is not None else []))
            if answer.streaming:
                b"".join(answer.streaming_content)
            transaction.set_rollback(True)
        if answer.status_code >= 500 and answer.status_code != 503:
            failed.append((method, address[:80], (fields or {}).get("q", "")[:9]))
    assert not failed, failed
