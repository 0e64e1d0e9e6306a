"""The few who are suspended, among very many who are not."""

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def take_your_time(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Requests are cut off after so many seconds; an index over ten million rows takes longer."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("SET LOCAL statement_timeout = 0")


class Migration(migrations.Migration):
    dependencies = [("directory", "0008_people_found_by_letters")]
    operations = [
        migrations.RunPython(take_your_time, migrations.RunPython.noop),
        migrations.AddIndex(
            "identity",
            models.Index(fields=["realm", "id"], condition=models.Q(status="suspended"), name="identity_suspended"),
        ),
    ]
