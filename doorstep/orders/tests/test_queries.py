"""What follows from orders: tube sizes, clocks, zones on two axes, alarms, consequences."""

import msgspec
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from doorstep.kit import clock
from doorstep.ledger import replay
from doorstep.orders import actions, days, evidence, packs, queries, zones
from doorstep.orders.tests import ground
from doorstep.registry import models as registry

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
    assert ordinary == ("ten", ground.digest(), {"vaccinated": 24}, ordinary.allowed, False)
    ground.put_in_force(rule="in_only")
    assert queries.pool_rules(ground.ESTATE, today()).pool == "ten"
    pack = ground.adopt("NAT-20")
    place = ground.building(2)
    ground.put_in_force(pack=pack, rule="high", places=[place], end=clock.now() + 4 * clock.DAY,
                        review=today())  # fmt: skip
    said = queries.pool_rules(ground.ESTATE, today())
    assert (said.pool, said.pack, said.hours) == ("household", pack, {"vaccinated": 48})
    assert said.allowed == ("single", "household") and said.ordered
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
    assert queries.count_reach([ground.COMMUNITY]) == (12, 12)
    assert queries.count_reach([ground.SUBDISTRICT, ground.ESTATE]) == (12, 12)
    home = ground.door(ground.building(1), 1)
    assert queries.count_reach([home, ground.building(2)]) == (3, 6)


def test_doors_of_a_stairwell_and_of_no_estate_are_counted(estate: None) -> None:
    own = ground.building(1)
    stairs, hut = ground.entry_id(1), ground.entry_id(2)
    top = registry.Place.objects.get(id=ground.COMMUNITY).path
    path = f"{registry.Place.objects.get(id=own).path}{stairs}/"
    registry.Place.objects.create(id=stairs, parent=own, kind="unit", name="1单元", path=path,
                                  estate=ground.ESTATE, building=own, unit=stairs)  # fmt: skip
    registry.Place.objects.filter(id=ground.door(own, 1)).update(
        unit=stairs, parent=stairs, path=f"{path}{ground.door(own, 1)}/"
    )
    registry.Place.objects.create(
        id=hut, parent=ground.COMMUNITY, kind="door", name="1号", path=f"{top}{hut}/"
    )
    assert queries.count_reach([stairs]) == (1, 2)
    assert queries.count_reach([stairs, own]) == (2, 4)
    assert queries.count_reach([ground.COMMUNITY]) == (13, 12)
    assert queries.count_reach([hut]) == (1, 0)


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
    again = [ground.record("contact_present", place, pack=pack, at=early)]
    actions.renew_order(
        ground.CHEN, order=order, authority=ground.COUNTY, document="NF-2", evidence=again,
        end=start + 10 * clock.DAY, review=clock.day_of(start + 8 * clock.DAY, ground.ZONE),
        at=early,
    )  # fmt: skip
    actions.approve_order(ground.WANG, order=order, at=early + 1)
    last = start + 5 * clock.DAY + clock.HOUR
    day_5 = clock.day_of(start + 4 * clock.DAY, ground.ZONE)
    negative = evidence.Round("r", day_5, True, True, last - clock.HOUR, last)
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


def test_a_day_of_tests_without_a_round_is_an_alarm(estate: None) -> None:
    order = ground.put_in_force()  # daily
    now = clock.now()
    assert alarms(ground.ESTATE, now) == []  # where nobody is tested, nothing is awaited
    evidence.install(ground.Rounds())
    assert alarms(ground.ESTATE, now) == ["test_due"]
    [zone] = zones.list_zones(now)
    found = queries.find_order(order)
    assert found is not None and zone.alarms[0].since_at == found.from_at
    opened = evidence.Round("r", today(), False, False, None, None)
    evidence.install(ground.Rounds({ground.ESTATE: [opened]}))
    assert alarms(ground.ESTATE, now) == []
    assert alarms(ground.ESTATE, now + clock.DAY) == ["test_due"]
    yesterday = opened._replace(day=days.add(today(), -1))
    evidence.install(ground.Rounds({ground.ESTATE: [yesterday]}))
    assert alarms(ground.ESTATE, now) == ["test_due"]


def test_only_what_needs_a_tube_awaits_a_round(estate: None) -> None:
    pack = ground.adopt("NAT-20")  # PCR on days 1 and 3, antigen on day 2
    place = ground.building(1)
    ground.put_in_force(pack=pack, rule="high", places=[place],
                        end=clock.now() + 6 * clock.DAY, review=today())  # fmt: skip
    evidence.install(ground.Rounds())
    start = clock.now()
    due = [n + 1 for n in range(5) if "test_due" in alarms(ground.ESTATE, start + n * clock.DAY)]
    assert due == [1, 3]


