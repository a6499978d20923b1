"""An operation from its first line to its last in a little subdistrict, every row of state made by
a line of the book: what the tests of destruction destroy, and what must be found nowhere then.
"""

import json
from collections.abc import Collection, Iterable
from typing import Any, NamedTuple

from doorstep.command import destroying
from doorstep.config import opening
from doorstep.kit import clock, codes, documents
from doorstep.ledger import balances, desk, models, reactions, verdicts
from doorstep.ledger.tests.verify_book import Pen, id_of
from doorstep.operations.sampling import models as sampling
from doorstep.operations.sampling.reactions import REACTIONS as SAMPLING
from doorstep.orders.tests import ground
from doorstep.outside import messages
from doorstep.registry import models as registry
from doorstep.registry import people, vault
from doorstep.rounds import actions as rounds
from doorstep.rounds.models import Round, Subject
from tests.stranger import line

CHEN, WANG, LI = ground.CHEN, ground.WANG, ground.LI
TABLE = "0190a0a0-0000-7000-8000-0000000ab1e1"
LABORATORY = ground.STREET_OFFICE
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
NOTE = "她说她住在河边的船上".encode()


class World(NamedTuple):
    """What there is: the round, its people, the phone and the bytes it wrote."""

    round: str
    people: list[str]
    pen: Pen
    added: str


def build() -> list[str]:
    """Places, people on duty, a roster by name; the ids of whoever is present."""
    ground.build()
    homes = list(registry.Residence.objects.order_by("person"))
    roles = list(registry.Role.objects.all())
    registry.Residence.objects.all().delete()
    registry.Role.objects.all().delete()
    for number, door in enumerate(registry.Place.objects.filter(kind="door").order_by("id")):
        registry.Place.objects.filter(id=door.id).update(name=f"棠溪{number:03}号房")
    path = f"/{ground.SUBDISTRICT}/{ground.COMMUNITY}/{ground.ESTATE}/{TABLE}/"
    registry.Place.objects.create(
        id=TABLE, parent=ground.ESTATE, kind="table", name="1号台", path=path, estate=ground.ESTATE
    )
    granted = [(role.staff, role.role, role.place) for role in roles]
    granted.append((CHEN.id, "administrator", ground.SUBDISTRICT))
    desk.post(CHEN.id, [{"kind": "role.granted", "staff": staff, "role": role, "at_place": place}
                        for staff, role, place in granted])  # fmt: skip
    for number, home in enumerate(homes):
        _write_person(str(home.person), number)
    said = [(home.person, home.door, home.presence) for home in homes]
    desk.post(CHEN.id, [{"kind": "residents.listed", "residents": said}])
    ground.adopt()
    return [str(home.person) for home in homes if home.presence == "present"]


def run(*, tube: int = 1, day: str = "", clean: bool = False, suspect: bool = False) -> World:
    """A round of sampling from the draw to the close, all negative, and somebody unknown, who is
    met before the close and on no list; after it where the round is to be `clean`. With `suspect`
    the first tube is positive, with all that follows from it.
    """
    today = day or clock.day_of(clock.now(), ground.ZONE)
    round_ = rounds.open_round(
        CHEN, round_kind="sampling", area=ground.ESTATE, day=today, pool="ten"
    )
    present = sorted(
        str(row.person) for row in registry.Residence.objects.filter(presence="present")
    )
    pen = Pen()
    note = pen.attach(NOTE)
    added = "" if clean else _meet(pen, note)
    for at, group in enumerate(_by_ten(present)):
        pen.push(write_tube(round_, codes.make("GC", tube + at), group))
    tubes = [codes.make("GC", tube + at) for at, _ in enumerate(_by_ten(present))]
    _send(round_, codes.make("BX", tube), tubes, positive=tubes[:1] if suspect else [])
    if suspect:
        _recheck(pen, round_, tube + len(tubes))
    people.reveal(CHEN, present[0], "record")
    rounds.close_round(CHEN, round=round_, reason=None if clean else "next_round")
    return World(round_, present, pen, added or _meet(pen, note))


def _recheck(pen: Pen, round_: str, tube: int) -> None:
    """Others are told of the positive tube, its members are asked to stay and sampled one by one,
    negative, and may go; nothing waits to be done or undone any more.
    """
    messages.install(messages.StandIn())
    reactions.run_once()
    [recheck] = Round.objects.filter(parent=round_)
    members = map(str, Subject.objects.filter(round=recheck.id).values_list("subject", flat=True))
    singles = {codes.make("GC", tube + at): person for at, person in enumerate(sorted(members))}
    for single, person in singles.items():
        pen.push(write_tube(str(recheck.id), single, [person], pool="single"))
    _send(str(recheck.id), codes.make("BX", tube), list(singles))
    reactions.run_once()
    rounds.close_round(CHEN, round=str(recheck.id))
    told = sampling.Notice.objects.count(), sampling.Stay.objects.exclude(ended_at=None).count()
    assert told == (3, len(singles)), told
    done = models.Done.objects.filter(state="done").values_list("reaction", flat=True)
    assert {each.name for each in SAMPLING} <= set(done)
    reactions.run_once()  # as a server does all the time: what is not wanted any more is taken out
    messages.install(messages.Nowhere())  # as it was


def _meet(pen: Pen, note: str) -> str:
    added = people.add_person(CHEN, name="无名氏丙", door=ground.door(ground.building(1), 1))
    pen.push([line(kind="person.added", person=added, attachment=note)])
    return added


