"""`doorstep bench pages`: how long the main pages take at the size of a district, over HTTP, with a
signed-in duty officer. Refuses to count a page that was not answered 200.
"""

import http.client
import json
import os
import time
from pathlib import Path
from typing import Any, NamedTuple

from doorstep.bench import machine, server


class Page(NamedTuple):
    """A page to be measured: its name, the name of its address, what the address needs (words of
    `inside.prepare_pages`), its query.
    """

    name: str
    url: str
    needs: tuple[str, ...] = ()
    query: str = ""


PAGES = [
    Page("home", "command:home"),
    Page("home, sorted", "command:home", (), "sort=-people"),
    Page("wall", "command:wall", ("estate",)),
    Page("wall layout", "command:wall_layout", ("estate",)),
    Page("wall state", "command:wall_state", ("estate",), "round={round}"),
    Page("wall table", "command:wall_table", ("estate",), "round={round}"),
    Page("rounds", "command:rounds"),
    Page("round of an estate", "command:round", ("round",)),
    Page("round of an estate, by time", "command:round", ("round",), "sort=time"),
    Page("round of the district", "command:round", ("district",)),
    Page("round of the district, live", "command:live_round", ("district",)),
    Page("outstanding, deepest page", "command:round", ("district",), "page=200"),
    Page("outstanding, backwards", "command:round", ("district",), "sort=-place"),
    Page("outstanding of an estate", "command:round", ("district",), "place={estate}"),
    Page("coverage of a building", "command:round", ("district",), "place={building}"),
    Page("outstanding, by surname", "command:round", ("district",), "q={surname}"),
    Page("outstanding, by door", "command:round", ("district",), "q=12-803"),
    Page("everybody", "command:round", ("district",), "which=everyone"),
    Page("done, by time", "command:round", ("district",), "which=done&sort=-time"),
    Page("waiting at home", "command:round", ("district",), "which=home"),
    Page("excused", "command:round", ("district",), "which=excused"),
    Page("to settle, of the round", "command:round", ("district",), "which=held"),
    Page("person in a round", "command:subject", ("district", "person")),
    Page("curve", "command:curve", ("district",)),
    Page("reached, on no list", "command:extra", ("district",)),
    Page("checks of the round", "command:findings", ("district",)),
    Page("before closing", "command:close_round", ("district",)),
    Page("people", "command:people"),
    Page("people, by surname", "command:people", (), "q={surname}"),
    Page("people, by name", "command:people", (), "q={name}"),
    Page("people, by Latin letter", "command:people", (), "q=a"),
    Page("people, by door", "command:people", (), "q=12-803"),
    Page("people, by document", "command:people", (), "q=100000199001010017"),
    Page("people, by phone", "command:people", (), "q=15400000001"),
    Page("people, nobody", "command:people", (), "q={nobody}"),
    Page("people in need of care", "command:care"),
    Page("care, searched", "command:care", (), "q=803"),
    Page("care, one need", "command:care", (), "need=dialysis"),
    Page("care, page 40", "command:care", (), "page=40"),
    Page("household", "command:household", ("door",)),
    Page("household in a round", "command:household", ("door",), "round={district}"),
    Page("person", "command:person", ("person",)),
    Page("devices", "command:devices"),
    Page("devices, searched", "command:devices", (), "q=phone-1&sort=place"),
    Page("book", "command:book"),
    Page("staff", "command:staff"),
    Page("staff, searched", "command:staff", (), "q={surname}&sort=unit"),
    Page("units", "command:units"),
    Page("nobody's doors", "command:uncovered"),
    Page("roster", "command:roster"),
    Page("zones", "zones:zones"),
    Page("zone", "zones:zone", ("estate",)),
    Page("order", "zones:order", ("order",)),
    Page("new order", "zones:new_order"),
    Page("sampling", "sampling:home"),
    Page("tubes issued", "sampling:issue"),
    Page("door list, too long", "sampling:doors", ("district",), "which=outstanding"),
    Page("tubes", "sampling:tubes", (), "round={district}"),
    Page("tubes, page 100", "sampling:tubes", (), "round={district}&page=100"),
    Page("tubes, searched", "sampling:tubes", (), "round={district}&q=BENCH00010"),
    Page("tubes with a result", "sampling:tubes", (), "round={district}&outcome=negative"),
    Page("tube", "sampling:tube", ("tube",)),
    Page("boxes", "sampling:boxes"),
    Page("boxes, searched", "sampling:boxes", (), "q=BENCHBOX0001&sort=-tubes"),
    Page("box", "sampling:box", ("box",)),
    Page("laboratory", "sampling:laboratory"),
    Page("review", "sampling:review"),
    Page("settle", "sampling:settle", ("held",)),
    Page("programme", "programme:home"),
    Page("programme, by unit", "programme:home", (), "by=unit&asks=late"),
    Page("project", "programme:project", ("project",)),
    Page("programme's month", "programme:review"),
    Page("voices", "programme:voices"),
    Page("survey", "programme:survey"),
]
# 陈, the town's most common surname; 陈志 begins a common name; nobody is called 㐀
WORDS = {"surname": "%E9%99%88", "name": "%E9%99%88%E5%BF%97", "nobody": "%E3%90%80"}


