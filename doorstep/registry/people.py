"""What may be seen of residents, and by whom: found at a table, behind a door, or in full.

Documents and phones come masked everywhere but in `reveal`, which first writes down who looked at
what. Refuses to show anybody who lives where the asker has no role; they do not exist for them.
"""

from collections.abc import Collection, Sequence
from typing import Any, Literal, NamedTuple

from doorstep.kit import documents, ids
from doorstep.ledger import desk, refusals, store
from doorstep.registry import access, finding, needs, noted, queries, roster_writing, vault

LOOKERS = ("administrator", "duty_officer", "approver", "registrar", "steward", "inspector")
REVEALERS = ("administrator", "duty_officer", "registrar", "steward")
ADDERS = ("administrator", "duty_officer", "registrar", "steward")
LISTERS = ("administrator", "duty_officer", "registrar")
What = Literal["record", "document", "phone", "letter"]
_PRESENCE_ORDER = {"present": 0, "away": 1, "moved_out": 2}


class Found(NamedTuple):
    """Somebody found. `door` is None for who lives nowhere yet; `label` as people say the door."""

    id: str
    name: str
    door: str | None
    label: str
    presence: str
    flags: tuple[str, ...]
    masked_document: str

    @property
    def masked_name(self) -> str:
        """The name as pages show it."""
        return vault.mask_name(self.name)


class Seen(NamedTuple):
    """Somebody as most pages show them. `met`: where somebody without a door was, if known."""

    id: str
    name: str
    masked_name: str
    sex: str
    born_on: str | None
    relation: str
    flags: tuple[str, ...]
    door: str | None
    label: str
    presence: str
    met: str | None = None

    @property
    def place(self) -> str | None:
        """Whose this person is to see: where they live, or else were met; None: anybody's."""
        return self.door or self.met


class Household(NamedTuple):
    """The people behind a door, heads first; `needs` of all of them, the gravest first."""

    door: str
    label: str
    members: list[Seen]
    needs: tuple[str, ...]


class Paper(NamedTuple):
    """A document in full."""

    type: str
    number: str
    issuer: str


class Clear(NamedTuple):
    """Somebody in full. `documents` and `phones` are empty where they were not asked for."""

    seen: Seen
    documents: list[Paper]
    phones: list[str]


NOTED = "noted"  # the type of a number that was noted and is no document of the person's


def mask_name(name: str) -> str:
    """张*, however long the name is."""
    return vault.mask_name(name)


def find_people(
    staff: access.Staff, text: str, place: str | None = None, limit: int = 20
) -> list[Found]:
    """Whom `text` means among those `staff` may see: a document or a phone in full, a printed code
    of a person or a door, a door such as 12-803, or the beginning of a name. `place` narrows doors
    and names to what lies under it.
    """
    text = text.strip()
    areas = finding.read_areas(access.places_for(staff, LOOKERS))
    if not text or not areas:
        return []
    near = areas if place is None else finding.narrow(areas, place)
    exact = False
    found: list[str] = []
    if any(character.isdigit() for character in text):
        found = finding.find_by_code(text) or finding.find_exact(text)
        exact = bool(found)
        found = found or finding.find_by_door(text, near, limit)
    found = found or finding.find_by_name(text, near, limit)
    seen = get_people(found)
    if exact:
        there = {each.place for each in seen.values() if each.place}
        rows = store.select("registry_place", ["id", "path"], "id", there)
        paths = {str(place): str(path) for place, path in rows}
        found = [one for one in found if one in seen and _is_in(seen[one].place, paths, areas)]
    masked = mask_documents(found[:limit])
    return [
        Found(one, seen[one].name, seen[one].door, seen[one].label, seen[one].presence,
              seen[one].flags, masked.get(one, ""))
        for one in found[:limit] if one in seen
    ]  # fmt: skip


def find_by_document(number: str) -> str | None:
    """The id of who holds a document of this number; None for nobody, or for more than one."""
    rows = store.select("registry_document", ["person"], "blind", vault.blind_number(number))
    people = {str(row[0]) for row in rows}
    return people.pop() if len(people) == 1 else None


def find_by_code(text: str) -> str | None:
    """The id of the one person whom a printed code means; None for nobody, or for a household."""
    found = finding.find_by_code(text)
    return found[0] if len(found) == 1 else None


