"""A person's sessions that nobody ended, in the order in which they are listed."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("authentication", "0009_sign_ins_through_providers")]
    operations = [
        migrations.AddIndex(
            "session",
            models.Index(fields=["identity", "id"], condition=models.Q(ended_at=None), name="session_standing"),
        ),
        migrations.RemoveIndex("session", "session_identity"),
    ]
