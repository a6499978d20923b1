"""The rounds' tables, all of them state: facts keyed by the entry they come from, and what is
recounted from them: subject, door, building, round. Only the fold and rounds.effects write them.

Ids are canonical text; moments (`_at`) are microseconds since 1970 UTC.
"""

import functools
import operator

from django.db import models
from django.db.models import F, Q

from doorstep.ledger.fields import IdField
from doorstep.rounds import rules

_COUNTED = Q(due__gte=F("done") + F("excused") + F("refused") + F("held"))
_POSITIVE = Q(done__gte=0, excused__gte=0, refused__gte=0, held__gte=0, home__gte=0)


def _one_of(*states: str) -> Q:
    # not `state IN (…)`: SQLite builds a table of such a list for every row it checks, 6 us each
    return functools.reduce(operator.or_, (Q(state=state) for state in states))


class Act(models.Model):
    """Fact: a round was opened, closed or reopened. The counts are those a close declares."""

    table_class = "state"
    retention = "operation"
    entry = IdField(primary_key=True)
    round = IdField(db_index=True)
    kind = models.CharField(max_length=40)
    at = models.BigIntegerField()
    staff = IdField()
    round_kind = models.CharField(max_length=40, null=True)
    area = IdField(null=True)
    day = models.CharField(max_length=10, null=True)
    pool = models.CharField(max_length=12, null=True)
    pack = models.CharField(max_length=64, null=True)
    parent = IdField(null=True)
    reason = models.CharField(max_length=40, null=True)
    due = models.IntegerField(null=True)
    done = models.IntegerField(null=True)
    excused = models.IntegerField(null=True)
    refused = models.IntegerField(null=True)
    missed = models.IntegerField(null=True)


class Due(models.Model):
    """Fact: a subject stands on a round's due list. `home`: reached at its door, not at a table."""

    table_class = "state"
    retention = "operation"
    pk = models.CompositePrimaryKey("round", "subject", "entry")
    round = IdField()
    subject = IdField()
    entry = IdField(db_index=True)
    door = IdField()
    building = IdField()
    home = models.BooleanField()
    at = models.BigIntegerField()


class Mark(models.Model):
    """Fact: an entry says something of a subject in a round: reached, excused, refused, visited.
    Not effective: held for a person to settle.
    """

    table_class = "state"
    retention = "operation"
    entry = IdField(primary_key=True)
    round = IdField()
    subject = IdField()
    kind = models.CharField(max_length=40)
    at = models.BigIntegerField()
    effective = models.BooleanField()
    reason = models.CharField(max_length=40, default="")

    class Meta:
        indexes = [models.Index(fields=["round", "subject"], name="mark_by_subject")]


class Subject(models.Model):
    """A person or a door in a round, with its state now and the fact that gave it. `extra`: was
    reached but is on no list, so has no door here.
    """

    table_class = "state"
    retention = "operation"
    pk = models.CompositePrimaryKey("round", "subject")
    round = IdField()
    subject = IdField()
    door = IdField(null=True)
    building = IdField(null=True)
    home = models.BooleanField()
    state = models.CharField(max_length=8)
    done_at = models.BigIntegerField(null=True)
    entry = IdField(null=True)
    reason = models.CharField(max_length=40, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=_one_of("due", "done", "excused", "refused", "held", "extra"),
                name="subject_has_a_known_state",
            ),
            models.CheckConstraint(
                condition=Q(state="extra", door=None) | (~Q(state="extra") & ~Q(door=None)),
                name="only_extra_subjects_have_no_door",
            ),
            models.CheckConstraint(
                condition=Q(done_at=None) | Q(state="done"), name="only_done_subjects_have_done_at"
            ),
        ]
        indexes = [
            # a door's subjects; what a mark changes is in no index, so marking moves no key
            models.Index(fields=["round", "door"], name="subject_by_door"),
        ]


class Unlisted(models.Model):
    """Somebody present in a round's area, or present when it was closed, and on no list of it."""

    table_class = "state"
    retention = "operation"
    pk = models.CompositePrimaryKey("round", "person")
    round = IdField()
    person = IdField(db_index=True)
    door = IdField()
    building = IdField()

    class Meta:
        indexes = [
            models.Index(fields=["round", "building", "door"], name="unlisted_by_building"),
            models.Index(fields=["round", "door"], name="unlisted_by_door"),
        ]


