"""Trails: everything the book says of a tube or a box, in the order it happened, with who and how.

Knows people by mask alone, and for who may not look at residents as a number in the tube.
"""

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from doorstep.ledger import kinds, settlements, store, verdicts
from doorstep.ledger import models as ledger
from doorstep.operations.sampling import models
from doorstep.operations.sampling.pages import words
from doorstep.registry import models as registry
from doorstep.registry import people
from doorstep.registry import queries as places

_TO_ANOTHER = ("handed_over", "received", "refused")


class Step(NamedTuple):
    """One entry of a trail. `who` wrote it, `device` is where; `party` is the other side."""

    entry: str
    at: int
    what: Any
    state: str
    who: str
    device: str
    details: list[tuple[Any, str]]
    codes: list[tuple[str, str]]
    person: str = ""
    undo: bool = False
    correct: bool = False
    can_take_back: bool = False
    taken: "Taken | None" = None


class Author(NamedTuple):
    """Who wrote an entry, and on what."""

    who: str
    device: str


class Taken(NamedTuple):
    """Who took a line back, when, and why, where a reason was asked for."""

    at: int
    who: str
    reason: Any


def list_taken_back(entries: Collection[str]) -> dict[str, Taken]:
    """Those of the entries that do not stand by the latest word on each, with that word."""
    words_ = settlements.get_taken_back(entries)
    said = set(words_.values())
    authors = list_authors(said)
    lines = ledger.Line.objects.filter(entry__in=said, custody="kept")
    read = {str(line.entry): kinds.read(bytes(line.content)) for line in lines}
    taken = {}
    for claim, entry in words_.items():
        word = read.get(entry)
        if isinstance(word, settlements.LineSettled):
            reason = words.MISTAKES.get(word.reason or "", word.reason)
            taken[claim] = Taken(kinds.at_of(word), authors[entry].who, reason)
    return taken


def list_authors(entries: Collection[str]) -> dict[str, Author]:
    """Who wrote each entry and with which device, by the book; the desk has no name."""
    lines = list(
        ledger.Line.objects.filter(entry__in=entries, custody="kept").select_related("device")
    )
    by = {str(line.entry): _by_of(bytes(line.content)) for line in lines}
    staff = registry.Staff.objects.filter(id__in=set(by.values())).values_list("id", "name")
    names = {str(id_): name for id_, name in staff}
    return {
        str(line.entry): Author(
            names.get(by[str(line.entry)], "–"),
            "" if line.device.role == kinds.DESK else _name_of(line.device),
        )
        for line in lines
    }


def _by_of(content: bytes) -> str:
    read = kinds.read(content)
    return read.by if read is not None else ""


def _name_of(device: ledger.Device) -> str:
    return str(device.label or device.id[-6:])


def name_parties(ids: Collection[str]) -> dict[str, str]:
    """The names of staff and units, whichever an id is."""
    named = {str(i): n for i, n in store.select("registry_staff", ["id", "name"], "id", ids)}
    units = registry.Unit.objects.filter(id__in=set(ids) - named.keys())
    return named | {str(unit.id): unit.name for unit in units}


def say_codes(codes: list[str]) -> list[tuple[str, str]]:
    """(a word or two, sentence) of verdict codes."""
    return [(str(words.CODES.get(code, code)), words.say_code(code)) for code in codes]


def read_box_trail(box: str) -> list[Step]:
    """What happened to a box, earliest first."""
    rows = list(models.BoxFact.objects.filter(box=box).order_by("at", "entry"))
    entries = {str(row.entry) for row in rows}
    authors, said = list_authors(entries), verdicts.list_verdicts(entries)
    parties = name_parties({str(row.party) for row in rows if row.party})
    taken = list_taken_back(entries)
    return [
        Step(
            str(row.entry),
            row.at,
            words.FACTS.get(row.fact, row.fact),
            "none" if not row.stands else "act" if row.fact in ("refused", "spilled") else "done",
            authors[str(row.entry)].who if str(row.entry) in authors else "–",
            authors[str(row.entry)].device if str(row.entry) in authors else "",
            _details(
                # who seals or collects is who writes; said once
                party=parties.get(str(row.party), "") if row.fact in _TO_ANOTHER else "",
                seal=row.seal,
                count=row.count,
                reason=row.reason,
            ),
            say_codes(said.get(str(row.entry), [])),
            can_take_back=row.stands,
            taken=taken.get(str(row.entry)),
        )
        for row in rows
    ]


