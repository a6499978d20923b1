"""`doorstep run` serves on this machine; `doorstep device-code` makes a code to enrol a device."""

import argparse
import socket
import sys
import time
from typing import Final

PORT: Final = 8080
TLS_PORT: Final = 8443
PATIENCE: Final = 10.0  # seconds until a port that is taken is refused


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the subcommands."""
    run = commands.add_parser("run", help="serve on this machine")
    run.add_argument("--port", type=int, help="8080; with --tls 8443, as on the install sheet")
    run.add_argument("--host", default="127.0.0.1", help="0.0.0.0: reached by other machines")
    run.add_argument("--name", action="append", default=[], help="a further name it is reached by")
    run.add_argument("--tls", action="store_true", help="HTTPS, with the files of `doorstep tls`")
    run.set_defaults(run=_run)
    device = commands.add_parser("device-code", help="make a single-use code to enrol a device")
    device.add_argument("role", choices=["registrar", "courier", "laboratory", "steward"])
    device.add_argument("--person", action="append", default=[], help="a staff id; may be repeated")
    device.add_argument("--place", help="the id of the device's place")
    device.add_argument("--minutes", type=int, default=15, help="how long the code is good for")
    device.set_defaults(run=_device_code, book=True, writes=True)


def _run(arguments: argparse.Namespace) -> int:
    from django.db import connections
    from granian.constants import Interfaces, SSLProtocols
    from granian.server import Server

    from doorstep.config import lock, opening, serving

    port = arguments.port or (TLS_PORT if arguments.tls else PORT)
    if not _is_free(arguments.host, port):
        return 3
    if not opening.patiently(opening.may_write):
        return 3
    opening.patiently(lambda: opening.open_book("Asia/Shanghai"))
    connections.close_all()
    lock.release()  # the server's own process takes it
    files = serving.prepare(arguments.host, arguments.name, arguments.tls)
    server = Server(
        "doorstep.config.wsgi:application",
        address=arguments.host,
        port=port,
        interface=Interfaces.WSGI,
        blocking_threads=serving.THREADS,
        backlog=2048,
        respawn_failed_workers=True,  # one that was killed, as for want of memory
        ssl_cert=files and files.certificate,
        ssl_key=files and files.key,
        ssl_protocol_min=SSLProtocols.tls12,  # phones of before 2019
    )
    scheme = "https" if files else "http"
    print(f"{scheme}://{arguments.host}:{port}/", flush=True)
    server.serve()
    return 0


def _is_free(host: str, port: int) -> bool:
    """Whether nobody listens there. The server shares its port with its own workers, so that it
    would share one with another server too, and answers would come of two books. Waits a little: a
    worker whose server was killed goes by itself.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    until = time.monotonic() + PATIENCE
    while True:
        with socket.socket(family) as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                tried.bind((host, port))
                return True
            except OSError as problem:
                why = problem.strerror
        if time.monotonic() > until:
            print(f"{host}:{port}: {why}; --port names another. "
                  f"{host}:{port}不可用，请用--port另选。", file=sys.stderr)  # fmt: skip
            return False
        time.sleep(0.2)


def _device_code(arguments: argparse.Namespace) -> int:
    from doorstep.ledger import devices

    code = devices.make_code(
        arguments.role,
        minutes=arguments.minutes,
        place=arguments.place,
        people=arguments.person,
    )
    print(code)
    return 0
