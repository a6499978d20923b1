"""The mistakes of a real day, each made once or a few times, with what must come of it.

Pure. A mistake that finds no place (a house too small for it) is left out and not counted as made.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from doorstep.kit import clock
from doorstep.play import acts
from doorstep.play.hand import Due, Hand

_A_DAY = clock.DAY
_SAMPLED = "person.sampled"


class Mischief:
    """What may be spoilt: the tubes of the tables, in the order of time. `late`: people who must be
    found again in the evening because nothing counts them.
    """

    def __init__(self, hand: Hand, tubes: Sequence[acts.Tube], rng: random.Random) -> None:
        self.hand, self.rng = hand, rng
        self.tubes = sorted(tubes, key=lambda tube: (tube.closed_at, tube.code))
        self.due = {due.person: due for due in hand.due}
        self.phones = {tube.phone for tube in tubes}
        self.reused: set[str] = set()  # phones with a tube that another filled too
        self.planted: list[acts.Planted] = []
        self.late: list[str] = []
        self.attachments: dict[str, bytes] = {}

    def make_all(self) -> None:
        """Make every mistake there is room for."""
        for make in (
            self.forget_scans, self.notice_wrong_person, self.miss_wrong_person, self.scan_stranger,
            self.scan_twice, self.come_twice, self.use_tube_twice, self.close_too_early,
            self.meet_unlisted, self.meet_unknown, self.meet_neighbour, self.spoil_tube,
        ):  # fmt: skip
            make()

    def forget_scans(self) -> None:
        """A swab goes into the tube and nobody is scanned: only the count shows it."""
        for tube in self._pick(3, lambda tube: len(tube.swabs()) >= 2):
            swab = self.rng.choice(tube.swabs())
            tube.acts.remove(swab)
            self.late.append(swab.fields["person"])
            self._plant("scan forgotten")

    def notice_wrong_person(self) -> None:
        """Somebody else of the household is scanned; the registrar sees it and takes it back."""
        for tube in self._pick(1, lambda tube: self._has_other(tube)):
            right = tube.swabs()[0]
            wrong = self._take_other_for(tube, right)
            taken_back = {"round": self.hand.round, "person": wrong.fields["person"]}
            taken_back |= {"tube": tube.code, "entry": wrong.id}
            self._after(tube, wrong, 7, "person.unsampled", taken_back)
            self._after(tube, wrong, 11, _SAMPLED, right.fields)
            self._plant("wrong person, taken back")

    def miss_wrong_person(self) -> None:
        """The same, and nobody sees it: one person stands twice in the tube, another not at all."""
        for tube in self._pick(1, lambda tube: self._has_other(tube)):
            right = tube.swabs()[0]
            self._take_other_for(tube, right)
            self.late.append(right.fields["person"])
            self._plant("wrong person, not seen")

    def scan_stranger(self) -> None:
        """Somebody of another door is scanned instead: that person seems to be at two tables."""
        for tube in self._pick(1, lambda tube: len(tube.swabs()) >= 2):
            other = self._pick_later(0, self._company(tube))
            if other is None:
                return
            right, person = tube.swabs()[0], other.swabs()[0].fields["person"]
            self._replace(tube, right, {**right.fields, "person": person})
            self.late.append(right.fields["person"])
            self._plant("wrong person of another door", "PERSON_TWICE", 2, held=True)
            if self.hand.pool == "household":
                self._plant("so two doors in one tube", "TUBE_OVERFULL", len(tube.swabs()))

    def scan_twice(self) -> None:
        """The scanner beeps twice."""
        for tube in self._pick(2, lambda tube: len(tube.swabs()) >= 1):
            self._after(tube, tube.swabs()[-1], 1, _SAMPLED, tube.swabs()[-1].fields)
            self._plant("scanned twice in a row")

    def come_twice(self) -> None:
        """A child queues again at another table, for the sweets."""
        for tube in self._pick(1, lambda tube: self._has_company(tube)):
            swab = tube.swabs()[-1]
            again = self._pick_later(tube.closed_at, self._company(tube))
            if again is None:
                return
            first = again.swabs()[0]
            fields = {**swab.fields, "tube": again.code}
            self._after(again, first, 2, _SAMPLED, fields)
            again.counted += 1
            self._recount(again)
            self._plant("sampled at two tables", "PERSON_TWICE", 2, held=True)
            if self.hand.pool == "household":
                self._plant("so two doors in one tube", "TUBE_OVERFULL", len(again.swabs()))

    def use_tube_twice(self) -> None:
        """A used tube lies at the next table and is filled again."""
        for first in self._pick(1, lambda tube: self._has_company(tube)):
            again = self._pick_later(first.closed_at, self._company(first))
            if again is None:
                return
            self.reused |= {first.phone, again.phone}
            again.code, again.unread = first.code, True
            again.acts = [
                act._replace(fields={**act.fields, "tube": first.code}) for act in again.acts
            ]
            both = first.swabs() + again.swabs()
            self._plant("tube used at two tables", "TUBE_REUSED", len(both) + 2, held=True)
            self._plant("so after it was closed", "TUBE_CLOSED", len(again.swabs()))
            self._plant("so its result has no tube", "RESULT_WITHOUT_TUBE", 1, held=True)
            if self._is_overfull(both):
                self._plant("so too many in it", "TUBE_OVERFULL", len(both))

    def close_too_early(self) -> None:
        """The last of a household is scanned after the tube was closed."""
        for tube in self._pick(1, lambda tube: len(tube.swabs()) >= 2):
            last, closed = tube.swabs()[-1], tube.acts[-1]
            tube.acts.remove(last)
            tube.acts.append(last._replace(at=closed.at + 9 * clock.SECOND))
            self._plant("scanned after the tube was closed", "TUBE_CLOSED", 1)

    def meet_unlisted(self) -> None:
        """Visitors who are on no roster are noted, with what they said of themselves attached."""
        for tube in self._pick(2, lambda tube: self._has_room(tube)):
            if not self.hand.unlisted[1:]:
                return
            person = self.hand.unlisted.pop()
            door = self.due[tube.swabs()[0].fields["person"]].door
            added = self._after(tube, tube.swabs()[-1], 12, "person.added", {
                "person": person, "door": door,
            })  # fmt: skip
            self.attachments[added.id] = f"访客，未在册，房号以登记为准 {person}".encode()
            self._after(tube, added, 8, _SAMPLED, self._fields_of(person, tube))
            tube.counted += 1
            self._recount(tube)
            self._plant("person on no roster, noted")

    def meet_unknown(self) -> None:
        """The same, but the note never arrives: the swab belongs to nobody known."""
        for tube in self._pick(1, lambda tube: self._has_room(tube)):
            if not self.hand.unlisted:
                return
            fields = self._fields_of(self.hand.unlisted.pop(), tube) | {"how": "paper"}
            self._after(tube, tube.swabs()[-1], 14, _SAMPLED, fields)
            tube.counted += 1
            self._recount(tube)
            self._plant("person on no roster, not noted", "PERSON_UNKNOWN", 1, held=True)

    def meet_neighbour(self) -> None:
        """Somebody of another estate is sampled here."""
        if self.hand.pool == "household" or not self.hand.strangers:
            return
        for tube in self._pick(1, lambda tube: self._has_room(tube)):
            fields = self._fields_of(self.hand.strangers[0], tube)
            self._after(tube, tube.swabs()[-1], 14, _SAMPLED, fields)
            tube.counted += 1
            self._recount(tube)
            self._plant("person of another estate", "WRONG_ROUND", 1)

    def spoil_tube(self) -> None:
        """Of a tube of the first hour nothing can be read: its people are due again."""
        for tube in self._pick_all(lambda tube: len(tube.swabs()) >= 2):
            tube.spoilt, tube.outcome = True, "invalid"
            self.late += [act.fields["person"] for act in tube.swabs()]
            self._plant("tube that cannot be read")
            return

    def set_clock_back(self, phone: str, begins: int, ends: int, made: list[acts.Act]) -> None:
        """For a while a phone believes that it is still yesterday."""
        lines = 0
        for at, act in enumerate(made):
            if act.phone == phone and begins <= act.at < ends:
                made[at] = act._replace(offset=-_A_DAY)
                lines += 1
        if lines:
            self._plant("clock a day off", "CLOCK_OFF", lines)

    def _plant(self, what: str, code: str = "", lines: int = 0, held: bool = False) -> None:
        self.planted.append(acts.Planted(what, code, lines, held))

    def _pick_all(self, fits: Callable[[acts.Tube], bool]) -> Iterator[acts.Tube]:
        return (tube for tube in self.tubes if not tube.spoilt and tube.swabs() and fits(tube))

    def _pick(self, count: int, fits: Callable[[acts.Tube], bool]) -> list[acts.Tube]:
        found = list(self._pick_all(fits))
        picked = self.rng.sample(found, min(count, len(found)))
        for tube in picked:
            tube.spoilt = True
        return picked

    def _pick_later(self, at: int, phones: set[str]) -> acts.Tube | None:
        """The first tube of these phones that was opened after `at`."""
        for tube in self._pick_all(lambda each: each.phone in phones and each.acts[0].at > at):
            tube.spoilt = True
            return tube
        return None

    def _company(self, tube: acts.Tube) -> set[str]:
        return self.phones - {tube.phone}

    def _has_company(self, tube: acts.Tube) -> bool:
        return len(self.phones) > 1 and tube.closed_at < self.tubes[-1].acts[0].at

    def _has_other(self, tube: acts.Tube) -> bool:
        return len({act.fields["person"] for act in tube.swabs()}) >= 2

    def _has_room(self, tube: acts.Tube) -> bool:
        return tube.counted + 2 <= acts.SIZES[self.hand.pool]

    def _is_overfull(self, swabs: Sequence[acts.Act]) -> bool:
        people = {act.fields["person"] for act in swabs}
        if self.hand.pool == "household":
            return len({self.due[each].door for each in people if each in self.due}) > 1
        return len(people) > acts.SIZES[self.hand.pool]

    def _take_other_for(self, tube: acts.Tube, right: acts.Act) -> acts.Act:
        other = tube.swabs()[-1].fields["person"]
        return self._replace(tube, right, {**right.fields, "person": other})

    def _fields_of(self, person: str, tube: acts.Tube) -> dict[str, Any]:
        said = {"round": self.hand.round, "person": person, "tube": tube.code}
        return said | {"how": "list"}

    def _replace(self, tube: acts.Tube, act: acts.Act, fields: dict[str, Any]) -> acts.Act:
        changed = act._replace(fields=fields)
        tube.acts[tube.acts.index(act)] = changed
        return changed

    def _after(
        self, tube: acts.Tube, act: acts.Act, seconds: int, kind: str, fields: dict[str, Any]
    ) -> acts.Act:
        """Another act of the same phone, right after `act`."""
        at = act.at + seconds * clock.SECOND
        made = acts.Act(at, tube.phone, kind, dict(fields), acts.make_id(at, self.rng))
        tube.acts.insert(tube.acts.index(act) + 1, made)
        return made

    def _recount(self, tube: acts.Tube) -> None:
        closed = tube.acts[-1]
        tube.acts[-1] = closed._replace(fields={**closed.fields, "count": tube.counted})


def choose_fates(due: Sequence[Due], rng: random.Random) -> tuple[list[str], list[str], list[str]]:
    """Of those who should walk to a table: who comes only when asked in the evening, who would not,
    who is not met at all. At least one of each in a house of forty.
    """
    people = [each.person for each in due if not each.home]
    shares = (0.009, 0.0012, 0.003)
    counts = [max(1, round(len(people) * share)) if len(people) >= 40 else 0 for share in shares]
    drawn = rng.sample(people, sum(counts))
    late, refusing = drawn[: counts[0]], drawn[counts[0] : counts[0] + counts[1]]
    return late, refusing, drawn[counts[0] + counts[1] :]
