"""What a round waits for: until now a late tube without a result left a closed round closed. The rows
come with sampling 0003.
"""

import doorstep.ledger.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("rounds", "0003_room_to_mark"),
    ]

    operations = [
        migrations.CreateModel(
            name="Pending",
            fields=[
                (
                    "round",
                    doorstep.ledger.fields.IdField(
                        max_length=36, primary_key=True, serialize=False
                    ),
                ),
                ("waiting", models.IntegerField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("waiting__gt", 0)), name="something_is_pending"
                    )
                ],
            },
        ),
    ]
