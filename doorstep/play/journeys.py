"""What becomes of tubes after the table: boxes, couriers, laboratories, result files. Pure.

Boxes are sealed and collected every hour, received half an hour later, reported within six hours.
"""

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence

from doorstep.kit import clock, codes
from doorstep.play import acts
from doorstep.play.hand import Hand
from doorstep.play.queues import AT_A_SITE

FIRST_BOX = 8 * clock.HOUR + 50 * clock.MINUTE  # after midnight
EVERY = clock.HOUR
TESTING = 130 * clock.MINUTE
UNSEEN_TUBE = 9_999_990  # serial of a tube no table ever had


class Journeys:
    """The boxes of a day and the files that come of them."""

    def __init__(self, hand: Hand, midnight: int, rng: random.Random) -> None:
        self.hand, self.midnight, self.rng = hand, midnight, rng
        self.boxes: list[acts.Box] = []
        self.planted: list[acts.Planted] = []
        self._serial = 0

    def pack(self, tubes: Sequence[acts.Tube]) -> None:
        """Put the closed tubes of every table into its hourly boxes and send them on their way."""
        by_table: defaultdict[str, list[acts.Tube]] = defaultdict(list)
        for tube in tubes:
            by_table[tube.phone].append(tube)
        order = [desk.name for desk in (*self.hand.tables, *self.hand.home)]
        for name in sorted(by_table, key=order.index):
            site = order.index(name) // AT_A_SITE
            hours: defaultdict[int, list[acts.Tube]] = defaultdict(list)
            for tube in by_table[name]:
                after = max(tube.closed_at - self.midnight - FIRST_BOX, 0)
                hours[-(-after // EVERY)].append(tube)
            for hour in sorted(hours):
                sealed_at = self.midnight + FIRST_BOX + hour * EVERY
                sealed_at += order.index(name) % AT_A_SITE * 40 * clock.SECOND + clock.MINUTE
                self._send(name, sorted(hours[hour], key=lambda t: t.closed_at), sealed_at, site)
        self.boxes.sort(key=lambda box: (box.sealed_at, box.code))

    def go_wrong(self) -> None:
        """Forget a box until the afternoon, count another one wrong, mark two tubes positive."""
        morning = self.boxes[: max(1, len(self.boxes) // 3)]
        late = self.rng.choice(morning)
        late.collected_at += 4 * clock.HOUR
        late.received_at += 4 * clock.HOUR
        self.planted.append(acts.Planted("box left behind for four hours"))
        if others := [box for box in self.boxes if box is not late]:
            self.rng.choice(others).miscounted = 1
            self.planted.append(acts.Planted("box counted wrong", "BOX_UNBALANCED", 1))
        # of the first half of the day, so that there is light to sample their people again
        early = [box for box in self.boxes[: len(self.boxes) // 2] if box is not late]
        clean = _clean_of(early) if len(_clean_of(early)) > 1 else _clean_of(self.boxes)
        for tube, outcome in zip(
            self.rng.sample(clean, min(2, len(clean))), ("positive", "inconclusive"), strict=False
        ):
            tube.outcome = outcome
            self.planted.append(acts.Planted(f"tube {outcome}"))

    def list_acts(self) -> Iterator[acts.Act]:
        """What tables, couriers and receptions write of the boxes."""
        for box in self.boxes:
            yield from self._follow(box)

    def list_files(self) -> list[acts.File]:
        """The result files, one a laboratory and hour of receipt; one of them comes twice, and one
        has a row for a tube that nobody collected.
        """
        waves: defaultdict[tuple[int, int], list[acts.Box]] = defaultdict(list)
        for box in self.boxes:
            waves[box.received_at // EVERY, box.laboratory].append(box)
        files = []
        for number, ((_, laboratory), boxes) in enumerate(sorted(waves.items())):
            began = max(box.received_at for box in boxes) + 10 * clock.MINUTE
            name = f"results-{laboratory + 1}-{number + 1:03}.csv"
            files.append(self._test(name, laboratory, boxes, began))
        middle = files[len(files) // 2]
        code = codes.make("ZH", UNSEEN_TUBE, 7)
        unseen = middle.rows[0]._replace(tube=code, outcome="negative", ct=None)
        files[len(files) // 2] = middle._replace(rows=[*middle.rows, unseen])
        self.planted.append(
            acts.Planted("result of a tube nobody collected", "RESULT_WITHOUT_TUBE", 1, True)
        )
        first = files[0]
        name = first.name.replace(".csv", "(1).csv")
        files.append(first._replace(at=first.at + 25 * clock.MINUTE, name=name))
        self.planted.append(acts.Planted("result file sent twice"))
        return sorted(files)

    def send_apart(
        self, name: str, phone: str, tubes: list[acts.Tube], sealed_at: int, recheck: str
    ) -> tuple[list[acts.Act], acts.File]:
        """A box of a recheck, which goes to the first laboratory by itself: what is written of it,
        and its file of that name.
        """
        box = self._make_box(phone, tubes, sealed_at, 0)
        box.recheck = recheck
        file = self._test(name, box.laboratory, [box], box.received_at + 10 * clock.MINUTE)
        return list(self._follow(box)), file

    def _follow(self, box: acts.Box) -> Iterator[acts.Act]:
        count = len(box.tubes)
        sealed: dict[str, object] = {"round": self.hand.round, "box": box.code, "seal": box.seal}
        sealed["tubes"] = [tube.code for tube in box.tubes]
        sealed["count"] = count + box.miscounted
        yield self._act(box, box.sealed_at, box.phone, "box.sealed", sealed)
        collected = {"box": box.code, "seal": box.seal, "count": count}
        yield self._act(box, box.collected_at, box.courier, "box.collected", collected)
        laboratory = self.hand.laboratories[box.laboratory]
        received = {"box": box.code, "laboratory": laboratory.unit, "count": count}
        yield self._act(box, box.received_at, laboratory.desk.name, "box.received", received)

    def _send(self, phone: str, tubes: list[acts.Tube], sealed_at: int, site: int) -> None:
        self.boxes.append(self._make_box(phone, tubes, sealed_at, site))

    def _make_box(self, phone: str, tubes: list[acts.Tube], sealed_at: int, site: int) -> acts.Box:
        self._serial += 1
        courier = self.hand.couriers[site % len(self.hand.couriers)]
        # the last site's boxes go to the second laboratory
        laboratory = 1 if site and site % 4 == 3 and len(self.hand.laboratories) > 1 else 0
        collected_at = sealed_at + int((9 + self.rng.random() * 8) * clock.MINUTE)
        received_at = collected_at + int((28 + self.rng.random() * 9) * clock.MINUTE)
        return acts.Box(
            code=codes.make("BX", self._serial, 5),
            seal=codes.make("SL", 40_000 + self._serial, 6),
            phone=phone,
            tubes=tubes,
            sealed_at=sealed_at,
            courier=courier.name,
            laboratory=laboratory,
            collected_at=collected_at,
            received_at=received_at,
        )

    def _test(self, name: str, laboratory: int, boxes: list[acts.Box], began: int) -> acts.File:
        rows = []
        finished = began
        for box in boxes:
            for tube in box.tubes:
                if tube.unread:
                    continue
                tested_at = began + TESTING + int(self.rng.random() * 15 * clock.MINUTE)
                finished = max(finished, tested_at)
                ct = round(24 + self.rng.random() * 8, 2) if tube.outcome == "positive" else None
                if tube.outcome == "inconclusive":
                    ct = round(37 + self.rng.random() * 2, 2)
                rows.append(acts.Row(tube.code, tube.outcome, tested_at, 0, ct))
        reported_at = finished + 8 * clock.MINUTE
        rows = [row._replace(reported_at=reported_at) for row in rows]
        return acts.File(reported_at + 2 * clock.MINUTE, laboratory, name, rows)

    def _act(
        self, box: acts.Box, at: int, phone: str, kind: str, fields: dict[str, object]
    ) -> acts.Act:
        made = acts.make_id(at, self.rng)
        return acts.Act(at, phone, kind, fields, made, recheck=box.recheck)


def _clean_of(boxes: Sequence[acts.Box]) -> list[acts.Tube]:
    return [tube for box in boxes for tube in box.tubes if not tube.spoilt]
