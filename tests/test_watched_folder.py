"""The running server reads what a laboratory puts into DATA/results/in: a real server, real files.
Nobody uploads, nobody commits. On both databases.
"""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from doorstep.bench.server import DATABASES, Installation

PATIENCE = 120  # seconds; the server looks every five, at files that rested for two
HEAD = "采样管编号,检测结果,检测时间,报告时间,检测机构\n"
ROW = "T000000001,阴性,2021-06-21 08:05,2021-06-21 12:00,\n"
BROKEN = "采样管编号,检测结果\nT000000002,不知道\n"


def wait_for(what: Callable[[], bool], name: str) -> None:
    end = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < end, f"{name} did not happen within {PATIENCE} s"
        time.sleep(0.2)


def report_of(path: Path) -> str:
    report = path.with_name(path.name + ".report.txt")
    wait_for(lambda: report.exists() and report.stat().st_size > 0, f"the report of {path.name}")
    return report.read_text(encoding="utf-8")


@pytest.mark.parametrize("database", DATABASES)
def test_a_running_server_reads_what_lies_in_the_folder(database: str) -> None:
    with Installation(database) as installation:
        installation.command("town", "load", "--buildings", "1")
        installation.command("town", "open-day")
        installation.start()
        folder = Path(installation.environment["DOORSTEP_DATA"]) / "results" / "in"
        laboratory = "映川医学检验实验室"
        wait_for(folder.is_dir, "the folder")
        row = ROW.replace(",\n", f",{laboratory}\n")
        (folder / "morning.csv").write_bytes((HEAD + row).encode("gb18030"))
        (folder / "broken.csv").write_text(BROKEN, encoding="utf-8")
        (folder / "book.xls").write_bytes(bytes.fromhex("d0cf11e0a1b11ae1") + bytes(1_528))
        hidden = folder / ".again.csv"  # as a sender that does not want it read half written
        hidden.write_bytes((HEAD + row).encode())

        assert "1 new, 0 known already, 0 refused" in report_of(folder / "done" / "morning.csv")
        refused = report_of(folder / "refused" / "broken.csv")
        assert "0 new" in refused and "COLUMN_MISSING" in refused
        assert "FILE_NOT_CSV" in report_of(folder / "refused" / "book.xls")
        assert hidden.exists()

        # the same rows in another encoding: the book has them, through this same running server
        hidden.rename(folder / "again.csv")
        assert "0 new, 1 known already, 0 refused" in report_of(folder / "done" / "again.csv")
        installation.stop()
        left = [path.name for path in folder.iterdir() if path.is_file()]
        assert left == []
