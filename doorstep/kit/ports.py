"""Ports of this machine for servers that start later. Refuses to leave one to others meanwhile: the
system would give it to whoever asks for any.
"""

import socket
import sys

_held: dict[int, socket.socket] = {}


def find_free() -> int:
    """A free port of the loopback address. Nobody else is given it until it is released, or this
    process ends; whoever names it, as a server does, may listen there. Elsewhere than on Linux it
    is only free now.
    """
    held = socket.socket()
    held.bind(("127.0.0.1", 0))
    port: int = held.getsockname()[1]
    if sys.platform != "linux":
        held.close()
        return port
    # not before: two that share from the beginning may be given the same port
    for option in (socket.SO_REUSEADDR, socket.SO_REUSEPORT):
        held.setsockopt(socket.SOL_SOCKET, option, 1)
    _held[port] = held
    return port


def release(port: int) -> None:
    """Nobody will listen on this port any more."""
    if held := _held.pop(port, None):
        held.close()
