"""UPDATE, DELETE and TRUNCATE of events are refused by the database itself (contract/extensions.md §7)."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

POSTGRESQL = """
CREATE FUNCTION events_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'events are append-only'; END $$;
CREATE TRIGGER events_append_only BEFORE UPDATE OR DELETE ON events_event
  FOR EACH ROW EXECUTE FUNCTION events_refuse_change();
CREATE TRIGGER events_no_truncate BEFORE TRUNCATE ON events_event
  FOR EACH STATEMENT EXECUTE FUNCTION events_refuse_change();
"""
POSTGRESQL_BACK = """
DROP TRIGGER events_append_only ON events_event;
DROP TRIGGER events_no_truncate ON events_event;
DROP FUNCTION events_refuse_change();
"""
SQLITE = (
    "CREATE TRIGGER events_no_update BEFORE UPDATE ON events_event "
    "BEGIN SELECT RAISE(ABORT, 'events are append-only'); END",
    "CREATE TRIGGER events_no_delete BEFORE DELETE ON events_event "
    "BEGIN SELECT RAISE(ABORT, 'events are append-only'); END",
)
SQLITE_BACK = ("DROP TRIGGER events_no_update", "DROP TRIGGER events_no_delete")


def guard(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    _run(schema_editor, (POSTGRESQL,), SQLITE)


def unguard(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    _run(schema_editor, (POSTGRESQL_BACK,), SQLITE_BACK)


def _run(schema_editor: BaseDatabaseSchemaEditor, postgresql: tuple[str, ...], sqlite: tuple[str, ...]) -> None:
    for statement in postgresql if schema_editor.connection.vendor == "postgresql" else sqlite:
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("events", "0001_initial")]
    operations = [migrations.RunPython(guard, unguard)]
