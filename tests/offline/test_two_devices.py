"""Two phones meet at one tube. Where two tables claim it, or two tubes one person, the lines are
kept and held, and the phone's receipt says so: which line, why and what to do, in both languages,
until somebody has settled it. Two phones of one table fill a tube together, and nothing is odd.
"""

import json
from collections.abc import Callable

from doorstep.ledger import codes
from tests.offline.conftest import Desk, Handset
from tests.offline.test_sampling import scan, tube_code, wait_kept

MakePhone = Callable[..., Handset]
ESTATE = (2, 60)


def work_at(phone: Handset, desk: Desk, table: int) -> None:
    """At the screen of one of the tables."""
    phone.enrol(desk.inside("code", "registrar", desk.places[table], desk.by))
    phone.page.click("text=Sampling table")
    phone.page.wait_for_selector(".tube")


def fill(phone: Handset, tube: str, people: list[str]) -> None:
    """Scan a tube and people into it, and send it."""
    before = phone.run("return phone.entries().length;")
    for kept, code in enumerate([tube, *people], before + 1):
        scan(phone, code)
        wait_kept(phone, kept)
    phone.wait_sent()


def read_receipt(phone: Handset) -> tuple[str, str]:
    """The number of lines held, and all the receipt says, each held line's row in it."""
    phone.go("#receipt")
    phone.page.wait_for_selector(".view--receipt")
    held = phone.page.locator(".counters dd").nth(2).inner_text()
    return held, phone.page.locator(".view--receipt").inner_text()


def speak_chinese(phone: Handset) -> None:
    phone.go("#settings")
    phone.page.click(".switch >> text=中文")
    phone.page.wait_for_selector(".switch >> text=English")


def check_held(phone: Handset, code: str, lines: list[int]) -> None:
    """The receipt tells of these lines, why they are held and what to do, in both languages."""
    for language, line, advice in (
        ("en", "Line {}", "Tell the desk the number of the line. Go on working."),
        ("zh", "第{}条", "请将此条的编号告诉指挥部，并继续工作。"),
    ):
        if language == "zh":
            speak_chinese(phone)
        held, said = read_receipt(phone)
        assert held == str(len(lines))
        assert said.count(codes.text_of(code, language)) == said.count(advice) == len(lines)
        assert [n for n in lines if line.format(n) not in said] == []


def settle(desk: Desk, phones: list[Handset]) -> None:
    """The duty officer looks at all lines of these phones together and lets them stand."""
    told = [phone.run("return phone.entries().map((entry) => entry.id);") for phone in phones]
    entries = sum(told, [])
    said = {"kind": "line.settled", "entries": entries, "stands": entries}
    desk.inside("act", desk.by, json.dumps(said))
    for phone in phones:
        phone.pull()


def count_done(desk: Desk, people: list[str]) -> int:
    listed = "', '".join(people)
    query = "SELECT COUNT(*) FROM rounds_subject WHERE state = 'done' AND subject IN "
    return int(desk.inside("query", f"{query}('{listed}')")[0][0])


def test_two_tables_claim_one_tube(desk: Desk, make_phone: MakePhone) -> None:
    phones = [make_phone("first"), make_phone("second")]
    people, tube = desk.world["people"][:4], tube_code(6_001)
    for number, phone in enumerate(phones):
        work_at(phone, desk, number)
    fill(phones[0], tube, people[:2])
    assert read_receipt(phones[0])[0] == "0"
    fill(phones[1], tube, people[2:])
    check_held(phones[1], "TUBE_REUSED", [1, 2, 3])
    phones[0].pull()
    check_held(phones[0], "TUBE_REUSED", [1, 2, 3])  # nobody was first: neither's swabs count
    assert count_done(desk, people) == 0
    settle(desk, phones)
    assert [read_receipt(phone)[0] for phone in phones] == ["0", "0"]
    assert count_done(desk, people) == 4


def test_two_phones_put_one_person_into_two_tubes(desk: Desk, make_phone: MakePhone) -> None:
    phones = [make_phone("first"), make_phone("second")]
    [person] = desk.world["people"][4:5]
    for number, phone in enumerate(phones):
        work_at(phone, desk, number)
    for number, phone in enumerate(phones):
        fill(phone, tube_code(6_011 + number), [person])
    check_held(phones[1], "PERSON_TWICE", [2])
    phones[0].pull()
    check_held(phones[0], "PERSON_TWICE", [2])
    assert count_done(desk, [person]) == 0


def test_two_phones_of_one_table_fill_a_tube_together(desk: Desk, make_phone: MakePhone) -> None:
    phones = [make_phone("first"), make_phone("second")]
    people, tube = desk.world["people"][10:14], tube_code(6_021)
    for phone in phones:
        work_at(phone, desk, 0)
    fill(phones[0], tube, people[:2])
    fill(phones[1], tube, people[2:])
    for phone in phones:
        phone.pull()
        assert read_receipt(phone)[0] == "0"
    row = f"SELECT people, held FROM sampling_tube WHERE tube = '{tube}'"
    assert desk.inside("query", row) == [[4, 0]]
    assert count_done(desk, people) == 4
