"""An index of every three letters in a row that stand in a person's search key, for words that stand anywhere in it: without
one a search walks the whole realm, which for a million people takes a third of a second.

PostgreSQL alone, with pg_trgm, which comes with it and which the owner of a database may add. Where it is not to be had a
search finds the same, later; docs/operations.md says how to add the index then. It takes about 13 seconds a million people,
which holds up changes to them.
"""

import logging

from django.db import DatabaseError, migrations, transaction
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

logger = logging.getLogger(__name__)

_SCHEMA = "SELECT nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE extname = 'pg_trgm'"


def index(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor != "postgresql":
        return
    try:
        with transaction.atomic(schema_editor.connection.alias):
            schema_editor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    except DatabaseError as refusal:
        logger.warning("without pg_trgm people are searched slowly: %s", refusal)
        return
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(_SCHEMA)
        (schema,) = cursor.fetchone()
    schema_editor.execute("SET LOCAL statement_timeout = 0")
    operators = f"{schema_editor.quote_name(schema)}.gin_trgm_ops"
    schema_editor.execute(
        f"CREATE INDEX IF NOT EXISTS identity_letters ON directory_identity USING gin (search_key {operators})"
    )


def drop(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX IF EXISTS identity_letters")


class Migration(migrations.Migration):
    dependencies = [("directory", "0007_groups_in_order")]
    operations = [migrations.RunPython(index, drop)]
