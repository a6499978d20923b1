"""Makes rules.json: lines of one phone in their order, and the codes that the rules give each after
the last. Written by hand from what the codes mean, without the server's code and the app's.

Run as `python -m tests.vectors.make_rules`.
"""

import json
from pathlib import Path
from typing import Any

DOORS = {"p1": "d1", "p2": "d1", "p3": "d2", "p4": "d3", "p5": "d3", "p6": "d4"}
ROUNDS = {
    "r1": {"kind": "sampling", "pool": "five"},
    "r2": {"kind": "sampling", "pool": "ten"},
    "r3": {"kind": "sampling_recheck", "pool": None},
    "r4": {"kind": "lunch", "pool": None},
    "r5": {"kind": "sampling", "pool": "household"},
    # of a part of the estate: the snapshot says which doors lie in it
    "r6": {"kind": "sampling", "pool": "five", "inside": ["d1", "d2"]},
}


def opened(tube: str, pool: str, round_: str = "r1", table: str = "t7") -> dict[str, Any]:
    return {"kind": "tube.opened", "tube": tube, "pool": pool, "round": round_, "table": table}


def sampled(person: str, tube: str, *codes: str, round_: str = "r1") -> dict[str, Any]:
    return {"kind": "person.sampled", "person": person, "tube": tube, "round": round_,
            "codes": sorted(codes)}  # fmt: skip


def unsampled(at: int, person: str, tube: str, round_: str = "r1") -> dict[str, Any]:
    """Takes back the line at this place of the case, from 0."""
    return {"kind": "person.unsampled", "entry": at, "person": person, "tube": tube,
            "round": round_}  # fmt: skip


def closed(tube: str, count: int, round_: str = "r1") -> dict[str, Any]:
    return {"kind": "tube.closed", "tube": tube, "count": count, "round": round_}


def sealed(box: str, seal: str, tubes: list[str], count: int, *codes: str) -> dict[str, Any]:
    return {"kind": "box.sealed", "box": box, "seal": seal, "tubes": tubes, "count": count,
            "round": "r1", "codes": list(codes)}  # fmt: skip


def collected(box: str, seal: str, count: int, *codes: str) -> dict[str, Any]:
    return {"kind": "box.collected", "box": box, "seal": seal, "count": count,
            "codes": list(codes)}  # fmt: skip


