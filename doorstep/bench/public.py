"""`doorstep bench public`: the public's pages on an evening on which the whole town reads, beside
phones that push as fast as they are answered. The readers come and go, so that the same phones on
the same book are measured with them and without, some seconds apart.

A reader opens a connection, asks for the board, its style, a project and a photo, and leaves. Each
answer is timed from the moment the reader was to ask, so that a server that stalls is not spared.
The readers' phones are not on the server's machine: what they take of it here is kept small, and
told.
"""

import http.client
import multiprocessing
import os
import re
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from statistics import mean, stdev
from typing import Any, NamedTuple

from doorstep.bench import intake, load, machine, server

DEVICES, BATCH = 50, 200
READERS = 24  # at once, at most
EACH = 4  # requests of a reader
TURN = 10.0  # seconds with readers, and as many without
SETTLE = 2.0  # seconds of each that are not counted: what was sent before is answered in them


class Asked(NamedTuple):
    """What is to be measured: `rate` requests a second, half of so many seconds."""

    database: str
    seconds: int
    rate: int


class Told(NamedTuple):
    """What the readers found: seconds of each answer, answers that were none, when they read (begin
    and end by time.monotonic), and seconds of a processor that asking took.
    """

    waits: list[float]
    wrong: int
    turns: list[tuple[float, float]]
    cpu: float


def measure(asked: Asked) -> dict[str, Any]:
    """Pushes, and readers beside them every other turn. Each turn with readers is compared with the
    mean of its two neighbours, for a book slows as it grows; the mean of these comparisons is told
    with its standard error.

    Raises:
        RuntimeError: the server did not start, filling failed, it ended within three turns, or
            pushes stood still where nobody read.
    """
    tallies, told, memory = _run(asked)
    alone, beside, slower = _compare(tallies, told.turns)
    seconds = sum(end - begin for begin, end in told.turns)
    waits = [wait * 1_000 for wait in told.waits]
    return {
        "requests": len(waits),
        "requests_per_second": round(len(waits) / seconds, 1),
        "p50_ms": round(machine.percentile(waits, 0.50), 1),
        "p95_ms": round(machine.percentile(waits, 0.95), 1),
        "p99_ms": round(machine.percentile(waits, 0.99), 1),
        "wrong": told.wrong,
        "lines_per_second_alone": round(mean(alone)),
        "lines_per_second_beside": round(mean(beside)),
        "slower_percent": round(100 * mean(slower), 1),
        "slower_error": round(100 * stdev(slower) / len(slower) ** 0.5, 1),
        "turns_alone": [round(each) for each in alone],
        "turns_beside": [round(each) for each in beside],
        "readers_cpu_percent": round(100 * told.cpu / seconds, 1),
        "server_mib": memory,
        "database": asked.database,
        "cpus": os.cpu_count(),
        "machine": machine.describe(),
    }


def _compare(
    tallies: Sequence[load.Tally], turns: Sequence[tuple[float, float]]
) -> tuple[list[float], list[float], list[float]]:
    """Lines a second of each turn without readers, and of each with readers between two of those;
    by what part each of the latter is slower than its neighbours.

    Raises:
        RuntimeError: there are fewer than three turns with readers, or pushes stood still where
            nobody read: then there is nothing to compare with.
    """
    answered = sorted(each for tally in tallies for each in tally.answered)
    first = max(tally.begun for tally in tallies)
    last = min(tally.ended for tally in tallies)
    ends = [first, *(end for _, end in turns)]
    begins = [*(begin for begin, _ in turns), last]
    quiet = [(end, begin) if begin - end > TURN / 2 else None
             for end, begin in zip(ends, begins, strict=True)]  # fmt: skip
    alone = [_count(answered, *turn) if turn else None for turn in quiet]
    sides = zip(turns, alone[:-1], alone[1:], strict=True)
    around = [(_count(answered, *turn), before, after) for turn, before, after in sides
              if before is not None and after is not None]  # fmt: skip
    if len(around) < 3:
        raise RuntimeError(f"only {len(around)} turns with readers: give it more seconds")
    if 0.0 in alone:
        raise RuntimeError("pushes stood still for a turn without readers")
    return (
        [each for each in alone if each is not None],
        [own for own, _, _ in around],
        [1 - 2 * own / (before + after) for own, before, after in around],
    )


