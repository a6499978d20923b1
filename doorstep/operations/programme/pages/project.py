"""One project: what it is, its milestones, photos, history, and all that is done about it."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from doorstep.face import errors, pages, qr
from doorstep.ledger import attachments, refusals
from doorstep.operations.programme import catalogue, pictures, queries, rules, wording
from doorstep.operations.programme.actions import common, projects
from doorstep.operations.programme.pages import words
from doorstep.registry import access
from doorstep.rounds.round_kinds import Text

_FOR_EVER = "private, max-age=31536000, immutable"
_TAKEN_BACK = (rules.REPORTED, rules.REACHED, rules.PICTURED)


@pages.page()
@require_GET
def show_project(request: HttpRequest, project: str) -> HttpResponse:
    """The project."""
    return _show(request, project)


@pages.form_of("programme:project", "project")
@pages.page()
@require_POST
def act(request: HttpRequest, project: str) -> HttpResponseBase:
    """Whatever the form asks for: a report, a milestone, a photo, a step of the closing."""
    doing = _ACTS.get(request.POST.get("act", ""))
    if doing is None:
        raise refusals.Refused("REQUEST_INVALID")
    try:
        said = doing(request, project)
    except refusals.Refused as no:
        if no.code in ("NOT_YOURS", "NOT_FOUND"):
            raise
        return _show(request, project, errors.describe(no), 409)
    messages.success(request, said)
    return HttpResponseRedirect(reverse("programme:project", args=[project]))


@pages.page()
@require_GET
def report(request: HttpRequest, project: str) -> HttpResponse:
    """The month's report on a page of its own, for a phone."""
    found = _find(project)
    common.require_work(request.user, found.row)
    return render(request, "programme/report.html", _forms(found) | _context(request, found))


@pages.page()
@require_GET
def show_evidence(request: HttpRequest, project: str, digest: str) -> HttpResponse:
    """A photo or document of a project, to whoever works on it, confirms it or reads the programme.

    Raises:
        Refused: NOT_FOUND, NOT_YOURS.
    """
    found = common.find_project(project)
    if not common.works_on(request.user, found):
        pages.require(request, *common.READERS, place=None)
    content = attachments.read(digest) if digest in queries.list_attached(project) else None
    if content is None or content.startswith(b"{"):  # words are read on the page
        raise refusals.Refused("NOT_FOUND")
    answer = HttpResponse(content, content_type=pictures.type_of(content))
    answer["Cache-Control"] = _FOR_EVER
    if content.startswith(b"%PDF"):  # somebody else's file is saved, and opened in no page of ours
        answer["Content-Disposition"] = 'attachment; filename="evidence.pdf"'
    return answer


@pages.page()
@require_GET
def show_poster(request: HttpRequest, project: str) -> HttpResponse:
    """A sheet to put up at the site: what is done here, who answers for it, a code that leads to
    the public page.
    """
    found = _find(project)
    address = request.build_absolute_uri(f"/public/projects/{project}")
    context = _context(request, found) | {"address": address, "code": qr.draw_qr(address, 8)}
    return render(request, "programme/poster.html", context)


def _find(project: str) -> queries.Project:
    common.find_project(project)
    found = queries.get_project(project, projects.today())
    assert found is not None
    return found


def _show(
    request: HttpRequest, project: str, refusal: Any = None, status: int = 200
) -> HttpResponse:
    found = _find(project)
    context = _context(request, found) | _forms(found) | {"refusal": refusal}
    return render(request, "programme/project.html", context, status=status)


def _context(request: HttpRequest, found: queries.Project) -> dict[str, Any]:
    row = found.row
    named = words.name([found])
    language = words.language()
    works = common.works_on(request.user, row)
    seconds = access.has(request.user, common.SECONDS, str(row.place))
    shown = queries.list_pictures(found.id)
    history = queries.list_history(found.id)
    staff = words.name_staff({str(row.leader), *(act.staff for act in history)})
    return {
        "project": found,
        "title": words.title_of(found),
        "story": wording.say(found.words.story, language),
        "state": words.chip_of(row.state),
        "reason": words.name_reason(row.reason),
        "band": words.show_band(found.band, row.progress),
        "category": words.name_category(row.category),
        "level": words.name_level(row.level),
        "where": named.places.get(str(row.place), ""),
        "unit": named.units.get(str(row.unit), ""),
        "leader": staff.get(str(row.leader), ""),
        "steps": [
            {
                "id": each.id, "due": each.due, "on": each.on, "evidence": each.evidence,
                "label": wording.say(found.words.milestones.get(each.id, _UNSAID), language),
                "state": "done" if each.on else "act" if each.due < projects.today() else "due",
            }
            for each in found.milestones
        ],
        "photos": [
            (words.name_moment(moment), digest)
            for moment in projects.MOMENTS
            for digest in shown.get(moment, ())
        ],
        "history": [
            {
                "entry": act.entry, "at": act.at, "who": staff.get(act.staff, "–"),
                "text": words.name_act(act), "words": act.words, "stands": act.stands,
                "note": _note(found, act),
                "may": works and act.stands and act.kind in _TAKEN_BACK and not row.closed_on,
            }
            for act in history
        ],
        "works": works and row.closed_on is None,
        "shows": works,
        "describes": access.has(request.user, common.COMMANDERS, str(row.place)),
        "asks": works and row.closed_on is None and row.asked is None,
        "confirms": seconds and row.asked is not None
        and str(request.user.id) not in (str(row.asked_by), str(row.leader)),
        "reopens": seconds and row.closed_on is not None,
        "asked_by": words.name_staff([str(row.asked_by)]).get(str(row.asked_by), "")
        if row.asked_by else "",
        "today": projects.today(),
        "breadcrumbs": [(_("Programme"), reverse("programme:home")), (words.title_of(found), None)],
    }  # fmt: skip


