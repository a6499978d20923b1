"""The tables of the civic programme. Facts, one row per entry: acts about projects, acts about
voices, answers to the survey. Derived by rules: what a project and a voice have come to. Only
entries.fold writes them. What people wrote stands sealed in attachments, named by digest.

Ids are canonical text; moments (`_at`, `at`) are microseconds since 1970 UTC, days YYYY-MM-DD.
"""

from django.db import models

from doorstep.ledger.fields import IdField


class Act(models.Model):
    """Fact: something was said or done about a project. `body`: the fields of its kind, JSON. One
    that does not stand was taken back.
    """

    table_class = "state"
    retention = "programme"
    entry = IdField(primary_key=True)
    project = IdField(db_index=True)
    kind = models.CharField(max_length=40)
    at = models.BigIntegerField()
    day = models.CharField(max_length=10)
    staff = IdField()
    turn = models.CharField(max_length=60)
    stands = models.BooleanField()
    body = models.TextField()


class Project(models.Model):
    """What a project has come to (rules.Project), and what it is by its last description.
    `wording` and `asked` are a digest and an entry.
    """

    table_class = "state"
    retention = "programme"
    project = IdField(primary_key=True)
    code = models.CharField(max_length=20, null=True)
    category = models.CharField(max_length=40)
    level = models.CharField(max_length=12)
    place = IdField(db_column="at_place")
    unit = IdField()
    leader = IdField()
    starts = models.CharField(max_length=10)
    deadline = models.CharField(max_length=10)
    budget = models.BigIntegerField(null=True)  # yuan
    wording = models.CharField(max_length=64)
    state = models.CharField(max_length=40)
    reason = models.CharField(max_length=40, null=True)
    expected = models.CharField(max_length=10, null=True)
    progress = models.IntegerField()
    reached = models.IntegerField()
    proved = models.BooleanField()
    begun_on = models.CharField(max_length=10)  # when it was first described
    reported_on = models.CharField(max_length=10, null=True)
    asked = IdField(null=True)
    asked_by = IdField(null=True)
    closed_on = models.CharField(max_length=10, null=True)


class Milestone(models.Model):
    """A step of a project, in its order; `reached_on` None while it is not."""

    table_class = "state"
    retention = "programme"
    pk = models.CompositePrimaryKey("project", "milestone")
    project = IdField()
    milestone = IdField()
    sort = models.IntegerField()
    due = models.CharField(max_length=10)
    reached_on = models.CharField(max_length=10, null=True)
    entry = IdField(null=True)
    evidence = models.CharField(max_length=64, null=True)


class VoiceAct(models.Model):
    """Fact: a voice was heard, or something was done about it. `body`: the fields of its kind."""

    table_class = "state"
    retention = "operation"
    entry = IdField(primary_key=True)
    voice = IdField(db_index=True)
    kind = models.CharField(max_length=40)
    at = models.BigIntegerField()
    day = models.CharField(max_length=10)
    staff = IdField()
    turn = models.CharField(max_length=60)
    stands = models.BooleanField()
    body = models.TextField()


class Voice(models.Model):
    """What a voice has come to: open | answered | adopted | merged. `joined`: the voice it is
    merged into; `project`: the one it was adopted into; `said`, `answer`: digests.
    """

    table_class = "state"
    retention = "operation"
    voice = IdField(primary_key=True)
    sort = models.CharField(max_length=40)
    source = models.CharField(max_length=16)
    category = models.CharField(max_length=40, null=True)
    place = IdField(db_column="at_place")
    state = models.CharField(max_length=10)
    joined = IdField(null=True, db_index=True)
    project = IdField(null=True, db_index=True)
    said = models.CharField(max_length=64)
    answer = models.CharField(max_length=64, null=True)
    day = models.CharField(max_length=10)
    at = models.BigIntegerField()


class Answer(models.Model):
    """Fact: a household's answer to the survey of a month (YYYY-MM): 1 (no) to 5 (very much) of
    each. `ballot` is a keyed hash of household and month, so that one counts and nobody's is
    known; `counts`: it is the first.
    """

    table_class = "state"
    retention = "programme"
    entry = IdField(primary_key=True)
    ballot = models.CharField(max_length=64, db_index=True)
    month = models.CharField(max_length=7)
    place = IdField(db_column="at_place")
    gain = models.IntegerField()
    happiness = models.IntegerField()
    safety = models.IntegerField()
    at = models.BigIntegerField()
    turn = models.CharField(max_length=60)
    counts = models.BooleanField()

    class Meta:
        indexes = [models.Index(fields=["month", "place"], name="answer_by_month")]
