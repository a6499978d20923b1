"""What shift plans have besides: a workbook to fill in and to plan from, the table as a
spreadsheet, and a new plan when somebody is absent, which changes as little as it can.

Refuses an absence of nobody of the plan, and of days that are not the plan's.
"""

import io
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from msgspec.structs import replace

from doorstep.command import scopes
from doorstep.command.plans import catalog
from doorstep.command.plans import pages as centre_pages
from doorstep.face import exports, pages
from doorstep.ledger import codes, refusals

SECONDS = 15.0  # a new plan may take while one waits


def describe(kept: Any, may: bool) -> dict[str, Any]:
    """What the page of a kept shift plan shows besides: who may be absent, and when."""
    from doorstep.command.plans import shifts_report

    name = shifts_report.namer(kept.problem)
    people = [(each.name, name(each.name)) for each in kept.problem.people]
    days = [
        (str(day), shifts_report.name_day(kept.problem, day))
        for day in range(1, kept.problem.days + 1)
    ]
    return {"may_replan": may, "people": [("", _("Choose")), *people], "days": days,
            "last_day": str(kept.problem.days), "is_shifts": True}  # fmt: skip


@pages.page(*centre_pages.READERS)
@require_GET
def show_template(request: HttpRequest, unit: str) -> HttpResponse:
    """A workbook with the people of a unit, to be filled in."""
    from doorstep.command.plans import live, shift_books

    found = shift_books.find_unit(live.list_units(request.user, centre_pages.READERS), unit)
    response = HttpResponse(shift_books.make_template(found), content_type=exports.XLSX)
    response["Content-Disposition"] = 'attachment; filename="shift-plan.xlsx"'
    return response


@pages.form_of("plans:shifts")
@pages.page(*scopes.COMMANDERS)
@require_POST
def take_book(request: HttpRequest) -> HttpResponse:
    """Plan from a workbook that was filled in; the plan is kept as a draft. Rows that could not be
    taken are shown with it.
    """
    from doorstep.command.plans import drafts, live, shift_books
    from doorstep.command.plans.typed import whole_of
    from doorstep.planning.shifts import solve
    from doorstep.planning.wrong import Wrong

    file = request.FILES.get("file")
    if file is None:
        raise refusals.Refused("FILE_NOT_CHOSEN", status=422)
    if (file.size or 0) > shift_books.MOST_BYTES:
        raise refusals.Refused("FILE_TOO_LARGE", status=422)
    units = live.list_units(request.user, scopes.COMMANDERS)
    unit = shift_books.find_unit(units, request.POST.get("unit", ""))
    first = request.POST.get("first", "")
    try:
        days = whole_of("days", request.POST.get("days", ""))
        read = shift_books.read(
            file.read(), file.name or "", str(unit.id), {str(each.id) for each in units}, first,
            days,
        )  # fmt: skip
        answer = solve.solve(read.roster, centre_pages.within(SECONDS))
    except Wrong as problem:
        raise refusals.Refused("PLAN_WRONG", why=centre_pages.say(problem)) from None
    plan = drafts.keep(
        request.user, catalog.SHIFTS, read.roster, answer, first, str(unit.serves), str(unit.id)
    )
    messages.success(request, _("The plan is kept as a draft."))
    if not read.refused:
        return HttpResponseRedirect(reverse("plans:kept", args=[plan]))
    language = get_language() or "en"
    rows = [
        (each.sheet, f"{each.column}{each.row}", each.value,
         codes.text_of(each.code, language))
        for each in read.refused
    ]  # fmt: skip
    context = {
        "plan": plan, "refused": rows, "people": len(read.roster.people),
        "breadcrumbs": [(_("Plans"), reverse("plans:centre")), (_("Shift plan"), None)],
    }  # fmt: skip
    return render(request, "plans/workbook.html", context)


@pages.page(*centre_pages.READERS)
@require_GET
def show_sheet(request: HttpRequest, plan: str) -> HttpResponse:
    """Who works when, as a spreadsheet."""
    import xlsxwriter

    from doorstep.command.plans import drafts, shifts_report

    kept = drafts.read(request.user, plan, centre_pages.READERS)
    if kept.draft.model != catalog.SHIFTS:
        raise refusals.Refused("NOT_FOUND")
    table = shifts_report.make_table(kept.problem, kept.answer, shifts_report.namer(kept.problem))
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    sheet = book.add_worksheet()
    head = book.add_format({"bold": True, "bottom": 2})
    middle = book.add_format({"align": "center"})
    for at, text in enumerate(table.heads):
        sheet.write_string(0, at, text, head)
    for row, cells in enumerate(table.rows, 1):
        for at, text in enumerate(cells):
            sheet.write_string(row, at, exports.harmless(text), None if at == 0 else middle)
    sheet.write_string(len(table.rows) + 2, 0, table.note)
    sheet.set_column(0, 0, 18)
    sheet.freeze_panes(1, 1)
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    book.close()
    response = HttpResponse(file.getvalue(), content_type=exports.XLSX)
    response["Content-Disposition"] = 'attachment; filename="shifts.xlsx"'
    return response


@pages.form_of("plans:kept", "plan")
@pages.page(*scopes.COMMANDERS)
@require_POST
def replan(request: HttpRequest, plan: str) -> HttpResponse:
    """Somebody is absent: a new plan from the first day of the absence on, as a draft."""
    from doorstep.command.plans import drafts
    from doorstep.planning.shifts import problem as shifts
    from doorstep.planning.shifts import solve
    from doorstep.planning.wrong import Wrong

    kept = drafts.read(request.user, plan, scopes.COMMANDERS)
    if kept.draft.model != catalog.SHIFTS:
        raise refusals.Refused("NOT_FOUND")
    roster: shifts.Roster = kept.problem
    who = request.POST.get("who", "")
    first, last = (_day_of(request.POST.get(each, ""), roster.days) for each in ("from", "to"))
    if who not in {each.name for each in roster.people} or last < first:
        raise refusals.Refused("REQUEST_INVALID")
    people = tuple(
        replace(each, unavailable=tuple(sorted({*each.unavailable, *range(first, last + 1)})))
        if each.name == who else each
        for each in roster.people
    )  # fmt: skip
    earlier = shifts.Earlier(kept.answer.duties, first)
    changed = replace(roster, people=people, earlier=earlier)
    try:
        answer = solve.solve(changed, centre_pages.within(SECONDS))
    except Wrong as problem:
        raise refusals.Refused("PLAN_WRONG", why=centre_pages.say(problem)) from None
    made = drafts.keep(
        request.user,
        catalog.SHIFTS,
        changed,
        answer,
        kept.draft.day,
        str(kept.draft.place),
        kept.draft.about and str(kept.draft.about),
    )
    messages.success(request, _("The new plan is kept as a draft; the one before still stands."))
    return HttpResponseRedirect(reverse("plans:kept", args=[made]))


def _day_of(text: str, days: int) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= days:
        raise refusals.Refused("REQUEST_INVALID")
    return int(text)
