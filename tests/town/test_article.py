"""Every figure of the newspaper page (珠江时报, June 2021) that the town contains.

Each test says what the page says. What no source gave is the town's own: the plan names it in
`assumed`, and the last tests hold that nothing the page gives is passed off as ours, or ours as the
page's.
"""

from collections.abc import Iterable

import pytest

from doorstep.orders import packs
from doorstep.town import duty, people, places, plan

TOWN = plan.get_plan()
ZHONGHAI = TOWN.get_estate("中海锦城国际花园")
YUSHUIAN = TOWN.get_estate("御水岸")


def units(kind: str) -> list[plan.Unit]:
    return [each for each in TOWN.units if each.type == kind]


def unit(key: str) -> plan.Unit:
    return next(each for each in TOWN.units if each.key == key)


def count_of(keys: Iterable[str]) -> int:
    return sum(each.count for each in TOWN.forces if each.unit in keys)


def test_seven_in_only_estates_and_two_closed_ones_are_sampled() -> None:
    measures = [each.measure for each in TOWN.estates]
    assert measures.count("in_only") == 7  # 封控
    assert measures.count("closed") == 2  # 封闭
    ordered = {o.estate: o.rule for o in TOWN.orders if o.axis == "measure"}
    assert ordered == {each.name: each.measure for each in TOWN.estates}
    for each in TOWN.estates:  # sampling tables in all nine; their number is ours
        assert places.count_tables(TOWN, each) >= 3


def test_two_areas_of_medium_risk() -> None:
    medium = {each.estate for each in TOWN.orders if each.rule == "medium"}
    assert medium == {ZHONGHAI.name, YUSHUIAN.name}  # the second one is our inference


def test_some_buildings_of_zhonghai_jincheng_are_medium_risk_from_19_june() -> None:
    [order] = [o for o in TOWN.orders if o.estate == ZHONGHAI.name and o.axis == "risk"]
    assert order.start.startswith("2021-06-19")
    assert 0 < len(order.buildings) < ZHONGHAI.buildings
    assert set(order.assumed) == {"buildings", "start_time", "document"}


def test_zhonghai_jincheng_44_buildings_over_3000_households_over_10000_people() -> None:
    assert ZHONGHAI.community == "同成社区"
    assert ZHONGHAI.buildings == 44
    assert len({door.building for door in ZHONGHAI.list_doors()}) == 44
    assert ZHONGHAI.households > 3_000
    everybody = people.draw_estate(ZHONGHAI, 0)
    living = [each for each in everybody if each.presence != "moved_out"]
    assert len(living) > 10_000
    assert sum(each.presence == "present" for each in living) > 10_000
    assert len({each.door for each in living}) > 3_000


def test_yushuian_over_600_households_served_by_the_strike_team() -> None:
    assert YUSHUIAN.households > 600
    everybody = people.draw_estate(YUSHUIAN, 1)
    assert len({each.door for each in everybody if each.presence != "moved_out"}) > 600
    assert unit("strike").serves == YUSHUIAN.name
    assert unit("strike_branch").parent == "strike"


def test_251_medics_from_gaoming_and_chancheng_most_of_them_experienced() -> None:
    medics = [each for each in TOWN.forces if each.unit in ("gaoming", "chancheng")]
    assert sum(each.count for each in medics) == 251
    assert {each.arrived_on for each in medics} == {"2021-06-21"}
    assert all(each.arrived_at is not None and each.arrived_at < "12:00" for each in medics)
    for each in medics:
        assert each.experienced is not None and each.experienced > each.count / 2
        assert {"count", "arrived_at", "experienced"} <= set(
            each.assumed
        )  # how they divide is ours


def test_over_150_seconded_cadres_and_about_200_of_the_property_firm() -> None:
    [cadres] = [each for each in TOWN.forces if each.unit == "zhonghai_hq"]
    assert cadres.count_over == 150 and cadres.count > 150
    [stewards] = [each for each in TOWN.forces if each.unit == "zhonghai_property"]
    assert stewards.count_about == 200 and stewards.count == 200
    assert unit("zhonghai_property").name == "中海物业管理有限公司"


def test_everybody_counted_stands_on_the_list_of_people_on_duty() -> None:
    listed = duty.list_staff(TOWN, "encoded")
    for keys in (("gaoming", "chancheng"), ("zhonghai_hq",), ("zhonghai_property",)):
        ids = {duty.unit_id(TOWN, key) for key in keys}
        serving = sum(each.unit in ids for each in listed)
        # field officers come on top of the force of their HQ
        extra = sum(a.count for a in TOWN.accounts if a.unit in keys and not a.of_force)
        assert serving == count_of(keys) + extra


