"""What the one entry line of a desk was given: a tube, an identity card, a door or a name.

Refuses to guess between them where both could be meant: then the person at the desk chooses.
"""

import re
import unicodedata
from typing import NamedTuple

from doorstep.kit import codes
from doorstep.operations.sampling import models
from doorstep.operations.sampling.actions import common
from doorstep.operations.sampling.pages import desk_state
from doorstep.registry import people

SURE = 8  # characters from which letters and digits typed by hand are a tube's code
DOOR = re.compile(r"\d+(-\d+)+")  # as people say one, 12-803; no label is printed like that
MOST = 24  # candidates shown
LOOKED_AT = 1_000  # of a common surname; whoever lives near is looked for apart, and never cut off


class Read(NamedTuple):
    """`code`: a tube is meant or could be. `known`: the book or a run issued to a table has it.
    `person`: exactly this person, by `how`: a code printed for them (scan) or a document (card).
    `found`: candidates, the nearest first; `more`: how
    many others there are, at most LOOKED_AT.
    """

    text: str
    code: str | None = None
    known: bool = False
    person: str | None = None
    found: tuple[people.Found, ...] = ()
    more: int = 0
    how: str = ""


def read(
    staff: common.Staff, text: str, *, area: str, scanned: bool, near: desk_state.Near
) -> Read:
    """What `text` means at a table of `area`. A gun's code is a tube unless it is a document."""
    plain = unicodedata.normalize("NFKC", text).strip()[:200]
    code = None if DOOR.fullmatch(plain) else codes.normalise(plain)
    known = code is not None and _is_known(code)
    if not plain or known:
        return Read(plain, code, known)
    if re.search(r"[0-9]", plain) and len(plain) >= 6:
        for how, find in (("scan", people.find_by_code), ("card", people.find_by_document)):
            person = find(plain)
            if person is not None:
                found = people.find_people(staff, plain, place=area, limit=MOST)
                mine = tuple(each for each in found if each.id == person)
                return Read(plain, None, False, person, mine, how=how)
    if code is not None and scanned:
        return Read(plain, code)
    found = find_nearest(staff, plain, area, near)
    is_code = code is not None and len(code) >= SURE and not found
    shown = tuple(found[:MOST])
    return Read(plain, code if is_code else None, False, None, shown, len(found) - len(shown))


def find_nearest(
    staff: common.Staff, text: str, area: str, near: desk_state.Near
) -> list[people.Found]:
    """Whom `text` means: those behind the doors of the tube in hand first, then their buildings,
    then everybody else in `area`.
    """
    others = people.find_people(staff, text, place=area, limit=LOOKED_AT)
    if len(others) <= 1:
        return others
    close: dict[str, people.Found] = {}
    for building in near.buildings:
        for each in people.find_people(staff, text, place=building, limit=LOOKED_AT):
            close[each.id] = each
    mine = [each for each in close.values() if each.door in near.doors]
    ordered = {each.id: each for each in (*mine, *close.values(), *others)}
    return list(ordered.values())


def _is_known(code: str) -> bool:
    if models.Tube.objects.filter(tube=code).exists():
        return True
    for run in models.Issue.objects.filter(first__lte=code, last__gte=code, stands=True)[:20]:
        try:
            if codes.is_in_run(code, run.first, run.last):
                return True
        except codes.NotARun:
            continue
    return False
