"""Vaccinated people from a file: who is meant, what is refused and why, and nothing twice."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from doorstep.kit import clock
from doorstep.ledger import models as ledger
from doorstep.ledger import refusals, replay
from doorstep.registry import giving, models, people, rosters, vaccinated
from doorstep.registry.tests import block as built
from doorstep.registry.tests.block import Block, line, number

pytestmark = pytest.mark.django_db
ZONE = ZoneInfo("Asia/Shanghai")
NAMES = ("王一", "李二", "陈三")


@pytest.fixture
def lived(block: Block) -> Block:
    """Three people in the estate, one in the other."""
    rows = [line("1-1-101", name, number(at)) for at, name in enumerate(NAMES, 1)]
    rosters.commit(block.registrar, built.csv(*rows), "r.csv", block.estate)
    far = built.csv(line("1-1-101", "远四", number(4)))
    rosters.commit(block.stranger, far, "r.csv", block.other)
    return block


def ago(hours: float) -> str:
    moment = datetime.fromtimestamp(clock.now() / 1e6 - hours * 3600, ZONE)
    return f"{moment:%Y-%m-%d %H:%M}"


def csv(*rows: tuple[str, str, str]) -> bytes:
    lines = ["证件号码,姓名,接种时间", *(",".join(row) for row in rows)]
    return "\r\n".join(lines).encode()


def counts(report: vaccinated.Report) -> tuple[int, int, int, int]:
    return report.new, report.same, report.twice, len(report.refused)


def told(report: vaccinated.Report) -> list[tuple[int, str, str]]:
    return [(each.row, each.column, each.code) for each in report.refused]


def given() -> dict[str, int]:
    rows = models.Standing.objects.filter(kind="vaccinated")
    names = dict(models.Person.objects.values_list("id", "name"))
    return {names[each.subject]: each.from_at for each in rows}


def test_good_rows_go_in_whatever_the_others_are(lived: Block) -> None:
    data = csv(
        (number(1), "王一", ago(2)),
        (number(2), "", ago(30)),
        (number(9), "无人", ago(2)),  # nobody
        (number(4), "远四", ago(2)),  # lives where the registrar has no say
        (number(3), "别人", ago(2)),  # the roster has another name
        (number(3)[:-1] + "0", "陈三", ago(2)),  # a wrong number
        (number(3), "陈三", ago(-1)),  # ahead of us
        (number(3), "陈三", ago(1)[:10]),  # a day without a time
    )
    before = vaccinated.preview(lived.registrar, data, "v.csv")
    expected = [
        (4, "A", "DOSE_PERSON_UNKNOWN"), (5, "A", "DOSE_PERSON_UNKNOWN"),
        (6, "B", "DOSE_NAME_DIFFERS"), (7, "A", "ID_CHECKSUM"), (8, "C", "DOSE_AHEAD"),
        (9, "C", "TIME_MISSING"),
    ]  # fmt: skip
    assert told(before) == expected and (before.rows, before.new) == (8, 2)
    assert not given()
    after = vaccinated.commit(lived.registrar, data, "v.csv")
    assert after.committed and told(after) == expected and after.new == 2
    assert set(given()) == {"王一", "李二"}
    assert clock.now() - given()["李二"] > 29 * clock.HOUR
    assert replay.replay()["different"] == {}


def test_the_same_file_again_changes_nothing(lived: Block) -> None:
    data = csv((number(1), "", ago(2)), (number(2), "", ago(2)))
    vaccinated.commit(lived.registrar, data, "v.csv")
    size = ledger.Line.objects.count()
    assert counts(vaccinated.commit(lived.registrar, data, "v.csv")) == (0, 2, 0, 0)
    assert ledger.Line.objects.count() == size


def test_the_same_person_twice(lived: Block) -> None:
    """Once more is passed over, another time of the day is refused, another day is another dose."""
    noon = f"{ago(24 * 9)[:10]} 12:00"
    data = csv(
        (number(1), "王一", noon),
        (number(1), "", noon),
        (number(1), "", noon[:-5] + "12:30"),
        (number(1), "", f"{ago(24 * 30)[:10]} 12:00"),
    )
    report = vaccinated.commit(lived.registrar, data, "v.csv")
    assert counts(report) == (2, 0, 1, 1) and told(report) == [(4, "C", "DOSE_TWICE")]


def test_an_old_number_finds_its_person_and_a_mistake_is_taken_back_by_hand(lived: Block) -> None:
    vaccinated.commit(lived.registrar, csv((number(1), "王 一", ago(2))), "v.csv")
    person = people.find_by_document(number(1))
    [held] = giving.list_given(str(person))
    giving.take_back(built.staff(lived.registrar), str(person), held.entry)
    assert not given()
    again = vaccinated.commit(lived.registrar, csv((number(1), "", ago(3))), "v.csv")
    assert again.new == 1


def test_who_may_not_list_residents_imports_nothing(lived: Block) -> None:
    data = csv((number(1), "", ago(2)))
    for act in (vaccinated.preview, vaccinated.commit):
        with pytest.raises(refusals.Refused, match="NOT_YOURS"):
            act(lived.steward, data, "v.csv")
    assert told(vaccinated.preview(lived.stranger, data, "v.csv")) == [
        (2, "A", "DOSE_PERSON_UNKNOWN")
    ]


def test_each_entry_is_of_one_person(lived: Block) -> None:
    data = csv(*((number(at), "", ago(2)) for at in (1, 2, 3)))
    vaccinated.commit(lived.registrar, data, "v.csv")
    lines = ledger.Line.objects.filter(kind="standing.given")
    assert lines.count() == 3
    with pytest.raises(refusals.Refused, match="REQUEST_INVALID"):
        giving.give_each(
            built.staff(lived.registrar), "stay_asked", [giving.Gift("x", 1, lived.estate)]
        )
    with pytest.raises(refusals.Refused, match="NOT_YOURS"):
        giving.give_each(
            built.staff(lived.registrar), "vaccinated", [giving.Gift("x", 1, lived.other)]
        )


def test_a_report_says_no_number_and_no_name(lived: Block) -> None:
    report = vaccinated.preview(lived.registrar, csv((number(9), "无人", ago(2))), "v.csv")
    text = str(report.to_json())
    assert number(9) not in text and "无人" not in text and "DOSE_PERSON_UNKNOWN" in text
