"""The review list: lines that are held because they exclude each other, and settling a set of them.

Every claim is shown side by side with who wrote it, when and with which device. Nothing is chosen
beforehand: who settles says which stand, and is told what follows.
"""

from functools import cache
from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from doorstep.face import errors, lists, pages
from doorstep.ledger import refusals, store
from doorstep.operations.sampling import actions, models
from doorstep.operations.sampling.actions import claims, common
from doorstep.operations.sampling.pages import scope, trails, words
from doorstep.registry import access, people
from doorstep.registry import queries as places

# What follows when some stand, and when none does. One sentence each, said before the choice.
CONSEQUENCES: dict[str, tuple[Any, Any]] = {
    "PERSON_TWICE": (
        gettext_lazy(
            "The swabs that stand count; with two, the person counts once. Each tube's result "
            "holds for the person."
        ),
        gettext_lazy("If none stands, the person is due again."),
    ),
    "TUBE_REUSED": (
        gettext_lazy(
            "The tube belongs to the round and table of the claims that stand; the people of the "
            "others are due again."
        ),
        gettext_lazy("If none stands, everybody in the tube is due again."),
    ),
    "RESULT_CONTRADICTS": (
        gettext_lazy(
            "The result that stands holds for everybody in the tube. If it is positive or "
            "inconclusive, a single re-sampling opens and its people are asked to stay."
        ),
        gettext_lazy("If none stands, the tube has no result and the round cannot close."),
    ),
    "RESULT_WITHOUT_TUBE": (
        gettext_lazy(
            "If it stands, the result counts though no box with this tube is in the book."
        ),
        gettext_lazy("If it does not stand, nothing ever acts on it."),
    ),
    "SAMPLED_AFTER_TEST": (
        gettext_lazy(
            "The swabs that stand were in the tube when it was tested, only the clock of their "
            "device was wrong: the tube's result is theirs."
        ),
        gettext_lazy("The people of the others are due again."),
    ),
    "PERSON_UNKNOWN": (
        gettext_lazy("It counts once the person is on the roster: add or import them first."),
        gettext_lazy("If it does not stand, the swab counts for nobody."),
    ),
    "ID_REUSED": (
        gettext_lazy(
            "Two different lines bear this id and nobody can say which of them is meant: neither "
            "counts, whatever is chosen. It leaves the list."
        ),
        gettext_lazy("What happened must be written anew, at a desk."),
    ),
    "NOT_ALLOWED": (
        gettext_lazy("If it stands, the line counts as if its writer had the role."),
        gettext_lazy("If it does not stand, it stays in the book and counts for nothing."),
    ),
}


class Row(NamedTuple):
    """A set in the list."""

    entry: str
    code: str
    about: str
    claims: int
    round: str
    at: int | None


class Claim(NamedTuple):
    """One claim of a set as it is shown."""

    entry: str
    what: Any
    subject: str
    tube: str
    at: int | None
    who: str
    device: str
    details: list[tuple[Any, Any]]


@pages.page(*actions.COMMANDERS)
def list_held(request: HttpRequest) -> HttpResponseBase:
    """The sets that wait for a person, the oldest first."""
    sets = _list_mine(request, claims.list_sets())
    rows = _rows_of(sets)
    said = {code: words.CODES.get(code, code) for code in {row.code for row in rows}}
    listing = lists.Listing(
        request,
        name="held",
        title=_("To settle"),
        rows=rows,
        columns=[
            lists.Column("about", _("About"), link=lambda r: _address(r.entry)),
            lists.Column(
                "code", _("Why"), "chip", value=lambda r: lists.Chip("held", said[r.code])
            ),
            lists.Column("claims", _("Held lines"), "number", sort=True),
            lists.Column("round", _("Round")),
            lists.Column("at", _("First line"), "moment", sort=True),
        ],
        filters=[
            lists.Filter(
                "code",
                _("Why"),
                [(code, text, "held") for code, text in sorted(said.items())],
                apply=lambda rows, value: [row for row in rows if row.code == value],
            )
        ],
        empty=_("Nothing waits to be settled."),
        empty_hint=_("Lines that exclude each other appear here; nothing acts on them until then."),
    )
    context = {
        "sets": len(rows),
        "lines": sum(row.claims for row in rows),
        "breadcrumbs": [(_("Sampling"), reverse("sampling:home")), (_("Review list"), None)],
    }
    return listing.render("sampling/review.html", context)


def _address(entry: str) -> str:
    return reverse("sampling:settle", args=[entry])


def _list_mine(request: HttpRequest, sets: list[claims.HeldSet]) -> list[claims.HeldSet]:
    """The sets all of whose rounds are this person's to command; each round is asked for once."""

    @cache
    def is_mine(round_: str) -> bool:
        return access.has(request.user, actions.COMMANDERS, common.area_of(round_))

    return [each for each in sets if all(map(is_mine, claims.rounds_of(each)))]


