"""The disk is full, takes nothing any more, can only be read; the database is away. Phones are told
so and keep what they have, the pages say what is wrong in both languages, nothing is lost, and the
server goes on by itself as soon as it is over.
"""

import contextlib
import http.client
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from doorstep.ledger import codes
from tests.faults.ground import DATABASE, PATIENCE, Ground, Staff, laid_out, work
from tests.faults.link import linked

MIB = 1 << 20
IS_LONG = "DOORSTEP_SOAK" in os.environ
AWAY = 60 if IS_LONG else 3  # seconds
SIZE = (192 if DATABASE == "postgres" else 24) * MIB  # of the small disk: a cluster is large
only_postgres = pytest.mark.skipif(DATABASE != "postgres", reason="of a database of its own")
only_sqlite = pytest.mark.skipif(DATABASE != "sqlite", reason="of a database in the data folder")


@contextlib.contextmanager
def small_disk(size: int = SIZE) -> Iterator[Path]:
    """A disk of so many bytes on which temporary folders are made."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)  # the database's own user goes through it
        mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder]
        try:
            done = subprocess.run(mount, capture_output=True, text=True)
        except FileNotFoundError as missing:
            pytest.skip(str(missing))
        if done.returncode != 0:
            pytest.skip(f"only root makes a small disk: {done.stderr.strip()}")
        try:
            with pytest.MonkeyPatch.context() as patched:
                patched.setattr(tempfile, "tempdir", folder)
                yield Path(folder)
        finally:
            subprocess.run(["umount", "-l", folder], check=True)


class Disk:
    """A disk that can fail as real ones do: its system makes it read-only while files are open."""

    def __init__(self, image: Path, folder: Path) -> None:
        self.image, self.folder = image, folder

    def mount(self) -> None:
        _run("mount", "-o", "loop", str(self.image), str(self.folder))
        self.folder.chmod(0o755)

    def fail(self) -> None:
        """From now on it can only be read, as after an error that the kernel met itself."""
        _run("mount", "-o", "remount,abort", str(self.folder))

    def repair(self) -> None:
        """As whoever looks after the machine does. Nothing may have a file on it open."""
        _run("umount", str(self.folder))
        subprocess.run(["fsck.ext4", "-p", str(self.image)], capture_output=True)
        self.mount()


def _run(*words: str) -> None:
    """Run a command of the system; skip the test where only root may, or there is none such."""
    try:
        done = subprocess.run(words, capture_output=True, text=True)
    except FileNotFoundError as missing:
        pytest.skip(str(missing))
    if done.returncode != 0:
        pytest.skip(f"only root, with loop devices, has a disk that fails: {done.stderr.strip()}")


@contextlib.contextmanager
def failing_disk() -> Iterator[Disk]:
    """A disk that can be made to fail, on which temporary folders are made."""
    with tempfile.TemporaryDirectory() as outside:
        disk = Disk(Path(outside, "image"), Path(outside, "disk"))
        disk.folder.mkdir()
        with disk.image.open("wb") as file:
            file.truncate(64 * MIB)
        _run("mkfs.ext4", "-q", "-F", str(disk.image))
        disk.mount()
        try:
            with pytest.MonkeyPatch.context() as patched:
                patched.setattr(tempfile, "tempdir", str(disk.folder))
                yield disk
        finally:
            subprocess.run(["umount", "-l", str(disk.folder)], check=True)


def fill(disk: Path) -> Path:
    """The file that takes all the room there is left."""
    path = disk / "filling"
    with path.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(4096))
    return path


def fail(staff: Staff) -> None:
    """Work until the storage has failed every phone; what they get is 500, and nothing is kept."""
    for number, phone in enumerate(staff.phones):
        for _ in range(30):
            staff.write(number)
            status, told, _ = phone.push()
            if status != 200:
                break
        assert (status, told) == (500, {"code": "STORAGE_FAILED"})


def ask(ground: Ground, path: str, cookie: str, language: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", ground.port, timeout=20)
    with contextlib.closing(connection):
        connection.request("GET", path, headers={"Cookie": cookie, "Accept-Language": language})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()


def assert_said(ground: Ground, staff: Staff, name: str, cookie: str, status: int) -> None:
    """In the log, and on the first page, in both languages."""
    log = ground.log.read_text()
    until = time.monotonic() + PATIENCE
    for language in ("en", "zh-hans"):
        text = codes.text_of(name, language)
        assert text in log, log[-3000:]
        while (said := ask(ground, "/", cookie, language))[0] != status or text not in said[1]:
            assert time.monotonic() < until, said
            fail(staff)  # something small may have had room meanwhile: then it seems to be over


def assert_goes_on(ground: Ground, staff: Staff) -> None:
    """The same process goes on; nothing was lost."""
    work(staff, ground)
    assert ground.wait()  # what follows from commits too
    until = time.monotonic() + PATIENCE
    while "over, writing goes on 已恢复" not in ground.log.read_text():
        assert time.monotonic() < until
        work(staff, ground)
        time.sleep(0.2)
    assert ground.wait() and ground.status() is None
    ground.kill()
    staff.check(ground)


def test_a_full_disk_is_said_and_when_there_is_room_all_goes_on() -> None:
    with small_disk() as disk, laid_out() as (ground, staff):
        cookie = ground.nursery.call("sign_in")
        assert ground.serve()
        work(staff, ground)
        filling = fill(disk)
        fail(staff)
        assert_said(ground, staff, "DISK_FULL", cookie, 200)
        filling.unlink()
        ground.raise_database()
        assert_goes_on(ground, staff)


@only_sqlite
def test_a_disk_that_takes_nothing_is_said_and_when_it_does_again_all_goes_on() -> None:
    with laid_out() as (ground, staff):
        cookie = ground.nursery.call("sign_in")
        assert ground.serve()
        limit_files(ground, 32 << 10)  # room for the log, but not for the book
        fail(staff)
        assert_said(ground, staff, "DISK_FAILS", cookie, 200)
        limit_files(ground, resource.RLIM_INFINITY)
        assert_goes_on(ground, staff)


@only_sqlite
def test_a_disk_that_can_only_be_read_is_said_and_after_its_repair_nothing_is_lost(
    tmp_path: Path,
) -> None:
    """A read-only tmpfs would not do: the kernel refuses it while the book is open for writing."""
    with failing_disk() as disk, laid_out() as (ground, staff):
        cookie = ground.nursery.call("sign_in")
        ground.log, ground.counters = tmp_path / "log", tmp_path / "steps"  # on another disk
        os.sync()  # what was set up; what comes now is on the disk when it is answered
        assert ground.serve()
        work(staff, ground)
        disk.fail()
        fail(staff)
        assert_said(ground, staff, "DISK_READ_ONLY", cookie, 200)
        assert ground.status() is None
        ground.kill()
        disk.repair()
        assert ground.serve()
        work(staff, ground)
        assert ground.wait()
        ground.kill()
        staff.check(ground)


def limit_files(ground: Ground, size: int) -> None:
    """Let the server's processes write no file beyond so many bytes."""
    for process in ground.list_processes():
        _, hard = resource.prlimit(process, resource.RLIMIT_FSIZE)
        resource.prlimit(process, resource.RLIMIT_FSIZE, (size, hard))


