"""`doorstep bench intake`: how many lines a second the book takes, durable and folded, and whether
it lost or doubled any. Lost and doubled are counted afterwards from the book and the folded tables.
"""

import multiprocessing
import os
from multiprocessing.synchronize import Barrier
from typing import Any, NamedTuple

from doorstep.bench import inside, load, machine, server

PREPARED = 25_000  # lines for each second of the measurement; the clock stops when they are used up
PROCESSES = 2  # that send


class Asked(NamedTuple):
    """What is to be measured. `resend`: afterwards every push once more, unchanged. `rate`: lines a
    second all devices together are to send; 0: as fast as they are answered.
    """

    database: str
    devices: int
    batch: int
    seconds: int
    resend: bool = False
    rate: int = 0


def measure(asked: Asked) -> dict[str, Any]:
    """Measure and report, the figures of a second sending under `resend`.

    Raises:
        RuntimeError: the server did not start, or filling failed.
    """
    each, rounds = prepared(asked)
    with server.Installation(asked.database) as installation:
        world = installation.ask("fill", str(asked.devices), str(rounds))
        installation.start()
        first, again = send(asked, installation.port, world, each)
        memory = installation.measure_memory()
        installation.stop()
        counted = installation.ask("count")
        report = {
            **figures(first),
            **_compare(first, counted),
            "database": asked.database,
            "devices": asked.devices,
            "batch": asked.batch,
            "rate": asked.rate,
            "server_mib": memory,
            "counted": counted,
        }
        if again:
            report["resend"] = figures(again)
        report["cpus"] = os.cpu_count()
        report["fsyncs_per_second"] = machine.count_fsyncs(installation.folder)
        report["machine"] = machine.describe()
    return report


def prepared(asked: Asked) -> tuple[int, int]:
    """How many lines each device is to have ready, and how many rounds they need."""
    each = max(PREPARED * asked.seconds // asked.devices, asked.batch)
    people_each = inside.PEOPLE // asked.devices
    return each, each * load.TUBE // ((load.TUBE + 2) * people_each) + 1


def send(
    asked: Asked, port: int, world: dict[str, Any], each: int
) -> tuple[list[load.Tally], list[load.Tally]]:
    """The tallies of the first sending and of the second, one for each process."""
    devices = share_people(world)
    context = multiprocessing.get_context("spawn")
    count = min(PROCESSES, asked.devices)
    barrier = context.Barrier(count)
    told: multiprocessing.SimpleQueue[list[load.Tally]] = context.SimpleQueue()
    jobs = [
        load.Job(port, world["by"], world["rounds"], devices[n::count], asked.batch, each)
        for n in range(count)
    ]
    workers = [
        context.Process(target=_work, args=(job, n, barrier, asked, told))
        for n, job in enumerate(jobs)
    ]
    for worker in workers:
        worker.start()
    answers = [told.get() for _ in workers]
    for worker in workers:
        worker.join()
    return [answer[0] for answer in answers], [answer[1] for answer in answers if answer[1:]]


def share_people(world: dict[str, Any]) -> list[tuple[str, str, list[str]]]:
    """The devices of a filled world as a job has them: code, table, people of its own."""
    size = len(world["people"]) // len(world["codes"])
    return [
        (code, table, world["people"][n * size : (n + 1) * size])
        for n, (code, table) in enumerate(zip(world["codes"], world["tables"], strict=True))
    ]


def _work(job: load.Job, process: int, barrier: Barrier, asked: Asked, told: Any) -> None:
    try:
        devices = load.prepare(job, process)
        pause = asked.devices * asked.batch / asked.rate if asked.rate else 0.0
        barrier.wait()
        tallies = [load.run(job.port, devices, asked.seconds, pause)]
        if asked.resend:
            for device in devices:
                device.pushes, device.next = device.pushes[: device.next], 0
            barrier.wait()
            tallies.append(load.run(job.port, devices, asked.seconds))
    except BaseException:
        barrier.abort()
        told.put([load.Tally(refused=1)])
        raise
    told.put(tallies)


def figures(tallies: list[load.Tally]) -> dict[str, Any]:
    """Lines a second, how long pushes waited, and what became of them."""
    waits = [wait * 1000 for tally in tallies for wait in tally.waits]
    spent = max(tally.ended for tally in tallies) - min(tally.begun for tally in tallies)
    sent = sum(tally.sent for tally in tallies)
    return {
        "lines_per_second": round(sent / spent) if spent else 0,
        "p50_ms": round(machine.percentile(waits, 0.50), 1),
        "p99_ms": round(machine.percentile(waits, 0.99), 1),
        "seconds": round(spent, 2),
        "sent": sent,
        "kept": sum(tally.kept for tally in tallies),
        "known": sum(tally.known for tally in tallies),
        "flagged": sum(tally.flagged for tally in tallies),
        "refused": sum(tally.refused for tally in tallies),
        "busy": sum(tally.busy for tally in tallies),
    }


def _compare(tallies: list[load.Tally], counted: dict[str, int]) -> dict[str, int]:
    """Lost: answered as kept and not in the book, or in the book and in no folded row. Doubled: an
    entry that counts twice.
    """
    kept = sum(tally.kept for tally in tallies)
    lost = max(kept - counted["entries"], 0) + max(counted["sampled"] - counted["bound"], 0)
    doubled = counted["lines"] - counted["entries"]
    doubled += max(counted["bound"] - counted["sampled"], 0)
    doubled += max(counted["counted"] - counted["sampled"], 0)
    return {"lost": lost, "doubled": doubled}
