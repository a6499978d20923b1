"""The words of the day report, in English and in Chinese, and how its figures are laid out.

Pure. The report is one document for both readers, so every label bears both languages.
"""

from typing import Final

from doorstep.kit import clock
from doorstep.play.report import Report, count_planted, list_open

TITLE: Final = ("Sampling day", "采样日报告")
SECTIONS: Final = {
    "people": ("People", "人员"),
    "open": ("Still to settle before the round can close", "关闭本轮前尚待处理"),
    "rechecks": ("Sampled again, one by one", "单采复核"),
    "book": ("The book", "账本"),
    "codes": ("What the book says of the day's mistakes", "系统对当日差错的标记"),
    "mistakes": ("Mistakes made", "当日差错"),
    "tubes": ("Tubes", "采样管"),
    "waiting": ("Waiting", "排队等候"),
    "history": ("Through the day", "全天进度"),
    "doors": ("Doors not reached", "未完成的户"),
}
CODES_HEADER: Final = ("code 代码", "planted 预设", "held 待核", "marked 标记")
MISTAKES_HEADER: Final = ("mistake 差错", "code 代码", "lines 记录数")
WAITING_HEADER: Final = ("hour 时段", "people 人数", "longest wait 最长等候")
RECHECK_HEADER: Final = ("tube 采样管", "people 人数", "sampled again 已复采", "round 轮次")
MISTAKES: Final = {
    "scan forgotten": "漏扫",
    "wrong person, taken back": "录错人，已更正",
    "wrong person, not seen": "录错人，未发现",
    "wrong person of another door": "录成别户的人",
    "so two doors in one tube": "致一管两户",
    "scanned twice in a row": "连扫两次",
    "sampled at two tables": "在两台重复采样",
    "tube used at two tables": "一管两台使用",
    "so after it was closed": "致封管后采样",
    "so its result has no tube": "致结果无管可归",
    "so too many in it": "致超量",
    "scanned after the tube was closed": "封管后补扫",
    "person on no roster, noted": "未在册，已登记",
    "person on no roster, not noted": "未在册，登记缺失",
    "person of another estate": "他小区人员",
    "tube that cannot be read": "检测无效管",
    "clock a day off": "设备时钟差一天",
    "box left behind for four hours": "转运箱滞留四小时",
    "box counted wrong": "装箱数错误",
    "tube positive": "阳性管",
    "tube inconclusive": "可疑管",
    "result of a tube nobody collected": "无人收样的管有结果",
    "result file sent twice": "结果文件重复提交",
    "network: offline": "断网一小时",
    "network: cut": "上传中断后重传",
    "network: unanswered": "应答丢失后重传",
}
CODES: Final = {
    "PERSON_TWICE": ("sampled twice", "重复采样"),
    "TUBE_REUSED": ("tube used twice", "一管两用"),
    "RESULT_CONTRADICTS": ("results contradict", "结果矛盾"),
    "RESULT_WITHOUT_TUBE": ("result without a tube", "结果无对应管"),
    "PERSON_UNKNOWN": ("person unknown", "人员不明"),
    "NOT_ALLOWED": ("writer had no role", "无权写入"),
    "TUBES_WITHOUT_RESULT": ("tubes without a result", "未出结果的管"),
    "TUBE_OVERFULL": ("too many in the tube", "超员"),
    "TUBE_CLOSED": ("after closing", "封管之后"),
    "WRONG_ROUND": ("another round", "非本轮"),
    "BOX_UNBALANCED": ("counts differ", "数量不符"),
    "CLOCK_OFF": ("clock was off", "时钟偏差"),
    "SAMPLED_AFTER_TEST": ("sampled after the test", "采样晚于检测"),
}
_FIGURES: Final = {
    "due": ("due", "应检"), "done": ("done", "已采"), "excused": ("excused", "免检"),
    "refused": ("refused", "拒检"), "held": ("held for a decision", "待核"),
    "outstanding": ("outstanding", "待检"), "missed": ("missed", "漏检"),
    "kept": ("lines answered for", "已确认记录"), "lost": ("lost", "丢失"),
    "doubled": ("doubled", "重复"), "unfolded": ("without effect", "未入账"),
    "lines": ("lines in the book", "账本总行数"), "root": ("root", "账本根"),
    "sampled": ("sampled", "已采"), "shipped": ("shipped", "已转运"),
    "received": ("received", "已接收"), "tested": ("tested", "已检测"),
    "reported": ("reported", "已报告"),
}  # fmt: skip
_PEOPLE: Final = ("due", "done", "excused", "refused", "held", "outstanding", "missed")
_BOOK: Final = ("kept", "lost", "doubled", "unfolded", "lines", "root")


def label(name: str) -> str:
    """A figure's name in both languages."""
    english, chinese = _FIGURES.get(name, (name, ""))
    return f"{english} {chinese}".strip()


def section(name: str) -> str:
    """A heading in both languages."""
    return " · ".join(SECTIONS[name])


