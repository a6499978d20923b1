"""Rounds count what operations wait for; of a book that is in use already these are the tubes that
hold a swab and lack a result. From here on the fold keeps the count by difference.
"""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("rounds", "0004_wait_for_results"),
        ("sampling", "0002_stays_and_notices"),
    ]
    operations = [
        # the states as rules.WAITING had them when this was written
        migrations.RunSQL(
            "INSERT INTO rounds_pending (round, waiting) "
            "SELECT round, COUNT(*) FROM sampling_tube WHERE round IS NOT NULL AND state IN "
            "('sampled', 'closed', 'boxed', 'shipped', 'received', 'tested') GROUP BY round",
            migrations.RunSQL.noop,
        ),
    ]
