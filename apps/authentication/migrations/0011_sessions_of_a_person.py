"""A person's sessions in the order in which they are listed, whether they ended or not: an index of those alone that have not
would fit every question for a session that stands, and be read from end to end for one."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("authentication", "0010_sessions_in_order")]
    operations = [
        migrations.AddIndex("session", models.Index(fields=["identity", "id"], name="session_person")),
        migrations.RemoveIndex("session", "session_standing"),
    ]
