"""The monthly review: what was reached and closed in a month, what is late or silent, what is due
next, plan against actual by category; as a page and as a PDF for the meeting.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext
from django.views.decorators.http import require_GET

from doorstep.face import moments, pages, papers
from doorstep.kit import clock
from doorstep.operations.programme import catalogue, queries, rules, wording
from doorstep.operations.programme.actions import projects
from doorstep.operations.programme.pages import words

_NEXT = 31  # days ahead
MOST = 60  # rows of a table


class Table(NamedTuple):
    """A table of the review; `links`: where each row leads."""

    title: str
    heads: list[str]
    rows: list[list[str]]
    links: list[str]
    texts: tuple[int, ...]
    empty: str
    left: int = 0

    @property
    def pairs(self) -> list[tuple[list[str], str]]:
        """Each row with where it leads."""
        return list(zip(self.rows, self.links, strict=True))


@pages.page()
@require_GET
def show_review(request: HttpRequest) -> HttpResponse:
    """The review of `?month=` (YYYY-MM), else of the month that is; `?as=pdf` as a file."""
    today = projects.today()
    month = _read_month(request.GET.get("month", "")) or today[:7]
    found = queries.list_projects(today)
    tables = make_tables(found, month, today)
    sentence = _say(found, month)
    if request.GET.get("as") == "pdf":
        return _answer_pdf(month, sentence, tables)
    context: dict[str, Any] = {
        "month": month,
        "sentence": sentence,
        "tables": tables,
        "bands": queries.count_bands(found),
        "breadcrumbs": [(_("Programme"), reverse("programme:home")), (_("Monthly review"), None)],
    }
    return render(request, "programme/review.html", context)


def make_tables(found: Sequence[queries.Project], month: str, today: str) -> list[Table]:
    """The tables of a review."""
    reached = [
        (each, step) for each in found for step in each.milestones
        if step.on and step.on.startswith(month)
    ]  # fmt: skip
    late = [each for each in found if each.is_late or each.standing.silent_since]
    late.sort(key=lambda each: (not each.standing.escalated, each.standing.late_since or "z"))
    ahead = sorted(
        ((step.due, each, step) for each in found for step in each.milestones
         if step.on is None and today <= step.due <= rules.add_days(today, _NEXT)),
        key=lambda row: (row[0], row[1].id),
    )  # fmt: skip
    closed = [e for e in found if e.row.closed_on and e.row.closed_on.startswith(month)]
    named = words.name(found)
    unit_of = {each.id: named.units.get(str(each.row.unit), "") for each in found}
    return [
        _by_category(found, today),
        _cut(
            _("Closed this month"), [_("Project"), _("Unit"), pgettext("project", "Closed")],
            [(each, [words.title_of(each), unit_of[each.id], _day(each.row.closed_on)])
             for each in closed],
            (1,), _("None was closed."),
        ),
        _cut(
            _("Late or silent"),
            [_("Project"), _("Unit"), _("Since"), _("Report by"), _("Forecast"), _("Days behind")],
            [
                (each, [
                    words.title_of(each), unit_of[each.id],
                    _day(each.standing.late_since or each.standing.silent_since),
                    _day(each.standing.answer_by), _day(each.forecast),
                    f"{each.behind:,}" if each.behind else "–",
                ])
                for each in late
            ],
            (1,), _("None is late, and none is silent."),
        ),
        _cut(
            _("Milestones reached this month"),
            [_("Project"), _("Milestone"), pgettext("project", "Reached")],
            [(each, [words.title_of(each), _label(each, step.id), _day(step.on)])
             for each, step in reached],
            (1,), _("None was reached."),
        ),
        _cut(
            _("Due in the next 31 days"), [_("Project"), _("Milestone"), _("Unit"), _("Due")],
            [(each, [words.title_of(each), _label(each, step.id), unit_of[each.id], _day(due)])
             for due, each, step in ahead],
            (1, 2), _("Nothing is due."),
        ),
    ]  # fmt: skip


def _by_category(found: Sequence[queries.Project], today: str) -> Table:
    rows = []
    for category in catalogue.get().category:
        own = [each for each in found if each.row.category == category.key]
        steps = [step for each in own for step in each.milestones]
        due = sum(step.due <= today for step in steps)
        rows.append([
            category.label.read(words.language()), f"{len(own):,}", f"{due:,}",
            f"{sum(step.on is not None for step in steps):,}",
            f"{sum(step.on is not None and step.due <= today for step in steps):,}",
            f"{sum(each.is_late for each in own):,}",
            f"{sum(each.row.closed_on is not None for each in own):,}",
        ])  # fmt: skip
    heads = [
        _("Category"), _("Projects"), _("Milestones due by now"), pgettext("project", "Reached"),
        _("Reached of those due"), pgettext("project", "Late"), pgettext("project", "Closed"),
    ]  # fmt: skip
    return Table(_("Plan and actual"), heads, rows, [""] * len(rows), (), "")


def _cut(
    title: str,
    heads: list[str],
    rows: Sequence[tuple[queries.Project, list[str]]],
    texts: tuple[int, ...],
    empty: str,
) -> Table:
    shown = rows[:MOST]
    links = [reverse("programme:project", args=[each.id]) for each, _cells in shown]
    return Table(title, heads, [cells for _each, cells in shown], links, texts, empty,
                 len(rows) - len(shown))  # fmt: skip


def _say(found: Sequence[queries.Project], month: str) -> str:
    reached = sum(
        bool(step.on and step.on.startswith(month)) for each in found for step in each.milestones
    )
    closed = sum(bool(e.row.closed_on and e.row.closed_on.startswith(month)) for e in found)
    late = sum(each.is_late for each in found)
    first = ngettext(
        "%(reached)s milestone was reached in %(month)s",
        "%(reached)s milestones were reached in %(month)s",
        reached,
    ) % {"reached": f"{reached:,}", "month": month}
    rest = _("%(closed)s projects were closed, %(late)s are late.") % {
        "closed": f"{closed:,}", "late": f"{late:,}",
    }  # fmt: skip
    return _("%(first)s; %(rest)s") % {"first": first, "rest": rest}


def _label(each: queries.Project, step: str) -> str:
    found = each.words.milestones.get(step)
    return wording.say(found, words.language()) if found else "–"


def _day(day: str | None) -> str:
    return day or "–"


def _read_month(text: str) -> str:
    try:
        return date.fromisoformat(f"{text}-01").isoformat()[:7]
    except ValueError:
        return ""


def _answer_pdf(month: str, sentence: str, tables: Sequence[Table]) -> HttpResponse:
    title = _("Monthly review of the programme, %(month)s") % {"month": month}
    pdf = papers.begin(moments.say_fully(clock.now(), moments.zone()), title, sentence)
    for table in tables:
        if table.rows:
            note = _more(table.left)
            papers.draw_table(
                pdf, table.title, table.heads, table.rows, words=table.texts, note=note
            )
        else:
            papers.write(pdf, table.title, 13)
            papers.write(pdf, table.empty, 10)
    answer = HttpResponse(bytes(pdf.output()), content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="programme-{month}.pdf"'
    return answer


def _more(left: int) -> str:
    if not left:
        return ""
    return ngettext("and %(count)s other", "and %(count)s others", left) % {"count": f"{left:,}"}
