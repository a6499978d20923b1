"""Safeguard: nobody sees residents or doors outside the places where they have a role, whatever
page, list, file or JSON they ask for. The pages come from the addresses of the server, so a page
that is added is asked too, and one with an argument nobody knows here fails.
"""

import io
import json
import re
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, NamedTuple

import pytest
from django.test import Client
from django.urls import Resolver404, resolve

from doorstep.command import uploads
from doorstep.kit import clock
from doorstep.ledger import erasure, models, store
from doorstep.operations.programme.actions import projects, voices
from doorstep.operations.programme.tests import ground as programme
from doorstep.operations.sampling import laboratories, reconciliation
from doorstep.operations.sampling.tests import day, ground
from doorstep.orders import packs
from doorstep.registry import household_codes
from doorstep.registry import models as registry
from doorstep.registry.tests import block
from doorstep.rounds import actions as rounds
from doorstep.rounds import wall
from doorstep.rounds.tests import street
from tests import kept_plan, routes
from tests.stranger import Phone

pytestmark = pytest.mark.django_db

WEI = "0190a0a0-0000-7000-8000-00000000d0e7"  # registrar of the other estate
HAN = "0190a0a0-0000-7000-8000-00000000d0e8"  # administrator of the other estate
FAR = "0190a0a0-0000-7000-8000-0000b0000f00"  # the building of the other estate
# Who asks, and which of the three parts of the world is theirs to see.
READERS = {
    # a neighbour from elsewhere stood at this officer's table
    "duty officer of the estate": (street.CHEN, {"near", "next", "far"}),
    "steward of one building": (street.LIN, {"near"}),
    "courier": (ground.XU, set[str]()),
    "laboratory": (ground.HE, set[str]()),
    "registrar of another estate": (WEI, {"far"}),
    "administrator of another estate": (HAN, {"far"}),
}
ARGUMENT = re.compile(r"<(?:\w+:)?(\w+)>")


class Part(NamedTuple):
    """People and doors whose names are found nowhere else. `full`: a name nobody may see so."""

    names: tuple[str, ...]
    doors: tuple[str, ...]
    ids: tuple[str, ...]
    full: str
    place: str


class World(NamedTuple):
    parts: dict[str, Part]
    arguments: dict[str, list[str]]
    lists: list[str]  # what lists and JSON are asked
    pages: list[str]  # what every page is asked


def name(part: str, surname: str, persons: list[str], doors: list[str], place: str) -> Part:
    """Give the people and doors of a part names of their own."""
    given = [f"{surname}{'甲乙丙丁戊己庚辛'[at]}人" for at in range(len(persons))]
    for person, full in zip(persons, given, strict=True):
        store.upsert("registry_person", ["id", "name", "flags"],
                     [(person, full, '["pregnant"]')], ["id"])  # fmt: skip
    shown = []
    for at, door in enumerate(doors):
        shown.append(f"{surname}座{at + 1:02}")
        registry.Place.objects.filter(id=door).update(name=shown[-1], code=f"{at + 1:02}")
    return Part((f"{surname}*", *given), tuple(shown), (*persons, *doors), given[0], place)


def add_far_building() -> None:
    estate, unit = street.OTHER_ESTATE, FAR[:-3] + "f01"
    path = f"/{estate}/{FAR}/"
    columns = ["id", "parent", "kind", "code", "name", "path", "estate", "building", "unit",
               "floor", "position", "sort"]  # fmt: skip
    rows: list[tuple[object, ...]] = [
        (FAR, estate, "building", "1", "1座", path, estate, FAR, None, None, None, 1),
        (unit, FAR, "unit", "1", "1单元", f"{path}{unit}/", estate, FAR, unit, None, None, 1),
    ]
    homes = []
    for at in (1, 2):
        door = street.door_id(0xF, at)
        here = f"{path}{unit}/{door}/"
        rows.append((door, unit, "door", "1", "1", here, estate, FAR, unit, 1, at, at))
        homes.append((street.person_id(0xF, at, 1), door, FAR, estate, "present", 0, door))
    store.insert("registry_place", columns, rows)
    store.insert("registry_person", ["id", "name", "flags"],
                 [(home[0], "远", "[]") for home in homes])  # fmt: skip
    store.insert("registry_residence",
                 ["person", "door", "building", "estate", "presence", "since_at", "entry"],
                 homes)  # fmt: skip


