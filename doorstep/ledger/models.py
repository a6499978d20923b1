"""The ledger's tables: the book (cell, devices, pushes, lines, tiles), and what folds of the book
itself keep (verdicts, settlements). Rows of lines and pushes are only added.

Ids are canonical text (kit.ids); moments are microseconds since 1970 UTC.
"""

from django.db import models
from django.db.models import Q

from doorstep.ledger.fields import IdField


class Cell(models.Model):
    """The one row whose lock is the book's lock: how far the tree has grown."""

    table_class = "book"
    retention = "permanent"
    key = models.SmallIntegerField(primary_key=True, default=1)
    id = IdField()
    zone = models.CharField(max_length=64)
    opened_at = models.BigIntegerField()
    size = models.BigIntegerField(default=0)
    nodes = models.BinaryField(default=b"")  # the tree's frontier, 32 bytes a node
    epoch = models.IntegerField(default=1)  # one more after each restore

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(key=1), name="one_cell_in_a_book")]


class Enrolment(models.Model):
    """A code that enrols one device once, before it expires. Only the code's hash is kept."""

    table_class = "book"
    retention = "duty"
    code_hash = models.BinaryField(primary_key=True)
    role = models.CharField(max_length=32)
    place = IdField(null=True)
    label = models.CharField(max_length=64, default="")
    people = models.JSONField(default=list)  # staff ids that may write with the device
    expires_at = models.BigIntegerField()
    device = IdField(null=True)


class Device(models.Model):
    """A device, its key, and how far its chain is in the book."""

    table_class = "book"
    retention = "duty"
    id = IdField(primary_key=True)
    algorithm = models.CharField(max_length=8)
    public_key = models.BinaryField()
    role = models.CharField(max_length=32)
    place = IdField(null=True)
    label = models.CharField(max_length=64, default="")
    enrolled_at = models.BigIntegerField()
    revoked_at = models.BigIntegerField(null=True)
    through = models.BigIntegerField(default=0)
    head = models.BinaryField()
    seen_at = models.BigIntegerField(null=True)
    clock_offset = models.BigIntegerField(null=True)  # device minus server, at the last push
    written = models.BigIntegerField(null=True)  # how many lines it has, as it said with that push
    safe = models.BigIntegerField(default=0)  # the number up to which a verified backup has it


class Assignment(models.Model):
    """A person who may write with a device, for a time."""

    table_class = "book"
    retention = "duty"
    device = models.ForeignKey(Device, models.PROTECT)
    person = IdField()
    from_at = models.BigIntegerField()
    until_at = models.BigIntegerField(null=True)


class Push(models.Model):
    """One signed push that added lines: the proof that the device's key stood behind them."""

    table_class = "book"
    retention = "permanent"
    device = models.ForeignKey(Device, models.PROTECT, db_index=False)
    first = models.BigIntegerField()
    count = models.IntegerField()
    previous = models.BinaryField()
    head = models.BinaryField()
    sent = models.CharField(max_length=64)
    signature = models.BinaryField()
    received_at = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["device", "first"], name="push_by_device")]


class Line(models.Model):
    """One line of a device, exactly as it came. `leaf` is its place in the tree."""

    table_class = "book"
    retention = "operation"  # where its kind says nothing else (kinds.Kind)
    leaf = models.BigIntegerField(primary_key=True)
    # intake has the device's row in hand; to look for it again costs a tenth of a line
    device = models.ForeignKey(Device, models.PROTECT, db_index=False, db_constraint=False)
    number = models.BigIntegerField()
    received_at = models.BigIntegerField()
    hash = models.BinaryField()
    content = models.BinaryField()
    custody = models.CharField(max_length=8)  # kept | known | garbled
    entry = IdField(null=True, db_index=True)
    kind = models.CharField(max_length=64, null=True)
    clock_off = models.BooleanField(default=False)  # by the push it came with
    # the entry that ordered its bytes destroyed; then `content` is empty, and `entry` is blind
    destroyed = IdField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["device", "number"], name="number_used_once"),
        ]
        indexes = [models.Index(fields=["kind", "leaf"], name="line_by_kind")]


class Tile(models.Model):
    """Up to 256 neighbouring hashes of one level of the tree, 32 bytes each; level 0 is leaves."""

    table_class = "book"
    retention = "permanent"
    level = models.SmallIntegerField()
    number = models.BigIntegerField()
    hashes = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["level", "number"], name="tile_once")]


class Signer(models.Model):
    """A key that signs checkpoints; the private part is derived from its number (keys.derive)."""

    table_class = "book"
    retention = "permanent"
    number = models.IntegerField(primary_key=True)
    public_key = models.BinaryField()
    from_at = models.BigIntegerField()
    until_at = models.BigIntegerField(null=True)


class Checkpoint(models.Model):
    """A signed statement of how long the book was and which root it had."""

    table_class = "book"
    retention = "permanent"
    epoch = models.IntegerField()
    size = models.BigIntegerField()
    root = models.BinaryField()
    at = models.BigIntegerField()
    note = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["epoch", "size"], name="checkpoint_once"),
        ]


