"""The first commands of a new office: init, a roster of its own previewed and imported, the book
proved. And that the town's invented documents are taken like real ones.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from doorstep.kit import documents
from doorstep.town import people, plan

pytestmark = pytest.mark.once
INIT = ("init", "--admin", "wang", "--subdistrict", "桂城街道", "--community", "同成社区",
        "--estate", "示例花园", "--buildings", "3", "--units", "1", "--floors", "6",
        "--doors", "2")  # fmt: skip
ROSTER = """楼栋,单元,房号,姓名,证件号码,联系电话,居住状态
1栋,1,101,张三,11010519491231002X,13800138000,在住
1栋,1,102,李四,110105194912310021,,在住
2栋,1,602,王五,,13800138001,外出
"""


class Office:
    """An installation in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.roster = folder / "roster.csv"
        self.roster.write_text(ROSTER, "utf-8")
        self.environment = {**os.environ, "DOORSTEP_DATA": str(folder / "data")}
        self.environment.pop("DOORSTEP_DATABASE", None)

    def run(self, *arguments: str, status: int = 0) -> str:
        """What a command prints; it must end with `status`."""
        done = subprocess.run(
            [str(Path(sys.executable).parent / "doorstep"), *arguments],
            env=self.environment, stdin=subprocess.DEVNULL, capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout

    def roster_report(self, *arguments: str, status: int = 0) -> Any:
        """The report of an import."""
        printed = self.run(
            "registry", "import", str(self.roster), *arguments, "--json", status=status
        )
        return json.loads(printed.splitlines()[-1])


def test_from_an_empty_folder_to_a_roster_in_the_book(tmp_path: Path) -> None:
    office = Office(tmp_path)
    said = office.run(*INIT)
    assert "36" in said and "wang" in said and "approver" in said
    again = office.run(*INIT)
    assert "Nothing was changed" in again and "password" not in again
    before = office.roster_report("--preview", "--place", "示例花园")
    assert (before["new"], before["committed"]) == (2, False)
    assert before["refused"] == [
        {"sheet": "roster", "row": 3, "column": "E", "code": "ID_CHECKSUM"}
    ]
    after = office.roster_report("--commit", "--by", "wang")
    assert (after["new"], after["committed"]) == (2, True)
    assert office.roster_report("--commit")["same"] == 2
    assert office.roster_report("--commit", "--by", "nobody", status=1)["problem"] == "NOT_FOUND"
    assert office.roster_report("--commit", "--by", "approver", status=1)["problem"] == "NOT_YOURS"
    assert "ID_CHECKSUM" in office.run("registry", "import", str(office.roster), "--preview")
    assert json.loads(office.run("ledger", "verify").splitlines()[-1])["findings"] == []
    assert json.loads(office.run("ledger", "replay").splitlines()[-1])["different"] == {}


@pytest.mark.parametrize("number", [0, 3, 623])
def test_every_invented_document_of_the_town_is_taken(number: int) -> None:
    estate = plan.get_plan().estates[-1]
    kinds = set()
    for person in people.draw_estate(estate, number):
        if person.document:
            found = documents.read(person.document)
            assert isinstance(found, documents.Document), person.document
            assert found.type == person.document_type
            kinds.add(found.type)
    assert "resident_id" in kinds


def test_the_towns_files_are_there_to_try_the_imports_on(tmp_path: Path) -> None:
    """A messy roster, the same put right, a list of vaccinated people: what the command says of a
    file is what its import finds.
    """
    office = Office(tmp_path)
    office.run(*INIT)
    book = [str(tmp_path / name) for name in ("messy.xlsx", "right.xlsx", "doses.xlsx")]
    told = [
        json.loads(office.run("town", *words, path).splitlines()[-1])
        for words, path in zip(
            (("roster", "--messy"), ("roster", "--corrected"), ("vaccinated",)), book, strict=True
        )
    ]
    said = [
        json.loads(office.run("registry", *words, "--commit", "--json").splitlines()[-1])
        for words in (("import", book[0]), ("import", book[1]), ("vaccinated", book[2]))
    ]
    assert (said[0]["new"], len(said[0]["refused"])) == (told[0]["new"], len(told[0]["refused"]))
    assert said[0]["refused"] == sorted(
        told[0]["refused"], key=lambda each: (each["sheet"], each["row"], each["column"])
    )
    assert said[1]["refused"] == [] and said[1]["new"] + said[0]["new"] == told[1]["new"]
    assert (said[2]["new"], said[2]["twice"]) == (told[2]["new"], told[2]["twice"])
    assert said[2]["refused"] == told[2]["refused"] and said[2]["committed"]
    again = office.run("registry", "vaccinated", book[2], "--preview")
    assert "Preview" in again and "TIME_MISSING" in again
    assert office.run("registry", "vaccinated", book[2], "--preview", "--by", "approver",
                      status=1) == ""  # fmt: skip
    assert office.run("town", "roster", "--messy", book[0], "--estate", "无", status=1) == ""
