from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0006_destroyed_records"),
    ]

    operations = [
        migrations.AddField(
            model_name="device",
            name="written",
            field=models.BigIntegerField(null=True),
        ),
    ]
