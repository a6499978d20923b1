"""Doors of a district are found by their code, and those lived in are counted building by building,
without reading every place or everybody.
"""

import doorstep.ledger.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0003_desk_acts_by_turn"),
    ]

    operations = [
        migrations.AlterField(
            model_name="residence",
            name="building",
            field=doorstep.ledger.fields.IdField(max_length=36, null=True),
        ),
        migrations.AddIndex(
            model_name="place",
            index=models.Index(fields=["kind", "code"], name="place_by_code"),
        ),
        migrations.AddIndex(
            model_name="residence",
            index=models.Index(
                fields=["building", "door", "presence"], name="residence_by_building"
            ),
        ),
    ]
