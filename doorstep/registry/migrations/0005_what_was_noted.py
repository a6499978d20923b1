"""A line that adds somebody names what was noted of them: its digest stands beside the listing, so
that the reaction that puts it into the vault need not read the book.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0004_doors_of_a_district"),
    ]

    operations = [
        migrations.AddField(
            model_name="listing",
            name="attachment",
            field=models.CharField(max_length=64, null=True),
        ),
        migrations.AddIndex(
            model_name="listing",
            index=models.Index(
                condition=models.Q(("attachment__isnull", False)),
                fields=["attachment", "person"],
                name="listing_with_note",
            ),
        ),
    ]
