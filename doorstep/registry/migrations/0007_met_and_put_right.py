"""Somebody without a door is seen where they were met, and whoever puts a record right is noted as
whoever looks at it is.
"""

from django.db import migrations, models

import doorstep.ledger.fields


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0006_homes_by_person"),
    ]

    operations = [
        migrations.AddField(
            model_name="listing",
            name="place",
            field=doorstep.ledger.fields.IdField(null=True),
        ),
        migrations.AddField(
            model_name="sight",
            name="changed",
            field=models.BooleanField(default=False),
        ),
    ]
