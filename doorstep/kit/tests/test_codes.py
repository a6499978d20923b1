"""Codes: what a scanner or a hand gives, the check character, runs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorstep.kit import codes

BODIES = st.text(alphabet=codes.ALPHABET, min_size=4, max_size=12)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("gc-2100 0017", "GC21000017"),
        ("ＧＣ２１００００１７", "GC21000017"),
        ("  NH000120\r", "NH000120"),
        ("123", None),
        ("GC#21000017", None),
        ("张三", None),
        ("A" * 21, None),
    ],
)
def test_a_code_is_read_from_what_was_typed(text: str, code: str | None) -> None:
    assert codes.normalise(text) == code


def test_the_check_character_is_that_of_the_standard() -> None:
    # ISO 7064, MOD 37,36, worked by hand for a short code
    assert codes.check_character("A12425GABC1234002") == "M"


@given(BODIES, st.data())
def test_one_wrong_character_is_found(body: str, data: st.DataObject) -> None:
    code = body + codes.check_character(body)
    at = data.draw(st.integers(0, len(code) - 1))
    other = data.draw(st.sampled_from([c for c in codes.ALPHABET if c != code[at]]))
    assert codes.is_checked(code)
    assert not codes.is_checked(code[:at] + other + code[at + 1 :])


@given(st.integers(0, 99_000), st.integers(1, 300))
def test_a_run_counts_itself(start: int, count: int) -> None:
    first, last = codes.make("GC", start), codes.make("GC", start + count - 1)
    run = list(codes.expand(first, last))
    assert run == [codes.make("GC", start + i) for i in range(count)]
    assert codes.run_length(first, last) == count
    assert all(codes.is_in_run(code, first, last) for code in run)
    assert not codes.is_in_run(codes.make("GC", start + count), first, last)


def test_a_foreign_roll_has_no_check_character() -> None:
    assert list(codes.expand("NH00098", "NH00101")) == ["NH00098", "NH00099", "NH00100", "NH00101"]
    assert codes.is_in_run("NH00099", "NH00098", "NH00101")
    assert not codes.is_in_run("XX00099", "NH00098", "NH00101")


@pytest.mark.parametrize(
    ("first", "last"),
    [("NH00101", "NH00098"), ("NH00098", "GC00101"), ("NH00098", "NH000101"), ("ABCD", "ABCE"),
     ("NH000000", "NH999999")],
)  # fmt: skip
def test_what_is_no_run_is_said(first: str, last: str) -> None:
    with pytest.raises(codes.NotARun):
        codes.run_length(first, last)


def test_a_code_names_its_serial() -> None:
    assert codes.serial_of(codes.make("GC", 17), "GC") == 17
    assert codes.serial_of("GC00000017A", "GC") is None
    with pytest.raises(ValueError):
        codes.make("GC", 10**9)
