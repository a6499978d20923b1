"""What a laboratory has and has not reported is found by an index, however many tubes there were."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("sampling", "0005_digest_rounds")]
    operations = [
        migrations.AddIndex(
            "tube",
            models.Index(
                fields=["received_at"],
                name="tube_at_laboratory",
                condition=Q(outcome=None, received_at__isnull=False),
            ),
        ),
    ]
