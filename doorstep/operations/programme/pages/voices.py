"""What residents say: the list by how pressing it is, one voice with what may be done about it, and
writing one down.
"""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from doorstep.face import errors, lists, pages, phrases
from doorstep.ledger import refusals, store
from doorstep.operations.programme import catalogue, models, queries, wording
from doorstep.operations.programme.actions import common, projects, voices
from doorstep.operations.programme.pages import edit, words
from doorstep.registry import access, needs
from doorstep.registry import queries as registry

_STATES = ("open", "answered", "adopted", "merged", "thanks")
_SHORT = 60  # characters of a voice in the list


@pages.page(*common.READERS)
@require_GET
def list_voices(request: HttpRequest) -> HttpResponseBase:
    """The voices of the places this person reads for, the most pressing first; `?state=`."""
    state = request.GET.get("state", "")
    state = state if state in _STATES else _STATES[0]
    today = projects.today()
    found = queries.list_voices(_paths(request), today, state=state)
    where = name_where({str(each.row.place) for each in found})
    listing = lists.Listing(
        request,
        name="voices",
        title=_("Voices"),
        rows=[
            {
                "rank": rank, "words": _shorten(each.words),
                "sort": words.name_voice(each.row.sort),
                "why": say_why(each), "place": where.get(str(each.row.place), ""),
                "category": words.name_category(each.row.category),
                "source": words.name_source(each.row.source), "day": each.row.day,
                "address": reverse("programme:voice", args=[each.row.voice]),
            }
            for rank, each in enumerate(found, 1)
        ],
        columns=[
            lists.Column("rank", _("Rank"), "number", sort=True),
            lists.Column("words", _("What is said"), link=lambda row: row["address"], mask=None),
            lists.Column("sort", _("Sort"), sort=True),
            lists.Column("why", _("Why it stands here")),
            lists.Column("place", _("Place"), sort=True),
            lists.Column("category", _("Category"), sort=True),
            lists.Column("source", _("Heard from"), sort=True),
            lists.Column("day", _("Day"), "day", sort=True),
        ],
        search_hint=_("Words, place or sort"),
        empty=_("No voice waits here."),
        empty_hint=_("Write down what a resident says, or give households their codes."),
    )  # fmt: skip
    context = {
        "count": len(found),
        "state": state,
        "states": [(key, words.name_voice_state(key)) for key in _STATES],
        "may_hear": access.has(request.user, common.LISTENERS, None),
        "breadcrumbs": [(_("Programme"), reverse("programme:home")), (_("Voices"), None)],
    }
    return listing.render("programme/voices.html", context)


@pages.page(*common.LISTENERS)
def hear(request: HttpRequest) -> HttpResponseBase:
    """Write down what a resident says."""
    refusal, status, form = None, 200, request.POST
    if request.method == "POST":
        try:
            voices.hear(
                request.user, sort=form.get("sort", ""), source=form.get("source", ""),
                place=form.get("place", ""), words=form.get("words", ""),
                category=form.get("category", ""),
            )  # fmt: skip
        except refusals.Refused as no:
            if no.code == "NOT_YOURS":
                raise
            refusal, status = errors.describe(no), 409
        else:
            messages.success(request, _("It is written down."))
            return HttpResponseRedirect(reverse("programme:voices"))
    language = words.language()
    context: dict[str, Any] = {
        "form": form,
        "sorts": [(e.key, e.label.read(language)) for e in catalogue.get().voice],
        "sources": [(key, words.name_source(key)) for key in voices.SOURCES],
        "categories": [
            ("", _("None")), *((e.key, e.label.read(language)) for e in catalogue.get().category)
        ],
        "places": _list_places(request),
        "refusal": refusal,
        "breadcrumbs": [
            (_("Programme"), reverse("programme:home")),
            (_("Voices"), reverse("programme:voices")),
            (_("Write one down"), None),
        ],
    }  # fmt: skip
    return render(request, "programme/hear.html", context, status=status)


@pages.page(*common.READERS)
def show_voice(request: HttpRequest, voice: str) -> HttpResponseBase:
    """One voice; the form answers it, merges it or adopts it into a project."""
    found = common.find_voice(voice)
    common.require(request.user, common.READERS, str(found.place))
    refusal, status = None, 200
    if request.method == "POST":
        try:
            _do(request, voice)
        except refusals.Refused as no:
            if no.code in ("NOT_YOURS", "NOT_FOUND"):
                raise
            refusal, status = errors.describe(no), 409
        else:
            messages.success(request, _("It is kept."))
            return HttpResponseRedirect(reverse("programme:voice", args=[voice]))
        found = common.find_voice(voice)
    return render(request, "programme/voice.html", _context(request, found) | {"refusal": refusal},
                  status=status)  # fmt: skip


