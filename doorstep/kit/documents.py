"""Identity documents as people really hold them: text in; type, number and issuer out, or a code of
what is wrong. Pure, and never raises.

Gates on length, characters, date and check character only: an area code is a hint, since counties
are renamed, abolished and made. Refuses to repair a number.
"""

import operator
import re
import unicodedata
from datetime import date
from typing import Final, NamedTuple

from doorstep.kit import countries

MAX_LENGTH: Final = 64  # longer text is no document
_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK: Final = "10X98765432"
_OLDEST, _NEWEST = 1850, 2100
_APART: Final = re.compile(r"[\s\-_.·/]+")
_EIGHTEEN: Final = re.compile(r"^\d{17}[\dX]$", re.ASCII)
_HINTS: Final = (  # words of a roster's type column, in the order in which they are looked for
    ("permanent_residence", r"永久居留|永居|外国人.*身份证|permanent"),
    ("residence_permit", r"居住证|residence permit"),
    ("taiwan_permit", r"台湾|台胞|台籍|taiwan"),
    ("hk_macau_permit", r"港澳|回乡证|香港|澳门|通行证|hong\s?kong|maca[uo]|home return"),
    ("passport", r"护照|passport"),
    ("birth_certificate", r"出生|birth"),
    ("resident_id", r"身份证|户口|resident id|identity card|\bid card"),
)
_HINT_RULES: Final = [(kind, re.compile(words, re.I)) for kind, words in _HINTS]
_BETWEEN: Final = re.compile(r"[\s/(),:;|]+")
_SHAPES: Final = {
    "hk_macau_permit": re.compile(r"^[HM]\d{8}(?:\d\d)?$", re.ASCII),
    "taiwan_permit": re.compile(r"^\d{8}$", re.ASCII),
    "permanent_residence": re.compile(r"^[A-Z]{3}\d{12}$", re.ASCII),
    "birth_certificate": re.compile(r"^[A-Z]\d{9}$", re.ASCII),
    "passport": re.compile(r"^(?=.*\d)[A-Z0-9]{5,20}$", re.ASCII),
}
_WITHOUT_HINT: Final = ("hk_macau_permit", "taiwan_permit", "permanent_residence",
                        "birth_certificate")  # fmt: skip
_PLAIN_PASSPORT: Final = re.compile(r"^(?=(?:.*\d){5})[A-Z]{1,3}[A-Z0-9]{5,9}$", re.ASCII)
_ISSUERS: Final = {"taiwan_permit": "CHN", "birth_certificate": "CHN", "hk_macau_permit": "CHN"}


class Document(NamedTuple):
    """A document. `link` is the number under which the same person is found whatever form was
    written: the eighteen digits of an old number of fifteen, a permit without its issue count.
    `born_on` and `sex` are what the number says of its holder, or None and "".
    """

    type: str
    number: str
    issuer: str  # ISO 3166 alpha-3, or "" when nobody said
    link: str
    born_on: str | None = None
    sex: str = ""


def read(text: str, type_text: str = "") -> Document | str:
    """The document in `text`, or ID_MISSING, ID_LENGTH, ID_CHARACTERS, ID_DATE or ID_CHECKSUM.

    `type_text` is what a roster's type column says, in any words; it decides where a number could
    be two things, such as M and eight digits.
    """
    whole = unicodedata.normalize("NFKC", text[: MAX_LENGTH + 1]).strip().upper()
    if not whole:
        return "ID_MISSING"
    if len(whole) > MAX_LENGTH:
        return "ID_LENGTH"
    hint = hint_of(type_text)
    number = _APART.sub("", whole)
    if hint == "passport" or (hint == "" and _names_a_country(whole)):
        return _passport(whole, type_text)
    if not number.isascii():  # a digit of another script is no number that anybody issued
        return "ID_CHARACTERS"
    if found := _by_shape(number, hint):
        return found
    if len(number) == 18:
        return _eighteen(number)
    if len(number) == 15 and number.isdigit():
        return _fifteen(number)
    return "ID_LENGTH" if re.match(r"^[A-Z0-9]+$", number) else "ID_CHARACTERS"