class Asked(NamedTuple):
    """What is to be measured: people of the town, lines of the book at least, and for how long all
    pages in turn. In `folder` the town is kept, and found by the next measurement there.
    """

    database: str
    residents: int
    entries: int
    seconds: int
    folder: Path | None = None


def measure(asked: Asked) -> dict[str, Any]:
    """Load the town, open a round of an estate and one of the district, ask for the pages in turn.

    Raises:
        RuntimeError: a command failed, or a page was not answered 200.
    """
    with server.Installation(asked.database, asked.folder) as installation:
        begun = time.monotonic()
        told = _prepare(installation, asked)
        loaded = time.monotonic() - begun
        installation.start()
        waits, spent = _ask(installation, told["cookie"], told["pages"], asked.seconds)
        every = [wait for page in waits.values() for wait in page]
        return {
            "p50_ms": round(machine.percentile(every, 0.50), 1),
            "p95_ms": round(machine.percentile(every, 0.95), 1),
            "slowest_p95_ms": max(round(machine.percentile(w, 0.95), 1) for w in waits.values()),
            "pages": {
                name: {
                    "p50_ms": round(machine.percentile(page, 0.50), 1),
                    "p95_ms": round(machine.percentile(page, 0.95), 1),
                    "cpu_ms": round(spent[name] / len(page), 1),
                    "times": len(page),
                }
                for name, page in waits.items()
            },
            "residents": told["residents"],
            "lines": told["lines"],
            "load_seconds": round(loaded, 1),
            "server_mib": installation.measure_memory(),
            "database": asked.database,
            "cpus": os.cpu_count(),
            "machine": machine.describe(),
        }


def _prepare(installation: server.Installation, asked: Asked) -> dict[str, Any]:
    """What `inside.prepare_pages` says of the town, which is loaded unless it is there."""
    installation.environment["DOORSTEP_CLOCK"] = str(installation.folder / "data" / "clock")
    kept = installation.folder / "pages.json"
    if not kept.exists():
        loading = installation.environment.pop("DOORSTEP_CLOCK")
        installation.command("town", "load", "--residents", str(asked.residents))
        installation.command("town", "open-day")
        installation.command("town", "programme")
        installation.environment["DOORSTEP_CLOCK"] = loading
        kept.write_text(json.dumps(installation.ask("pages", str(asked.entries))), "utf-8")
    told: dict[str, Any] = json.loads(kept.read_text("utf-8"))
    return told


def _ask(
    installation: server.Installation, cookie: str, pages: list[tuple[str, str]], seconds: int
) -> tuple[dict[str, list[float]], dict[str, float]]:
    """Milliseconds of every answer by page, and of the server's processors in all of them. The
    first round of all pages is not counted: it warms templates and caches, as the first visitor of
    a morning does.
    """
    connection = http.client.HTTPConnection("127.0.0.1", installation.port, timeout=60)
    waits: dict[str, list[float]] = {name: [] for name, _ in pages}
    spent = dict.fromkeys(waits, 0.0)
    until, counted = time.monotonic() + seconds, False
    while not counted or time.monotonic() < until:
        for name, path in pages:
            used, begun = installation.measure_cpu(), time.monotonic()
            connection.request("GET", path, headers={"Cookie": cookie})
            answer = connection.getresponse()
            answer.read()
            if answer.status != 200:
                raise RuntimeError(f"{name}: {path} was answered {answer.status}")
            if counted:
                waits[name].append((time.monotonic() - begun) * 1000)
                spent[name] += (installation.measure_cpu() - used) * 1000
        if not counted:
            counted, until = True, time.monotonic() + seconds
    connection.close()
    return waits, spent
