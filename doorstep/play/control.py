"""How a person holds the player: a small file it looks at several times a second.

Pause and go on; take a table away to work it by hand, and give it back. And the other way round: a
file in which the player says where it stands, which is also what it goes on from.
"""

import os
from pathlib import Path
from typing import TypeVar

import msgspec

CONTROL, STATE = "control.json", "state.json"


class Control(msgspec.Struct):
    """What a person wants: the day held, the phones of these names left to people."""

    paused: bool = False
    taken: list[str] = []


class Moment(msgspec.Struct):
    """The counters at one moment: people, by what has become of their swabs."""

    at: int
    sampled: int
    shipped: int
    received: int
    reported: int


class Recheck(msgspec.Struct):
    """The round the server opened for a suspect tube's members; no round when it opened none.
    `due` and `done` as the server told them before the round was closed.
    """

    round: str = ""
    due: int = 0
    done: int = 0
    closed: bool = False


class State(msgspec.Struct):
    """Where the player stands. `at`: every act of the script up to then is done; `shift`: so much
    later than the script (µs), because the day was held. `dropped`: tubes and boxes left to people.
    `rechecks`: by the pooled tube, those that were asked for.
    """

    at: int = 0
    shift: int = 0
    dropped: list[str] = []
    history: list[Moment] = []
    seconds: float = 0.0  # of true time spent playing
    finished: bool = False
    rechecks: dict[str, Recheck] = {}


Kept = TypeVar("Kept", Control, State)


def read_control(folder: Path) -> Control:
    """What a person wants now."""
    return _read(folder / CONTROL, Control)


def write_control(folder: Path, control: Control) -> None:
    """Tell the player."""
    _write(folder / CONTROL, control)


def read_state(folder: Path) -> State:
    """Where the player stood."""
    return _read(folder / STATE, State)


def write_state(folder: Path, state: State) -> None:
    """Remember where the player stands."""
    _write(folder / STATE, state)


def _read(path: Path, shape: type[Kept]) -> Kept:
    try:
        return msgspec.json.decode(path.read_bytes(), type=shape)
    except FileNotFoundError:
        return shape()


def _write(path: Path, kept: Control | State) -> None:
    fresh = path.with_suffix(".new")
    fresh.write_bytes(msgspec.json.encode(kept))
    os.replace(fresh, path)