@only_postgres
def test_a_database_that_can_only_be_read_is_said_and_then_all_goes_on() -> None:
    with laid_out() as (ground, staff):
        postgres = ground.installation._postgres
        cookie = ground.nursery.call("sign_in")
        assert ground.serve()
        work(staff, ground)
        postgres.psql("ALTER SYSTEM SET default_transaction_read_only = on")
        postgres.psql("SELECT pg_reload_conf()")
        until = time.monotonic() + PATIENCE
        while "on" not in postgres.psql("SHOW default_transaction_read_only").split():
            assert time.monotonic() < until
            time.sleep(0.05)
        fail(staff)
        assert_said(ground, staff, "DISK_READ_ONLY", cookie, 200)
        postgres.psql("SET default_transaction_read_only = off; "
                      "ALTER SYSTEM RESET default_transaction_read_only")  # fmt: skip
        postgres.psql("SELECT pg_reload_conf()")
        assert_goes_on(ground, staff)


@only_postgres
@pytest.mark.parametrize("how", ["fast", "immediate"])
def test_a_database_that_is_away_is_said_and_when_it_is_back_all_goes_on(how: str) -> None:
    with laid_out() as (ground, staff):
        cookie = ground.nursery.call("sign_in")
        assert ground.serve()
        work(staff, ground)
        stop_database(ground, how)
        fail(staff)
        assert_said(ground, staff, "DATABASE_GONE", cookie, 503)
        time.sleep(AWAY)  # the worker of the reactions tries too
        ground.raise_database()
        assert_goes_on(ground, staff)