def _count(answered: Sequence[tuple[float, int]], begin: float, end: float) -> float:
    """Lines a second in a turn, but for its first SETTLE seconds. The server answers many phones
    together, a few times in a turn: so from a pause between answers to another, each the longest in
    the first and in the last third.
    """
    begin += SETTLE
    within = [at for at, (when, _) in enumerate(answered) if begin <= when < end]
    third = (end - begin) / 3

    def pause(at: int) -> float:
        return answered[at + 1][0] - answered[at][0] if at + 1 < len(answered) else 0.0

    early = [at for at in within if answered[at][0] < begin + third]
    late = [at for at in within if answered[at][0] >= end - third]
    if not early or not late:
        return 0.0  # it stood still
    start, stop = max(early, key=pause), max(late, key=pause)
    lines = sum(lines for _, lines in answered[start + 1 : stop + 1])
    return lines / (answered[stop][0] - answered[start][0])


def _run(asked: Asked) -> tuple[list[load.Tally], Told, int]:
    pushing = intake.Asked(asked.database, DEVICES, BATCH, asked.seconds)
    # beside readers a third of what could be pushed is enough to have ready
    each, rounds = intake.prepared(pushing._replace(seconds=max(1, asked.seconds // 3)))
    with server.Installation(asked.database) as installation:
        installation.command("town", "load", "--estate", "中海锦城国际花园", "--buildings", "1")
        installation.command("town", "programme")
        world = installation.ask("fill", str(DEVICES), str(rounds))
        installation.start()
        context = multiprocessing.get_context("spawn")
        end = context.Event()
        found: Any = context.SimpleQueue()
        crowd = context.Process(target=_read, args=(installation.port, asked.rate, end, found))
        crowd.start()
        found.get()  # they have read all once
        tallies, _again = intake.send(pushing, installation.port, world, each)
        end.set()
        told = found.get()
        crowd.join()
        return tallies, told, installation.measure_memory()


def _read(port: int, rate: int, end: Any, found: Any) -> None:
    """Readers at an even pace, every other turn, until `end`; then what they found."""
    pages = list(_list_visits(port))
    wrong = [0]
    for paths in pages:  # an evening begins with an hour in which all was read once
        _visit(port, paths, time.perf_counter(), [], wrong)
    waits: list[float] = []
    turns: list[tuple[float, float]] = []
    used = time.process_time()
    found.put(None)
    while not end.wait(TURN):
        begun = time.monotonic()
        _read_for(port, rate, pages, waits, wrong)
        turns.append((begun, time.monotonic()))
    found.put(Told(waits, wrong[0], turns, time.process_time() - used))


def _read_for(
    port: int, rate: int, pages: list[list[str]], waits: list[float], wrong: list[int]
) -> None:
    """One turn of all readers."""
    lock, turn = threading.Lock(), iter(range(int(TURN * rate / EACH)))
    begun = time.perf_counter()

    def work() -> None:
        while True:
            with lock:
                number = next(turn, None)
            if number is None:
                return
            due = begun + number * EACH / rate
            time.sleep(max(0.0, due - time.perf_counter()))
            _visit(port, pages[number % len(pages)], due, waits, wrong)

    threads = [threading.Thread(target=work) for _ in range(READERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _visit(port: int, paths: list[str], due: float, waits: list[float], wrong: list[int]) -> None:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
            for path in paths:
                asked = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept-Encoding: gzip\r\n\r\n"
                connection.sendall(asked.encode())
                wrong[0] += not _take(connection)
                waits.append(time.perf_counter() - due)
                due = time.perf_counter()
    except OSError:
        wrong[0] += 1


def _take(connection: socket.socket) -> bool:
    """Whether the answer is a 200, read to its end. Raises OSError where it has none."""
    head = b""
    while b"\r\n\r\n" not in head:
        got = connection.recv(1 << 16)
        if not got:
            raise ConnectionResetError("closed within an answer")
        head += got
    head, body = head.split(b"\r\n\r\n", 1)
    length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
    if length is None:
        raise ConnectionResetError("an answer without a length")
    left = int(length[1]) - len(body)
    while left > 0:
        got = connection.recv(min(left, 1 << 16))
        if not got:
            raise ConnectionResetError("closed within an answer")
        left -= len(got)
    return head.startswith(b"HTTP/1.1 200")


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
