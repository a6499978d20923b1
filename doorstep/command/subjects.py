"""The lists of a round, page by page, and the page of one subject: what was said of it, and what
can be said. Names come masked; the full record is the person's own page.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from doorstep.command import book_days, households, scopes
from doorstep.face import lists, pages
from doorstep.ledger import refusals, store
from doorstep.registry import access, vault
from doorstep.registry import queries as registry
from doorstep.rounds import actions, models, queries, round_kinds, rules
from doorstep.rounds import lists as round_lists
from doorstep.rounds import scopes as round_scopes

WHICH: tuple[round_lists.Which, ...] = (
    "outstanding", "home", "held", "done", "excused", "refused", "everyone",
)  # fmt: skip
AT_ONCE = 2_000  # named together for a spreadsheet
_SORTS: dict[str, round_lists.Sort] = {
    "place": "place", "-place": "-place", "time": "time", "-time": "-time",
}  # fmt: skip


def name_lists(closed: bool) -> dict[str, str]:
    """The lists of a round in words."""
    return {
        "outstanding": _("Missed") if closed else _("Outstanding"),
        "home": _("Waiting at home"),
        "held": _("To settle"),
        "done": _("Done"),
        "excused": _("Excused"),
        "refused": _("Refused"),
        "everyone": _("Everybody"),
    }


class Subjects(lists.Paged):
    """One list of a round as face.lists pages it; `within` is what its reader may see of it, and
    what was asked for of that.
    """

    def __init__(
        self,
        round_: models.Round,
        which: round_lists.Which,
        within: round_scopes.Scope | None,
        text: str = "",
        by: round_lists.Sort = "place",
    ) -> None:
        self.round, self.which, self.within, self.text, self.by = round_, which, within, text, by
        self._total: int | None = None

    def find(self, text: str) -> "Subjects":
        """A door such as 12-803, or the beginning of a name."""
        return Subjects(self.round, self.which, self.within, text, self.by)

    def sort(self, by: str) -> "Subjects":
        """By place or by time."""
        return Subjects(self.round, self.which, self.within, self.text, _SORTS.get(by, "place"))

    def read(self, start: int, size: int) -> list[Any]:
        """One page, named (masked)."""
        page = round_lists.list_subjects(
            self.round,
            self.which,
            within=self.within,
            search=self.text,
            sort=self.by,
            number=start // size + 1,
            size=size,
        )
        self._total = page.total
        return self._named(page.lines)

    def __len__(self) -> int:
        if self._total is None:
            self.read(0, 1)
        return self._total or 0

    def __iter__(self) -> Iterator[Any]:
        if self.text:
            yield from self.read(0, 1_000)
            return
        lines = round_lists.list_all(self.round, self.which, within=self.within)
        while part := list(islice(lines, AT_ONCE)):
            yield from self._named(part)

    def _named(self, lines: list[round_lists.Line]) -> list[Any]:
        people = {line.subject for line in lines if line.subject != line.door}
        names = {
            str(i): vault.mask_name(name)
            for i, name in store.select("registry_person", ["id", "name"], "id", people)
        }
        chips = {s: households.chip_of(self.round, s) for s in {line.state for line in lines}}
        return [
            {
                "line": line,
                "name": names.get(line.subject, ""),
                "place": " ".join(
                    part for part in (line.building_label, line.unit_label, line.door_label) if part
                ),
                "chip": chips[line.state],
                "where": line.where if line.state in ("due", "held") else "",
            }
            for line in lines
        ]


def list_subjects(
    request: HttpRequest,
    round_: models.Round,
    which: round_lists.Which,
    within: round_scopes.Scope | None,
) -> lists.Listing:
    """A round's list with its columns, ready to be shown, printed or exported; `within` as
    scopes.see_within says for whoever asks.
    """
    language = get_language() or "en"
    kind = round_kinds.find_kind(round_.round_kind)
    of_people = kind is None or kind.subject == "person"
    where = {"home": _("At home"), "table": _("At a table"), "": ""}
    reasons = round_kinds.list_reasons()
    columns = [
        lists.Column(
            "place",
            _("Door"),
            sort="place",
            link=lambda row: reverse("command:subject", args=[round_.id, row["line"].subject]),
        ),
        lists.Column("chip", _("State"), "chip"),
        lists.Column("where", _("Where"), value=lambda row: where[row["where"]]),
        lists.Column("done_at", _("Done at"), "moment", value=lambda row: row["line"].done_at,
                     sort="time"),
        lists.Column(
            "reason",
            _("Reason"),
            value=lambda row: (
                reasons[row["line"].reason].read(language)
                if row["line"].reason in reasons
                else row["line"].reason
            ),
        ),
    ]  # fmt: skip
    if of_people:
        columns.insert(1, lists.Column("name", _("Name")))
    label = kind.label.read(language) if kind else round_.round_kind
    area = registry.name_places([round_.area]).get(round_.area, "")
    names = name_lists(queries.is_closed(round_))
    return lists.Listing(
        request,
        name="subjects",
        title=f"{area} · {label} {round_.day} · {names[which]}",
        rows=Subjects(round_, which, within),
        columns=columns,
        search=["place"],
        search_hint=_("Door, as 12-803, or name") if of_people else _("Door, as 12-803"),
        per_page=50,
        empty=_("Nobody is on this list."),
    )


@pages.page(*scopes.WATCHERS)
@require_GET
def show_subject(request: HttpRequest, round: str, subject: str) -> HttpResponse:
    """One person or door in a round."""
    found = queries.get_round_for(request.user, round)
    own = models.Subject.objects.filter(round=round, subject=subject).first()
    if own is None:
        raise refusals.Refused("NOT_FOUND")
    door = str(own.door) if own.door else None
    scopes.require_people(request, door or _home_of(subject))
    language = get_language() or "en"
    kind = round_kinds.find_kind(found.round_kind)
    label = registry.label_doors([door]).get(door, "") if door else _("No door")
    [name] = [n for (n,) in store.select("registry_person", ["name"], "id", [subject])] or [""]
    reasons = round_kinds.list_reasons()
    context = {
        "round": found,
        "label": label,
        "masked": vault.mask_name(name),
        "person": subject if name else "",
        "door": door,
        "own": own,
        "chip": households.chip_of(found, own.state),
        "kind_label": kind.label.read(language) if kind else found.round_kind,
        "words": _list_words(found, subject, language),
        "reasons": [
            (code, reasons[code].read(language)) for code in (kind.reasons if kind else [])
        ],
        "may_say": found.state != "closed"
        and access.has(request.user, actions.AT_THE_DOOR, door)
        and own.state != "extra",
        "may_prove": access.has(request.user, book_days.READERS, None),
        "breadcrumbs": [
            (_("Rounds"), reverse("command:rounds")),
            (
                f"{kind.label.read(language) if kind else found.round_kind} {found.day}",
                reverse("command:round", args=[round]),
            ),
            (label, None),
        ],
    }
    return render(request, "command/subject.html", context)


def _home_of(subject: str) -> str | None:
    """Where somebody lives who is on no list."""
    rows = store.select("registry_residence", ["door"], "person", [subject])
    return str(rows[0][0]) if rows and rows[0][0] else None


def _list_words(round_: models.Round, subject: str, language: str) -> list[dict[str, Any]]:
    done = households.chip_of(round_, "done")
    reached = done.text if done else _("Reached")
    said = {
        rules.EXCUSED: _("Excused"),
        rules.REFUSED: _("Would not"),
        rules.VISITED: _("Somebody was at the door"),
    }
    reasons = round_kinds.list_reasons()
    return [
        {
            "entry": mark.entry,
            "at": mark.at,
            "text": said.get(mark.kind) or reached,
            "reason": reasons[mark.reason].read(language) if mark.reason in reasons else "",
            "held": not mark.effective,
            "own": mark.kind in rules.OWN_KINDS,
        }
        for mark in queries.list_words(round_.id, subject)
    ]


@pages.form_of("command:subject", "round", "subject")
@pages.page(*actions.AT_THE_DOOR)
@require_POST
def say(request: HttpRequest, round: str, subject: str) -> HttpResponse:
    """Excuse somebody, note a refusal or a visit; undone by taking the word back."""
    what = request.POST.get("what", "")
    if what == "excuse":
        actions.excuse_subject(
            request.user, round=round, subject=subject, reason=request.POST.get("reason", "")
        )
        messages.success(request, _("Excused. Take it back below if it was a mistake."))
    elif what == "refuse":
        actions.record_refusal(request.user, round=round, subject=subject)
        messages.success(request, _("Noted as refused. It has no consequence of its own."))
    elif what == "visit":
        actions.record_visit(request.user, round=round, subject=subject)
        messages.success(request, _("The visit is noted."))
    else:
        raise refusals.Refused("REQUEST_INVALID")
    return HttpResponseRedirect(reverse("command:subject", args=[round, subject]))


@pages.form_of("command:subject", "round", "subject")
@pages.page(*actions.AT_THE_DOOR)
@require_POST
def take_back(request: HttpRequest, round: str, subject: str) -> HttpResponse:
    """Take a word back: a settling entry by which it does not stand."""
    actions.withdraw_word(request.user, entry=request.POST.get("entry", ""))
    messages.success(request, _("Taken back. The book keeps both lines."))
    return HttpResponseRedirect(reverse("command:subject", args=[round, subject]))
