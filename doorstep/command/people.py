"""People: finding them, the household behind a door, one person's page, presence, special care.

Everything is masked. Revealing a record, a document or a phone is an entry of its own before
anything is shown. Refuses people outside the places where one has a role.
"""

from collections import defaultdict
from collections.abc import Collection
from functools import cache
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from doorstep.command import households, records, scopes, standings
from doorstep.face import lists, moments, pages, phrases
from doorstep.kit import clock
from doorstep.ledger import refusals, store
from doorstep.registry import access, needs, people, vault
from doorstep.registry import models as registry
from doorstep.registry import queries as places
from doorstep.rounds import queries

VIEWS: tuple[people.What, ...] = ("record", "document", "phone")
MOST_CARE = 5_000


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
    context = {"query": text, "rows": rows, "full": len(rows) == 50}
    if pages.is_fragment(request):
        return render(request, "command/people_found.html", context)
    return render(request, "command/people.html", context)


def _name_estates(found: Collection[str]) -> dict[str, str]:
    """The name of each person's estate, by person: 12-803 is a door of more than one."""
    rows = store.select("registry_residence", ["person", "estate"], "person", found)
    names = places.name_places({str(estate) for _person, estate in rows if estate})
    return {str(person): names.get(str(estate), "") for person, estate in rows}


def _name_estates_at(doors: Collection[str]) -> dict[str, str]:
    """The name of each door's estate, by door."""
    rows = store.select("registry_place", ["id", "estate"], "id", doors)
    names = places.name_places({str(estate) for _door, estate in rows if estate})
    return {str(door): names.get(str(estate), "") for door, estate in rows}


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
        "documents": [(records.name_document(each.type), each.number) for each in documents],
        "phones": phones,
        "held": standings.list_of([person], now).get(person, []),
        "rounds": records.list_rounds_of(person),
        "swabs": records.list_swabs(person),
        "views": records.list_views(person),
        "may_reveal": access.has(request.user, people.REVEALERS, seen.door),
        "may_change": seen.door is not None and access.has(request.user, people.LISTERS, seen.door),
        "breadcrumbs": [
            (_("Residents"), reverse("command:people")),
            *([(seen.label, reverse("command:household", args=[seen.door]))] if seen.door else []),
            (seen.masked_name, None),
        ],
    }


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


@pages.page(*scopes.WATCHERS)
@require_GET
def show_care(request: HttpRequest) -> HttpResponseBase:
    """Special care: households with a need, the one in greatest difficulty first, and why."""
    language = get_language() or "en"
    rows = store.query(
        # the condition is said as the index registry.Person keeps for it says it
        "SELECT p.id, CAST(p.flags AS text), r.door, r.presence FROM registry_person p "
        "JOIN registry_residence r ON r.person = p.id "
        "WHERE NOT (CAST(p.flags AS text) = '[]') AND r.presence <> 'moved_out'"
    )
    read = cache(records.read_flags)
    doors: defaultdict[str, list[tuple[str, list[str], str]]] = defaultdict(list)
    for id_, flags, door, presence in rows:
        if door:
            doors[str(door)].append((str(id_), read(flags), presence))
    gravest = _list_gravest(doors, scopes.list_scopes(request.user))
    ranked = [(door, doors[door]) for door in gravest]
    shown = {id_ for _door, members in ranked for id_, _f, _p in members}
    names = {
        str(id_): vault.mask_name(name)
        for id_, name in store.select("registry_person", ["id", "name"], "id", shown)
    }
    labels = places.label_doors(gravest)
    estates = _name_estates_at(gravest)
    why = cache(lambda flags: phrases.join(needs.name_needs(flags, language)))
    lines = [
        {
            "door": door,
            "label": labels.get(door, ""),
            "estate": estates.get(door, ""),
            "people": phrases.join(names.get(id_, "") for id_, _f, _p in members),
            "why": why(tuple(dict.fromkeys(f for m in members for f in m[1]))),
            "flags": {f for m in members for f in m[1]},
            "away": all(presence == "away" for *_x, presence in members),
        }
        for door, members in ranked
    ]
    listing = lists.Listing(
        request,
        name="care",
        title=_("Special care"),
        rows=lines,
        columns=[
            lists.Column("label", _("Door"),
                         link=lambda row: reverse("command:household", args=[row["door"]])),
            *([lists.Column("estate", _("Estate"))] if len({*estates.values()}) > 1 else []),
            lists.Column("why", _("Why")),
            lists.Column("people", _("Who")),
            lists.Column("away", _("Presence"), "chip",
                         value=lambda row: households.chip_presence(
                             "away" if row["away"] else "present")),
        ],
        search_hint=_("Door or need"),
        filters=[lists.Filter("need", _("Need"), [
            (key, need.label.read(language)) for key, need in needs.list_needs().items()],
            apply=lambda rows, value: [row for row in rows if value in row["flags"]])],
        empty=_("Nobody on the roster has a special need."),
    )  # fmt: skip
    context = {
        "households": len(lines),
        "breadcrumbs": [(_("Residents"), reverse("command:people")), (_("Special care"), None)],
    }
    return listing.render("command/care.html", context)


def _list_gravest(
    doors: dict[str, list[tuple[str, list[str], str]]], paths: Collection[str]
) -> list[str]:
    """The first MOST_CARE households under `paths`, the one in greatest difficulty first."""
    rank = cache(needs.rank_household)
    alike: defaultdict[tuple[int, int], list[str]] = defaultdict(list)
    for door, members in doors.items():
        alike[rank(tuple(flag for _id, flags, _p in members for flag in flags))].append(door)
    ordered = [door for key in sorted(alike) for door in sorted(alike[key])]
    # whose they are is asked only as far down as the page goes
    found: list[str] = []
    for start in range(0, len(ordered), MOST_CARE):
        part = ordered[start : start + MOST_CARE]
        at = {
            str(door): path
            for door, path in store.select("registry_place", ["id", "path"], "id", part)
        }
        found += [d for d in part if d in at and any(at[d].startswith(p) for p in paths)]
        if len(found) >= MOST_CARE:
            break
    return found[:MOST_CARE]
