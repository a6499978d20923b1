"""Where people live is answered by an index: special care asks it for tens of thousands at once."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0005_what_was_noted"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="residence",
            index=models.Index(fields=["person", "presence", "door"], name="residence_by_person"),
        ),
    ]
