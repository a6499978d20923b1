"""How the server is reached: the names it answers to, its certificate, its threads; and whom its
messages go through.

Refuses nothing by itself: a request for another name is refused by Django (ALLOWED_HOSTS).
"""

import ctypes
import ipaddress
import os
import socket
import stat
import threading
import time
from collections.abc import Sequence

from django.conf import settings

from doorstep.field import certificates
from doorstep.ledger import intake
from doorstep.outside import messages

_OPEN = "/proc/self/fd"
VANISHED = {"TCP_KEEPIDLE": 30, "TCP_KEEPINTVL": 10, "TCP_KEEPCNT": 3}  # seconds, seconds, times
THREADS = 64  # pushes that may wait for the writer together, each in a thread
BODIES = THREADS // 3  # bodies on their way in, of devices and of others each: a third stays free
LARGE = THREADS - THREADS // 8  # large pushes at once: the rest stays free for small ones and pages
LARGE_BLOCK = 256 << 10  # bytes; a usual push is smaller
_MMAP_THRESHOLD = -3  # mallopt's word for it
WAITING = 40_000  # lines that may wait for the writer, some four seconds' work


def prepare(host: str, names: Sequence[str], tls: bool) -> certificates.Files | None:
    """Say by which names the server may be asked for; its certificate with `tls`.

    Raises:
        certificates.Unfit: there is no fit certificate and none can be made.
    """
    near = host == "localhost" or (_is_address(host) and ipaddress.ip_address(host).is_loopback)
    wanted = list(names) if near else certificates.list_names(names)
    files = None
    if tls:
        files = certificates.make_ready(settings.DATA / "tls", wanted or certificates.list_names())
        wanted += certificates.list_names_in(files.certificate)
    hosts = [*settings.ALLOWED_HOSTS, *([host] if near else []), *map(_as_host, wanted)]
    # the server's own process is a copy of this one, or (not on Linux) starts from its environment
    settings.ALLOWED_HOSTS = list(dict.fromkeys(hosts))
    os.environ["DOORSTEP_HOSTS"] = ",".join(settings.ALLOWED_HOSTS)
    return files


def read_waiting() -> int:
    """How many lines may wait for the writer, in memory: DOORSTEP_WAITING_LINES or 40,000; never
    fewer than one push may have. A line of more than a KiB counts as so many.
    """
    said = os.environ.get("DOORSTEP_WAITING_LINES", "")
    return max(int(said) if said.isdecimal() else WAITING, intake.MAX_BYTES >> 10)


def give_memory_back() -> None:
    """Let the memory of large bodies go back to the system as soon as they are done with. Else the
    C library, having seen some, keeps blocks of their size for each thread. Only glibc is looked
    after (mallopt(3)).
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_MMAP_THRESHOLD, LARGE_BLOCK)


def notice_the_vanished() -> None:
    """Let the system end connections whose other end has vanished: a phone that is out of reach
    while it sends would hold a thread for ever. What a listening socket accepts has this from it,
    and the server opens that one later: a thread waits for it. Only Linux is looked after.
    """
    if os.path.isdir(_OPEN):
        threading.Thread(target=_wait_for_sockets, name="sockets", daemon=True).start()


def _wait_for_sockets() -> None:
    while not any(_set_keepalive(int(name)) for name in os.listdir(_OPEN)):
        time.sleep(0.1)


def _set_keepalive(descriptor: int) -> bool:
    """Whether this is a listening socket of the network, which it then is set on."""
    try:
        if not stat.S_ISSOCK(os.fstat(descriptor).st_mode):
            return False
        with socket.socket(fileno=os.dup(descriptor)) as found:
            listens = found.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
            if not listens or found.family not in (socket.AF_INET, socket.AF_INET6):
                return False
            for option, value in VANISHED.items():
                found.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)
            found.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            return True
    except OSError:  # closed meanwhile
        return False


def open_gateway() -> None:
    """Let messages go through what DATA/messages.toml names; nowhere, and said so, without it."""
    messages.install(messages.read_gateway(settings.DATA / "messages.toml"))


def _as_host(name: str) -> str:
    if name.startswith("*."):
        return name[1:]
    return f"[{name}]" if ":" in name else name


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
