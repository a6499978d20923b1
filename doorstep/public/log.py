"""The book as a public log (C2SP tlog-tiles), under `/log/`: the newest checkpoint, the tiles up to
it, the keys. Hashes and nothing else: refuses to give a line's bytes or a leaf's data to anybody.
"""

import re

from django.http import HttpRequest, HttpResponse, HttpResponseNotFound
from django.views.decorators.http import require_safe

from doorstep.ledger import book, checkpoints, proofs

_FOR_EVER = "public, max-age=31536000, immutable"
_FOR_A_MOMENT = "public, max-age=5"
_TILE = re.compile(r"(?P<level>0|[1-9]\d?)/(?P<number>[x\d/]+?)(\.p/(?P<width>[1-9]\d{0,2}))?")


@require_safe
def show_checkpoint(request: HttpRequest) -> HttpResponse:
    """The newest signed checkpoint; 404 while the book is empty."""
    latest = checkpoints.get_latest()
    if latest is None:
        return _nothing()
    return _answer(latest.note.encode(), "text/plain; charset=utf-8", _FOR_A_MOMENT)


@require_safe
def show_keys(request: HttpRequest) -> HttpResponse:
    """The public keys that sign now, a line each, the newest first."""
    text = "".join(f"{key.write()}\n" for key in checkpoints.list_keys())
    return _answer(text.encode(), "text/plain; charset=utf-8", _FOR_A_MOMENT)


@require_safe
def show_tile(request: HttpRequest, path: str) -> HttpResponse:
    """A tile of the tree that the newest checkpoint has signed, whole or its first hashes."""
    named = _TILE.fullmatch(path) if path.isascii() else None
    number = proofs.read_tile_number(named["number"]) if named else None
    latest = checkpoints.get_latest()
    if named is None or number is None or latest is None:
        return _nothing()
    level = int(named["level"])
    width = int(named["width"] or proofs.TILE)
    there = proofs.count_in_tile(latest.size, level, number)
    if level > 63 or width > there or (named["width"] and width == proofs.TILE):
        return _nothing()
    hashes = book.read_tile(level, number)[: width * proofs.HASH]
    return _answer(hashes, "application/octet-stream", _FOR_EVER)


def _answer(content: bytes, kind: str, cached: str) -> HttpResponse:
    return HttpResponse(content, content_type=kind, headers={"Cache-Control": cached})


def _nothing() -> HttpResponse:
    return HttpResponseNotFound(content_type="text/plain")
