"""The lines of the book, by device, kind and day, and its checkpoints. A page costs the same,
however long the book is (ledger.spans). Refuses to say what a line says.
"""

from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from doorstep.command import book_days, devices
from doorstep.face import lists, pages
from doorstep.ledger import book, models, refusals, spans

MOST_DEVICES = 2_000  # that are offered to choose from


class Asked(NamedTuple):
    """Which lines are asked for; a field that makes no sense is named in `errors` and not used.
    `below`: only lines with a smaller number in the book.
    """

    device: str
    kind: str
    on: str
    below: str
    span: spans.Span
    errors: dict[str, str]


def read_asked(request: HttpRequest) -> Asked:
    """What the form above the lines says."""
    device, kind, on, below = (
        request.GET.get(name, "").strip() for name in ("device", "kind", "on", "below")
    )
    errors, span = {}, spans.get_whole()
    if on:
        try:
            span = book_days.find_day(on)
        except refusals.Refused:
            errors["on"] = _("This is no day.")
    if below.isdecimal() and len(below) < 16:
        end = min(span.end, int(below))
        span = spans.Span(min(span.first, end), end)
    elif below:
        errors["below"] = _("This is no number of a line.")
    return Asked(device, kind, on, below, span, errors)


def list_lines(request: HttpRequest, asked: Asked) -> lists.Listing:
    """The lines that are asked for, the newest first."""
    return lists.Listing(
        request,
        name="lines",
        title=_("Lines of the book"),
        rows=spans.list_lines(asked.span, device=asked.device, kind=asked.kind),
        order="-number" if asked.device else "-leaf",
        total=_count(asked),
        columns=[
            lists.Column("received_at", _("Received"), "moment"),
            lists.Column("leaf", _("Leaf"), "number", link=lambda row: (
                f"{reverse('command:find_line')}?line={row.leaf}")),
            lists.Column("kind", _("Kind"), "code", value=lambda row: row.kind or "–"),
            lists.Column("device", _("Device"), value=lambda row: _name(row.device)),
            lists.Column("number", _("Its number"), "number"),
        ],
        empty=_("No line of the book is like this."),
    )  # fmt: skip


def find_older(listing: lists.Listing) -> int | None:
    """On the deepest page that is looked at, the line to go on from."""
    deepest = listing.page == listing.last_page and listing.shown
    return int(listing.shown[-1].leaf) if deepest else None


def make_form(asked: Asked) -> dict[str, Any]:
    """What the form above the lines offers."""
    named = models.Device.objects.filter(through__gt=0).order_by("label", "id")
    written = list(named[: MOST_DEVICES + 1])
    kinds = [(kind, kind) for kind in spans.list_kinds()]
    return {
        "asked": asked,
        "is_narrowed": any((asked.device, asked.kind, asked.on, asked.below)),
        "looked": spans.LOOKED if asked.device and asked.kind else None,
        "devices_choices": [
            ("", _("All")),
            *((each.id, _name(each)) for each in written[:MOST_DEVICES]),
        ],
        "devices_hint": _(
            "There are more devices than fit here; the lines of any of them are reached from its "
            "page."
        )
        if len(written) > MOST_DEVICES
        else "",
        "kinds_choices": [("", _("All")), *kinds, (spans.UNREADABLE, _("cannot be read"))],
        "errors": asked.errors,
    }


@pages.page(*book_days.READERS)
@require_GET
def show_checkpoints(request: HttpRequest) -> HttpResponseBase:
    """Every checkpoint that was signed, the newest first: to be held beside one kept elsewhere."""
    listing = lists.Listing(
        request,
        name="checkpoints",
        title=_("Checkpoints"),
        rows=models.Checkpoint.objects.defer("note"),
        order="-id",
        columns=[
            lists.Column("at", _("Signed"), "moment"),
            lists.Column("size", _("Lines"), "number", link=lambda row: (
                reverse("command:checkpoint", args=[row.pk]))),
            lists.Column("epoch", _("Epoch"), "number"),
            lists.Column("root", _("Root"), "code", value=lambda row: bytes(row.root).hex()),
        ],
        search=_find_checkpoints,
        search_hint=_("How many lines it signed"),
        empty=_("Nothing was signed yet."),
    )  # fmt: skip
    above = [(_("The book"), reverse("command:book")), (_("Checkpoints"), None)]
    return listing.render("command/checkpoints.html", {"breadcrumbs": above})


@pages.page(*book_days.READERS)
@require_GET
def show_checkpoint(request: HttpRequest, number: int) -> HttpResponse:
    """One checkpoint as it was signed: a note to be kept, or to be held beside a kept one."""
    found = models.Checkpoint.objects.filter(pk=number).first()
    if found is None:
        raise refusals.Refused("NOT_FOUND")
    return HttpResponse(found.note, content_type="text/plain; charset=utf-8")


def _find_checkpoints(rows: Any, text: str) -> Any:
    typed = text.replace(",", "")
    is_number = typed.isdecimal() and len(typed) < 16
    epochs = range(1, book.get_cell().epoch + 1)  # an index begins with them
    return rows.filter(epoch__in=epochs, size=int(typed)) if is_number else rows.none()


def _count(asked: Asked) -> int | None:
    """How many lines are asked for, where that is known without counting."""
    if asked.kind:
        return None
    return spans.find_numbers(asked.device, asked.span).size if asked.device else asked.span.size


def _name(device: models.Device) -> str:
    return device.label or f"{devices.name_role(device.role)} {device.id[-8:]}"
