"""Checking the book from its own bytes: chains, signatures, numbering, leaves, tiles, checkpoints,
attachments. Changes nothing, and holds no more of a long book than of a short one.

It reads in legs. Each leg sees the book as it stood at one moment, so a server may go on writing
and no damage is reported that is none; where a leg ended can be saved, and the check goes on from
there another time. What only the end of the book can tell is asked in the leg that reaches it.
"""

import os
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path
from typing import TypedDict

import msgspec

from doorstep.ledger import book, models, verify_destroyed, verify_rows, verify_signed
from doorstep.ledger.verify_lines import Lines
from doorstep.ledger.verify_pushes import Progress, Pushes
from doorstep.ledger.verify_signed import Checked, Checkpoints
from doorstep.ledger.verify_tree import Tree
from doorstep.ledger.verify_words import LISTED, Finding, Findings

LEG = 200_000  # lines read in one view of the book
_ATTACHMENTS = 1_000  # attachments read in one view


class Report(TypedDict):
    """What was checked and what was found; an empty list of findings is a sound book. `found`
    counts also what is not listed any more. `destroyed`: what was destroyed by order, which is no
    damage. `restored`: the backups the book goes on from.
    """

    cell: str
    lines: int
    devices: int
    pushes: int
    checkpoints: int
    attachments: int
    root: str
    found: int
    findings: list[str]
    destroyed: list[verify_destroyed.Told]
    restored: list[verify_destroyed.Restored]


class State(msgspec.Struct):
    """Where a check is. `missing`: the first leaf of a gap that no line has ended yet."""

    cell: str
    epoch: int
    built: Tree = msgspec.field(default_factory=Tree)
    progress: Progress = msgspec.field(default_factory=Progress)
    checked: Checked = msgspec.field(default_factory=Checked)
    findings: Findings = msgspec.field(default_factory=Findings)
    missing: int | None = None
    is_read: bool = False  # every line; attachments are left
    digest: str = ""  # the last attachment that was checked
    attachments: int = 0
    devices: int = 0


Show = Callable[[int, int], None]


def check_book(
    progress: Show = lambda done, of: None,
    *,
    path: Path | None = None,
    resume: bool = False,
    leg: int = LEG,
) -> Report:
    """Read every line once in the order of the book, its pushes in step; locate what is wrong.

    Args:
        progress: told how many lines of how many are read.
        path: where the state is saved after each leg; the file is gone when the check is over.
        resume: go on from a saved state, if there is one of this very book.
        leg: lines read in one view of the book.
    """
    return look(progress, path=path, resume=resume, leg=leg)[0]


def look(
    progress: Show, *, path: Path | None, resume: bool, leg: int = LEG
) -> tuple[Report, list[Finding]]:
    """As `check_book`; besides the report the findings themselves, for people of two languages."""
    cell = book.get_cell()
    state = (_load(path, cell) if path and resume else None) or State(cell.id, cell.epoch)
    with ThreadPoolExecutor(os.cpu_count(), "verify") as executor:
        while not state.is_read:
            with verify_rows.snapshot():
                _run_leg(state, executor, progress, leg)
            _save(path, state)
    more = True
    while more:
        with verify_rows.snapshot():
            more = _check_attachments(state)
        _save(path, state)
    if path is not None:
        path.unlink(missing_ok=True)
    return _report(state), state.findings.listed


def _run_leg(state: State, executor: Executor, progress: Show, leg: int) -> None:
    """Read so many lines in one view of the book, and look at its end if they reach it."""
    cell, built, findings = book.get_cell(), state.built, state.findings
    pushes = Pushes(state.cell, state.progress, findings, executor)
    pushes.begin()
    destroyed = verify_destroyed.Destroyed(findings)
    lines = Lines(built, pushes, findings, cell.size, destroyed)
    lines.missing = state.missing
    signed = Checkpoints(cell, state.checked, findings)
    if built.size == 0:
        signed.read(-1, 0)
        signed.meet(0, built.root())
    until = min(built.size + leg, cell.size)
    while built.size < until:
        end = verify_rows.end_of_chunk(built.size, until)
        signed.read(built.size, end)
        for size in lines.check_chunk(end):
            if signed.wants(size):
                signed.meet(size, built.root())
        pushes.check_chunk()
        progress(built.size, cell.size)
    state.missing = lines.missing
    if built.size >= cell.size:
        lines.end_gap()
        destroyed.check()
        _look_at_end(state, cell, pushes, signed)


def _look_at_end(state: State, cell: models.Cell, pushes: Pushes, signed: Checkpoints) -> None:
    """What can be told only when every line is read, in the view that has read the last."""
    findings = state.findings
    outside = verify_rows.read_outside(cell.size, LISTED + 1)
    if outside and outside[-1].leaf >= cell.size:
        findings.add("CELL_SIZE", size=cell.size, end=outside[-1].leaf + 1)
    for line in outside:
        findings.add(
            "LINE_OUTSIDE", leaf=line.leaf, device=line.device, number=line.number, size=cell.size
        )
    pushes.finish()
    state.built.finish(cell, findings)
    signed.finish(cell.size)
    verify_signed.check_devices(state.progress.chains, findings)
    state.devices = len(pushes.devices)
    state.is_read = True


def _check_attachments(state: State) -> bool:
    """Unseal so many attachments in one view of the book; whether there may be more."""
    read = 0
    for digest in verify_signed.check_attachments(state.digest, state.findings):
        state.digest = digest
        read += 1
        if read == _ATTACHMENTS:
            break
    state.attachments += read
    return read == _ATTACHMENTS


def _load(path: Path, cell: models.Cell) -> State | None:
    """Where an earlier check was, if it was of this very book."""
    try:
        state = msgspec.json.decode(path.read_bytes(), type=State)
    except (FileNotFoundError, msgspec.MsgspecError):
        return None
    is_same = (state.cell, state.epoch) == (cell.id, cell.epoch)
    return state if is_same and state.built.size <= cell.size else None


def _save(path: Path | None, state: State) -> None:
    """Write the state so that a power cut leaves the old one or the new one."""
    if path is None:
        return
    beside = path.with_name(path.name + ".new")
    with open(beside, "wb") as file:
        file.write(msgspec.json.encode(state))
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def _report(state: State) -> Report:
    return {
        "cell": state.cell,
        "lines": state.built.size,
        "devices": state.devices,
        "pushes": state.progress.checked,
        "checkpoints": state.checked.count,
        "attachments": state.attachments,
        "root": state.built.root().hex(),
        "found": state.findings.count,
        "findings": [each.text() for each in state.findings.listed],
        "destroyed": verify_destroyed.tell(),
        "restored": verify_destroyed.tell_restored(),
    }