def _name_people(swabbed: Sequence[Any], may_look: bool) -> dict[str, str]:
    """Those of a tube, masked and with their door; for who may not look a number each, so that a
    swab and its taking back are seen to be one person's.
    """
    ordered = sorted(swabbed, key=lambda row: (row.at, str(row.entry)))
    persons = dict.fromkeys(str(row.person) for row in ordered)
    if not may_look:
        return {one: _("Person %(number)d") % {"number": n} for n, one in enumerate(persons, 1)}
    seen = people.get_people(list(persons))
    return {one: f"{each.masked_name} {each.label}".strip() for one, each in seen.items()}


def read_tube_trail(tube: str, *, may_look: bool) -> list[Step]:
    """What happened to a tube: its people, its boxes' steps, its results; earliest first.
    `may_look`: whoever asks may see residents of the place.
    """
    facts = list(models.TubeFact.objects.filter(tube=tube))
    samples = list(models.Sample.objects.filter(tube=tube))
    taken = list(models.Withdrawal.objects.filter(tube=tube))
    results = list(models.Result.objects.filter(tube=tube))
    told: list[Any] = [*facts, *results]
    entries = {str(row.entry) for row in [*told, *samples, *taken]}
    authors, said = list_authors(entries), verdicts.list_verdicts(entries)
    named = _name_people([*samples, *taken], may_look)
    parties = name_parties(
        {str(fact.party) for fact in facts if fact.party}
        | {str(result.laboratory) for result in results}
    )
    tables = places.name_places({str(fact.table) for fact in facts if fact.table})
    corrected = {str(row.corrects) for row in results if row.corrects}
    taken_back = list_taken_back({str(row.entry) for row in told})

    def step(row: Any, what: str, state: str, details: list[Any], **more: Any) -> Step:
        author = authors.get(str(row.entry), Author("–", ""))
        codes = say_codes(said.get(str(row.entry), []))
        word = words.FACTS.get(what, what)
        return Step(
            str(row.entry),
            row.at,
            word,
            state,
            author.who,
            author.device,
            details,
            codes,
            taken=None if codes else taken_back.get(str(row.entry)),  # held: asked anew
            **more,
        )

    def person_of(row: Any) -> str:
        return named.get(str(row.person), "–")

    steps = [
        step(
            fact,
            fact.fact,
            "act" if fact.fact == "refused" else "due",
            _details(
                table=tables.get(str(fact.table), "") if fact.table else "",
                pool=fact.pool,
                count=fact.count,
                party=parties.get(str(fact.party), "") if fact.party else "",
                reason=fact.reason,
            ),
            # what is held with results is settled with them
            can_take_back=fact.fact == "refused"
            and str(fact.entry) not in taken_back
            and str(fact.entry) not in said,
        )
        for fact in facts
    ]
    for sample in samples:
        state, word = words.SAMPLE_STATES.get(sample.state, ("none", sample.state))
        undo = sample.state in ("effective", "again", "held", "void")
        details = [("", str(word))] if sample.state != "effective" else []
        steps.append(step(sample, "sampled", state, details, person=person_of(sample), undo=undo))
    steps += [step(each, "unsampled", "none", [], person=person_of(each)) for each in taken]
    for result in results:
        state, word = words.OUTCOMES.get(result.outcome, ("none", result.outcome))
        what = "corrected" if result.corrects else "reported"
        details = [("", str(word))] + _details(
            party=parties.get(str(result.laboratory), ""),
            orf=result.ct_orf1ab,
            n=result.ct_n,
            accession=result.accession,
            tested=result.tested_at,
        )
        steps.append(step(result, what, state, details, correct=str(result.entry) not in corrected))
    for box in models.BoxTube.objects.filter(tube=tube).values_list("box", flat=True).distinct():
        steps += [
            each._replace(details=[("box", box), *each.details]) for each in read_box_trail(box)
        ]
    return sorted(steps, key=lambda each: (each.at, each.entry))


def _details(**said: Any) -> list[tuple[Any, Any]]:
    found: list[tuple[Any, Any]] = []
    for name, value in said.items():
        if value is None or value == "":
            continue
        if name == "pool":
            value = words.POOLS.get(value, value)
        if name == "reason":
            value = words.REASONS.get(value, value)
        found.append((name, value))
    return found
