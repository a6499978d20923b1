"""The kinds of entry of the registry and their fold: with registry.effects the only writer of its
state. Lines bear ids; a name, a document or a phone is never in one.
"""

from collections import defaultdict
from typing import Annotated, Any, Literal

import msgspec

from doorstep.kit import clock
from doorstep.ledger import kinds, settlements, store
from doorstep.registry import homes

Presence = Literal["present", "away", "moved_out"]
RoleName = Literal[
    "administrator",
    "duty_officer",
    "approver",
    "registrar",
    "steward",
    "courier",
    "laboratory",
    "inspector",
]
ByHand = Literal["vaccinated", "hospital", "green_channel"]  # standings that a person may give
MAX_RESIDENTS = 500  # in one residents.listed
Residents = Annotated[
    list[tuple[kinds.Id, kinds.Id, Presence]],
    msgspec.Meta(min_length=1, max_length=MAX_RESIDENTS),
]


class ResidentsListed(kinds.Envelope, frozen=True, kw_only=True, tag="residents.listed"):
    """Part of a roster: person, door, presence. `file`: SHA-256 of the file it was read from."""

    residents: Residents
    file: kinds.Digest | None = None


class PersonAdded(kinds.Envelope, frozen=True, kw_only=True, tag="person.added"):
    """Somebody on no roster, met at a table or door. What was noted of them is the attachment.
    Without a door `place`, where they were met, says who may see them.
    """

    person: kinds.Id
    door: kinds.Id | None = None
    attachment: kinds.Digest | None = None


class StandingGiven(kinds.Envelope, frozen=True, kw_only=True, tag="standing.given"):
    """A person at the desk gives a standing, from `at` on. `until` None: no end. Only what entitles
    or reminds can be said at all.
    """

    subject: kinds.Id
    standing: ByHand
    until: kinds.Moment | None = None


class RoleGranted(kinds.Envelope, frozen=True, kw_only=True, tag="role.granted"):
    """A role at a place and all below it."""

    staff: kinds.Id
    role: RoleName
    at_place: kinds.Id


class RoleRevoked(kinds.Envelope, frozen=True, kw_only=True, tag="role.revoked"):
    """A role taken back."""

    staff: kinds.Id
    role: RoleName
    at_place: kinds.Id


class PersonViewed(kinds.Envelope, frozen=True, kw_only=True, tag="person.viewed"):
    """Somebody looked at a resident's unmasked record."""

    person: kinds.Id
    what: Literal["record", "document", "phone", "letter"]


class PersonCorrected(kinds.Envelope, frozen=True, kw_only=True, tag="person.corrected"):
    """Somebody put right what is known of a resident; what it was and is stands in no entry."""

    person: kinds.Id
    what: Literal["name", "needs", "document", "phone"]


_DESK = frozenset({kinds.DESK})
KINDS: list[kinds.Kind] = [
    kinds.Kind(ResidentsListed, _DESK, "roster"),
    kinds.Kind(PersonAdded, frozenset({"registrar", "steward", kinds.DESK}), "roster", folding=2),
    kinds.Kind(StandingGiven, _DESK),
    kinds.Kind(RoleGranted, _DESK, "duty"),
    kinds.Kind(RoleRevoked, _DESK, "duty"),
    kinds.Kind(PersonViewed, _DESK, "log"),
    kinds.Kind(PersonCorrected, _DESK, "log"),
]

_LISTING = ["entry", "person", "door", "presence", "listed", "at", "turn", "attachment",
            "place"]  # fmt: skip
_RESIDENCE = ["person", "door", "building", "estate", "presence", "since_at", "entry"]
_ROLE_ACT = ["entry", "staff", "role", "place", "granted", "turn", "at"]


def fold(batch: kinds.Batch) -> None:
    """Keep the batch's facts and work out again where the people they name live, and who may do
    what. Leaves the people in `batch.touched["residence"]`.
    """
    people = _forget_listings(batch.voided) | _keep_listings(batch)
    _recount_residences(people)
    batch.touched["residence"].update(people)
    _keep_standings(batch)
    _recount_roles(_keep_role_acts(batch))
    store.delete("registry_sight", "entry", batch.voided)
    store.insert(
        "registry_sight",
        ["entry", "person", "staff", "what", "at", "changed"],
        [
            (e.id, e.body.person, e.by, e.body.what, e.at, isinstance(e.body, PersonCorrected))
            for e in batch.of(PersonViewed, PersonCorrected)
        ],
    )


