"""Importing a roster, or a list of vaccinated people, on pages: choose the file, see what it would
change, let it happen.

Refuses to write anything before the preview was seen; rows that cannot be taken are named by sheet,
row and column with the reason, and can be taken away as a spreadsheet to be put right.
"""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from doorstep.command import scopes, uploads
from doorstep.face import lists, pages, phrases
from doorstep.ledger import codes, refusals
from doorstep.registry import access, places, queries, rosters, vaccinated
from doorstep.registry import models as registry

MOST_BYTES = 60_000_000
_TEMPLATES = {
    uploads.ROSTER: "command/upload.html",
    uploads.VACCINATED: "command/upload_vaccinated.html",
}


@pages.page(*rosters.IMPORTERS)
@require_http_methods(["GET", "POST"])
def show_roster(request: HttpRequest) -> HttpResponse:
    """Choose the estate and the file."""
    if request.method == "POST":
        return _take(request)
    estates = scopes.list_estates(request.user, rosters.IMPORTERS)
    context = {
        "estates": [(each.id, each.name) for each in estates],
        "place": request.GET.get("place", ""),
        "parents": _list_parents(request),
        "may_note": access.has(request.user, vaccinated.IMPORTERS, None),
        "may_build": access.has(request.user, places.ADMINISTRATORS, None),
        "breadcrumbs": [(_("Estates"), reverse("command:home")), (_("Import a roster"), None)],
    }
    return render(request, "command/roster.html", context)


def _take(request: HttpRequest) -> HttpResponse:
    place = request.POST.get("place", "")
    if not place:
        raise refusals.Refused("FILE_NOT_CHOSEN", status=422)
    pages.require(request, *rosters.IMPORTERS, place=place)
    return _keep(request, "file", place, uploads.ROSTER)


@pages.form_of("command:roster")
@pages.page(*vaccinated.IMPORTERS)
@require_POST
def take_vaccinated(request: HttpRequest) -> HttpResponse:
    """Take a list of vaccinated people; it is for no place of its own."""
    return _keep(request, "list", "", uploads.VACCINATED)


def _keep(request: HttpRequest, name: str, place: str, sort: str) -> HttpResponse:
    file = request.FILES.get(name)
    if file is None:
        raise refusals.Refused("FILE_NOT_CHOSEN", status=422)
    if (file.size or 0) > MOST_BYTES:
        raise refusals.Refused("FILE_TOO_LARGE", status=422)
    upload = uploads.begin(str(request.user.pk), file.name or sort, file.read(), place, sort)
    return HttpResponseRedirect(reverse("command:upload", args=[upload.id]))


def _list_parents(request: HttpRequest) -> list[tuple[str, str]]:
    paths = scopes.list_scopes(request.user, places.ADMINISTRATORS)
    found = registry.Place.objects.filter(kind__in=("subdistrict", "community"))
    return [
        (each.id, each.name)
        for each in found.order_by("kind", "sort", "name")
        if any(each.path.startswith(path) for path in paths)
    ]


@pages.form_of("command:roster")
@pages.page(*places.ADMINISTRATORS)
@require_POST
def add_estate(request: HttpRequest) -> HttpResponse:
    """A new estate, so that a roster has somewhere to go."""
    name = request.POST.get("name", "").strip()[:64]
    parent = request.POST.get("parent", "")
    if not name or not parent:
        raise refusals.Refused("REQUEST_INVALID")
    [estate] = places.add_places(
        str(request.user.pk), [places.NewPlace("estate", name, parent, english=name)]
    )
    messages.success(request, _("%(name)s is there. Import its roster now.") % {"name": name})
    return HttpResponseRedirect(f"{reverse('command:roster')}?place={estate}")


@pages.page(*rosters.IMPORTERS)
@require_GET
def show_upload(request: HttpRequest, upload: str) -> HttpResponseBase:
    """How far the file is; then what it would change, or what it did."""
    found = _get(request, upload)
    context = _context(found)
    if request.GET.get("part") == "progress":
        response = render(request, "command/upload_progress.html", context)
        if found.state != "running":
            # the whole page, with its lists, takes the place of the progress
            response["HX-Redirect"] = reverse("command:upload", args=[upload])
        return response
    report = found.report or {}
    template = _TEMPLATES[found.sort]
    if found.state in ("running", "failed"):
        return render(request, template, context)
    filled = [key for key, _text, number, _state in context["choices"] if number]
    usual = "changed" if found.sort == uploads.ROSTER else "refused"
    which = request.GET.get("show", filled[0] if filled else usual)
    context["which"] = which
    listing = _list(request, which, report)
    number = next((n for key, _text, n, _state in context["choices"] if key == which), 0)
    context["cut"] = len(listing.rows) if len(listing.rows) < number else 0
    title = next((text for key, text, _n, _s in context["choices"] if key == which), "")
    of = _("Vaccinated people") if found.sort == uploads.VACCINATED else _("Roster import")
    listing.title = f"{of} · {title}" if title else of
    return listing.render(template, context)


