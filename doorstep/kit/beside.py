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
from collections.abc import Iterator
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
        """Say that the work has begun: whoever started this process waits for it."""
        self._pipe.send(None)

    def __iter__(self) -> Iterator[Any]:
        """Each thing said, until all is said. Raises EOFError where nobody is there to say more."""
        return iter(self._pipe.recv, None)


class Beside:
    """A process that is there, with all of this program loaded, to run `act`, the dotted name of a
    function: `act(told, *words)`, which says `told.begin()` and returns the answer. Words and
    things said are pickled.

    Raises:
        Failed: the machine starts no more processes, or this one did not come up.
    """

    def __init__(self, act: str) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._said: queue.Queue[bytes] = queue.Queue(AHEAD)
        self._answer: tuple[bool, Any] = (False, "it was ended")
        self._process = context.Process(target=_run, args=(theirs, act), name="beside", daemon=True)
        self._thread = threading.Thread(target=self._hand_over, daemon=True)
        try:
            self._process.start()
        except OSError as problem:
            raise Failed(str(problem)) from problem
        finally:
            theirs.close()
        try:
            self._hear()
        except Failed:
            self._process.join()
            raise

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
        if self._thread.is_alive():
            self._said.put(_END)
            self._thread.join()
        self._process.join()

    def begin(self, *words: Any) -> None:
        """Run the act with these words; returns when it says that it has begun.

        Raises:
            Failed: it has not.
        """
        with contextlib.suppress(OSError):  # it has ended
            self._pipe.send(words)
        self._hear()
        self._thread.start()

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

    def _hear(self) -> None:
        """Wait until the other says that it has come so far."""
        try:
            heard = self._pipe.recv()
        except (EOFError, OSError) as problem:
            raise Failed(_say_ended(problem)) from problem
        if heard is not None:
            raise Failed(heard[1])

    def _hand_over(self) -> None:
        """Hand on what is said, and fetch the answer. Where the other has ended, what is still said
        is let go: nobody must wait for a place in the queue for ever.
        """
        thing = b""
        try:
            with contextlib.suppress(OSError):  # it has ended, and why stands in its answer
                while thing != _END:
                    thing = self._said.get()
                    self._pipe.send_bytes(thing)
            self._answer = self._pipe.recv()
        except (EOFError, OSError) as problem:
            self._answer = False, _say_ended(problem)
        while thing != _END:
            thing = self._said.get()


def _say_ended(problem: Exception) -> str:
    return f"it ended: {type(problem).__name__}"


def _run(pipe: Connection, act: str) -> None:
    """What the second process does."""
    import django
    from django.utils.module_loading import import_string

    from doorstep.kit import collector

    try:
        django.setup()
        collector.rest()
        function = import_string(act)
        pipe.send(None)
        answer = True, function(Told(pipe), *pipe.recv())
    except EOFError:  # whoever asked is gone
        return
    except Exception:
        answer = False, traceback.format_exc()
    pipe.send(answer)
