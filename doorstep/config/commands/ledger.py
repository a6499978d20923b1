"""`doorstep ledger`: check the book, fold it anew beside the live tables, prove what is in it."""

import argparse
import json
import sys
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from doorstep.ledger import refusals, verify, verify_destroyed, verify_words

WIDTH = 30  # of the progress bar
EVERY = 0.2  # seconds between two drawings of it


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the subcommands."""
    book = commands.add_parser("ledger", help="the book").add_subparsers(required=True)
    verify = book.add_parser("verify", help="check every chain, signature, leaf, tile, checkpoint")
    verify.add_argument(
        "--resume",
        action="store_true",
        help="go on where the last check stopped; the replay begins anew",
    )
    verify.add_argument("--json", action="store_true", help="print the JSON line and nothing else")
    verify.add_argument("--no-replay", action="store_true", help="do not fold the book anew")
    verify.add_argument("--list", type=Path, help="a destruction list to hold the book against")
    verify.set_defaults(run=_verify, book=True)
    replay = book.add_parser("replay", help="fold the whole book anew and compare")
    replay.set_defaults(run=_replay, book=True)
    rebuild = book.add_parser("rebuild", help="put right what an upgrade's folds see otherwise")
    rebuild.set_defaults(run=_rebuild, book=True, writes=True)
    refold = book.add_parser("refold", help="fold the entries of kinds anew, as after an upgrade")
    refold.add_argument("kinds", nargs="+", metavar="KIND", help="such as person.sampled")
    refold.set_defaults(run=_refold, book=True, writes=True)
    prove = book.add_parser("prove", help="print the proof that a line is in the book")
    prove.add_argument("line", help="the line's number in the book, from 0, or its entry's id")
    prove.set_defaults(run=_prove, book=True)  # writes only what nobody has signed yet
    check = book.add_parser("verify-proof", help="check a proof with nothing but a public key")
    check.add_argument("proof", type=Path, help="the file that `prove` printed")
    check.add_argument("--key", required=True, help="the book's public key, or a file with it")
    check.add_argument(
        "--line", type=Path, help="the line's exact bytes, to see that it is this one"
    )
    check.set_defaults(run=_verify_proof, alone=True)
    destroy = book.add_parser("destroy", help="what is due to be destroyed and what was")
    destroy.add_argument("--preview", action="store_true", help="only tell (as without it)")
    destroy.add_argument(
        "--sweep",
        dest="writes",
        action="store_true",
        help="overwrite what files hold of what was destroyed, if a stop came between",
    )
    destroy.set_defaults(run=_destroy, book=True)
    again = book.add_parser("destroy-again", help="carry out what a destruction list names")
    again.add_argument("list", type=Path, help="the list beside this book's newest backup")
    again.set_defaults(run=_destroy_again, book=True, writes=True)
    keys = book.add_parser("keys", help="print the public keys that sign checkpoints")
    keys.set_defaults(run=_keys, book=True)
    rotate = book.add_parser("rotate-key", help="sign with a new key, and for 90 days the old one")
    rotate.set_defaults(run=_rotate_key, book=True, writes=True)
    new = book.add_parser("new-key", help="go on with a new key: the old one is lost")
    new.set_defaults(run=_new_key, book=True, writes=True, any_key=True)


def _verify(arguments: argparse.Namespace) -> int:
    from django.conf import settings

    from doorstep.ledger import (
        refolding,
        refusals,
        replay,
        verify,
        verify_destroyed,
        verify_words,
    )

    begun = time.monotonic()
    try:
        undone = verify_destroyed.hold_against(arguments.list) if arguments.list else []
    except refusals.Refused as no:
        _say(no)
        return 2
    show = _ignore if arguments.json else _draw("verify 核验")
    path = settings.DATA / "verify.json"
    report, found = verify.look(show, path=path, resume=arguments.resume)
    told: dict[str, object] = {**report}
    found = [*found, *undone]
    different: dict[str, tuple[int, int]] = {}
    if not arguments.no_replay:
        show = _ignore if arguments.json else _draw("replay 重放")
        stale, tables = refolding.list_stale(), refolding.list_stale_tables()
        different = replay.replay(show)["different"]
        for table, (live, replayed) in different.items():
            facts: dict[str, str | int] = {"table": table, "live": live, "replayed": replayed}
            facts["kinds"] = " ".join(stale)
            code = "TABLE_STALE" if table in tables else "TABLE"
            found = [*found, verify_words.Finding(code, facts)]
        told["different"] = different
    told["found"] = report["found"] + len(undone) + len(different)
    told["findings"] = [each.text() for each in found]
    told["seconds"] = round(time.monotonic() - begun, 1)
    if not arguments.json:
        _tell(report, found)
    print(json.dumps(told))
    return 0 if not told["found"] else 1


def _tell(report: "verify.Report", found: "list[verify_words.Finding]") -> None:
    """What was found, for people: in English and in Chinese."""
    print(file=sys.stderr)
    for each in found:
        print(f"{each.text()}\n  {each.text('zh')}", file=sys.stderr)
    _tell_destroyed(report["destroyed"])
    _tell_restored(report["restored"])
    more = report["found"] - len(report["findings"])
    if more > 0:
        print(f"… and {more:,} more. 另有{more:,}项。", file=sys.stderr)
    held = f"{report['lines']:,} lines, {report['pushes']:,} pushes, {report['devices']:,} devices"
    kept = f"{report['lines']:,}行，{report['pushes']:,}次上传，{report['devices']:,}台设备"
    if found:
        print(f"The book is damaged: {held}.\n账本有损坏：{kept}。", file=sys.stderr)
    else:
        print(f"The book is sound: {held}.\n账本完好：{kept}。", file=sys.stderr)


def _ignore(done: int, of: int) -> None:
    """Nobody looks."""


def _draw(what: str) -> Callable[[int, int], None]:
    """A function that draws a bar on stderr, over itself."""
    begun, drawn = time.monotonic(), 0.0

    def show(done: int, of: int) -> None:
        nonlocal drawn
        now = time.monotonic()
        if now - drawn < EVERY and done < of:
            return
        drawn = now
        full = WIDTH * done // max(of, 1)
        text = f"\r{what} {'█' * full}{'·' * (WIDTH - full)} {done:,} / {of:,}"
        pace = f"  {done / max(now - begun, 0.1):,.0f}/s"
        print(f"{text}{pace}\x1b[K", end="" if done < of else "\n", file=sys.stderr, flush=True)

    return show


def _replay(arguments: argparse.Namespace) -> int:
    from doorstep.ledger import replay

    report = replay.replay(_show)
    print(json.dumps(report))
    return 0 if not report["different"] else 1


def _rebuild(arguments: argparse.Namespace) -> int:
    from doorstep.ledger import replay

    print(json.dumps(replay.rebuild(_show)))
    return 0


def _refold(arguments: argparse.Namespace) -> int:
    from doorstep.ledger import kinds, refolding

    unknown = [name for name in arguments.kinds if kinds.get_kind(name) is None]
    if unknown:
        print(f"no such kind 没有这种记录: {', '.join(unknown)}", file=sys.stderr)
        return 2
    counts = {name: refolding.refold(name, _draw(f"{name}")) for name in arguments.kinds}
    print(json.dumps({"entries": counts, "stale": refolding.list_stale()}))
    return 0


def _show(done: int, of: int) -> None:
    end = "\n" if done == of else ""
    print(f"\r{done:,} of {of:,} lines 行", end=end, file=sys.stderr, flush=True)


def _prove(arguments: argparse.Namespace) -> int:
    from doorstep.config import opening
    from doorstep.ledger import balances, checkpoints, models

    found = models.Line.objects.order_by("leaf")
    named = arguments.line.strip().lower()
    is_number = named.isascii() and named.isdigit() and len(named) < 18
    line = found.filter(leaf=named).first() if is_number else balances.find_line(named)
    if line is None:
        print(f"no line {arguments.line} in the book\n账本中没有这一行", file=sys.stderr)
        return 1
    if not checkpoints.is_signed(line.leaf) and not opening.may_write():
        return 3
    print(checkpoints.prove(line.leaf), end="")
    return 0


def _verify_proof(arguments: argparse.Namespace) -> int:
    from doorstep.kit import clock
    from doorstep.ledger import notes, proofs

    try:
        known = Path(arguments.key).read_text() if Path(arguments.key).exists() else arguments.key
        keys = [notes.read_key(text) for text in known.split()]
        shown = proofs.check_proof(arguments.proof.read_bytes(), keys)
        if arguments.line and sha256(arguments.line.read_bytes()).digest() != shown.hashed:
            raise proofs.Unproven("the proof is good, but of another line")
    except (ValueError, OSError, proofs.Unproven) as problem:
        print(json.dumps({"proven": False, "why": str(problem)}))
        return 1
    print(
        json.dumps(
            {
                "proven": True,
                "line": shown.leaf,
                "device": shown.device.hex(),
                "number": shown.number,
                "received_at": clock.to_moment(shown.received_at, "UTC").isoformat(),
                "sha256": shown.hashed.hex(),
                "book": shown.checkpoint.origin,
                "size": shown.checkpoint.size,
                "root": shown.checkpoint.root.hex(),
            }
        )
    )
    return 0


def _destroy(arguments: argparse.Namespace) -> int:
    from django.conf import settings

    from doorstep.command import destroying
    from doorstep.kit import clock
    from doorstep.ledger import book, codes, erasure, sweeping, verify_destroyed
    from doorstep.town import mornings

    if (played := settings.DATA / "clock").exists():  # what is due goes by the day its pages show
        mornings.run_on_played_time(played, mornings.start_of_day())
    if arguments.writes:
        sweeping.sweep()
    today = clock.day_of(clock.now(), book.get_cell().zone)
    print(f"As of {today}. 截至{today}。", file=sys.stderr)
    due = []
    for each in destroying.list_due():
        problem = each.problem
        said, counted = each.rule.said, each.counted
        told = {"holds": said.holds, "rule": said.key, "pack": each.rule.pack, "day": each.day}
        left = {"lines": counted.lines, "people": counted.people}
        left["attachments"] = counted.attachments
        due.append({**told, **left, "problem": problem and problem.code})
        for language in ("en", "zh"):
            if problem is not None:
                text = codes.text_of(problem.code, language, **problem.facts)
                print(f"{each.rule.said.holds} {each.day}: {text}", file=sys.stderr)
    asked = [{"entry": each.entry, "holds": each.holds} for each in erasure.list_asked()]
    done = verify_destroyed.tell()
    _tell_destroyed(done)
    print(json.dumps({"today": today, "due": due, "asked": asked, "done": done}))
    return 0


def _tell_destroyed(done: "list[verify_destroyed.Told]") -> None:
    """What was destroyed, for people: in English and in Chinese."""
    for each in done:
        english = f"Destroyed by order {each['entry']} at {each['at']}: class {each['holds']}, "
        english += f"received before {each['before']}, {each['emptied']:,} lines and "
        english += f"{each['attachments']:,} attachments; asked by {each['asked_by']}, ordered by "
        english += f"{each['ordered_by']}, rule {each['rule']}."
        chinese = f"已按令{each['entry']}于{each['at']}销毁：类别{each['holds']}，"
        chinese += f"{each['before']}之前收到，共{each['emptied']:,}行、"
        chinese += f"{each['attachments']:,}个附件；"
        chinese += f"申请人{each['asked_by']}，批准人{each['ordered_by']}，规则{each['rule']}。"
        print(f"{english}\n  {chinese}", file=sys.stderr)
        if not each["swept"]:
            print(
                "  Not complete: the database's files hold it still (doorstep ledger destroy "
                "--sweep).\n  未完成：数据库文件中仍有残留（doorstep ledger destroy --sweep）。",
                file=sys.stderr,
            )
        for backup in each["backups"]:
            print(
                f"  Not complete: backup {backup} holds it still.\n"
                f"  未完成：备份{backup}中仍有这些记录。",
                file=sys.stderr,
            )


def _tell_restored(restored: "list[verify_destroyed.Restored]") -> None:
    """Restores that no destruction list was held against, for people."""
    for each in restored:
        if each["held"]:
            continue
        english = f"Restored at {each['at']} from backup {each['backup']}, and no destruction list "
        english += "was given: records that were destroyed after that backup are back."
        chinese = f"{each['at']}从备份{each['backup']}恢复，未提供销毁清单："
        chinese += "此备份之后如有销毁，所涉记录已重现。"
        print(f"{english}\n  {chinese}", file=sys.stderr)


def _destroy_again(arguments: argparse.Namespace) -> int:
    from doorstep.ledger import book, destruction_list, refusals, sweeping
    from doorstep.registry import staffing

    by = staffing.find_administrator() or book.get_cell_id()
    try:
        done = destruction_list.carry_out(by, arguments.list)
    except refusals.Refused as no:
        _say(no)
        return 1
    sweeping.sweep()
    print(json.dumps({"destroyed": done}))
    return 0


def _say(no: "refusals.Refused") -> None:
    """Why it was refused, for people."""
    from doorstep.ledger import codes

    for language in ("en", "zh"):
        print(codes.text_of(no.code, language, **no.facts), file=sys.stderr)


def _keys(arguments: argparse.Namespace) -> int:
    from doorstep.ledger import checkpoints

    for key in checkpoints.list_keys():
        print(key.write())
    return 0


def _rotate_key(arguments: argparse.Namespace) -> int:
    from doorstep.ledger import checkpoints

    print(checkpoints.rotate().write())
    return 0


def _new_key(arguments: argparse.Namespace) -> int:
    from doorstep.ledger import checkpoints, refusals

    if checkpoints.is_own_key():
        _say(refusals.Refused("KEY_NOT_LOST"))
        return 1
    print(checkpoints.begin_anew().write())
    return 0
