"""The public board: what the office has promised and how far it is; each project with its photos;
a household's voice and its answer to the survey. Open to everybody, works without scripts.

Refuses to name a person, whoever leads a project included, and to give a figure of the survey under
five answers.
"""

import threading
from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import etag, require_http_methods

from doorstep.face import errors
from doorstep.kit import clock
from doorstep.ledger import attachments, codes, refusals
from doorstep.operations.programme import catalogue, queries, rules, wording
from doorstep.operations.programme.actions import projects, survey, voices
from doorstep.operations.programme.pages import words
from doorstep.public import faces
from doorstep.registry import queries as places

_HELD = 5 * clock.MINUTE  # so long a name of a place or unit that was changed may stand
LATEST = 6  # projects on the first page
_FOR_EVER = "public, max-age=31536000, immutable"
_WRONG = 20  # wrong codes from one address in _SPAN before it is asked to wait
_SPAN = 10 * clock.MINUTE
_MOST_ADDRESSES = 10_000
_wrong: dict[str, deque[int]] = {}
_lock = threading.Lock()


class _Programme(NamedTuple):
    """All projects and their photos (queries.list_all_pictures) as they stood in a version of the
    programme, for all pages that are made of them.
    """

    version: tuple[object, ...]
    projects: list[queries.Project]
    photos: dict[str, dict[str, list[str]]]

    def is_shown(self, digest: str) -> bool:
        """Whether a digest is that of a photo that stands, for everybody to see."""
        return any(digest in each for own in self.photos.values() for each in own.values())


_read: _Programme | None = None


def _tag(request: HttpRequest, face: faces.Face, **_named: str) -> str:
    """The ETag of a page made of the programme and of the survey alone."""
    version = (*read_programme().version, queries.count_answers())
    return f"{face.key}-{'-'.join(map(str, version))}"


@faces.page
@etag(_tag)
def show_board(request: HttpRequest, face: faces.Face) -> HttpResponse:
    """The programme at a glance."""
    today = projects.today()
    read = read_programme()
    found = read.projects
    latest = [each for each in found if each.row.reached]
    latest.sort(key=last_reached, reverse=True)
    by_community: defaultdict[str, list[queries.Project]] = defaultdict(list)
    for each in found:
        if each.community:
            by_community[each.community].append(each)
    named = words.name_places(set(by_community))
    month = today[:7]
    months = [each for each in queries.list_survey_months()
              if queries.read_survey(each).shares is not None]  # fmt: skip
    figures = queries.read_survey(months[0]) if months else None
    context = frame(face, "public:board") | {
        "counts": _count(found),
        "bands": words.show_board(found),
        "categories": [
            {"key": category.key, "name": category.label.read(face.language)}
            | _count([each for each in found if each.row.category == category.key])
            for category in catalogue.get().category
        ],
        "communities": sorted(
            ({"id": place, "name": named.get(place, "")} | _count(own)
             for place, own in by_community.items()),
            key=lambda row: str(row["name"]),
        ),
        "latest": describe(latest[:LATEST], face, read.photos),
        "survey": _say_survey(figures, face) if figures else None,
        "survey_month": months[0] if months else month,
        "week": _week_of(today),
    }  # fmt: skip
    return render(request, "public/board.html", context)


@faces.page
@etag(_tag)
def show_category(request: HttpRequest, face: faces.Face, category: str) -> HttpResponse:
    """The projects of a category."""
    if category not in {each.key for each in catalogue.get().category}:
        raise Http404
    found = [each for each in read_programme().projects if each.row.category == category]
    return _show_list(request, face, found, words.name_category(category),
                      ("public:category", category))  # fmt: skip


@faces.page
@etag(_tag)
def show_community(request: HttpRequest, face: faces.Face, place: str) -> HttpResponse:
    """The projects of a community."""
    found = [each for each in read_programme().projects if each.community == place]
    if not found:
        raise Http404
    name = words.name_places({place}).get(place, "")
    return _show_list(request, face, found, name, ("public:community", place))