def write_tube(round_: str, tube: str, members: Iterable[str], pool: str = "ten") -> list[bytes]:
    """The lines of a tube."""
    now = clock.to_moment(clock.now(), "UTC").isoformat()
    said: dict[str, Any] = {"round": round_, "tube": tube, "at": now}
    listed = list(members)
    lines = [line(kind="tube.opened", pool=pool, table=TABLE, **said)]
    lines += [line(**said | {"person": person}) for person in listed]
    return [*lines, line(kind="tube.closed", count=len(listed), **said)]


def destroy(holds: str) -> str:
    """Two people destroy a class up to the last day that may go; the entry of the order."""
    day = destroying.last_day(destroying.find_rule(holds))
    return destroying.order(WANG, asked=destroying.ask(CHEN, holds=holds, day=day))


def list_secrets() -> list[str]:
    """Hex of everything that must be found in no file any more: names, doors, ids of people and
    doors and of what was written of them, sealed bytes, tubes, lines.
    """
    said: set[bytes] = {NOTE}
    for person in registry.Person.objects.all():
        said |= {person.name.encode(), *_id(person.id)}
    for sealed in (registry.Document, registry.Contact):
        for row in sealed.objects.all():
            said |= {bytes(row.sealed), row.blind.encode()}
    for door in registry.Place.objects.filter(kind="door"):
        said |= {door.name.encode(), *_id(door.id)}
    for attachment in models.Attachment.objects.all():
        said.add(bytes(attachment.sealed))
    for each in models.Line.objects.all():
        entry = json.loads(bytes(each.content))
        if entry["kind"].split(".")[0] in ("order", "pack", "evidence", "role"):
            continue
        said |= {bytes(each.content), *_id(entry["id"])}
        if "tube" in entry:
            said.add(entry["tube"].encode())
    return sorted(each.hex() for each in said if len(each) > 8)


def _id(text: str) -> tuple[bytes, bytes]:
    return text.encode(), bytes.fromhex(text.replace("-", ""))


def _write_person(person: str, number: int) -> None:
    registry.Person.objects.create(
        id=person, name=f"欧阳{'甲乙丙丁戊己庚辛壬癸'[number % 10]}{number}", sex="female"
    )
    first = f"440605198{number % 10}0{1 + number % 9}15{number:03}"
    check = "10X98765432"[sum(map(lambda w, d: w * int(d), WEIGHTS, first)) % 11]
    read = documents.read(first + check, "")
    assert not isinstance(read, str), read
    blind = vault.blind_document(read.type, read.issuer, read.link)
    registry.Document.objects.create(
        person=person, type=read.type, issuer=read.issuer, blind=blind,
        sealed=vault.seal(read.number, person),
    )  # fmt: skip
    phone = f"138001{number:05}"
    registry.Contact.objects.create(
        person=person, blind=vault.blind_phone(phone), sealed=vault.seal(phone, person)
    )


def _by_ten(members: list[str]) -> list[list[str]]:
    return [members[at : at + 10] for at in range(0, len(members), 10)]


def _send(round_: str, box: str, tubes: list[str], positive: Collection[str] = ()) -> None:
    count = len(tubes)
    now = clock.to_moment(clock.now(), "UTC")
    sealed = {"round": round_, "box": box, "seal": "SEAL01", "tubes": tubes, "count": count}
    entries: list[dict[str, Any]] = [
        {"kind": "box.sealed", **sealed},
        {"kind": "box.collected", "box": box, "seal": "SEAL01", "count": count},
        {"kind": "box.received", "box": box, "laboratory": LABORATORY, "count": count},
    ]
    entries += [
        {"kind": "result.reported", "tube": tube, "tested_at": now, "reported_at": now,
         "outcome": "positive" if tube in positive else "negative", "laboratory": LABORATORY}
        for tube in tubes
    ]  # fmt: skip
    desk.post(CHEN.id, entries)


def fill() -> list[str]:
    """Open the book of this installation and let an operation pass; the secrets."""
    begin()
    return go_on()


def begin() -> None:
    """Open the book of this installation, with its places, its roster and nothing more."""
    opening.open_book(ground.ZONE)
    build()


def go_on() -> list[str]:
    """Let an operation pass; the secrets."""
    world = run(suspect=True)
    # what was done for a result that did not hold, and was not undone when everything stopped
    models.Done.objects.create(
        reaction="recheck", subject="tube", fact=world.people[0], state="done", at=1
    )
    return list_secrets()


def write_at_desk() -> int:
    """An act at a desk; its place in the book."""
    said = {"kind": "person.viewed", "person": TABLE, "what": "record"}
    [entry] = desk.post(CHEN.id, [said])
    return models.Line.objects.get(entry=entry).leaf


def come_late() -> list[list[str]]:
    """A phone comes with lines of a round that is closed for good; what is said of each."""
    [round_, *_] = balances.read(bytes(models.Balance.objects.latest("number").content)).closed
    pen = Pen()
    lines = write_tube(round_, codes.make("GC", 77), [TABLE])
    pen.push(lines)
    said = verdicts.list_verdicts({id_of(each) for each in lines})
    return [said.get(id_of(each), []) for each in lines]


def destroy_all() -> list[str]:
    """Destroy all that may be; the entries of the orders."""
    return [destroy(holds) for holds in ("operation", "roster", "log")]