@pytest.fixture
def world(cell: models.Cell) -> World:
    """Two estates in the middle of a day: rounds, tubes, boxes, results, held lines, a file."""
    wall._layouts.clear()
    laid = ground.lay_out(doors=2, people=2)
    add_next_building()
    add_far_building()
    registry.Staff.objects.bulk_create(
        registry.Staff(id=id_, name=f"员{n}", account=f"more{n}", password="!")
        for n, id_ in enumerate((street.LIN, WEI, HAN))
    )
    for staff, role in ((WEI, "registrar"), (HAN, "administrator")):
        day.post("role.granted", staff=staff, role=role, at_place=street.OTHER_ESTATE)
    parts = {
        "near": name("near", "亓", laid.people, [street.door_id(1, n) for n in (1, 2)],
                     street.building_id(1)),
        "next": name("next", "仉", [street.person_id(2, d, n) for d in (1, 2) for n in (1, 2)],
                     [street.door_id(2, n) for n in (1, 2)], street.building_id(2)),
        "far": name("far", "笪", [street.person_id(0xF, n, 1) for n in (1, 2)],
                    [street.door_id(0xF, n) for n in (1, 2)], FAR),
    }  # fmt: skip
    return World(parts, *live_a_day(parts))


def add_next_building() -> None:
    """The second building of the estate; its people come after the morning's round was drawn."""
    building, unit = street.building_id(2), street.unit_id(2)
    path = f"/{street.ESTATE}/{building}/"
    columns = ["id", "parent", "kind", "code", "name", "path", "estate", "building", "unit",
               "floor", "position", "sort"]  # fmt: skip
    head = (street.ESTATE, building)
    rows: list[tuple[object, ...]] = [
        (building, street.ESTATE, "building", "2", "2座", path, *head, None, None, None, 2),
        (unit, building, "unit", "1", "1单元", f"{path}{unit}/", *head, unit, None, None, 1),
    ]
    for at in (1, 2):
        door = street.door_id(2, at)
        rows.append((door, unit, "door", "1", "1", f"{path}{unit}/{door}/", *head, unit, 1, at, at))
    store.insert("registry_place", columns, rows)
    homes = {street.person_id(2, d, n): street.door_id(2, d) for d in (1, 2) for n in (1, 2)}
    street.live_in(homes)


