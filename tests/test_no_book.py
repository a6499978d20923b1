"""A command that needs a book says so where there is none, or one that is not brought up to date;
it says it in both languages, and never with a programmer's trace.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from doorstep.bench import server

WITHOUT = [
    "ledger verify",
    "ledger prove 1",
    "ledger destroy --preview",
    "ledger keys",
    "registry import roster.xlsx --preview",
    "results import results.csv",
    "device-code registrar",
    "town audit",
]


def call(words: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    environment = os.environ | {"DOORSTEP_DATA": str(folder / "data")}
    environment.pop("DOORSTEP_DATABASE", None)
    return subprocess.run(
        [sys.executable, "-m", "doorstep.config.cli", *words.split()],
        env=environment,
        capture_output=True,
        text=True,
        cwd=folder,
    )


@pytest.mark.once
@pytest.mark.parametrize("words", WITHOUT)
def test_without_a_book(words: str, tmp_path: Path) -> None:
    answer = call(words, tmp_path)
    assert answer.returncode == 2 and answer.stdout == ""
    assert answer.stderr.splitlines() == [
        "There is no book here. Run doorstep init first.",
        "此处没有账本，请先运行 doorstep init。",
    ]


@pytest.mark.parametrize("database", server.DATABASES)
def test_a_book_of_an_earlier_version(database: str) -> None:
    with server.Installation(database) as at:
        at.ask("fill", "1", "1")
        back = (
            "import os, django; os.environ['DJANGO_SETTINGS_MODULE'] = 'doorstep.config.settings'; "
            "django.setup(); from django.core.management import call_command; "
            "call_command('migrate', 'sampling', '0001', verbosity=0)"
        )
        subprocess.run([sys.executable, "-c", back], env=at.environment, check=True)
        early = subprocess.run(
            [*server.DOORSTEP, "ledger", "verify"],
            env=at.environment,
            capture_output=True,
            text=True,
        )
        assert early.returncode == 2 and "an earlier version" in early.stderr
        assert "较早版本" in early.stderr
        at.start()
        at.stop()
        late = subprocess.run(
            [*server.DOORSTEP, "ledger", "verify"],
            env=at.environment,
            capture_output=True,
            text=True,
        )
        assert late.returncode == 0, late.stderr
