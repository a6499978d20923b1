"""`doorstep play …`: play a sampling day against a server, hold the player. `doorstep demo`: the
town, its day running. Prints the day's figures as JSON last.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

_OVER = """The day is over. The report is in the folder `report` of the data.
The pages stay: sign in as hq1, look at who is missing, settle what is held. A round stays open
while a line of it is held or a tube has no result; close it on its page after that. Ctrl-C stops.
这一天已结束。报告在数据目录的 report 文件夹。
可用 hq1 登录，查看漏检、处理待核记录。有待核记录或未出结果的管时，本轮不能关闭；
处理完后可在本轮页面关闭。 Ctrl-C 停止。"""
_STOPPED = 130  # what a shell says of Ctrl-C
_HELD = {
    "pause": "The day is held. 已暂停。",
    "resume": "The day goes on. 继续。",
    "take": "Table {table} is yours: sign in as table{table}; finish its tube and its boxes. "
    "{table} 号台由您操作：用 table{table} 登录，完成手中的管和待装箱的管。",
    "give-back": "The player has table {table} again. {table} 号台已交还。",
}


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the subcommands."""
    play = commands.add_parser("play", help="play a day, and hold the player")
    what = play.add_subparsers(required=True, metavar="WHAT")
    sampling = what.add_parser("sampling", help="play a sampling day")
    sampling.add_argument("--estate", default="中海锦城国际花园")
    sampling.add_argument("--speed", default="max", help="played seconds a second, or max")
    sampling.add_argument("--json", action="store_true", help="print the report as JSON last")
    sampling.add_argument("--devices", type=int, default=20, help="sampling tables")
    sampling.add_argument("--buildings", type=int, help="people of the first N buildings only")
    sampling.add_argument("--seed", type=int, default=20210621)
    sampling.add_argument("--data", type=Path, help="an installation's folder; else a fresh one")
    sampling.add_argument("--url", help="a server that runs on --data already, on played time")
    sampling.add_argument("--report", type=Path, help="where the report goes")
    sampling.add_argument(
        "--resume",
        action="store_true",
        help="go on with the day in --data; after "
        "its end, close its round and write the report again",
    )
    sampling.set_defaults(run=_sampling)
    for name, help_ in (("pause", "hold the day"), ("resume", "go on")):
        held = what.add_parser(name, help=help_)
        held.set_defaults(run=_hold, act=name, table=None)
    for name, help_ in (("take", "work a table by hand"), ("give-back", "let the player have it")):
        table = what.add_parser(name, help=help_)
        table.add_argument("table", type=int, help="the table's number")
        table.set_defaults(run=_hold, act=name)
    demo = commands.add_parser("demo", help="the town with its sampling day running")
    demo.add_argument("--port", type=int, default=8080)
    demo.add_argument("--speed", type=float, default=90, help="played seconds a second")
    demo.set_defaults(run=_demo)


def _sampling(arguments: argparse.Namespace) -> int:
    from doorstep.play import desks, ending, phones, stage

    folder = (arguments.data or Path(tempfile.mkdtemp(prefix="doorstep-play-"))).absolute()
    scene = stage.Stage(folder)
    url = arguments.url or scene.url
    with ending.orderly() as ended:
        try:
            if not arguments.resume and not (scene.play / "hand.json").exists():
                _prepare(scene, arguments.estate, arguments)
            if not arguments.url:
                scene.start()
            _play(scene, url, _speed_of(arguments.speed))
        except (stage.Failed, desks.Refused, phones.Trouble) as problem:
            print(problem, file=sys.stderr)
            return 1
        except KeyboardInterrupt:
            return ended.status
        finally:
            scene.stop()
    return _report(scene, arguments)


def _prepare(scene: Any, estate: str, arguments: argparse.Namespace) -> None:
    """A fresh town with its round open. Raises Failed."""
    seed = ["--seed", str(arguments.seed)]
    if not scene.clock.exists():  # the town brings its clock with it
        few = ["--buildings", str(arguments.buildings)] if arguments.buildings else []
        scene.ask("town", "load", "--estate", estate, *few, *seed, show=True)
    words = ["--estate", estate, "--tables", str(arguments.devices), *seed]
    told = scene.ask("town", "open-day", *words)
    if "refused" in told:
        raise _failed(json.dumps(told, ensure_ascii=False))


def _failed(text: str) -> Exception:
    from doorstep.play import stage

    return stage.Failed(text)


def _play(scene: Any, url: str, speed: float | None) -> None:
    """Play the day in the scene's folder. Broken off by KeyboardInterrupt, its clock stands."""
    from doorstep.play import bar, clocks, hand, player, script

    handed = hand.read(scene.play / "hand.json")
    performer = player.Player(
        handed,
        script.write_script(handed),
        url=url,
        folder=scene.play,
        played=clocks.PlayedClock(scene.clock),
        speed=speed,
        show=bar.make_bar(handed.zone),
    )
    try:
        performer.enrol()
        performer.run()
    except KeyboardInterrupt:
        performer.played.run(0)
        raise
    finally:
        print(file=sys.stderr)


