"""Which identity documents are taken, as what, and which are not and why."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from doorstep.kit import documents


def whole(digits: str) -> str:
    return digits + documents.check_character(digits)


@pytest.mark.parametrize(
    ("text", "kind", "number", "issuer"),
    [
        (" 11010519491231002x　", "resident_id", "11010519491231002X", "CHN"),
        ("１１０１０５ １９４９１２３１ ００２Ｘ", "resident_id", "11010519491231002X", "CHN"),
        ("110105491231002", "resident_id_15", "110105491231002", "CHN"),
        (whole("81000019900101001"), "residence_permit", whole("81000019900101001"), "CHN"),
        (whole("83000019900101002"), "residence_permit", whole("83000019900101002"), "CHN"),
        (whole("91184019900101002"), "permanent_residence", whole("91184019900101002"), "CHN"),
        ("USA123456789012", "permanent_residence", "USA123456789012", "USA"),
        ("h12345678", "hk_macau_permit", "H12345678", "CHN"),
        ("M1234567801", "hk_macau_permit", "M1234567801", "CHN"),
        ("12345678", "taiwan_permit", "12345678", "CHN"),
        ("P440123456", "birth_certificate", "P440123456", "CHN"),
        ("E12345678", "passport", "E12345678", ""),
        ("E12345678 / USA", "passport", "E12345678", "USA"),
        ("美国 123456789", "passport", "123456789", "USA"),
    ],
)
def test_taken(text: str, kind: str, number: str, issuer: str) -> None:
    found = documents.read(text)
    assert isinstance(found, documents.Document)
    assert found[:3] == (kind, number, issuer)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "ID_MISSING"),
        (" 　", "ID_MISSING"),
        ("1101051949123100", "ID_LENGTH"),
        ("1101051949123100222", "ID_LENGTH"),
        ("1" * 65, "ID_LENGTH"),
        ("110105194912310O2X", "ID_CHARACTERS"),
        ("不知道", "ID_CHARACTERS"),
        ("😀" * 9, "ID_CHARACTERS"),
        ("110105194913310023", "ID_DATE"),
        ("110105190002290021", "ID_DATE"),  # 1900 was no leap year
        ("110105491331002", "ID_DATE"),
        ("110105194912310021", "ID_CHECKSUM"),
        ("110105194912310012", "ID_CHECKSUM"),
    ],
)
def test_not_taken(text: str, code: str) -> None:
    assert documents.read(text) == code


def test_an_old_number_is_linked_to_its_eighteen_digits() -> None:
    old, new = documents.read("110105491231002"), documents.read("11010519491231002X")
    assert isinstance(old, documents.Document) and isinstance(new, documents.Document)
    assert old.link == new.link == new.number
    assert old.number != new.number


def test_a_permit_issued_again_is_the_same_holder() -> None:
    first, second = documents.read("H1234567801"), documents.read("H1234567802")
    assert isinstance(first, documents.Document) and isinstance(second, documents.Document)
    assert first.link == second.link == "H12345678"


def test_the_number_says_sex_and_birthday() -> None:
    found = documents.read("11010519491231002X")
    assert isinstance(found, documents.Document)
    assert (found.born_on, found.sex) == ("1949-12-31", "female")


def test_an_area_code_that_never_was_is_taken() -> None:
    assert isinstance(documents.read(whole("10999919900101001")), documents.Document)


@pytest.mark.parametrize(
    ("text", "said", "kind", "issuer"),
    [
        ("M12345678", "护照（韩国）", "passport", "KOR"),
        ("M12345678", "港澳居民来往内地通行证", "hk_macau_permit", "CHN"),
        ("12345678", "Passport", "passport", ""),
        (whole("81000019900101001"), "港澳居民居住证", "residence_permit", "CHN"),
        (whole("81000019900101001"), "港澳通行证", "residence_permit", "CHN"),
        ("P440123456", "出生医学证明", "birth_certificate", "CHN"),
    ],
)
def test_the_type_column_decides_between_two(text: str, said: str, kind: str, issuer: str) -> None:
    found = documents.read(text, said)
    assert isinstance(found, documents.Document)
    assert (found.type, found.issuer) == (kind, issuer)


def test_what_calls_itself_a_resident_id_must_be_one() -> None:
    assert documents.read("E12345678", "身份证") == "ID_LENGTH"


@pytest.mark.parametrize(
    "text", ["\u1369" * 15, "\u17e1" * 18, "\u0661" * 8, "H\u0661234567\u0662"]
)
def test_digits_of_another_script_are_no_document(text: str) -> None:
    for said in ("", "身份证", "台胞证", "港澳通行证", "护照"):
        assert documents.read(text, said) in ("ID_CHARACTERS", "ID_LENGTH"), said
    assert documents.read(text) == "ID_CHARACTERS"
    assert documents.list_links(text) == []


def test_a_country_that_is_not_known_is_not_guessed() -> None:
    for said in ("护照（索马里）", "passport Somalia", "护照 塞浦路斯", "Cyprus passport"):
        found = documents.read("M12345678", said)
        assert isinstance(found, documents.Document)
        assert found.issuer == ""


def test_a_passport_is_found_by_its_number_alone() -> None:
    stored = documents.read("E12345678", "passport France")
    assert isinstance(stored, documents.Document)
    links = documents.list_links("e1234 5678")
    assert (stored.type, stored.issuer, stored.link) in links
    assert documents.list_links("") == []


# Ethiopic and Khmer signs that Unicode calls digits or decimals, and a fraction
DIGITS = st.sampled_from(["\u1369", "\u17e1", "\u0661", "\u2488", "\u00bd", "1", "X"])


@given(
    text=st.text(max_size=80) | st.lists(DIGITS, min_size=15, max_size=18).map("".join),
    said=st.text(max_size=20),
)
@example(text="\u1369" * 15, said="")
@example(text="\u17e1" * 8, said="台胞证")
def test_no_text_raises(text: str, said: str) -> None:
    found = documents.read(text, said)
    assert isinstance(found, documents.Document) or found.startswith("ID_")
    documents.list_links(text)


@given(
    digits=st.from_regex(r"\A[1-7][0-9]{5}19[0-9]{2}0[1-9]1[0-9][0-9]{3}\Z"),
    place=st.integers(0, 17),
    other=st.integers(1, 9),
)
def test_one_wrong_digit_is_never_taken_as_an_id(digits: str, place: int, other: int) -> None:
    good = whole(digits)
    assert isinstance(documents.read(good), documents.Document)
    if good[place] != "X":
        wrong = good[:place] + str((int(good[place]) + other) % 10) + good[place + 1 :]
        assert isinstance(documents.read(wrong), str)
