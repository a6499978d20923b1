"""A step of a box and a run of labels can be taken back: then it does not stand. Of a book that is in
use already the fold says so anew (refolding), whose kinds were raised with it.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("sampling", "0003_tell_rounds_what_waits")]
    operations = [
        migrations.AddField("boxfact", "stands", models.BooleanField(default=True)),
        migrations.AddField("boxtube", "stands", models.BooleanField(default=True)),
        migrations.AddField("issue", "stands", models.BooleanField(default=True)),
    ]
