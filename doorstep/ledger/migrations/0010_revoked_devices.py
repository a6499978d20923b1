"""Who revoked a device, and why, is in the book. Devices that were revoked before have no entry."""

from django.db import migrations, models

import doorstep.ledger.fields


class Migration(migrations.Migration):
    dependencies = [("ledger", "0009_lines_by_kind")]
    operations = [
        migrations.CreateModel(
            name="Revocation",
            fields=[
                ("entry", doorstep.ledger.fields.IdField(primary_key=True, serialize=False)),
                ("device", doorstep.ledger.fields.IdField(db_index=True)),
                ("reason", models.CharField(max_length=16)),
                ("at", models.BigIntegerField()),
                ("staff", doorstep.ledger.fields.IdField()),
            ],
        ),
    ]
