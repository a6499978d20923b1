"""The catalogue of what can be wrong with a problem: English, Chinese. `{fact}` is what `Wrong`
carries.

Each says what would be right. Models add theirs below the line with their name.
"""

from typing import Final

CODES: Final[dict[str, tuple[str, str]]] = {
    "MISSING": ("This is missing.", "缺少此项。"),
    "UNKNOWN": ("Nothing of this name belongs here.", "此处没有名为此的项。"),
    "BOUND": ("This is out of its bounds; right would be: {right}.", "超出范围，应为：{right}。"),
    "TYPE": ("This is {got}; right would be {right}.", "类型不符：得到{got}，应为{right}。"),
    "NOT_A_NUMBER": ("This is no finite number.", "这不是有限的数。"),
    "LATER": ("This has to be after {than}.", "应晚于{than}。"),
    "MOST": ("This is more than the {most} that can be worked on.", "超过可计算的上限{most}。"),
    "EMPTY": ("At least one is needed.", "至少需要一项。"),
    "TWICE": ("{what} is there twice.", "{what}重复。"),
    "NOT_THERE": ("{what} is not in the problem.", "问题中没有{what}。"),
    "FILE_UNREADABLE": ("This file cannot be read: {why}", "无法读取文件：{why}"),
    "BETWEEN": ("This has to lie between {low} and {high}.", "应介于{low}与{high}之间。"),
    "SUM": ("These have to make {right} together.", "合计应为{right}。"),
    # ---- centre ----
    "FIRST_STATION": ("Before the first station people wait outside: it has no room of its own.",
        "首站之前在场外等候，不设候位数。"),
    "NEVER_SERVED": ("After this nobody serves any more, and who still waits would wait for ever.",
        "此后不再有人服务，仍在等候的人将无法完成。"),
    "PRESET_UNKNOWN": ("There is no preset {name}; there are: {known}.",
        "没有名为{name}的预设，可用：{known}。"),
    "TIMING_ROW": ("Row {row} is no duration in seconds: {value}.",
        "第{row}行不是以秒计的时长：{value}。"),
    "STOPPED_EARLY": ("It was stopped before anything was found.", "计算在得出结果前已停止。"),
    "NO_TARGET": ("Say what is to be reached, by when.", "请说明目标数量与完成时间。"),
    "NOTHING_REACHES": ("Even with {most} of each this is not reached: {share} % of days do. {why}",
        "即使各设{most}个也达不到：仅{share}%的日子达标。{why}"),
    # ---- sampling ----
    "TEAMS_TOO_LATE": ("Even {most} teams, one for each stairwell, take {minutes} minutes; allow "
        "that much, or let a team be faster.",
        "即使每个单元各一组（共{most}组）也需{minutes}分钟；请放宽时间或加快每组速度。"),
    # ---- walks ----
    "STANDS_NOWHERE": ("It is not said where {what} stands; say it of every building, or of none.",
        "未注明{what}的位置；请注明全部楼栋的位置，或全部不注明。"),
    # ---- shifts ----
    "REST_TOO_LONG": ("With the rest it may be {most} minutes at most; longer would reach past the "
        "following day.", "连同休息时间，最多为{most}分钟，否则会延续到次日之后。"),
    "SHIFT_LENGTH": ("A shift lasts from half an hour to sixteen hours.",
        "班次时长应为半小时至十六小时。"),
    "NOBODY_CAN": ("Nobody's post on the roster says {what}. Tick below who can, or plan without "
        "this skill.", "名册中无人的职务为{what}。请在下方勾选具备者，或不填此技能。"),
}  # fmt: skip


def text_of(code: str, language: str, **facts: object) -> str:
    """The sentence of a code in `language` ("en", "zh-hans"). Raises KeyError if unknown."""
    english, chinese = CODES[code]
    return (chinese if language.startswith("zh") else english).format(**facts)
