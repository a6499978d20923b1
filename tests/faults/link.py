"""A way to a database that can vanish as a machine does whose cable is pulled: what is sent into it
is not answered and not refused, and no connection is closed. Linux only.
"""

import contextlib
import ctypes
import socket
import struct
import threading
from collections.abc import Iterator
from pathlib import Path

_ATTACH_FILTER, _DETACH_FILTER = 26, 27  # of SOL_SOCKET; asm-generic/socket.h
_DROP_ALL = ctypes.create_string_buffer(struct.pack("HBBI", 0x06, 0, 0, 0))  # BPF: return 0
_PIECE = 1 << 16


class Link:
    """Takes connections on a port of this machine and passes on what they say to the socket of a
    database, until it vanishes.
    """

    def __init__(self, database: Path) -> None:
        self._database = str(database)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self._taken: list[socket.socket] = [self._listening]
        threading.Thread(target=self._take, daemon=True).start()

    def vanish(self) -> None:
        """From now on the system throws away whatever comes in, unread: nothing is acknowledged."""
        program = struct.pack("HP", 1, ctypes.addressof(_DROP_ALL))
        for each in self._open():
            each.setsockopt(socket.SOL_SOCKET, _ATTACH_FILTER, program)

    def come_back(self) -> None:
        """New connections are taken again. Those from before were given up meanwhile."""
        for each in self._open():
            each.setsockopt(socket.SOL_SOCKET, _DETACH_FILTER, 0)

    def close(self) -> None:
        """End it and all its connections."""
        for each in self._open():
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _open(self) -> list[socket.socket]:
        return [each for each in self._taken if each.fileno() >= 0]

    def _take(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listening.accept()
                far = socket.socket(socket.AF_UNIX)
                far.connect(self._database)
                self._taken.append(near)
                for pair in ((near, far), (far, near)):
                    threading.Thread(target=_pass_on, args=pair, daemon=True).start()


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while piece := source.recv(_PIECE):
            target.sendall(piece)
    for each in (source, target):
        with contextlib.suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def linked(database: Path) -> Iterator[Link]:
    """A link to the socket of a database."""
    link = Link(database)
    try:
        yield link
    finally:
        link.close()
