"""People at a table: whose swab is in which tube, taking that back, somebody on no list."""

from collections.abc import Mapping, Sequence
from typing import Any

from doorstep.ledger import desk, refusals, store, writer
from doorstep.operations.sampling import belonging, models, rules
from doorstep.operations.sampling.actions import common, tubes
from doorstep.registry import people as residents
from doorstep.registry import queries as places
from doorstep.rounds import listing
from doorstep.rounds import models as rounds

COUNTING = (rules.EFFECTIVE, rules.AGAIN, rules.HELD)


def sample_person(
    staff: common.Staff,
    *,
    round: str,
    tube: str,
    person: str,
    at: int | None = None,
    how: str = "list",
    anyway: bool = False,
) -> str:
    """Bind a person to an open tube; the entry's id. For what is refused see `sample_people`."""
    people = [person]
    return sample_people(
        staff, round=round, tube=tube, people=people, at=at, how=how, anyway=anyway
    )[0]


def sample_people(
    staff: common.Staff,
    *,
    round: str,
    tube: str,
    people: Sequence[str],
    at: int | None = None,
    how: str = "list",
    anyway: bool = False,
) -> list[str]:
    """Bind people to an open tube, all or none; the entries' ids. `how` they were found: scan,
    card, list.

    Raises:
        Refused: NOT_FOUND, NOT_YOURS, ROUND_CLOSED, CODE_UNREADABLE, MOMENT_WRONG, WRONG_ROUND,
            TUBE_IS_CLOSED, TUBE_IS_FULL, TUBE_OTHER_HOUSEHOLD, ALREADY_SAMPLED;
            PERSON_EXCLUDED, PERSON_NOT_LISTED unless `anyway`.
    """
    code = common.read_code(tube)
    moment = common.check_moment(at)

    def act() -> list[str]:
        found = common.open_round(round)
        holder = tubes.get_open(code)
        common.may(staff, common.AT_THE_TABLE, holder.table or found.area)
        if holder.round != found.id:
            raise refusals.Refused("WRONG_ROUND")
        named = list(dict.fromkeys(people))
        check_people(found, dict.fromkeys(named, moment), anyway=anyway)
        _check_room(holder, named)
        return desk.post(
            str(staff.id),
            [binding(found.id, holder.table, code, each, moment, how) for each in named],
        )

    return writer.run(act)


def binding(
    round_: str, table: str | None, code: str, person: str, at: int, how: str
) -> dict[str, Any]:
    """The entry that binds a person to a tube."""
    fields = {"round": round_, "person": person, "tube": code, "how": how, "place": table}
    return {"kind": common.MARK, "at": at, **fields}


def check_people(round_: rounds.Round, moments: Mapping[str, int], *, anyway: bool) -> None:
    """Refuse people nobody knows, who are sampled in this round, or (unless `anyway`) who are
    excused at the moment of their swab, as after a vaccination, or not listed.

    Raises:
        Refused: NOT_FOUND, ALREADY_SAMPLED, PERSON_EXCLUDED, PERSON_NOT_LISTED.
    """
    people = list(moments)
    check_known(people)
    before = models.Sample.objects.filter(round=round_.id, person__in=people, state__in=COUNTING)
    for sample in before:
        raise refusals.Refused(
            "ALREADY_SAMPLED", tube=sample.tube, at=sample.at, person=str(sample.person)
        )
    if not anyway:
        excused = listing.find_excused(round_.round_kind, round_.area, round_.day, moments)
        if excused:
            raise refusals.Refused("PERSON_EXCLUDED", people=sorted(excused))
        pairs = [(round_.id, person) for person in people]
        listed = store.select_pairs("rounds_due", ["subject"], ("round", "subject"), pairs)
        missing = set(people) - {str(row[0]) for row in listed}
        if missing:
            raise refusals.Refused("PERSON_NOT_LISTED", people=sorted(missing))


def check_known(people: Sequence[str]) -> None:
    """Refuse ids of nobody. Raises Refused: NOT_FOUND."""
    named = [common.read_id(person) for person in people]
    found = store.select("registry_residence", ["person"], "person", named)
    if not people or {str(row[0]) for row in found} != set(people):
        raise refusals.Refused("NOT_FOUND")


def _check_room(tube: models.Tube, people: Sequence[str]) -> None:
    room = tubes.room_in(tube)
    if room is not None and len(people) > room:
        size = belonging.size_of(tube.pool)
        raise refusals.Refused(
            "TUBE_IS_FULL", tube=tube.tube, size=size, room=room, count=len(people)
        )
    if tube.pool != belonging.HOUSEHOLD:
        return
    inside = models.Sample.objects.filter(tube=tube.tube, state__in=COUNTING)
    everyone = {str(sample.person) for sample in inside} | set(people)
    doors = {
        str(door)
        for _, door in store.select("registry_residence", ["person", "door"], "person", everyone)
        if door
    }
    if len(doors) > 1:
        labels = places.label_doors(doors)
        raise refusals.Refused(
            "TUBE_OTHER_HOUSEHOLD", tube=tube.tube, doors=", ".join(sorted(labels.values()))
        )


def unsample(staff: common.Staff, *, entry: str) -> str:
    """Take a binding back by a correcting entry; its id. Once the tube has its result only the
    duty officer may: the person would be without one.

    Raises:
        Refused: NOT_FOUND, NOT_YOURS, ALREADY_TAKEN_BACK, TUBE_REPORTED.
    """

    def act() -> str:
        sample = models.Sample.objects.filter(entry=common.read_id(entry)).first()
        if sample is None:
            raise refusals.Refused("NOT_FOUND")
        if sample.state in (rules.WITHDRAWN, rules.REJECTED):
            raise refusals.Refused("ALREADY_TAKEN_BACK")
        tube = common.find_tube(sample.tube)
        table = tube.table if tube else None
        where = table or common.area_of(str(sample.round))
        common.may(staff, common.AT_THE_TABLE, where)
        if tube is not None and tube.outcome is not None:
            try:
                common.may(staff, common.COMMANDERS, where)
            except refusals.Refused:
                raise refusals.Refused("TUBE_REPORTED", tube=tube.tube) from None
        taken = {"round": str(sample.round), "person": str(sample.person), "tube": sample.tube}
        entry_ = {"kind": "person.unsampled", "entry": entry, "place": table, **taken}
        return desk.post(str(staff.id), [entry_])[0]

    return writer.run(act)


def add_unknown_person(
    staff: common.Staff,
    *,
    round: str,
    table: str,
    name: str,
    document: str = "",
    phone: str = "",
    door: str = "",
) -> str:
    """Note somebody who is on no list; the new person's id. Name, document and phone go to the
    vault; the book gets the id, the door and the table. `door` as people say it, 12-803, in the
    table's estate or else in the round's area; "" for who lives nowhere here.

    Raises:
        Refused: NOT_FOUND, NOT_YOURS, PERSON_NAMELESS, and what registry.people refuses.
    """
    place = common.find_table(table)
    common.may(staff, common.AT_THE_TABLE, place.id)
    found = common.find_round(round)
    if not name.strip():
        raise refusals.Refused("PERSON_NAMELESS")
    near = [str(each) for each in (place.estate, found.area) if each]
    home = residents.find_door(staff, door, near) if door.strip() else None
    return residents.add_person(
        staff, name=name.strip(), document=document.strip(), phone=phone.strip(), door=home,
        met=place.id,
    )  # fmt: skip