class PlanAct(models.Model):
    """Fact: a plan for a day was accepted (digests of problem and result), or withdrawn (reason).
    `turn`: kinds.Entry.turn.
    """

    table_class = "state"
    retention = "operation"
    entry = IdField(primary_key=True)
    plan = IdField(db_index=True)
    problem = models.CharField(max_length=64, null=True)
    result = models.CharField(max_length=64, null=True)
    reason = models.CharField(max_length=16, null=True)
    at = models.BigIntegerField()
    staff = IdField()
    turn = models.CharField(max_length=60)


class Slot(models.Model):
    """How many subjects of a round became done in a quarter of an hour: its curve. `slot` is the
    quarter's number since 1970 UTC (rules.SLOT).
    """

    table_class = "state"
    retention = "operation"
    pk = models.CompositePrimaryKey("round", "slot")
    round = IdField()
    slot = models.BigIntegerField()
    done = models.IntegerField()


class Pending(models.Model):
    """How many things of a round operations wait for, such as tubes without a result; no row when
    there are none. Kept by the difference each batch makes (rounds.effects).
    """

    table_class = "state"
    retention = "operation"
    round = IdField(primary_key=True)
    waiting = models.IntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(waiting__gt=0), name="something_is_pending"),
        ]


class Counted(models.Model):
    """What is counted of subjects, wherever it is counted. `due` is everybody listed; `home` are
    the outstanding who wait at home. outstanding = due - done - excused - refused (rules.Counts).
    """

    due = models.IntegerField()
    done = models.IntegerField()
    excused = models.IntegerField()
    refused = models.IntegerField()
    held = models.IntegerField()
    home = models.IntegerField()

    class Meta:
        abstract = True

    @property
    def counts(self) -> rules.Counts:
        """The counts as the rules take them."""
        return rules.Counts(self.due, self.done, self.excused, self.refused, self.held, self.home)


class Door(Counted):
    """The counts of one door in a round. `digest` is a number made of its id and its counts, whose
    sum over a building tells whether any door changed (recounting.digest_of).
    """

    table_class = "state"
    retention = "operation"
    pk = models.CompositePrimaryKey("round", "door")
    round = IdField()
    door = IdField()
    building = IdField()
    digest = models.BigIntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=_COUNTED & _POSITIVE, name="door_counts_add_up"),
        ]
        indexes = [models.Index(fields=["round", "building"], name="door_by_building")]


class Building(Counted):
    """The counts of one building in a round: people or doors due, and doors that are finished.
    `digest` changes whenever a door's counts change; the wall asks for no more than that.
    """

    table_class = "state"
    retention = "operation"
    pk = models.CompositePrimaryKey("round", "building")
    round = IdField()
    building = IdField()
    doors = models.IntegerField()
    finished = models.IntegerField()
    digest = models.BigIntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=_COUNTED & _POSITIVE, name="building_counts_add_up"),
        ]


class Round(Counted):
    """A round as it stands: what it is for, its counts, and whether its last close still holds."""

    table_class = "state"
    retention = "operation"
    id = IdField(primary_key=True)
    round_kind = models.CharField(max_length=40)
    area = IdField(db_index=True)
    day = models.CharField(max_length=10)
    pool = models.CharField(max_length=12, null=True)
    pack = models.CharField(max_length=64, null=True)
    parent = IdField(null=True, db_index=True)
    opened_at = models.BigIntegerField()
    opened_by = IdField()
    state = models.CharField(max_length=8)
    acted_at = models.BigIntegerField()
    closed_at = models.BigIntegerField(null=True)
    closed_missed = models.IntegerField(null=True)
    reason = models.CharField(max_length=40, default="")  # of the last close, if it had one
    doors = models.IntegerField()
    finished = models.IntegerField()
    digest = models.BigIntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=_one_of("open", "closed", "reopened"),
                name="round_has_a_known_state",
            ),
            models.CheckConstraint(condition=_COUNTED & _POSITIVE, name="round_counts_add_up"),
        ]
        indexes = [models.Index(fields=["day", "area"], name="round_by_day")]

    @property
    def is_withdrawn(self) -> bool:
        """Whether it was opened by mistake and nothing has been done in it."""
        return self.state == "closed" and self.reason == rules.MISTAKE
