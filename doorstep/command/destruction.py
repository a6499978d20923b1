"""Destruction: which records are due, what destroying them would take away, asking for it, ordering
it as the second person, and what was destroyed, with the backups that hold it still.

Every page says before that there is no undo. Refuses nothing of its own: rules are those of
command.destroying.
"""

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from doorstep.command import destroying
from doorstep.command.zones import words
from doorstep.face import errors, moments, pages
from doorstep.kit import clock
from doorstep.ledger import codes, erasure, models, reactions, refusals, verify_destroyed
from doorstep.orders import queries


@pages.page(*destroying.READERS)
@require_GET
def show_destruction(request: HttpRequest) -> HttpResponse:
    """What is due by class, what waits for a second person, what is done. With `holds` and `day`:
    what destroying these would take away, and the button that asks for it.
    """
    context = _context(request)
    status = 200
    if holds := request.GET.get("holds"):
        try:
            context["preview"] = _preview(holds, request.GET.get("day", ""))
        except refusals.Refused as problem:
            context["refusal"] = errors.describe(problem)
            status = errors.STATUS.get(problem.code, 409)
    return render(request, "command/destruction.html", context, status=status)


@pages.form_of("command:destruction")
@pages.page(*destroying.ASKERS)
@require_POST
def ask(request: HttpRequest) -> HttpResponse:
    """Ask for it; a second person of another unit orders it."""
    destroying.ask(
        request.user, holds=request.POST.get("holds", ""), day=request.POST.get("day", "")
    )
    messages.success(request, _("Asked. A second person of another unit orders it within 7 days."))
    return HttpResponseRedirect(reverse("command:destruction"))


@pages.page(*destroying.READERS)
@require_GET
def show_asked(request: HttpRequest, asked: str) -> HttpResponse:
    """What the second person would destroy, in numbers, and the button."""
    found = erasure.find_asked(asked)
    if found is None:
        raise refusals.Refused("DESTRUCTION_NOT_ASKED")
    wanted = erasure.Wanted(found.holds, found.rule, found.pack, found.before_at, found.lines)
    context: dict[str, Any] = {
        "asked": _describe([found])[0],
        "counted": destroying.count(wanted),
        "stuck": len(reactions.list_stuck()),
        "may_order": destroying.may_whole(request.user, destroying.SECONDS),
        "breadcrumbs": [
            (_("The book"), reverse("command:book")),
            (_("Destruction"), reverse("command:destruction")),
            (_("Order a destruction"), None),
        ],
    }
    try:
        destroying.check(wanted)
    except refusals.Refused as problem:
        context["refusal"] = errors.describe(problem)
    return render(request, "command/asked_destruction.html", context)


@pages.form_of("command:asked_destruction", "asked")
@pages.page(*destroying.SECONDS)
@require_POST
def order(request: HttpRequest, asked: str) -> HttpResponse:
    """Destroy it, for good."""
    destroying.order(request.user, asked=asked)
    messages.success(request, _("Destroyed. What the files of the database still hold is being "
                                "overwritten; see below for the backups."))  # fmt: skip
    return HttpResponseRedirect(reverse("command:destruction"))


@pages.form_of("command:destruction")
@pages.page(*destroying.ASKERS)
@require_POST
def report_backup(request: HttpRequest) -> HttpResponse:
    """Keep a person's word that a backup is gone."""
    destroying.report_backup(
        request.user, backup=request.POST.get("backup", ""), how=request.POST.get("how", "")
    )
    messages.success(request, _("It stands in the book that this backup is gone."))
    return HttpResponseRedirect(reverse("command:destruction"))


def name_class(holds: str) -> str:
    """A class of records, in words."""
    return {
        "operation": _("Records of the operation: rounds, samples, results, visits, requests"),
        "roster": _("The roster: names, documents, phones, doors, who lives where"),
        "log": _("The log of who looked at whose record"),
    }.get(holds, holds)


def _context(request: HttpRequest) -> dict[str, Any]:
    return {
        "due": [_show_due(each) for each in destroying.list_due()],
        "asked": _describe(erasure.list_asked()),
        "done": _describe_done(),
        "is_unheld": not all(each["held"] for each in verify_destroyed.tell_restored()),
        "may_ask": destroying.may_whole(request.user, destroying.ASKERS),
        "hows": [
            ("file", _("every copy of the file is destroyed")),
            ("key", _("every copy of its key or passphrase is destroyed")),
        ],
        "breadcrumbs": [(_("The book"), reverse("command:book")), (_("Destruction"), None)],
    }


def _show_due(due: destroying.Due) -> dict[str, Any]:
    problem = due.problem
    return {
        "holds": due.rule.said.holds,
        "name": name_class(due.rule.said.holds),
        "rule": words.say(due.rule.said.text),
        "pack": due.rule.pack,
        "days": due.rule.said.days,
        "day": due.day,
        "lines": due.counted.total,
        "problem": problem and codes.text_of(problem.code, get_language() or "en", **problem.facts),
    }


def _preview(holds: str, day: str) -> dict[str, Any]:
    rule = destroying.find_rule(holds)
    wanted = destroying.want(rule, day)
    destroying.check(wanted)
    return {
        "holds": holds,
        "name": name_class(holds),
        "day": day,
        "counted": destroying.count(wanted),
    }


def _describe(rows: Iterable[models.Destruction]) -> list[dict[str, Any]]:
    listed = list(rows)
    people = words.name_people([(each.staff, each.unit) for each in listed])
    packs = queries.get_packs({each.pack for each in listed})
    described = []
    for each in listed:
        pack = packs.get(each.pack)
        rule = next((r for r in pack.retention if r.key == each.rule), None) if pack else None
        described.append(
            {
                "entry": each.entry,
                "asked": each.asked,
                "at": each.at,
                "by": people.get((each.staff, each.unit)),
                "holds": each.holds,
                "name": name_class(each.holds),
                "rule": words.say(rule.text) if rule else each.rule,
                "pack": each.pack,
                "day": clock.day_of(each.before_at - 1, moments.zone()),
            }
        )
    return described


def _describe_done() -> list[dict[str, Any]]:
    done = destroying.list_done()
    asked = models.Destruction.objects.filter(entry__in=[each.asked for each in done])
    askers = {each["entry"]: each["by"] for each in _describe(asked)}
    emptied = erasure.count_destroyed()
    swept = dict(models.Balance.objects.values_list("entry", "swept_at"))
    described = []
    for row, said in zip(done, _describe(done), strict=True):
        backups = [
            {"digest": bytes(each.digest).hex(), "at": each.at, "size": each.size}
            for each in erasure.list_backups(row)
        ]
        described.append(
            said
            | {
                "asker": askers.get(str(row.asked)),
                "lines": emptied[row.entry],
                "swept_at": swept.get(row.entry),
                "backups": backups,
                "complete": swept.get(row.entry) is not None and not backups,
            }
        )
    return described
