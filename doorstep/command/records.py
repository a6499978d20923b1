"""What is kept of one person, for their page and their letter: record, rounds, swabs, views.

Masked unless `unseal` is asked, which the caller must have put into the book before.
"""

import json
from typing import Any, NamedTuple

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from doorstep.command import households
from doorstep.face import lists, moments
from doorstep.operations.sampling import models as sampling
from doorstep.registry import models as registry
from doorstep.registry import queries as places
from doorstep.registry import vault
from doorstep.rounds import models, round_kinds

MOST = 40  # rounds and swabs that are shown


class Record(NamedTuple):
    """A person with door and presence; documents and phones masked."""

    person: registry.Person
    door: str | None
    label: str
    presence: str
    since_at: int | None
    documents: list[tuple[str, str]]
    phones: list[str]


class Swab(NamedTuple):
    """A swab: when, in which tube, and what came of the tube, as a chip."""

    at: int
    tube: str
    round: str
    outcome: lists.Chip


def zone() -> str:
    """The cell's time zone."""
    return moments.zone()


def read_flags(flags: object) -> list[str]:
    """A person's needs as a raw statement gives them: SQLite gives JSON as text."""
    found = json.loads(flags) if isinstance(flags, str) else flags
    return [str(flag) for flag in found] if isinstance(found, list) else []


def get_record(person: str) -> Record | None:
    """The record of a person."""
    own = registry.Person.objects.filter(id=person).first()
    if own is None:
        return None
    home = registry.Residence.objects.filter(person=person).first()
    door = home.door if home else None
    documents = registry.Document.objects.filter(person=person)
    contacts = registry.Contact.objects.filter(person=person)
    return Record(
        own,
        door,
        places.label_doors([door]).get(door, "") if door else "",
        home.presence if home else "",
        home.since_at if home else None,
        [(each.type, vault.mask_document(_open(each, person))) for each in documents],
        [vault.mask_phone(_open(each, person)) for each in contacts],
    )


def unseal(person: str, what: str) -> list[str]:
    """The full name, documents or phones of a person."""
    if what == "record":
        found = registry.Person.objects.filter(id=person).values_list("name", flat=True)
        return [str(name) for name in found]
    table = registry.Document if what == "document" else registry.Contact
    return [_open(each, person) for each in table.objects.filter(person=person)]


def _open(row: Any, person: str) -> str:
    try:
        return vault.unseal(bytes(row.sealed), person)
    except vault.NotOpened:
        return ""


def list_rounds_of(person: str) -> list[dict[str, Any]]:
    """The rounds in which a person was due or reached, the latest first."""
    return _rounds([*models.Subject.objects.filter(subject=person)[: MOST * 4]])


def list_rounds_at(door: str) -> list[dict[str, Any]]:
    """The rounds in which a door itself was due."""
    return _rounds([*models.Subject.objects.filter(subject=door)[: MOST * 4]])


def _rounds(subjects: list[models.Subject]) -> list[dict[str, Any]]:
    rounds = {
        each.id: each
        for each in models.Round.objects.filter(id__in={each.round for each in subjects})
    }
    language = get_language() or "en"
    rows = []
    for own in subjects:
        round_ = rounds.get(own.round)
        if round_ is None:
            continue
        kind = round_kinds.find_kind(round_.round_kind)
        rows.append(
            {
                "round": round_,
                "label": kind.label.read(language) if kind else round_.round_kind,
                "chip": households.chip_of(round_, own.state),
                "at": own.done_at,
                "subject": own.subject,
            }
        )
    rows.sort(key=lambda row: (row["round"].day, row["round"].opened_at), reverse=True)
    return rows[:MOST]


def list_swabs(person: str) -> list[Swab]:
    """The swabs that count, the latest first, and what is known of each: never more than is known."""
    found = list(
        sampling.Sample.objects.filter(person=person, state="effective").order_by("-at")[:MOST]
    )
    tubes = {
        each.tube: each for each in sampling.Tube.objects.filter(tube__in={s.tube for s in found})
    }
    return [
        Swab(each.at, each.tube, each.round, _outcome_of(tubes.get(each.tube))) for each in found
    ]


def _outcome_of(tube: sampling.Tube | None) -> lists.Chip:
    if tube is not None and tube.state == "reported" and tube.outcome == "negative":
        return lists.Chip("done", _("Negative"))
    if tube is not None and tube.state == "reported":
        # a pooled tube says nothing of one person before the recheck
        return lists.Chip("held", _("To be sampled again"))
    return lists.Chip("due", _("No result yet"))


def list_views(person: str) -> list[dict[str, Any]]:
    """Who looked at the full record, the latest first."""
    found = list(registry.Sight.objects.filter(person=person).order_by("-at")[:20])
    names = dict(
        registry.Staff.objects.filter(id__in={each.staff for each in found}).values_list("id", "name")
    )
    words = {
        "record": _("name"),
        "document": _("document"),
        "phone": _("phone"),
        "letter": _("letter"),
    }
    return [
        {
            "at": each.at,
            "who": names.get(each.staff, each.staff[-8:]),
            "what": words.get(each.what, each.what),
        }
        for each in found
    ]
