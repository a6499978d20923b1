"""What the processes of test_beside do."""

import os
import time
from pathlib import Path

from doorstep.kit import beside


def gather(told: beside.Told, first: str) -> list[str]:
    """Everything said, after a first word."""
    told.begin()
    return [first, *told]


def fail_at(told: beside.Told, word: str) -> list[str]:
    """Nothing but an error, once a word is said."""
    told.begin()
    for each in told:
        if each == word:
            raise ValueError(f"{word} is not to be said")
    return []


def fail_at_once(told: beside.Told) -> None:
    """An error before anything has begun."""
    raise ValueError("not today")


def vanish_at_once(told: beside.Told) -> None:
    """No beginning."""
    os._exit(3)


def vanish(told: beside.Told) -> None:
    """No answer at all."""
    told.begin()
    os._exit(3)


def wait_and_tell(told: beside.Told, path: str) -> list[str]:
    """Who this is in a file, and in another that it has ended well."""
    told.begin()
    Path(path).write_text(str(os.getpid()))
    try:
        return list(told)
    finally:
        Path(path + ".ended").touch()


def dawdle(told: beside.Told) -> int:
    """How many things were said, taken slowly."""
    told.begin()
    count = 0
    for _ in told:
        time.sleep(0.01)
        count += 1
    return count