def test_a_calendar_starts_again_with_the_clock(estate: None) -> None:
    pack = ground.adopt("NAT-20")
    place = ground.building(1)
    ground.put_in_force(pack=pack, rule="high", places=[place],
                        end=clock.now() + 7 * clock.DAY, review=today())  # fmt: skip
    start = clock.now()
    case = evidence.Positive(start + 3 * clock.DAY, frozenset({ground.entry_id(9)}))
    evidence.install(ground.Rounds(positives={place: [case]}))
    on_days = [start + n * clock.DAY for n in range(3, 7)]
    due = [n for n, at in enumerate(on_days, 4) if "test_due" in alarms(ground.ESTATE, at)]
    assert due == [4, 6]  # days 1 and 3 of the clock that the case on day 4 restarted


def test_a_new_case_asks_for_the_stricter_rule_until_it_waits_or_stands(estate: None) -> None:
    pack = ground.adopt("NAT-9")
    place, start = ground.building(1), clock.now() - clock.DAY
    ground.put_in_force_ago(1, pack=pack, rule="medium", places=[place],
                            end=start + 7 * clock.DAY)  # fmt: skip
    assert alarms(ground.ESTATE, clock.now()) == []
    known_at = clock.now()
    case = evidence.Positive(known_at, frozenset({ground.entry_id(9)}))
    evidence.install(ground.Rounds(positives={place: [case]}, rounds=_daily(place)))
    [zone] = zones.list_zones(clock.now())
    assert [(a.code, a.since_at) for a in zone.alarms] == [("stricter_rule", known_at)]
    found = [ground.record("infection_found", place, pack=pack)]
    high = ground.propose(pack=pack, rule="high", places=[place], evidence=found,
                          end=clock.now() + 7 * clock.DAY)  # fmt: skip
    assert alarms(ground.ESTATE, clock.now()) == ["second_person"]
    actions.withdraw_order(ground.CHEN, order=high, reason="mistake")
    assert alarms(ground.ESTATE, clock.now()) == ["stricter_rule"]


def _daily(place: str) -> dict[str, list[evidence.Round]]:
    return {place: [evidence.Round("r", today(), False, False, None, None)]}


def test_the_overview_asks_as_much_for_two_estates_as_for_one(estate: None) -> None:
    spent = []
    for place in (ground.ESTATE, ground.OTHER_ESTATE):
        ground.put_in_force(places=[place])
        with CaptureQueriesContext(connection) as captured:
            assert zones.list_zones(clock.now())[0].name
        spent.append(len(captured))
    assert spent[0] == spent[1]


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


def test_a_release_with_other_rules_changes_nothing_that_was_decided_by_the_old(
    estate: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = ground.put_in_force()
    before = (
        queries.get_packs({ground.digest()}),
        queries.pool_rules(ground.ESTATE, today()),
        queries.list_deadlines([ground.ESTATE]),
        [zone._replace(alarms=[]) for zone in zones.list_zones(clock.now())],
    )
    old = ground.digest()
    shipped = packs.list_shipped()
    pools = msgspec.structs.replace(shipped[old].pools, ordinary=["single"])
    released = msgspec.structs.replace(shipped[old], version=shipped[old].version + 1, pools=pools)
    rest = {digest: pack for digest, pack in shipped.items() if digest != old}
    later = {packs.digest_of(released): released} | rest
    monkeypatch.setattr(packs, "list_shipped", lambda: later)
    assert ground.digest() != old and packs.find_shipped(old) is None
    assert before == (
        queries.get_packs({old}),
        queries.pool_rules(ground.ESTATE, today()),
        queries.list_deadlines([ground.ESTATE]),
        [zone._replace(alarms=[]) for zone in zones.list_zones(clock.now())],
    )
    found = queries.find_order(order)
    assert found is not None and found.pack == old
    assert not [table for table in replay.replay()["different"] if table.startswith("orders_")]
    assert {each.digest for each in queries.list_adopted()} == {old}
    adopted = ground.adopt()  # and by somebody's act alone the new ones count
    ended = clock.day_of(clock.now() + 30 * clock.DAY, ground.ZONE)
    assert queries.pool_rules(ground.ESTATE, ended).pack == adopted != old
