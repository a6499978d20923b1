"""What the book knows of one person, for their page and their letter: rounds, swabs, who looked.

Refuses to say more of a swab than is known: a pooled tube tells nothing of one person.
"""

import json
from typing import Any, NamedTuple

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from doorstep.command import households, unlisted
from doorstep.face import lists
from doorstep.operations.sampling import queries as sampling
from doorstep.operations.sampling import rules
from doorstep.registry import models as registry
from doorstep.registry import people
from doorstep.rounds import models, round_kinds

MOST = 40  # rounds and swabs that are shown
MOST_ACTS = 6  # closings and reopenings
_COUNTING = (rules.EFFECTIVE, rules.AGAIN)


class Swab(NamedTuple):
    """A swab: when, in which tube, and what came of the tube, as a chip."""

    at: int
    tube: str
    round: str
    outcome: lists.Chip


def read_flags(flags: object) -> list[str]:
    """A person's needs as a raw statement gives them: SQLite gives JSON as text."""
    found = json.loads(flags) if isinstance(flags, str) else flags
    return [str(flag) for flag in found] if isinstance(found, list) else []


def name_document(kind: str) -> str:
    """A kind of document in words."""
    return _name_documents().get(kind, kind)


def list_document_types() -> list[tuple[str, str]]:
    """The sorts of document somebody may choose, as words that kit.documents reads."""
    chosen = ("hk_macau_permit", "taiwan_permit", "passport", "birth_certificate")
    names = _name_documents()
    return [(kind.replace("_", " "), names[kind]) for kind in chosen]


def _name_documents() -> dict[str, str]:
    return {
        "resident_id": _("Identity card"),
        "resident_id_15": _("Identity card, old number"),
        "hk_macau_permit": _("Travel permit, Hong Kong and Macau"),
        "taiwan_permit": _("Travel permit, Taiwan"),
        "residence_permit": _("Residence permit"),
        "permanent_residence": _("Permanent residence card"),
        "passport": _("Passport"),
        "birth_certificate": _("Birth certificate"),
        people.NOTED: _("as noted at the door or table"),
    }


def name_round(round_: models.Round) -> str:
    """A round's kind in words."""
    kind = round_kinds.find_kind(round_.round_kind)
    return kind.label.read(get_language() or "en") if kind else round_.round_kind


def name_reopenings() -> dict[str, str]:
    """Why a round is reopened, in words."""
    return {
        "late_lines": _("Late lines are still to come"),
        "closed_by_mistake": _("It was closed by mistake"),
        "list_incomplete": _("The list was not complete"),
    }


def list_acts(round_: str) -> list[dict[str, Any]]:
    """Who closed and reopened a round, when and why, the latest first; nothing for most rounds."""
    found = list(
        models.Act.objects.filter(round=round_, kind__in=("round.closed", "round.reopened"))
        .order_by("-at", "-entry")[:MOST_ACTS]
    )  # fmt: skip
    names = dict(
        registry.Staff.objects.filter(id__in={each.staff for each in found}).values_list(
            "id", "name"
        )
    )
    reasons = name_reopenings() | unlisted.name_closings()
    return [
        {
            "at": each.at,
            "who": names.get(each.staff, each.staff[-8:]),
            "text": _("closed it") if each.kind == "round.closed" else _("reopened it"),
            "reason": reasons.get(each.reason or "", ""),
        }
        for each in found
    ]


def list_presences(person: str) -> list[dict[str, Any]]:
    """What was noted of where a person is, the latest first; the same said again counts once."""
    found: list[dict[str, Any]] = []
    rows = registry.Listing.objects.filter(person=person, listed=True).order_by("-at", "-entry")
    for each in rows[:MOST]:
        if found and found[-1]["presence"] == each.presence:
            found[-1]["at"] = each.at  # it has been so since then
            continue
        text = str(households.PRESENCE.get(each.presence, each.presence))
        found.append({"presence": each.presence, "text": text, "at": each.at})
    return found


def list_rounds_of(person: str) -> list[dict[str, Any]]:
    """The rounds in which a person was due or reached, the latest first."""
    return _rounds(_list_subjects(person))


def is_awaited(person: str) -> bool:
    """Whether a round that is not closed still waits for this person: its list was drawn when it
    was opened, and a presence noted later changes no list.
    """
    waiting = models.Round.objects.exclude(state="closed").values("id")
    return models.Subject.objects.filter(round__in=waiting, subject=person, state="due").exists()


def list_rounds_at(door: str) -> list[dict[str, Any]]:
    """The rounds in which a door itself was due."""
    return _rounds(_list_subjects(door))


def _list_subjects(subject: str) -> list[models.Subject]:
    """What rounds say of one subject: each list is asked by its key, and none is read."""
    rounds = models.Round.objects.values("id")
    return [*models.Subject.objects.filter(round__in=rounds, subject=subject)[: MOST * 4]]


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
    """The swabs that count, the latest first, and what is known of each, no more."""
    return [
        Swab(each.at, each.tube, each.round, _outcome_of(each))
        for each in sampling.list_swabs(person)
        if each.state in _COUNTING
    ][:MOST]


def say_route(route: str) -> str:
    """What is open to a person now (sampling.queries.Status), in words."""
    return {
        "none_needed": _("A recent negative result is known."),
        "wait": _("A swab is taken, its result is awaited. Care does not wait for it."),
        "rush": _("No valid result: a single swab at once, by the green channel."),
    }[route]


def _outcome_of(swab: sampling.Swab) -> lists.Chip:
    if swab.outcome == "negative":
        return lists.Chip("done", _("Negative"))
    if swab.outcome is not None:
        # a pooled tube says nothing of one person before the recheck
        return lists.Chip("held", _("To be sampled again"))
    return lists.Chip("due", _("No result yet"))


def name_part(what: str) -> str:
    """A part of somebody's record, as it is looked at or corrected, in words."""
    words = {
        "record": _("name"),
        "name": _("name"),
        "document": _("document"),
        "phone": _("phone"),
        "letter": _("letter"),
        "needs": _("needs"),
    }
    return words.get(what, what)


def list_views(person: str) -> list[dict[str, Any]]:
    """Who looked at the full record or corrected it, the latest first."""
    found = list(registry.Sight.objects.filter(person=person).order_by("-at")[:20])
    names = dict(
        registry.Staff.objects.filter(id__in={each.staff for each in found}).values_list(
            "id", "name"
        )
    )
    return [
        {
            "at": each.at,
            "who": names.get(each.staff, each.staff[-8:]),
            "what": name_part(each.what),
            "changed": each.changed,
        }
        for each in found
    ]
