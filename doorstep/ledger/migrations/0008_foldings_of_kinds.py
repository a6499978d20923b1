"""By which folding each kind's rows were made. Whatever is kept already was folded by the first."""

from typing import Any

from django.db import migrations, models


def note_first(apps: Any, schema_editor: Any) -> None:
    """The kinds that the book has lines of."""
    schema_editor.execute(
        "INSERT INTO ledger_folded (kind, folding) SELECT DISTINCT kind, 1 FROM ledger_line "
        "WHERE kind IS NOT NULL",
        [],
    )


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0007_unsent_lines"),
    ]

    operations = [
        migrations.CreateModel(
            name="Folded",
            fields=[
                ("kind", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("folding", models.IntegerField()),
            ],
        ),
        migrations.RunPython(note_first, migrations.RunPython.noop),
    ]
