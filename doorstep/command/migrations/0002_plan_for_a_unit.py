"""The unit a plan is for, where it is for one: two centres of a place have a plan each."""

from django.db import migrations

import doorstep.ledger.fields


class Migration(migrations.Migration):
    dependencies = [("command", "0001_drafts_of_plans")]
    operations = [
        migrations.AddField("draft", "about", doorstep.ledger.fields.IdField(null=True)),
    ]
