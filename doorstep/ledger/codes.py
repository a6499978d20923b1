"""The one catalogue of codes a person or a device may meet: number, English, Chinese.

Numbers are for ever: a code that is no longer used keeps its number. Texts are sentences for a
person; `{fact}` stands for what the refusal carries.
"""

CODES: dict[str, tuple[int, str, str]] = {
    # 1xx what the book itself says of a line
    "GARBLED": (100, "This line cannot be read. It is kept as it came.",
        "此行无法识别，已按原样保存。"),
    "KIND_UNKNOWN": (101, "This server does not know this kind of entry yet. It is kept.",
        "本服务器尚不认识此类记录，已保存。"),
    "ID_REUSED": (102, "Two different entries bear the same id. Neither counts.",
        "两条不同的记录使用了同一编号，均不生效。"),
    "NOT_ALLOWED": (103, "This device or person may not write this. It waits for a person.",
        "该设备或人员无权写入此类记录，等待人工核定。"),
    "CLOCK_OFF": (104, "The device's clock is off by more than five minutes.",
        "设备时钟偏差超过五分钟。"),
    "FOLD_FAILED": (105, "The server could not work on this line. It is kept and tried again.",
        "服务器未能处理此行，已保存，稍后重试。"),
    # 2xx enrolment and push
    "CODE_INVALID": (200, "This code is unknown, used or expired.",
        "此注册码不存在、已使用或已过期。"),
    "KEY_INVALID": (201, "This key cannot be used.", "此密钥无法使用。"),
    "PROOF_INVALID": (202, "The proof is not this key's signature.", "证明不是该密钥的签名。"),
    "REQUEST_INVALID": (203, "The request is not right.", "请求格式不正确。"),
    # 3xx acts at a desk
    "NOT_YOURS": (300, "You have no role for this here. Nothing was changed.",
        "您在此处没有相应的职责，未作任何更改。"),
    "NOT_FOUND": (301, "This does not exist, or is not yours to see.", "不存在，或您无权查看。"),
    # 50x rounds
    "ROUND_EXISTS": (500, "A round of this kind is already open here on {day}.",
        "此处{day}的同类任务轮次尚未关闭。"),
    "ROUND_KIND_UNKNOWN": (501, "There is no kind of round called {round_kind}.",
        "没有名为{round_kind}的任务种类。"),
    "POOL_NOT_ALLOWED": (502, "Tubes of this size may not be used here.",
        "此处不得使用该混采规格。"),
    "ROUND_CLOSED": (503, "This round is closed. Reopen it first.", "该轮次已关闭，请先重新打开。"),
    "ROUND_OPEN": (504, "This round is not closed.", "该轮次尚未关闭。"),
    "ROUND_EMPTY": (505, "Nobody is on the list of this round.", "该轮次名单为空。"),
    "ROUND_NOT_SETTLED": (506, "The round cannot be closed: {count} things are still open.",
        "该轮次不能关闭：尚有{count}项未了结。"),
    "NOT_ON_LIST": (507, "Not on the list of this round.", "不在该轮次名单上。"),
    "REASON_UNKNOWN": (508, "This round knows no such reason.", "该轮次没有此项原因。"),
}  # fmt: skip


def text_of(code: str, language: str, **facts: object) -> str:
    """The sentence for a code, in Chinese for any `zh…`, else in English; the code itself if it
    has no sentence.
    """
    if code not in CODES:
        return code
    _, english, chinese = CODES[code]
    sentence = chinese if language.startswith("zh") else english
    return sentence.format_map(_Facts(facts))


class _Facts(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return "…"