@only_postgres
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets a connection go dumb")
def test_a_database_that_vanishes_is_given_up_and_when_it_is_back_all_goes_on() -> None:
    """The long form waits as long as the how-to says; the short one sets less in the address."""
    connect, silence = (10, 30) if IS_LONG else (2, 3)
    limits = "" if IS_LONG else f"?connect_timeout={connect}&tcp_user_timeout={silence}000"
    with laid_out() as (direct, staff), contextlib.ExitStack() as stack:
        cookie = direct.nursery.call("sign_in")
        link = stack.enter_context(linked(find_socket(direct)))
        address = f"postgresql://postgres@127.0.0.1:{link.port}/postgres{limits}"
        environment = direct.environment | {"DOORSTEP_DATABASE": address}
        ground = Ground(direct.installation, environment, direct.port, "linked")
        stack.callback(ground.close)
        assert ground.serve()
        work(staff, ground)
        link.vanish()
        for number, phone in enumerate(staff.phones):
            phone.patience = 10 * (connect + silence)
            staff.write(number)
            begun = time.monotonic()
            assert phone.push()[:2] == (500, {"code": "STORAGE_FAILED"})
            # the first waits for the silence; then each for up to three connections that never come
            assert time.monotonic() - begun < 2 * silence + 4 * connect
        assert_said(ground, staff, "DATABASE_GONE", cookie, 503)
        link.come_back()
        assert_goes_on(ground, staff)


def find_socket(ground: Ground) -> Path:
    """Where the installation's PostgreSQL listens."""
    [folder] = parse_qs(urlsplit(ground.environment["DOORSTEP_DATABASE"]).query)["host"]
    [found] = (each for each in Path(folder).glob(".s.PGSQL.*") if each.is_socket())
    return found


@only_postgres
def test_a_server_that_is_there_before_its_database_waits_for_it() -> None:
    with laid_out() as (ground, staff):
        stop_database(ground, "fast")
        process = ground.begin("run", "--port", str(ground.port))
        for _ in range(PATIENCE * 10):
            if codes.text_of("DATABASE_GONE", "zh-hans") in ground.log.read_text():
                break
            time.sleep(0.1)
        assert not ground.answers() and ground.status() is None
        ground.raise_database()
        for _ in range(PATIENCE * 10):
            if ground.answers():
                break
            time.sleep(0.1)
        assert ground.process == process
        assert_goes_on(ground, staff)


def stop_database(ground: Ground, how: str) -> None:
    """As whoever looks after it does: nothing that is left says goodbye when it is immediate."""
    signals = {"fast": 2, "immediate": 3}
    postgres = ground.installation._postgres
    os.kill(postgres.get_pid(), signals[how])
    postgres.get_postmaster_info().process.wait(PATIENCE)
