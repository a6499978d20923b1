"""The codes printed for doors."""

import doorstep.ledger.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0007_met_and_put_right"),
    ]

    operations = [
        migrations.CreateModel(
            name="HouseholdCode",
            fields=[
                (
                    "door",
                    doorstep.ledger.fields.IdField(
                        max_length=36, primary_key=True, serialize=False
                    ),
                ),
                ("blind", models.CharField(max_length=32, unique=True)),
                ("issued", models.IntegerField()),
                ("at", models.BigIntegerField()),
            ],
        ),
    ]
