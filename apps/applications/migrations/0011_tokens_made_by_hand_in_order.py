"""Tokens with a name, made by hand, among very many without."""

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def take_your_time(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Requests are cut off after so many seconds; an index over ten million rows takes longer."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("SET LOCAL statement_timeout = 0")


class Migration(migrations.Migration):
    dependencies = [("applications", "0010_requests_that_must_be_signed")]
    operations = [
        migrations.RunPython(take_your_time, migrations.RunPython.noop),
        migrations.AddIndex(
            "accesstoken",
            models.Index(fields=["application", "id"], condition=~models.Q(display_name=""), name="access_token_named"),
        ),
    ]
