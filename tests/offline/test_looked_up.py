"""A door or a person is looked up by gun or camera, with where they stand by this phone's own lines
first, and with the round's name where several rounds name them.
"""

from collections.abc import Callable

from tests.offline.conftest import Desk, Handset
from tests.offline.test_added import scan, wait_kept, work

MakePhone = Callable[..., Handset]
ESTATE = (4, 300)  # devices, people


def test_a_person_sampled_here_a_minute_ago_is_done_and_rounds_bear_their_names(
    desk: Desk, make_phone: MakePhone
) -> None:
    phone = make_phone()
    tube = work(phone, desk)
    person = desk.world["people"][0]
    door, label = phone.run(
        "const [, door] = phone.snapshot.people.get(given);"
        "return [door, phone.snapshot.doors.get(door)];",
        person,
    )
    chips = phone.page.locator(".rows .chip")

    def look_up(code: str) -> None:
        phone.go("#lookup")
        phone.page.wait_for_selector(".view--lookup")
        scan(phone, code)
        phone.page.wait_for_selector(f".rows >> text={label}")

    look_up(person)
    assert chips.count() == 1 and "due" in chips.inner_text()
    look_up(f"https://doorstep.example/d/{door.upper()}")
    assert chips.count() == phone.run(
        "return [...phone.snapshot.people.values()].filter(([, d]) => d === given).length;", door
    )
    phone.go("#sampling-table")
    phone.page.wait_for_selector(".tube")
    scan(phone, person)
    wait_kept(phone, 2)
    look_up(person)
    assert "done" in chips.inner_text() and chips.locator("small").count() == 0

    phone.run(  # as the server tells of a second round
        """const [first] = phone.rounds.values();
        phone.rounds.set("second", {...first, day: "2021-06-22"});
        phone.snapshot.due.set("second", new Map([[given, ["due", false]]]));""",
        person,
    )
    look_up(person)
    [one, other] = [chips.nth(at).inner_text() for at in range(2)]
    assert "done" in one and "due" in other and "2021-06-22" in other and "2021-06-22" not in one
    phone.run(
        """const [{ id, round, tube, person }] = phone.entries().filter((e) => e.person === given);
        await phone.append("person.unsampled", { entry: id, round, tube, person });""",
        person,
    )
    look_up(person)
    assert "due" in chips.nth(0).inner_text()  # taken back
    scan(phone, tube)
    phone.page.wait_for_selector(".message >> text=No such door or name here.")
    phone.page.fill("#asked", label)  # what is typed takes the place of what was read
    phone.page.wait_for_selector(f".rows >> text={label}")
