"""The packs that ship: all are read, every number has a source, words change their meaning."""

import re

import pytest

from doorstep.orders import packs, rules, shapes

SHIPPED = ["GD-2021-06", "GD-2021-08", "NAT-3Z", "NANHAI-2022-05", "NAT-9", "NAT-20"]


def pack(key: str) -> shapes.Pack:
    digest = packs.find_digest(key)
    assert digest is not None
    found = packs.find_shipped(digest)
    assert found is not None
    return found


def text_of(key: str) -> str:
    return (packs.FOLDER / f"{key}.toml").read_text("utf-8")


def test_all_six_ship() -> None:
    assert sorted(each.key for each in packs.list_shipped().values()) == sorted(SHIPPED)


def test_the_same_word_meant_two_things_and_the_key_tells_them_apart() -> None:
    before, after = pack("GD-2021-06"), pack("NANHAI-2022-05")
    in_2021 = next(v for v in before.values if v.names.zh == "封控")
    in_2022 = next(v for v in after.values if v.names.zh.startswith("封控"))
    assert (in_2021.key, in_2022.key) == ("in_only", "stay_in_flat")
    assert "只进不出" in in_2021.movement.text.zh


def test_a_digest_does_not_depend_on_comments_and_order() -> None:
    text = text_of("NAT-20")
    assert packs.digest_of(packs.read_pack("# more\n" + text)) == packs.find_digest("NAT-20")
    changed = text.replace("hours = 24", "hours = 25")
    assert changed != text
    assert packs.digest_of(packs.read_pack(changed)) != packs.find_digest("NAT-20")


def test_a_pack_is_read_again_from_what_was_kept() -> None:
    for digest, each in packs.list_shipped().items():
        again = packs.read_canonical(packs.canonical(each))
        assert again == each and packs.digest_of(again) == digest


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('value = "in_only"', 'value = "nothing"', "no value"),
        ("limit = 20", "limit = 30", "no validated size"),
        ("repooling = false", "repooling = true", "repooling"),
        ('source = ["S41"]', 'source = ["S99"]', "not defined"),
        ('what = "contacts_under_control"', 'what = "all_is_well"', "not defined"),
        ('medical = "escorted"', 'medical = "no"', "medical"),
        ('levels = ["estate", "building", "unit"]', 'levels = ["door"]', "levels"),
        ("longest_days = 16", "longest_days = 14", "ends before its 14 clean days are over"),
        ('decides = ["county"', 'decides = ["subdistrict", "county"', "not defined"),
    ],
)
def test_a_pack_that_does_not_fit_together_is_refused(old: str, new: str, says: str) -> None:
    text = text_of("GD-2021-06")
    assert old in text
    with pytest.raises(ValueError, match=re.escape(says)):
        packs.read_pack(text.replace(old, new, 1))


@pytest.mark.parametrize("key", SHIPPED)
def test_the_clean_days_are_over_two_days_before_the_longest_order_ends(key: str) -> None:
    for rule in pack(key).rules:
        for line in rule.release:
            if isinstance(line, shapes.CleanDays):
                assert rule.term.longest_days >= line.days + 2
                assert "SET" in rule.term.source


def test_a_pack_once_adopted_is_read_as_it_was_kept() -> None:
    """The check of terms is of what ships; orders under an older pack keep their own rules."""
    kept = packs.canonical(pack("GD-2021-06"))
    older = kept.replace(b'"longest_days":16', b'"longest_days":14')
    assert older != kept
    closed = packs.read_canonical(older).find_rule("closed")
    assert closed is not None and closed.term.longest_days == 14


@pytest.mark.parametrize("key", SHIPPED)
def test_the_county_decides_and_the_subdistrict_does_not(key: str) -> None:
    jurisdiction = pack(key).jurisdiction
    assert rules.may_decide(jurisdiction, "440605") is None
    assert rules.may_decide(jurisdiction, "440600") is None
    for subdistrict in ("440605001", "440605001000"):
        refused = rules.may_decide(jurisdiction, subdistrict)
        assert refused is not None and refused.code == "ORDER_NOT_COMPETENT"


@pytest.mark.parametrize("key", SHIPPED)
def test_every_movement_leaves_a_way_to_medical_help(key: str) -> None:
    assert {value.movement.medical for value in pack(key).values} <= {"open", "escorted"}