class Backup(models.Model):
    """A backup that was read back and found right. `apart`: not on the disk of the book."""

    table_class = "book"
    retention = "permanent"
    digest = models.BinaryField(primary_key=True)  # of the file
    at = models.BigIntegerField()
    epoch = models.IntegerField()
    size = models.BigIntegerField()
    root = models.BinaryField()
    apart = models.BooleanField()


class AsideLine(models.Model):
    """A line of a revoked device: kept for a person to look at, no part of the book."""

    table_class = "book"
    retention = "operation"
    device = models.ForeignKey(Device, models.PROTECT)
    number = models.BigIntegerField()
    content = models.BinaryField()
    received_at = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["device", "number"], name="aside_number_used_once"),
        ]


class Attachment(models.Model):
    """Bytes a line names by digest, sealed at rest. The salt is inside the bytes, so that the
    digest says nothing once they are destroyed. Its class is that of the line which names it.
    """

    table_class = "book"
    retention = "operation"
    digest = models.CharField(max_length=64, primary_key=True)
    device = models.ForeignKey(Device, models.PROTECT)
    received_at = models.BigIntegerField()
    sealed = models.BinaryField()
    destroyed = IdField(null=True)  # the entry that ordered it; `sealed` is empty then


class Balance(models.Model):
    """A closing balance: what later folds still need of lines whose bytes an entry had destroyed,
    signed like a checkpoint. The newest holds what those before it held.
    """

    table_class = "book"
    retention = "permanent"
    number = models.IntegerField(primary_key=True)
    entry = IdField()  # the records.destroyed
    epoch = models.IntegerField()
    content = models.BinaryField()
    note = models.TextField()
    swept_at = models.BigIntegerField(null=True)  # since when no file of the database has the bytes


class Destruction(models.Model):
    """Fact: a destruction was asked for, or (`asked` names the asking entry) ordered and done."""

    table_class = "state"
    retention = "permanent"
    entry = IdField(primary_key=True)
    asked = IdField(null=True)
    holds = models.CharField(max_length=40)  # the class of records
    rule = models.CharField(max_length=40)
    pack = models.CharField(max_length=64)
    before_at = models.BigIntegerField()
    lines = models.BigIntegerField()  # so many of the book's first lines are looked through
    balance = models.CharField(max_length=64, null=True)  # SHA-256 of the closing balance
    at = models.BigIntegerField()
    staff = IdField()
    unit = IdField()


class BackupGone(models.Model):
    """Fact: a person says that a backup, or the one key that opens it, was destroyed."""

    table_class = "state"
    retention = "permanent"
    entry = IdField(primary_key=True)
    backup = models.CharField(max_length=64)
    how = models.CharField(max_length=16)
    at = models.BigIntegerField()
    staff = IdField()


class Revocation(models.Model):
    """Fact: somebody revoked a device, and why."""

    table_class = "state"
    retention = "duty"
    entry = IdField(primary_key=True)
    device = IdField(db_index=True)
    reason = models.CharField(max_length=16)
    at = models.BigIntegerField()
    staff = IdField()


class Verdict(models.Model):
    """What the rules say of an entry now; `owner` is the package whose fold says it."""

    table_class = "state"
    shared_by = "owner"
    retention = "operation"
    entry = IdField()
    owner = models.CharField(max_length=16)
    code = models.CharField(max_length=32)
    held = models.BooleanField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["entry", "owner", "code"], name="verdict_once")
        ]
        indexes = [models.Index(fields=["code"], name="verdict_by_code")]


class Settlement(models.Model):
    """One claim named by a settling entry. The claims of one entry are looked at together."""

    table_class = "state"
    retention = "permanent"
    entry = IdField()  # the settling entry
    claim = IdField(db_index=True)
    stands = models.BooleanField()
    turn = models.CharField(max_length=60, default="")  # kinds.Entry.turn

    class Meta:
        constraints = [models.UniqueConstraint(fields=["entry", "claim"], name="claim_named_once")]


class Folded(models.Model):
    """By which folding (kinds.Kind) the rows of a kind were made."""

    table_class = "vault"
    retention = "permanent"
    kind = models.CharField(max_length=64, primary_key=True)
    folding = models.IntegerField()


class Done(models.Model):
    """A reaction that has been carried out, or is stuck, for one subject and one fact."""

    table_class = "vault"
    retention = "operation"
    reaction = models.CharField(max_length=40)
    subject = models.CharField(max_length=64)
    fact = models.CharField(max_length=64)
    state = models.CharField(max_length=8)  # done | stuck
    tries = models.IntegerField(default=0)
    error = models.CharField(max_length=200, default="")
    at = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["reaction", "subject", "fact"], name="reaction_once")
        ]


class Lease(models.Model):
    """Who works on the reactions, and until when."""

    table_class = "vault"
    retention = "operation"
    name = models.CharField(max_length=40, primary_key=True)
    holder = models.CharField(max_length=64)
    until_at = models.BigIntegerField()
