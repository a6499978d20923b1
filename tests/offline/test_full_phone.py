"""A phone whose disk is really full: the browser writes to a disk of its own that has no room left.
Nothing that was told kept is lost, nothing that was not kept is told kept, the worker is told why;
and as soon as there is room, work goes on in the same page.
"""

from typing import Any

from tests.faults.test_storage import MIB, fill, small_disk
from tests.offline.conftest import Desk, Handset

ESTATE = (1, 20)
SIZE = 96 * MIB  # of the phone's disk; on one of under 64 MiB Chromium clears what sites keep
APPEND = """
return phone.append("visit.made", {round: given, subject: given}).then(() => true, () => false);
"""


def is_kept(phone: Handset) -> bool:
    """Whether one more entry was told kept."""
    return bool(phone.run(APPEND, phone.desk.world["rounds"][0]))


def test_a_phone_without_room_says_so_and_goes_on_when_there_is_some(
    playwright: Any, desk: Desk
) -> None:
    with small_disk(SIZE) as disk:
        phone = Handset(playwright, desk, disk / "phone")
        phone.expected = lambda text: "ERR_INTERNET_DISCONNECTED" in text
        phone.enrol(desk.make_code())
        phone.append(5)
        phone.wait_sent()
        phone.context.set_offline(True)
        told = phone.append(10, start=5)[-1]
        for _ in range(3):  # what is kept between two must not be lost by the second
            filling = fill(disk)
            assert [is_kept(phone) for _ in range(4)] == [False] * 4
            assert "this phone is full" in phone.page.locator(".word").inner_text()
            assert len(phone.run("return phone.entries();")) == told
            filling.unlink()
            assert is_kept(phone)
            told = phone.append(4, start=told)[-1]
        phone.kill()
        phone.open()  # the browser reads its disk anew
        phone.go()
        phone.unlock()
        assert len(phone.run("return phone.entries();")) == told
        phone.context.set_offline(False)
        phone.wait_sent()
        device = phone.device
        phone.context.close()
        assert phone.wrong == []
    assert desk.count_lines(device) == (told, told)
