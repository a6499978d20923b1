"""How the server is reached: the names it answers to, its certificate, its threads.

Refuses nothing by itself: a request for another name is refused by Django (ALLOWED_HOSTS).
"""

import ipaddress
import os
from collections.abc import Sequence

from django.conf import settings

from doorstep.field import certificates

THREADS = 64  # pushes that may wait for the writer together, each in a thread


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
