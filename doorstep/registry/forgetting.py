"""Forgetting people and doors when the roster's records are destroyed: names, documents,
phones, household codes.

Called after the state was folded anew: who lives nowhere by any line that is left is forgotten, and
so are the doors of an estate where nobody lives any more. Buildings and what is above them stay,
for orders are about them.
"""

from doorstep.registry import models

CLASS = "roster"


def forget(holds: str, before: int) -> None:
    """Remove vault rows that nothing left speaks of, in the caller's transaction."""
    if holds != CLASS:
        return
    living = models.Residence.objects.values("person")
    for personal in (models.Document, models.Contact):
        personal.objects.exclude(person__in=living).delete()
    models.Person.objects.exclude(id__in=living).delete()
    lived_in = models.Residence.objects.exclude(estate=None).values("estate")
    models.Place.objects.filter(kind="door").exclude(estate__in=lived_in).delete()
    doors = models.Place.objects.filter(kind="door").values("id")
    models.HouseholdCode.objects.exclude(door__in=doors).delete()
