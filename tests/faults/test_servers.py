"""Two servers, a worker that dies alone, a clock set back, connections that break off: phones send
on, the book stays right, and nobody has to help.
"""

import contextlib
import os
import signal
import socket
import threading
import time
from pathlib import Path

import pytest

from doorstep.bench import load
from doorstep.kit import clock, ports
from doorstep.ledger import connections
from tests.faults.crowd import enrol
from tests.faults.ground import DATABASE, PATIENCE, PHONES, Ground, laid_out, push, work

only_postgres = pytest.mark.skipif(DATABASE != "postgres", reason="one process writes to SQLite")
only_sqlite = pytest.mark.skipif(DATABASE != "sqlite", reason="PostgreSQL bears several servers")
PUSHES = 8
CROWD = 160
LONG = 600  # seconds that are never over


@only_sqlite
def test_a_second_server_on_one_folder_is_refused_and_the_first_goes_on() -> None:
    with laid_out() as (ground, staff):
        assert ground.serve()
        assert ground.run("run", "--port", str(ports.find_free())) == 3
        assert "A server runs on this data folder" in (log := ground.log.read_text())
        assert "本数据目录上正有服务在运行" in log
        work(staff, ground)
        ground.kill()
        staff.check(ground)


@only_postgres
def test_two_servers_take_pushes_of_the_same_phones() -> None:
    with laid_out() as (ground, staff), contextlib.ExitStack() as stack:
        other = Ground(ground.installation, ground.environment, ports.find_free(), "other")
        stack.callback(other.close)
        assert ground.serve() and other.serve()

        def send(number: int) -> None:
            phone = staff.phones[number]
            for at in range(PUSHES):
                staff.write(number)
                phone.port = (ground, other)[(at + number) % 2].port
                assert push(phone, ground)
                phone.answered = max(phone.answered - 6, 0)  # and the last ones again, elsewhere

        workers = [threading.Thread(target=send, args=[n]) for n in range(len(staff.phones))]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        for phone in staff.phones:
            phone.port, phone.answered = ground.port, len(phone.lines)
        assert ground.wait()
        for each in (other, ground):
            assert each.status() is None
            each.kill()
        staff.check(ground)


@only_postgres
def test_two_servers_and_a_crowd_leave_others_room_in_the_database() -> None:
    with laid_out(PHONES + CROWD) as (ground, staff), contextlib.ExitStack() as stack:
        other = Ground(ground.installation, ground.environment, ports.find_free(), "other")
        stack.callback(other.close)
        ground.serve_watched()
        crowd = enrol(ground, staff, CROWD, 5, 3)
        ground.kill()  # it knows no device any more, and has to ask for each
        ground.serve_watched()
        other.serve_watched()
        tallies: list[load.Tally] = []

        def run(port: int, devices: list[load.Device]) -> None:
            tallies.append(load.run(port, devices, LONG))

        halves = ((ground.port, crowd[::2]), (other.port, crowd[1::2]))
        workers = [threading.Thread(target=run, args=half) for half in halves]
        for worker in workers:
            worker.start()
        most = 0
        while any(worker.is_alive() for worker in workers):
            most = max(most, ground.nursery.call("count_connections"))
        assert [(tally.kept, tally.refused) for tally in tallies] == [(CROWD // 2 * 15, 0)] * 2
        # each has its writer, the worker of the reactions and the folder of results besides
        assert 0 < most <= 2 * (connections.KEPT + connections.AT_ONCE + 3) + 1
        for each in (ground, other):
            each.kill()


def test_a_server_whose_worker_died_is_there_again_by_itself() -> None:
    with laid_out() as (ground, staff):
        assert ground.serve()
        work(staff, ground)
        for process in ground.list_processes()[1:]:
            os.kill(process, signal.SIGKILL)
        work(staff, ground)
        assert ground.status() is None
        ground.kill()
        staff.check(ground)


def test_a_clock_that_is_set_back_a_day_stops_nothing(tmp_path: Path) -> None:
    file = tmp_path / "clock"

    def set_clock(back: int) -> None:
        true = time.time_ns() // 1000
        with file.open("r+b" if file.exists() else "wb") as kept:
            kept.write(clock.CLOCK_FILE.pack(true - back, true, 1.0))

    set_clock(0)
    with laid_out(DOORSTEP_CLOCK=str(file)) as (ground, staff):
        assert ground.serve()
        work(staff, ground)
        assert ground.wait()
        set_clock(clock.DAY)
        work(staff, ground)
        assert ground.wait()  # checkpoints, notices, requests to stay
        ground.kill()
        set_clock(2 * clock.DAY)  # whoever had the lease has it until tomorrow
        assert ground.serve()
        work(staff, ground)
        assert ground.wait()
        ground.kill()
        staff.check(ground)


def test_pushes_that_break_off_anywhere_are_sent_again_and_are_there_once() -> None:
    with laid_out() as (ground, staff):
        assert ground.serve()
        phone = staff.phones[0]
        for part in range(PUSHES):
            staff.write(0)
            request = phone.make_request()
            with socket.create_connection(("127.0.0.1", ground.port), PATIENCE) as cut:
                # the last one is sent whole; whoever sent it goes away before the answer
                cut.sendall(request[: len(request) * (part + 1) // PUSHES])
            if part % 2:
                time.sleep(0.3)
        assert ground.answers()
        work(staff, ground)
        assert ground.wait()
        ground.kill()
        staff.check(ground)