def test_a_temporary_branch_at_the_estates_headquarters_on_the_morning_of_21_june() -> None:
    branch = unit("zhonghai_branch")
    assert branch.founded_on == plan.DAY == "2021-06-21"
    assert branch.founded_by == "桂城街道"
    assert branch.parent == "zhonghai_hq" and branch.serves == ZHONGHAI.name
    earlier = unit("strike_branch")  # the second such branch: the strike team's came before
    assert earlier.founded_on is not None and earlier.founded_on < "2021-06-21"
    assert "founded_on" in earlier.assumed


def test_branches_in_two_medium_risk_areas_and_at_four_vaccination_points() -> None:
    branches = units("party_branch")
    of_estates = [each for each in branches if each.serves in (ZHONGHAI.name, YUSHUIAN.name)]
    assert len(of_estates) == 2
    assert len(branches) - len(of_estates) == 4
    assert len(units("vaccination_point")) == 4


def test_the_headquarters_for_controlled_areas_has_seven_groups() -> None:
    assert unit("hq").name == "“封控管理”应急处置指挥部"
    groups = [
        each.name for each in TOWN.units if each.parent == "hq" and each.type == "working_group"
    ]
    said = (
        "安全保卫",
        "生活保障",
        "医疗保障",
        "宣传舆情",
        "社区管理服务",
        "教育协调",
        "市政环卫保障",
    )
    assert groups == [f"{name}组" for name in said]


@pytest.mark.parametrize(
    ("name", "opened", "desks", "stalls"),
    [("映月接种中心", "2021-06-14", 40, 40), ("新经济小镇接种中心", "2021-06-17", 30, 23)],
)
def test_the_vaccination_centres(name: str, opened: str, desks: int, stalls: int) -> None:
    [centre] = [each for each in units("vaccination_centre") if each.name == name]
    assert (centre.opened_on, centre.desks, centre.stalls) == (opened, desks, stalls)
    assert centre.doses_a_day is not None and centre.doses_a_day >= 10_000


def test_two_centres_within_a_week_that_do_over_20000_doses_a_day() -> None:
    centres = units("vaccination_centre")
    assert len(centres) == 2
    days = [each.opened_on for each in centres if each.opened_on]
    assert int(max(days)[-2:]) - int(min(days)[-2:]) < 7
    assert sum(each.doses_a_day or 0 for each in centres) >= 20_000


def test_denghu_formed_its_vanguard_beforehand_and_is_under_no_order() -> None:
    vanguard = unit("denghu_vanguard")
    assert vanguard.type == "vanguard" and vanguard.serves == "灯湖社区"
    assert "灯湖社区" not in {each.community for each in TOWN.estates}


def test_45_communities_and_over_700000_people() -> None:
    assert TOWN.subdistrict.name == "桂城街道"
    assert len(TOWN.communities) == len({each.code for each in TOWN.communities}) == 45
    assert {"桂一社区", "灯湖社区", "怡海社区", "同成社区"} <= {e.name for e in TOWN.communities}
    assert TOWN.subdistrict.residents_over == 700_000
    nine = sum(each.residents for each in TOWN.estates)
    district = list(plan.list_district(TOWN.subdistrict.residents_over + 1 - nine))
    assert nine + sum(each.residents for each in district) > 700_000


def test_the_orders_rest_on_the_pack_that_was_in_use() -> None:
    pack = packs.find_shipped(packs.find_digest(TOWN.pack) or "")
    assert pack is not None and pack.used_from_on <= "2021-06-12"


def test_what_the_page_does_not_give_is_marked_as_ours() -> None:
    for each in TOWN.estates:
        assert {"households", "residents", "blocks"} <= set(each.assumed)
        if each not in (ZHONGHAI, YUSHUIAN):
            assert {"name", "community"} <= set(each.assumed)
    # that the two estates it names are the two closed ones is our inference
    assert "measure" in ZHONGHAI.assumed and "measure" in YUSHUIAN.assumed
    assert "community" not in ZHONGHAI.assumed and "community" in YUSHUIAN.assumed
    for community in TOWN.communities:
        assert community.source or "name" in community.assumed
    assert "count" in TOWN.tables.assumed  # of sampling tables the page says nothing
    assert all("document" in each.assumed for each in TOWN.orders)
    assert all("示例" in each.document for each in TOWN.orders)
