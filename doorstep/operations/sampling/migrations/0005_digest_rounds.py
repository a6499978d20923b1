"""What the tubes of a closed round have shown is remembered under a digest of them. Of a book that
is in use already it is added up here; from here on the fold keeps it by difference.
"""

from collections import Counter

from django.db import migrations, models

import doorstep.ledger.fields
from doorstep.operations.sampling import seen

MODULUS = 1 << 62


def add_up(apps, schema_editor):
    tubes = apps.get_model("sampling", "Tube").objects.exclude(round=None)
    sums = Counter()
    for round_, *said in tubes.values_list("round", *seen.DIGESTED).iterator(20_000):
        sums[round_] += seen.digest_of(said)
    apps.get_model("sampling", "RoundDigest").objects.bulk_create(
        [
            apps.get_model("sampling", "RoundDigest")(round=round_, digest=total % MODULUS)
            for round_, total in sums.items()
        ]
    )


class Migration(migrations.Migration):
    dependencies = [("sampling", "0004_take_back")]
    operations = [
        migrations.CreateModel(
            name="RoundDigest",
            fields=[
                ("round", doorstep.ledger.fields.IdField(primary_key=True, serialize=False)),
                ("digest", models.BigIntegerField()),
            ],
        ),
        migrations.RunPython(add_up, migrations.RunPython.noop),
    ]
