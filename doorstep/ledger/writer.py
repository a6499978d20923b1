"""The one writer. Whatever changes the database runs here, one transaction after another.

In a server it is a thread with a queue: pushes that wait together are committed together, small
ones before large ones but the oldest always; a desk act waits for one such group at most. Without a
server (command line, tests) the work runs where it is asked for. Refuses more waiting lines than it
could answer in a few seconds: Busy. Where the storage fails, whoever waits is told so; the next is
tried all the same, so that writing goes on by itself.
"""

import queue
import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, nullcontext
from typing import Any, TypeVar

from django.db import close_old_connections, transaction

from doorstep.ledger import trouble

MAX_WAITING_LINES = 40_000
MAX_LINES_TOGETHER = 5_000

Answer = TypeVar("Answer")
Together = Callable[[list[Any]], list[Any]]


class Busy(Exception):
    """Too much waits already; the device tries again in a moment."""


class _Work:
    def __init__(self, act: Callable[[], Any] | None, push: Any, lines: int) -> None:
        self.act, self.push, self.lines = act, push, lines
        self.future: Future[Any] = Future()
        self.is_bare = False


_queue: "queue.SimpleQueue[_Work]" = queue.SimpleQueue()
_lock = threading.Lock()
_waiting = 0
_thread: threading.Thread | None = None
_after: list[Callable[[], None]] = []


def run(act: Callable[[], Answer]) -> Answer:
    """Run `act` in one transaction on the writer; its result, or its exception after a rollback."""
    if _thread is None or threading.current_thread() is _thread:
        with transaction.atomic():
            result = act()
        _committed()
        return result
    return _wait(_Work(act, None, 0))  # type: ignore[no-any-return]


def run_bare(act: Callable[[], Answer]) -> Answer:
    """Run `act` on the writer in no transaction: for what none may hold, such as VACUUM."""
    if _thread is None or threading.current_thread() is _thread:
        return act()
    work = _Work(act, None, 0)
    work.is_bare = True
    return _wait(work)  # type: ignore[no-any-return]


def push(push: Any, lines: int, together: Together) -> Any:
    """Give a push of so many lines to `together`, which keeps all the pushes that wait in one
    transaction.
    """
    if _thread is None:
        with transaction.atomic():
            [answer] = together([push])
        _committed()
        return answer
    work = _Work(None, push, lines)
    work.act = lambda: together([push])[0]
    work.push = (push, together)
    return _wait(work)


@contextmanager
def room(lines: int) -> Iterator[None]:
    """Room in memory for so many lines, until they are answered.

    Raises:
        Busy: more lines wait than can be answered soon.
    """
    global _waiting
    with _lock:
        if _waiting + lines > MAX_WAITING_LINES:
            raise Busy
        _waiting += lines
    try:
        yield
    finally:
        with _lock:
            _waiting -= lines


def is_busy(lines: int) -> bool:
    """Whether a push of so many lines would be refused now: asked before its body is read."""
    return _waiting + lines > MAX_WAITING_LINES


def after_commit(listener: Callable[[], None]) -> None:
    """Call `listener` after each commit; it must only set a flag."""
    _after.append(listener)


def start(most: int = MAX_WAITING_LINES) -> None:
    """Start the writer's thread; called once by a server process. No more than `most` lines wait
    at a time.
    """
    global _thread, MAX_WAITING_LINES
    with _lock:
        MAX_WAITING_LINES = most
        if _thread is None:
            _thread = threading.Thread(target=_work, name="writer", daemon=True)
            _thread.start()


def _committed() -> None:
    trouble.note_commit()
    for listener in _after:
        listener()


def _wait(work: _Work) -> Any:
    _queue.put(work)
    return work.future.result()


def _work() -> None:
    acts: deque[_Work] = deque()
    pushes: list[_Work] = []
    while True:
        found = _drain() if acts or pushes else [_queue.get(), *_drain()]
        close_old_connections()  # a connection that broke must not be used again
        acts += [work for work in found if work.push is None]
        pushes += [work for work in found if work.push is not None]
        if acts:
            _one(acts.popleft())
        if pushes:
            group = _choose(pushes)
            pushes = [work for work in pushes if work not in group]
            _all(group)


def _drain() -> list[_Work]:
    found = []
    while True:
        try:
            found.append(_queue.get_nowait())
        except queue.Empty:
            return found


def _choose(waiting: list[_Work]) -> list[_Work]:
    """The pushes to keep together next: the oldest, then the smallest."""
    group, lines = [waiting[0]], waiting[0].lines
    for work in sorted(waiting[1:], key=lambda work: work.lines):
        if lines + work.lines > MAX_LINES_TOGETHER:
            break
        group.append(work)
        lines += work.lines
    return group


def _all(group: list[_Work]) -> None:
    try:
        with transaction.atomic():
            answers = group[0].push[1]([work.push[0] for work in group])
    except Exception:
        # one push must not fail another: each again by itself, while the storage bears it
        problem: BaseException | None = None
        for work in group:
            if trouble.name_of(problem):
                assert problem is not None
                work.future.set_exception(problem)
            else:
                problem = _one(work)
        return
    for work, answer in zip(group, answers, strict=True):
        work.future.set_result(answer)
    _committed()


def _one(work: _Work) -> BaseException | None:
    """Do one thing by itself; the exception that it was told, if any."""
    assert work.act is not None
    try:
        with nullcontext() if work.is_bare else transaction.atomic():
            answer = work.act()
    except BaseException as problem:
        trouble.note(problem)
        work.future.set_exception(problem)
        return problem
    work.future.set_result(answer)
    _committed()
    return None
