"""The day's rounds as the server has them: a phone's snapshot tells which recheck was opened for a
tube's members, and the officer closes a round on its page.

Refuses to guess: a recheck that is not opened is left alone, and a round in whose way something
stands stays open for people.
"""

import time
from typing import NamedTuple

from doorstep.play import acts, desks, phones

KIND = "sampling_recheck"
PATIENCE = 30  # seconds of true time for the server to open a recheck
AGE = 4  # seconds: a snapshot is three seconds old at most
PAUSE = 0.4

Due = dict[str, tuple[str, bool]]  # person → state, waits at home; as the sync contract has it


class Found(NamedTuple):
    """A round and who is on its list; no round when there is none."""

    round: str = ""
    due: Due = {}


def find_recheck(phone: phones.Phone, visit: acts.Recheck) -> Found:
    """The open recheck with the visit's people on its list, once the phone is told of it; none
    when there is none after a while, as after a result that was corrected.
    """
    until = time.monotonic() + PATIENCE
    while True:
        told = phone.pull()
        for round_, said in told["rounds"].items():
            due: Due = told["due"].get(round_, {})
            if said["kind"] == KIND and not visit.tubes.keys().isdisjoint(due):
                return Found(round_, due)
        if time.monotonic() > until:
            return Found()
        time.sleep(PAUSE)


def look_at(phone: phones.Phone, round_: str) -> Due | None:
    """Who is on a round's list and what became of them; None when the round is closed."""
    until = time.monotonic() + AGE
    while True:
        told = phone.pull()
        if round_ not in told["rounds"]:
            return None
        due: Due = told["due"].get(round_, {})
        if time.monotonic() > until or all(state != "due" for state, _ in due.values()):
            return due
        time.sleep(PAUSE)


def close(desk: desks.Desk, round_: str) -> bool:
    """Close a round as its page offers it; False when the page refuses, because something is still
    to be settled or somebody closed it before.
    """
    desk.read(f"/rounds/{round_}/closing")
    try:
        reached = desk.post(f"/rounds/{round_}/close", {})
    except desks.Refused as refused:
        if refused.status == 409:
            return False
        raise
    return reached == f"/rounds/{round_}/"