def list_sentences(report: Report) -> tuple[str, str]:
    """What the day came to, in a few sentences of each language."""
    book = report.book
    due, done, refused = book["due"], book["done"], book["refused"]
    left = due - done - book["excused"] - refused
    wrong = book["lost"] + book["doubled"]
    truth = "nothing is lost, nothing is doubled" if not wrong else f"{wrong:,} are not right"
    chinese_truth = "无丢失、无重复" if not wrong else f"{wrong}条有误"
    left_is = ("missed", "漏检") if book["closed"] else ("outstanding", "待检")
    state = _say_state(report)
    return (
        f"Sampled: {done:,} of {due:,} people; {left_is[0]}: {left:,}; refused: {refused:,}. "
        f"Of {book['kept']:,} lines answered for, {truth}. {state[0]}",
        f"应检{due}人，已采{done}人，{left_is[1]}{left}人，拒检{refused}人。"
        f"已确认的{book['kept']}条记录{chinese_truth}。{state[1]}",
    )


def _say_state(report: Report) -> tuple[str, str]:
    if report.book["closed"]:
        return "The round is closed.", "本轮已关闭。"
    waiting = list_open(report.book)
    tubes = waiting.pop("TUBES_WITHOUT_RESULT", 0)
    lines = sum(waiting.values())
    if not lines and not tubes:
        return "The round is not closed.", "本轮尚未关闭。"
    return (
        "The round is not closed: a person has to settle what is held first "
        f"(held lines: {lines:,}; tubes without a result: {tubes:,}).",
        f"本轮尚未关闭：须先由人员处理待核事项（待核记录{lines}条，未出结果的管{tubes}支）。",
    )


def list_people(report: Report) -> list[tuple[str, str]]:
    """Rows of people by state."""
    return [(label(name), f"{report.book[name]:,}") for name in _PEOPLE]


def list_book(report: Report) -> list[tuple[str, str]]:
    """Rows about the book."""
    rows = []
    for name in _BOOK:
        value = report.book[name]
        rows.append((label(name), value if isinstance(value, str) else f"{value:,}"))
    rows.append(("lines a second 每秒记录", f"{report.lines_per_second:,}"))
    return rows


def list_open_rows(report: Report) -> list[tuple[str, str]]:
    """Rows of what people have to settle before the round can close."""
    return [(name_code(code), f"{count:,}") for code, count in list_open(report.book).items()]


def list_rechecks(report: Report) -> list[tuple[str, str, str, str]]:
    """(suspect tube, its people, sampled again, state of the round), the header first."""
    rows = [
        (of, f"{each.due:,}", f"{each.done:,}", "closed 已关闭" if each.closed else "open 未关闭")
        for of, each in report.rechecks.items()
        if each.round
    ]
    return [RECHECK_HEADER, *rows] if rows else []


def name_code(code: str) -> str:
    """A code in both languages, and itself."""
    words = CODES.get(code)
    return f"{words[0]} {words[1]} {code}" if words else code


def list_codes(report: Report) -> list[tuple[str, str, str, str]]:
    """(code, planted, held, only marked) for every code that was planted or found."""
    planted = count_planted(report.planted)
    held, flagged = report.book["held_by_code"], report.book["flagged_by_code"]
    return [
        (
            name_code(code),
            f"{planted.get(code, 0)}",
            f"{held.get(code, 0)}",
            f"{flagged.get(code, 0)}",
        )
        for code in sorted({*planted, *held, *flagged})
    ]


def list_tubes(report: Report) -> list[tuple[str, str]]:
    """Rows of the five counters, in tubes."""
    return [(label(name), f"{count:,}") for name, count in report.book["tubes"].items()]


def list_waiting(report: Report) -> list[tuple[str, str, str]]:
    """(hour, people who came, longest wait) and the whole day last."""
    rows = [(hour, f"{came:,}", f"{wait // 60} min 分钟") for hour, came, wait in report.by_hour]
    waiting = report.waiting
    whole = f"{waiting.median} s · {waiting.nine_in_ten} s · {waiting.longest} s"
    return [*rows, ("median · 9 of 10 · longest 中位 · 九成 · 最长", "", whole)]


def list_hours(report: Report) -> list[tuple[int, str]]:
    """(moment, "10:00") of every second full hour between the first and the last of the history."""
    if not report.history:
        return []
    start, end = report.history[0].at, report.history[-1].at
    first = clock.to_moment(start, report.zone).replace(minute=0, second=0, microsecond=0)
    hours = range(clock.to_micros(first), end + 1, clock.HOUR)
    texts = [(at, clock.to_moment(at, report.zone)) for at in hours if at >= start]
    return [(at, f"{moment:%H:%M}") for at, moment in texts if moment.hour % 2 == 0]


def list_planted(report: Report) -> list[tuple[str, str, str]]:
    """(what, code, lines) of every mistake that was made, the same ones together."""
    found: dict[tuple[str, str], list[int]] = {}
    for each in report.planted:
        found.setdefault((each.what, each.code), []).append(each.lines)
    return [
        (f"{what} {MISTAKES.get(what, '')} × {len(lines)}", code, f"{sum(lines) or ''}")
        for (what, code), lines in found.items()
    ]
