"""What the pages say of a household: who lives behind a door, masked, their needs, their standings,
and where they stand in a round. Refuses a full name: that is the person's own page, and logged.
"""

from typing import NamedTuple

from django.utils.translation import get_language, gettext_lazy

from doorstep.face import lists, moments
from doorstep.kit import clock
from doorstep.registry import models as registry
from doorstep.registry import needs, vault
from doorstep.rounds import models, round_kinds, rules

PRESENCE = {
    "present": gettext_lazy("Present"),
    "away": gettext_lazy("Away"),
    "moved_out": gettext_lazy("Moved out"),
}
SEXES = {"male": gettext_lazy("Male"), "female": gettext_lazy("Female")}
WHERE_FROM = {"present": "done", "away": "excused", "moved_out": "none"}
_SUBJECT_STATES: dict[str, rules.Key] = {
    "due": "due",
    "done": "done",
    "excused": "excused",
    "refused": "refused",
    "held": "held",
    "extra": "done",
}


class Resident(NamedTuple):
    """One person behind a door. `state` is theirs in the round that was asked for."""

    id: str
    masked: str
    sex: str
    born_on: str | None
    age: int | None
    relation: str
    flags: list[str]
    presence: str
    presence_text: str
    state: lists.Chip | None
    at: int | None


def list_people(door: str, round_: models.Round | None = None) -> list[Resident]:
    """Everybody on the roster behind a door, heads of the household first."""
    homes = list(registry.Residence.objects.filter(door=door))
    people = {
        each.id: each for each in registry.Person.objects.filter(id__in=[h.person for h in homes])
    }
    states = _states_of(door, round_) if round_ is not None else {}
    today = clock.to_moment(clock.now(), moments.zone()).date()
    rows = []
    for home in homes:
        person = people.get(home.person)
        if person is None:
            continue
        state, at = states.get(home.person) or states.get(door) or (None, None)
        born = person.born_on
        rows.append(
            Resident(
                person.id,
                vault.mask_name(person.name),
                str(SEXES.get(person.sex, "")),
                born,
                age_on(born, today.isoformat()),
                person.relation,
                needs.name_needs(person.flags, get_language() or "en"),
                home.presence,
                str(PRESENCE.get(home.presence, home.presence)),
                state,
                at,
            )
        )
    order = {"户主": 0, "配偶": 1}
    rows.sort(key=lambda row: (order.get(row.relation, 2), row.born_on or "", row.id))
    return rows


def age_on(born_on: str | None, day: str) -> int | None:
    """Whole years on a day; both YYYY-MM-DD. None where the date of birth is not known."""
    if not born_on or len(born_on) != 10:
        return None
    return int(day[:4]) - int(born_on[:4]) - (day[5:] < born_on[5:])


def _states_of(door: str, round_: models.Round) -> dict[str, tuple[lists.Chip | None, int | None]]:
    found = models.Subject.objects.filter(round=round_.id, door=door)
    return {each.subject: (chip_of(round_, each.state), each.done_at) for each in found}


def chip_of(round_: models.Round, state: str) -> lists.Chip | None:
    """A subject's state in a round in the words of its kind; missed once the round is closed."""
    kind = round_kinds.find_kind(round_.round_kind)
    key = _SUBJECT_STATES.get(state, "none")
    if key == "due" and round_.state == "closed":
        key = "missed"
    if kind is None:
        return None
    label = next(each.label for each in kind.legend if each.key == key)
    return lists.Chip({"refused": "cross"}.get(key, key), label.read(get_language() or "en"))


def chip_presence(presence: str) -> lists.Chip:
    """Whether somebody is there, as a chip."""
    return lists.Chip(WHERE_FROM.get(presence, "none"), PRESENCE.get(presence, presence or "–"))