def hint_of(type_text: str) -> str:
    """The type a roster's words mean, or "" for none known."""
    if not type_text:
        return ""
    text = unicodedata.normalize("NFKC", type_text)
    return next((kind for kind, rule in _HINT_RULES if rule.search(text)), "")


def list_links(text: str) -> list[tuple[str, str, str]]:
    """Every (type, issuer, link) that a number typed or scanned alone could be; [] for no document.

    A passport's issuer is not in its number, so each country is asked.
    """
    found = read(text)
    links = [(found.type, found.issuer, found.link)] if isinstance(found, Document) else []
    number = _APART.sub("", unicodedata.normalize("NFKC", text[:MAX_LENGTH]).upper())
    certain = isinstance(found, Document) and found.born_on is not None  # it has a check character
    if not certain and _SHAPES["passport"].match(number):
        links += [("passport", issuer, number) for issuer in ("", *countries.CODES)]
    return list(dict.fromkeys(links))


def _eighteen(number: str) -> Document | str:
    if not _EIGHTEEN.match(number):
        return "ID_CHARACTERS"
    born_on = _day(number[6:14])
    if born_on is None:
        return "ID_DATE"
    if check_character(number[:17]) != number[17]:
        return "ID_CHECKSUM"
    sex = "male" if number[16] in "13579" else "female"
    kind = "resident_id"
    if number[0] == "9":
        kind = "permanent_residence"
    elif number[:2] in ("81", "82", "83"):
        kind = "residence_permit"
    return Document(kind, number, "CHN", number, born_on, sex)


def _fifteen(number: str) -> Document | str:
    """An old number: born in 19xx, no check character. Its eighteen digits are one and the same."""
    born_on = _day("19" + number[6:12])
    if born_on is None:
        return "ID_DATE"
    whole = number[:6] + "19" + number[6:]
    sex = "male" if number[14] in "13579" else "female"
    return Document("resident_id_15", number, "CHN", whole + check_character(whole), born_on, sex)


def check_character(digits: str) -> str:
    """The eighteenth character for seventeen digits (GB 11643, ISO 7064 MOD 11-2)."""
    return _CHECK[sum(map(operator.mul, map(int, digits), _WEIGHTS)) % 11]


def _day(digits: str) -> str | None:
    year, month, day = int(digits[:4]), int(digits[4:6]), int(digits[6:])
    try:
        date(year, month, day)
    except ValueError:
        return None
    return f"{digits[:4]}-{digits[4:6]}-{digits[6:]}" if _OLDEST <= year <= _NEWEST else None


def _by_shape(number: str, hint: str) -> Document | None:
    for kind in (hint,) if hint else _WITHOUT_HINT:
        shape = _SHAPES.get(kind)
        if shape is None or not shape.match(number):
            continue
        issuer = number[:3] if kind == "permanent_residence" else _ISSUERS.get(kind, "")
        link = number[:9] if kind == "hk_macau_permit" else number
        return Document(kind, number, issuer, link)
    if not hint and _PLAIN_PASSPORT.match(number) and len(number) <= 12:
        return Document("passport", number, "", number)
    return None


def _names_a_country(whole: str) -> bool:
    words = _BETWEEN.split(whole)
    return len(words) > 1 and any(countries.find(word) for word in words)


def _passport(whole: str, type_text: str) -> Document | str:
    """A passport number, with its country before or after it, or in the type column."""
    issuer = countries.find(type_text)
    words = [word for word in _BETWEEN.split(whole) if word]
    for word in list(words):
        code = countries.find(word) if len(words) > 1 else ""
        if code:
            words.remove(word)
            issuer = issuer or code
    number = _APART.sub("", "".join(words))
    if not 5 <= len(number) <= 20:
        return "ID_LENGTH"
    if not _SHAPES["passport"].match(number):
        return "ID_CHARACTERS"
    return Document("passport", number, issuer, number)
