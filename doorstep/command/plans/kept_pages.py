"""Kept plans: the list, one plan as it was worked out, keeping, accepting, withdrawing.

Refuses to show a plan of a place where one holds no role.
"""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from doorstep.command import models, scopes
from doorstep.command.plans import blocks, catalog, live
from doorstep.command.plans import pages as centre_pages
from doorstep.face import lists, pages
from doorstep.ledger import refusals
from doorstep.registry import access
from doorstep.registry import models as registry
from doorstep.registry.queries import name_places
from doorstep.rounds import plans

READERS = centre_pages.READERS
DAYS = 200  # played for a centre's plan that is kept


def name_states() -> dict[str, lists.Chip]:
    """The states of a plan in words."""
    return {
        "draft": lists.Chip("due", _("Draft")),
        "accepted": lists.Chip("done", _("Accepted")),
        "withdrawn": lists.Chip("excused", _("Withdrawn")),
    }


def name_reasons() -> dict[str, str]:
    """Why a plan holds no more."""
    return {
        "replaced": _("Another one takes its place"),
        "mistake": _("It was accepted by mistake"),
        "circumstances": _("Circumstances have changed"),
    }


def _state_of(standing: plans.Standing | None) -> str:
    if standing is None:
        return "draft"
    return "withdrawn" if standing.reason else "accepted"


@pages.page(*READERS)
@require_GET
def list_kept(request: HttpRequest) -> HttpResponseBase:
    """Every kept plan of this person's places, the latest day first."""
    held = {str(each) for each in models.Draft.objects.values_list("place", flat=True).distinct()}
    mine = access.where(request.user, READERS, held)
    rows = models.Draft.objects.filter(place__in=mine).defer("problem", "result")
    chips = name_states()
    shown: dict[str, plans.Standing] = {}

    def chip_of(row: models.Draft) -> lists.Chip:
        if not shown:
            shown.update(plans.find([str(each.id) for each in listing.shown]))
        return chips[_state_of(shown.get(str(row.id)))]

    names = lists.Names(rows, "made_by", _name_staff)
    places = lists.Names(rows, "place", name_places)
    units = lists.Names(rows, "about", live.name_units)
    listing = lists.Listing(
        request,
        name="plans",
        title=_("Kept plans"),
        rows=rows,
        order="-made_at",
        columns=[
            lists.Column("day", _("For"), "day", sort="day",
                         link=lambda row: reverse("plans:kept", args=[row.id])),
            lists.Column("model", _("What"), value=lambda row: str(catalog.NAMES[row.model]),
                         sort="model"),
            lists.Column("place", _("Where"), value=lambda row: units.get(row.about)
                         or places.get(row.place)),
            lists.Column("state", _("State"), "chip", value=chip_of),
            lists.Column("made_at", _("Worked out"), "moment", sort="made_at"),
            lists.Column("by", _("By whom"), value=lambda row: names.get(row.made_by)),
        ],
        empty=_("No plan is kept yet."),
        empty_hint=_("Work one out and keep it."),
    )  # fmt: skip
    above = [(_("Plans"), reverse("plans:centre")), (_("Kept plans"), None)]
    return listing.render("plans/list.html", {"breadcrumbs": above})


def _name_where(draft: models.Draft) -> str:
    """The unit a plan is for, or else its place."""
    if draft.about:
        return live.name_units([str(draft.about)]).get(str(draft.about), "")
    return name_places([str(draft.place)]).get(str(draft.place), "")


def _name_staff(held: set[str]) -> dict[str, str]:
    rows = registry.Staff.objects.filter(id__in=held).values_list("id", "name")
    return {str(id_): name for id_, name in rows}


