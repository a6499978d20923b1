"""The invented people: right in number and shape, the same each time, and nobody real."""

import re
import statistics
from collections import Counter, defaultdict
from datetime import date

import pytest

from doorstep.town import names, people, plan

NAMED_IN_THE_SOURCE = ("邹到弟", "麦绍强", "李冬冬", "曾蓉", "邵泳雪", "丁当", "戚伟雄")
ESTATE = plan.get_plan().estates[0]


@pytest.fixture(scope="module")
def everybody() -> list[people.Person]:
    return people.draw_estate(ESTATE, 0)


def test_as_many_as_the_plan_says(everybody: list[people.Person]) -> None:
    living = [each for each in everybody if each.presence != "moved_out"]
    assert len(living) == ESTATE.residents
    assert len({each.door for each in living}) == ESTATE.households
    assert sum(each.presence == "present" for each in living) > 10_000
    assert 20 < len(everybody) - len(living) < 100
    assert sum(each.relation == "户主" for each in everybody) == ESTATE.households
    assert [each.door for each in everybody] == sorted(each.door for each in everybody)


def test_same_seed_same_people(everybody: list[people.Person]) -> None:
    assert people.draw_estate(ESTATE, 0) == everybody
    assert people.draw_estate(ESTATE, 0, seed=7) != everybody
    assert not {each.document for each in people.draw_estate(ESTATE, 1)} & {
        each.document for each in everybody
    }


def test_families_are_families(everybody: list[people.Person]) -> None:
    homes = defaultdict(list)
    for each in everybody:
        if each.presence != "moved_out":
            homes[each.door].append(each)
    sizes = [len(home) for home in homes.values()]
    assert 3.2 < statistics.mean(sizes) < 3.5
    assert Counter(sizes).most_common(1)[0][0] in (2, 3, 4)
    for home in homes.values():
        head = home[0]
        assert head.relation == "户主"
        assert head.born_on < "2003-06-21"
        for each in home:
            if each.relation in ("子", "女"):
                assert each.born_on > head.born_on
            if each.relation in ("父", "母"):
                assert each.born_on < head.born_on
    couples = [(h[0], h[1]) for h in homes.values() if len(h) > 1 and h[1].relation == "配偶"]
    shared = sum(a.phone == b.phone != "" for a, b in couples)
    assert 0.02 < shared / len(couples) < 0.09


def test_identity_numbers_are_valid_and_nobodys(everybody: list[people.Person]) -> None:
    held = [each for each in everybody if each.document_type == "resident_id"]
    assert len(held) > 0.95 * len(everybody)
    for each in held:
        digits, check = each.document[:17], each.document[17]
        assert people.check_character(digits) == check
        assert digits[6:14] == each.born_on.replace("-", "")
        assert (int(digits[16]) % 2 == 1) == (each.sex == "male")
        assert digits.startswith("10")
    assert people.check_character("11010519491231002") == "X"  # the standard's own example
    assert len({each.document for each in everybody}) == len(everybody)


def test_other_documents_have_marks_that_nobody_issues(everybody: list[people.Person]) -> None:
    shapes = {
        "resident_id_15": r"10\d{13}",
        "hk_macau_permit": r"[HM]99\d{6}",
        "taiwan_permit": r"99\d{6}",
        "residence_permit": r"8[123]9\d{14}[\dX]",
        "permanent_residence": r"90\d9\d{13}[\dX]",
        "passport": r"UTO\d{6}",
        "birth_certificate": r"Z10\d{7}",
    }
    seen = Counter(each.document_type for each in everybody)
    for kind, shape in shapes.items():
        assert seen[kind] > 0, kind
        for each in everybody:
            if each.document_type == kind:
                assert re.fullmatch(shape, each.document), each.document
                if len(each.document) == 18:
                    assert people.check_character(each.document[:17]) == each.document[17]
    for each in everybody:
        assert each.phone == "" or re.fullmatch(r"154\d{8}", each.phone)


def test_special_needs_are_where_they_can_be(everybody: list[people.Person]) -> None:
    counts = Counter(flag for each in everybody for flag in each.flags)
    assert set(counts) == {
        "pregnant", "dialysis", "oncology", "infant", "alone", "bedridden", "disabled", "exam",
    }  # fmt: skip
    assert 2 <= counts["dialysis"] <= 20
    assert 20 <= counts["pregnant"] <= 110
    today = date.fromisoformat(plan.DAY)
    for each in everybody:
        years = (today - date.fromisoformat(each.born_on)).days / 365.25
        if "infant" in each.flags:
            assert years < 1.01
        if "pregnant" in each.flags:
            assert each.sex == "female" and 21 < years < 43
        if "exam" in each.flags:
            assert 14 < years < 16
        if "alone" in each.flags:
            assert years > 64


def test_nobody_bears_the_name_of_a_person_in_the_source() -> None:
    for name in NAMED_IN_THE_SOURCE:
        for length in (1, 2):
            family, given = name[:length], name[length:]
            assert not (
                family in names.SURNAMES
                and any(
                    given in names.given_names(sex, young)
                    for sex in ("male", "female")
                    for young in (False, True)
                )
            ), name


def test_names_can_be_spelt_in_latin_letters(everybody: list[people.Person]) -> None:
    assert names.latin_of("陈欣怡") == "Chen Xinyi"
    assert names.latin_of("欧阳国强") == "Ouyang Guoqiang"
    for each in everybody:
        assert names.latin_of(each.name).isascii(), each.name


def test_an_estate_without_a_number_of_its_own_is_refused() -> None:
    with pytest.raises(ValueError):
        people.draw_estate(ESTATE, people.MAX_ESTATES)