@faces.page
@etag(_tag)
def show_project(request: HttpRequest, face: faces.Face, project: str) -> HttpResponse:
    """One project: what it is, how far, its photos before and after, what comes next."""
    read = read_programme()
    found = next((each for each in read.projects if each.id == project), None)
    if found is None:
        raise Http404
    photos = read.photos.get(project, {})
    [described] = describe([found], face)
    context = frame(face, "public:project", project) | {
        "project": described,
        "story": wording.say(found.words.story, face.language),
        "steps": [
            {"label": wording.say(found.words.milestones[each.id], face.language)
             if each.id in found.words.milestones else "–",
             "due": each.due, "on": each.on,
             "state": "done" if each.on else "due"}
            for each in found.milestones
        ],
        "photos": [(words.name_moment(moment), digest) for moment in projects.MOMENTS
                   for digest in photos.get(moment, ())],
    }  # fmt: skip
    return render(request, "public/project.html", context)


@faces.page
def show_photo(request: HttpRequest, face: faces.Face, digest: str) -> HttpResponse:
    """A photo that stands for everybody to see."""
    content = attachments.read(digest) if read_programme().is_shown(digest) else None
    if content is None:
        raise Http404
    answer = HttpResponse(content, content_type="image/jpeg")
    answer["Cache-Control"] = _FOR_EVER
    return answer


@csrf_exempt  # nobody is signed in: the code is what opens it, and another site has none
@require_http_methods(["GET", "HEAD", "POST"])
def answer_survey(request: HttpRequest, face: str) -> HttpResponse:
    """The three questions, one answer for each household and month; `?code=` from a slip."""
    with faces.speaking(face) as spoken:
        form = request.POST
        context = frame(spoken, "public:survey") | {
            "questions": [(e.key, e.label.read(spoken.language)) for e in catalogue.get().question],
            "grades": _grades(),
            "code": form.get("code") or request.GET.get("code", "")[:20],
            "given": {key: form.get(key, "") for key in catalogue.QUESTIONS},
        }
        return _take(
            request, "public/survey.html", context,
            lambda: survey.answer(code=form.get("code", ""), grades=form.dict()),
        )  # fmt: skip


@csrf_exempt  # as answer_survey
@require_http_methods(["GET", "HEAD", "POST"])
def say(request: HttpRequest, face: str) -> HttpResponse:
    """A household says what is difficult, what worries it, what is wrong, or thanks."""
    with faces.speaking(face) as spoken:
        form = request.POST
        said = catalogue.get()
        context = frame(spoken, "public:say") | {
            "sorts": [(e.key, e.label.read(spoken.language)) for e in said.voice],
            "categories": [("", _("I do not know")),
                           *((e.key, e.label.read(spoken.language)) for e in said.category)],
            "code": form.get("code") or request.GET.get("code", "")[:20],
            "form": form,
            "longest": wording.LONGEST_TEXT,
        }  # fmt: skip
        return _take(
            request, "public/say.html", context,
            lambda: voices.hear_household(
                code=form.get("code", ""), sort=form.get("sort", ""),
                words=form.get("words", ""), category=form.get("category", ""),
            ),
        )  # fmt: skip