def live_a_day(parts: dict[str, Part]) -> tuple[dict[str, list[str]], list[str], list[str]]:
    """What happens in the world; the arguments of addresses, and the questions put to them."""
    today = clock.day_of(clock.now(), "Asia/Shanghai")
    officer, lead = ground.OFFICER, street.Staff(HAN)
    morning = str(rounds.models.Round.objects.get().id)  # drawn before the second building
    near, after, far = (parts[key].ids for key in ("near", "next", "far"))
    swabs = rounds.open_round(
        officer, round_kind="sampling", area=street.ESTATE, day="2021-06-21", pool="ten"
    )
    lunch = rounds.open_round(officer, round_kind="lunch", area=street.ESTATE, day=today)
    there = rounds.open_round(
        lead, round_kind="sampling", area=street.OTHER_ESTATE, day=today, pool="ten"
    )
    day.fill(swabs, "GC000001", [near[0], after[0], far[0]])  # a neighbour at this table
    day.fill(morning, "GC000002", [after[1]])  # on no list of that round
    day.fill(swabs, "GC000003", [near[1], after[2]])
    day.fill(swabs, "GC000004", [near[1], after[2]])  # and in two tubes: held
    day.ship(swabs, "BOX00001", ["GC000001", "GC000003"])
    day.report("GC000001", "positive", minutes=20)
    day.fill(there, "GC000005", [far[1]])
    day.ship(there, "BOX00002", ["GC000005"])
    recheck = rounds.open_recheck(
        street.CHEN, parent=swabs, people=[near[0], after[0]], round_kind="sampling_recheck"
    )
    rounds.excuse_subject(officer, round=swabs, subject=after[3], reason="hospital")
    for part in parts.values():
        street.give_standing(part.ids[0], "stay_asked", clock.now() - clock.HOUR)
    day.post("tubes.issued", round=swabs, table=ground.TABLE, first="GC000101", last="GC000110")
    phone = Phone(place=street.ESTATE, people=[street.CHEN])
    roster = block.csv(block.line("1-1-1301", "某人"))
    files = [
        uploads.begin(by, "roster.csv", roster, place).id
        for by, place in ((street.CHEN, street.ESTATE), (HAN, street.OTHER_ESTATE))
    ]
    everyone = [each for part in parts.values() for each in (part.ids[0], part.ids[-1])]
    people, doors = everyone[::2], everyone[1::2]
    kept = models.Line.objects.filter(custody="kept")
    entries = kept.values_list("entry", flat=True)
    sampled = [str(each.entry) for each in kept.filter(kind="person.sampled")]
    for at, line in enumerate(kept.filter(kind="person.sampled")):
        content = bytes(line.content)
        models.AsideLine.objects.create(
            device_id=phone.device, number=at, content=content, received_at=1
        )
    held = models.Verdict.objects.filter(held=True).values_list("entry", flat=True)
    pack = next(iter(packs.list_shipped()))
    wanted = erasure.Wanted("operation", "operation_closed", pack, clock.now(), 9)
    arguments = {
        "asked": [erasure.ask(street.CHEN, ground.LABORATORY, wanted)],
        "estate": [street.ESTATE, street.OTHER_ESTATE],
        "round": [morning, swabs, lunch, there, recheck],
        "subject": [*people, *doors],
        "person": people,
        "door": doors,
        "key": [reconciliation.CHECKS[0].key],
        "device": [phone.device],
        "entry": [*map(str, entries[:3]), *sampled, *map(str, held), *entries_of("sampling_result"),
                  *entries_of("sampling_issue")],
        "upload": files,
        "staff": [street.LIN, HAN],
        "table": [ground.TABLE],
        "tube": ["GC000001", "GC000004", "GC000005"],
        "box": ["BOX00001", "BOX00002"],
        "digest": [pack, laboratories.keep_waiting(b"tube\r\n")],
        "order": [street.round_id(99)],
        "leaf": ["0", "9"],
        "path": ["0/000"],
        "plan": kept_plan.leave(street.Staff(street.CHEN), street.ESTATE),
        "unit": [street.round_id(98)],
        "model": ["sampling", "visits", "supply", "projection", "shifts"],
        "size": ["192"],
        "language": ["en"],
        "name": ["people.csv", "tubes.csv"],
        "form": ["1"],
        "number": ["0"],
        "face": ["en"],
        "category": ["culture"],
        "week": ["2021-W25"],
        "place": [street.ESTATE, *(part.place for part in parts.values()), *doors],
        "rest": ["survey"],
        **tell_of_the_programme(parts),
    }  # fmt: skip
    places = [part.place for part in parts.values()] + [street.ESTATE]
    names = [part.full for part in parts.values()]
    asked = ["?which=everyone", "?standing=stay_asked"]
    asked += [f"?as={kind}&which=everyone&show=leaving" for kind in ("xlsx", "text", "print")]
    asked += [f"?q={text}&which=everyone" for text in (*names, "01")]
    asked += [f"?place={place}&which=everyone&building={place}" for place in places]
    asked += [f"?round={swabs}&which={which}" for which in ("outstanding", "home")]
    every = [
        f"?q={text}&place={place}&round={swabs}&table={ground.TABLE}&area={place}&rule=x"
        f"&line={line}"
        for text, place, line in zip(names, places, sampled, strict=False)
    ]
    return arguments, asked, every


def tell_of_the_programme(parts: dict[str, Part]) -> dict[str, list[str]]:
    """Each part's household has said something, and each estate has a project."""
    told, made = [], []
    for key, part in parts.items():
        door = part.ids[-1]
        code = household_codes.issue([door])[door]
        told.append(voices.hear_household(code=code, sort="worry", words=f"{key}: {part.full[0]}"))
    for number, place in enumerate((street.ESTATE, street.OTHER_ESTATE)):
        registry.Unit.objects.get_or_create(id=programme.OFFICE, type="office", name="办事处")
        said = programme.describe(place=place, leader=street.CHEN, code=f"JD0{number}")
        made.append(projects.describe(street.Staff((street.CHEN, HAN)[number]), said))
    return {"voice": told, "project": made}


def entries_of(table: str) -> list[str]:
    return [str(entry) for (entry,) in store.query(f"SELECT entry FROM {table}")]


def list_addresses(arguments: dict[str, list[str]]) -> Iterator[tuple[str, str]]:
    """(name, address) of every page with every argument of the world."""
    for route, pattern in routes.list_routes():
        addresses = [f"/{pattern}"]
        for argument in ARGUMENT.findall(pattern):
            known = arguments[argument]  # KeyError: say above what a page takes
            addresses = [ARGUMENT.sub(each, one, 1) for one in addresses for each in known]
        for address in addresses:
            with suppress(Resolver404):  # a digest of something else
                resolve(address)
                yield route, address


def read(answer: Any) -> str:
    """Everything an answer says, workbooks unpacked."""
    body = answer.getvalue() if answer.streaming else answer.content
    if body[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(body)) as book:
            return "".join(book.read(each).decode("utf-8", "replace") for each in book.namelist())
    text = str(body.decode("utf-8", "replace"))
    return json.dumps(json.loads(text), ensure_ascii=False) if text[:1] == "{" else text


