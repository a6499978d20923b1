"""A second process of this program, with the same settings, that works beside this one and is told
things in the order in which they are said. It ends with this one, whatever ends this one.

Refuses to hold more than a few things that it has not taken yet, and to hide that it failed.
"""

import contextlib
import multiprocessing
import pickle
import queue
import threading
import traceback
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Any

AHEAD = 8  # things said that it has not taken: it may have other work to do first
_END = pickle.dumps(None)


class Failed(Exception):
    """The other process ended without an answer; the text is what it said last."""


class Told:
    """What is said to this process by the one that started it."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe

    def begin(self) -> None:
        """Say that the work has begun."""
        self._pipe.send(None)

    def __iter__(self) -> Iterator[Any]:
        """Each thing said, until all is said. Raises EOFError where nobody is there to say more."""
        return iter(self._pipe.recv, None)


class Beside:
    """A process that runs `act`, the dotted name of a function: `act(told, *words)` returns the
    answer. Words and things said are pickled; `begun` is called, in a thread, once the act says
    that it has begun, or has ended.

    Raises:
        Failed: the machine starts no more processes.
    """

    def __init__(self, act: str, words: tuple[Any, ...], begun: Callable[[], None]) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._said: queue.Queue[bytes] = queue.Queue(AHEAD)
        self._answer: tuple[bool, Any] = (False, "it was ended")
        self._process = context.Process(
            target=_run, args=(theirs, act, words), name="beside", daemon=True
        )
        try:
            self._process.start()
        except OSError as problem:
            raise Failed(str(problem)) from problem
        finally:
            theirs.close()
        self._thread = threading.Thread(target=self._hand_over, args=(begun,), daemon=True)
        self._thread.start()

    def __enter__(self) -> "Beside":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is not None:
            self._process.terminate()
            self._said.put(_END)
        self._thread.join()
        self._process.join()

    def say(self, thing: Any) -> None:
        """Say a thing, which is not None; waits while the other is far behind."""
        self._said.put(pickle.dumps(thing, pickle.HIGHEST_PROTOCOL))

    def ask(self) -> Any:
        """All is said: the answer, once it is there.

        Raises:
            Failed: there is none.
        """
        self._said.put(_END)
        self._thread.join()
        well, answer = self._answer
        if not well:
            raise Failed(answer)
        return answer

    def _hand_over(self, begun: Callable[[], None]) -> None:
        """Hand on what is said, and fetch the answer. Where the other has ended, what is still said
        is let go: nobody must wait for a place in the queue for ever.
        """
        thing = b""
        try:
            try:
                first = self._pipe.recv()
            finally:
                begun()
            with contextlib.suppress(OSError):  # it has ended, and why stands in its answer
                while first is None and thing != _END:
                    thing = self._said.get()
                    self._pipe.send_bytes(thing)
            self._answer = self._pipe.recv() if first is None else first
        except (EOFError, OSError) as problem:
            self._answer = False, f"it ended: {type(problem).__name__}"
        while thing != _END:
            thing = self._said.get()


def _run(pipe: Connection, act: str, words: tuple[Any, ...]) -> None:
    """What the second process does."""
    import django
    from django.utils.module_loading import import_string

    from doorstep.kit import collector

    try:
        django.setup()
        collector.rest()
        answer = True, import_string(act)(Told(pipe), *words)
    except EOFError:  # whoever asked is gone
        return
    except Exception:
        answer = False, traceback.format_exc()
    pipe.send(answer)
