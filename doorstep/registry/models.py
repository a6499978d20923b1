"""The registry's tables. Vault: places, units, staff, people, documents, contacts. State, written
by folds alone: where people live, standings, roles, logged views.

Ids are canonical text (kit.ids); moments (`_at`) are microseconds since 1970 UTC. A household is
the people behind one door, so the door's id is the household's.
"""

from django.contrib.auth.models import AbstractBaseUser
from django.db import models
from django.db.models import functions, lookups

from doorstep.ledger.fields import IdField


class Place(models.Model):
    """A place of the tree: subdistrict, community, estate, building, unit (stairwell), door, table.

    `path` is `/…/` of the ids from the top to the place itself; `estate`, `building` and `unit` are
    the place itself or the one above it of that kind. `floor` and `position` only of doors.
    """

    table_class = "vault"
    retention = "roster"
    id = IdField(primary_key=True)
    parent = IdField(null=True, db_index=True)
    kind = models.CharField(max_length=16)
    code = models.CharField(max_length=32, default="")
    name = models.CharField(max_length=64)
    english = models.CharField(max_length=96, db_default="")
    path = models.CharField(max_length=320, db_index=True)
    estate = IdField(null=True)
    building = IdField(null=True)
    unit = IdField(null=True)
    floor = models.IntegerField(null=True)
    position = models.IntegerField(null=True)
    sort = models.IntegerField(default=0)

    class Meta:
        indexes = [
            models.Index(fields=["estate", "kind"], name="place_by_estate"),
            models.Index(fields=["building", "kind"], name="place_by_building"),
            models.Index(fields=["kind", "name"], name="place_by_name"),
            models.Index(fields=["kind", "code"], name="place_by_code"),
        ]


class Unit(models.Model):
    """A unit people serve in. Its type is data of the town; `serves` is the place it is there for.
    Duty only: nobody's membership of anything is recorded.
    """

    table_class = "vault"
    retention = "duty"
    id = IdField(primary_key=True)
    type = models.CharField(max_length=32)
    name = models.CharField(max_length=64)
    english = models.CharField(max_length=128, default="")
    parent = IdField(null=True)
    serves = IdField(null=True)
    founded_on = models.CharField(max_length=10, null=True)
    founded_by = models.CharField(max_length=64, default="")
    leader = IdField(null=True)
    sort = models.IntegerField(default=0)


class Staff(AbstractBaseUser):
    """Someone who signs in, or writes with a device. Without an account nobody signs in."""

    table_class = "vault"
    retention = "duty"
    id = IdField(primary_key=True)
    name = models.CharField(max_length=64)
    title = models.CharField(max_length=64, default="")
    account = models.CharField(max_length=64, unique=True, null=True)
    unit = IdField(null=True, db_index=True)
    is_active = models.BooleanField(default=True)

    USERNAME_FIELD = "account"


class Person(models.Model):
    """A resident, by name. Documents and phones stand sealed in tables of their own."""

    table_class = "vault"
    retention = "roster"
    id = IdField(primary_key=True)
    name = models.CharField(max_length=64, db_index=True)
    sex = models.CharField(max_length=8, db_default="")
    born_on = models.CharField(max_length=10, null=True)
    relation = models.CharField(max_length=16, db_default="")
    flags = models.JSONField(default=list)  # special needs, words of registry.needs

    class Meta:
        indexes = [
            # the few with a need; a statement uses it that says the condition in the same words
            models.Index(
                fields=["id", "flags"],
                name="person_with_needs",
                condition=~models.Q(
                    lookups.Exact(functions.Cast("flags", models.TextField()), models.Value("[]"))
                ),
            )
        ]


class Document(models.Model):
    """An identity document, sealed. `blind` (registry.vault) finds it without unsealing any."""

    table_class = "vault"
    retention = "roster"
    person = IdField(db_index=True)
    type = models.CharField(max_length=24)
    issuer = models.CharField(max_length=8, default="")
    blind = models.CharField(max_length=32, unique=True)
    sealed = models.BinaryField()