def _rows_of(sets: list[claims.HeldSet]) -> list[Row]:
    persons = {each.key.about[1] for each in sets if len(each.key.about) == 2}
    seen = people.get_people(sorted(persons))
    labels: dict[str | None, str] = {}
    times = _read_times({entry for each in sets for entry in each.entries})
    rows = []
    for each in sets:
        if each.round not in labels:
            labels[each.round] = _round_label(each.round)
        about = each.key.about
        if len(about) == 2:
            person = seen.get(about[1])
            text = f"{person.masked_name} {person.label}" if person else _("A person")
        elif each.key.code in claims.ALONE:
            text = _subject_of(about[0])
        else:
            text = about[0]
        at = min((times[entry] for entry in each.entries if entry in times), default=None)
        rows.append(Row(each.entries[0], each.key.code, text, len(each.entries),
                        labels[each.round], at))  # fmt: skip
    return sorted(rows, key=lambda row: (row.at or 0, row.entry))


def _round_label(round_: str | None) -> str:
    try:
        return words.round_label(common.find_round(round_)) if round_ else ""
    except refusals.Refused:
        return ""


def _subject_of(entry: str) -> str:
    for model in (models.Sample, models.Result):
        row = model.objects.filter(entry=entry).first()
        if row is not None:
            return str(row.tube)
    return str(_("A line of a device"))


def _read_times(entries: set[str]) -> dict[str, int]:
    """When each of these lines says it happened."""
    return {
        str(entry): at
        for table in ("sampling_sample", "sampling_tubefact", "sampling_result")
        for entry, at in store.select(table, ["entry", "at"], "entry", entries)
    }


@pages.page(*actions.COMMANDERS)
def show_set(request: HttpRequest, entry: str) -> HttpResponse:
    """One set, its claims side by side. POST settles it."""
    common.read_id(entry)
    refusal, status = None, 200
    if request.method == "POST":
        try:
            actions.settle_lines(
                request.user,
                entries=request.POST.getlist("entries"),
                stands=request.POST.getlist("stands"),
            )
        except refusals.Refused as no:
            if no.code in ("NOT_YOURS", "NOT_FOUND"):
                raise
            refusal, status = errors.describe(no), 409
        else:
            scope.tell(request, _("Settled. It holds until a new line says otherwise."))
            return HttpResponseRedirect(reverse("sampling:review"))
    sets = _list_mine(request, claims.find_sets(entry))
    if not sets and status == 200:
        scope.tell(request, _("This is settled already."))
        return HttpResponseRedirect(reverse("sampling:review"))
    found = sets[0] if sets else None
    shown = _claims_of(found) if found else []
    standing, none = CONSEQUENCES.get(found.key.code, ("", "")) if found else ("", "")
    context = {
        "found": found,
        "reason": words.say_code(found.key.code) if found else "",
        "claims": shown,
        "consequence": standing,
        "none": none,
        "chosen": request.POST.getlist("stands"),
        "refusal": refusal,
        "breadcrumbs": [
            (_("Sampling"), reverse("sampling:home")),
            (_("Review list"), reverse("sampling:review")),
            (_("Settle"), None),
        ],
    }
    return render(request, "sampling/settle.html", context, status=status)


def _claims_of(found: claims.HeldSet) -> list[Claim]:
    entries = set(found.entries)
    samples = list(models.Sample.objects.filter(entry__in=entries))
    facts = list(models.TubeFact.objects.filter(entry__in=entries))
    results = list(models.Result.objects.filter(entry__in=entries))
    authors = trails.list_authors(entries)
    seen = people.get_people([str(row.person) for row in samples])
    parties = trails.name_parties(
        {str(row.laboratory) for row in results} | {str(row.party) for row in facts if row.party}
    )
    tables = places.name_places({str(row.table) for row in facts if row.table})
    counts = {
        row.tube: row.people + row.held
        for row in models.Tube.objects.filter(tube__in={row.tube for row in results})
    }

    def claim(row: Any, what: str, subject: str, details: list[tuple[Any, Any]]) -> Claim:
        author = authors.get(str(row.entry), trails.Author("–", ""))
        word = words.FACTS.get(what, what)
        return Claim(
            str(row.entry), word, subject, row.tube, row.at, author.who, author.device, details
        )

    shown = []
    for row in samples:
        person = seen.get(str(row.person))
        subject = f"{person.masked_name} {person.label}" if person else _("Somebody on no list")
        shown.append(claim(row, "sampled", subject, []))
    for fact in facts:
        details: list[tuple[Any, Any]] = [
            (_("Round"), _round_label(str(fact.round) if fact.round else None)),
            (pgettext("tube", "Table"), tables.get(str(fact.table), "") if fact.table else ""),
            (_("Laboratory"), parties.get(str(fact.party), "") if fact.party else ""),
            (_("Reason"), words.REASONS.get(fact.reason or "", "")),
        ]
        shown.append(claim(fact, fact.fact, "", [each for each in details if each[1]]))
    for result in results:
        _state, word = words.OUTCOMES.get(result.outcome, ("", result.outcome))
        details = [
            (_("Laboratory"), parties.get(str(result.laboratory), "–")),
            (_("People in the tube"), counts.get(result.tube, 0)),
            ("Ct ORF1ab", result.ct_orf1ab),
            ("Ct N", result.ct_n),
        ]
        details = [each for each in details if each[1] is not None]
        shown.append(claim(result, "reported", str(word), details))
    known = {each.entry for each in shown}
    for entry in sorted(entries - known):
        author = authors.get(entry, trails.Author("–", ""))
        shown.append(
            Claim(entry, _("A line of a device"), "", "", None, author.who, author.device, [])
        )
    return sorted(shown, key=lambda each: (each.at or 0, each.entry))
