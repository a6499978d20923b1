"""`doorstep bench public`: the public's pages on an evening on which the whole town reads, beside
phones that push as fast as they are answered; and the same pushes without readers.

A reader opens a connection, asks for the board, its style, a project and a photo, and leaves. Each
answer is timed from the moment the reader was to ask, so that a server that stalls is not spared.
"""

import http.client
import multiprocessing
import os
import re
import threading
import time
from collections.abc import Iterator
from statistics import median
from typing import Any, NamedTuple

from doorstep.bench import intake, machine, server

DEVICES, BATCH = 50, 200
READERS = 24  # at once, at most
EACH = 4  # requests of a reader


class Asked(NamedTuple):
    """What is to be measured: `rate` requests a second for so many seconds, so many times."""

    database: str
    seconds: int
    rate: int
    rounds: int


class Told(NamedTuple):
    """What the readers found: seconds of each answer, and answers that were none."""

    waits: list[float]
    wrong: int
    seconds: float


def measure(asked: Asked) -> dict[str, Any]:
    """Pushes alone, then pushes and readers, in turn, each time in an installation of its own; of
    lines a second the medians, of answers all, of memory the largest.

    Raises:
        RuntimeError: the server did not start, or filling failed.
    """
    alone, beside, waits, wrong, memory, seconds = [], [], [], 0, 0, 0.0
    for _ in range(asked.rounds):
        alone.append(_run(asked, readers=False)[0]["lines_per_second"])
        figures, told, used = _run(asked, readers=True)
        beside.append(figures["lines_per_second"])
        waits += [wait * 1_000 for wait in told.waits]
        wrong, memory, seconds = wrong + told.wrong, max(memory, used), seconds + told.seconds
    quick, slow = median(alone), median(beside)
    return {
        "requests": len(waits),
        "requests_per_second": round(len(waits) / seconds, 1),
        "p50_ms": round(machine.percentile(waits, 0.50), 1),
        "p95_ms": round(machine.percentile(waits, 0.95), 1),
        "p99_ms": round(machine.percentile(waits, 0.99), 1),
        "wrong": wrong,
        "lines_per_second_alone": alone,
        "lines_per_second_beside": beside,
        "slower_percent": round(100 * (1 - slow / quick), 1),
        "server_mib": memory,
        "database": asked.database,
        "cpus": os.cpu_count(),
        "machine": machine.describe(),
    }


def _run(asked: Asked, *, readers: bool) -> tuple[dict[str, Any], Told, int]:
    pushing = intake.Asked(asked.database, DEVICES, BATCH, asked.seconds)
    each, rounds = intake.prepared(pushing)
    with server.Installation(asked.database) as installation:
        installation.command("town", "load", "--estate", "中海锦城国际花园", "--buildings", "1")
        installation.command("town", "programme")
        world = installation.ask("fill", str(DEVICES), str(rounds))
        installation.start()
        told = Told([], 0, 1.0)
        if not readers:
            tallies, _again = intake.send(pushing, installation.port, world, each)
        else:
            context = multiprocessing.get_context("spawn")
            end = context.Event()
            found: Any = context.SimpleQueue()
            crowd = context.Process(target=_read, args=(installation.port, asked.rate, end, found))
            crowd.start()
            found.get()  # they have begun
            tallies, _again = intake.send(pushing, installation.port, world, each)
            end.set()
            told = found.get()
            crowd.join()
        return intake.figures(tallies), told, installation.measure_memory()


def _read(port: int, rate: int, end: Any, found: Any) -> None:
    """Readers at an even pace until `end`; what they found is put into `found`."""
    pages = list(_list_visits(port))
    wrong = [0]
    for paths in pages:  # an evening begins with an hour in which all was read once
        _visit(port, paths, time.perf_counter(), [], wrong)
    waits: list[float] = []
    lock = threading.Lock()
    begun = time.perf_counter()
    found.put(None)
    turn = iter(range(1 << 60))

    def work() -> None:
        while not end.is_set():
            with lock:
                number = next(turn)
            due = begun + number * EACH / rate
            time.sleep(max(0.0, due - time.perf_counter()))
            if not end.is_set():
                _visit(port, pages[number % len(pages)], due, waits, wrong)

    threads = [threading.Thread(target=work) for _ in range(READERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found.put(Told(waits, wrong[0], time.perf_counter() - begun))


def _visit(port: int, paths: list[str], due: float, waits: list[float], wrong: list[int]) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        for path in paths:
            connection.request("GET", path, headers={"Accept-Encoding": "gzip"})
            answer = connection.getresponse()
            answer.read()
            wrong[0] += answer.status != 200
            waits.append(time.perf_counter() - due)
            due = time.perf_counter()
    except OSError:
        wrong[0] += 1
    finally:
        connection.close()


def _list_visits(port: int) -> Iterator[list[str]]:
    """What readers ask for, one after another: the board in each face, a project it leads to, a
    photo of it.
    """
    for face in ("zh", "en", "zh-large"):
        board = _get(port, f"/public/{face}/")
        style = re.findall(r'href="([^"]+public\.css[^"]*)"', board)[0]
        projects = re.findall(rf'href="(/public/{face}/projects/[^"]+)"', board)
        places = re.findall(rf'href="(/public/{face}/communities/[^"]+)"', board)
        photos = re.findall(rf'src="(/public/{face}/photos/[^"]+)"', board)
        for at in range(60):
            yield [
                f"/public/{face}/", style,
                (projects if at % 2 else places)[at % len(projects if at % 2 else places)],
                photos[at % len(photos)],
            ]  # fmt: skip


def _get(port: int, path: str) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", path)
    body = connection.getresponse().read().decode()
    connection.close()
    return body
