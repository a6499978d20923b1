"""Adding a project to the programme, and describing one anew."""

from typing import Any, NamedTuple

from django.contrib import messages
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from doorstep.face import errors, pages
from doorstep.ledger import refusals
from doorstep.operations.programme import catalogue, models, queries, wording
from doorstep.operations.programme.actions import common, fields, projects, voices
from doorstep.operations.programme.pages import words
from doorstep.registry import models as registry
from doorstep.rounds.round_kinds import Text

_FIELDS = ("zh", "en", "story_zh", "story_en", "category", "level", "place", "unit", "leader",
           "starts", "deadline", "budget", "code", "milestones")  # fmt: skip


@pages.page(*common.COMMANDERS)
def add(request: HttpRequest) -> HttpResponseBase:
    """A new project; `?voice=`: the voice it comes of."""
    voice = request.POST.get("voice") or request.GET.get("voice", "")
    return _edit(request, None, voice)


@pages.page(*common.COMMANDERS)
def edit(request: HttpRequest, project: str) -> HttpResponseBase:
    """What a project is, said anew."""
    common.find_project(project)
    found = queries.get_project(project, projects.today())
    return _edit(request, found, "")


def _edit(request: HttpRequest, found: queries.Project | None, voice: str) -> HttpResponseBase:
    refusal, status = None, 200
    heard = _hear(request.user, voice) if voice else None
    values = _values_of(found) | (heard.values if heard else {})
    if request.method == "POST":
        values = {name: request.POST.get(name, "") for name in _FIELDS}
        try:
            said = _read(values, found)
            id_ = projects.describe(request.user, said, project=found.id if found else None)
            if voice:
                voices.adopt(request.user, voice, project=id_)
        except refusals.Refused as no:
            if no.code == "NOT_YOURS":
                raise
            refusal, status = errors.describe(no), 409
        else:
            messages.success(request, _("The project is described.") if found
                             else _("The project is in the programme."))  # fmt: skip
            return HttpResponseRedirect(reverse("programme:project", args=[id_]))
    language = words.language()
    # what nobody has chosen yet is nobody's by the order of a list
    first = [] if found else [("", _("Choose"))]
    context: dict[str, Any] = {
        "values": values,
        "voice": voice,
        "heard": heard.words if heard else "",
        "found": found,
        "title": words.title_of(found) if found else "",
        "categories": first + [(e.key, e.label.read(language)) for e in catalogue.get().category],
        "levels": [(key, words.name_level(key)) for key in ("subdistrict", "community")],
        "places": first + list_places(),
        "units": first + list_units(),
        "leaders": first + list_leaders(),
        "refusal": refusal,
        "breadcrumbs": [
            (_("Programme"), reverse("programme:home")),
            (_("Describe anew") if found else _("Add a project"), None),
        ],
    }
    return render(request, "programme/edit.html", context, status=status)


class _Heard(NamedTuple):
    """What a resident said, for whoever writes the project, and what the form has of it."""

    words: str
    values: dict[str, str]


def _hear(staff: common.Staff, voice: str) -> _Heard:
    """Raises Refused: NOT_FOUND, NOT_YOURS."""
    found = common.find_voice(voice)
    common.require(staff, common.READERS, str(found.place))
    said = wording.read_notes({found.said}).get(found.said, "")
    where = queries.find_community(str(found.place))
    return _Heard(said, {"category": found.category or "", "place": where or ""})


def _read(values: dict[str, str], found: queries.Project | None) -> projects.Description:
    """What the form says. Raises Refused: MILESTONES_WRONG, BUDGET_WRONG, PROJECT_CODE_WRONG."""
    return projects.Description(
        Text(values["en"], values["zh"]),
        Text(values["story_en"], values["story_zh"]),
        values["category"], values["level"], values["place"], values["unit"], values["leader"],
        values["starts"], values["deadline"],
        fields.read_steps(values["milestones"], fields.steps_of(found)),
        fields.read_code(values["code"]),
        fields.read_budget(values["budget"]),
    )  # fmt: skip


def list_places() -> list[tuple[str, str]]:
    """Where a project may be: the subdistrict, its communities, the estates."""
    kinds = {"subdistrict": 0, "community": 1, "estate": 2}
    rows = registry.Place.objects.filter(kind__in=kinds).order_by("sort", "name", "id")
    found = sorted(rows, key=lambda row: kinds[row.kind])
    english = not words.language().startswith("zh")
    return [(str(e.id), e.english if english and e.english else e.name) for e in found]


def list_units() -> list[tuple[str, str]]:
    """Which unit may answer for a project."""
    english = not words.language().startswith("zh")
    rows = registry.Unit.objects.order_by("sort", "name", "id")
    return [(str(e.id), e.english if english and e.english else e.name) for e in rows]


def list_leaders() -> list[tuple[str, str]]:
    """Who may lead one: whoever has an account, and whoever leads one already."""
    leading = set(map(str, models.Project.objects.values_list("leader", flat=True)))
    units = dict(list_units())
    rows = registry.Staff.objects.filter(is_active=True).order_by("name", "id")
    return [
        (str(e.id), " · ".join(filter(None, (e.name, e.title, units.get(str(e.unit))))))
        for e in rows
        if e.account or str(e.id) in leading
    ]


def _values_of(found: queries.Project | None) -> dict[str, str]:
    if found is None:
        return dict.fromkeys(_FIELDS, "") | {"level": "community", "starts": projects.today()}
    row = found.row
    return {
        "zh": found.words.title.zh, "en": found.words.title.en,
        "story_zh": found.words.story.zh, "story_en": found.words.story.en,
        "category": row.category, "level": row.level, "place": str(row.place),
        "unit": str(row.unit), "leader": str(row.leader), "starts": row.starts,
        "deadline": row.deadline, "budget": "" if row.budget is None else str(row.budget),
        "code": row.code or "", "milestones": fields.write_steps(found),
    }  # fmt: skip
