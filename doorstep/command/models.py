"""The tables of this package, in the vault."""

from django.db import models

from doorstep.ledger.fields import IdField


class Draft(models.Model):
    """A plan for a day: what was asked and what came out, as JSON text, byte for byte. It stays a
    draft until an entry accepts it (rounds.plans). Nobody is named in it. `about`: the unit it is
    for, where it is for one.
    """

    table_class = "vault"
    retention = "operation"
    id = IdField(primary_key=True)
    model = models.CharField(max_length=16)
    day = models.CharField(max_length=10)
    place = IdField()
    about = IdField(null=True)
    problem = models.TextField()
    result = models.TextField()
    made_at = models.BigIntegerField()
    made_by = IdField()
