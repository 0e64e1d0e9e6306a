"""The functions that may change events say so in their bodies. Databases made before had it in the functions' heads, which only
a superuser may write: they could be made, and a dump of them restored, by nobody else. 0005 makes them so by now."""

from importlib import import_module

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

_partitions = import_module("apps.events.migrations.0005_partitions")
_purge_plan = import_module("apps.events.migrations.0006_purge_plan")


def make_anew(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        for text in (_partitions.KEEP_AHEAD, _partitions.PURGE, _partitions.BLANK):
            text = text.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")
            schema_editor.execute(text.replace("{tables}", _partitions.kinds()), None)
        _purge_plan.plan(apps, schema_editor)


class Migration(migrations.Migration):
    dependencies = [("events", "0007_covering_indexes")]
    operations = [migrations.RunPython(make_anew, migrations.RunPython.noop)]
