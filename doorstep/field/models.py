"""The tables of other field apps: their accounts, and what they hand in, one row a filled-in form.

The forms themselves and their photos are attachments of the ledger, sealed. Moments are
microseconds since 1970 UTC.
"""

from django.db import models

from doorstep.ledger.fields import IdField
from doorstep.ledger.models import Attachment, Device


class Account(models.Model):
    """One person's account in another field app, at one table. Its device is enrolled like any
    other, but its key is the server's (field.openrosa.accounts).
    """

    table_class = "book"
    retention = "duty"
    device = models.OneToOneField(Device, models.PROTECT, primary_key=True)
    user = models.CharField(max_length=24, unique=True)
    password = models.CharField(max_length=128)  # Argon2
    person = IdField()


class Submission(models.Model):
    """A filled-in form, kept whole. `instance` stands for the app's own instanceID: the same one
    with another content is another row.
    """

    table_class = "book"
    retention = "operation"
    device = models.ForeignKey(Device, models.PROTECT)
    instance = IdField(db_index=True)
    content = models.ForeignKey(Attachment, models.PROTECT)
    received_at = models.BigIntegerField()
    round = IdField(null=True)  # as its form names it
    lines = models.IntegerField()  # so many entries came of it
    code = models.CharField(max_length=32)  # why a person must look at it; "" for nothing
    settled_at = models.BigIntegerField(null=True)
    settled_by = IdField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["instance", "content"], name="submission_once")
        ]
        indexes = [models.Index(fields=["code", "round"], name="submission_by_code")]


class Photo(models.Model):
    """A file that came with a filled-in form."""

    table_class = "book"
    retention = "operation"
    submission = models.ForeignKey(Submission, models.CASCADE)
    content = models.ForeignKey(Attachment, models.PROTECT)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["submission", "content"], name="photo_once")]
