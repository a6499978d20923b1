"""Which plans for a day were accepted, and which withdrawn."""

from django.db import migrations, models

import doorstep.ledger.fields


class Migration(migrations.Migration):
    dependencies = [("rounds", "0006_present_on_no_list")]
    operations = [
        migrations.CreateModel(
            name="PlanAct",
            fields=[
                ("entry", doorstep.ledger.fields.IdField(primary_key=True, serialize=False)),
                ("plan", doorstep.ledger.fields.IdField(db_index=True)),
                ("problem", models.CharField(max_length=64, null=True)),
                ("result", models.CharField(max_length=64, null=True)),
                ("reason", models.CharField(max_length=16, null=True)),
                ("at", models.BigIntegerField()),
                ("staff", doorstep.ledger.fields.IdField()),
                ("turn", models.CharField(max_length=60)),
            ],
        ),
    ]
