"""The tables of orders. State, written by folds alone: adopted packs, one fact per entry, the
orders these make, the places they hold at, evidence, the end of the operation. Book: the text of
every pack ever adopted.

No column holds a person who is not on duty, and none can name one as what an order is about.
Moments (`_at`) are microseconds since 1970 UTC; lists are JSON texts.
"""

from django.db import models

from doorstep.ledger.fields import IdField


class PackText(models.Model):
    """A pack that was adopted or handed in, in its canonical form: old orders are read by their own
    rules for ever, whatever packs later versions ship.
    """

    table_class = "book"
    retention = "permanent"
    digest = models.CharField(max_length=64, primary_key=True)
    content = models.BinaryField()


class Adoption(models.Model):
    """Fact: a pack was adopted for the cell."""

    table_class = "state"
    retention = "permanent"
    entry = IdField(primary_key=True)
    pack = models.CharField(max_length=24)
    digest = models.CharField(max_length=64)
    at = models.BigIntegerField()
    staff = IdField()
    unit = IdField()


class Fact(models.Model):
    """Fact: one entry about an order. `target`: the entry an approval names."""

    table_class = "state"
    retention = "permanent"
    entry = IdField(primary_key=True)
    order_id = IdField(db_index=True)
    kind = models.CharField(max_length=32)
    at = models.BigIntegerField()
    staff = IdField()
    unit = IdField()
    target = IdField(null=True)
    body = models.TextField()


class Order(models.Model):
    """An order as all its facts make it; the columns are rules.Order's."""

    table_class = "state"
    retention = "permanent"
    id = IdField(primary_key=True)
    entry = IdField()
    axis = models.CharField(max_length=8)
    value = models.CharField(max_length=40)
    rule = models.CharField(max_length=40)
    pack = models.CharField(max_length=64)
    places = models.TextField()
    authority = models.CharField(max_length=24)
    document = models.CharField(max_length=48)
    evidence = models.TextField()
    start_at = models.BigIntegerField()
    end_at = models.BigIntegerField()
    review_on = models.CharField(max_length=10)
    test_days = models.TextField()
    test_every = models.IntegerField(null=True)
    proposed_at = models.BigIntegerField()
    proposed_by = IdField()
    proposed_unit = IdField()
    approved_at = models.BigIntegerField(null=True)
    approved_by = IdField(null=True)
    approved_unit = IdField(null=True)
    from_at = models.BigIntegerField(null=True)
    until_at = models.BigIntegerField(null=True)
    ended_as = models.CharField(max_length=12)
    renewals = models.IntegerField()
    applied_at = models.BigIntegerField(null=True)
    refused_at = models.BigIntegerField(null=True)
    lifted_document = models.CharField(max_length=48, null=True)
    withdrawn_at = models.BigIntegerField(null=True)
    disputed = models.BooleanField()


class OrderPlace(models.Model):
    """A place an order is about."""

    table_class = "state"
    retention = "permanent"
    pk = models.CompositePrimaryKey("order_id", "place")
    order_id = IdField()
    place = IdField(db_index=True)


class Evidence(models.Model):
    """Fact: something from outside was recorded of a place, with the document it rests on."""

    table_class = "state"
    retention = "permanent"
    entry = IdField(primary_key=True)
    fact = models.CharField(max_length=40)
    place = IdField(db_index=True)
    since_on = models.CharField(max_length=10)
    document = models.CharField(max_length=48)
    pack = models.CharField(max_length=64)
    at = models.BigIntegerField()
    staff = IdField()
    unit = IdField()


class Closing(models.Model):
    """Fact: somebody asked that the operation end on a day, or, with `asked`, ended it as second
    person. `body`: the fields of its kind; ids of orders, rounds and devices, words, papers.
    """

    table_class = "state"
    retention = "permanent"
    entry = IdField(primary_key=True)
    asked = IdField(null=True)
    day = models.CharField(max_length=10)
    at = models.BigIntegerField()
    staff = IdField()
    unit = IdField()
    body = models.TextField()
