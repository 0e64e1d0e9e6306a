"""Three indexes hold, behind the id, what is asked besides: who asks for an actor and a type, or a type and an outcome, no
longer has every row of the actor or of the outcome fetched to look at it. On PostgreSQL they are built anew, which holds up
writing for about ten seconds for a million events."""

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

_BEFORE = {
    "type": ["realm_id", "type", "id"],
    "actor": ["realm_id", "actor_id", "id"],
    "outcome": ["realm_id", "outcome", "id"],
}
_BEHIND = {"type": ["outcome"], "actor": ["type", "outcome"], "outcome": ["type"]}


def take_your_time(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Requests are cut off after so many seconds; an index of ten million rows takes longer."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("SET LOCAL statement_timeout = 0")


class Migration(migrations.Migration):
    dependencies = [("events", "0006_purge_plan")]
    operations = [
        migrations.RunPython(take_your_time, migrations.RunPython.noop),
        *(
            operation
            for noun, fields in _BEFORE.items()
            for operation in (
                migrations.RemoveIndex("event", f"events_realm_{noun}"),
                migrations.AddIndex(
                    "event", models.Index(fields=[*fields, *_BEHIND[noun]], name=f"events_realm_{noun}")
                ),
            )
        ),
        migrations.RunPython(migrations.RunPython.noop, take_your_time),
    ]