def get_people(people: Collection[str]) -> dict[str, Seen]:
    """What pages show of people, by id, in four statements, or six where somebody has no door. Asks
    no permission: the page has.
    """
    homes = {
        str(person): (door and str(door), presence)
        for person, door, presence in store.select(
            "registry_residence", ["person", "door", "presence"], "person", people
        )
    }
    labels = queries.label_doors({door for door, _ in homes.values() if door})
    met = finding.where_met([one for one, (door, _) in homes.items() if door is None])
    found = {}
    for id_, name, sex, born_on, relation, flags in store.select(
        "registry_person", ["id", "name", "sex", "born_on", "relation", "flags"], "id", people
    ):
        door, presence = homes.get(str(id_), (None, ""))
        found[str(id_)] = Seen(
            str(id_), name, vault.mask_name(name), sex, born_on, relation,
            tuple(roster_writing.flags_of(flags)), door, labels.get(door or "", ""), presence,
            met.get(str(id_)),
        )  # fmt: skip
    return {one: found[one] for one in map(str, people) if one in found}


def get_person(staff: access.Staff, person: str) -> Seen:
    """One person. Raises Refused: NOT_FOUND, also where `staff` may not look."""
    seen = get_people([person]).get(person)
    if seen is None or not access.has(staff, LOOKERS, seen.place):
        raise refusals.Refused("NOT_FOUND")
    return seen


def get_household(staff: access.Staff, door: str) -> Household:
    """The people behind a door. Raises Refused: NOT_FOUND, also where `staff` may not look."""
    place = queries.find_place(door)
    if place is None or not access.has(staff, LOOKERS, door):
        raise refusals.Refused("NOT_FOUND")
    rows = store.select("registry_residence", ["person"], "door", [door])
    members = sorted(
        get_people([str(row[0]) for row in rows]).values(),
        key=lambda one: (
            _PRESENCE_ORDER.get(one.presence, 3),
            one.relation != "户主",
            one.born_on or "9999",
            one.id,
        ),
    )
    held = {flag for one in members if one.presence == "present" for flag in one.flags}
    ordered = tuple(sorted(held, key=lambda flag: needs.rank_household([flag])))
    return Household(door, queries.label_doors([door]).get(door, place.name), members, ordered)


def reveal(staff: access.Staff, person: str, what: What) -> Clear:
    """One person in full, written down as seen by `staff` before it is shown. What: record (all),
    document, phone, or letter (a printed paper with the document).

    Raises:
        Refused: NOT_FOUND, NOT_YOURS: no such person here, or not for this role to see in full.
    """
    seen = get_person(staff, person)
    if not access.has(staff, REVEALERS, seen.place):
        raise refusals.Refused("NOT_YOURS")
    fields = {"kind": "person.viewed", "person": person, "what": what, "place": seen.place}
    desk.post(str(staff.id), [fields])
    papers, phones = [], []
    if what != "phone":
        papers = [
            Paper(kind, vault.unseal(bytes(sealed), person), issuer)
            for kind, issuer, sealed in store.select(
                "registry_document", ["type", "issuer", "sealed"], "person", [person]
            )
        ]
    unread = noted.find_unread(person) if what in ("record", "document") else None
    if unread is not None:
        papers.append(Paper(NOTED, unread.number, ""))
    if what in ("record", "phone"):
        rows = store.select("registry_contact", ["sealed"], "person", [person])
        phones = [vault.unseal(bytes(row[0]), person) for row in rows]
    return Clear(seen, sorted(papers), sorted(phones))


def get_masked(person: str) -> tuple[list[Paper], list[str]]:
    """One person's documents and phones with all but a few characters covered."""
    papers = [
        Paper(kind, vault.mask_document(vault.unseal(bytes(sealed), person)), issuer)
        for kind, issuer, sealed in store.select(
            "registry_document", ["type", "issuer", "sealed"], "person", [person]
        )
    ]
    rows = store.select("registry_contact", ["sealed"], "person", [person])
    phones = [vault.mask_phone(vault.unseal(bytes(row[0]), person)) for row in rows]
    return sorted(papers), sorted(phones)


def find_unread(staff: access.Staff, person: str) -> tuple[noted.Unread, Seen | None] | None:
    """A number that was noted of a person and is not among their documents, masked, and who holds
    it, if `staff` may look there. None when nothing is odd.
    """
    unread = noted.find_unread(person)
    if unread is None:
        return None
    seen = get_people([unread.holder]) if unread.holder else {}
    holder = next((one for one in seen.values() if access.has(staff, LOOKERS, one.place)), None)
    return unread._replace(number=vault.mask_document(unread.number)), holder


