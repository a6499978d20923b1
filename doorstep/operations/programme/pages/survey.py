"""The survey's figures by community and month, and household codes to be printed for an estate's
doors.
"""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from doorstep.face import lists, pages, qr
from doorstep.ledger import refusals, store
from doorstep.operations.programme import catalogue, queries
from doorstep.operations.programme.actions import common, projects
from doorstep.operations.programme.actions.survey import FEWEST
from doorstep.operations.programme.pages import words
from doorstep.registry import access, household_codes
from doorstep.registry import models as registry
from doorstep.registry import queries as places

MOST_CODES = 400  # on one sheet: a building has fewer doors


@pages.page()
@require_GET
def show_survey(request: HttpRequest) -> HttpResponseBase:
    """What households answer, month by month; `?month=`."""
    months = queries.list_survey_months()
    month = request.GET.get("month", "")
    month = month if month in months else (months[0] if months else projects.today()[:7])
    whole = queries.read_survey(month)
    by_place = queries.read_survey_by_place(month)
    named = words.name_places(set(by_place))
    language = words.language()
    questions = [(each.key, each.short.read(language)) for each in catalogue.get().question]
    listing = lists.Listing(
        request,
        name="answers",
        title=_("By community"),
        rows=[
            {
                "place": named.get(place, ""), "answers": figures.answers,
                **(figures.shares or dict.fromkeys(catalogue.QUESTIONS, None)),
            }
            for place, figures in by_place.items()
            if figures.answers >= FEWEST
        ],
        columns=[
            lists.Column("place", _("Community"), sort=True),
            lists.Column("answers", _("Answers"), "number", sort=True),
            *(lists.Column(key, text, "number", sort=True) for key, text in questions),
        ],
        empty=_("No community has five answers yet."),
        empty_hint=_("Give households their codes; they answer on the public page."),
    )  # fmt: skip
    shares = whole.shares or {}
    context: dict[str, Any] = {
        "month": month,
        "months": months,
        "answers": whole.answers,
        "fewest": FEWEST,
        "counters": [
            {"number": shares[key], "text": f"{text}, %"}
            for key, text in questions
            if key in shares
        ],
        "estates": [(str(e.id), e.name) for e in _list_estates(request)],
        "breadcrumbs": [(_("Programme"), reverse("programme:home")), (_("Survey and codes"), None)],
    }
    return listing.render("programme/survey.html", context)


@pages.page(*common.LISTENERS)
@require_GET
def choose_building(request: HttpRequest) -> HttpResponse:
    """The buildings of `?estate=`, to print the codes of one."""
    estate = request.GET.get("estate", "")
    found = places.find_place(estate) if estate else None
    if found is None or found.kind != "estate":
        return HttpResponseRedirect(reverse("programme:survey"))
    pages.require(request, *common.LISTENERS, place=estate)
    context = {
        "estate": found,
        "buildings": places.list_places("building", estate),
        "breadcrumbs": [
            (_("Programme"), reverse("programme:home")),
            (_("Survey and codes"), reverse("programme:survey")),
            (found.name, None),
        ],
    }
    return render(request, "programme/buildings.html", context)


@pages.form_of("programme:survey")
@pages.page(*common.LISTENERS)
@require_POST
def print_codes(request: HttpRequest, place: str) -> HttpResponse:
    """The household codes of a building, a slip for each door, to be cut and given out."""
    rows = store.query(
        "SELECT id FROM registry_place WHERE building = %s AND kind = 'door' "
        "ORDER BY path LIMIT %s",
        [place, MOST_CODES],
    )
    doors = [str(door) for (door,) in rows]
    if not doors:
        raise refusals.Refused("NOT_FOUND")
    codes = household_codes.issue(doors)
    labels = places.label_doors(doors)
    address = request.build_absolute_uri("/public/survey")
    context = {
        "slips": [
            (labels.get(door, ""), household_codes.spell(codes[door]),
             qr.draw_qr(f"{address}?code={codes[door]}", 4))
            for door in sorted(doors, key=lambda each: labels.get(each, ""))
        ],
        "address": address,
        "where": words.name_places({place}).get(place, ""),
    }  # fmt: skip
    return render(request, "programme/codes.html", context)


@pages.form_of("programme:survey")
@pages.page(*common.LISTENERS)
@require_POST
def replace_code(request: HttpRequest, place: str) -> HttpResponse:
    """A new code for one door, whose code got into other hands."""
    found = registry.Place.objects.filter(id=place, kind="door").first()
    if found is None:
        raise refusals.Refused("NOT_FOUND")
    code = household_codes.replace(place)
    address = request.build_absolute_uri("/public/survey")
    slip = (places.label_doors([place])[place], household_codes.spell(code),
            qr.draw_qr(f"{address}?code={code}", 4))  # fmt: skip
    context = {"slips": [slip], "address": address, "where": ""}
    return render(request, "programme/codes.html", context)


def _list_estates(request: HttpRequest) -> list[registry.Place]:
    found = places.list_places("estate")
    mine = access.where(request.user, common.LISTENERS, {str(each.id) for each in found})
    return [each for each in found if str(each.id) in mine]
