"""What one cell of a roster means: text, dates, phones, presence, needs. Pure.

Refuses to guess: a number whose digits the file has lost gives None and is never repaired.
"""

import re
import unicodedata
from datetime import date, datetime, timedelta
from typing import Any, Final

_FLAGS: Final = {
    "pregnant": r"孕|pregnan",
    "dialysis": r"透析|dialysis",
    "oncology": r"肿瘤|化疗|放疗|癌|oncolog|cancer|chemo",
    "infant": r"婴|新生儿|infant|baby",
    "alone": r"独居|空巢|alone",
    "bedridden": r"卧床|瘫痪|bedridden",
    "disabled": r"残疾|残障|disab",
    "exam": r"高考|中考|考生|\bexam",
}
_NOT: Final = r"(?:非|不是|无|未|没有|不|已停止|\bno\b|\bnot\b)\s*"
_FLAG_RULES: Final = [
    (name, re.compile(f"(?P<no>{_NOT})?(?:{words})", re.I)) for name, words in _FLAGS.items()
]
_NOTHING: Final = frozenset(
    ("", "无", "/", "-", "—", "——", "--", "\\", "n/a", "none", "null", "空")
)
_PRESENCE: Final = {
    "present": "在住 是 在 居住 常住 在家 居家 自住 租住 √ present yes y 1",
    "away": "不在 不在住 否 外出 暂离 未居住 未在住 空置 × away no n 0",
    "moved_out": "搬走 搬离 迁出 已搬走 已搬离 已迁出 已搬出 搬出 movedout moved_out",
}
_STATE: Final = {word: state for state, words in _PRESENCE.items() for word in words.split()}
_SEX: Final = {"男": "male", "男性": "male", "m": "male", "male": "male"} | {
    "女": "female", "女性": "female", "f": "female", "female": "female"
}  # fmt: skip
_SCIENCE: Final = re.compile(r"^(\d)(?:\.(\d+))?E\+?(\d{1,2})$", re.I)
_YMD: Final = re.compile(r"^(\d{4})\s*[-./年]\s*(\d{1,2})\s*[-./月]\s*(\d{1,2})\s*日?(?:[ T].*)?$")
_HAN: Final = {c: n for n, c in enumerate("〇一二三四五六七八九")} | {"零": 0, "○": 0, "Ｏ": 0}
_HAN_DATE: Final = re.compile(
    r"^([〇零○一二三四五六七八九]{4})年([一二三四五六七八九十]+)月([一二三四五六七八九十]+)[日号]?$"
)
_SPACES: Final = " \t\r\n\u3000\u00a0\u200b\ufeff"


def text_of(value: Any) -> str:
    """A cell as trimmed text; whole floats lose their `.0`; 无, / and - become ""."""
    if type(value) is str:  # nearly every cell
        text = value.strip(_SPACES)
        if "\u3000" in text:
            text = text.replace("\u3000", " ")
        return "" if len(text) < 5 and text.lower() in _NOTHING else text
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = str(value).strip(_SPACES).replace("\u3000", " ")
    return "" if text.lower() in _NOTHING else text


def plain(value: Any) -> str:
    """`text_of` with full-width letters and digits made plain."""
    text = text_of(value)
    return text if text.isascii() else unicodedata.normalize("NFKC", text).strip()


def sex_of(value: Any) -> str:
    """male, female or "" for anything else."""
    return _SEX.get(plain(value).lower(), "")


def presence_of(value: Any) -> str | None:
    """present, away, moved_out; "" for none; None when unreadable."""
    word = re.sub(r"\s", "", plain(value)).lower()
    return _STATE.get(word) if word else ""


def mask(text: str) -> str:
    """First and last character only."""
    return "*" * len(text) if len(text) < 3 else f"{text[0]}***{text[-1]}"


def document_text(value: Any) -> str | None:
    """The text as written; None when the cell was a number too long to be whole (1e15 and up)."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return None if abs(value) >= 1e15 or not float(value).is_integer() else str(int(value))
    text = text_of(value)
    return None if _SCIENCE.match(unicodedata.normalize("NFKC", text)) else text


def phone_text(value: Any) -> str | None:
    """Digits of a mobile number, other numbers as written, "" for none, None when digits are lost.

    `1.38E+10` written as text has three digits of eleven; only a full mantissa is exact.
    """
    if isinstance(value, float) and (abs(value) >= 1e15 or not value.is_integer()):
        return None
    text = re.sub(r"^(\d+)\.0+$", r"\1", plain(value))
    if science := _SCIENCE.match(text):
        whole, decimals, power = science[1], science[2] or "", int(science[3])
        if len(decimals) < power or decimals[power:].strip("0"):
            return None
        text = whole + decimals[:power]
    digits = re.sub(r"[\s\-()]", "", text)
    mobile = re.match(r"^(?:\+?86|0086)?(1\d{10})$", digits)
    return mobile[1] if mobile else text


def date_text(value: Any) -> str | None:
    """ISO day, "" for none, None when unreadable. A bare year or month is not a day."""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    text = re.sub(r"^(\d+)\.0+$", r"\1", plain(value))
    if not text:
        return ""
    try:
        if match := _YMD.match(text):
            found = date(int(match[1]), int(match[2]), int(match[3]))
        elif re.match(r"^\d{8}$", text):
            found = date(int(text[:4]), int(text[4:6]), int(text[6:]))
        elif re.match(r"^\d{4,5}$", text) and not 1850 <= int(text) <= 2100:
            found = date(1899, 12, 30) + timedelta(days=int(text))  # a spreadsheet's day number
        elif match := _HAN_DATE.match(text):
            year = int("".join(str(_HAN[c]) for c in match[1]))
            found = date(year, _han_number(match[2]), _han_number(match[3]))
        else:
            return None
    except ValueError:
        return None
    return found.isoformat() if 1850 <= found.year <= 2100 else None


def _han_number(text: str) -> int:
    if "十" not in text:
        return _HAN[text] if len(text) == 1 else 0
    tens, _, ones = text.partition("十")
    if len(tens) > 1 or len(ones) > 1 or ones == "十":
        return 0
    return (_HAN[tens] if tens else 1) * 10 + (_HAN[ones] if ones else 0)


def flags_in(text: str) -> tuple[str, ...]:
    """Needs named in free text, in a fixed order; a denied one (非孕妇, 无残疾) does not count."""
    if not text:
        return ()
    return tuple(
        name for name, rule in _FLAG_RULES if any(not m["no"] for m in rule.finditer(text))
    )