def add_person(
    staff: access.Staff,
    *,
    name: str,
    document: str = "",
    phone: str = "",
    door: str | None = None,
    met: str | None = None,
    document_type: str = "",
    sex: str = "",
    born_on: str | None = None,
) -> str:
    """Note somebody who is on no roster; their id. A number that cannot be right is refused here,
    where the person stands; a person without one is taken all the same. `met`: the place where;
    of somebody without a door it says who may see them.

    Raises:
        Refused: NOT_YOURS, NAME_MISSING, NAME_TOO_LONG, ID_TAKEN, or a code of kit.documents.
    """
    if not access.has(staff, ADDERS, door or met):
        raise refusals.Refused("NOT_YOURS")
    name = name.strip()
    if not 1 <= len(name) <= 64:
        raise refusals.Refused("NAME_TOO_LONG" if name else "NAME_MISSING")
    read = documents.read(document, document_type) if document.strip() else None
    if isinstance(read, str):
        raise refusals.Refused(read)
    person = ids.new()

    def put() -> None:
        if read is not None and noted.find_holder(read) is not None:
            raise refusals.Refused("ID_TAKEN")
        noted.put_details(person, name, read, phone, sex=sex, born_on=born_on)

    said = {"kind": "person.added", "person": person, "door": door, "place": met}
    desk.post(str(staff.id), [said], within=put)
    return person


def find_door(staff: access.Staff, text: str, near: Collection[str]) -> str:
    """The one door that `text` names, such as 12-803, looked for under the places of `near` one
    after the other, as far as `staff` may add people there.

    Raises:
        Refused: DOOR_UNKNOWN, DOOR_NOT_ONE: several are called so.
    """
    areas = finding.read_areas(access.places_for(staff, ADDERS))
    several = 0
    for place in near:
        found = finding.find_doors(text, finding.narrow(areas, place))
        if len(found) == 1:
            return found[0]
        several = max(several, len(found))
    if several:
        raise refusals.Refused("DOOR_NOT_ONE", text=text[:40], count=several)
    raise refusals.Refused("DOOR_UNKNOWN", text=text[:40])


def list_doorless(staff: access.Staff) -> list[str]:
    """The ids of those who live behind no door and were met where `staff` may look, by name."""
    return [met.person for met in list_met(staff)]


def list_met(staff: access.Staff) -> list[finding.Met]:
    """The same with names in full, which pages mask, and since when and where they were met."""
    return finding.list_met(finding.read_areas(access.places_for(staff, LOOKERS)))


def list_residents(
    staff: access.Staff, residents: Sequence[tuple[str, str | None, str]]
) -> list[str]:
    """Say where people live from now on, (person, door, presence) each; the entries.

    Raises:
        Refused: NOT_FOUND, NOT_YOURS: for the door they live behind now or the one they move to.
    """
    seen = get_people([person for person, _, _ in residents])
    if len(seen) != len({person for person, _, _ in residents}):
        raise refusals.Refused("NOT_FOUND")
    for place in {each.place for each in seen.values()} | {
        door for _, door, _ in residents if door
    }:
        if not access.has(staff, LISTERS, place):
            raise refusals.Refused("NOT_YOURS")
    listed: list[tuple[str, str, str]] = []
    for person, door, presence in residents:
        behind = door or seen[person].door
        if behind is None:
            raise refusals.Refused("NOT_FOUND")
        listed.append((person, behind, presence))
    together = roster_writing.MOST_IN_AN_ENTRY
    lines: list[dict[str, Any]] = [
        {"kind": "residents.listed", "residents": listed[start : start + together]}
        for start in range(0, len(listed), together)
    ]
    return desk.post(str(staff.id), lines)


def _is_in(door: str | None, paths: dict[str, str], areas: Sequence[finding.Area]) -> bool:
    """Whether somebody found by a number in full may be seen: lives in an area, or nowhere yet."""
    return door is None or any(paths.get(door, "").startswith(area.path) for area in areas)


def mask_documents(people: Collection[str]) -> dict[str, str]:
    """One document of each who has any, with all but a few characters covered: it tells apart those
    of one family name behind one door.
    """
    rows = store.select("registry_document", ["person", "type", "sealed"], "person", people)
    found: dict[str, str] = {}
    for person, _, sealed in sorted((str(one), kind, bytes(sealed)) for one, kind, sealed in rows):
        masked = vault.mask_document(vault.unseal(sealed, person))
        found.setdefault(person, masked)
    return found
