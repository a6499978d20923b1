"""The pages of zones as a person meets them, from a rule to the authority's answer, and what
somebody without the right gets instead.
"""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from doorstep.command.zones import pack_pages, places
from doorstep.kit import clock
from doorstep.ledger import models, refusals
from doorstep.operations.sampling import evidence as sampling
from doorstep.orders import days, packs, queries, rules, zones
from doorstep.orders import evidence as provider
from doorstep.orders.tests import ground
from doorstep.registry import models as registry
from doorstep.rounds import actions as rounds
from doorstep.rounds import round_kinds

pytestmark = pytest.mark.django_db


@pytest.fixture
def estate(cell: models.Cell) -> Iterator[None]:
    ground.build()
    ground.adopt()
    before = provider.get()
    yield
    provider.install(before)


def signed_in(staff: ground.Staff, language: str = "en") -> Client:
    client = Client()
    client.cookies["doorstep_language"] = language
    client.force_login(registry.Staff.objects.get(id=staff.id))
    return client


def get(address: str, staff: ground.Staff = ground.CHEN, language: str = "en") -> str:
    answer = signed_in(staff, language).get(address)
    assert answer.status_code == 200, answer.content.decode()
    return answer.content.decode()


def state(order: str) -> str:
    found = queries.find_order(order)
    assert found is not None
    return rules.state_of(found, clock.now() + 1)


def form(**changed: Any) -> dict[str, Any]:
    now = clock.now()
    given = {
        "rule": f"{ground.digest()}:closed",
        "area": ground.ESTATE,
        "place": [ground.ESTATE],
        "authority": ground.COUNTY,
        "document": ground.PAPER,
        "evidence": [],
        "start": places.write_moment(now),
        "end": places.write_moment(now + 14 * clock.DAY),
        "review": clock.day_of(now + 7 * clock.DAY, ground.ZONE),
    }
    return given | changed


def act(staff: ground.Staff, order: str, name: str, **fields: Any) -> int:
    address = reverse(f"zones:{name}", args=[order])
    return int(signed_in(staff).post(address, fields).status_code)


def test_the_overview_says_how_many_and_until_when(estate: None) -> None:
    assert "No place is under a measure." in get(reverse("zones:zones"))
    order = ground.put_in_force()
    found = queries.find_order(order)
    assert found is not None
    page = get(reverse("zones:zones"))
    assert "1 place is under a measure: 1 closed until" in page and "中海锦城" in page
    assert "封闭" in page  # the authority's own word stands beside ours
    assert "正在管控" in get(reverse("zones:zones"), language="zh-hans")


def test_the_overview_asks_as_much_for_twelve_rounds_as_for_two(estate: None) -> None:
    provider.install(sampling.Provider())
    ground.put_in_force()
    spent, opened = [], 0
    for more in (2, 10):
        for _ in range(more):
            day = days.add(clock.day_of(clock.now(), ground.ZONE), opened)
            rounds.open_round(ground.CHEN, round_kind="sampling", area=ground.ESTATE, day=day)
            opened += 1
        with CaptureQueriesContext(connection) as captured:
            [zone] = zones.list_zones(clock.now())
        assert zone.alarms == []  # today's round is open
        spent.append(len(captured))
    assert spent[0] == spent[1]


def test_the_overview_asks_as_much_for_every_place_as_for_one(estate: None) -> None:
    """Two estates and their buildings under orders, a round of the community and one of each."""
    provider.install(sampling.Provider())
    today = clock.day_of(clock.now(), ground.ZONE)
    other = ground.building(1, ground.OTHER_ESTATE)
    there = ground.make_household(ground.door(other, 1), other, ground.OTHER_ESTATE)
    registry.Residence.objects.bulk_create(there)
    rounds.open_round(ground.CHEN, round_kind="sampling", area=ground.COMMUNITY, day=today)
    spent: list[int] = []
    for places_ in ([ground.ESTATE], [ground.OTHER_ESTATE]):
        rounds.open_round(ground.CHEN, round_kind="sampling", area=places_[0], day=today)
        ground.put_in_force(places=places_)
        inside = [ground.building(n, places_[0]) for n in (1, 2)]
        found_here = [ground.record("infection_found", place=places_[0])]
        ground.put_in_force(rule="medium", places=inside, evidence=found_here)
        with CaptureQueriesContext(connection) as captured:
            found = zones.list_zones(clock.now())
        assert [len(zone.risk) for zone in found] == [2] * (len(spent) + 1)
        spent.append(len(captured))
    assert spent[0] == spent[1]