class Contact(models.Model):
    """A phone number, sealed. Several people may share one."""

    table_class = "vault"
    retention = "roster"
    person = IdField(db_index=True)
    blind = models.CharField(max_length=32, db_index=True)
    sealed = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "blind"], name="phone_once_a_person")
        ]


class HouseholdCode(models.Model):
    """The code printed for a door: its keyed hash, and how many it has had. It opens no person."""

    table_class = "vault"
    retention = "roster"
    door = IdField(primary_key=True)
    blind = models.CharField(max_length=32, unique=True)
    issued = models.IntegerField()
    at = models.BigIntegerField()


class Listing(models.Model):
    """Fact: an entry says where a person lives. `listed`: by a roster at the desk, which outweighs
    what a device added at a table.
    """

    table_class = "state"
    retention = "roster"
    pk = models.CompositePrimaryKey("person", "entry")
    entry = IdField(db_index=True)
    person = IdField()
    door = IdField(null=True)
    presence = models.CharField(max_length=12)
    listed = models.BooleanField()
    at = models.BigIntegerField()
    turn = models.CharField(max_length=60, default="")  # of a roster's: kinds.Entry.turn
    attachment = models.CharField(max_length=64, null=True)  # what was noted: registry.noted
    place = IdField(null=True)  # where somebody on no roster was met

    class Meta:
        indexes = [
            # the few of whom something was noted; the reaction asks after each commit
            models.Index(
                fields=["attachment", "person"],
                name="listing_with_note",
                condition=models.Q(attachment__isnull=False),
            )
        ]


class Residence(models.Model):
    """Where a person lives now, or lived: present | away | moved_out."""

    table_class = "state"
    retention = "roster"
    person = IdField(primary_key=True)
    door = IdField(null=True, db_index=True)
    building = IdField(null=True)
    estate = IdField(null=True)
    presence = models.CharField(max_length=12)
    since_at = models.BigIntegerField()
    entry = IdField()

    class Meta:
        indexes = [
            models.Index(fields=["estate", "presence"], name="residence_by_estate"),
            models.Index(fields=["building", "door", "presence"], name="residence_by_building"),
            # where tens of thousands of people with a need live, without reading a row
            models.Index(fields=["person", "presence", "door"], name="residence_by_person"),
        ]


class Standing(models.Model):
    """A card one part of the system leaves for the others. It entitles or reminds, no more."""

    table_class = "state"
    for_pages = ("subject", "kind")
    retention = "operation"
    pk = models.CompositePrimaryKey("entry", "subject", "kind")
    entry = IdField()
    subject = IdField(db_index=True)
    kind = models.CharField(max_length=40)
    from_at = models.BigIntegerField()
    until_at = models.BigIntegerField(null=True)

    class Meta:
        indexes = [models.Index(fields=["kind", "subject"], name="standing_by_kind")]


class RoleAct(models.Model):
    """Fact: a role was granted to a person for a place, or taken back."""

    table_class = "state"
    retention = "duty"
    entry = IdField(primary_key=True)
    staff = IdField(db_index=True)
    role = models.CharField(max_length=24)
    place = IdField()
    granted = models.BooleanField()
    at = models.BigIntegerField()
    turn = models.CharField(max_length=60, default="")  # kinds.Entry.turn


class Role(models.Model):
    """A role somebody holds at a place and all below it."""

    table_class = "state"
    retention = "duty"
    pk = models.CompositePrimaryKey("staff", "role", "place")
    staff = IdField()
    role = models.CharField(max_length=24)
    place = IdField()


class Sight(models.Model):
    """Fact: a signed-in person looked at a resident's full record, or put it right (`changed`), and
    which part of it.
    """

    table_class = "state"
    retention = "log"
    entry = IdField(primary_key=True)
    person = IdField(db_index=True)
    staff = IdField(db_index=True)
    what = models.CharField(max_length=16)
    at = models.BigIntegerField()
    changed = models.BooleanField(default=False)
