"""The book: how long it is, its root, its last verified backup, its lines (book_lists), and the
proof that one line is in it.

The proof is made from the tiles and checked here with the same function anybody else would use;
what is shown is hashes, numbers and devices, and what a line says only to those who hold a role
where it was written (words.py). Refuses to give anybody the keys or the salt of an attachment.
"""

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from doorstep.command import book_days, book_lists, destroying, devices, words
from doorstep.face import pages
from doorstep.kit import clock, ids
from doorstep.ledger import (
    backups,
    balances,
    book,
    checkpoints,
    codes,
    models,
    reactions,
    refusals,
    tree,
    verdicts,
)

READERS = book_days.READERS


class Step(NamedTuple):
    """One step of an inclusion proof: the neighbour's hash, and the side it stands on."""

    hash: str
    left: bool
    result: str


@pages.page(*READERS)
@require_GET
def show_book(request: HttpRequest) -> HttpResponseBase:
    """Size, root, what is in it, what is stuck, and the lines by device, kind and day."""
    asked = book_lists.read_asked(request)
    listing = book_lists.list_lines(request, asked)
    older = book_lists.find_older(listing)
    if older and pages.is_fragment(request):  # the link to older lines stands below the list
        return HttpResponse(headers={"HX-Redirect": request.get_full_path()})
    context = _book_context(request) | book_lists.make_form(asked)
    return listing.render("command/book.html", context | {"older": older})


def _book_context(request: HttpRequest) -> dict[str, Any]:
    cell = book.get_cell()
    root = book.frontier_of(cell).root().hex() if cell.size else tree.EMPTY_ROOT.hex()
    return {
        "cell": cell,
        "signed": checkpoints.get_latest(),
        "keys": [key.write() for key in checkpoints.list_keys()],
        "root": root,
        "short": f"{root[:8]} … {root[-8:]}",
        "devices": models.Device.objects.filter(revoked_at=None).count(),
        "stuck": reactions.list_stuck(),
        "backup": backups.get_newest_apart(),
        "may_see_the_end": destroying.may_whole(request.user, destroying.READERS),
        "today": clock.day_of(clock.now(), cell.zone),
        "breadcrumbs": [(_("The book"), None)],
    }


def _not_found(request: HttpRequest, text: str) -> HttpResponse:
    """The book's page again, with what was typed still in the field."""
    said = _("No line of the book has this number or id. The last line is number %(last)s.")
    context = _book_context(request)
    last = f"{max(0, context['cell'].size - 1):,}"
    context |= {"typed": text[:64], "errors": {"line": said % {"last": last}}}
    return render(request, "command/book.html", context, status=404)


def name_custody(custody: str) -> str:
    """Whether the server holds a line's words, in words."""
    names = {
        "kept": _("Kept as it came"),
        "known": _("Says again what an earlier line says"),
        "garbled": _("Kept as it came, though it cannot be read"),
    }
    return names.get(custody, custody)


@pages.page(*READERS)
@require_GET
def find_line(request: HttpRequest) -> HttpResponse:
    """From the search field to a line: an entry's id or a leaf's number."""
    text = request.GET.get("line", "").strip().lower()
    lines = models.Line.objects.order_by("leaf")
    line = None
    if text.isdecimal() and len(text) < 16:
        line = lines.filter(leaf=int(text)).first()
    elif ids.is_canonical(text):
        line = balances.find_line(text)
    if line is not None:
        return _show(request, line)
    return _not_found(request, text)


@pages.page(*READERS)
@require_GET
def show_line(request: HttpRequest, entry: str) -> HttpResponse:
    """The line of an entry with its proof."""
    return _show(request, balances.find_line(entry))


@pages.page(*READERS)
@require_GET
def prove_line(request: HttpRequest, leaf: int) -> HttpResponse:
    """The proof of a line as a file: whoever has the book's public key can check it anywhere."""
    if not models.Line.objects.filter(leaf=leaf).exists():
        raise refusals.Refused("NOT_FOUND")
    try:
        proof = checkpoints.prove(leaf)
    except checkpoints.Forked:
        raise refusals.Refused("BOOK_FORKED") from None
    response = HttpResponse(proof, content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{leaf}.tlog-proof"'
    return response


def _show(request: HttpRequest, line: models.Line | None) -> HttpResponse:
    if line is None:
        raise refusals.Refused("NOT_FOUND")
    size = book.get_cell().size
    proof = book.prove_line(line.leaf, size)
    leaf = tree.leaf_hash(book.leaf_data_of(line))
    root = book.root_at(size)
    language, content = get_language() or "en", bytes(line.content)
    found = verdicts.list_verdicts([line.entry]) if line.entry else {}
    context: dict[str, Any] = {
        "line": line,
        "content": _pretty(content) if words.open_for(request.user, READERS)(content) else None,
        "hash": bytes(line.hash).hex(),
        "leaf": leaf.hex(),
        "size": size,
        "root": root.hex(),
        "steps": follow(line.leaf, size, leaf, proof),
        "holds": tree.verify_inclusion(line.leaf, size, leaf, proof, root),
        "codes": [
            (code, codes.text_of(code, language)) for code in found.get(line.entry or "", [])
        ],
        "role": devices.name_role(line.device.role),
        "custody": name_custody(line.custody),
        "breadcrumbs": [(_("The book"), reverse("command:book")), (f"{line.leaf:,}", None)],
    }
    return render(request, "command/line.html", context)


def follow(leaf: int, size: int, leaf_hash: bytes, proof: Sequence[bytes]) -> list[Step]:
    """The steps from a leaf to the root (RFC 9162, section 2.1.3.2), for a person to follow."""
    steps: list[Step] = []
    at, last, node = leaf, size - 1, leaf_hash
    for beside in proof:
        left = bool(at & 1) or at == last
        node = tree.node_hash(beside, node) if left else tree.node_hash(node, beside)
        while left and at and not at & 1:
            at, last = at >> 1, last >> 1
        at, last = at >> 1, last >> 1
        steps.append(Step(beside.hex(), left, node.hex()))
    return steps


def _pretty(content: bytes) -> str:
    try:
        return json.dumps(json.loads(content), ensure_ascii=False, indent=2)
    except ValueError:
        return content.decode("utf-8", "replace")
