"""`doorstep browser`: see that the browser tests have a Chromium and Chinese letters. As root on a
Debian it installs them; elsewhere it uses what is there and says what is not.
"""

import argparse
import os
import shutil
import subprocess

NAMES = ("chromium", "chromium-browser", "google-chrome")


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the subcommand."""
    parser = commands.add_parser("browser", help="make the browser tests possible")
    parser.set_defaults(run=_browser)


def find_browser() -> str | None:
    """Where the machine's Chromium is."""
    return next((path for path in map(shutil.which, NAMES) if path), None)


def _browser(arguments: argparse.Namespace) -> int:
    wanted = []
    if find_browser() is None:
        wanted.append("chromium")
    if not _has_chinese():
        wanted.append("fonts-noto-cjk")
    if wanted and os.geteuid() == 0 and shutil.which("apt-get"):
        quiet = {"stdout": subprocess.DEVNULL}
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(["apt-get", "update", "-qq"], **quiet, check=False)  # type: ignore[call-overload]
        subprocess.run(
            ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *wanted],
            env=environment, **quiet, check=False,
        )  # type: ignore[call-overload]  # fmt: skip
    if find_browser() is None:
        print("No Chromium here: the browser tests will be skipped.")
    return 0


def _has_chinese() -> bool:
    if shutil.which("fc-list") is None:
        return False
    listed = subprocess.run(["fc-list", ":lang=zh"], capture_output=True, text=True, check=False)
    return bool(listed.stdout.strip())
