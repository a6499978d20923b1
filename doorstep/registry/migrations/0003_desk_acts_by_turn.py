"""Of two acts at a desk the later one is the one that was written later, whatever the clock said."""

from typing import Any

from django.db import migrations, models

TABLES = (("registry_listing", "listed"), ("registry_roleact", "1 = 1"))


def write_turns(apps: Any, schema_editor: Any) -> None:
    """What the folds will write, for the facts that are there: device and number of their line."""
    padded = "lpad(l.number::text, 19, '0')"
    if schema_editor.connection.vendor == "sqlite":
        padded = "printf('%%019d', l.number)"
    for table, condition in TABLES:
        schema_editor.execute(
            f"UPDATE {table} SET turn = COALESCE((SELECT CAST(l.device_id AS text) || {padded} "
            f"FROM ledger_line l WHERE l.entry = {table}.entry AND l.custody = 'kept' "
            f"ORDER BY l.leaf LIMIT 1), '') WHERE {condition}",
            [],
        )


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0002_residences_by_estate"),
        ("ledger", "0004_settlements_by_turn"),
    ]

    operations = [
        migrations.AddField(
            model_name="listing",
            name="turn",
            field=models.CharField(default="", max_length=60),
        ),
        migrations.AddField(
            model_name="roleact",
            name="turn",
            field=models.CharField(default="", max_length=60),
        ),
        migrations.RunPython(write_turns, migrations.RunPython.noop),
    ]
