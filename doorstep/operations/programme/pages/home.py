"""The programme on one page: how many projects stand in which band, what asks for somebody, a table
by category, community or unit, and the list of all.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET

from doorstep.face import lists, pages
from doorstep.operations.programme import catalogue, queries
from doorstep.operations.programme.actions import common, projects
from doorstep.operations.programme.pages import words
from doorstep.registry import access

BY = ("category", "community", "unit")
WHOLE = "none"
MOST_PUSHED = 6


@pages.page()
@require_GET
def show_home(request: HttpRequest) -> HttpResponseBase:
    """All projects. `?by=`: of what the table is."""
    today = projects.today()
    found = queries.list_projects(today)
    named = words.name(found)
    by = request.GET.get("by", "")
    by = by if by in BY else BY[0]
    mine = list_pushed(request.user, found)
    listing = list_projects(request, found, named)
    context = {
        "all": len(found),
        "levels": {level: sum(each.row.level == level for each in found)
                   for level in ("subdistrict", "community")},
        "bands": words.show_board(found),
        "late": sum(each.is_late for each in found),
        "silent": sum(each.standing.silent_since is not None for each in found),
        "waiting": [_say(each) for each in found if each.row.asked is not None],
        "pushed": [_say(each) for each in mine[:MOST_PUSHED]],
        "more": len(mine) - MOST_PUSHED,
        "by": by,
        "choices": [("category", _("By category")), ("community", _("By community")),
                    ("unit", _("By unit"))],
        "table": _tabulate(found, by, named, today),
        "band_names": catalogue.get().band,
        "may_open": access.has(request.user, common.COMMANDERS, None),
        "may_listen": access.has(request.user, common.READERS, None),
        "breadcrumbs": [(_("Programme"), None)],
    }  # fmt: skip
    return listing.render("programme/home.html", context)


def list_projects(
    request: HttpRequest, found: Sequence[queries.Project], named: words.Named
) -> lists.Listing:
    """The list of projects, with its filters."""
    said = catalogue.get()
    language = words.language()

    def keep(of: Callable[[queries.Project], str]) -> Callable[[Any, str], Any]:
        return lambda rows, value: [row for row in rows if of(row["project"]) == value]

    def part(by: str, text: str) -> lists.Filter:
        """Chosen in the table above."""
        choices = {(key, call(key, by, named)) for key in (key_of(each, by) for each in found)}
        return lists.Filter(
            by, text, sorted(choices), apply=keep(lambda each: key_of(each, by)), is_long=True
        )

    return lists.Listing(
        request,
        name="projects",
        title=_("Projects"),
        rows=[_row(each, named) for each in found],
        columns=[
            lists.Column("code", pgettext("project", "Number"), "code", sort=True),
            lists.Column("title", _("Project"), link=lambda row: row["address"], sort=True),
            lists.Column("band", _("Band"), "html", value=_band_cell),
            lists.Column("progress", _("Progress, %"), "number", sort=True),
            lists.Column("state", _("State"), "chip"),
            lists.Column("community", _("Place"), sort=True),
            lists.Column("unit", _("Unit"), sort=True),
            lists.Column("next", _("Next milestone"), "day", sort=True),
            lists.Column("deadline", _("Deadline"), "day", sort=True),
            lists.Column("behind", _("Days behind"), "number", sort=True),
        ],
        filters=[
            lists.Filter("band", _("Band"), [
                (each.key, each.label.read(language)) for each in said.band],
                apply=keep(lambda row: row.band)),
            lists.Filter("level", _("Level"), [
                (key, words.name_level(key)) for key in ("subdistrict", "community")],
                apply=keep(lambda row: row.row.level)),
            lists.Filter("asks", _("Asks for somebody"), [
                ("late", pgettext("project", "Late"), "act"),
                ("silent", pgettext("project", "Silent"), "held")],
                apply=lambda rows, value: [
                    row for row in rows if (row["project"].is_late if value == "late"
                                            else row["project"].standing.silent_since)]),
            lists.Filter("category", _("Category"), [
                (each.key, each.label.read(language)) for each in said.category],
                apply=keep(lambda row: row.row.category)),
            part("community", _("Community")),
            part("unit", _("Unit")),
        ],
        search_hint=_("Project, place or unit"),
        empty=_("The programme has no project yet."),
        empty_hint=_("Add the first one, or bring a spreadsheet."),
        state=lambda row: "act" if row["project"].standing.escalated else "",
    )  # fmt: skip


def _row(each: queries.Project, named: words.Named) -> dict[str, Any]:
    row = each.row
    place = named.places.get(each.community or str(row.place), "")
    return {
        "project": each,
        "code": row.code or "",
        "title": words.title_of(each),
        "address": reverse("programme:project", args=[each.id]),
        "progress": row.progress,
        "state": words.chip_of(row.state),
        "community": place,
        "unit": named.units.get(str(row.unit), ""),
        "next": each.next_due or "",
        "deadline": row.deadline,
        "behind": each.behind or None,
    }


def _band_cell(row: dict[str, Any]) -> str:
    each = row["project"]
    return words.show_band(each.band)


def _tabulate(
    found: Sequence[queries.Project], by: str, named: words.Named, today: str
) -> list[dict[str, Any]]:
    """A row for each category, community or unit, those with most that is late first."""
    rows: defaultdict[str, list[queries.Project]] = defaultdict(list)
    for each in found:
        rows[key_of(each, by)].append(each)
    table = [
        {
            "key": key,
            "name": call(key, by, named),
            "count": len(each),
            "bands": list(queries.count_bands(each).values()),
            "reached": sum(one.row.reached for one in each),
            "due": sum(step.due <= today for one in each for step in one.milestones),
            "late": sum(one.is_late for one in each),
        }
        for key, each in rows.items()
    ]
    return sorted(table, key=lambda row: (-int(row["late"]), -int(row["count"]), row["name"]))


def key_of(project: queries.Project, by: str) -> str:
    """Which row of the table by category, community or unit a project belongs to; WHOLE: it lies
    in no community.
    """
    if by == "community":
        return project.community or WHOLE
    return project.row.category if by == "category" else str(project.row.unit)


def call(key: str, by: str, named: words.Named) -> str:
    """What that row is called."""
    if by == "category":
        return words.name_category(key)
    if by == "unit":
        return named.units.get(key, "")
    return _("The whole subdistrict") if key == WHOLE else named.places.get(key, "")


def list_pushed(staff: common.Staff, found: Sequence[queries.Project]) -> list[queries.Project]:
    """What is pushed to this person: late or silent projects of theirs until the day to answer by;
    to the commanders of a place those whose day is past. The longest overdue first.
    """
    unit = common.unit_of(staff)
    over = access.where(staff, common.COMMANDERS, {str(each.row.place) for each in found})
    pushed = [
        each
        for each in found
        if each.standing.answer_by is not None
        and (
            str(each.row.leader) == str(staff.id)
            or str(each.row.unit) == unit
            or (each.standing.escalated and str(each.row.place) in over)
        )
    ]
    return sorted(pushed, key=lambda each: (each.standing.answer_by or "", each.id))


def _say(each: queries.Project) -> dict[str, Any]:
    standing = each.standing
    return {
        "title": words.title_of(each),
        "address": reverse("programme:project", args=[each.id]),
        "late_since": standing.late_since,
        "silent_since": standing.silent_since,
        "answer_by": standing.answer_by,
        "escalated": standing.escalated,
    }