FULL = [sampled(f"p{n}", "AAAA1") for n in range(1, 6)]
OVER = [sampled(f"p{n}", "AAAA1", "TUBE_OVERFULL") for n in range(1, 7)]
CASES = {
    "a tube of five with five": [opened("AAAA1", "five"), *FULL, closed("AAAA1", 5)],
    "a sixth person in a tube of five": [opened("AAAA1", "five"), *OVER],
    "the same six in a tube of ten": [
        opened("AAAA1", "ten", "r2"), *(sampled(f"p{n}", "AAAA1", round_="r2") for n in range(1, 7))
    ],
    "a tube nobody opened is as its round says": OVER,
    "scanned twice into one tube is one person": [
        opened("AAAA1", "five"), sampled("p1", "AAAA1"), sampled("p1", "AAAA1"),
    ],
    "one person in two tubes": [
        opened("AAAA1", "five"), sampled("p1", "AAAA1", "PERSON_TWICE"), opened("AAAA2", "five"),
        sampled("p1", "AAAA2", "PERSON_TWICE"), sampled("p2", "AAAA2"),
    ],
    "one person in two rounds is no mistake": [
        opened("AAAA1", "five"), sampled("p1", "AAAA1"), opened("AAAA2", "ten", "r2"),
        sampled("p1", "AAAA2", round_="r2"),
    ],
    "taken back from the wrong tube": [
        opened("AAAA1", "five"), sampled("p1", "AAAA1"), unsampled(1, "p1", "AAAA1"),
        opened("AAAA2", "five"), sampled("p1", "AAAA2"),
    ],
    "taken back under another tube's code takes nothing back": [
        opened("AAAA1", "five"), sampled("p1", "AAAA1", "PERSON_TWICE"),
        unsampled(1, "p1", "AAAA9"), sampled("p1", "AAAA2", "PERSON_TWICE"),
    ],
    "room again after one was taken back": [
        opened("AAAA1", "five"), *FULL, unsampled(5, "p5", "AAAA1"), sampled("p6", "AAAA1"),
    ],
    "after the tube was closed": [
        opened("AAAA1", "five"), sampled("p1", "AAAA1"), closed("AAAA1", 1),
        sampled("p3", "AAAA1", "TUBE_CLOSED"),
    ],
    "two tables with one tube": [
        opened("AAAA1", "five") | {"codes": ["TUBE_REUSED"]},
        sampled("p1", "AAAA1", "TUBE_REUSED"),
        opened("AAAA1", "five", table="t8") | {"codes": ["TUBE_REUSED"]},
    ],
    "one tube in two rounds": [
        sampled("p1", "AAAA1", "TUBE_REUSED"), sampled("p3", "AAAA1", "TUBE_REUSED", round_="r2"),
    ],
    "two pools said of one tube: the smaller": [
        opened("AAAA1", "ten"), opened("AAAA1", "five"), *OVER,
    ],
    "a household's tube": [
        opened("AAAA1", "household", "r5"), sampled("p1", "AAAA1", round_="r5"),
        sampled("p2", "AAAA1", round_="r5"),
    ],
    "two households in one tube": [
        opened("AAAA1", "household", "r5"), sampled("p1", "AAAA1", "TUBE_OVERFULL", round_="r5"),
        sampled("p3", "AAAA1", "TUBE_OVERFULL", round_="r5"),
    ],
    "a recheck is one person a tube, whatever its opening says": [
        opened("AAAA1", "five", "r3"), sampled("p1", "AAAA1", "TUBE_OVERFULL", round_="r3"),
        sampled("p3", "AAAA1", "TUBE_OVERFULL", round_="r3"),
    ],
    "somebody who is on no roster": [
        opened("AAAA1", "five"), sampled("p9", "AAAA1", "PERSON_UNKNOWN"),
    ],
    "a round of another kind": [
        opened("AAAA1", "five", "r4"), sampled("p1", "AAAA1", "WRONG_ROUND", round_="r4"),
    ],
    "somebody of another part in a round of a part": [
        opened("AAAA1", "five", "r6"), sampled("p1", "AAAA1", round_="r6"),
        sampled("p3", "AAAA1", round_="r6"), sampled("p4", "AAAA1", "WRONG_ROUND", round_="r6"),
        sampled("p6", "AAAA1", "WRONG_ROUND", round_="r6"),
    ],
    "a round that is not known here": [
        opened("AAAA1", "five", "r8"), sampled("p1", "AAAA1", "WRONG_ROUND", round_="r8"),
    ],
    "a box that agrees": [
        sealed("BBBB1", "S001", ["AAAA1", "AAAA2"], 2), collected("BBBB1", "S001", 2),
    ],
    "a box with one tube less than counted": [
        sealed("BBBB1", "S001", ["AAAA1", "AAAA2"], 3, "BOX_UNBALANCED"),
        collected("BBBB1", "S001", 3, "BOX_UNBALANCED"),
    ],
    "a tube named twice is one tube": [
        sealed("BBBB1", "S001", ["AAAA1", "AAAA1"], 2, "BOX_UNBALANCED"),
    ],
    "another seal is read than was put on": [
        sealed("BBBB1", "S001", ["AAAA1"], 1), collected("BBBB1", "S002", 1, "BOX_UNBALANCED"),
    ],
    "one box sealed twice, and differently": [
        sealed("BBBB1", "S001", ["AAAA1"], 1, "BOX_UNBALANCED"),
        sealed("BBBB1", "S002", ["AAAA2"], 1, "BOX_UNBALANCED"),
    ],
    "all at once": [
        opened("AAAA1", "single"), sampled("p1", "AAAA1", "TUBE_OVERFULL", "PERSON_TWICE"),
        closed("AAAA1", 1),
        sampled("p9", "AAAA1", "PERSON_UNKNOWN", "TUBE_CLOSED", "TUBE_OVERFULL"),
        sampled("p1", "AAAA2", "PERSON_TWICE"),
    ],
}  # fmt: skip


def make_rules() -> dict[str, Any]:
    """What rules.json holds."""
    cases = []
    for name, lines in CASES.items():
        cases.append({"name": name, "lines": [{"codes": [], **line} for line in lines]})
    return {"doors": DOORS, "rounds": ROUNDS, "cases": cases}


def main() -> None:
    path = Path(__file__).with_name("rules.json")
    path.write_text(json.dumps(make_rules(), indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
