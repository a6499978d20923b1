"""What happens after a commit: reactions to folded state, carried out once for each fact.

A reaction says what should have happened (`wanted`); the worker does what is missing and undoes
what is no longer wanted. So a crash in the middle, a repeated run or a withdrawn fact need no care
of their own. Never part of a replay. A reaction that fails is tried again and shown as stuck.
"""

import logging
import threading
import uuid
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from django.db import close_old_connections

from doorstep.kit import clock
from doorstep.ledger import models, trouble, writer

LEASE = 30 * clock.SECOND
LEASE_NAME = "reactions"
_log = logging.getLogger(__name__)


Pair = tuple[str, str]  # subject, fact


def _know_none(pairs: set[Pair]) -> set[Pair]:
    return set()


class Reaction(NamedTuple):
    """`wanted` lists (subject, fact) pairs that hold now; `act` must bear being called again.
    `known`: those of some pairs whose records are still there; after a destruction what was done
    for others is forgotten, and what waits to be undone for these still waits.
    """

    name: str
    wanted: Callable[[], Iterable[Pair]]
    act: Callable[[str, str], None]
    undo: Callable[[str, str], None]
    known: Callable[[set[Pair]], set[Pair]] = _know_none


_reactions: list[Reaction] = []
_stop = threading.Event()
_wake = threading.Event()


def install(reactions: Iterable[Reaction]) -> None:
    """Install the reactions. Called once, by config.wiring."""
    _reactions[:] = reactions


def run_once() -> int:
    """Carry out what is missing and undo what is withdrawn; how many things were done."""
    return sum(_run(reaction) for reaction in _reactions)


def list_stuck() -> list[models.Done]:
    """Reactions that failed at their last try, for a person to see."""
    return list(models.Done.objects.filter(state="stuck").order_by("-at")[:200])


def undo_withdrawn() -> None:
    """Undo what was done for facts that hold no more, as the worker does at its next turn. An undo
    bears being called twice, so the worker may be at it too.
    """
    for reaction in _reactions:
        _undo_withdrawn(reaction, set(reaction.wanted()), _read_done(reaction))


def count_to_undo() -> int:
    """How many things were done for facts that hold no more and wait to be undone. Those that were
    tried and failed are stuck, and not among them; nor is what a reaction did that is gone.
    """
    named = {each.name for each in _reactions}
    return sum(row.state != "stuck" and row.reaction in named for row in _list_withdrawn())


def forget_withdrawn() -> None:
    """After a destruction: forget what was done for facts that do not hold and whose records are
    gone. Nothing of it is undone. In the caller's transaction.
    """
    withdrawn = _list_withdrawn()
    known: set[tuple[str, str, str]] = set()
    for each in _reactions:
        pairs = {(row.subject, row.fact) for row in withdrawn if row.reaction == each.name}
        known |= {(each.name, *pair) for pair in each.known(pairs)}
    named = [row.pk for row in withdrawn if (row.reaction, row.subject, row.fact) not in known]
    for start in range(0, len(named), 500):
        models.Done.objects.filter(pk__in=named[start : start + 500]).delete()


def _list_withdrawn() -> list[models.Done]:
    """What was done, or tried, for facts that do not hold now."""
    wanted = {(each.name, *pair) for each in _reactions for pair in each.wanted()}
    return [
        row
        for row in models.Done.objects.iterator()
        if (row.reaction, row.subject, row.fact) not in wanted
    ]


def start() -> None:
    """Start the worker's thread; of several servers on one database only one works at a time."""
    writer.after_commit(_wake.set)
    threading.Thread(target=_work, name="reactions", daemon=True).start()


def _run(reaction: Reaction) -> int:
    wanted = set(reaction.wanted())
    states = _read_done(reaction)
    done = {pair for pair, row in states.items() if row.state == "done"}
    count = 0
    for pair in sorted(wanted - done):
        count += _try(reaction, pair, reaction.act, states.get(pair))
    return count + _undo_withdrawn(reaction, wanted, states)


def _read_done(reaction: Reaction) -> dict[Pair, models.Done]:
    rows = models.Done.objects.filter(reaction=reaction.name)
    return {(row.subject, row.fact): row for row in rows}


def _undo_withdrawn(reaction: Reaction, wanted: set[Pair], states: dict[Pair, models.Done]) -> int:
    return sum(
        _try(reaction, pair, reaction.undo, states[pair], gone=True)
        for pair in sorted(set(states) - wanted)
    )


def _try(
    reaction: Reaction,
    pair: Pair,
    act: Callable[[str, str], None],
    row: models.Done | None,
    gone: bool = False,
) -> int:
    now = clock.now()
    # a moment to come was noted by a clock that has been set back since
    if row is not None and row.state == "stuck" and row.at <= now < row.at + _pause(row.tries):
        return 0
    key: dict[str, Any] = {"reaction": reaction.name, "subject": pair[0], "fact": pair[1]}
    try:
        act(*pair)
    except Exception as problem:
        if trouble.name_of(problem):  # no fault of the reaction, and nothing can be written of it
            raise
        _log.exception("reaction %s failed for %s", reaction.name, pair)
        tries = (row.tries if row else 0) + 1
        said = {"state": "stuck", "tries": tries, "error": str(problem)[:200], "at": now}
        writer.run(lambda: models.Done.objects.update_or_create(**key, defaults=said))
        return 0
    if gone:
        writer.run(lambda: models.Done.objects.filter(**key).delete())
    else:
        said = {"state": "done", "tries": 0, "error": "", "at": now}
        writer.run(lambda: models.Done.objects.update_or_create(**key, defaults=said))
    return 1


def _pause(tries: int) -> int:
    """How long to wait after a failed try: from a second up to ten minutes."""
    return min(clock.SECOND << min(tries, 10), 10 * clock.MINUTE)


def _take_lease(holder: str) -> bool:
    def take() -> bool:
        now = clock.now()
        lease, _ = models.Lease.objects.get_or_create(
            name=LEASE_NAME, defaults={"holder": holder, "until_at": 0}
        )
        # an end far away was set by a clock that has been set back since
        if lease.holder != holder and now < lease.until_at <= now + 2 * LEASE:
            return False
        lease.holder, lease.until_at = holder, now + LEASE
        lease.save()
        return True

    return writer.run(take)


def _work() -> None:
    holder = str(uuid.uuid4())
    leased_at = 0
    while not _stop.wait(0.2):
        _wake.wait(1.0)
        _wake.clear()
        close_old_connections()  # a connection that broke must not be used again
        try:
            # a lease is written only when a third of it is gone: the worker must not keep waking
            if abs(clock.now() - leased_at) > LEASE // 3:
                if not _take_lease(holder):
                    continue
                leased_at = clock.now()
            run_once()
        except Exception as problem:
            if not trouble.note(problem):
                _log.exception("the reactions' worker goes on after a failure")
