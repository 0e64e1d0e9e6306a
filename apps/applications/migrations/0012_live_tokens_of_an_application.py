"""An application's tokens by when they expire, in the same order: the few that are live among very many that are over."""

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def take_your_time(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Requests are cut off after so many seconds; an index over ten million rows takes longer."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("SET LOCAL statement_timeout = 0")


class Migration(migrations.Migration):
    dependencies = [("applications", "0011_tokens_made_by_hand_in_order")]
    operations = [
        migrations.RunPython(take_your_time, migrations.RunPython.noop),
        migrations.AddIndex(
            "accesstoken", models.Index(fields=["application", "id", "expires"], name="access_token_live")
        ),
        migrations.RemoveIndex("accesstoken", "access_token_application"),
        migrations.AddIndex(
            "refreshtoken", models.Index(fields=["application", "id", "expires"], name="refresh_token_live")
        ),
        migrations.RemoveIndex("refreshtoken", "refresh_token_application"),
    ]
