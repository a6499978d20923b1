"""People: finding them, the household behind a door, one person's page, presence, special care.

Everything is masked. Revealing a record, a document or a phone is an entry of its own (person.viewed)
before anything is shown. Refuses people outside the places where one has a role.
"""

from collections import defaultdict
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
from doorstep.face import lists, pages
from doorstep.kit import clock
from doorstep.ledger import desk, refusals, store
from doorstep.registry import access, needs, people, vault
from doorstep.registry import queries as places
from doorstep.rounds import queries

VIEWS = ("record", "document", "phone")
MOST_CARE = 5_000


@pages.page(*scopes.WATCHERS)
@require_GET
def find_people(request: HttpRequest) -> HttpResponse:
    """Find somebody by name, door, document or phone."""
    text = request.GET.get("q", "").strip()[:64]
    found = people.find_people(request.user, text, limit=50) if text else []
    language = get_language() or "en"
    rows = [
        {
            "person": each,
            "needs": needs.name_needs(each.flags, language),
            "presence": households.chip_presence(each.presence),
        }
        for each in found
    ]
    context = {"text": text, "rows": rows, "full": len(rows) == 50}
    if pages.is_fragment(request):
        return render(request, "command/people_found.html", context)
    return render(request, "command/people.html", context)


@pages.page(*scopes.WATCHERS)
@require_GET
def show_household(request: HttpRequest, door: str) -> HttpResponse:
    """The people behind one door: who, where they stand, what they need."""
    scopes.require_people(request, door)
    place = places.find_place(door)
    if place is None or place.kind != "door":
        raise refusals.Refused("NOT_FOUND")
    label = places.label_doors([door]).get(door, place.name)
    members = households.list_people(door)
    held = standings.list_of([door, *(each.id for each in members)], clock.now())
    rounds = records.list_rounds_at(door)
    chosen = request.GET.get("round", "")
    round_ = queries.get_round_for(request.user, chosen) if chosen else None
    context = {
        "label": label,
        "door": place,
        "estate": place.estate,
        "members": [{"person": each, "held": held.get(each.id, [])} for each in members],
        "door_held": held.get(door, []),
        "present": sum(each.presence == "present" for each in members),
        "rounds": rounds,
        "round": round_,
        "breadcrumbs": [
            (_("Estates"), reverse("command:home")),
            *(
                [(places.name_places([place.estate]).get(place.estate, ""),
                  reverse("command:wall", args=[place.estate]) + (f"?round={chosen}" if chosen else ""))]
                if place.estate else []
            ),
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
@pages.page(*scopes.AT_THE_DOOR)
@require_POST
def reveal(request: HttpRequest, person: str) -> HttpResponse:
    """Show the full record, the documents or the phones, once; the view is in the book first."""
    what = request.POST.get("what", "")
    context = _person_context(request, person)
    if what not in VIEWS:
        raise refusals.Refused("REQUEST_INVALID")
    door = context["door"]
    pages.require(request, *scopes.AT_THE_DOOR, place=door)
    desk.post(
        str(request.user.pk),
        [{"kind": "person.viewed", "person": person, "what": what, "place": door}],
    )
    context["revealed"] = what
    context["full"] = records.unseal(person, what)
    return render(request, "command/person.html", context)


def _person_context(request: HttpRequest, person: str) -> dict[str, Any]:
    record = records.get_record(person)
    if record is None:
        raise refusals.Refused("NOT_FOUND")
    scopes.require_people(request, record.door)
    language = get_language() or "en"
    now = clock.now()
    own = record.person
    return {
        "person": own,
        "masked": vault.mask_name(own.name),
        "sex": str(households.SEXES.get(own.sex, "")),
        "age": households.age_on(own.born_on, clock.day_of(now, records.zone())),
        "needs": needs.name_needs(own.flags, language),
        "door": record.door,
        "label": record.label,
        "presence": record.presence,
        "presence_chip": households.chip_presence(record.presence),
        "presences": list(households.PRESENCE.items()),
        "since_at": record.since_at,
        "documents": record.documents,
        "phones": record.phones,
        "held": standings.list_of([person], now).get(person, []),
        "rounds": records.list_rounds_of(person),
        "swabs": records.list_swabs(person),
        "views": records.list_views(person),
        "may_reveal": access.has(request.user, scopes.AT_THE_DOOR, record.door),
        "may_change": access.has(request.user, scopes.RECORDERS, record.door),
        "breadcrumbs": [
            (_("People"), reverse("command:people")),
            *(
                [(record.label, reverse("command:household", args=[record.door]))]
                if record.door
                else []
            ),
            (vault.mask_name(own.name), None),
        ],
    }


@pages.page(*scopes.RECORDERS)
@require_POST
def change_presence(request: HttpRequest, person: str) -> HttpResponse:
    """Note that somebody is present, away or has moved out. The book keeps what was before."""
    record = records.get_record(person)
    presence = request.POST.get("presence", "")
    if record is None or record.door is None:
        raise refusals.Refused("NOT_FOUND")
    if presence not in households.PRESENCE:
        raise refusals.Refused("REQUEST_INVALID")
    pages.require(request, *scopes.RECORDERS, place=record.door)
    desk.post(
        str(request.user.pk),
        [{
            "kind": "residents.listed",
            "residents": [(person, record.door, presence)],
            "place": record.door,
        }],
    )  # fmt: skip
    messages.success(request, _("Noted: %(presence)s.") % {"presence": households.PRESENCE[presence]})
    return HttpResponseRedirect(reverse("command:person", args=[person]))


@pages.page(*scopes.WATCHERS)
@require_GET
def show_care(request: HttpRequest) -> HttpResponseBase:
    """Special care: households with a need, the one in greatest difficulty first, and why."""
    language = get_language() or "en"
    paths = scopes.list_scopes(request.user)
    rows = store.query(
        "SELECT p.id, p.name, p.flags, r.door, r.presence, d.path FROM registry_person p "
        "JOIN registry_residence r ON r.person = p.id JOIN registry_place d ON d.id = r.door "
        "WHERE CAST(p.flags AS text) <> '[]' AND r.presence <> 'moved_out'"
    )
    doors: defaultdict[str, list[tuple[str, str, list[str], str]]] = defaultdict(list)
    for id_, name, flags, door, presence, path in rows:
        if any(path.startswith(scope) for scope in paths):
            doors[str(door)].append((str(id_), name, records.read_flags(flags), presence))
    ranked = sorted(
        doors.items(),
        key=lambda item: (needs.rank_household(f for m in item[1] for f in m[2]), item[0]),
    )[:MOST_CARE]
    labels = places.label_doors([door for door, _members in ranked])
    lines = [
        {
            "door": door,
            "label": labels.get(door, ""),
            "people": "、".join(vault.mask_name(name) for _i, name, _f, _p in members),
            "why": "、".join(
                needs.name_needs(dict.fromkeys(f for m in members for f in m[2]), language)
            ),
            "flags": {f for m in members for f in m[2]},
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
        "breadcrumbs": [(_("People"), reverse("command:people")), (_("Special care"), None)],
    }
    return listing.render("command/care.html", context)
