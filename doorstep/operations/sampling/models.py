"""The tables of sampling, all of them state. Facts, one row per entry: swabs, withdrawals, tubes,
boxes, results, issued labels. Derived by rules.derive: what tubes and boxes have come to, and the
state of each swab. Only entries.fold writes them.

Ids are canonical text; moments (`_at`, `at`) are microseconds since 1970 UTC.
"""

from django.db import models
from django.db.models import Q

from doorstep.ledger.fields import IdField

CODE = 20  # letters of a tube's, box's or seal's code at most


class Code(models.CharField):  # type: ignore[type-arg]
    """The code on a tube, a box or a seal, as printed: [0-9A-Z]."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        kwargs.setdefault("max_length", CODE)
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]


class Sample(models.Model):
    """Fact: a person.sampled, this person's swab went into this tube. `state` (rules.EFFECTIVE and
    so on) is derived and the one column that changes.
    """

    table_class = "state"
    retention = "operation"
    entry = IdField(primary_key=True)
    round = IdField()
    person = IdField()
    tube = Code()
    at = models.BigIntegerField()
    device = IdField()
    number = models.BigIntegerField()
    state = models.CharField(max_length=10)

    class Meta:
        indexes = [
            models.Index(fields=["tube"], name="sample_by_tube"),
            models.Index(fields=["person", "round"], name="sample_by_person"),
        ]


class Withdrawal(models.Model):
    """Fact: a person.unsampled takes the swab `binding` back."""

    table_class = "state"
    retention = "operation"
    entry = IdField(primary_key=True)
    binding = IdField()
    round = IdField()
    person = IdField()
    tube = Code(db_index=True)
    at = models.BigIntegerField()


class TubeFact(models.Model):
    """Fact: a tube was opened, closed or refused, by a laboratory (`party`) or on the way."""

    table_class = "state"
    retention = "operation"
    entry = IdField(primary_key=True)
    tube = Code(db_index=True)
    fact = models.CharField(max_length=8)  # opened | closed | refused
    round = IdField(null=True)
    at = models.BigIntegerField()
    device = IdField()
    number = models.BigIntegerField()
    pool = models.CharField(max_length=12, null=True)
    table = IdField(null=True, db_column="table_id")
    count = models.IntegerField(null=True)
    party = IdField(null=True)
    reason = models.CharField(max_length=40, null=True)


class BoxFact(models.Model):
    """Fact: a box was sealed, collected, handed over, received or refused; `party` has it then.
    One that does not stand was taken back: it is on the trail and in nothing else.
    """

    table_class = "state"
    retention = "operation"
    entry = IdField(primary_key=True)
    box = Code(db_index=True)
    fact = models.CharField(max_length=12)
    round = IdField(null=True)
    at = models.BigIntegerField()
    device = IdField()
    number = models.BigIntegerField()
    seal = Code(null=True)
    count = models.IntegerField(null=True)
    party = IdField(null=True)
    reason = models.CharField(max_length=40, null=True)
    stands = models.BooleanField(default=True)


class BoxTube(models.Model):
    """Fact: a box.sealed names this tube; and whether that stands."""

    table_class = "state"
    retention = "operation"
    pk = models.CompositePrimaryKey("entry", "tube")
    entry = IdField()
    box = Code(db_index=True)
    tube = Code(db_index=True)
    stands = models.BooleanField(default=True)


class Result(models.Model):
    """Fact: a result was reported, or corrected when `corrects` names the entry it corrects."""

    table_class = "state"
    retention = "operation"
    entry = IdField(primary_key=True)
    tube = Code(db_index=True)
    outcome = models.CharField(max_length=12)
    tested_at = models.BigIntegerField()
    reported_at = models.BigIntegerField()
    laboratory = IdField()
    corrects = IdField(null=True)
    ct_orf1ab = models.FloatField(null=True)
    ct_n = models.FloatField(null=True)
    accession = models.CharField(max_length=32, null=True)  # the laboratory's own number
    at = models.BigIntegerField()
    staff = IdField()


class Issue(models.Model):
    """Fact: the labels `first` to `last` were given to a table for a round; and whether
    that stands.
    """

    table_class = "state"
    retention = "operation"
    entry = IdField(primary_key=True)
    round = IdField(db_index=True)
    table = IdField(db_column="table_id")
    first = Code()
    last = Code()
    at = models.BigIntegerField()
    staff = IdField()
    stands = models.BooleanField(default=True)


class Tube(models.Model):
    """What a tube has come to (facts.Tube). People are counted by swabs that count."""

    table_class = "state"
    for_pages = ("box", "outcome")
    retention = "operation"
    tube = Code(primary_key=True)
    round = IdField(null=True)
    table = IdField(null=True, db_column="table_id")
    pool = models.CharField(max_length=12, null=True)
    box = Code(null=True, db_index=True)
    estate = IdField(null=True)
    laboratory = IdField(null=True)
    people = models.IntegerField()
    held = models.IntegerField()
    voided = models.IntegerField()
    counted = models.IntegerField(null=True)
    opened_at = models.BigIntegerField(null=True)
    sampled_at = models.BigIntegerField(null=True)
    closed_at = models.BigIntegerField(null=True)
    shipped_at = models.BigIntegerField(null=True)
    received_at = models.BigIntegerField(null=True)
    tested_at = models.BigIntegerField(null=True)
    reported_at = models.BigIntegerField(null=True)
    outcome = models.CharField(max_length=12, null=True)
    state = models.CharField(max_length=10)

    class Meta:
        indexes = [
            models.Index(fields=["round", "estate"], name="tube_by_round"),
            # what reactions look for; a negative tube is in no index of outcomes
            models.Index(
                fields=["outcome"],
                name="tube_by_outcome",
                condition=Q(outcome="positive") | Q(outcome="inconclusive"),
            ),
            # what a laboratory has and has not reported; a tube leaves it with its result
            models.Index(
                fields=["received_at"],
                name="tube_at_laboratory",
                condition=Q(outcome=None, received_at__isnull=False),
            ),
        ]


class RoundDigest(models.Model):
    """A number that changes whenever a tube of the round does: the sum of theirs (seen.digest_of).
    Kept by the difference each batch makes.
    """

    table_class = "state"
    retention = "operation"
    round = IdField(primary_key=True)
    digest = models.BigIntegerField()


class Box(models.Model):
    """What a box has come to (facts.Box): one consignment, not the container."""

    table_class = "state"
    retention = "operation"
    box = Code(primary_key=True)
    round = IdField(null=True, db_index=True)
    seal = Code(null=True)
    count = models.IntegerField()
    state = models.CharField(max_length=10)
    sealed_at = models.BigIntegerField(null=True)
    collected_at = models.BigIntegerField(null=True)
    received_at = models.BigIntegerField(null=True)
    holder = IdField(null=True)
    laboratory = IdField(null=True)
    balanced = models.BooleanField()


class Stay(models.Model):
    """Fact: a member of a positive or inconclusive tube was asked to stay until the recheck, at
    most until `until_at`. It is a request. `ended_at` and `reason` are derived from StayEnd.
    """

    table_class = "state"
    retention = "operation"
    entry = IdField(primary_key=True)
    round = IdField()
    person = IdField(db_index=True)
    tube = Code(db_index=True)
    at = models.BigIntegerField()
    until_at = models.BigIntegerField()
    ended_at = models.BigIntegerField(null=True)
    reason = models.CharField(max_length=40, null=True)


class StayEnd(models.Model):
    """Fact: a request to stay ended before its time, and why."""

    table_class = "state"
    retention = "operation"
    entry = IdField(primary_key=True)
    asked = IdField(db_index=True)
    reason = models.CharField(max_length=40)
    at = models.BigIntegerField()


class Notice(models.Model):
    """Fact: an audience was told of a tube, or that it was told wrongly. `places` are all it was
    told, ids in JSON; nobody's id is in it.
    """

    table_class = "state"
    retention = "operation"
    entry = IdField(primary_key=True)
    tube = Code(db_index=True)
    audience = models.CharField(max_length=16)
    says = models.CharField(max_length=12)
    count = models.IntegerField()
    places = models.TextField()
    at = models.BigIntegerField()
