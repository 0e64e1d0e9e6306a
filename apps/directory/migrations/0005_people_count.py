"""How many people a realm has, kept by the database itself where counting them would take as long as they are many.

PostgreSQL alone: SQLite serves realms that are counted at once, and would lose its triggers whenever the table is remade.
Making the triggers waits for whoever is writing people, so what is counted after them is exact.
"""

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

COUNTED = """
CREATE FUNCTION directory_count_people() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO directory_peoplecount (realm_id, change)
  SELECT realm_id, CASE TG_OP WHEN 'INSERT' THEN count(*) ELSE -count(*) END FROM changed GROUP BY realm_id;
  RETURN NULL;
END $$;
CREATE TRIGGER directory_people_came AFTER INSERT ON directory_identity REFERENCING NEW TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION directory_count_people();
CREATE TRIGGER directory_people_went AFTER DELETE ON directory_identity REFERENCING OLD TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION directory_count_people();
INSERT INTO directory_peoplecount (realm_id, change) SELECT realm_id, count(*) FROM directory_identity GROUP BY realm_id;
"""
UNCOUNTED = """
DROP TRIGGER directory_people_came ON directory_identity;
DROP TRIGGER directory_people_went ON directory_identity;
DROP FUNCTION directory_count_people();
"""


def count(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(COUNTED)


def stop_counting(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(UNCOUNTED)


class Migration(migrations.Migration):
    dependencies = [("directory", "0004_groups_external_id")]
    operations = [
        migrations.CreateModel(
            name="PeopleCount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("realm_id", models.CharField(db_index=True, max_length=16)),
                ("change", models.BigIntegerField()),
            ],
        ),
        migrations.RunPython(count, stop_counting),
    ]
