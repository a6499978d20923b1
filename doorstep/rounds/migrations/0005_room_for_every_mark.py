"""A round marks each of its subjects about once: with half of each block left free, all of these
marks stay in their block, where two thirds filled made a third of them write every index again.
"""

from typing import Any

from django.db import migrations

TABLES = ("rounds_subject", "rounds_door")


def leave_room(apps: Any, schema_editor: Any) -> None:
    """Fill the blocks of rows that are marked one by one to one half."""
    if schema_editor.connection.vendor == "postgresql":
        for table in TABLES:
            schema_editor.execute(f"ALTER TABLE {table} SET (fillfactor = 50)")


class Migration(migrations.Migration):
    dependencies = [("rounds", "0004_wait_for_results")]
    operations = [migrations.RunPython(leave_room, migrations.RunPython.noop)]
