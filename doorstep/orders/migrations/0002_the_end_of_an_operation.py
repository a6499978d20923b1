import doorstep.ledger.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0001_open_orders"),
    ]

    operations = [
        migrations.CreateModel(
            name="Closing",
            fields=[
                (
                    "entry",
                    doorstep.ledger.fields.IdField(
                        max_length=36, primary_key=True, serialize=False
                    ),
                ),
                ("asked", doorstep.ledger.fields.IdField(max_length=36, null=True)),
                ("day", models.CharField(max_length=10)),
                ("at", models.BigIntegerField()),
                ("staff", doorstep.ledger.fields.IdField(max_length=36)),
                ("unit", doorstep.ledger.fields.IdField(max_length=36)),
                ("body", models.TextField()),
            ],
        ),
    ]
