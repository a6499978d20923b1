"""Opening a round, closing and reopening it. The page tells the consequence in numbers first.

Refuses nothing of its own: rules are those of rounds.actions.
"""

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from doorstep.command import records, rounds, scopes, unlisted
from doorstep.face import errors, moments, pages
from doorstep.kit import clock
from doorstep.ledger import codes, refusals, store
from doorstep.orders import queries as orders
from doorstep.registry import queries as registry
from doorstep.rounds import (
    actions,
    closers,
    listing,
    queries,
    round_kinds,
    rules,
    unlisted_lists,
)


@pages.page(*scopes.COMMANDERS)
@require_http_methods(["GET", "POST"])
def new_round(request: HttpRequest) -> HttpResponse:
    """The form for a new round; after opening, on to its page."""
    said = request.POST if request.method == "POST" else request.GET
    today = clock.day_of(clock.now(), moments.zone())
    values = {
        "area": said.get("area", ""),
        "round_kind": said.get("round_kind", ""),
        "day": said.get("day", "") or today,
        "pool": said.get("pool", ""),
    }
    context: dict[str, Any] = {}
    status = 200
    if request.method == "POST":
        try:
            round_ = _open(request, values)
        except refusals.Refused as problem:
            context["refusal"] = errors.describe(problem)
            status = errors.STATUS.get(problem.code, 409)
        else:
            found = queries.find_round(round_)
            due = found.due if found else 0
            messages.success(request, _("The round is open: %(due)s due.") % {"due": f"{due:,}"})
            return HttpResponseRedirect(reverse("command:round", args=[round_]))
    areas = _list_areas(request)
    values["area"] = values["area"] or (areas[0][0] if areas else "")
    context |= {
        "values": values,
        "areas": areas,
        "kinds": [("", "–"), *_list_kinds()],
        "pools": [("", _("As the orders in force say")), *rounds.name_pools().items()],
        "preview": _preview(values) if values["area"] else None,
        "breadcrumbs": [(_("Rounds"), reverse("command:rounds")), (_("Open a round"), None)],
    }
    return render(request, "command/new_round.html", context, status=status)


def _open(request: HttpRequest, values: dict[str, str]) -> str:
    try:
        date.fromisoformat(values["day"])
    except ValueError:
        raise refusals.Refused("REQUEST_INVALID") from None
    return actions.open_round(
        request.user,
        round_kind=values["round_kind"],
        area=values["area"],
        day=values["day"],
        pool=values["pool"] or None,
    )


def _list_areas(request: HttpRequest) -> list[tuple[str, str]]:
    """Where this person commands: estates first, then communities and the subdistrict."""
    scopes_ = scopes.list_scopes(request.user, scopes.COMMANDERS)
    rows = store.query(
        "SELECT id, name, kind, path FROM registry_place "
        "WHERE kind IN ('estate', 'community', 'subdistrict', 'building') "
        "ORDER BY CASE kind WHEN 'estate' THEN 0 WHEN 'subdistrict' THEN 1 "
        "WHEN 'community' THEN 2 ELSE 3 END, sort, name"
    )
    names = {str(id_): name for id_, name, _kind, _path in rows}
    found = []
    for id_, name, kind, path in rows:
        if not any(path.startswith(scope) for scope in scopes_):
            continue
        above = path.strip("/").split("/")[-2:-1]
        label = f"{names.get(above[0], '')} {name}" if kind == "building" and above else name
        found.append((str(id_), label))
    return found[:2_000]


def _list_kinds() -> list[tuple[str, str]]:
    language = get_language() or "en"
    return [
        (code, kind.label.read(language))
        for code, kind in round_kinds.list_kinds().items()
        # a re-sampling is opened for named people by the day itself, never for an area
        if not (kind.home and kind.home.everyone)
    ]


def _preview(values: dict[str, str]) -> dict[str, Any] | None:
    """Who lives in the area, and what the orders say of it."""
    residents = [presence for _p, _d, presence in registry.residents_under(values["area"])]
    kind = round_kinds.find_kind(values["round_kind"])
    said = listing.ask_orders(kind, values["area"], values["day"]) if kind else orders.Said()
    # where neither an order nor a pack says a size, a table opens tubes for one person
    pool = (said.pool or "single") if kind and kind.pack_rule else ""
    return {
        "present": residents.count("present"),
        "away": residents.count("away"),
        "pool": rounds.name_pools().get(pool),
        "ordered": said.ordered,
    }


@pages.page(*scopes.COMMANDERS)
@require_GET
def preview_round(request: HttpRequest) -> HttpResponse:
    """The part of the form that says who would be due, for htmx."""
    values = {key: request.GET.get(key, "") for key in ("area", "round_kind", "day")}
    if not values["area"]:
        return HttpResponse("")
    rounds.may_command(request, values["area"])
    values["day"] = values["day"] or clock.day_of(clock.now(), moments.zone())
    context = {"preview": _preview(values)}
    return render(request, "command/new_round_preview.html", context)


@pages.page(*scopes.COMMANDERS)
@require_GET
def ask_close(request: HttpRequest, round: str) -> HttpResponse:
    """What closing would do, in numbers, and what stands in its way."""
    found = queries.get_round_for(request.user, round)
    rounds.may_command(request, found.area)
    language = get_language() or "en"
    kind = round_kinds.find_kind(found.round_kind)
    blocks = closers.list_blocks(round)
    left_out = unlisted_lists.count_unlisted(round)
    problem = rules.may_close_round(found.state, found.counts, bool(blocks), left_out)
    closings = unlisted.name_closings()
    context = {
        "round": found,
        "label": kind.label.read(language) if kind else found.round_kind,
        "area": registry.find_place(found.area),
        "counts": found.counts,
        "blocks": [codes.text_of(block.code, language, **block.facts) for block in blocks[:50]],
        "more": max(0, len(blocks) - 50),
        "unlisted": left_out,
        "closings": [(code, closings[code]) for code in rules.CLOSINGS],
        "problem": None if problem == "ROUND_UNLISTED" else problem,
        "may_withdraw": actions.may_withdraw(found, bool(blocks)) is None,
        "breadcrumbs": [
            (_("Rounds"), reverse("command:rounds")),
            (found.day, reverse("command:round", args=[round])),
            (_("Close"), None),
        ],
    }
    return render(request, "command/close_round.html", context)


@pages.form_of("command:close_round", "round")
@pages.page(*scopes.COMMANDERS)
@require_POST
def close_round(request: HttpRequest, round: str) -> HttpResponse:
    """Close; the outstanding become missed."""
    actions.close_round(request.user, round=round, reason=request.POST.get("reason") or None)
    found = queries.find_round(round)
    missed = found.counts.outstanding if found else 0
    messages.success(request, _("The round is closed: %(missed)s missed.")
                     % {"missed": f"{missed:,}"})  # fmt: skip
    return HttpResponseRedirect(reverse("command:round", args=[round]))


@pages.form_of("command:round", "round")
@pages.page(*scopes.COMMANDERS)
@require_POST
def reopen_round(request: HttpRequest, round: str) -> HttpResponse:
    """Take a close back."""
    reason = request.POST.get("reason", "")
    if reason not in records.name_reopenings():
        raise refusals.Refused("REQUEST_INVALID")
    actions.reopen_round(request.user, round=round, reason=reason)
    messages.success(request, _("The round is open again."))
    return HttpResponseRedirect(reverse("command:round", args=[round]))
