"""One page for each of the planner's models but the centre's: a form with few fields, the answer
with pictures, sliders, a paper, and keeping it.

Refuses a question that cannot be worked on, naming the field. Every search has its limit in seconds
and says what it had.
"""

from typing import Any, NamedTuple

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from doorstep.command import scopes
from doorstep.command.plans import blocks, catalog, drafts, papers, readiness
from doorstep.command.plans import pages as centre_pages
from doorstep.face import moments, pages
from doorstep.kit import clock
from doorstep.ledger import refusals
from doorstep.registry import access
from doorstep.registry import queries as registry

READERS = centre_pages.READERS
SECONDS = 8.0  # a search may take while one waits


class _Worked(NamedTuple):
    """A form's problem with its answer, what stands in the form then, and the place it is for."""

    problem: Any
    answer: Any
    typed: dict[str, str]
    place: str
    about: str | None


@pages.page(*READERS)
@require_GET
def show(request: HttpRequest, model: str) -> HttpResponse:
    """The form; once something is asked, the answer."""
    question = _question_of(model)
    context = _frame(request, question)
    if question.place not in request.GET or "do" in request.GET:  # a button of its rows
        return render(request, "plans/ask.html", context)
    if readiness.is_getting_ready():
        return centre_pages.show_getting_ready(request)
    from doorstep.planning.wrong import Wrong

    try:
        worked = _work_out(request, question, request.GET)
    except Wrong as problem:
        said = centre_pages.say(problem)
        context |= {"errors": {problem.field: said}, "problem": said}
        return render(request, "plans/ask.html", context, status=422)
    report = catalog.find(model).tell(worked.problem, worked.answer)
    sliders = _list_sliders(question, worked.typed)
    moved = {each["name"] for each in sliders}
    context |= {
        "asked": True,
        "said": worked.typed,
        "sentence": report.sentence,
        "blocks": blocks.split(report.blocks),
        "today": worked.typed.get("first") or _today(),
        "may_keep": access.has(request.user, scopes.COMMANDERS, worked.place),
        "sliders": sliders,
        "rest": [each for each in worked.typed.items() if each[0] not in moved],
    }
    return render(request, "plans/ask.html", context)


@pages.page(*READERS)
@require_GET
def show_try(request: HttpRequest, model: str) -> HttpResponse:
    """What other numbers do: the part of the page below the sliders."""
    from doorstep.planning.wrong import Wrong

    try:
        worked = _work_out(request, _question_of(model), request.GET)
    except Wrong as problem:  # a good answer: the page puts it where the numbers were
        return render(request, "plans/wrong.html", {"problem": centre_pages.say(problem)})
    report = catalog.find(model).tell(worked.problem, worked.answer)
    said = {"sentence": report.sentence, "blocks": blocks.split(report.blocks)}
    return render(request, "plans/answer.html", said)


@pages.page(*READERS)
@require_GET
def show_paper(request: HttpRequest, model: str) -> HttpResponse:
    """The plan as a PDF file."""
    from doorstep.planning.wrong import Wrong

    question = _question_of(model)
    try:
        worked = _work_out(request, question, request.GET)
    except Wrong as problem:
        raise refusals.Refused("PLAN_WRONG", why=centre_pages.say(problem)) from None
    report = catalog.find(model).tell(worked.problem, worked.answer)
    named = registry.name_places([worked.place]).get(worked.place, "")
    title = f"{catalog.NAMES[model]} · {named}"
    return papers.answer_pdf(title, report)


@pages.form_of("plans:ask", "model")
@pages.page(*scopes.COMMANDERS)
@require_POST
def keep(request: HttpRequest, model: str) -> HttpResponse:
    """Keep the plan of a form for a day."""
    from doorstep.planning.wrong import Wrong

    try:
        worked = _work_out(request, _question_of(model), request.POST)
    except Wrong as problem:
        raise refusals.Refused("PLAN_WRONG", why=centre_pages.say(problem)) from None
    plan = drafts.keep(
        request.user, model, worked.problem, worked.answer, request.POST.get("for", ""),
        worked.place, worked.about,
    )  # fmt: skip
    messages.success(request, _("The plan is kept as a draft."))
    return HttpResponseRedirect(reverse("plans:kept", args=[plan]))


def _question_of(model: str) -> Any:
    from doorstep.command.plans import questions

    if model not in questions.QUESTIONS:
        raise Http404
    return questions.QUESTIONS[model]


def _work_out(request: HttpRequest, question: Any, said: Any) -> _Worked:
    """Raises `Wrong` with a field of the form, and Refused."""
    from doorstep.command.plans import questions
    from doorstep.planning.wrong import Wrong

    mine = _list_mine(request, question)
    goes_on = centre_pages.within(SECONDS)
    try:
        problem, typed = questions.read(question, said, mine, goes_on)
        answer = catalog.find(question.model).solve(problem, goes_on)
    except Wrong as wrong:
        field = question.paths.get(wrong.field, wrong.field)
        raise Wrong(field, wrong.code, **wrong.facts) from None
    about = typed[questions.UNIT] if question.place == questions.UNIT else None
    return _Worked(problem, answer, typed, questions.place_of(question, typed), about)


def _list_mine(request: HttpRequest, question: Any) -> dict[str, str]:
    """What this person may plan for: names by id."""
    from doorstep.command.plans import questions

    source = next(each.source for each in question.fields if each.source)
    return dict(questions.list_choices(request.user, source, READERS))


def _list_sliders(question: Any, typed: dict[str, str]) -> list[dict[str, Any]]:
    found = [
        {"name": each.name, "text": each.text, "low": each.slider[0], "high": each.slider[1],
         "value": typed[each.name]}
        for each in question.fields if each.slider
    ]  # fmt: skip
    if question.rows:
        found += question.rows.sliders(typed)
    return found


def _frame(request: HttpRequest, question: Any) -> dict[str, Any]:
    from doorstep.command.plans import questions

    said = {each.name: request.GET.get(each.name, each.value) for each in question.fields}
    if not said.get("first", "-"):
        said["first"] = _today()
    choices = {
        each.name: list(each.choices) or questions.list_choices(request.user, each.source, READERS)
        for each in question.fields
        if each.choices or each.source
    }
    return {
        "question": question,
        "model": question.model,
        "said": said,
        "front": [_show(each, said, choices) for each in question.fields if each.front],
        "more": [
            _show(each, said, choices)
            for each in question.fields
            if not each.front and not (each.slider and not each.value)
        ],
        "nothing_to_choose": not choices[question.place],
        "may_plan": access.has(request.user, scopes.COMMANDERS, None),
        "rows": question.rows
        and question.rows.describe(
            request.GET, _list_mine(request, question), request.GET.get(question.place, "")
        ),
        "breadcrumbs": [(_("Plans"), None)],
    }


def _show(field: Any, said: dict[str, str], choices: dict[str, Any]) -> dict[str, Any]:
    return {"field": field, "value": said[field.name], "choices": choices.get(field.name)}


def _today() -> str:
    return clock.day_of(clock.now(), moments.zone())