def test_a_zone_and_an_order_ask_as_much_for_much_evidence_and_many_places(estate: None) -> None:
    spent: list[int] = []
    for count in (1, 3):
        for n in range(count):
            ground.record("infection_found", place=ground.building(n + 1))
        places_ = [ground.building(n + 1) for n in range(count)]
        found = [ground.record("infection_found")]
        order = ground.put_in_force(rule="medium", places=places_, evidence=found)
        client = signed_in(ground.CHEN)
        addresses = (
            reverse("zones:zone", args=[ground.ESTATE]),
            reverse("zones:order", args=[order]),
        )
        for address in addresses:
            client.get(address)
            with CaptureQueriesContext(connection) as captured:
                assert client.get(address).status_code == 200
            spent.append(len(captured))
    assert spent[:2] == spent[2:]


def test_before_a_pack_is_adopted_the_overview_leads_to_the_packs(cell: models.Cell) -> None:
    ground.build()
    page = get(reverse("zones:zones"))
    assert "No rule pack is adopted yet" in page and reverse("zones:new_order") not in page


def test_an_estate_shows_both_axes_conditions_evidence_and_history(estate: None) -> None:
    ground.put_in_force()
    places_ = [ground.building(2)]
    ground.put_in_force(rule="medium", places=places_)
    page = get(reverse("zones:zone", args=[ground.ESTATE]))
    for words in ("today is day 1", "1 of 3 buildings has a risk level", "medium risk",
                  "0 of 6 release conditions are met", "0 of 14", "infection found",
                  "NF-2021-7", "by notice of the authority", ground.PAPER):  # fmt: skip
        assert words in page
    chinese = get(reverse("zones:zone", args=[ground.ESTATE]), language="zh-hans")
    assert "中风险地区" in chinese and "环境样本检测全部阴性" in chinese


def test_a_new_order_says_its_consequence_and_is_approved_by_somebody_of_another_unit(
    estate: None,
) -> None:
    evidence = ground.record("infection_found")
    address = reverse("zones:new_order")
    step = get(f"{address}?area={ground.ESTATE}&rule={ground.digest()}:closed")
    assert "6 doors, 12 people" in step and "16 days; looked at again within 7 days" in step
    assert evidence in step and "Nanhai District, Foshan (440605)" in step
    answer = signed_in(ground.CHEN).post(address, form(evidence=[evidence]))
    assert answer.status_code == 302
    [order] = queries.list_orders()
    assert (order.places, order.evidence) == ((ground.ESTATE,), (evidence,))
    page = get(reverse("zones:order", args=[order.id]))
    assert "Nothing holds until a second person approves." in page
    assert "somebody else approves" in page  # the first person gets no button
    second = get(reverse("zones:order", args=[order.id]), ground.WANG)
    assert "Puts 6 doors, 12 people under closed (封闭) until" in second
    assert act(ground.LI, order.id, "approve", target=order.entry) == 409
    assert act(ground.WANG, order.id, "approve", target=order.entry) == 302
    assert state(order.id) == "in_force"


def test_the_consequence_follows_the_places_chosen(estate: None) -> None:
    address = reverse("zones:consequence")
    chosen = f"rule={ground.digest()}:medium&end=2021-07-03T12:00"
    one = get(f"{address}?{chosen}&place={ground.building(1)}")
    assert "2 doors, 4 people" in one and "medium risk" in one and "3 July" in one
    assert "No place is chosen yet." in get(f"{address}?{chosen}")


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"document": "urgent"}, "not written as a document number"),
        ({"authority": ground.SUBDISTRICT_CODE}, "may not decide this"),
        ({"evidence": []}, "An order needs evidence"),
        ({"place": []}, "Choose at least one place"),
        ({"end": "never"}, "The request is not right"),
        ({"test_days": "x"}, "The request is not right"),
        ({"evidence": ["x"]}, "does not exist"),
        ({"review": "2999-01-01"}, "The review must come within 7 days"),
    ],
)
def test_a_refused_order_is_told_on_the_form_and_nothing_is_kept(
    estate: None, changed: dict[str, Any], says: str
) -> None:
    given = form(evidence=[ground.record("infection_found")]) | changed
    answer = signed_in(ground.CHEN).post(reverse("zones:new_order"), given)
    page = answer.content.decode()
    assert answer.status_code in (404, 409, 422) and says in page
    assert queries.list_orders() == []
    if "end" not in changed:
        assert given["end"] in page  # what was typed is still there


