"""Recording evidence of a place, and taking it back. Refuses free text: a fact of an adopted pack's
vocabulary, a day, and the number of the document it rests on.
"""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from doorstep.command.zones import places, words
from doorstep.face import errors, moments, pages
from doorstep.kit import clock
from doorstep.ledger import refusals, store
from doorstep.orders import actions, queries


@pages.page(*words.PROPOSERS)
@require_http_methods(["GET", "POST"])
def new_evidence(request: HttpRequest) -> HttpResponse:
    """The form for evidence; afterwards back to where it was needed."""
    said = request.POST if request.method == "POST" else request.GET
    values = {name: said.get(name, "") for name in ("area", "place", "fact", "document", "next")}
    values["on"] = said.get("on") or clock.day_of(clock.now(), moments.zone())
    context: dict[str, Any] = {}
    status = 200
    if request.method == "POST":
        try:
            _record(request, values)
        except refusals.Refused as problem:
            context["refusal"] = errors.describe(problem)
            status = errors.STATUS.get(problem.code, 409)
        else:
            messages.success(request, _("The evidence is recorded."))
            return HttpResponseRedirect(_next(request, values))
    facts = [
        (f"{each.digest}:{word.key}", f"{words.say(word.names)} · {each.pack.key}")
        for each in queries.list_adopted()
        for word in each.pack.evidence
        if word.levels
    ]
    context |= {
        "values": values,
        "facts": facts,
        "areas": places.list_areas(request.user),
        "places": places.list_choices(values["area"]),
        "breadcrumbs": [(_("Zones"), reverse("zones:zones")), (_("Record evidence"), None)],
    }
    return render(request, "zones/new_evidence.html", context, status=status)


def _record(request: HttpRequest, values: dict[str, str]) -> None:
    pack, _colon, fact = values["fact"].partition(":")
    actions.record_evidence(
        request.user,
        pack=pack,
        fact=fact,
        place=places.read_id(values["place"]),
        on=places.read_day(values["on"]),
        document=values["document"].strip(),
    )


def _next(request: HttpRequest, values: dict[str, str]) -> str:
    if url_has_allowed_host_and_scheme(values["next"], {request.get_host()}):
        return values["next"]
    return places.address_of(values["place"])


@pages.form_of("zones:zones")
@pages.page(*words.PROPOSERS)
@require_POST
def take_back(request: HttpRequest, entry: str) -> HttpResponse:
    """Say that evidence was recorded by mistake."""
    found = store.select("orders_evidence", ["place"], "entry", [entry])
    actions.take_back_evidence(request.user, entry=entry)
    messages.success(request, _("The evidence is taken back; no condition counts it any more."))
    return HttpResponseRedirect(places.address_of(str(found[0][0])))
