"""The laboratory's page: boxes that come, tubes that wait, results by file and by hand."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from doorstep.face import errors, lists, pages, phrases
from doorstep.kit import clock
from doorstep.ledger import refusals, store, verdicts
from doorstep.operations.sampling import actions, laboratories, models
from doorstep.operations.sampling.actions import common
from doorstep.operations.sampling.pages import due, hand, scope, words
from doorstep.outside import laboratories as reader


@pages.page(*actions.AT_THE_LABORATORY)
def show_laboratory(
    request: HttpRequest,
    refusal: errors.Refusal | None = None,
    opened: str = "",
    status: int = 200,
) -> HttpResponseBase:
    """What is here, what comes, what waits for a result."""
    mine = scope.rounds_of(request.user)
    here = models.Tube.objects.filter(outcome=None, received_at__isnull=False)
    here = here.exclude(state="refused")
    # first the few rounds that have any, by the index of what is here: not all tubes ever. Without
    # DISTINCT, for which SQLite goes through the index of rounds
    some = set(here.order_by().values_list("round", flat=True))
    rounds_here = set(mine.filter(id__in=some).values_list("id", flat=True))
    waiting = here.filter(round__in=rounds_here)
    coming = models.Box.objects.filter(round__in=mine.values("id"))
    coming = coming.filter(state__in=("sealed", "collected"))
    # each tube's own pack, by its round's area: a laboratory takes boxes of several
    clocks = due.Clocks(rounds_here)
    now = clock.now()
    late = waiting.filter(clocks.late("report", "received_at", now)).count()

    def due_of(tube: models.Tube) -> int:
        return int(tube.received_at or 0) + clocks.of(tube.round)["report"]

    listing = lists.Listing(
        request,
        name="waiting",
        title=_("Tubes without a result"),
        rows=waiting,
        order="received_at",
        columns=[
            lists.Column(
                "tube", _("Tube"), "code", link=lambda t: reverse("sampling:tube", args=[t.tube])
            ),
            lists.Column("people", pgettext("tube", "People"), "number"),
            lists.Column(
                "pool", pgettext("tube", "Size"), value=lambda t: words.POOLS.get(t.pool or "", "")
            ),
            lists.Column("box", _("Box"), "code", link=_box_of),
            lists.Column("received_at", _("Received"), "moment"),
            lists.Column("due", _("Report by"), "near", value=due_of),
            lists.Column("state", _("State"), "chip", value=words.tube_chip),
        ],
        search=["tube__startswith"],
        search_hint=_("A tube code"),
        state=lambda t: "act" if due_of(t) < now else "",
        empty=_("No tube waits for a result here."),
        empty_hint=_("Receive a box by its code above."),
    )
    context: dict[str, Any] = {
        "waiting": waiting.count(),
        "coming": coming.count(),
        "late": late,
        "laboratories": [
            (str(unit.id), unit.name) for unit in actions.list_laboratories(request.user)
        ],
        "reasons": list(words.REASONS.items()),
        "fields": hand.fields_of(request.POST if opened == "hand" else request.GET, request.user),
        "form": request.POST,
        "refusal": refusal,
        "opened": opened,
        "breadcrumbs": [(_("Sampling"), reverse("sampling:home")), (_("Laboratory"), None)],
    }
    response = listing.render("sampling/laboratory.html", context)
    response.status_code = status
    return response


def _box_of(tube: models.Tube) -> str | None:
    return reverse("sampling:box", args=[tube.box]) if tube.box else None


@pages.form_of("sampling:laboratory")
@pages.page(*actions.AT_THE_LABORATORY)
def refuse_tube(request: HttpRequest) -> HttpResponseBase:
    """A tube that cannot be tested."""
    form = request.POST
    try:
        code = actions.refuse_tube(
            request.user,
            tube=form.get("tube", ""),
            laboratory=form.get("laboratory", ""),
            reason=form.get("reason", ""),
        )
    except refusals.Refused as no:
        return _again(request, no, "refuse")
    scope.tell(request, _("Tube %(tube)s is refused; its people are due again.") % {"tube": code})
    return HttpResponseRedirect(reverse("sampling:laboratory"))


@pages.form_of("sampling:laboratory")
@pages.page(*actions.AT_THE_LABORATORY)
def enter_result(request: HttpRequest) -> HttpResponseBase:
    """One result by hand."""
    form = request.POST
    try:
        said = hand.read_form(form)
        entry = actions.report_result(request.user, tube=form.get("tube", ""), **said)
    except refusals.Refused as no:
        return _again(request, no, "hand")
    code = common.read_code(form["tube"])
    scope.tell(request, _("The result of tube %(tube)s is kept.") % {"tube": code})
    for held in verdicts.list_verdicts([entry]).get(entry, ()):
        messages.warning(request, words.say_code(held))
    _mind_receipt(request, [code])
    return HttpResponseRedirect(reverse("sampling:laboratory"))


def _mind_receipt(request: HttpRequest, codes: list[str]) -> None:
    """Name boxes that have results and no receipt while the laboratory is still at the desk."""
    rows = store.select("sampling_tube", ["box", "received_at", "state"], "tube", set(codes))
    boxes = sorted({box for box, at, state in rows if box and at is None and state == "reported"})
    if boxes:
        text = ngettext(
            "The book has no receipt of box %(boxes)s. Receive it too: the round cannot close "
            "before.",
            "The book has no receipt of boxes %(boxes)s. Receive them too: the round cannot close "
            "before.",
            len(boxes),
        )
        messages.warning(request, text % {"boxes": phrases.join(boxes[:20])})


def _again(request: HttpRequest, no: refusals.Refused, opened: str) -> HttpResponseBase:
    if no.code == "NOT_YOURS":
        raise no
    return show_laboratory(request, refusal=errors.describe(no), opened=opened, status=409)


@pages.form_of("sampling:laboratory")
@pages.page(*actions.AT_THE_LABORATORY)
def upload(request: HttpRequest) -> HttpResponseBase:
    """Take a file in and show what it holds; nothing is written to the book yet."""
    file = request.FILES.get("file")
    if file is None or not file.size:
        return _again(request, refusals.Refused("FILE_EMPTY"), "upload")
    if file.size > reader.MAX_BYTES:
        return _again(request, refusals.Refused("FILE_TOO_LARGE"), "upload")
    digest = laboratories.keep_waiting(file.read())
    address = reverse("sampling:results", args=[digest])
    laboratory = request.POST.get("laboratory", "")
    return HttpResponseRedirect(f"{address}?laboratory={laboratory}")


@pages.page(*actions.AT_THE_LABORATORY)
def show_file(request: HttpRequest, digest: str) -> HttpResponseBase:
    """A file before it is committed: every row, taken, known or refused, and why. POST commits."""
    data = laboratories.read_waiting(digest)
    laboratory = request.POST.get("laboratory") or request.GET.get("laboratory") or None
    if request.method == "POST":
        plan = actions.report_results(request.user, data, laboratory=laboratory)
        laboratories.drop_waiting(digest)
        _tell_committed(request, plan)
        _mind_receipt(request, [row.tube for row in plan.new])
        return HttpResponseRedirect(reverse("sampling:laboratory"))
    plan = actions.plan_results(request.user, data, laboratory=laboratory)
    names = {str(unit.id): unit.name for unit in actions.list_laboratories()}
    listing = lists.Listing(
        request,
        name="rows",
        title=_("Rows of the file"),
        rows=_lines_of(plan, names),
        columns=[
            lists.Column("row", _("Row"), "number", sort=True),
            lists.Column("fate", _("What happens"), "chip"),
            lists.Column("tube", _("Tube"), "code"),
            lists.Column("outcome", _("Outcome"), "chip"),
            lists.Column("tested_at", _("Tested"), "moment"),
            lists.Column("laboratory", _("Laboratory")),
            lists.Column("column", _("Column")),
            lists.Column("reason", _("Reason")),
        ],
        filters=[
            lists.Filter(
                "fate",
                _("What happens"),
                [
                    ("done", _("New"), "done"),
                    ("held", _("Taken and held"), "held"),
                    ("excused", _("Known already"), "excused"),
                    ("act", pgettext("tube", "Refused"), "act"),
                ],
            )
        ],
        order="row",
        state=lambda row: "act" if row["fate"].state == "act" else "",
        empty=_("There is no row in this file."),
    )
    refused = {refusal.row for refusal in plan.refusals}
    context = {
        "new": len(plan.new),
        "held": sum(bool(row.warning) for row in plan.new),
        "corrections": sum(row.corrects is not None for row in plan.new),
        "positive": sum(row.read.outcome == "positive" for row in plan.new),
        "known": len(plan.rows) - len(plan.new),
        "refused": len(refused),
        "whole": 0 in refused or (bool(refused) and not plan.rows),
        "digest": digest,
        "laboratory": laboratory or "",
        "breadcrumbs": [
            (_("Laboratory"), reverse("sampling:laboratory")),
            (_("A result file"), None),
        ],
    }
    return listing.render("sampling/results.html", context)


def _tell_committed(request: HttpRequest, plan: actions.Plan) -> None:
    new, known = len(plan.new), len(plan.rows) - len(plan.new)
    refused = len({refusal.row for refusal in plan.refusals})
    if new == 0 and not refused:
        scope.tell(request, _("The book had every row of this file already. Nothing changed."))
        return
    said = ngettext("%(count)d result is kept", "%(count)d results are kept", new) % {"count": new}
    rest = _("%(known)d known already, %(refused)d refused.") % {"known": known, "refused": refused}
    scope.tell(request, _("%(kept)s; %(rest)s") % {"kept": said, "rest": rest})


def _lines_of(plan: actions.Plan, names: dict[str, str]) -> list[dict[str, Any]]:
    lines: list[dict[str, Any]] = []
    for row in plan.rows:
        fate = lists.Chip("done", _("New"))
        reason = _("Corrects the result before.") if row.corrects else ""
        if row.fate == "known":
            fate, reason = lists.Chip("excused", _("Known already")), ""
        elif row.warning:
            fate, reason = lists.Chip("held", _("Taken and held")), words.say_code(row.warning)
        elif row.unreceived:
            reason = _("Box %(box)s has no receipt yet.") % {"box": row.unreceived}
        lines.append(
            {
                "row": row.read.row,
                "fate": fate,
                "tube": row.tube,
                "outcome": words.chip(words.OUTCOMES, row.read.outcome),
                "tested_at": row.read.tested_at,
                "laboratory": names.get(row.laboratory, ""),
                "column": "",
                "reason": reason,
            }
        )
    for refusal in plan.refusals:
        lines.append(
            {
                "row": refusal.row or None,
                "fate": lists.Chip("act", pgettext("tube", "Refused")),
                "tube": "",
                "outcome": None,
                "tested_at": None,
                "laboratory": "",
                "column": str(words.COLUMNS.get(refusal.column, refusal.column)),
                "reason": words.say_code(refusal.code),
            }
        )
    return lines
