"""The town's civic programme, against the newspaper, and as it comes into the book."""

from collections import Counter

import pytest

from doorstep.ledger import book, models, replay, verify
from doorstep.operations.programme import catalogue, queries
from doorstep.operations.programme.models import Act
from doorstep.town import loading, places, plan, programme

pytestmark = pytest.mark.django_db

# As the newspaper says it: name, and how it stands.
NAMED = {
    "南一路改造提升": "in_use",
    "老旧小区改造（桂一社区海棠村）": "under_way",
    "千灯湖体育公园（海五路体育公园）": "in_use",
    "映月文化中心": "topped_out",
    "广东省人民医院南海医院二期": "started",
}
DUE_THIS_YEAR = {
    "怡海小学", "华成路（季华路至公平路市政工程）", "“两新”人才成长服务",
    "中央大街（桂澜路至一环路段）雨污水管道更换及道路修复工程", "首届桂城公园生活文化节",
}  # fmt: skip


def test_345_projects_ten_of_them_as_the_newspaper_names_them() -> None:
    town = plan.get_plan()
    found = programme.list_projects(town)
    assert Counter(each.said.level for each in found) == {"subdistrict": 45, "community": 300}
    assert len({each.said.place for each in found if each.said.level == "community"}) == 45
    assert len(catalogue.get().category) == 7
    assert {each.said.category for each in found} == {c.key for c in catalogue.get().category}
    assert {each.said.starts for each in found} == {"2021-04-30"}
    by_name = {each.said.title.zh: each for each in found}
    assert len(by_name) == 345
    assert {name: by_name[name].state for name in NAMED} == NAMED
    for name in DUE_THIS_YEAR:
        assert by_name[name].said.deadline <= "2021-12-31"
        assert by_name[name].reached < len(by_name[name].said.steps)
    assert len(programme.read().named) == len(NAMED) + len(DUE_THIS_YEAR)
    others = [each for name, each in by_name.items() if name not in {*NAMED, *DUE_THIS_YEAR}]
    assert all("虚构" in each.said.story.zh for each in others)  # marked as invented


def test_it_comes_into_the_book_as_it_stood_on_the_day(cell: models.Cell) -> None:
    loading.load(estate=plan.ESTATE, buildings=1)
    assert not programme.is_there()
    assert programme.load(plan.get_plan()) == 345
    assert programme.is_there()
    found = queries.list_projects(plan.DAY)
    assert len(found) == 345
    states = {each.words.title.zh: each.row.state for each in found}
    assert {name: states[name] for name in NAMED} == NAMED
    closed = [each for each in found if each.row.closed_on]
    assert closed and all(each.row.proved and each.band == "blue" for each in closed)
    assert any(each.is_late for each in found)
    assert any(each.standing.escalated for each in found)
    assert len({each.community for each in found if each.community}) == 45
    assert {str(e.row.place) for e in found if not e.community} == {places.ROOT}
    days = Act.objects.values_list("day", flat=True)
    assert (min(days), max(days)) == ("2021-04-30", "2021-06-19")
    different = replay.replay()["different"]
    assert not {table for table in different if table.startswith("programme_")}
    assert verify.check_book()["found"] == 0
    assert book.get_cell().size < 6_000