_UNSAID = Text("–", "–")


def _note(found: queries.Project, act: queries.Act) -> str:
    """Which milestone, or which moment of a photo, a line is about."""
    if act.kind == rules.REACHED:
        label = found.words.milestones.get(act.body["milestone"], _UNSAID)
        return wording.say(label, words.language())
    if act.kind == rules.PICTURED:
        return words.name_moment(act.body["moment"])
    return ""


def _forms(found: queries.Project) -> dict[str, Any]:
    language = words.language()
    said = catalogue.get()
    return {
        "states": [(each.key, each.label.read(language)) for each in said.state],
        "reasons": [("", _("None")), *((e.key, e.label.read(language)) for e in said.reason)],
        "moments": [(key, words.name_moment(key)) for key in projects.MOMENTS],
        "mistakes": name_mistakes(),
    }


def name_mistakes() -> list[tuple[str, str]]:
    """Why a word is taken back."""
    return [
        ("wrong_content", _("It says something wrong")),
        ("wrong_project", _("It is about another project")),
        ("never_happened", _("It did not happen")),
    ]


def _report(request: HttpRequest, project: str) -> str:
    form = request.POST
    projects.report(
        request.user, project, state=form.get("state", ""), reason=form.get("reason", ""),
        expected=form.get("expected", ""), words=form.get("words", ""),
    )  # fmt: skip
    return _("The report is kept.")


def _reach(request: HttpRequest, project: str) -> str:
    file = request.FILES.get("evidence")
    projects.reach(
        request.user, project, milestone=request.POST.get("milestone", ""),
        on=request.POST.get("on", ""), evidence=_read(file) if file else None,
    )  # fmt: skip
    return _("The milestone is kept as reached.")


def _picture(request: HttpRequest, project: str) -> str:
    file = request.FILES.get("photo")
    if file is None:
        raise refusals.Refused("PICTURE_UNREADABLE")
    moment = request.POST.get("moment", "")
    projects.show_picture(request.user, project, moment=moment, data=_read(file))
    return _("The photo is shown to everybody.")


def _ask(request: HttpRequest, project: str) -> str:
    projects.ask_closing(request.user, project)
    return _("Asked. A second person confirms it.")


def _accept(request: HttpRequest, project: str) -> str:
    asked = request.POST.get("asked", "")
    projects.decide_closing(request.user, project, asked=asked, accept=True)
    return _("The project is accepted and closed.")


def _refuse(request: HttpRequest, project: str) -> str:
    form = request.POST
    projects.decide_closing(
        request.user, project, asked=form.get("asked", ""), accept=False,
        words=form.get("words", ""),
    )  # fmt: skip
    return _("The closing is refused; the reason stands in the history.")


def _reopen(request: HttpRequest, project: str) -> str:
    projects.reopen(request.user, project, words=request.POST.get("words", ""))
    return _("The project is open again.")


def _take_back(request: HttpRequest, project: str) -> str:
    form = request.POST
    projects.take_back(
        request.user, project, entry=form.get("entry", ""), reason=form.get("reason", "")
    )
    return _("It is taken back and counts no more.")


def _read(file: Any) -> bytes:
    if file.size > pictures.MOST_BYTES:
        raise refusals.Refused("PICTURE_TOO_LARGE", most=pictures.MOST_BYTES >> 20)
    return bytes(file.read())


_ACTS: dict[str, Callable[[HttpRequest, str], str]] = {
    "report": _report,
    "reach": _reach,
    "picture": _picture,
    "ask": _ask,
    "accept": _accept,
    "refuse": _refuse,
    "reopen": _reopen,
    "take_back": _take_back,
}
