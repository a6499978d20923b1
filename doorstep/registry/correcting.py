"""Putting right what is known of a resident: name, needs, documents, phones.

What is known is in the vault and changes there; who put what right is an entry, as a full look is.
Refuses a document that somebody else holds, a number that cannot be right, and a correction that
changes nothing.
"""

import json
from collections.abc import Collection
from typing import NamedTuple

from doorstep.kit import documents
from doorstep.ledger import desk, refusals, store
from doorstep.registry import access, models, needs, noted, people, roster_people, vault


class Correction(NamedTuple):
    """What is to be put right; empty fields stay as they are. `needs`: all that hold from now on,
    None: as they are. `document` is added, in place of one of its sort; `wrong_documents` and
    `wrong_phones` are keys of rows that are taken away.
    """

    name: str = ""
    needs: Collection[str] | None = None
    document: str = ""
    document_type: str = ""
    phone: str = ""
    wrong_documents: Collection[int] = ()
    wrong_phones: Collection[int] = ()


def correct_person(staff: access.Staff, person: str, said: Correction) -> list[str]:
    """Put right what is known of somebody; which of name, needs, document, phone it was.

    Raises:
        Refused: NOT_FOUND, NOT_YOURS, NAME_TOO_LONG, ID_TAKEN, PHONE_UNREADABLE, REQUEST_INVALID,
            NOTHING_CHANGED, or a code of kit.documents.
    """
    seen = people.get_person(staff, person)
    if not access.has(staff, people.LISTERS, seen.place):
        raise refusals.Refused("NOT_YOURS")
    name = said.name.strip()
    if len(name) > 64:
        raise refusals.Refused("NAME_TOO_LONG")
    wanted = seen.flags if said.needs is None else tuple(dict.fromkeys(said.needs))
    if not set(wanted) - set(seen.flags) <= needs.list_needs().keys():
        raise refusals.Refused("REQUEST_INVALID")
    read = documents.read(said.document, said.document_type) if said.document.strip() else None
    if isinstance(read, str):
        raise refusals.Refused(read)
    phone = vault.plain_phone(said.phone)
    if said.phone.strip() and not phone:
        raise refusals.Refused("PHONE_UNREADABLE")
    what: list[str] = []
    if name and name != seen.name:
        what.append("name")
    if set(wanted) != set(seen.flags):
        what.append("needs")
    if read is not None or said.wrong_documents:
        what.append("document")
    if phone or said.wrong_phones:
        what.append("phone")
    if not what:
        raise refusals.Refused("NOTHING_CHANGED")

    def put() -> None:
        _put_person(seen, name if "name" in what else "", wanted, read)
        models.Document.objects.filter(person=person, id__in=said.wrong_documents).delete()
        models.Contact.objects.filter(person=person, id__in=said.wrong_phones).delete()
        if read is not None:
            _put_document(person, read)
        if phone:
            _put_phone(person, phone)

    entries = [
        {"kind": "person.corrected", "person": person, "what": each, "place": seen.place}
        for each in what
    ]
    desk.post(str(staff.id), entries, within=put)
    return what


def _put_person(
    seen: people.Seen, name: str, flags: Collection[str], read: documents.Document | None
) -> None:
    """What a document says of its holder outweighs what was known, as with a roster."""
    ordered = [need for need in needs.list_needs() if need in flags]
    ordered += sorted(set(flags) - set(ordered))
    row = (
        seen.id,
        name or seen.name,
        (read and read.sex) or seen.sex,
        (read and read.born_on) or seen.born_on,
        json.dumps(ordered),
    )
    store.update("registry_person", ["id", "name", "sex", "born_on", "flags"], [row])


def _put_document(person: str, read: documents.Document) -> None:
    if noted.find_holder(read) not in (None, person):
        raise refusals.Refused("ID_TAKEN")
    family = roster_people.family_of(read.type)
    for had in models.Document.objects.filter(person=person):
        if roster_people.family_of(had.type) == family:
            had.delete()
    noted.put_document(person, read)


def _put_phone(person: str, phone: str) -> None:
    row = (person, vault.blind_phone(phone), vault.seal(phone, person))
    store.insert("registry_contact", ["person", "blind", "sealed"], [row])
