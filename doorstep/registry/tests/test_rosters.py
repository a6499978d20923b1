"""What an import takes, refuses, changes and leaves alone."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from doorstep.ledger import refusals, replay, store
from doorstep.outside import rosters as reader
from doorstep.registry import models, people, queries, roster_writing, rosters
from doorstep.registry.tests.block import Block, csv, line, number, staff, workbook

pytestmark = pytest.mark.django_db
WANG = line("1-1-101", "王一", number(1), sex="男", phone="13800138000", relation="户主")
LI = line("1-1-101", "李二", number(2), phone="13800138000", relation="配偶")
CHEN = line("2-2-302", "陈三", "", relation="户主", presence="外出")


def put(block: Block, *rows: list[str], gone: rosters.Gone = "keep") -> rosters.Report:
    return rosters.commit(block.registrar, csv(*rows), "r.csv", block.estate, gone=gone)


def counts(report: rosters.Report) -> tuple[int, int, int, int]:
    return report.new, report.changed, report.same, report.gone


def codes(report: rosters.Report) -> list[tuple[str, int, str, str]]:
    return [(each.sheet, each.row, each.column, each.code) for each in report.refused]


def find(block: Block, name: str) -> people.Seen:
    [found] = people.find_people(staff(block.registrar), name)
    return people.get_person(staff(block.registrar), found.id)


def test_a_preview_says_what_a_commit_does_and_writes_nothing(block: Block) -> None:
    before = rosters.preview(block.registrar, csv(WANG, LI, CHEN), "r.csv", block.estate)
    assert counts(before) == (3, 0, 0, 0)
    assert not models.Person.objects.exists() and not before.committed
    after = put(block, WANG, LI, CHEN)
    assert counts(after) == (3, 0, 0, 0) and after.committed
    assert after.places == {}
    assert models.Person.objects.count() == 3
    wang = find(block, "王一")
    assert (wang.label, wang.presence, wang.sex) == ("1栋 1单元 101", "present", "male")
    assert wang.born_on == "1990-01-01"
    assert find(block, "陈三").presence == "away"


def test_the_same_file_again_changes_nothing(block: Block) -> None:
    put(block, WANG, LI, CHEN)
    lines = store.query("SELECT COUNT(*) FROM ledger_line")
    again = put(block, WANG, LI, CHEN)
    assert counts(again) == (0, 0, 3, 0)
    assert store.query("SELECT COUNT(*) FROM ledger_line") == lines


def test_what_differs_is_named_and_changed(block: Block) -> None:
    put(block, WANG, LI, CHEN)
    moved = line("1-2-201", "王一", number(1), phone="13900139000", special="血透析")
    report = put(block, moved, LI, CHEN)
    assert counts(report) == (0, 1, 2, 0)
    assert set(report.changes[0].fields) == {"door", "phone", "flags"}
    assert report.changes[0].name == "王*"
    wang = find(block, "王一")
    assert wang.label == "1栋 2单元 201"
    assert wang.flags == ("dialysis",)
    assert people.get_masked(wang.id)[1] == ["139****9000"]
    assert wang.sex == "male"  # a blank cell takes nothing away


def test_an_old_number_of_fifteen_digits_is_the_same_person(block: Block) -> None:
    put(block, WANG)
    whole = number(1)
    old = whole[:6] + whole[8:17]
    report = put(block, line("1-1-101", "王一", old))
    assert counts(report) == (0, 0, 1, 0)


def test_a_person_without_a_document_is_known_by_door_and_name(block: Block) -> None:
    put(block, CHEN)
    report = put(block, line("2-2-302", "陈 三", "", presence="在住"))
    assert counts(report) == (0, 1, 0, 0)
    report = put(block, line("2-2-302", "陈三", number(3), presence="在住"))
    assert counts(report) == (0, 1, 0, 0)
    assert report.fields == {"born_on": 1, "sex": 1, "document": 1}
    assert people.find_by_document(number(3)) == find(block, "陈三").id


def test_who_is_gone_is_told_and_moved_out_only_when_asked(block: Block) -> None:
    put(block, WANG, LI)
    assert counts(put(block, WANG)) == (0, 0, 1, 1)
    assert find(block, "李二").presence == "present"
    report = put(block, WANG, gone="moved_out")
    assert (report.gone, report.moved_out) == (1, 1)
    assert find(block, "李二").presence == "moved_out"
    assert counts(put(block, WANG)) == (0, 0, 1, 0)


def test_nobody_is_gone_because_their_row_was_refused(block: Block) -> None:
    put(block, WANG, LI, CHEN)
    wrong = line("1-1-101", "李二", number(2)[:-1] + ("0" if number(2)[-1] != "0" else "1"))
    report = put(block, WANG, wrong, line("2-2-", "陈三"), gone="moved_out")
    assert [code for *_, code in codes(report)] == ["ID_CHECKSUM", "DOOR_MISSING"]
    assert (report.gone, report.moved_out) == (0, 0)


def test_refused_rows_are_named_and_the_others_go_on(block: Block) -> None:
    data = workbook(
        一=[
            line("1-1-101", "王一", number(1)),
            [*line("1-1-102", "李二")[:6], 110105199003070011],
            line("1-1-201", "赵四", "110105194912310021"),
            line("1-1-202", "孙五", "11010519491331002X"),
            line("1-1-202", "周六", "1234567"),
        ]
    )
    report = rosters.commit(block.registrar, data, "r.xlsx", block.estate)
    assert codes(report) == [
        ("一", 3, "G", "ID_DESTROYED"),
        ("一", 4, "G", "ID_CHECKSUM"),
        ("一", 5, "G", "ID_DATE"),
        ("一", 6, "G", "ID_LENGTH"),
    ]
    assert report.new == 1 == models.Person.objects.count()
    told = report.to_json()
    assert told["refused"][0] == {"sheet": "一", "row": 3, "column": "G", "code": "ID_DESTROYED"}
    assert "1101051" not in json.dumps(told, ensure_ascii=False)


def test_an_owner_who_rents_elsewhere_is_one_person_where_they_rent(block: Block) -> None:
    data = workbook(
        业主=[line("1-1-101", "王一", number(1), presence="在住")],
        租户=[line("2-1-301", "王一", number(1), presence="在住", phone="13800138000")],
    )
    report = rosters.commit(block.registrar, data, "r.xlsx", block.estate)
    assert (report.new, report.twice) == (1, 1)
    assert [(each.row, each.code) for each in report.noticed] == [(2, "TWO_DOORS")]
    wang = find(block, "王一")
    assert wang.label == "2栋 1单元 301"
    assert people.get_masked(wang.id)[1] == ["138****8000"]
    assert rosters.preview(block.registrar, data, "r.xlsx", block.estate).same == 1


def test_one_number_under_two_names_is_refused_the_second_time(block: Block) -> None:
    report = put(block, WANG, line("1-1-102", "李二", number(1)))
    assert report.new == 1
    assert codes(report) == [("r", 3, "G", "ID_TWICE")]


def test_a_couple_shares_one_phone(block: Block) -> None:
    put(block, WANG, LI)
    found = people.find_people(staff(block.registrar), "138 0013 8000")
    assert sorted(each.name for each in found) == ["李二", "王一"]


def test_somebody_from_another_estate_moves_and_stays_one_person(block: Block) -> None:
    put(block, WANG)
    moved = csv(line("1-1-101", "王一", number(1)))
    assert counts(rosters.commit(block.stranger, moved, "r.csv", block.other)) == (0, 0, 0, 0)
    report = rosters.commit(block.admin, moved, "r.csv", block.other)  # has a say in both
    assert counts(report) == (0, 1, 0, 0)
    assert models.Person.objects.count() == 1
    assert queries.residents_under(block.estate) == []


def test_doors_the_book_has_not_are_made_or_refused(block: Block) -> None:
    data = csv(WANG, line("3-1-803", "钱七", number(7)), line("1-1-8B", "吴八", number(8)))
    kept = rosters.preview(block.registrar, data, "r.csv", block.estate, new_places=False)
    assert kept.new == 1
    assert {code for *_, code in codes(kept)} == {"PLACE_UNKNOWN"}
    report = rosters.commit(block.registrar, data, "r.csv", block.estate)
    assert report.places == {"building": 1, "unit": 1, "door": 2}
    doors = {
        (place.name, place.floor, place.position)
        for place in queries.list_places("door", block.estate)
    }
    assert {("803", 8, 3), ("8B", 8, 2)} <= doors
    assert find(block, "钱七").label == "3栋 1单元 803"
    assert rosters.preview(block.registrar, data, "r.csv", block.estate).places == {}


def test_a_door_in_two_units_is_not_guessed(block: Block) -> None:
    data = csv(["1栋", "", "101", "王一", "", "", "", "", "", "", ""])
    assert codes(rosters.preview(block.registrar, data, "r.csv", block.estate)) == [
        ("r", 2, "B", "UNIT_MISSING")
    ]


def test_a_building_is_known_however_it_is_written(block: Block) -> None:
    names = ["2栋", "二号楼", "2座", "Building 2", "０２栋", "示例花园2栋"]
    rows = [[name, "1单元", "101", f"人{n}", *[""] * 7] for n, name in enumerate(names)]
    report = rosters.preview(block.registrar, csv(*rows), "r.csv", block.estate, new_places=False)
    assert (report.new, report.refused) == (len(names), [])


def test_a_roster_is_imported_only_by_whom_it_concerns(block: Block) -> None:
    for by in (block.stranger, block.steward):
        with pytest.raises(refusals.Refused, match="NOT_YOURS"):
            rosters.commit(by, csv(WANG), "r.csv", block.estate)
        with pytest.raises(refusals.Refused, match="NOT_YOURS"):
            rosters.preview(by, csv(WANG), "r.csv", block.estate)
    with pytest.raises(refusals.Refused, match="PLACE_NOT_ESTATE"):
        rosters.preview(block.admin, csv(WANG), "r.csv", block.root)


def test_nobody_is_taken_out_of_an_estate_one_has_no_role_in(block: Block) -> None:
    theirs = line("1-1-101", "王小明", number(7), phone="13800138000")
    rosters.commit(block.admin, csv(theirs), "a.csv", block.other)
    lines = store.query("SELECT COUNT(*) FROM ledger_line")
    mine = line("1-1-101", "王大明", number(7), phone="13900139000", special="血透析")
    bare = line("1-1-101", "王大明", "", phone="13700137000")
    put(block, bare)
    before = store.query("SELECT COUNT(*) FROM ledger_line")
    assert before[0][0] == lines[0][0] + 1
    shown = rosters.preview(block.registrar, csv(mine), "r.csv", block.estate)
    report = put(block, mine, gone="moved_out")
    for each in (shown, report):
        assert codes(each) == [("r", 2, "G", "PERSON_ELSEWHERE")]
        assert (each.new, each.changed, each.gone, each.moved_out) == (0, 0, 0, 0)
    assert store.query("SELECT COUNT(*) FROM ledger_line") == before
    ming = people.find_by_document(number(7))
    assert ming is not None
    seen = people.get_people([ming])[ming]
    assert (seen.name, seen.flags) == ("王小明", ())
    assert people.get_masked(ming)[1] == ["138****8000"]
    home = models.Place.objects.get(id=seen.door)
    assert home.estate == block.other


def test_who_moved_out_elsewhere_or_has_a_role_in_both_may_move_people(block: Block) -> None:
    theirs = line("1-1-101", "王小明", number(7))
    rosters.commit(block.admin, csv(theirs, LI), "a.csv", block.other)
    rosters.commit(block.admin, csv(LI), "a.csv", block.other, gone="moved_out")
    assert counts(put(block, line("1-1-102", "王小明", number(7)))) == (0, 1, 0, 0)
    assert codes(put(block, LI)) == [("r", 2, "G", "PERSON_ELSEWHERE")]
    report = rosters.commit(block.admin, csv(LI), "a.csv", block.estate)
    assert (report.changed, report.refused) == (1, [])
    assert find(block, "李二").label == "1栋 1单元 101"


def test_a_cell_of_digits_that_are_none_stops_no_other_row(block: Block) -> None:
    odd = "\u1369"  # a digit to Unicode, of which Python makes no number
    rows = [line("1-1-102", "李四", odd * 15), line("1-1-102", "李五", odd * 18, phone=odd * 11),
            line(f"{odd}-{odd}-{odd}", "李六", "")]  # fmt: skip
    report = put(block, WANG, *rows)
    assert [code for *_, code in codes(report)] == ["ID_CHARACTERS", "ID_CHARACTERS"]
    assert report.new == 2 and find(block, "王一").label == "1栋 1单元 101"
    assert people.find_people(staff(block.registrar), odd * 15) == []


def test_a_file_that_cannot_be_read_changes_nothing(block: Block) -> None:
    report = rosters.commit(block.registrar, b"PK\x03\x04 no", "r.xlsx", block.estate)
    assert report.problem == "FILE_UNREADABLE" and not report.committed
    assert counts(report) == (0, 0, 0, 0)


def test_documents_and_phones_are_nowhere_in_the_clear(block: Block) -> None:
    put(block, WANG)
    for table in ("registry_person", "registry_document", "registry_contact", "ledger_line"):
        for row in store.query(f"SELECT * FROM {table}"):
            for value in row:
                told = bytes(value) if isinstance(value, memoryview) else value
                text = told if isinstance(told, bytes) else str(told).encode()
                assert number(1).encode() not in text and b"13800138000" not in text


def test_the_number_of_statements_does_not_grow_with_the_file(block: Block) -> None:
    spent = []
    put(block, WANG)
    for first, count in ((10, 3), (100, 300)):
        rows = [line("1-1-101", f"人{n}", number(n)) for n in range(first, first + count)]
        with CaptureQueriesContext(connection) as captured:
            put(block, *rows)
        spent.append(len(captured))
    assert spent[0] == spent[1]


def test_an_import_interrupted_goes_on_when_the_file_is_sent_again(
    block: Block, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(roster_writing, "TOGETHER", 10)
    rows = [line("1-1-101", f"人{n}", number(n)) for n in range(25)]

    def stop(step: str, done: int, of: int) -> None:
        if step == "write" and done == 10:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rosters.commit(block.registrar, csv(*rows), "r.csv", block.estate, progress=stop)
    assert models.Person.objects.count() == 10
    assert counts(put(block, *rows)) == (15, 0, 10, 0)
    assert models.Person.objects.count() == 25


def test_a_replay_gives_the_same_rows(block: Block) -> None:
    put(block, WANG, LI, CHEN)
    put(block, line("1-2-201", "王一", number(1)), gone="moved_out")
    assert replay.replay()["different"] == {}


def test_rows_made_elsewhere_are_imported_like_a_file(block: Block) -> None:
    row = reader.RosterRow(
        "x", 1, "1", "1", "", "101", "王一", "male", None, "", number(1), "", "", "present", (), ""
    )
    report = rosters.commit_file(block.admin, rosters.rows_of([row], "x"), block.estate)
    assert counts(report) == (1, 0, 0, 0)
