"""Building the tree, taking people on, roles, and words that are data."""

from typing import Any

import pytest
from django.contrib.auth import authenticate

from doorstep.kit import ids
from doorstep.ledger import desk, refusals, replay
from doorstep.ledger import models as book
from doorstep.registry import access, models, needs, places, queries, staffing, standings
from doorstep.registry.tests.block import PASSWORD, Block, staff

pytestmark = pytest.mark.django_db


def test_a_building_plan_becomes_buildings_units_and_doors(block: Block) -> None:
    doors = queries.list_places("door", block.estate)
    assert len(doors) == 2 * 2 * 3 * 2
    assert len(queries.list_places("building", block.estate)) == 2
    first = next(door for door in doors if door.name == "302")
    assert (first.floor, first.position, first.estate) == (3, 2, block.estate)
    assert first.path.startswith(f"/{block.root}/{block.community}/{block.estate}/")
    assert queries.label_doors([first.id])[first.id].endswith("单元 302")


def test_a_thousand_places_are_made_at_once(block: Block) -> None:
    made = places.plan_buildings(block.other, [places.Block(2, 11, 2, 25, 4)])
    assert len(places.add_places(block.admin, made)) == 10 * (1 + 2 + 200)


def test_a_place_stands_once_and_where_it_belongs(block: Block) -> None:
    def add(kind: str, name: str, parent: str | None) -> None:
        places.add_places(block.admin, [places.NewPlace(kind, name, parent)])

    with pytest.raises(refusals.Refused, match="PLACE_EXISTS"):
        add("building", "二号楼", block.estate)  # the plan has made 2栋
    with pytest.raises(refusals.Refused, match="PLACE_MISPLACED"):
        add("building", "9栋", block.community)
    with pytest.raises(refusals.Refused, match="PLACE_MISPLACED"):
        add("castle", "9", block.estate)
    with pytest.raises(refusals.Refused, match="PLACE_EXISTS"):
        places.add_places(
            block.admin, [places.NewPlace("table", "1号台", block.estate, code="1")] * 2
        )
    with pytest.raises(refusals.Refused, match="PLAN_IMPOSSIBLE"):
        places.plan_buildings(block.estate, [places.Block(1, 100, 10, 50, 50)])
    with pytest.raises(refusals.Refused, match="NOT_YOURS"):
        places.add_places(block.registrar, places.plan_tables(block.estate, 1))
    assert models.Place.objects.filter(kind="table").count() == 0


def test_the_first_person_may_begin_a_book_and_nobody_after(cell: book.Cell) -> None:
    first, root = ids.new(), ids.new()
    places.add_places(first, [places.NewPlace("subdistrict", "街道", None, root)])
    staffing.add_people_on_duty(
        first, [staffing.NewStaff("甲", id=first, roles=[("administrator", root)])]
    )
    with pytest.raises(refusals.Refused, match="NOT_YOURS"):
        places.add_places(ids.new(), [places.NewPlace("community", "社区", root)])


def test_an_account_signs_in_with_its_password_once_it_is_taken_on(block: Block) -> None:
    unit = staffing.add_unit(block.admin, "社区居委会", serves=block.community)
    new = staffing.add_staff(
        block.admin,
        account="zhao",
        name="赵批",
        unit=unit,
        password=PASSWORD,
        roles=[("approver", block.community)],
    )
    assert access.has(staff(new), ("approver",), block.estate)
    assert not access.has(staff(new), ("approver",), block.root)
    assert authenticate(None, account="zhao", password=PASSWORD) is not None
    assert authenticate(None, account="zhao", password="another-password") is None
    staffing.set_password(new, new, "nine-otters-swim")
    assert authenticate(None, account="zhao", password=PASSWORD) is None
    staffing.set_active(block.admin, new, False)
    assert authenticate(None, account="zhao", password="nine-otters-swim") is None
    assert replay.replay()["different"] == {}


def test_accounts_are_refused_with_a_reason_and_nothing_is_kept(block: Block) -> None:
    before = models.Staff.objects.count(), models.RoleAct.objects.count()
    for code, by, new in (
        ("ACCOUNT_TAKEN", block.admin, staffing.NewStaff("乙", None, "admin", PASSWORD)),
        ("PASSWORD_WEAK", block.admin, staffing.NewStaff("乙", None, "yi", "short")),
        ("ACCOUNT_MISSING", block.admin, staffing.NewStaff("乙", None, None, PASSWORD)),
        ("ROLE_UNKNOWN", block.admin, staffing.NewStaff("乙", roles=[("king", block.root)])),
        ("NOT_YOURS", block.registrar,
         staffing.NewStaff("乙", roles=[("registrar", block.estate)])),
    ):  # fmt: skip
        with pytest.raises(refusals.Refused, match=code):
            staffing.add_people_on_duty(by, [new])
    assert (models.Staff.objects.count(), models.RoleAct.objects.count()) == before


