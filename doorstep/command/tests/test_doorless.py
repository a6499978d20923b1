"""The list of those without a door: searched, sorted, paged and taken away, in both languages, and
nobody is found by more of a name than it shows.
"""

import pytest
from django.test import Client

from doorstep.command.tests import conftest
from doorstep.registry import models as registry
from doorstep.registry import people
from doorstep.rounds.tests import street

pytestmark = pytest.mark.django_db
ADDRESS = "/people/without-a-door"
FAMILIES = "张王李赵陈林"


@pytest.fixture
def met(chen: Client) -> list[str]:
    """Sixty people met at two tables of the estate, one of them pregnant."""
    for at, name in enumerate(("东门台", "西门台"), 1):
        table = street.round_id(800 + at)
        registry.Place.objects.create(
            id=table, parent=street.ESTATE, kind="table", name=name, code=str(at),
            path=f"/{street.ESTATE}/{table}/", estate=street.ESTATE,
        )  # fmt: skip
    made = [
        people.add_person(
            street.DUTY_OFFICER,
            name=f"{FAMILIES[at % 6]}路过{at}",
            met=street.round_id(801 + at % 2),
        )
        for at in range(60)
    ]
    registry.Person.objects.filter(id=made[7]).update(flags=["pregnant"])
    return made


def text(client: Client, query: str = "") -> list[str]:
    """The rows as text for a chat, from the name on."""
    answer = client.get(f"{ADDRESS}?as=text{query}")
    assert answer.status_code == 200
    lines = answer.content.decode().splitlines()
    return [line[line.index("*") - 1 :] for line in lines if "*" in line]


def test_fifty_on_a_page_and_all_in_the_file(chen: Client, met: list[str]) -> None:
    first, second = (chen.get(f"{ADDRESS}?page={n}").content.decode() for n in (1, 2))
    assert "60 people were met and have no door" in first
    shown = [sum(f"/people/{one}/" in page for one in met) for page in (first, second)]
    assert shown == [50, 10] and len(text(chen)) == 60
    assert not [one for one in met if f"/people/{one}/" in first and f"/people/{one}/" in second]


def test_it_is_searched_by_what_it_shows_and_by_nothing_more(chen: Client, met: list[str]) -> None:
    assert len(text(chen, "&q=东门")) == 30
    assert len(text(chen, "&q=张*")) == 10 and len(text(chen, "&q=张* 东门")) == 10
    [pregnant] = text(chen, "&q=pregnant")
    assert pregnant.startswith("王*")
    assert text(chen, "&q=路过") == [] and text(chen, "&q=张路过0") == []
    chinese = conftest.sign_in(street.DUTY_OFFICER, "zh-hans")
    assert len(text(chinese, "&q=孕")) == 1


def test_it_is_sorted_by_name_place_and_moment(chen: Client, met: list[str]) -> None:
    names = [row[0] for row in text(chen, "&sort=name")]
    assert names == sorted(names) and names[::-1] == [r[0] for r in text(chen, "&sort=-name")]
    places = ["东门台" in row for row in text(chen, "&sort=met")]
    assert places == [True] * 30 + [False] * 30
    newest = chen.get(f"{ADDRESS}?sort=-since").content.decode()
    assert f"/people/{met[-1]}/" in newest and f"/people/{met[0]}/" not in newest
    assert chen.get(f"{ADDRESS}?sort=document").status_code == 200  # no order of its own


def test_when_everybody_has_a_door_it_says_so_and_nothing_else(chen: Client) -> None:
    page = chen.get(ADDRESS).content.decode()
    assert "Everybody who was met has a door." in page
    assert "Open the person" not in page and "0 people" not in page
    chinese = conftest.sign_in(street.DUTY_OFFICER, "zh-hans").get(ADDRESS).content.decode()
    assert "Everybody" not in chinese


def test_a_page_costs_the_same_however_many_they_are(
    chen: Client, met: list[str], django_assert_max_num_queries: object
) -> None:
    with django_assert_max_num_queries(20):  # type: ignore[operator]
        chen.get(ADDRESS)
