"""What follows from orders: tube sizes, clocks, zones on two axes, alarms, consequences."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from doorstep.kit import clock
from doorstep.orders import actions, evidence, queries, zones
from doorstep.orders.tests import ground

pytestmark = pytest.mark.django_db


def today() -> str:
    return clock.day_of(clock.now(), ground.ZONE)


def alarms(place: str, at: int) -> list[str]:
    return [a.code for zone in zones.list_zones(at) if zone.estate == place for a in zone.alarms]


def test_in_force_at_a_building_are_its_own_orders_and_those_above(estate: None) -> None:
    closed = ground.put_in_force()
    medium = ground.put_in_force(rule="medium", places=[ground.building(1)])
    ground.propose(rule="high", places=[ground.building(1)])
    now = clock.now()
    assert [o.id for o in queries.list_in_force(ground.building(1), now)] == [closed, medium]
    assert [o.id for o in queries.list_in_force(ground.building(2), now)] == [closed]
    assert queries.list_in_force(ground.OTHER_ESTATE, now) == []
    assert queries.list_in_force(ground.ESTATE, now + 15 * clock.DAY) == []


def test_the_history_of_an_estate_holds_its_buildings_too(estate: None) -> None:
    first = ground.put_in_force(rule="medium", places=[ground.building(1)])
    second = ground.propose()
    assert [o.id for o in queries.list_around(ground.ESTATE)] == [second, first]
    assert [o.id for o in queries.list_around(ground.OTHER_ESTATE)] == []


def test_tube_sizes_come_from_the_strictest_and_every_order_must_allow_them(estate: None) -> None:
    ordinary = queries.pool_rules(ground.OTHER_ESTATE, today())
    assert ordinary.allowed == ("single", "household", "five", "ten")
    assert ordinary == ("ten", ground.digest(), {"vaccinated": 24}, ordinary.allowed)
    ground.put_in_force(rule="in_only")
    assert queries.pool_rules(ground.ESTATE, today()).pool == "ten"
    pack = ground.adopt("NAT-20")
    place = ground.building(2)
    ground.put_in_force(pack=pack, rule="high", places=[place], end=clock.now() + 4 * clock.DAY,
                        review=today())  # fmt: skip
    said = queries.pool_rules(ground.ESTATE, today())
    assert (said.pool, said.pack, said.hours) == ("household", pack, {"vaccinated": 48})
    assert said.allowed == ("single", "household")
    after = clock.day_of(clock.now() + 20 * clock.DAY, ground.ZONE)
    assert queries.pool_rules(ground.ESTATE, after).pack == pack  # adopted last


def test_without_a_pack_nothing_is_said_but_clocks_run(cell: object) -> None:
    ground.build()
    assert queries.pool_rules(ground.ESTATE, "2021-06-21") == queries.Said()
    assert queries.deadline("stay_request", ground.ESTATE) == 12 * clock.HOUR
    with pytest.raises(KeyError):
        queries.deadline("coffee", ground.ESTATE)


def test_clocks_are_the_packs(estate: None) -> None:
    assert queries.deadline("report", ground.ESTATE) == 6 * clock.HOUR
    assert queries.deadline("collect", ground.building(1)) == clock.HOUR


def test_consequences_count_each_door_and_everybody_present_once(estate: None) -> None:
    assert queries.count_reach([ground.ESTATE]) == (6, 12)
    assert queries.count_reach([ground.building(1)]) == (2, 4)
    assert queries.count_reach([ground.ESTATE, ground.building(1)]) == (6, 12)
    assert queries.count_reach([ground.OTHER_ESTATE]) == (6, 0)
    assert queries.count_reach([]) == (0, 0)


def test_an_estate_is_shown_on_two_axes(estate: None) -> None:
    closed = ground.put_in_force()
    found = ground.record("infection_found")
    places = [ground.building(1), ground.building(2)]
    medium = ground.put_in_force(rule="medium", places=places, evidence=[found])
    [zone] = zones.list_zones(clock.now())
    assert zone.strictest is not None and zone.strictest.order.id == closed
    assert zone.strictest.value is not None and zone.strictest.value.names.zh == "封闭"
    assert set(zone.risk) == {ground.building(1), ground.building(2)}
    assert {v.order.id for views in zone.risk.values() for v in views} == {medium}
    assert zone.strictest.day == 1 and zone.name == "中海锦城"


def test_met_and_still_not_lifted_is_an_alarm_until_the_authority_lifts(estate: None) -> None:
    start = clock.now() - 13 * clock.DAY
    pack = ground.adopt("NAT-20")
    place = ground.building(1)
    found = ground.record("infection_found", place, pack=pack, at=start)
    order = ground.propose(
        pack=pack, rule="high", places=[place], start=start, at=start, evidence=[found],
        end=start + 5 * clock.DAY, review=clock.day_of(start + 3 * clock.DAY, ground.ZONE),
    )  # fmt: skip
    actions.approve_order(ground.WANG, order=order, at=start + 1)
    early = start + 4 * clock.DAY
    assert alarms(ground.ESTATE, early) == ["ends_soon", "review_due"]
    actions.renew_order(
        ground.CHEN, order=order, authority=ground.COUNTY, document="NF-2", evidence=[found],
        end=start + 10 * clock.DAY, review=clock.day_of(start + 8 * clock.DAY, ground.ZONE),
        at=early,
    )  # fmt: skip
    actions.approve_order(ground.WANG, order=order, at=early + 1)
    last = start + 5 * clock.DAY + clock.HOUR
    day_5 = clock.day_of(start + 4 * clock.DAY, ground.ZONE)
    negative = evidence.Round("r", day_5, True, True, last, None)
    evidence.install(ground.Rounds({place: [negative]}))
    assert alarms(ground.ESTATE, last - 1) == []
    assert alarms(ground.ESTATE, last) == ["met_not_lifted"]
    [zone] = zones.list_zones(last)
    assert zone.alarms[0].since_at == last
    actions.record_answer(
        ground.CHEN, order=order, lifted=True, authority=ground.COUNTY, document="NF-3",
        effective=last + 5, at=last + 1,
    )  # fmt: skip
    assert alarms(ground.ESTATE, last + 5) == []


def test_time_alone_raises_alarms(estate: None) -> None:
    start = clock.now() - clock.MINUTE
    order = ground.propose(start=start)
    assert alarms(ground.ESTATE, start + clock.MINUTE) == ["second_person"]
    actions.approve_order(ground.WANG, order=order)
    found = queries.find_order(order)
    assert found is not None and found.until_at is not None
    assert alarms(ground.ESTATE, clock.now()) == []
    assert alarms(ground.ESTATE, start + 8 * clock.DAY) == ["review_due"]
    assert alarms(ground.ESTATE, found.until_at - 1) == ["ends_soon", "review_due"]
    assert alarms(ground.ESTATE, found.until_at) == ["ran_out"]
    assert alarms(ground.ESTATE, found.until_at + 8 * clock.DAY) == []
    actions.apply_for_lifting(ground.CHEN, order=order, document="NF-3")
    assert alarms(ground.ESTATE, clock.now()) == ["unanswered"]


def test_an_order_that_another_follows_did_not_run_out(estate: None) -> None:
    first = ground.put_in_force()
    found = queries.find_order(first)
    assert found is not None and found.until_at is not None
    ground.put_in_force(rule="in_only", start=found.until_at, end=found.until_at + clock.DAY,
                        review=clock.day_of(found.until_at, ground.ZONE))  # fmt: skip
    assert "ran_out" not in alarms(ground.ESTATE, found.until_at + 1)


def test_the_overview_asks_as_much_for_one_building_as_for_many(estate: None) -> None:
    spent = []
    for n in (1, 3):
        places = [ground.building(b) for b in range(1, n + 1)]
        found = [ground.record("infection_found")]
        ground.put_in_force(rule="medium", places=places, evidence=found)
        with CaptureQueriesContext(connection) as captured:
            zones.list_zones(clock.now())
        spent.append(len(captured))
    assert spent[1] - spent[0] <= 3  # one more order, whatever its places
