"""Files of people between upload and commit, rosters and lists of vaccinated people: kept sealed on
disk, worked on beside the request, with real progress. Whoever serves the next question reads the
same files.

Refuses to keep a file longer than HOURS, and to keep it after it was committed.
"""

import json
import logging
import os
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.db import connections
from django.utils.translation import get_language, override

from doorstep.kit import clock, ids
from doorstep.ledger import keys, refusals
from doorstep.registry import rosters, vaccinated

HOURS = 6
AT_ONCE = 400_000  # bytes: smaller files are done before the answer
ROSTER, VACCINATED = "roster", "vaccinated"
_NONCE = 12
_log = logging.getLogger(__name__)


@dataclass
class Upload:
    """An uploaded file: whose, for where, how far, and what came of it. `sort`: roster, or
    vaccinated, which is for no place of its own.

    `phase` is preview or commit; `state` is running, ready, committed or failed.
    """

    id: str
    by: str
    filename: str
    place: str
    at: int
    language: str
    gone: str = "keep"
    phase: str = "preview"
    state: str = "running"
    step: str = "read"
    done: int = 0
    of: int = 0
    problem: str = ""
    facts: dict[str, str] = field(default_factory=dict)
    report: dict[str, Any] | None = None
    sort: str = ROSTER


def begin(by: str, filename: str, data: bytes, place: str, sort: str = ROSTER) -> Upload:
    """Keep a file and work out what it would change."""
    _forget_old()
    upload = Upload(ids.new(), by, filename[:200], place, clock.now(), get_language() or "en")
    upload.sort = sort
    nonce = os.urandom(_NONCE)
    _write(_data_path(upload.id), nonce + _cipher().encrypt(nonce, data, upload.id.encode()))
    _save(upload)
    _start(upload, data)
    return upload


def commit(upload: Upload, by: str, gone: str) -> None:
    """Carry the file's changes out."""
    data = _read_data(upload.id)
    upload.by, upload.gone, upload.phase, upload.state = by, gone, "commit", "running"
    upload.step, upload.done, upload.of = "read", 0, 0
    _save(upload)
    _start(upload, data)


def find(upload: str) -> Upload | None:
    """The upload of that id, as far as it is."""
    path = _state_path(upload)
    try:
        return Upload(**json.loads(path.read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def forget(holds: str, before: int) -> None:
    """Remove the files that came before a moment, and what was said of them, when the roster's
    records are destroyed.
    """
    if holds != "roster":
        return
    for file in _folder().iterdir():
        if file.stat().st_mtime * 1_000_000 < before:
            file.unlink(missing_ok=True)


def _start(upload: Upload, data: bytes) -> None:
    if len(data) <= AT_ONCE:
        _work(upload, data)
        return
    threading.Thread(target=_work_aside, args=(upload, data), name="roster", daemon=True).start()


def _work_aside(upload: Upload, data: bytes) -> None:
    try:
        with override(upload.language):
            _work(upload, data)
    finally:
        connections.close_all()


def _work(upload: Upload, data: bytes) -> None:
    def show(step: str, done: int, of: int) -> None:
        if step != upload.step or done == of or done - upload.done >= max(200, of // 100):
            upload.step, upload.done, upload.of = step, done, of
            _save(upload)

    try:
        report = _WORK[upload.sort](upload, data, show)
        done = "ready" if upload.phase == "preview" else "committed"
        upload.state = "failed" if report.problem else done
        upload.problem = report.problem
        upload.report = report.to_json()
    except refusals.Refused as problem:
        upload.state, upload.problem = "failed", problem.code
        upload.facts = {name: str(value) for name, value in problem.facts.items()}
    except Exception:
        _log.exception("file %s could not be worked on", upload.id)
        upload.state, upload.problem = "failed", "FILE_UNREADABLE"
    _save(upload)
    if upload.state == "committed":
        _data_path(upload.id).unlink(missing_ok=True)


def _work_on_roster(upload: Upload, data: bytes, show: rosters.Progress) -> rosters.Report:
    by, name, place = upload.by, upload.filename, upload.place
    if upload.phase == "preview":
        return rosters.preview(by, data, name, place, progress=show)
    gone: rosters.Gone = "moved_out" if upload.gone == "moved_out" else "keep"
    return rosters.commit(by, data, name, place, gone=gone, progress=show)


def _work_on_doses(upload: Upload, data: bytes, show: rosters.Progress) -> vaccinated.Report:
    act = vaccinated.preview if upload.phase == "preview" else vaccinated.commit
    return act(upload.by, data, upload.filename, progress=show)


_WORK: dict[str, Callable[[Upload, bytes, rosters.Progress], Any]] = {
    ROSTER: _work_on_roster,
    VACCINATED: _work_on_doses,
}


def _folder() -> Path:
    folder = Path(settings.DATA) / "uploads"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _state_path(upload: str) -> Path:
    if not ids.is_canonical(upload):
        raise refusals.Refused("NOT_FOUND")
    return _folder() / f"{upload}.json"


def _data_path(upload: str) -> Path:
    return _folder() / f"{upload}.sealed"


def _save(upload: Upload) -> None:
    text = json.dumps(asdict(upload), ensure_ascii=False)
    _write(_state_path(upload.id), text.encode())


def _write(path: Path, data: bytes) -> None:
    beside = path.with_suffix(f".{os.getpid()}.{threading.get_ident()}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
    beside.replace(path)  # whoever reads sees the old state or the new, never half


def _read_data(upload: str) -> bytes:
    try:
        sealed = _data_path(upload).read_bytes()
    except OSError:
        raise refusals.Refused("UPLOAD_GONE") from None
    return _cipher().decrypt(sealed[:_NONCE], sealed[_NONCE:], upload.encode())


def _forget_old() -> None:
    oldest = clock.now() - HOURS * clock.HOUR
    for path in _folder().glob("*.json"):
        found = find(path.stem)
        if found is None or found.at < oldest:
            path.unlink(missing_ok=True)
            _data_path(path.stem).unlink(missing_ok=True)


def _cipher() -> AESGCM:
    return AESGCM(keys.derive("roster upload", 32))
