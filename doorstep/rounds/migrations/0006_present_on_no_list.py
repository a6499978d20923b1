"""Who is present in a round's area and on no list of it; and why a round was closed. For a book that
is in use already the rows are worked out here, as the fold works them out from now on.
"""

import doorstep.ledger.fields
from django.db import migrations, models

# `until_at`: when a round was closed, if nobody has reopened it since
FILL = """
INSERT INTO rounds_unlisted (round, person, door, building)
WITH q AS (
    SELECT r.id, p.path, (
        SELECT CASE WHEN a.kind = 'round.closed' THEN a.at END FROM rounds_act a
        WHERE a.round = r.id AND a.kind <> 'round.opened' ORDER BY a.at DESC, a.entry DESC LIMIT 1
    ) AS until_at
    FROM rounds_round r JOIN registry_place p ON p.id = r.area WHERE r.parent IS NULL
)
SELECT q.id, l.person, l.door, COALESCE(d.building, d.id)
FROM q CROSS JOIN registry_listing l JOIN registry_place d ON d.id = l.door
WHERE d.path LIKE q.path || '%' AND l.presence = 'present'
AND (q.until_at IS NULL OR l.at <= q.until_at)
AND NOT EXISTS (
    SELECT 1 FROM registry_listing m WHERE m.person = l.person
    AND (q.until_at IS NULL OR m.at <= q.until_at)
    AND (m.listed, m.turn, m.at, m.entry) > (l.listed, l.turn, l.at, l.entry)
)
AND NOT EXISTS (
    SELECT 1 FROM rounds_due u WHERE u.round = q.id AND u.subject IN (l.person, l.door)
)
"""


def fill(apps, schema_editor):  # type: ignore[no-untyped-def]
    """Work out the rows of the rounds there are."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(FILL)


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0006_homes_by_person"),
        ("rounds", "0005_room_for_every_mark"),
    ]

    operations = [
        migrations.AddField(
            model_name="round",
            name="reason",
            field=models.CharField(default="", max_length=40),
        ),
        migrations.CreateModel(
            name="Unlisted",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "round",
                        "person",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("round", doorstep.ledger.fields.IdField(max_length=36)),
                ("person", doorstep.ledger.fields.IdField(db_index=True, max_length=36)),
                ("door", doorstep.ledger.fields.IdField(max_length=36)),
                ("building", doorstep.ledger.fields.IdField(max_length=36)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["round", "building", "door"], name="unlisted_by_building"),
                    models.Index(fields=["round", "door"], name="unlisted_by_door"),
                ],
            },
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
