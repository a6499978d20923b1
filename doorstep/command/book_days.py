"""The day sheet: what the book took in on a day and the checkpoint that signed it, as one paper to
be kept away from the machine. Whoever has it sees whether the book was changed since.

Says hashes, counts and kinds; refuses to say what any line says.
"""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from doorstep.command import scopes
from doorstep.face import moments, pages, papers
from doorstep.kit import clock
from doorstep.ledger import book, checkpoints, models, refusals, spans
from doorstep.orders import days
from doorstep.registry import queries

READERS = (*scopes.COMMANDERS, "approver", "inspector")


class Sheet(NamedTuple):
    """What a day sheet says, ready to be drawn. `kinds`: lines of the day by kind; `note`: the
    signed checkpoint, also in the code; `keys`: the public keys that signed it.
    """

    issuer: str
    title: str
    sentence: str
    facts: Sequence[tuple[str, str]]
    kinds: Sequence[tuple[str, int]]
    held: str
    note: str
    keys: Sequence[str]
    issued: str


@never_cache
@pages.page(*READERS)
@require_GET
def print_day(request: HttpRequest) -> HttpResponse:
    """The sheet of one day of the cell (`day`, YYYY-MM-DD) as a PDF file."""
    day = request.GET.get("day", "")
    sheet = write_sheet(day, str(getattr(request.user, "name", "")))
    response = HttpResponse(make_pdf(sheet), content_type="application/pdf")
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(sheet.title)}.pdf"
    return response


def find_day(day: str) -> spans.Span:
    """The lines that the book received on a day of the cell (YYYY-MM-DD).

    Raises:
        Refused: REQUEST_INVALID, it is no day.
    """
    zone = moments.zone()
    try:
        begun, ended = (days.start_of(days.add(day, more), zone) for more in (0, 1))
    except (ValueError, OverflowError):
        raise refusals.Refused("REQUEST_INVALID") from None
    return spans.find_received(begun, ended)


def write_sheet(day: str, by: str) -> Sheet:
    """What the sheet of a day says; signs a checkpoint if none reaches its end. `by`: who prints.

    Raises:
        Refused: REQUEST_INVALID, it is no day or from before the book; BOOK_FORKED.
    """
    cell, now, zone = book.get_cell(), clock.now(), moments.zone()
    span = find_day(day)
    if not span.end:
        raise refusals.Refused("REQUEST_INVALID")
    try:
        signed = checkpoints.cover(span.end)
    except checkpoints.Forked:
        raise refusals.Refused("BOOK_FORKED") from None
    root = queries.find_root()
    said = moments.say_day(date.fromisoformat(day), date(1, 1, 1))
    count = ngettext("%(count)s line came into the book on %(day)s.",
                     "%(count)s lines came into the book on %(day)s.", span.size)  # fmt: skip
    return Sheet(
        root.name if root else "",
        _("Day sheet of the book %(day)s") % {"day": day},
        count % {"count": f"{span.size:,}", "day": said},
        _say_facts(cell, span, signed),
        [
            (_("cannot be read") if kind == spans.UNREADABLE else kind, number)
            for kind, number in spans.count_kinds(span).items()
        ],
        _say_held(span),
        signed.note,
        [key.write() for key in checkpoints.list_keys_of(signed)],
        _("Printed by %(by)s on %(at)s.") % {"by": by, "at": moments.say_fully(now, zone)},
    )


def _say_facts(
    cell: models.Cell, span: spans.Span, signed: models.Checkpoint
) -> list[tuple[str, str]]:
    numbers = f"{span.first:,} – {span.end - 1:,}" if span.size else "–"
    return [
        (_("Lines of the day"), f"{span.size:,}"),
        (_("Their numbers"), numbers),
        (_("Signed"), moments.say_fully(signed.at, moments.zone())),
        (_("Size of the book then"), f"{signed.size:,}"),
        (_("Root"), bytes(signed.root).hex()),
        (_("Cell"), cell.id),
    ]


def _say_held(span: spans.Span) -> str:
    held = spans.count_held(span)
    text = ngettext("%(count)s line of the day waits for a person now.",
                    "%(count)s lines of the day wait for a person now.", held)  # fmt: skip
    return text % {"count": f"{held:,}"}


def make_pdf(sheet: Sheet) -> bytes:
    """The document. Raises FileNotFoundError when the face is not installed."""
    pdf = papers.begin(sheet.issuer, sheet.title, sheet.sentence)
    papers.draw_facts(pdf, sheet.facts, sheet.note)
    pdf.ln(3)
    papers.write(pdf, _("Checkpoint"), 11, papers.QUIET)
    papers.write(pdf, sheet.note, 9)
    papers.write(pdf, _("Public keys"), 11, papers.QUIET)
    papers.write(pdf, "\n".join(sheet.keys), 9)
    pdf.ln(4)
    papers.write(pdf, _("Lines of the day by kind"), 11, papers.QUIET)
    papers.write_counts(pdf, [(name, f"{count:,}") for name, count in sheet.kinds])
    papers.write(pdf, sheet.held, 11)
    papers.end(
        pdf,
        sheet.issued,
        _("Signature"),
        _("Keep this sheet away from the machine. The code holds the checkpoint. A book that was "
          "changed or cut since has another root at this size, or none: hold the sheet beside the "
          "list of checkpoints."),
    )  # fmt: skip
    return bytes(pdf.output())
