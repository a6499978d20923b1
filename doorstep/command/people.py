"""People: finding them, the household behind a door, one person's page, presence.

Everything is masked. Revealing a record, a document or a phone is an entry of its own before
anything is shown. Refuses people outside the places where one has a role.
"""

from collections.abc import Collection
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from doorstep.command import households, records, scopes, standings
from doorstep.face import moments, pages
from doorstep.kit import clock
from doorstep.ledger import codes, refusals, store
from doorstep.operations.sampling import queries as sampling
from doorstep.registry import access, giving, needs, people
from doorstep.registry import models as registry
from doorstep.registry import queries as places
from doorstep.rounds import queries

VIEWS: tuple[people.What, ...] = ("record", "document", "phone")


@pages.page(*scopes.WATCHERS)
@require_GET
def find_people(request: HttpRequest) -> HttpResponse:
    """Find somebody by name, door, document or phone."""
    text = request.GET.get("q", "").strip()[:64]
    found = people.find_people(request.user, text, limit=50) if text else []
    language = get_language() or "en"
    estates = _name_estates([each.id for each in found])
    rows = [
        {
            "person": each,
            "estate": estates.get(each.id, ""),
            "masked": people.mask_name(each.name),
            "needs": needs.name_needs(each.flags, language),
            "presence": households.chip_presence(each.presence),
        }
        for each in found
    ]
    context = {
        "query": text,
        "rows": rows,
        "full": len(rows) == 50,
        "doorless": len(people.list_doorless(request.user)),
    }
    if pages.is_fragment(request):
        return render(request, "command/people_found.html", context)
    return render(request, "command/people.html", context)


def _name_estates(found: Collection[str]) -> dict[str, str]:
    """The name of each person's estate, by person: 12-803 is a door of more than one."""
    rows = store.select("registry_residence", ["person", "estate"], "person", found)
    names = places.name_places({str(estate) for _person, estate in rows if estate})
    return {str(person): names.get(str(estate), "") for person, estate in rows}


@pages.page(*scopes.WATCHERS)
@require_GET
def show_household(request: HttpRequest, door: str) -> HttpResponse:
    """The people behind one door: who, where they stand, what they need."""
    scopes.require_people(request, door)
    place = places.find_place(door)
    if place is None or place.kind != "door":
        raise refusals.Refused("NOT_FOUND")
    label = places.label_doors([door]).get(door, place.name)
    chosen = request.GET.get("round", "")
    round_ = queries.get_round_for(request.user, chosen) if chosen else None
    members = households.list_people(door, round_)
    held = standings.list_of([door, *(each.id for each in members)], clock.now())
    rounds = records.list_rounds_at(door)
    above = []
    if place.estate:
        wall = reverse("command:wall", args=[place.estate]) + (f"?round={chosen}" if chosen else "")
        above = [(places.name_places([place.estate]).get(place.estate, ""), wall)]
    context = {
        "label": label,
        "door": place,
        "estate": place.estate,
        "members": [
            {
                "person": each,
                "held": held.get(each.id, []),
                "presence": households.chip_presence(each.presence),
            }
            for each in members
        ],
        "round_label": records.name_round(round_) if round_ else "",
        "door_held": held.get(door, []),
        "present": sum(each.presence == "present" for each in members),
        "rounds": rounds,
        "round": round_,
        "breadcrumbs": [
            (_("Estates"), reverse("command:home")),
            *above,
            (label, None),
        ],
    }  # fmt: skip
    return render(request, "command/household.html", context)


@pages.page(*scopes.WATCHERS)
@require_GET
def show_person(request: HttpRequest, person: str) -> HttpResponse:
    """One person, masked."""
    return render(request, "command/person.html", _person_context(request, person))


@never_cache
@pages.form_of("command:person", "person")
@pages.page(*people.REVEALERS)
@require_POST
def reveal(request: HttpRequest, person: str) -> HttpResponse:
    """Show the name, the documents or the phones in full, once; the view is in the book first."""
    what = next((each for each in VIEWS if each == request.POST.get("what")), None)
    if what is None:
        raise refusals.Refused("REQUEST_INVALID")
    clear = people.reveal(request.user, person, what)
    context = _person_context(request, person)
    context["revealed"] = what
    context["clear"] = clear
    return render(request, "command/person.html", context)


def _person_context(request: HttpRequest, person: str) -> dict[str, Any]:
    seen = people.get_person(request.user, person)
    documents, phones = people.get_masked(person)
    unread = _explain_unread(request, person)
    now = clock.now()
    home = registry.Residence.objects.filter(person=person).first()
    return {
        "person": seen,
        "sex": str(households.SEXES.get(seen.sex, "")),
        "age": households.age_on(seen.born_on, clock.day_of(now, moments.zone())),
        "needs": needs.name_needs(seen.flags, get_language() or "en"),
        "presence_chip": households.chip_presence(seen.presence),
        "presences": list(households.PRESENCE.items()),
        "estate": places.name_places([home.estate]).get(home.estate, "")
        if home and home.estate
        else "",
        "presences_noted": records.list_presences(person),
        "documents": [(records.name_document(each.type), each.number) for each in documents]
        + ([(records.name_document(people.NOTED), unread["number"])] if unread else []),
        "unread": unread,
        "phones": phones,
        "held": standings.list_of([person], now).get(person, []),
        "rounds": records.list_rounds_of(person),
        "swabs": records.list_swabs(person),
        "route": records.say_route(sampling.status_of(person, now).route),
        "views": records.list_views(person),
        "met": say_met(seen),
        "given": {each.entry for each in giving.list_given(person)},
        "standings": [(each, standings.name_standing(each)) for each in giving.BY_HAND],
        "may_reveal": access.has(request.user, people.REVEALERS, seen.place),
        "may_change": access.has(request.user, people.LISTERS, seen.place),
        "breadcrumbs": [
            (_("Residents"), reverse("command:people")),
            *([(seen.label, reverse("command:household", args=[seen.door]))] if seen.door else []),
            (seen.masked_name, None),
        ],
    }


def say_met(seen: people.Seen) -> str:
    """Where somebody without a door was met, estate and table; "" where it is not known."""
    place = places.find_place(seen.met) if seen.met else None
    if place is None:
        return ""
    estate = places.name_places([place.estate]).get(place.estate, "") if place.estate else ""
    return " ".join(dict.fromkeys(part for part in (estate, place.name) if part))


def _explain_unread(request: HttpRequest, person: str) -> dict[str, Any] | None:
    """Why a number that was noted on a phone is not this person's document, and whose it is."""
    found = people.find_unread(request.user, person)
    if found is None:
        return None
    unread, holder = found
    why = codes.text_of(unread.why, get_language() or "en")
    return {"number": unread.number, "why": why, "holder": holder}


@pages.form_of("command:person", "person")
@pages.page(*people.LISTERS)
@require_POST
def change_presence(request: HttpRequest, person: str) -> HttpResponse:
    """Note that somebody is present, away or has moved out. The book keeps what was before."""
    presence = request.POST.get("presence", "")
    if presence not in households.PRESENCE:
        raise refusals.Refused("REQUEST_INVALID")
    people.list_residents(request.user, [(person, None, presence)])
    messages.success(
        request, _("Noted: %(presence)s.") % {"presence": households.PRESENCE[presence]}
    )
    if presence != "present" and records.is_awaited(person):
        messages.warning(
            request,
            _("A round that is open keeps its list: there this person is still due. Excuse them "
              "on the round's own page, below."),
        )  # fmt: skip
    return HttpResponseRedirect(reverse("command:person", args=[person]))