def test_from_application_to_lifting(estate: None) -> None:
    order = ground.put_in_force()
    assert act(ground.CHEN, order, "apply", document="NF-2021-8") == 302
    assert act(ground.CHEN, order, "apply", document="please") == 409
    page = get(reverse("zones:order", args=[order]))
    assert "applied for lifting" in page and "0 of 6 conditions met" in page
    assert "application unanswered" in page
    assert act(ground.CHEN, order, "answer", answer="maybe", document="NF-2021-9") == 422
    assert act(ground.CHEN, order, "answer", answer="refused", document="NF-2021-9") == 302
    assert state(order) == "in_force"
    assert act(ground.CHEN, order, "answer", answer="lifted", document="NF-2021-10") == 302
    assert state(order) == "lifted"
    assert "NF-2021-10" in get(reverse("zones:order", args=[order]))


def test_a_renewal_and_a_withdrawal_wait_for_a_second_person(estate: None) -> None:
    order = ground.put_in_force_ago(8)
    found = queries.find_order(order)
    assert found is not None
    renewal = {
        "document": "NF-2021-11",
        "evidence": [ground.record("contact_present")],
        "end": places.write_moment(found.end_at + 2 * clock.DAY),
        "review": clock.day_of(found.end_at + clock.DAY, ground.ZONE),
    }
    assert act(ground.CHEN, order, "renew", **renewal) == 302
    assert act(ground.CHEN, order, "withdraw", reason="because") == 422
    assert act(ground.CHEN, order, "withdraw", reason="mistake") == 302
    assert state(order) == "in_force"
    again = queries.find_order(order)
    assert again is not None and again.until_at == found.end_at
    page = get(reverse("zones:order", args=[order]), ground.WANG)
    assert page.count("Look and approve…") == 2
    assert "Ends this order for 6 doors, 12 people at once." in page


def test_packs_are_shown_in_words_and_adopted(estate: None) -> None:
    digest = ground.digest("NAT-20")
    assert digest in get(reverse("zones:packs"))
    page = get(reverse("zones:pack", args=[digest]))
    assert "Adopt this pack" in page and digest in page
    assert "PCR test on days 1, 3; antigen test on days 2; afterwards as the order says" in page
    address = reverse("zones:adopt", args=[digest])
    assert signed_in(ground.HUANG).post(address).status_code == 403
    assert signed_in(ground.CHEN).post(address).status_code == 302
    assert "Adopt this pack" not in get(reverse("zones:pack", args=[digest]))
    assert signed_in(ground.CHEN).get(reverse("zones:pack", args=["0" * 64])).status_code == 404


def test_an_authoritys_own_pack_comes_as_a_file(estate: None) -> None:
    address = reverse("zones:hand_in_pack")
    own = (packs.FOLDER / "NAT-20.toml").read_text("utf-8").replace("NAT-20", "NANHAI-OWN")

    def send(staff: ground.Staff, content: bytes) -> Any:
        return signed_in(staff).post(address, {"file": SimpleUploadedFile("own.toml", content)})

    assert "Read the pack" in get(reverse("zones:packs"))
    assert "Read the pack" not in get(reverse("zones:packs"), ground.HUANG)
    assert send(ground.HUANG, own.encode()).status_code == 403
    for content in (b"", b"key = 1", b"#" * (257 << 10)):
        answer = send(ground.CHEN, content)
        assert answer.status_code == 409 and "This is no rule pack" in answer.content.decode()
    page = get(send(ground.CHEN, own.encode())["Location"])
    assert "NANHAI-OWN" in page and "Adopt this pack" in page and "Not adopted" in page
    assert "NANHAI-OWN" in get(reverse("zones:packs"), ground.HUANG)


def test_a_pack_page_says_everything_the_pack_says(estate: None) -> None:
    def page(key: str) -> str:
        return get(reverse("zones:pack", args=[ground.digest(key)]))

    nanhai, nine, twenty = page("NANHAI-2022-05"), page("NAT-9"), page("NAT-20")
    assert "two samples a person on days 7; once more in the last 2 days" in nanhai
    assert "out from day 5; with a negative result of the last 48 hours" in nanhai
    assert "at most 10 people in a tube" in nanhai and "fewer than 1,000 in a million" in nanhai
    pack = queries.get_packs({ground.digest("NAT-9")})[ground.digest("NAT-9")]
    for heading, key in (("Once the conditions are met", "medium_after_high"),
                         ("If a new case is found", "high")):  # fmt: skip
        rule = pack.find_rule(key)
        assert rule is not None and f"<dt>{heading}</dt><dd>{rule.text.en}</dd>" in nine
    assert "people who cannot walk; very old people" in twenty
    assert "1 at a time from each household; every day" in page("GD-2021-06")