def _do(request: HttpRequest, voice: str) -> None:
    form = request.POST
    act = form.get("act", "")
    if act == "answer":
        voices.answer(request.user, voice, words=form.get("words", ""))
    elif act == "merge":
        voices.merge(request.user, voice, into=form.get("into", ""))
    elif act == "adopt":
        voices.adopt(request.user, voice, project=form.get("project", ""))
    else:
        raise refusals.Refused("REQUEST_INVALID")


def _context(request: HttpRequest, found: models.Voice) -> dict[str, Any]:
    today = projects.today()
    [seen] = queries.weigh_voices([found], today)
    merged = voices.list_merged(str(found.voice))
    whole = common.find_voice(str(found.joined)) if found.joined else None
    answer = (whole.answer if whole else None) or found.answer
    digests = {answer} if answer else set()
    acts = found.state == "open" and access.has(request.user, common.COMMANDERS, str(found.place))
    others = queries.weigh_voices(queries.list_shared(found), today) if acts else []
    notes = wording.read_notes(digests | {each.said for each in merged})
    project = queries.get_project(str(found.project), today) if found.project else None
    return {
        "voice": found,
        "words": seen.words,
        "sort": words.name_voice(found.sort),
        "state": words.name_voice_state(found.state),
        "source": words.name_source(found.source),
        "category": words.name_category(found.category),
        "place": name_where({str(found.place)}).get(str(found.place), ""),
        "why": say_why(seen),
        "merged": [notes.get(each.said, "") for each in merged],
        "whole": whole,
        "answer": notes.get(answer, "") if answer else "",
        "project": project,
        "title": words.title_of(project) if project else "",
        "acts": acts,
        "adopts": acts and access.has(request.user, common.COMMANDERS, None),
        "others": [(str(each.row.voice), _shorten(each.words)) for each in others],
        "projects": [
            (each.id, words.title_of(each))
            for each in queries.list_projects(today)
            if each.row.closed_on is None
        ]
        if acts
        else [],
        "breadcrumbs": [
            (_("Programme"), reverse("programme:home")),
            (_("Voices"), reverse("programme:voices")),
            (words.name_voice(found.sort), None),
        ],
    }


def say_why(each: queries.Voice) -> str:
    """Why a voice stands where it stands, in words."""
    parts = []
    if each.needs:
        parts.append(phrases.join(needs.name_needs(each.needs, words.language())))
    if each.voices > 1:
        said = ngettext("%(count)d household says so", "%(count)d households say so", each.voices)
        parts.append(said % {"count": each.voices})
    if each.weight.waits > 0:
        waits = ngettext("waits for %(count)d day", "waits for %(count)d days", each.weight.waits)
        parts.append(waits % {"count": each.weight.waits})
    return " · ".join(parts) or _("heard today")


def name_where(places: set[str]) -> dict[str, str]:
    """Places as people say them, a door by its estate, building and number."""
    kinds = {str(i): (kind, estate) for i, kind, estate in store.select(
        "registry_place", ["id", "kind", "estate"], "id", places)}  # fmt: skip
    doors = {place for place, (kind, _estate) in kinds.items() if kind == "door"}
    labels = registry.label_doors(doors)
    estates = words.name_places({str(kinds[door][1]) for door in doors if kinds[door][1]})
    named = words.name_places(places - doors)
    return named | {
        door: f"{estates.get(str(kinds[door][1]), '')} {label}".strip()
        for door, label in labels.items()
    }


def _shorten(text: str) -> str:
    return text if len(text) <= _SHORT else text[: _SHORT - 1] + "…"


def _paths(request: HttpRequest) -> list[str]:
    held = access.places_for(request.user, common.READERS)
    return [path for (path,) in store.select("registry_place", ["path"], "id", held)]


def _list_places(request: HttpRequest) -> list[tuple[str, str]]:
    """Where this person may write a voice down."""
    offered = edit.list_places()
    mine = access.where(request.user, common.LISTENERS, {place for place, _name in offered})
    return [each for each in offered if each[0] in mine]