@pages.form_of("command:upload", "upload")
@pages.page(*rosters.IMPORTERS)
@require_POST
def commit_upload(request: HttpRequest, upload: str) -> HttpResponse:
    """Carry the changes out."""
    found = _get(request, upload)
    if found.state != "ready":
        raise refusals.Refused("UPLOAD_NOT_READY")
    uploads.commit(found, str(request.user.pk), request.POST.get("gone", "keep"))
    return HttpResponseRedirect(reverse("command:upload", args=[upload]))


def _get(request: HttpRequest, upload: str) -> uploads.Upload:
    found = uploads.find(upload)
    if found is None:
        raise refusals.Refused("UPLOAD_GONE", status=404)
    if found.sort == uploads.ROSTER:
        pages.require(request, *rosters.IMPORTERS, place=found.place)
    elif found.by != str(request.user.pk):  # of many places: whoever sent it goes on with it
        raise refusals.Refused("NOT_YOURS")
    return found


def _context(found: uploads.Upload) -> dict[str, Any]:
    language = get_language() or "en"
    steps = {"read": _("Reading"), "check": _("Checking"), "write": _("Writing")}
    place = queries.find_place(found.place)
    report = found.report or {}
    made = {
        "building": _("buildings"),
        "unit": _("units"),
        "door": _("doors"),
    }
    choices = [
        ("refused", _("Not taken"), len(report.get("refused", [])), "act"),
        ("noticed", _("Taken in part"), len(report.get("noticed", [])), "held"),
        ("changed", _("Changed"), report.get("changed", 0), "done"),
        ("leaving", _("No longer in the file"), report.get("gone", 0), "missed"),
    ]
    return {
        "upload": found,
        "report": report,
        "place": place,
        "step": steps.get(found.step, found.step),
        "idle": not any(report.get(key) for key in ("new", "changed", "gone")),
        "problem": codes.text_of(found.problem, language, **found.facts) if found.problem else "",
        "places": [(made.get(kind, kind), n) for kind, n in report.get("places", {}).items()],
        "choices": choices if found.sort == uploads.ROSTER else choices[:1],
        "breadcrumbs": [
            (_("Estates"), reverse("command:home")),
            (_("Import a roster"), reverse("command:roster")),
            (found.filename, None),
        ],
    }


def _list(request: HttpRequest, which: str, report: dict[str, Any]) -> lists.Listing:
    language = get_language() or "en"
    where = [
        lists.Column("sheet", _("Sheet"), sort=True),
        lists.Column("row", _("Row"), "number", sort=True),
    ]
    if which in ("refused", "noticed"):
        rows = report.get(which, [])
        columns = [
            *where,
            lists.Column("column", _("Column")),
            lists.Column("reason", _("Reason"), value=lambda r: codes.text_of(r["code"], language)),
            lists.Column("code", _("Code"), "code", sort=True),
        ]
    elif which == "leaving":
        rows = report.get("leaving", [])
        columns = [
            lists.Column("door", _("Door"), sort=True),
            lists.Column("name", _("Name")),
        ]
    else:
        rows = report.get("changes", [])
        columns = [
            *where,
            lists.Column("door", _("Door"), sort=True),
            lists.Column("name", _("Name")),
            lists.Column("fields", _("What changes"),
                         value=lambda r: phrases.join(name_field(f) for f in r["fields"])),
        ]  # fmt: skip
    return lists.Listing(
        request,
        name="rows",
        title=_("Roster import"),
        rows=rows,
        columns=columns,
        empty=_("No row of this kind."),
    )


def name_field(name: str) -> str:
    """A field of the roster in words."""
    names = {
        "name": _("name"),
        "sex": _("sex"),
        "born_on": _("date of birth"),
        "relation": _("relation"),
        "flags": _("needs"),
        "door": _("door"),
        "presence": _("presence"),
        "document": _("document"),
        "phone": _("phone"),
    }
    return names.get(name, name)