def find_leaks(world: World, seen: set[str], said: str, route: str, asked: str) -> set[str]:
    """What an answer shows of parts that are not the reader's; what was typed is no answer."""
    found = set()
    for key, part in world.parts.items():
        text = said.replace(part.full, "") if part.full in asked else said
        if asked:
            text = re.sub(r"[?&;][^\s\"'<>]*", "", text)  # addresses repeat the question
        marks = [*part.names, *part.doors, *part.ids]
        if key not in seen:
            found |= {f"{key}: {mark}" for mark in marks if mark in text}
    return found


def choose_questions(client: Client, address: str, world: World) -> list[str]:
    """What to ask of an address: everything where it gives a list, which can be searched and taken
    away, or JSON; of one that takes forms alone nothing.
    """
    answer = client.get(address + "?as=text")
    if answer.status_code in (302, 405):
        return []
    if answer.status_code != 200:
        return ["", *world.pages[:1]]
    kind = answer["Content-Type"].startswith(("text/plain", "application/json"))
    return ["", *world.pages, *(world.lists if kind else [])]


@pytest.mark.parametrize("who", READERS)
def test_nobody_sees_residents_or_doors_outside_their_places(world: World, who: str) -> None:
    staff, seen = READERS[who]
    client = Client()
    client.force_login(registry.Staff.objects.get(id=staff))
    leaks: dict[str, set[str]] = {}
    shown = {key: set[str]() for key in world.parts}
    for route, address in list_addresses(world.arguments):
        if route == "face:sign_out":
            continue
        questions = choose_questions(client, address, world)
        for question in questions[:3] if staff == street.CHEN else questions:
            answer = client.get(address + question)
            # an address may name somebody; the answer may not
            said = read(answer).replace(address, "")
            assert answer.status_code != 500, address + question
            if found := find_leaks(world, seen, said, route, question):
                leaks[f"{route} {question}"] = found
            for key, part in world.parts.items():
                if any(mark in said for mark in (part.names[0], *part.doors)):
                    shown[key].add(route)
    assert not leaks
    # the test has eyes: what is theirs was shown, on more than one page
    for key in seen & {"near", "next"} or seen:
        assert len(shown[key]) >= 4, (key, shown[key])


@pytest.mark.parametrize("who", [each for each in READERS if not each.startswith("duty")])
def test_a_search_finds_nobody_outside_as_if_nobody_were_called_so(
    world: World, who: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mask is no use if a whole name can be guessed letter by letter."""
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now)  # lists say the minute they were asked in
    staff, seen = READERS[who]
    client = Client()
    client.force_login(registry.Staff.objects.get(id=staff))
    compared = 0
    for route, address in list_addresses(world.arguments):
        nobody = client.get(f"{address}?q=查无人&as=text&which=everyone")
        if not nobody.headers.get("Content-Type", "").startswith("text/plain"):
            continue
        for key, part in world.parts.items():
            if key not in seen:
                hit = client.get(f"{address}?q={part.full}&as=text&which=everyone")
                assert read(hit).replace(part.full, "查无人") == read(nobody), (route, key)
                compared += 1
    assert compared >= 4


@pytest.mark.parametrize("who", [each for each in READERS if not each.startswith("duty")])
def test_what_is_asked_of_somebody_elsewhere_by_name_is_refused(world: World, who: str) -> None:
    staff, seen = READERS[who]
    client = Client()
    client.force_login(registry.Staff.objects.get(id=staff))
    lines = models.Line.objects.count()
    for key in set(world.parts) - seen:
        part = world.parts[key]
        arguments = {**world.arguments, "person": [part.ids[0]], "subject": [part.ids[0]],
                     "door": [part.ids[-1]]}  # fmt: skip
        named = {route for route, pattern in routes.list_routes()
                 if {"person", "subject", "door"} & set(ARGUMENT.findall(pattern))}  # fmt: skip
        for route, address in list_addresses(arguments):
            if route in named:
                form = {"presence": "away", "reason": "hospital"}
                said = [client.post(address, form | {"what": w}) for w in ("record", "visit")]
                for answer in (client.get(address), *said):
                    refused = answer.status_code in (302, 403, 404, 405, 409, 422)
                    assert refused, (route, answer.status_code)
        for place in (part.place, part.ids[-1]):
            for round_ in world.arguments["round"]:
                answer = client.get(f"/rounds/{round_}/?place={place}&as=text&which=everyone")
                assert answer.status_code in (403, 404)
    assert models.Line.objects.count() == lines  # nothing was written of anybody