def test_a_pack_page_says_which_rules_a_person_must_apply(estate: None) -> None:
    def by_hand(key: str, language: str = "en") -> str:
        page = get(reverse("zones:pack", args=[ground.digest(key)]), language=language)
        heading = "What a person must see to" if language == "en" else "须由人员执行的规定"
        return page[page.index(heading) :].split("</ul>")[0]

    twenty = by_hand("NAT-20")
    assert "recovered less than three months ago: a tube of their own. Nothing here" in twenty
    assert "people with a positive antigen test; very old people: nothing here" in twenty
    assert "waiting for their transfer" in twenty and "the team opens it as 1:1" in twenty
    assert "no clock runs here for that" in twenty and "key person" in twenty
    # what lists are drawn by is for nobody to remember
    assert "vaccinated" not in twenty and "cannot walk" not in twenty
    assert "感染未满三个月" in by_hand("NAT-20", "zh-hans")
    june = by_hand("GD-2021-06")
    assert "the team opens it" not in june and "no clock runs here for that" in june


@pytest.mark.parametrize("group", pack_pages.LISTED_AT_HOME)
def test_the_groups_that_lists_have_at_home_by_themselves(group: str) -> None:
    home = round_kinds.list_kinds()["sampling"].home
    assert home is not None
    told = {
        "cannot_walk": "bedridden" in home.flags,
        "positive_pool": "stay_asked" in home.standings,
    }
    assert told[group]


def test_what_a_person_must_see_to_stands_on_the_order(estate: None) -> None:
    provider.install(ground.Rounds())
    order = ground.put_in_force()
    page = get(reverse("zones:order", args=[order]))
    assert "day of tests, no round yet" in page and "May be renewed from" in page
    assert 'data-opens="renew"' not in page
    assert 'data-opens="renew"' in get(
        reverse("zones:order", args=[ground.put_in_force_ago(8, rule="in_only")])
    )


def test_evidence_is_recorded_and_taken_back(estate: None) -> None:
    address = reverse("zones:new_evidence")
    assert "LAB-2021-617" in get(f"{address}?area={ground.ESTATE}")
    fields = {
        "area": ground.ESTATE,
        "place": ground.building(1),
        "fact": f"{ground.digest()}:environment_positive",
        "on": "2021-06-20",
        "document": "LAB-2021-6",
    }
    client = signed_in(ground.CHEN)
    assert client.post(address, fields | {"document": "somebody said"}).status_code == 409
    assert client.post(address, fields | {"place": "x"}).status_code == 404
    answer = client.post(address, fields | {"next": "https://elsewhere.example/"})
    assert answer.status_code == 302 and answer["Location"] == places.address_of(ground.ESTATE)
    page = get(reverse("zones:zone", args=[ground.ESTATE]))
    assert "environment sample positive" in page
    [entry] = re.findall(r"/evidence/([0-9a-f-]{36})/take-back", page)
    assert client.post(reverse("zones:take_back", args=[entry])).status_code == 302
    page = get(reverse("zones:zone", args=[ground.ESTATE]))
    assert "environment sample positive" not in page
    assert client.post(reverse("zones:take_back", args=[ground.entry_id(1)])).status_code == 404


def test_who_may_not(estate: None) -> None:
    order = ground.put_in_force()
    names = ("approve", "renew", "withdraw", "apply", "answer")
    for name in names:
        assert act(ground.ZHAO, order, name, document="NF-1", reason="mistake") == 403
    for name in ("renew", "withdraw", "apply", "answer"):
        assert act(ground.WANG, order, name, document="NF-1", reason="mistake") == 403
    fields = {"document": "NF-1", "reason": "mistake", "answer": "refused"}
    assert act(ground.HUANG, order, "withdraw", **fields) == 403
    assert act(ground.HUANG, order, "apply", **fields) == 403
    assert act(ground.HUANG, order, "answer", **fields) == 403
    assert state(order) == "in_force"
    assert signed_in(ground.ZHAO).get(reverse("zones:new_order")).status_code == 403
    assert signed_in(ground.WANG).get(reverse("zones:new_evidence")).status_code == 403
    page = get(reverse("zones:order", args=[order]), ground.ZHAO)
    assert "data-opens" not in page  # looks, and has nothing to press
    answer = Client().get(reverse("zones:order", args=[order]))
    assert answer.status_code == 302 and "sign-in" in answer["Location"]


def test_there_is_no_such_page(estate: None) -> None:
    client = signed_in(ground.CHEN)
    for address in (
        reverse("zones:order", args=[ground.entry_id(4)]),
        reverse("zones:zone", args=[ground.entry_id(4)]),
        reverse("zones:zone", args=[ground.building(1)]),
        "/zones/orders/nothing/",
    ):
        assert client.get(address).status_code == 404


def test_fields_that_are_no_moment_day_or_id_are_refused() -> None:
    for read, text in (
        (places.read_moment, "soon"),
        (places.read_day, "21 June"),
        (places.read_id, "'; DROP TABLE"),
    ):
        with pytest.raises(refusals.Refused):
            read(text)