def _report(scene: Any, arguments: argparse.Namespace) -> int:
    """Read the book, now that the server has stopped, and write the report."""
    from doorstep.play import control, hand, report, report_html, report_pdf, script

    book = scene.ask("town", "audit")
    if not arguments.url:
        verified = scene.ask("ledger", "verify", "--no-replay")
        replayed = scene.ask("ledger", "replay")
        book |= {"findings": verified["findings"], "different": replayed["different"]}
    handed = hand.read(scene.play / "hand.json")
    state = control.read_state(scene.play)
    made = report.make_report(handed, script.write_script(handed), state, book)
    folder = (arguments.report or scene.folder / "report").absolute()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "report.html").write_text(report_html.make_html(made), "utf-8")
    (folder / "report.pdf").write_bytes(report_pdf.make_pdf(made))
    text = json.dumps(made.to_json(), ensure_ascii=False)
    (folder / "report.json").write_text(text, "utf-8")
    print(f"{folder}/report.html  {folder}/report.pdf", file=sys.stderr)
    if arguments.json:
        print(text)
    bad = book["lost"] or book["doubled"] or book["unfolded"]
    return 1 if bad or book.get("findings") or book.get("different") else 0


def _speed_of(text: str) -> float | None:
    return None if text == "max" else float(text)


def _hold(arguments: argparse.Namespace) -> int:
    from django.conf import settings

    from doorstep.play import control, hand

    folder = settings.DATA / "play"
    if not (folder / "hand.json").exists():
        print("No day is played here. 此处没有正在演示的采样日。", file=sys.stderr)
        return 1
    wanted = control.read_control(folder)
    name = f"table-{arguments.table:02}" if arguments.table is not None else ""
    tables = [table.name for table in hand.read(folder / "hand.json").tables]
    if name and name not in tables:
        print(f"The tables are 1–{len(tables)}. 采样台为 1–{len(tables)} 号。", file=sys.stderr)
        return 1
    acts: dict[str, Callable[[], Any]] = {
        "pause": lambda: control.Control(True, wanted.taken),
        "resume": lambda: control.Control(False, wanted.taken),
        "take": lambda: control.Control(wanted.paused, sorted({*wanted.taken, name})),
        "give-back": lambda: control.Control(
            wanted.paused, [each for each in wanted.taken if each != name]
        ),
    }
    control.write_control(folder, acts[arguments.act]())
    if control.read_state(folder).finished:
        print("The day is over; this changes nothing. 这一天已结束，不再有变化。", file=sys.stderr)
    else:
        print(_HELD[arguments.act].format(table=arguments.table), file=sys.stderr)
    return 0


def _demo(arguments: argparse.Namespace) -> int:
    from django.conf import settings

    from doorstep.play import desks, ending, phones, stage

    scene = stage.Stage(settings.DATA, arguments.port)
    with ending.orderly() as ended:
        try:
            _run_demo(scene, arguments.speed)
        except (stage.Failed, desks.Refused, phones.Trouble) as problem:
            print(problem, file=sys.stderr)
            return 1
        except KeyboardInterrupt:
            # Ctrl-C is how a demo is meant to end
            return 0 if ended.status == _STOPPED else ended.status
        finally:
            scene.stop()
    return 0


def _run_demo(scene: Any, speed: float) -> None:
    """The town, its day, and then its pages, until KeyboardInterrupt."""
    from doorstep.play import clocks, control
    from doorstep.town import duty, plan

    scene.require_port()
    if not (scene.play / "hand.json").exists():
        scene.ask("town", "load", "--no-accounts", show=True)  # they are told once it is served
        scene.ask("town", "plans", show=True)
        scene.ask("town", "programme", show=True)
        scene.ask("town", "open-day")
    scene.start()
    _tell_accounts(scene.url, duty.list_logins(plan.get_plan()), duty.PASSWORD)
    if not control.read_state(scene.play).finished:
        _play(scene, scene.url, speed)
        _report(scene, argparse.Namespace(url=scene.url, report=None, json=False))
    print(f"{_OVER}\n  {scene.url}/", file=sys.stderr)
    _serve(clocks.PlayedClock(scene.clock))


def _serve(played: Any) -> None:
    """The day is over: time runs on as it is, until KeyboardInterrupt."""
    import time

    played.run(1)
    try:
        while True:
            time.sleep(1)
    finally:
        played.run(0)


def _tell_accounts(url: str, logins: dict[str, list[str]], password: str) -> None:
    print(f"\n{url}/   password 口令: {password}", file=sys.stderr)
    for role, names in logins.items():
        print(f"  {role}: {names[0]}", file=sys.stderr)
    print("  Ctrl-C stops. doorstep play pause|resume|take N|give-back N\n", file=sys.stderr)