@pages.page(*READERS)
@require_GET
def show_kept(request: HttpRequest, plan: str) -> HttpResponse:
    """One plan as it was worked out."""
    from doorstep.command.plans import drafts, shift_pages

    kept = drafts.read(request.user, plan, READERS)
    report = kept.tell()
    place = str(kept.draft.place)
    names = _name_staff(
        {str(kept.draft.made_by), *([kept.standing.staff] if kept.standing else [])}
    )
    may = access.has(request.user, scopes.COMMANDERS, place)
    context = {
        "kept": kept,
        "name": catalog.NAMES[kept.draft.model],
        "place": _name_where(kept.draft),
        "sentence": report.sentence,
        "blocks": blocks.split(report.blocks),
        **(shift_pages.describe(kept, may) if kept.draft.model == catalog.SHIFTS else {}),
        "chip": name_states()[kept.state],
        "by": names.get(str(kept.draft.made_by), ""),
        "said_by": names.get(kept.standing.staff, "") if kept.standing else "",
        "reason": name_reasons().get(kept.standing.reason or "", "") if kept.standing else "",
        "may_accept": may and kept.state != "accepted",
        "may_withdraw": may and kept.state == "accepted",
        "reasons": [("", _("Choose")), *name_reasons().items()],
        "breadcrumbs": [
            (_("Plans"), reverse("plans:centre")), (_("Kept plans"), reverse("plans:kept_list")),
            (kept.draft.day, None),
        ],
    }  # fmt: skip
    return render(request, "plans/kept.html", context)


@pages.page(*READERS)
@require_GET
def show_paper(request: HttpRequest, plan: str) -> HttpResponse:
    """The plan as a PDF file."""
    from doorstep.command.plans import drafts, papers

    kept = drafts.read(request.user, plan, READERS)
    title = f"{catalog.NAMES[kept.draft.model]} · {_name_where(kept.draft)} · {kept.draft.day}"
    return papers.answer_pdf(title, kept.tell())


@pages.page(*READERS)
@require_GET
def show_problem(request: HttpRequest, plan: str) -> HttpResponse:
    """What was asked, byte for byte: its SHA-256 is the one in the book."""
    return _stored(request, plan, "problem")


@pages.page(*READERS)
@require_GET
def show_result(request: HttpRequest, plan: str) -> HttpResponse:
    """What came out, byte for byte."""
    return _stored(request, plan, "result")


def _stored(request: HttpRequest, plan: str, which: str) -> HttpResponse:
    from doorstep.command.plans import drafts

    draft = drafts.read(request.user, plan, READERS).draft
    return HttpResponse(getattr(draft, which), content_type="application/json")


@pages.form_of("plans:centre")
@pages.page(*scopes.COMMANDERS)
@require_POST
def keep(request: HttpRequest) -> HttpResponse:
    """Keep the plan of a form with its desks and stalls, for a day."""
    from doorstep.command.plans import asking, drafts
    from doorstep.planning.centre import answer, simulate, staffing
    from doorstep.planning.wrong import Wrong

    try:
        said = {name: str(value) for name, value in request.POST.items()}
        centre = asking.read(said).centre
        search = staffing.Search(centre, (asking.DESKS, asking.STALLS), scenarios=("plain",))
        found = staffing.search(search, centre_pages.within(centre_pages.SECONDS))
        centre = centre_pages.with_servers(centre, said, DAYS)
        played = simulate.simulate(centre, centre_pages.within(centre_pages.SECONDS))
    except Wrong as problem:
        raise refusals.Refused("PLAN_WRONG", why=centre_pages.say(problem)) from None
    plan = drafts.keep(
        request.user, catalog.CENTRE, centre, answer.Answer(played, found),
        request.POST.get("day", ""),
    )  # fmt: skip
    messages.success(request, _("The plan is kept as a draft."))
    return HttpResponseRedirect(reverse("plans:kept", args=[plan]))


@pages.form_of("plans:kept", "plan")
@pages.page(*scopes.COMMANDERS)
@require_POST
def accept(request: HttpRequest, plan: str) -> HttpResponse:
    """The plan holds from now on."""
    from doorstep.command.plans import drafts

    drafts.accept(request.user, plan)
    messages.success(request, _("The plan is accepted; the book has its digests."))
    return HttpResponseRedirect(reverse("plans:kept", args=[plan]))


@pages.form_of("plans:kept", "plan")
@pages.page(*scopes.COMMANDERS)
@require_POST
def withdraw(request: HttpRequest, plan: str) -> HttpResponse:
    """The plan holds no more."""
    from doorstep.command.plans import drafts

    drafts.withdraw(request.user, plan, request.POST.get("reason", ""))
    messages.success(request, _("The plan is withdrawn."))
    return HttpResponseRedirect(reverse("plans:kept", args=[plan]))
