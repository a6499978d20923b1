"""Tubes for tables: a run given out, and its printed labels."""

import re
from functools import cache
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from doorstep.face import errors, lists, pages
from doorstep.kit import codes
from doorstep.ledger import refusals
from doorstep.operations.sampling import actions, labels, models
from doorstep.operations.sampling.actions import common
from doorstep.operations.sampling.pages import scope, trails, words
from doorstep.registry import access
from doorstep.registry import queries as places
from doorstep.rounds import models as rounds

_SERIAL = len(codes.make("A", 0)) - 1  # digits of a serial, and the check character
LONGEST_PREFIX = 6  # characters before the serial of a code we make


@pages.page(*actions.AT_THE_TABLE)
def show_issue(request: HttpRequest) -> HttpResponseBase:
    """Give a run of tubes to a table; the runs given out so far, with their labels."""
    form = request.POST
    refusal, status = None, 200
    if request.method == "POST":
        try:
            if form.get("act") == "take_back":
                scope.take_back(request)
                return HttpResponseRedirect(reverse("sampling:issue"))
            first, last = _run_of(form)
            actions.issue_tubes(
                request.user,
                round=form.get("round", ""),
                table=form.get("table", ""),
                first=first,
                last=last,
            )
        except refusals.Refused as no:
            if no.code == "NOT_YOURS":
                raise
            refusal, status = errors.describe(no), 409
        else:
            count = codes.run_length(first, last)
            said = ngettext("%(count)d tube is issued.", "%(count)d tubes are issued.", count)
            scope.tell(request, said % {"count": count})
            return HttpResponseRedirect(reverse("sampling:issue"))
    known = scope.list_live(request.user)
    tables = _list_tables(request)
    rows = models.Issue.objects.filter(round__in=scope.rounds_of(request.user).values("id"))
    live = models.Issue.objects.filter(round__in=[each.id for each in known], stands=True)
    names = {str(table.id): table.name for table in tables}
    listing = lists.Listing(
        request,
        name="issues",
        title=_("Tubes issued"),
        rows=rows,
        order="-at",
        columns=[
            lists.Column("first", _("First tube"), "code"),
            lists.Column("last", _("Last tube"), "code"),
            lists.Column("count", _("Tubes"), "number", value=_length_of),
            lists.Column(
                "table", pgettext("tube", "Table"), value=lambda i: names.get(str(i.table), "–")
            ),
            lists.Column("at", pgettext("tube", "Issued"), "moment"),
            lists.Column("labels", _("Labels"), "html", value=_labels_of, mask=None, sheet=False),
            lists.Column(
                "stands",
                _("Taken back"),
                "html",
                value=_TakingBack(request, rows),
                mask=None,
                sheet=False,
            ),
        ],
        empty=_("No tube has been issued yet."),
        empty_hint=_("Issue a run above; then print its labels, or scan a roll printed elsewhere."),
    )
    table = form.get("table") or request.GET.get("table", "")
    context: dict[str, Any] = {
        "rounds": words.label_rounds(known),
        "tables": _label_tables(tables),
        "table": table,
        "prefix": form.get("prefix") or propose_prefix(known[0] if known else None, table),
        "issued": sum(_length_of(row) or 0 for row in live),
        "form": form,
        "refusal": refusal,
        "breadcrumbs": [(_("Sampling"), reverse("sampling:home")), (_("Tubes and labels"), None)],
    }
    response = listing.render("sampling/issue.html", context)
    response.status_code = status
    return response


def _run_of(form: Any) -> tuple[str, str]:
    """The run the form asks for: the ends of a roll, or the next of our own.

    Raises:
        Refused: CODE_UNREADABLE, COUNT_MISSING, PREFIX_MISSING, RUN_WRONG.
    """
    if form.get("first") or form.get("last"):
        return common.read_code(form.get("first", "")), common.read_code(form.get("last", ""))
    count = scope.read_number(form.get("count", ""))
    prefix = (codes.normalise(form.get("prefix", "") + "0000") or "")[:-4]
    if not count:
        raise refusals.Refused("COUNT_MISSING")
    if not 0 < len(prefix) <= LONGEST_PREFIX:
        raise refusals.Refused("PREFIX_MISSING")
    start = next_serial(prefix)
    try:
        return codes.make(prefix, start), codes.make(prefix, start + count - 1)
    except ValueError:
        raise refusals.Refused("RUN_WRONG", first=prefix, last=str(start + count)) from None


def propose_prefix(round_: rounds.Round | None, table: str) -> str:
    """The first letters of the next run: those of the last run of our own that this table was
    given, else this round, else this area in any round; else the initials of the area's English
    name. "" where nothing says any: then a person does.
    """
    if round_ is None:
        return ""
    here = rounds.Round.objects.filter(area=round_.area).values_list("id", flat=True)
    issued = list(models.Issue.objects.filter(round__in=list(here)).order_by("-at")[:200])
    issued.sort(key=lambda each: (str(each.table) != table, str(each.round) != round_.id))
    found = (_prefix_of(each.last) for each in issued)
    own = next((each for each in found if each and len(each) <= LONGEST_PREFIX), None)
    return own or _initials_of(places.find_place(str(round_.area)))


def _prefix_of(code: str) -> str:
    """What stands before the serial in a code of our own; "" for one printed elsewhere."""
    prefix = code[:-_SERIAL]
    return prefix if codes.serial_of(code, prefix) is not None else ""


