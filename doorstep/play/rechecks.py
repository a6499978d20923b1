"""The members of a positive or grey tube are sampled again, one by one, at their doors, and their
tubes go to the laboratory at once. One of a positive tube's members is positive again, nobody of a
grey one is.

Pure, the same for the same seed. Which round it belongs to is the server's to say while the day
runs. Refuses to say more of a member than the tube of their own does.
"""

import random
from collections.abc import Sequence
from typing import NamedTuple

from doorstep.kit import clock
from doorstep.play import acts, journeys, queues
from doorstep.play.hand import Due, Hand

SUSPECT = ("positive", "inconclusive")
ASKED = 25 * clock.MINUTE  # from the file to the first door: people were asked to stay by then
A_DOOR = 6 * clock.MINUTE
PACKING = 5 * clock.MINUTE


class Singly(NamedTuple):
    """All rechecks of a day: what is written, the files, and who is visited."""

    acts: list[acts.Act]
    files: list[acts.File]
    visits: list[acts.Recheck]


def sample_again(
    hand: Hand,
    travel: journeys.Journeys,
    files: Sequence[acts.File],
    made: Sequence[acts.Act],
    teams: Sequence[queues.Table],
) -> Singly:
    """Send a team to the members of every suspect tube, once the file with its result is in.
    `made`: what the teams have to do besides.
    """
    singly = Singly([], [], [])
    rng = random.Random(f"{hand.seed}/recheck")
    known = {due.person: due for due in hand.due}
    busy = list(made)
    suspects = [tube for box in travel.boxes for tube in box.tubes if tube.outcome in SUSPECT]
    for number, pooled in enumerate(suspects, 1):
        told_at = min(f.at for f in files if any(row.tube == pooled.code for row in f.rows))
        people = dict.fromkeys(swab.fields["person"] for swab in pooled.swabs())
        members = [known[person] for person in people]
        begins = told_at + ASKED
        team = _find_team(teams, busy, begins - ASKED, begins + A_DOOR * (len(members) + 2))
        tubes = _visit(team, members, begins)
        if pooled.outcome == "positive":
            rng.choice(tubes).outcome = "positive"
        name = f"recheck-{number}.csv"
        sealed_at = team.free_at + PACKING
        carried, file = travel.send_apart(name, team.desk.name, tubes, sealed_at, pooled.code)
        own = [act._replace(recheck=pooled.code) for tube in tubes for act in tube.acts]
        busy += own
        singly.acts.extend([*own, *carried])
        singly.files.append(file)
        got = {tube.swabs()[0].fields["person"]: tube.code for tube in tubes}
        box = carried[0].fields["box"]
        singly.visits.append(acts.Recheck(pooled.code, team.desk.name, own[0].at, got, box))
    return singly


def _visit(team: queues.Table, members: Sequence[Due], begins: int) -> list[acts.Tube]:
    """From door to door; the tubes that were filled, one a person."""
    before = len(team.tubes)
    team.free_at = begins
    for due in sorted(members, key=lambda each: (each.building, each.door, each.person)):
        walk = int((60 + team.rng.random() * 120) * clock.SECOND)
        team.serve([due], team.free_at + walk, pool="single", how="card")
    return team.tubes[before:]


def _find_team(
    teams: Sequence[queues.Table], busy: Sequence[acts.Act], begins: int, ends: int
) -> queues.Table:
    """The first team with nothing to do from `begins` to `ends`, else the one with the least."""

    def count(team: queues.Table) -> int:
        name = team.desk.name
        return sum(act.phone == name and begins <= act.at <= ends for act in busy)

    return min(teams, key=count)