def _forget_listings(voided: set[str]) -> set[str]:
    people = {str(row[0]) for row in store.select("registry_listing", ["person"], "entry", voided)}
    store.delete("registry_listing", "entry", voided)
    return people


def _keep_listings(batch: kinds.Batch) -> set[str]:
    rows: list[tuple[Any, ...]] = []
    for entry in batch.of(ResidentsListed):
        last = {person: (door, presence) for person, door, presence in entry.body.residents}
        rows += [
            (entry.id, person, *said, True, entry.at, entry.turn, None, None)
            for person, said in last.items()
        ]
    rows += [
        (entry.id, e.person, e.door, "present", False, entry.at, "", e.attachment, entry.place)
        for entry in batch.of(PersonAdded)
        for e in (entry.body,)
    ]
    store.insert("registry_listing", _LISTING, rows)
    return {row[1] for row in rows}


def _recount_residences(people: set[str]) -> None:
    if not people:
        return
    said: defaultdict[str, list[homes.Home]] = defaultdict(list)
    for entry, person, door, presence, listed, at, turn, *_ in store.select(
        "registry_listing", _LISTING, "person", people
    ):
        home = homes.Home(bool(listed), turn, at, str(entry), door and str(door), presence)
        said[str(person)].append(home)
    latest = {person: homes.home_at(each) for person, each in said.items()}
    doors = {home.door for home in latest.values() if home and home.door}
    above = {
        str(row[0]): (row[1] and str(row[1]), row[2] and str(row[2]))
        for row in store.select("registry_place", ["id", "building", "estate"], "id", doors)
    }
    rows = [
        (person, h.door, *above.get(h.door or "", (None, None)), h.presence, h.at, h.entry)
        for person, h in sorted(latest.items())
        if h is not None
    ]
    store.upsert("registry_residence", _RESIDENCE, rows, ["person"])
    store.delete("registry_residence", "person", people - latest.keys())


def _keep_standings(batch: kinds.Batch) -> None:
    """A standing counts until a person has settled that it does not stand: so it is taken back."""
    given = batch.of(StandingGiven)
    words = settlements.get_settlements([entry.id for entry in given]) if given else []
    taken = {e.id for e in given if words and settlements.stands([e.id], words) == frozenset()}
    store.delete("registry_standing", "entry", batch.voided | taken)
    store.insert(
        "registry_standing",
        ["entry", "subject", "kind", "from_at", "until_at"],
        [
            (e.id, e.body.subject, e.body.standing, e.at,
             clock.to_micros(e.body.until) if e.body.until else None)
            for e in given if e.id not in taken
        ],
    )  # fmt: skip


def _keep_role_acts(batch: kinds.Batch) -> set[str]:
    voided = store.select("registry_roleact", ["staff"], "entry", batch.voided)
    store.delete("registry_roleact", "entry", batch.voided)
    rows = [
        (
            e.id,
            e.body.staff,
            e.body.role,
            e.body.at_place,
            isinstance(e.body, RoleGranted),
            e.turn,
            e.at,
        )
        for e in batch.of(RoleGranted, RoleRevoked)
    ]
    store.insert("registry_roleact", _ROLE_ACT, rows)
    return {str(row[0]) for row in voided} | {row[1] for row in rows}


def _recount_roles(staff: set[str]) -> None:
    if not staff:
        return
    last: dict[tuple[str, str, str], tuple[str, bool]] = {}
    for _, who, role, place, granted, turn, _ in store.select(
        "registry_roleact", _ROLE_ACT, "staff", staff
    ):
        key = (str(who), role, str(place))
        last[key] = max(last.get(key, (turn, False)), (turn, bool(granted)))
    store.delete("registry_role", "staff", staff)
    store.insert(
        "registry_role",
        ["staff", "role", "place"],
        sorted(key for key, (_, granted) in last.items() if granted),
    )
