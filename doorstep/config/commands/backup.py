"""`doorstep backup` and `doorstep restore`: the whole installation as one sealed file, and back.

A backup is taken while a server runs. A restore goes into an empty installation only.
"""

import argparse
import getpass
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from doorstep.ledger.backups import Checked
    from doorstep.ledger.sealed_files import Key

WIDTH = 30  # of the progress bar
EVERY = 0.2  # seconds between two drawings of it
_STEPS = {
    "write": "write 写入",
    "check": "read back 回读",
    "load": "load 载入",
    "compare": "compare 比对",
    "verify": "verify 核验",
}


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the subcommands."""
    backup = commands.add_parser("backup", help="write everything to one sealed file")
    backup.add_argument("file", nargs="?", type=Path, help="the file to write")
    backup.add_argument("--new-key", type=Path, metavar="KEY", help="only make a key file")
    backup.add_argument("--check", action="store_true", help="only read a backup that is there")
    backup.add_argument(
        "--elsewhere",
        action="store_true",
        help="the file lies in another place than the book, though it looks like the same disk",
    )
    _add_key(backup)
    backup.set_defaults(run=_backup)
    restore = commands.add_parser("restore", help="make a backup the book of an empty installation")
    restore.add_argument("file", type=Path)
    restore.add_argument("--by", metavar="ACCOUNT", help="who says so in the book")
    restore.add_argument("--epoch", type=int, help="if this backup has been restored before: 3, 4…")
    restore.add_argument("--even-damaged", action="store_true", help="though verify finds damage")
    listed = restore.add_mutually_exclusive_group()
    listed.add_argument("--list", type=Path, help="the newest destruction list of this book")
    listed.add_argument("--without-list", action="store_true", help="there is none anywhere")
    _add_key(restore)
    restore.set_defaults(run=_restore, writes=True, any_key=True)  # the backup brings its own


def _add_key(parser: argparse.ArgumentParser) -> None:
    lock = parser.add_mutually_exclusive_group()
    lock.add_argument("--key-file", type=Path, metavar="KEY", help="that --new-key made")
    lock.add_argument("--passphrase-file", type=Path, help="else a passphrase is asked for")
    parser.add_argument("--json", action="store_true", help="print the JSON line and nothing else")


def _backup(arguments: argparse.Namespace) -> int:
    from doorstep.ledger import sealed_files

    def act() -> int:
        if arguments.new_key is not None:
            sealed_files.make_key_file(arguments.new_key)
            print(f"{arguments.new_key}\nKeep a copy of it away from this machine and from the "
                  "backups: without it they cannot be read.\n"
                  "请将其副本存放在本机和备份以外的地方：丢失后备份无法读取。")  # fmt: skip
            return 0
        if arguments.file is None:
            print("doorstep backup FILE, or doorstep backup --new-key KEY", file=sys.stderr)
            return 2
        return _take(arguments)

    return _tell_refusals(arguments, act)


def _take(arguments: argparse.Namespace) -> int:
    from doorstep.ledger import backups

    begun = time.monotonic()
    show = _ignore if arguments.json else _make_bar()
    key = _read_key(arguments, again=not arguments.check)
    found = (backups.check if arguments.check else backups.take)(arguments.file, key, show)
    apart = arguments.elsewhere or backups.is_apart(arguments.file)
    if found.is_sound:
        backups.leave(found, apart=apart)
    told = _describe(arguments.file, found)
    told |= {"verified": found.is_sound, "apart": apart}
    told["list"] = _leave_list(arguments)
    told["seconds"] = round(time.monotonic() - begun, 2)
    if not found.is_sound:
        _say(arguments, "BACKUP_BOOK_DAMAGED")
    elif not apart:
        _say(arguments, "BACKUP_SAME_DISK")
    print(json.dumps(told))
    return 0 if found.is_sound else 1


def _leave_list(arguments: argparse.Namespace) -> str | None:
    """Renew the destruction list beside the backup; its path, None where there is no book or a
    list that is not ours.
    """
    from doorstep.ledger import destruction_list, refusals

    try:
        left = destruction_list.leave(arguments.file.parent)
    except refusals.Refused as no:
        _say(arguments, no.code, **no.facts)
        return None
    if left and left.unknown:
        _say(arguments, "LIST_UNKNOWN", count=left.unknown, file=left.path)
    return str(left.path) if left else None


def _restore(arguments: argparse.Namespace) -> int:
    from doorstep.ledger import restoring

    def act() -> int:
        begun = time.monotonic()
        show = _ignore if arguments.json else _make_bar()
        key = _read_key(arguments, again=False)
        asked = restoring.Asked(
            arguments.file,
            key,
            lambda: _find_writer(arguments.by),
            arguments.epoch,
            arguments.even_damaged,
            arguments.list,
            arguments.without_list,
        )
        done = restoring.restore(asked, show)
        told = _describe(arguments.file, done.checked) | {"from_epoch": done.checked.header.epoch}
        told |= {"epoch": done.epoch, "findings": done.findings, "destroyed": done.destroyed}
        told["seconds"] = round(time.monotonic() - begun, 2)
        print(json.dumps(told))
        return 0

    return _tell_refusals(arguments, act)


def _describe(file: Path, found: "Checked") -> dict[str, object]:
    header = found.header
    return {
        "file": str(file),
        "cell": header.cell,
        "epoch": header.epoch,
        "size": header.size,
        "root": header.root,
        "at": header.at,
        "tables": len(found.sums),
        "rows": sum(each.rows for each in found.sums.values()),
        "bytes": found.bytes,
        "digest": found.digest,
    }


def _read_key(arguments: argparse.Namespace, *, again: bool) -> "Key":
    """The key of its file, or a passphrase of a file or typed; twice where it will lock a file."""
    from doorstep.ledger import refusals, sealed_files

    if arguments.key_file is not None:
        return sealed_files.read_key_file(arguments.key_file)
    if arguments.passphrase_file is not None:
        text = arguments.passphrase_file.read_text("utf-8").strip("\r\n")
        return sealed_files.read_passphrase(text)
    if not sys.stdin.isatty():
        raise refusals.Refused("BACKUP_KEY_MISSING")
    typed = getpass.getpass("Passphrase of the backup 备份口令: ")
    key = sealed_files.read_passphrase(typed)
    if again and typed != getpass.getpass("Again 再输一次: "):
        raise refusals.Refused("BACKUP_KEY_MISSING")
    return key


def _find_writer(account: str | None) -> str | None:
    from doorstep.registry import staffing

    staff = staffing.find_staff(account) if account else None
    return str(staff.id) if staff else staffing.find_administrator()


def _tell_refusals(arguments: argparse.Namespace, act: Callable[[], int]) -> int:
    from doorstep.ledger import refusals

    try:
        return act()
    except refusals.Refused as no:
        _say(arguments, no.code, **no.facts)
        if arguments.json:
            print(json.dumps({"refused": no.code}))
        return 1
    except (OSError, UnicodeDecodeError) as problem:
        print(problem, file=sys.stderr)
        return 2


def _say(arguments: argparse.Namespace, code: str, **facts: object) -> None:
    from doorstep.ledger import codes

    print(file=sys.stderr)
    for language in ("en", "zh"):
        print(codes.text_of(code, language, **facts), file=sys.stderr)


def _ignore(step: str, done: int, of: int) -> None:
    """Nobody looks."""


def _make_bar() -> Callable[[str, int, int], None]:
    """A function that draws a bar on stderr for each step, over itself."""
    drawn, last, begun, full_at = 0.0, "", 0.0, -1

    def show(step: str, done: int, of: int) -> None:
        nonlocal drawn, last, begun, full_at
        now = time.monotonic()
        if step != last:
            print(end="\n" if last else "", file=sys.stderr)
            last, begun, drawn, full_at = step, now, 0.0, -1
        if now - drawn < EVERY and (done < of or full_at == of):
            return
        drawn, full_at = now, done
        full = WIDTH * done // max(of, 1)
        pace = done / max(now - begun, 0.1)
        text = f"\r{_STEPS[step]} {'█' * full}{'·' * (WIDTH - full)} "
        if step == "check":
            text += f"{done / 1e6:,.1f} / {of / 1e6:,.1f} MB  {pace / 1e6:,.1f} MB/s"
        else:
            text += f"{done:,} / {of:,}  {pace:,.0f}/s"
        print(f"{text}\x1b[K", end="", file=sys.stderr, flush=True)

    return show
