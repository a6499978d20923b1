"""`doorstep init`: from an empty folder to a book with an administrator, an approver of another
unit, a place tree and an estate's doors; then it says what to do next.

By flags, or by questions at a terminal. Without --admin and without a terminal it only opens the
book. Refuses to change a book that has places already: it says so and is done.
"""

import argparse
import getpass
import secrets
import sys
from pathlib import Path
from typing import Any, NamedTuple

Asked = tuple[str, str, str]  # flag, question, answer if nothing is typed


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the subcommand."""
    init = commands.add_parser("init", help="open a new book: administrator, places, next steps")
    init.add_argument("--zone", default="Asia/Shanghai", help="the IANA time zone of the place")
    init.add_argument("--admin", metavar="ACCOUNT", help="the administrator's account")
    init.add_argument("--admin-name", metavar="NAME", help="and name")
    init.add_argument("--password-file", type=Path, help="a file with the administrator's password")
    init.add_argument("--approver", metavar="ACCOUNT", help="a second person, of another unit")
    init.add_argument("--approver-name", metavar="NAME")
    init.add_argument("--approver-password-file", type=Path)
    for kind in ("subdistrict", "community", "estate"):
        init.add_argument(f"--{kind}", metavar="NAME", help=f"the name of the {kind}")
        init.add_argument(f"--{kind}-code", metavar="CODE", default="")
    for name, of in (("buildings", "the estate"), ("units", "a building"),
                     ("floors", "a building"), ("doors", "a floor of a unit")):  # fmt: skip
        init.add_argument(f"--{name}", type=int, help=f"how many {name} {of} has")
    init.add_argument(
        "--laboratory",
        metavar="NAME",
        default="检测实验室",
        help="the laboratory that will test, as its result files name it",
    )
    init.add_argument("--tables", type=int, default=2, help="sampling tables of the estate")
    init.set_defaults(run=_init, writes=True)


_QUESTIONS: tuple[Asked, ...] = (
    ("subdistrict", "Subdistrict 街道名称", ""),
    ("community", "Community 社区名称", ""),
    ("estate", "Estate 小区名称", ""),
    ("buildings", "Buildings of the estate 楼栋数", "1"),
    ("units", "Units (stairwells) a building 每栋单元数", "1"),
    ("floors", "Floors 层数", "6"),
    ("doors", "Doors a floor of a unit 每单元每层户数", "2"),
    ("admin_name", "Name of the administrator 管理员姓名", ""),
    ("admin", "Account of the administrator 管理员账号", "admin"),
    ("approver_name", "Name of the approver, of another unit 审批人姓名（另一单位）", ""),
    ("approver", "Account of the approver 审批人账号", "approver"),
)


class _Account(NamedTuple):
    account: str
    name: str
    password: str
    invented: bool


def _init(arguments: argparse.Namespace) -> int:
    from doorstep.config import opening
    from doorstep.ledger import codes, refusals
    from doorstep.registry import queries

    opening.open_book(arguments.zone)
    root = queries.find_root()
    if root is not None:
        print(f"This book is open already, for {root.name}. Nothing was changed.\n"
              f"账本已经建立（{root.name}），未作任何更改。")  # fmt: skip
        return 0
    interactive = arguments.admin is None and sys.stdin.isatty()
    if arguments.admin is None and not interactive:
        print("The book is open. Give --admin and the names of the places to go on.\n"
              "账本已打开。请用 --admin 和地点名称继续。")  # fmt: skip
        return 0
    if interactive and not _ask(arguments):
        return 2
    if not all((arguments.subdistrict, arguments.community, arguments.estate)):
        print("--subdistrict, --community and --estate are needed.\n"
              "须写明街道、社区和小区名称。", file=sys.stderr)  # fmt: skip
        return 2
    try:
        accounts = _read_accounts(arguments, interactive)
        _make(arguments, *accounts)
    except OSError as problem:
        print(problem, file=sys.stderr)
        return 2
    except refusals.Refused as refused:
        for language in ("en", "zh"):
            print(codes.text_of(refused.code, language, **refused.facts), file=sys.stderr)
        return 1
    _say_next(arguments, accounts)
    return 0


def _ask(arguments: argparse.Namespace) -> bool:
    """Fill in what the flags left out; False when the terminal is closed."""
    try:
        for flag, question, usual in _QUESTIONS:
            while not getattr(arguments, flag):
                typed = input(f"{question}{f' [{usual}]' if usual else ''}: ").strip() or usual
                counted = flag in ("buildings", "units", "floors", "doors")
                if typed and (not counted or typed.isdecimal()):
                    setattr(arguments, flag, int(typed) if counted else typed)
    except EOFError:
        print(file=sys.stderr)
        return False
    return True


def _read_accounts(arguments: argparse.Namespace, interactive: bool) -> tuple[_Account, _Account]:
    first = arguments.admin.strip()
    second = (arguments.approver or "approver").strip()
    return (
        _read_account(first, arguments.admin_name or first, arguments.password_file, interactive),
        _read_account(
            second, arguments.approver_name or second, arguments.approver_password_file, interactive
        ),
    )


def _read_account(account: str, name: str, file: Path | None, interactive: bool) -> _Account:
    """An account with the password of its file, or typed twice, or invented and shown once."""
    from doorstep.ledger import refusals
    from doorstep.registry import staffing

    if file is not None:
        return _Account(account, name, file.read_text("utf-8").strip("\r\n"), False)
    while interactive:
        typed = getpass.getpass(f"Password for {account}, empty: invent one 口令，留空则自动生成: ")
        if not typed:
            break
        if typed != getpass.getpass("Again 再输一次: "):
            print("The two are not the same. 两次输入不一致。")
            continue
        try:
            staffing.check_password(typed)
        except refusals.Refused:
            print("Ten characters or more, and nothing common. 至少十个字符，且不可过于常见。")
            continue
        return _Account(account, name, typed, False)
    return _Account(account, name, secrets.token_urlsafe(12), True)


def _make(arguments: argparse.Namespace, admin: _Account, approver: _Account) -> None:
    """Everything in one transaction: half an installation would be hard to go on from."""
    from doorstep.kit import ids
    from doorstep.ledger import writer
    from doorstep.registry import places, staffing

    by = ids.new()
    top, middle, estate = ids.new(), ids.new(), ids.new()
    tree = [
        places.NewPlace("subdistrict", arguments.subdistrict, None, top,
                        arguments.subdistrict_code),
        places.NewPlace("community", arguments.community, top, middle, arguments.community_code),
        places.NewPlace("estate", arguments.estate, middle, estate, arguments.estate_code),
    ]  # fmt: skip
    if arguments.buildings:
        built = (arguments.units or 1, arguments.floors or 6, arguments.doors or 2)
        tree += places.plan_buildings(estate, [places.Block(1, arguments.buildings, *built)])
    tree += places.plan_tables(estate, arguments.tables)

    def act() -> None:
        places.add_places(by, tree)
        office, community, _ = staffing.add_units(
            by,
            [
                staffing.NewUnit(f"{arguments.subdistrict}指挥部", "headquarters", serves=top),
                staffing.NewUnit(f"{arguments.community}居委会", "committee", serves=middle),
                # boxes are received by one, and its result files name it
                staffing.NewUnit(arguments.laboratory, "laboratory"),
            ],
        )
        roles = [(role, top) for role in ("administrator", "duty_officer", "registrar")]
        first = staffing.NewStaff(admin.name, office, admin.account, admin.password, roles, id=by)
        second = staffing.NewStaff(
            approver.name, community, approver.account, approver.password, [("approver", top)]
        )
        staffing.add_people_on_duty(by, [first, second])

    writer.run(act)


def _say_next(arguments: argparse.Namespace, accounts: tuple[_Account, _Account]) -> None:
    from doorstep.registry import queries

    root: Any = queries.find_root()
    doors = len(queries.list_places("door", root.id))
    print(f"{root.name}: {arguments.estate}, {doors:,} doors, {arguments.tables} tables.")
    for each in accounts:
        if each.invented:
            print(f"Account 账号 {each.account}, password 口令 {each.password}\n"
                  "  Shown this once; change it later. 仅显示一次，登录后请更改。")  # fmt: skip
    roster = f"doorstep registry import roster.xlsx --place {arguments.estate}"
    print(
        "Next 下一步:\n"
        f"  1. {roster} --preview\n"
        f"     {roster} --commit\n"
        "  2. doorstep run\n"
        f"  3. Sign in as {accounts[0].account}; open the estate, then a round. "
        "登录后打开小区，再开启任务轮次。\n"
        "  4. Print the door lists and tube labels under Sampling. "
        "在“采样”中打印入户名单和管码标签。"
    )