def read_programme() -> _Programme:
    """The programme, read once for all pages until something is said about a project, a day ends,
    or _HELD does.
    """
    global _read
    today, held = projects.today(), _read
    version = (today, *queries.get_version(), clock.now() // _HELD)
    if held is None or held.version != version:
        shown = queries.list_projects(today)
        held = _read = _Programme(version, shown, queries.list_all_pictures())
    return held


def _take(request: HttpRequest, template: str, context: dict[str, Any], act: Any) -> HttpResponse:
    """Do what a form asks with a household's code, and say what came of it; never kept."""
    status = 200
    if request.method == "POST":
        address = str(request.META.get("REMOTE_ADDR", ""))
        try:
            _require_patience(address)
            act()
            context["done"] = True
        except refusals.Refused as no:
            if no.code == "HOUSEHOLD_CODE_UNKNOWN":
                _note_wrong(address)
            status = 409
            if no.code == "SURVEY_ANSWERED":  # nothing to be put right
                context["answered"] = codes.text_of(no.code, words.language())
            else:
                context["refusal"] = errors.describe(no)
    answer = render(request, template, context, status=status)
    answer["Cache-Control"] = "no-store"
    answer["Content-Language"] = context["face"].language
    return answer


def _require_patience(address: str) -> None:
    """Refuse whoever tries codes: TOO_MANY_TRIES."""
    with _lock:
        tries = _wrong.get(address)
        while tries and tries[0] < clock.now() - _SPAN:
            tries.popleft()
        if tries and len(tries) >= _WRONG:
            raise refusals.Refused("TOO_MANY_TRIES")


def _note_wrong(address: str) -> None:
    with _lock:
        while len(_wrong) >= _MOST_ADDRESSES:
            _wrong.pop(next(iter(_wrong)))
        _wrong.setdefault(address, deque(maxlen=_WRONG)).append(clock.now())


def _show_list(
    request: HttpRequest,
    face: faces.Face,
    found: list[queries.Project],
    name: str,
    here: tuple[str, str],
) -> HttpResponse:
    found.sort(key=lambda each: (-each.row.progress, each.row.code or "", each.id))
    context = frame(face, *here) | {
        "name": name,
        "counts": _count(found),
        "bands": words.show_board(found),
        "projects": describe(found, face),
    }
    return render(request, "public/list.html", context)


def frame(face: faces.Face, name: str, *arguments: str) -> dict[str, Any]:
    """What every page needs: this page in the other language and the other size."""
    return {
        "face": face,
        "other_language": reverse(name, args=[face.other, *arguments]),
        "other_size": reverse(name, args=[face.resized, *arguments]),
        "at": clock.now(),
        "subdistrict": name_top(face),
    }


def name_top(face: faces.Face) -> str:
    """The subdistrict, in the face's language."""
    top = places.find_root()
    if top is None:
        return ""
    return top.english if face.language == "en" and top.english else top.name


def describe(
    found: Sequence[queries.Project],
    face: faces.Face,
    photos: Mapping[str, Mapping[str, Sequence[str]]] = MappingProxyType({}),
) -> list[dict[str, Any]]:
    """Projects as the public sees them, each with the latest of its photos: no name of anybody."""
    named = words.name(found)
    return [_describe(each, face, named, photos.get(each.id, {})) for each in found]


def _describe(
    each: queries.Project,
    face: faces.Face,
    named: words.Named,
    photos: Mapping[str, Sequence[str]],
) -> dict[str, Any]:
    row = each.row
    photo = next((photos[m][-1] for m in reversed(projects.MOMENTS) if m in photos), "")
    return {
        "id": each.id,
        "title": wording.say(each.words.title, face.language),
        "state": words.chip_of(row.state),
        "reason": words.name_reason(row.reason),
        "band": words.show_band(each.band, row.progress),
        "progress": row.progress,
        "reached": row.reached,
        "all": len(each.milestones),
        "next": each.next_due,
        "last": last_reached(each),
        "deadline": row.deadline,
        "forecast": each.forecast if each.behind else None,
        "closed_on": row.closed_on,
        "category": words.name_category(row.category),
        "category_key": row.category,
        "community": each.community,
        "where": named.places.get(str(row.place), ""),
        "unit": named.units.get(str(row.unit), ""),
        "photo": photo,
    }


def last_reached(each: queries.Project) -> str:
    """The day of the latest milestone reached; "" before the first."""
    return max((step.on for step in each.milestones if step.on), default="")


def _count(found: list[queries.Project]) -> dict[str, int]:
    said = catalogue.get()
    stages = [state.stage if (state := said.find_state(each.row.state)) else "finished"
              for each in found]  # fmt: skip
    return {
        "all": len(found),
        "finished": stages.count("finished"),
        "working": stages.count("working"),
        "waiting": stages.count("waiting"),
        "late": sum(each.is_late for each in found),
    }


def _say_survey(figures: queries.Figures, face: faces.Face) -> dict[str, Any]:
    shares = figures.shares or {}
    return {
        "answers": figures.answers,
        "rows": [(each.short.read(face.language), shares[each.key])
                 for each in catalogue.get().question if each.key in shares],
    }  # fmt: skip


def _grades() -> list[tuple[str, str]]:
    return [
        ("5", _("Very much")), ("4", _("Rather yes")), ("3", _("So-so")), ("2", _("Rather not")),
        ("1", _("Not at all")),
    ]  # fmt: skip


def _week_of(day: str) -> str:
    year, week, _day = rules.iso_week(day)
    return f"{year}-W{week:02}"