def _initials_of(place: Any) -> str:
    words_ = re.findall(r"[A-Za-z]+", place.english) if place is not None else []
    return "".join(word[0] for word in words_).upper()[:LONGEST_PREFIX]


def next_serial(prefix: str) -> int:
    """The serial after the last one issued with this prefix."""
    issued = models.Issue.objects.filter(last__startswith=prefix).values_list("last", flat=True)
    serials = [codes.serial_of(last, prefix) for last in issued]
    return max((serial for serial in serials if serial is not None), default=0) + 1


def _length_of(row: models.Issue) -> int | None:
    try:
        return codes.run_length(row.first, row.last)
    except codes.NotARun:
        return None


class _TakingBack:
    """The way to take a run back, for whoever may; of one that is taken back by whom and why."""

    def __init__(self, request: HttpRequest, rows: "QuerySet[models.Issue]") -> None:
        self._request = request
        self._rows = rows
        self._may = cache(self._ask)
        self._taken: dict[str, trails.Taken] | None = None

    def _ask(self, round_: str) -> bool:
        return scope.may(self._request, actions.COMMANDERS, common.area_of(round_))

    def __call__(self, row: models.Issue) -> str:
        if not row.stands:
            taken = self._list_taken().get(str(row.entry))
            said = [taken.who, str(taken.reason or "")] if taken else [_("Taken back")]
            return format_html("<span>{}</span>", " · ".join(filter(None, said)))
        if not self._may(str(row.round)):
            return ""
        context = {
            "entry": row.entry,
            "what": f"{row.first}–{row.last}",
            "mistakes": words.MISTAKES.items(),
            "act_address": reverse("sampling:issue"),
        }
        return render_to_string("sampling/take_back.html", context, request=self._request)

    def _list_taken(self) -> dict[str, trails.Taken]:
        """All that are taken back, asked once when the first is shown."""
        if self._taken is None:
            taken = self._rows.filter(stands=False).values_list("entry", flat=True)
            self._taken = trails.list_taken_back({str(entry) for entry in taken})
        return self._taken


def _labels_of(row: models.Issue) -> str:
    if not row.stands:
        return ""
    address = reverse("sampling:labels", args=[row.entry])
    offered = [
        ("?sheet=65", _("65 on A4")),
        ("?sheet=40", _("40 on A4")),
        ("?sheet=24&matrix=1", _("24 on A4, with DataMatrix")),
        ("?as=zpl", "ZPL"),
    ]
    links = ((address + query, text) for query, text in offered)
    joined = format_html_join(" · ", '<a href="{}" target="_blank">{}</a>', links)
    return format_html("<span>{}</span>", joined)  # one thing, so that a narrow list can wrap it


def _list_tables(request: HttpRequest) -> list[Any]:
    """The tables at which this person may act."""
    held = access.places_for(request.user, actions.AT_THE_TABLE)
    return [
        table
        for table in places.list_places("table")
        if not held.isdisjoint(table.path.strip("/").split("/"))
    ]


def _label_tables(tables: list[Any]) -> list[tuple[str, str]]:
    """(table, where it stands and its name) as a form offers them."""
    above = places.name_places({str(table.parent) for table in tables if table.parent})
    return [
        (str(table.id), " · ".join(filter(None, (above.get(str(table.parent)), table.name))))
        for table in tables
    ]


def _number_of(table: Any) -> str:
    """A table in characters every printer has: its own code, or the digits of its name."""
    if table is None:
        return ""
    code = table.code if table.code.isascii() else ""
    return code or "".join(re.findall(r"[0-9]+", table.name)[:1])


@pages.page(*actions.AT_THE_TABLE)
def print_labels(request: HttpRequest, entry: str) -> HttpResponse:
    """The labels of one run: a PDF of stickers (`?sheet=65`, `&matrix=1`), or ZPL (`?as=zpl`)."""
    row = models.Issue.objects.filter(entry=common.read_id(entry)).first()
    if row is None:
        raise refusals.Refused("NOT_FOUND")
    pages.require(request, *actions.AT_THE_TABLE, place=str(row.table))
    table = places.find_place(str(row.table))
    found = rounds.Round.objects.filter(id=row.round).first()
    day = found.day if found else ""
    note = f"{table.name if table else ''} {day}".strip()
    plain = " ".join(part for part in (_number_of(table), day) if part)
    try:
        run = list(codes.expand(row.first, row.last))
    except codes.NotARun:
        raise refusals.Refused("RUN_WRONG", first=row.first, last=row.last) from None
    if len(run) > labels.MOST:
        raise refusals.Refused("TOO_MANY_LABELS", most=labels.MOST)
    made = [labels.Label(code, note, plain) for code in run]
    name = f"{row.first}-{row.last}"
    if request.GET.get("as") == "zpl":
        response = HttpResponse(labels.make_zpl(made), content_type="text/plain; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="{name}.zpl"'
        return response
    sheet = labels.SHEETS.get(request.GET.get("sheet", "65"), labels.SHEETS["65"])
    try:
        data = labels.make_pdf(made, sheet, matrix=request.GET.get("matrix") == "1")
    except labels.TooNarrow:
        raise refusals.Refused("LABEL_TOO_NARROW", tube=row.first) from None
    response = HttpResponse(data, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{name}.pdf"'
    return response
