"""What was destroyed by whose order, and the signed closing balances it left."""

import doorstep.ledger.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0005_verified_backups"),
    ]

    operations = [
        migrations.CreateModel(
            name="BackupGone",
            fields=[
                (
                    "entry",
                    doorstep.ledger.fields.IdField(
                        max_length=36, primary_key=True, serialize=False
                    ),
                ),
                ("backup", models.CharField(max_length=64)),
                ("how", models.CharField(max_length=16)),
                ("at", models.BigIntegerField()),
                ("staff", doorstep.ledger.fields.IdField(max_length=36)),
            ],
        ),
        migrations.CreateModel(
            name="Balance",
            fields=[
                ("number", models.IntegerField(primary_key=True, serialize=False)),
                ("entry", doorstep.ledger.fields.IdField(max_length=36)),
                ("epoch", models.IntegerField()),
                ("content", models.BinaryField()),
                ("note", models.TextField()),
                ("swept_at", models.BigIntegerField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Destruction",
            fields=[
                (
                    "entry",
                    doorstep.ledger.fields.IdField(
                        max_length=36, primary_key=True, serialize=False
                    ),
                ),
                ("asked", doorstep.ledger.fields.IdField(max_length=36, null=True)),
                ("holds", models.CharField(max_length=40)),
                ("rule", models.CharField(max_length=40)),
                ("pack", models.CharField(max_length=64)),
                ("before_at", models.BigIntegerField()),
                ("lines", models.BigIntegerField()),
                ("balance", models.CharField(max_length=64, null=True)),
                ("at", models.BigIntegerField()),
                ("staff", doorstep.ledger.fields.IdField(max_length=36)),
                ("unit", doorstep.ledger.fields.IdField(max_length=36)),
            ],
        ),
        migrations.AddField(
            model_name="attachment",
            name="destroyed",
            field=doorstep.ledger.fields.IdField(max_length=36, null=True),
        ),
        migrations.AddField(
            model_name="line",
            name="destroyed",
            field=doorstep.ledger.fields.IdField(max_length=36, null=True),
        ),
    ]
