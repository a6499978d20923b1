"""Every refusal has its sentence, in both languages, and every code a number of its own."""

import re
from pathlib import Path

import doorstep
from doorstep.ledger import codes

RAISED = re.compile(r'Refused\(\s*"([A-Z][A-Z0-9_]+)"')


def test_every_refusal_that_is_raised_has_a_sentence() -> None:
    package = Path(doorstep.__file__).parent
    raised = {
        code
        for path in package.rglob("*.py")
        if "tests" not in path.parts
        for code in RAISED.findall(path.read_text())
    }
    assert len(raised) > 100
    assert raised - codes.CODES.keys() == set()


def test_no_two_codes_have_one_number() -> None:
    numbers = [number for number, _, _ in codes.CODES.values()]
    assert len(numbers) == len(set(numbers))
