"""Putting a resident's record right: where they live, and what is known of them.

Refuses to show more than the person's page does: what is to be corrected is chosen masked, and
typed anew.
"""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from doorstep.command import households, records, scopes
from doorstep.command import people as people_pages
from doorstep.face import errors, pages, phrases
from doorstep.ledger import refusals
from doorstep.operations.sampling.pages import moments as typed
from doorstep.registry import correcting, giving, needs, people, vault
from doorstep.registry import models as registry
from doorstep.registry import queries as places


@pages.page(*people.LISTERS)
@require_http_methods(["GET", "POST"])
def change_home(request: HttpRequest, person: str) -> HttpResponse:
    """Say where somebody lives, or that they have moved."""
    seen = _get(request, person)
    form = request.POST
    estates = scopes.list_estates(request.user, people.LISTERS)
    refusal = None
    if request.method == "POST":
        try:
            door = people.find_door(request.user, form.get("door", ""), [form.get("estate", "")])
            people.list_residents(request.user, [(person, door, "present")])
        except refusals.Refused as no:
            if no.code not in ("DOOR_UNKNOWN", "DOOR_NOT_ONE"):
                raise
            refusal = errors.describe(no)
        else:
            messages.success(request, _("Noted. The book keeps where they lived before."))
            return _back(person)
    chosen = form.get("estate") or _estate_of(seen)
    context = {
        **_frame(seen, _("Where they live")),
        "estates": [(each.id, each.name) for each in estates],
        "estate": chosen,
        "door": form.get("door", ""),
        "refusal": refusal,
    }
    return render(request, "command/home_of.html", context, status=409 if refusal else 200)


@pages.page(*people.LISTERS)
@require_http_methods(["GET", "POST"])
def correct_person(request: HttpRequest, person: str) -> HttpResponse:
    """Correct name, needs, documents and phones. What stays empty stays as it is."""
    seen = _get(request, person)
    form = request.POST
    refusal = None
    if request.method == "POST":
        said = correcting.Correction(
            name=form.get("name", ""),
            needs=form.getlist("needs"),
            document=form.get("document", ""),
            document_type=form.get("document_type", ""),
            phone=form.get("phone", ""),
            wrong_documents=_keys(form.getlist("wrong_document")),
            wrong_phones=_keys(form.getlist("wrong_phone")),
        )
        try:
            what = correcting.correct_person(request.user, person, said)
        except refusals.Refused as no:
            if no.code in ("NOT_YOURS", "NOT_FOUND", "REQUEST_INVALID"):
                raise
            refusal = errors.describe(no)
        else:
            done = phrases.join([records.name_part(each) for each in what])
            messages.success(request, _("Corrected: %(what)s.") % {"what": done})
            return _back(person)
    language = get_language() or "en"
    held = form.getlist("needs") if refusal else seen.flags
    context = {
        **_frame(seen, _("Correct the record")),
        "needs": [
            (key, need.label.read(language), key in held)
            for key, need in needs.list_needs().items()
        ],
        "documents": [
            (each.pk, records.name_document(each.type),
             vault.mask_document(vault.unseal(bytes(each.sealed), person)))
            for each in registry.Document.objects.filter(person=person).order_by("type", "id")
        ],
        "phones": [
            (each.pk, vault.mask_phone(vault.unseal(bytes(each.sealed), person)))
            for each in registry.Contact.objects.filter(person=person).order_by("id")
        ],
        "types": [("", _("as the number shows")), *records.list_document_types()],
        "form": form,
        "refusal": refusal,
    }  # fmt: skip
    return render(request, "command/correct_person.html", context, status=409 if refusal else 200)


@pages.form_of("command:person", "person")
@pages.page(*giving.GIVERS)
@require_POST
def give_standing(request: HttpRequest, person: str) -> HttpResponse:
    """Give a standing that entitles or reminds."""
    form = request.POST
    at, until = form.get("from", "").strip(), form.get("until", "").strip()
    giving.give(
        request.user,
        person,
        form.get("standing", ""),
        at=typed.read_local(at) if at else None,
        until=typed.read_local(until) if until else None,
    )
    messages.success(request, _("Given. Take it back below if it was a mistake."))
    return _back(person)


@pages.form_of("command:person", "person")
@pages.page(*giving.GIVERS)
@require_POST
def take_standing_back(request: HttpRequest, person: str) -> HttpResponse:
    """Take such a standing back; the book keeps both lines."""
    giving.take_back(request.user, person, request.POST.get("entry", ""))
    messages.success(request, _("Taken back. The book keeps both lines."))
    return _back(person)


def _get(request: HttpRequest, person: str) -> people.Seen:
    seen = people.get_person(request.user, person)
    pages.require(request, *people.LISTERS, place=seen.place)
    return seen


def _frame(seen: people.Seen, title: str) -> dict[str, Any]:
    return {
        "person": seen,
        "met": people_pages.say_met(seen),
        "presence_chip": households.chip_presence(seen.presence),
        "breadcrumbs": [
            (_("Residents"), reverse("command:people")),
            (seen.masked_name, reverse("command:person", args=[seen.id])),
            (title, None),
        ],
    }


def _estate_of(seen: people.Seen) -> str:
    place = places.find_place(seen.place) if seen.place else None
    return str(place.estate) if place is not None and place.estate else ""


def _keys(said: list[str]) -> list[int]:
    if not all(each.isdecimal() and len(each) < 18 for each in said):
        raise refusals.Refused("REQUEST_INVALID")
    return [int(each) for each in said]


def _back(person: str) -> HttpResponse:
    return HttpResponseRedirect(reverse("command:person", args=[person]))
