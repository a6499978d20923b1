"""Projects, milestones, voices, answers to the survey, and the facts they come from."""

import doorstep.ledger.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Act",
            fields=[
                (
                    "entry",
                    doorstep.ledger.fields.IdField(
                        max_length=36, primary_key=True, serialize=False
                    ),
                ),
                ("project", doorstep.ledger.fields.IdField(db_index=True, max_length=36)),
                ("kind", models.CharField(max_length=40)),
                ("at", models.BigIntegerField()),
                ("day", models.CharField(max_length=10)),
                ("staff", doorstep.ledger.fields.IdField(max_length=36)),
                ("turn", models.CharField(max_length=60)),
                ("stands", models.BooleanField()),
                ("body", models.TextField()),
            ],
        ),
        migrations.CreateModel(
            name="Milestone",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "project",
                        "milestone",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("project", doorstep.ledger.fields.IdField(max_length=36)),
                ("milestone", doorstep.ledger.fields.IdField(max_length=36)),
                ("sort", models.IntegerField()),
                ("due", models.CharField(max_length=10)),
                ("reached_on", models.CharField(max_length=10, null=True)),
                ("entry", doorstep.ledger.fields.IdField(max_length=36, null=True)),
                ("evidence", models.CharField(max_length=64, null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Project",
            fields=[
                (
                    "project",
                    doorstep.ledger.fields.IdField(
                        max_length=36, primary_key=True, serialize=False
                    ),
                ),
                ("code", models.CharField(max_length=20, null=True)),
                ("category", models.CharField(max_length=40)),
                ("level", models.CharField(max_length=12)),
                ("place", doorstep.ledger.fields.IdField(db_column="at_place", max_length=36)),
                ("unit", doorstep.ledger.fields.IdField(max_length=36)),
                ("leader", doorstep.ledger.fields.IdField(max_length=36)),
                ("starts", models.CharField(max_length=10)),
                ("deadline", models.CharField(max_length=10)),
                ("budget", models.BigIntegerField(null=True)),
                ("wording", models.CharField(max_length=64)),
                ("state", models.CharField(max_length=40)),
                ("reason", models.CharField(max_length=40, null=True)),
                ("expected", models.CharField(max_length=10, null=True)),
                ("progress", models.IntegerField()),
                ("reached", models.IntegerField()),
                ("proved", models.BooleanField()),
                ("begun_on", models.CharField(max_length=10)),
                ("reported_on", models.CharField(max_length=10, null=True)),
                ("asked", doorstep.ledger.fields.IdField(max_length=36, null=True)),
                ("asked_by", doorstep.ledger.fields.IdField(max_length=36, null=True)),
                ("closed_on", models.CharField(max_length=10, null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Voice",
            fields=[
                (
                    "voice",
                    doorstep.ledger.fields.IdField(
                        max_length=36, primary_key=True, serialize=False
                    ),
                ),
                ("sort", models.CharField(max_length=40)),
                ("source", models.CharField(max_length=16)),
                ("category", models.CharField(max_length=40, null=True)),
                ("place", doorstep.ledger.fields.IdField(db_column="at_place", max_length=36)),
                ("state", models.CharField(max_length=10)),
                ("joined", doorstep.ledger.fields.IdField(db_index=True, max_length=36, null=True)),
                (
                    "project",
                    doorstep.ledger.fields.IdField(db_index=True, max_length=36, null=True),
                ),
                ("said", models.CharField(max_length=64)),
                ("answer", models.CharField(max_length=64, null=True)),
                ("day", models.CharField(max_length=10)),
                ("at", models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="VoiceAct",
            fields=[
                (
                    "entry",
                    doorstep.ledger.fields.IdField(
                        max_length=36, primary_key=True, serialize=False
                    ),
                ),
                ("voice", doorstep.ledger.fields.IdField(db_index=True, max_length=36)),
                ("kind", models.CharField(max_length=40)),
                ("at", models.BigIntegerField()),
                ("day", models.CharField(max_length=10)),
                ("staff", doorstep.ledger.fields.IdField(max_length=36)),
                ("turn", models.CharField(max_length=60)),
                ("stands", models.BooleanField()),
                ("body", models.TextField()),
            ],
        ),
        migrations.CreateModel(
            name="Answer",
            fields=[
                (
                    "entry",
                    doorstep.ledger.fields.IdField(
                        max_length=36, primary_key=True, serialize=False
                    ),
                ),
                ("ballot", models.CharField(db_index=True, max_length=64)),
                ("month", models.CharField(max_length=7)),
                ("place", doorstep.ledger.fields.IdField(db_column="at_place", max_length=36)),
                ("gain", models.IntegerField()),
                ("happiness", models.IntegerField()),
                ("safety", models.IntegerField()),
                ("at", models.BigIntegerField()),
                ("turn", models.CharField(max_length=60)),
                ("counts", models.BooleanField()),
            ],
            options={
                "indexes": [models.Index(fields=["month", "place"], name="answer_by_month")],
            },
        ),
    ]
