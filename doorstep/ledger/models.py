"""The book's tables: the cell, devices, pushes, lines. Rows of lines and pushes are only added.

Ids are canonical text (kit.ids); moments are microseconds since 1970 UTC.
"""

from django.db import models
from django.db.models import Q

ID_LENGTH = 36


class Cell(models.Model):
    """The one row whose lock is the book's lock: how far the tree has grown."""

    key = models.SmallIntegerField(primary_key=True, default=1)
    id = models.CharField(max_length=ID_LENGTH)
    zone = models.CharField(max_length=64)
    opened_at = models.BigIntegerField()
    size = models.BigIntegerField(default=0)
    nodes = models.BinaryField(default=b"")  # the tree's frontier, 32 bytes a node

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(key=1), name="one_cell_in_a_book")]


class Enrolment(models.Model):
    """A code that enrols one device once, before it expires. Only the code's hash is kept."""

    code_hash = models.BinaryField(primary_key=True)
    role = models.CharField(max_length=32)
    place = models.CharField(max_length=ID_LENGTH, null=True)
    expires_at = models.BigIntegerField()
    device = models.CharField(max_length=ID_LENGTH, null=True)


class Device(models.Model):
    """A device, its key, and how far its chain is in the book."""

    id = models.CharField(max_length=ID_LENGTH, primary_key=True)
    algorithm = models.CharField(max_length=8)
    public_key = models.BinaryField()
    role = models.CharField(max_length=32)
    place = models.CharField(max_length=ID_LENGTH, null=True)
    enrolled_at = models.BigIntegerField()
    revoked_at = models.BigIntegerField(null=True)
    through = models.BigIntegerField(default=0)
    head = models.BinaryField()


class Push(models.Model):
    """One signed push that added lines: the proof that the device's key stood behind them."""

    device = models.ForeignKey(Device, models.PROTECT)
    first = models.BigIntegerField()
    count = models.IntegerField()
    previous = models.BinaryField()
    head = models.BinaryField()
    sent = models.CharField(max_length=64)
    signature = models.BinaryField()
    received_at = models.BigIntegerField()


class Line(models.Model):
    """One line of a device, exactly as it came. `index` is its place in the tree."""

    index = models.BigIntegerField(primary_key=True)
    device = models.ForeignKey(Device, models.PROTECT, db_index=False)
    number = models.BigIntegerField()
    received_at = models.BigIntegerField()
    hash = models.BinaryField()
    content = models.BinaryField()
    custody = models.CharField(max_length=8)  # kept | known | garbled
    entry = models.CharField(max_length=ID_LENGTH, null=True, db_index=True)
    kind = models.CharField(max_length=64, null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["device", "number"], name="number_used_once"),
        ]


class AsideLine(models.Model):
    """A line of a revoked device: kept for a person to look at, no part of the book."""

    device = models.ForeignKey(Device, models.PROTECT)
    number = models.BigIntegerField()
    content = models.BinaryField()
    received_at = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["device", "number"], name="aside_number_used_once"),
        ]
