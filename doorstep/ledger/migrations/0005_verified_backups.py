"""Backups that were verified, and how far each device may rely on them."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0004_settlements_by_turn"),
    ]

    operations = [
        migrations.CreateModel(
            name="Backup",
            fields=[
                ("digest", models.BinaryField(primary_key=True, serialize=False)),
                ("at", models.BigIntegerField()),
                ("epoch", models.IntegerField()),
                ("size", models.BigIntegerField()),
                ("root", models.BinaryField()),
                ("apart", models.BooleanField()),
            ],
        ),
        migrations.AddField(
            model_name="device",
            name="safe",
            field=models.BigIntegerField(default=0),
        ),
    ]
