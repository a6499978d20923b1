"""Who comes when: buildings are called in windows, households queue, tables fill tubes.

Pure, the same for the same seed. Nothing is recorded here that goes wrong; mistakes.py does that.
"""

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence

from doorstep.kit import clock
from doorstep.play import acts
from doorstep.play.hand import Desk, Due, Hand

OPENS = 8 * clock.HOUR  # after midnight
FOLLOW_UP = 15 * clock.HOUR + 15 * clock.MINUTE
AN_HOUR = 86  # people a table does in an hour (Panyu, 2021)
AT_A_SITE = 5  # tables
SLACK = 1.02  # a window is that much longer than its people need


class Roll:
    """A table's tubes, taken one after the other."""

    def __init__(self, desk: Desk) -> None:
        self._codes = iter(desk.tubes)
        self._name = desk.name

    def take(self) -> str:
        """The next code. Raises ValueError when the roll is used up."""
        code = next(self._codes, None)
        if code is None:
            raise ValueError(f"{self._name} has no tube left")
        return code


class Table:
    """A table, or a team that walks: fills tubes and says when it is free again."""

    def __init__(self, hand: Hand, desk: Desk, rng: random.Random) -> None:
        self.hand, self.desk, self.rng = hand, desk, rng
        self.roll = Roll(desk)
        self.free_at = 0
        self.tubes: list[acts.Tube] = []
        self._open: acts.Tube | None = None

    def serve(self, household: Sequence[Due], at: int, *, pool: str, how: str) -> int:
        """Sample a household that stands there at `at`; when the table is free again."""
        for due in household:
            tube = self._tube_for(due, pool, at)
            act = self._act(tube, at, "person.sampled", self._sampled(due, tube, how))
            tube.acts.append(act)
            tube.counted += 1
            at += int((24 + min(self.rng.expovariate(1 / 13), 90)) * clock.SECOND)
            if tube.counted >= acts.SIZES[pool]:
                self.finish(at)
        if pool == "household":
            self.finish(at)
        self.free_at = at
        return at

    def finish(self, at: int) -> None:
        """Close the tube that is open, if there is one."""
        if self._open is not None:
            tube, self._open = self._open, None
            tube.closed_at = at - 6 * clock.SECOND
            fields = {"round": self.hand.round, "tube": tube.code, "count": tube.counted}
            tube.acts.append(self._act(tube, tube.closed_at, "tube.closed", fields))

    def _tube_for(self, due: Due, pool: str, at: int) -> acts.Tube:
        if self._open is None:
            door = due.door if pool == "household" else ""
            tube = acts.Tube(self.roll.take(), self.desk.name, self.desk.place, door)
            fields: dict[str, object] = {"round": self.hand.round, "tube": tube.code, "pool": pool}
            fields["table"] = self.desk.place
            tube.acts.append(self._act(tube, at - 4 * clock.SECOND, "tube.opened", fields))
            self.tubes.append(tube)
            self._open = tube
        return self._open

    def _sampled(self, due: Due, tube: acts.Tube, how: str) -> dict[str, object]:
        said = how if self.rng.random() < 0.96 else "list"
        return {"round": self.hand.round, "person": due.person, "tube": tube.code, "how": said}

    def _act(self, tube: acts.Tube, at: int, kind: str, fields: dict[str, object]) -> acts.Act:
        return acts.Act(at, tube.phone, kind, fields, acts.make_id(at, self.rng))


def fill_tables(
    hand: Hand, people: Sequence[Due], midnight: int, rng: random.Random
) -> tuple[list[Table], list[acts.Waited]]:
    """Let these people come to the tables in their buildings' windows."""
    tables = [Table(hand, desk, rng) for desk in hand.tables]
    sites = [tables[at : at + AT_A_SITE] for at in range(0, len(tables), AT_A_SITE)]
    waited: list[acts.Waited] = []
    for site, buildings in zip(sites, _share_out(people, [len(s) for s in sites]), strict=True):
        for arrival, household in sorted(
            _arrivals(buildings, len(site), midnight, rng), key=lambda each: each[0]
        ):
            table = min(site, key=lambda each: (max(each.free_at, arrival), each.desk.name))
            start = max(table.free_at, arrival) + 6 * clock.SECOND
            waited += [acts.Waited(arrival, (start - arrival) // clock.SECOND)] * len(household)
            table.serve(household, start, pool=hand.pool, how="scan")
        for table in site:
            table.finish(table.free_at)
    return tables, waited


def walk_homes(hand: Hand, people: Sequence[Due], begins_at: int, teams: Sequence[Table]) -> None:
    """Let teams walk from door to door of these people, building by building."""
    doors = sorted(_households(people).values(), key=lambda each: (each[0].building, each[0].door))
    for team in teams:
        team.free_at = max(team.free_at, begins_at)
    for household in doors:
        team = min(teams, key=lambda each: (each.free_at, each.desk.name))
        walk = int((150 + team.rng.random() * 200) * clock.SECOND)
        team.serve(household, team.free_at + walk, pool=hand.pool, how="card")
    for team in teams:
        team.finish(team.free_at)


def _households(people: Sequence[Due]) -> dict[str, list[Due]]:
    doors: defaultdict[str, list[Due]] = defaultdict(list)
    for due in people:
        doors[due.door].append(due)
    return dict(doors)


def _share_out(people: Sequence[Due], tables: Sequence[int]) -> list[list[list[Due]]]:
    """The buildings of each site, so that a table has about as many people everywhere."""
    buildings: defaultdict[int, list[Due]] = defaultdict(list)
    for due in people:
        buildings[due.building].append(due)
    sites: list[list[list[Due]]] = [[] for _ in tables]
    load = [0.0] * len(tables)
    for number in sorted(buildings, key=lambda each: (-len(buildings[each]), each)):
        site = min(range(len(tables)), key=lambda each: (load[each], each))
        sites[site].append(buildings[number])
        load[site] += len(buildings[number]) / tables[site]
    return [sorted(site, key=lambda each: each[0].building) for site in sites]


def _arrivals(
    buildings: Sequence[list[Due]], tables: int, midnight: int, rng: random.Random
) -> Iterator[tuple[int, list[Due]]]:
    begins = midnight + OPENS
    for building in buildings:
        span = int(len(building) / (tables * AN_HOUR) * SLACK * clock.HOUR)
        for household in _households(building).values():
            # most come when they are called, some half an hour later
            late = rng.expovariate(1 / (8 * clock.MINUTE)) if rng.random() < 0.15 else 0
            yield begins + int(rng.random() * span + late), household
        begins += span
