"""Result files as they come in: kept between preview and commit, or picked up from a folder.

Refuses to read a file that is still being written, and to lose one: what was read lies in done/ or
refused/ beside a report of every row, and a crash in between only means that it is read again.
"""

import hashlib
import logging
import os
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from django.conf import settings

from doorstep.ledger import codes, refusals
from doorstep.operations.sampling import actions
from doorstep.outside import laboratories as reader
from doorstep.registry import staffing

SETTLED = 2.0  # seconds without a change after which a file is taken for whole
KEPT = 24 * 3600  # seconds an uploaded file waits for its commit
EVERY = 5.0  # seconds between two looks into a watched folder
_ENDINGS = (".csv", ".txt", ".xls", ".xlsx")  # a workbook is refused, but not left lying
_log = logging.getLogger(__name__)


class Imported(NamedTuple):
    """What became of a file: how many rows were new, known, refused, and where it lies now."""

    name: str
    new: int
    known: int
    refused: int
    moved_to: Path


class Author(NamedTuple):
    """Somebody in whose name rows are written."""

    id: str


def keep_waiting(data: bytes) -> str:
    """Keep an uploaded file until it is committed; its digest. Files that nobody committed in a
    day are removed on the way.
    """
    folder = _waiting()
    for old in folder.iterdir():
        if time.time() - old.stat().st_mtime > KEPT:
            old.unlink(missing_ok=True)
    digest = hashlib.sha256(data).hexdigest()
    part = folder / f"{digest}.{os.getpid()}.{threading.get_ident()}.part"
    part.write_bytes(data)
    part.replace(folder / digest)
    return digest


def read_waiting(digest: str) -> bytes:
    """A file that waits. Raises Refused: FILE_GONE."""
    if len(digest) != 64 or not set(digest) <= set("0123456789abcdef"):
        raise refusals.Refused("FILE_GONE", status=404)
    try:
        return (_waiting() / digest).read_bytes()
    except FileNotFoundError:
        raise refusals.Refused("FILE_GONE", status=404) from None


def drop_waiting(digest: str) -> None:
    """Remove a file that was committed; its rows are in the book."""
    (_waiting() / digest).unlink(missing_ok=True)


def import_file(
    path: Path, *, by: str | None = None, laboratory: str | None = None
) -> actions.Plan:
    """Report what a file holds, in the name of the staff id `by` or the first administrator.
    `laboratory` stands for rows that name none; the only laboratory there is does so by itself.

    Raises:
        Refused: NOT_YOURS.
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:  # no more than could be accepted, and one byte to see it
        data = file.read(reader.MAX_BYTES + 1)
    author = by or staffing.find_administrator()
    if author is None:
        raise refusals.Refused("NOT_YOURS")
    units = actions.list_laboratories()
    only = str(units[0].id) if len(units) == 1 else None
    return actions.report_results(Author(author), data, laboratory=laboratory or only)


def import_folder(
    path: Path, *, by: str | None = None, laboratory: str | None = None
) -> list[Imported]:
    """Report every whole file in a folder and move it to done/, or to refused/ when nothing of it
    could be taken, with a report beside it.
    """
    done: list[Imported] = []
    for file in sorted(path.iterdir()):
        if not _is_whole(file):
            continue
        try:
            plan = import_file(file, by=by, laboratory=laboratory)
        except OSError:
            _log.warning("%s cannot be read yet", file)
            continue
        new, known = len(plan.new), len(plan.rows) - len(plan.new)
        folder = path / ("done" if plan.rows else "refused")
        moved_to = _move(file, folder, plan.digest)
        report = moved_to.with_name(moved_to.name + ".report.txt")
        report.write_text(write_report(file.name, plan), encoding="utf-8")
        refused = len({refusal.row for refusal in plan.refusals})
        done.append(Imported(file.name, new, known, refused, moved_to))
    return done


def write_report(name: str, plan: actions.Plan) -> str:
    """What became of every row, in both languages, for whoever sent the file."""
    new = len(plan.new)
    known = len(plan.rows) - new
    rows = len({refusal.row for refusal in plan.refusals})
    lines = [
        name,
        f"SHA-256 {plan.digest}",
        f"{new} new, {known} known already, {rows} refused",
        f"新增{new}行，已有{known}行，未接收{rows}行",
        "",
    ]
    for refusal in plan.refusals:
        column = f" {refusal.column}" if refusal.column else ""
        english = codes.text_of(refusal.code, "en")
        chinese = codes.text_of(refusal.code, "zh-hans")
        lines.append(f"{refusal.row}{column} {refusal.code}: {english} {chinese}")
    for row in plan.new:
        if row.warning:
            lines.append(f"{row.read.row} {row.tube} {row.warning}")
    for box in sorted({row.unreceived for row in plan.new if row.unreceived}):
        said = {"count": 1, "boxes": box}
        english = codes.text_of("BOXES_NOT_RECEIVED", "en", **said)
        chinese = codes.text_of("BOXES_NOT_RECEIVED", "zh-hans", **said)
        lines.append(f"BOXES_NOT_RECEIVED: {english} {chinese}")
    return "\n".join(lines) + "\n"


def watch(path: str | Path, *, by: str | None = None) -> threading.Thread:
    """Look into a folder every few seconds on a thread of its own, made if it is missing. The
    thread ends with the process.
    """
    folder = Path(path)
    folder.mkdir(parents=True, exist_ok=True)
    thread = threading.Thread(target=_look, args=(folder, by), name="result files", daemon=True)
    thread.start()
    return thread


def _look(folder: Path, by: str | None) -> None:
    from django.db import close_old_connections

    while True:
        try:
            for done in import_folder(folder, by=by):
                _log.info("%s: %s new, %s refused", done.name, done.new, done.refused)
        except Exception:  # whatever a file holds, the next one is still read
            _log.exception("the folder of result files is looked at again")
        finally:
            close_old_connections()
        time.sleep(EVERY)


def forget(holds: str, before: int) -> None:
    """Remove the result files that lie in DATA/results since before a moment (microseconds), when
    the operation's records are destroyed.
    """
    if holds != "operation":
        return
    for file in (Path(settings.DATA) / "results").rglob("*"):
        if file.is_file() and file.stat().st_mtime * 1_000_000 < before:
            file.unlink(missing_ok=True)


def _is_whole(file: Path) -> bool:
    """Whether a file is one of results and nobody has written to it for a moment."""
    if file.name.startswith((".", "~")) or file.suffix.lower() not in _ENDINGS:
        return False
    try:
        found = file.stat()
    except FileNotFoundError:
        return False
    return file.is_file() and found.st_size > 0 and time.time() - found.st_mtime >= SETTLED


def _move(file: Path, folder: Path, digest: str) -> Path:
    folder.mkdir(exist_ok=True)
    target = folder / file.name
    if target.exists():  # the same name came before: its report must not be overwritten
        target = folder / f"{file.stem}-{digest[:8]}-{time.time_ns()}{file.suffix}"
    return file.rename(target)


def _waiting() -> Path:
    folder = Path(settings.DATA) / "results" / "waiting"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def names_of(imported: Iterable[Imported]) -> list[str]:
    """One line a file, for a terminal."""
    return [
        f"{each.name}: {each.new} new, {each.known} known, {each.refused} refused"
        f" -> {each.moved_to}"
        for each in imported
    ]
