"""`doorstep tls`: HTTPS for phones. Makes or renews the certificate, or takes the office's own, and
leaves an install sheet in the data folder.
"""

import argparse
import sys
from pathlib import Path

from doorstep.config.commands.server import TLS_PORT


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the subcommand."""
    tls = commands.add_parser("tls", help="make this machine's certificate and install sheet")
    tls.add_argument("--name", action="append", default=[], help="a further name or address")
    tls.add_argument(
        "--port", type=int, default=TLS_PORT, help="where `doorstep run --tls` will listen"
    )
    tls.add_argument("--certificate", type=Path, help="the office's own, PEM with its chain")
    tls.add_argument("--key", type=Path, help="the key of the office's own certificate")
    tls.set_defaults(run=_tls)


def _tls(arguments: argparse.Namespace) -> int:
    from django.conf import settings

    from doorstep.field import certificates, install_sheet

    folder = settings.DATA / "tls"
    names = certificates.list_names(arguments.name)
    try:
        if arguments.certificate or arguments.key:
            if not (arguments.certificate and arguments.key):
                print("--certificate and --key go together.", file=sys.stderr)
                return 2
            certificates.take_office(folder, arguments.certificate, arguments.key)
        files = certificates.make_ready(folder, names)
    except (certificates.Unfit, OSError, ValueError) as problem:
        print(problem, file=sys.stderr)
        return 1
    own = files.certificate.name == "server.pem"
    authority = certificates.read_authority(folder) if own else None
    fingerprint = certificates.fingerprint_of(authority) if authority else None
    host = f"[{names[0]}]" if ":" in names[0] else names[0]
    address = f"https://{host}:{arguments.port}"
    sheet = folder / "install.html"
    sheet.write_text(install_sheet.render(address, fingerprint), encoding="utf-8")
    print(f"{address}\n{', '.join(names)}\n{sheet}")
    if fingerprint:
        print(f"{folder / 'authority.pem'}\n{fingerprint}")
    return 0
