"""What a measurement does inside the installation it measures: fill an estate, count afterwards.

Run as a program of its own (`python -m doorstep.bench.inside`), because an installation is chosen
before Django starts. Prints one JSON line last.
"""

import json
import os
import resource
import sys
import time
from collections.abc import Callable
from typing import Any

from doorstep.kit import collector

BUILDINGS = 44
DOORS = 3_050
PEOPLE = 10_000
PEOPLE_IN_A_LIST = 500


def main(words: list[str]) -> None:
    """`fill DEVICES ROUNDS [PEOPLE]`, `count`, `pages [ENTRIES]`, `verify`, `replay`,
    `undo` or `upgrade`.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "doorstep.config.settings")
    import django

    django.setup()
    collector.rest()
    acts: dict[str, Callable[..., dict[str, Any]]] = {
        "fill": fill,
        "count": count,
        "pages": prepare_pages,
        "verify": time_verify,
        "replay": time_replay,
        "undo": undo_migrations,
        "upgrade": time_upgrade,
    }
    print(json.dumps(acts[words[0]](*map(int, words[1:]))))


def fill(devices: int, rounds: int, people: int = 0) -> dict[str, Any]:
    """An estate like a large one of the town, of PEOPLE or so many as are said, a sampling round
    for each of `rounds` days, and an enrolment code for each device; what a device has to know to
    write lines.
    """
    from django.core.management import call_command

    from doorstep.kit import ids
    from doorstep.ledger import book
    from doorstep.ledger import devices as enrolment

    call_command("migrate", verbosity=0)
    book.open_cell("Asia/Shanghai")
    by = ids.new()
    estate, tables, doors = _add_places(devices)
    residents = _add_people(by, doors, people or PEOPLE)
    opened = [_open_round(by, estate, day, residents, doors) for day in range(rounds)]
    codes = [
        enrolment.make_code("registrar", minutes=600, place=table, people=[by]) for table in tables
    ]
    return {"by": by, "rounds": opened, "people": residents, "tables": tables, "codes": codes}


def count() -> dict[str, int]:
    """What is in the book and in the folded tables, counted by the database."""
    from doorstep.ledger import store, verify

    def one(sql: str) -> int:
        return int(store.query(sql)[0][0] or 0)

    kept = "FROM ledger_line WHERE custody = 'kept'"
    lines = one(f"SELECT COUNT(*) {kept} AND kind <> 'residents.listed' AND kind <> 'due.listed' "
                "AND kind <> 'round.opened'")  # fmt: skip
    sampled = one(f"SELECT COUNT(*) {kept} AND kind = 'person.sampled'")
    return {
        "lines": lines,
        "entries": one(f"SELECT COUNT(DISTINCT entry) {kept} AND kind <> 'residents.listed' "
                       "AND kind <> 'due.listed' AND kind <> 'round.opened'"),
        "sampled": sampled,
        "bound": one("SELECT COUNT(*) FROM sampling_sample"),
        "counted": one("SELECT SUM(people) FROM sampling_tube"),
        "done": one("SELECT SUM(done) FROM rounds_round"),
        "held": one("SELECT COUNT(*) FROM ledger_verdict WHERE held"),
        "findings": len(verify.check_book()["findings"]),
    }  # fmt: skip


def time_verify() -> dict[str, Any]:
    """How long it takes to check the book, and how much memory the process ever had, in MiB."""
    from doorstep.ledger import verify

    begun, used = time.perf_counter(), time.process_time()
    report = verify.check_book()
    return {
        "lines": report["lines"],
        "seconds": round(time.perf_counter() - begun, 2),
        "cpu_seconds": round(time.process_time() - used, 2),
        "pushes": report["pushes"],
        "memory_mib": _measure_memory(),
        "wrong": report["found"],
    }


def time_replay() -> dict[str, Any]:
    """How long it takes to fold the book anew and compare, and the memory, in MiB, of this process
    and of the one beside it.
    """
    from doorstep.ledger import replay

    begun, used = time.perf_counter(), os.times()
    report = replay.replay()
    seconds, spent = time.perf_counter() - begun, os.times()
    beside = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss >> 10
    return {
        "lines": report["lines"],
        "seconds": round(seconds, 2),
        "cpu_seconds": round(sum(spent[:4]) - sum(used[:4]), 2),
        "memory_mib": _measure_memory(),
        "memory_beside_mib": beside,
        "wrong": len(report["different"]),
    }


def undo_migrations() -> dict[str, Any]:
    """Undo every migration but the first of each package, and what they added goes."""
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.loader import MigrationLoader

    from doorstep.ledger import replay

    roots = {
        (package, name)
        for package, name in MigrationLoader(connection).graph.root_nodes()
        if package in {model._meta.app_label for model in replay.list_state_models()}
    }
    for package, name in sorted(roots):
        call_command("migrate", package, name, verbosity=0)
    return {"packages": len(roots)}


def time_upgrade() -> dict[str, Any]:
    """How long it takes to carry out all migrations that are not, and to put right what is folded,
    and the memory, in MiB. The book is checked then.
    """
    from django.core.management import call_command

    from doorstep.ledger import refolding, replay, temporary, verify, writer

    begun, used = time.perf_counter(), time.process_time()
    with temporary.in_a_file():
        call_command("migrate", verbosity=0)
    writer.run(refolding.note_kinds)
    migrated, spent, had = time.perf_counter(), time.process_time(), _measure_memory()
    report = replay.rebuild()
    ended, all_spent = time.perf_counter(), time.process_time()
    return {
        "lines": report["lines"],
        "seconds": round(ended - begun, 2),
        "migrate_seconds": round(migrated - begun, 2),
        "migrate_cpu_seconds": round(spent - used, 2),
        "migrate_memory_mib": had,
        "rebuild_seconds": round(ended - migrated, 2),
        "rebuild_cpu_seconds": round(all_spent - spent, 2),
        "tables_put_right": len(report["different"]),
        "memory_mib": _measure_memory(),
        "wrong": verify.check_book()["found"],
    }


def _measure_memory() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10


def prepare_pages(entries: int = 0) -> dict[str, Any]:
    """In a loaded town: a round of the whole district besides the estate's and what belongs to it
    (bench.district), an officer's session cookie, and the address of every page that is measured.
    The book has `entries` lines or more.
    """
    from django.urls import reverse

    from doorstep.bench import district, pages
    from doorstep.ledger import book, store
    from doorstep.registry import queries
    from doorstep.rounds import actions, models

    opened = models.Round.objects.order_by("-due").first()
    root = queries.find_root()
    assert opened is not None and root is not None, "the town is loaded and its day is open"
    officer = _find_officer(root.id)
    round_kind, day = "sampling", opened.day
    wide = actions.open_round(officer, round_kind=round_kind, area=root.id, day=day)
    filled = district.fill(officer, wide, opened.area, day, entries)
    [(person, door, building)] = store.query(
        "SELECT person, door, building FROM registry_residence "
        "WHERE estate = %s AND presence = 'present' ORDER BY person LIMIT 1",
        [opened.area],
    )
    known = {
        "estate": opened.area,
        "round": opened.id,
        "district": wide,
        "person": str(person),
        "door": str(door),
        "building": str(building),
        "project": str(store.query("SELECT project FROM programme_project ORDER BY code")[0][0]),
        **filled,
        **pages.WORDS,
    }
    made = []
    for page in pages.PAGES:
        path = reverse(page.url, args=[known[word] for word in page.needs])
        query = page.query.format_map(known)
        made.append((page.name, f"{path}?{query}" if query else path))
    return {
        "cookie": _sign_in(officer),
        "pages": made,
        "residents": store.query("SELECT COUNT(*) FROM registry_residence")[0][0],
        "lines": book.get_cell().size,
    }


def _find_officer(root: str) -> Any:
    from doorstep.ledger import store
    from doorstep.registry import models

    rows = store.query(
        "SELECT staff FROM registry_role WHERE role = 'duty_officer' AND place = %s ORDER BY staff",
        [root],
    )
    return models.Staff.objects.filter(id__in=[str(row[0]) for row in rows])[0]


def _sign_in(officer: Any) -> str:
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.signed_cookies import SessionStore

    session = SessionStore()
    session[SESSION_KEY] = str(officer.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = officer.get_session_auth_hash()
    session.save()
    return f"{settings.SESSION_COOKIE_NAME}={session.session_key}"


def _add_places(tables: int) -> tuple[str, list[str], list[tuple[str, str]]]:
    """The estate's id, a sampling table for each device, and (door, building) of every door."""
    from doorstep.kit import ids
    from doorstep.registry import models

    made: list[models.Place] = []

    def add(kind: str, name: str, above: models.Place | None, **fields: Any) -> models.Place:
        place = models.Place(id=ids.new(), kind=kind, name=name, sort=len(made), **fields)
        place.parent = above.id if above else None
        place.path = (above.path if above else "/") + place.id + "/"
        if above is not None:
            for level in ("estate", "building", "unit"):
                own = above.id if above.kind == level else getattr(above, level)
                setattr(place, level, own)
        made.append(place)
        return place

    district = add("subdistrict", "测试街道", None)
    estate = add("estate", "测试小区", add("community", "测试社区", district))
    doors = []
    for number in range(1, BUILDINGS + 1):
        building = add("building", f"{number}座", estate)
        stairs = add("unit", "1单元", building)
        for door in range(DOORS // BUILDINGS + (number <= DOORS % BUILDINGS)):
            floor, position = door // 4 + 1, door % 4 + 1
            name = f"{floor}{position:02}"
            place = add("door", name, stairs, floor=floor, position=position)
            doors.append((place.id, building.id))
    sampling = [add("table", f"{n}号台", estate).id for n in range(1, tables + 1)]
    models.Place.objects.bulk_create(made, batch_size=500)
    return estate.id, sampling, doors


def _add_people(by: str, doors: list[tuple[str, str]], count: int) -> list[str]:
    from doorstep.kit import ids
    from doorstep.ledger import desk
    from doorstep.registry import models

    people = [ids.new() for _ in range(count)]
    models.Person.objects.bulk_create(
        [models.Person(id=person, name=f"测{n:05}") for n, person in enumerate(people)],
        batch_size=500,
    )
    listed = [[p, doors[n * len(doors) // count][0], "present"] for n, p in enumerate(people)]
    desk.post(
        by,
        [
            {"kind": "residents.listed", "residents": listed[start : start + PEOPLE_IN_A_LIST]}
            for start in range(0, count, PEOPLE_IN_A_LIST)
        ],
    )
    return people


def _open_round(
    by: str, estate: str, day: int, people: list[str], doors: list[tuple[str, str]]
) -> str:
    from doorstep.rounds import actions, drawing

    count = len(people)
    due = [(p, doors[n * len(doors) // count][0], "table") for n, p in enumerate(people)]
    opening = {"round_kind": "sampling", "area": estate, "pool": "ten"}
    opening["day"] = f"2021-{6 + day // 28:02}-{day % 28 + 1:02}"
    return actions.post_round(by, opening, [drawing.Drawn(due, [])])


if __name__ == "__main__":
    main(sys.argv[1:])
