"""Plans that were worked out, to be accepted or not."""

from django.db import migrations, models

import doorstep.ledger.fields


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel(
            name="Draft",
            fields=[
                ("id", doorstep.ledger.fields.IdField(primary_key=True, serialize=False)),
                ("model", models.CharField(max_length=16)),
                ("day", models.CharField(max_length=10)),
                ("place", doorstep.ledger.fields.IdField()),
                ("problem", models.TextField()),
                ("result", models.TextField()),
                ("made_at", models.BigIntegerField()),
                ("made_by", doorstep.ledger.fields.IdField()),
            ],
        ),
    ]
