"""Pages find the lines of a kind by its index (ledger.spans)."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0008_foldings_of_kinds"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="line",
            index=models.Index(fields=["kind", "leaf"], name="line_by_kind"),
        ),
    ]
