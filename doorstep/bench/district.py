"""A district in the middle of its day, for `doorstep bench pages`: swabs, tubes, boxes and results
of a round of everybody, lines to settle, a fortnight of closed rounds of an estate, phones.

Written straight into the book at a desk, as no officer could: how long pages take is measured, not
how the lines came. Refuses a town without orders and laboratories.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

TUBE, BOX = 10, 20  # people in a tube, tubes in a box
TUBES = 6_000
TWICE = 100  # people with a second swab, which is held
CLOSED = 14  # rounds of the estate on the days before
PHONES = 400
TOGETHER = 10_000  # lines posted at once


def fill(officer: Any, district: str, estate: str, day: str) -> dict[str, str]:
    """Let the round `district` be half-way, and `estate` have had its rounds before `day`.

    Returns:
        The codes of a tube and of its box, and the ids of an order and of a held line, which pages
        are asked for.
    """
    from doorstep.ledger import store

    _close_rounds(officer, estate, day)
    _sample(officer, district)
    _add_phones(officer)
    [(order,)] = store.query("SELECT id FROM orders_order ORDER BY start_at, id LIMIT 1")
    [(held,)] = store.query(
        "SELECT entry FROM ledger_verdict WHERE code = 'PERSON_TWICE' ORDER BY entry LIMIT 1"
    )
    return {"tube": _tube(0), "box": _box(0), "order": str(order), "held": str(held)}


def _close_rounds(officer: Any, estate: str, day: str) -> None:
    from doorstep.rounds import actions

    today = date.fromisoformat(day)
    for before in range(CLOSED, 0, -1):
        on = (today - timedelta(days=before)).isoformat()
        made = actions.open_round(officer, round_kind="sampling", area=estate, day=on)
        actions.close_round(officer, round=made)


def _sample(officer: Any, round_: str) -> None:
    from doorstep.kit import clock
    from doorstep.ledger import desk, store

    rows = store.query(
        "SELECT subject FROM rounds_subject WHERE round = %s AND state = 'due' "
        "ORDER BY door, subject LIMIT %s",
        [round_, TUBES * TUBE],
    )
    [(table,)] = store.query("SELECT id FROM registry_place WHERE kind = 'table' LIMIT 1")
    [(laboratory,)] = store.query(
        "SELECT id FROM registry_unit WHERE type = 'laboratory' ORDER BY sort, id LIMIT 1"
    )
    people = [str(row[0]) for row in rows]
    lines = list(_write(round_, people, str(table), str(laboratory), clock.now()))
    for start in range(0, len(lines), TOGETHER):
        desk.post(officer.id, lines[start : start + TOGETHER])


def _write(
    round_: str, people: list[str], table: str, laboratory: str, now: int
) -> Iterator[dict[str, Any]]:
    """Tubes with their people, each box when it is full. Three boxes of four are at the laboratory,
    and every second tube of these has its result.
    """
    from doorstep.kit import clock

    begun = now - 4 * clock.HOUR
    count = len(people) // TUBE
    for n in range(count):
        at = begun + n * clock.SECOND
        members = people[n * TUBE : (n + 1) * TUBE]
        yield from _fill_tube(round_, n, table, members, at)
        if n % BOX < BOX - 1:
            continue
        number, tubes = n // BOX, [_tube(k) for k in range(n - BOX + 1, n + 1)]
        said = {"box": _box(number), "count": BOX}
        sealed = said | {"round": round_, "seal": f"S{number:07}", "tubes": tubes}
        yield {"kind": "box.sealed", "at": at + clock.MINUTE, **sealed}
        if number % 4 == 3:
            continue
        received = said | {"laboratory": laboratory}
        yield {"kind": "box.received", "at": at + clock.HOUR, **received}
        moment = clock.to_moment(at + 2 * clock.HOUR, "UTC")
        for tube in tubes[::2]:
            told = {"tube": tube, "outcome": "negative", "laboratory": laboratory}
            times = {"at": at + 2 * clock.HOUR, "tested_at": moment, "reported_at": moment}
            yield {"kind": "result.reported", **times, **told}
    again = people[-TWICE:]
    for n in range(0, len(again), TUBE):
        yield from _fill_tube(round_, count + n // TUBE, table, again[n : n + TUBE], now)


def _fill_tube(
    round_: str, number: int, table: str, people: list[str], at: int
) -> Iterator[dict[str, Any]]:
    tube = {"round": round_, "tube": _tube(number)}
    yield {"kind": "tube.opened", "at": at, **tube, "pool": "ten", "table": table}
    for person in people:
        yield {"kind": "person.sampled", "at": at, **tube, "person": person}
    yield {"kind": "tube.closed", "at": at, **tube, "count": len(people)}


def _tube(number: int) -> str:
    return f"BENCH{number:07}"


def _box(number: int) -> str:
    return f"BENCHBOX{number:05}"


def _add_phones(officer: Any) -> None:
    """Phones with their people; some silent, some never heard of."""
    from doorstep.kit import clock, ids
    from doorstep.ledger import models, store

    now = clock.now()
    tables = [
        str(row[0])
        for row in store.query(
            "SELECT id FROM registry_place WHERE kind = 'table' ORDER BY id LIMIT %s", [PHONES]
        )
    ]
    staff = [
        str(row[0])
        for row in store.query("SELECT id FROM registry_staff ORDER BY id LIMIT %s", [PHONES])
    ]
    phones = [
        models.Device(
            id=ids.new(),
            algorithm="ed25519",
            public_key=n.to_bytes(32, "big"),
            head=n.to_bytes(32, "big"),
            role="registrar",
            place=tables[n % len(tables)],
            label=f"phone-{n:03}",
            enrolled_at=now - clock.DAY,
            seen_at=now - n * clock.SECOND * 10 if n % 10 else None,
            clock_offset=0,
        )
        for n in range(PHONES)
    ]
    models.Device.objects.bulk_create(phones)
    models.Assignment.objects.bulk_create(
        models.Assignment(device=phone, person=staff[n % len(staff)], from_at=phone.enrolled_at)
        for n, phone in enumerate(phones)
    )
