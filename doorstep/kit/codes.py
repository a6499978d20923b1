"""Codes on tubes and boxes: characters 0-9A-Z, a check character, runs of consecutive codes.

The check is ISO 7064 MOD 37,36: it finds every single wrong character and almost every two
neighbours swapped. Refuses nothing for want of it: rolls printed elsewhere have none.
"""

import re
import unicodedata
from collections.abc import Iterator

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
SHORTEST, LONGEST = 4, 20  # as ledger.kinds.Code
MOST_IN_A_RUN = 100_000
_CODE = re.compile(rf"[0-9A-Z]{{{SHORTEST},{LONGEST}}}")
_TAIL = re.compile(r"[0-9]+\Z")
_VALUE = {character: value for value, character in enumerate(ALPHABET)}


class NotARun(ValueError):
    """Two codes between which there is no run of consecutive codes."""


def normalise(text: str) -> str | None:
    """The code in a text as scanned or typed: full-width, small, parted by spaces or hyphens; None
    when there is none.
    """
    plain = re.sub(r"[\s_-]", "", unicodedata.normalize("NFKC", text)).upper()
    return plain if _CODE.fullmatch(plain) else None


def check_character(body: str) -> str:
    """The character that makes `body` a checked code. Raises KeyError outside the alphabet."""
    product = 36
    for character in body:
        total = (product + _VALUE[character]) % 36 or 36
        product = total * 2 % 37
    return ALPHABET[(37 - product) % 36]


def is_checked(code: str) -> bool:
    """Whether the last character is the check of those before it."""
    return len(code) > SHORTEST and check_character(code[:-1]) == code[-1]


def make(prefix: str, serial: int, digits: int = 8) -> str:
    """The code number `serial` of a prefix, such as GC00000017 and its check character.

    Raises:
        ValueError: it would not be a code, or the serial has too many digits.
    """
    number = f"{serial:0{digits}d}"
    body = prefix + number
    if serial < 0 or len(number) > digits or not _CODE.fullmatch(body + "0"):
        raise ValueError(f"no code {serial} of {prefix} with {digits} digits")
    return body + check_character(body)


def expand(first: str, last: str) -> Iterator[str]:
    """Every code of the run, both ends included. A run whose ends both bear their check character
    counts in the digits before it, any other in its last digits.

    Raises:
        NotARun: the codes have not one shape, go backwards, or are too far apart.
    """
    head, start, count, digits, checked = _parts(first, last)
    for serial in range(start, start + count):
        body = f"{head}{serial:0{digits}d}"
        yield body + check_character(body) if checked else body


def run_length(first: str, last: str) -> int:
    """How many codes a run holds. Raises NotARun."""
    return _parts(first, last)[2]


def is_in_run(code: str, first: str, last: str) -> bool:
    """Whether a code belongs to the run. Raises NotARun."""
    head, start, count, digits, checked = _parts(first, last)
    body = code[:-1] if checked else code
    if len(code) != len(first) or (checked and not is_checked(code)):
        return False
    number = body[len(head) :]
    return body.startswith(head) and number.isdecimal() and start <= int(number) < start + count


def serial_of(code: str, prefix: str) -> int | None:
    """The serial of a checked code with this prefix; None when it is none."""
    number = code[len(prefix) : -1]
    matches = code.startswith(prefix) and number.isdecimal() and is_checked(code)
    return int(number) if matches else None


def _parts(first: str, last: str) -> tuple[str, int, int, int, bool]:
    """Head, first serial, how many, digits, whether each has a check character."""
    if not (_CODE.fullmatch(first) and _CODE.fullmatch(last)) or len(first) != len(last):
        raise NotARun(f"{first} and {last} have not one shape")
    checked = is_checked(first) and is_checked(last) and _TAIL.search(first[:-1]) is not None
    a, b = (first[:-1], last[:-1]) if checked else (first, last)
    tail = _TAIL.search(a)
    if tail is None:
        raise NotARun(f"{first} does not end in digits")
    head, digits = a[: tail.start()], len(tail.group())
    number = b[len(head) :]
    if not b.startswith(head) or not number.isdecimal():
        raise NotARun(f"{first} and {last} have not one shape")
    count = int(number) - int(tail.group()) + 1
    if not 0 < count <= MOST_IN_A_RUN:
        raise NotARun(f"from {first} to {last} there are {count} codes")
    return head, int(tail.group()), count, digits, checked