def test_roles_are_given_and_taken_back_but_never_the_last_administrators(block: Block) -> None:
    staffing.grant(block.admin, block.steward, "registrar", block.other)
    assert access.has(staff(block.steward), ("registrar",), block.other)
    assert staffing.list_holders("registrar", block.other) == sorted(
        [block.steward, block.stranger]
    )
    staffing.revoke(block.admin, block.steward, "registrar", block.other)
    assert not access.has(staff(block.steward), ("registrar",), block.other)
    with pytest.raises(refusals.Refused, match="LAST_ADMINISTRATOR"):
        staffing.revoke(block.admin, block.admin, "administrator", block.root)
    with pytest.raises(refusals.Refused, match="NOT_YOURS"):
        staffing.grant(block.registrar, block.registrar, "administrator", block.root)


def test_every_word_has_both_languages() -> None:
    labels = [each.label for each in standings.list_standings().values()]
    labels += [each.label for each in needs.list_needs().values()]
    for label in labels:
        assert label.en and label.zh and label.en != label.zh
    assert {"sampled", "stay_asked", "green_channel", "home_isolation"} <= set(
        standings.list_standings()
    )
    assert needs.name_needs(["exam", "dialysis", "x"], "zh-hans") == ["血透", "考生", "x"]
    assert sorted([("exam",), ("dialysis",), ()], key=needs.rank_household) == [
        ("dialysis",),
        ("exam",),
        (),
    ]


def test_an_account_is_changed_only_by_who_administers_all_its_places(block: Block) -> None:
    [near] = staffing.add_people_on_duty(
        block.admin,
        [staffing.NewStaff("小区管理员", account="near", password=PASSWORD,
                           roles=[("administrator", block.estate)])],
    )  # fmt: skip
    staffing.grant(block.admin, block.steward, "steward", block.other)  # serves two estates now
    roleless = staffing.add_staff(near, account="none", name="丙", password=PASSWORD)
    encoded = dict(models.Staff.objects.values_list("id", "password"))
    for other in (block.admin, block.stranger, block.steward, roleless):
        with pytest.raises(refusals.Refused, match="NOT_YOURS"):
            staffing.set_password(near, other, "nine-otters-swim")
        with pytest.raises(refusals.Refused, match="NOT_YOURS"):
            staffing.post_to_unit(near, [near, other], None)
        with pytest.raises(refusals.Refused, match="NOT_YOURS"):
            staffing.set_active(near, other, False)
        assert not staffing.has_over(near, other)
    assert dict(models.Staff.objects.values_list("id", "password")) == encoded
    staffing.revoke(block.admin, block.steward, "steward", block.other)
    staffing.set_active(near, block.registrar, False)  # of this estate alone
    staffing.set_password(block.admin, roleless, "nine-otters-swim")
    assert staffing.has_over(block.admin, block.stranger)
    assert not models.Staff.objects.get(id=block.registrar).is_active


def test_somebody_who_may_sign_in_stays_administrator_of_all(block: Block) -> None:
    near = staffing.add_staff(block.admin, account="near", name="小区管理员", password=PASSWORD,
                              roles=[("administrator", block.other)])  # fmt: skip

    def refuse() -> None:
        with pytest.raises(refusals.Refused, match="LAST_ADMINISTRATOR"):
            staffing.revoke(block.admin, block.admin, "administrator", block.root)
        with pytest.raises(refusals.Refused, match="LAST_ADMINISTRATOR"):
            staffing.set_active(block.admin, block.admin, False)

    refuse()  # who administers one estate cannot give the others their roles
    second = staffing.add_staff(block.admin, account="second", name="乙", password=PASSWORD,
                                roles=[("administrator", block.root)])  # fmt: skip
    staffing.set_active(block.admin, second, False)
    refuse()  # nor can who cannot sign in
    staffing.set_active(block.admin, second, True)
    staffing.revoke(block.admin, near, "administrator", block.other)
    staffing.revoke(second, block.admin, "administrator", block.root)
    assert staffing.list_holders("administrator", block.root) == [second]
    with pytest.raises(refusals.Refused, match="LAST_ADMINISTRATOR"):
        staffing.revoke(second, second, "administrator", block.root)


def test_the_last_administrator_is_looked_for_in_the_acts_own_transaction(
    block: Block, monkeypatch: pytest.MonkeyPatch
) -> None:
    second = staffing.add_staff(block.admin, account="second", name="乙", password=PASSWORD,
                                roles=[("administrator", block.root)])  # fmt: skip

    def post_late(*words: Any, **more: Any) -> list[str]:
        monkeypatch.undo()
        staffing.revoke(second, block.admin, "administrator", block.root)  # who was faster
        return desk.post(*words, **more)

    monkeypatch.setattr(desk, "post", post_late)
    with pytest.raises(refusals.Refused, match="LAST_ADMINISTRATOR"):
        staffing.revoke(block.admin, second, "administrator", block.root)
    assert staffing.list_holders("administrator", block.root) == [second]
