"""The town's data files fit together, and the district fills up to any number of people."""

import msgspec
import pytest

from doorstep.town import people, plan


@pytest.mark.parametrize("residents", [1, 650, 5_000, 665_060])
def test_the_district_holds_exactly_so_many(residents: int) -> None:
    estates = list(plan.list_district(residents))
    assert sum(each.residents for each in estates) == residents
    assert len({each.name for each in estates}) == len({each.key for each in estates})
    assert len({each.name for each in estates}) == len(estates)
    assert all(each.households <= each.door_count for each in estates)
    assert all("residents" in each.assumed for each in estates)
    assert len(estates) + len(plan.get_plan().estates) < people.MAX_ESTATES


def test_the_whole_district_lies_in_every_community() -> None:
    nine = plan.get_plan().estates
    estates = [*nine, *plan.list_district(700_000 - sum(each.residents for each in nine))]
    assert {each.community for each in estates} == {
        each.name for each in plan.get_plan().communities
    }
    lived: dict[str, int] = {}
    for each in estates:
        lived[each.community] = lived.get(each.community, 0) + each.residents
    assert min(lived.values()) > 5_000
    assert max(lived.values()) < 40_000


def test_doors_are_numbered_as_the_blocks_say() -> None:
    estate = plan.get_plan().estates[0]
    doors = estate.list_doors()
    assert len(doors) == estate.door_count == len(set(doors))
    assert doors[0] == plan.Door(1, 1, 1, 1, "101")
    assert doors[-1] == plan.Door(44, 1, 22, 4, "2204")
    assert {door.building for door in doors} == set(range(1, 45))


@pytest.mark.parametrize(
    "change",
    [
        {"households": 9},  # more than doors
        {"blocks": [{"from": 2, "to": 3, "units": 1, "floors": 2, "doors": 2}]},
        {"assumed": ["colour"]},
        {"colour": "red"},
    ],
)
def test_data_that_do_not_fit_are_refused(change: dict[str, object]) -> None:
    good: dict[str, object] = {
        "key": "x", "name": "甲园", "short": "甲", "english": "Jia", "community": "乙社区",
        "households": 4, "residents": 9,
        "blocks": [{"from": 1, "to": 1, "units": 1, "floors": 2, "doors": 2}],
    }  # fmt: skip
    assert msgspec.convert(good, plan.Estate).buildings == 1
    with pytest.raises((ValueError, msgspec.ValidationError)):
        msgspec.convert(good | change, plan.Estate)
