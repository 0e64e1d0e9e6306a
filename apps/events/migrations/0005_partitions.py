"""Events in partitions of a week each, and the few functions that may take anything out of them.

PostgreSQL: the three tables that grow with every event are partitioned by weeks of the event's id, a UUIDv7, so that the
primary key stays what it is and old weeks can be dropped. A default partition takes what no week is there for: better a
slower purge than a verb that fails because maintenance stood still. `txid` is the transaction that wrote the row.

The functions run as the tables' owner, so the application's role needs no UPDATE, no DELETE and no CREATE on them.
Triggers refuse every change but theirs, and of theirs everything but what they are for. A function says that it is one of them
by a setting of its transaction, in its body: only a superuser may make a function with such a setting in its head.

SQLite: one table, the same triggers; `events_permission` stands for the functions, and `events_unsealed` for `txid`.
"""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

TABLES = {"events_event": "id", "events_eventtarget": "event_id", "events_seal": "event_id"}

WEEK_EDGE = """
CREATE FUNCTION events_week_edge(week date) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
  SELECT (lpad(to_hex((extract(epoch FROM week::timestamp) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid $$;

"""
KEEP_AHEAD = """
CREATE FUNCTION events_keep_ahead(first date, weeks integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  made integer := 0;
  week date := date_trunc('week', first::timestamp)::date;
  kind record;
  name text;
  bounds text;
BEGIN
  PERFORM set_config('identity_cloud.permits', 'purge', true);
  FOR number IN 0..weeks - 1 LOOP
    FOR kind IN SELECT * FROM (VALUES {tables}) AS kinds (parent, key) LOOP
      name := kind.parent || '_' || to_char(week + 7 * number, 'YYYYMMDD');
      CONTINUE WHEN to_regclass(quote_ident(name)) IS NOT NULL;
      bounds := format('%1$I >= %2$L::uuid AND %1$I < %3$L::uuid', kind.key,
        events_week_edge(week + 7 * number), events_week_edge(week + 7 * number + 7));
      EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING ALL)', name, kind.parent);
      EXECUTE format('LOCK TABLE %I IN ACCESS EXCLUSIVE MODE', kind.parent || '_default');
      EXECUTE format('INSERT INTO %I SELECT * FROM %I WHERE %s', name, kind.parent || '_default', bounds);
      EXECUTE format('DELETE FROM %I WHERE %s', kind.parent || '_default', bounds);
      EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', kind.parent, name,
        events_week_edge(week + 7 * number), events_week_edge(week + 7 * number + 7));
      IF kind.parent = 'events_event' THEN
        EXECUTE format('CREATE TRIGGER events_no_truncate BEFORE TRUNCATE ON %I '
          'FOR EACH STATEMENT EXECUTE FUNCTION events_refuse_change()', name);
      END IF;
      made := made + 1;
    END LOOP;
  END LOOP;
  PERFORM set_config('identity_cloud.permits', '', true);
  RETURN made;
END $$;
"""
PURGE = """
CREATE FUNCTION events_purge(of_realm text, before uuid) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  gone bigint;
BEGIN
  PERFORM set_config('identity_cloud.permits', 'purge', true);
  DELETE FROM events_event e USING events_seal s
    WHERE e.realm_id = of_realm AND e.id < before AND s.event_id = e.id AND s.event_id < before;
  GET DIAGNOSTICS gone = ROW_COUNT;
  DELETE FROM events_eventtarget t WHERE t.realm_id = of_realm AND t.event_id < before
    AND NOT EXISTS (SELECT FROM events_event e WHERE e.id = t.event_id AND e.id < before);
  DELETE FROM events_seal s WHERE s.realm_id = of_realm AND s.event_id < before;
  PERFORM set_config('identity_cloud.permits', '', true);
  RETURN gone;
END $$;
"""
DROP_WEEK = """
CREATE FUNCTION events_drop_week(week date) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  kind record;
BEGIN
  FOR kind IN SELECT * FROM (VALUES {tables}) AS kinds (parent, key) LOOP
    EXECUTE format('DROP TABLE IF EXISTS %I', kind.parent || '_' || to_char(week, 'YYYYMMDD'));
  END LOOP;
END $$;
"""
BLANK = """
CREATE FUNCTION events_blank(
  which uuid, blank_actor boolean, blank_client boolean, left_targets jsonb, left_data jsonb, digests jsonb
) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  there boolean;
BEGIN
  PERFORM set_config('identity_cloud.permits', 'blank', true);
  UPDATE events_event SET salt = ''::bytea, redaction = digests, targets = left_targets, data = left_data,
    actor_display_name = CASE WHEN blank_actor THEN '' ELSE actor_display_name END,
    client_ip = CASE WHEN blank_client THEN '' ELSE client_ip END,
    client_user_agent = CASE WHEN blank_client THEN '' ELSE client_user_agent END,
    client_country = CASE WHEN blank_client THEN '' ELSE client_country END
  WHERE id = which;
  there := FOUND;
  PERFORM set_config('identity_cloud.permits', '', true);
  RETURN there;
END $$;
"""
REFUSE = """
CREATE FUNCTION events_nameless(targets jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
  SELECT jsonb_agg(each.target - 'display_name' ORDER BY each.number)
  FROM jsonb_array_elements(targets) WITH ORDINALITY AS each (target, number) $$;

CREATE FUNCTION events_refuse_all_but_blanking() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  personal text[] := ARRAY['salt', 'redaction', 'targets', 'data', 'actor_display_name', 'client_ip',
    'client_user_agent', 'client_country'];
BEGIN
  IF current_setting('identity_cloud.permits', true) = 'blank' AND jsonb_typeof(NEW.redaction) = 'object' AND NEW.salt = ''::bytea
    AND to_jsonb(NEW) - personal = to_jsonb(OLD) - personal
    AND NEW.actor_display_name IN ('', OLD.actor_display_name) AND NEW.client_ip IN ('', OLD.client_ip)
    AND NEW.client_user_agent IN ('', OLD.client_user_agent) AND NEW.client_country IN ('', OLD.client_country)
    AND events_nameless(NEW.targets) IS NOT DISTINCT FROM events_nameless(OLD.targets)
    AND NEW.data - 'personal' - 'input' = OLD.data - 'personal' - 'input' AND OLD.data @> NEW.data
  THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'events are append-only';
END $$;
"""
GUARD = """
CREATE TRIGGER events_only_blanked BEFORE UPDATE ON events_event
  FOR EACH ROW EXECUTE FUNCTION events_refuse_all_but_blanking();
CREATE TRIGGER events_only_purged BEFORE DELETE ON events_event FOR EACH ROW
  WHEN (current_setting('identity_cloud.permits', true) IS DISTINCT FROM 'purge') EXECUTE FUNCTION events_refuse_change();
CREATE TRIGGER events_no_truncate BEFORE TRUNCATE ON events_event
  FOR EACH STATEMENT EXECUTE FUNCTION events_refuse_change();
CREATE TRIGGER events_no_truncate BEFORE TRUNCATE ON events_event_default
  FOR EACH STATEMENT EXECUTE FUNCTION events_refuse_change();
"""
FUNCTIONS = (
    "events_keep_ahead(date, integer)",
    "events_purge(text, uuid)",
    "events_drop_week(date)",
    "events_blank(uuid, boolean, boolean, jsonb, jsonb, jsonb)",
)
UNGUARD = """
DROP FUNCTION events_refuse_all_but_blanking() CASCADE;
DROP TRIGGER events_only_purged ON events_event;
DROP TRIGGER events_no_truncate ON events_event;
DROP FUNCTION events_nameless(jsonb);
DROP FUNCTION events_blank(uuid, boolean, boolean, jsonb, jsonb, jsonb);
DROP FUNCTION events_drop_week(date);
DROP FUNCTION events_purge(text, uuid);
DROP FUNCTION events_keep_ahead(date, integer);
"""
APPEND_ONLY = """
CREATE TRIGGER events_append_only BEFORE UPDATE OR DELETE ON events_event
  FOR EACH ROW EXECUTE FUNCTION events_refuse_change();
CREATE TRIGGER events_no_truncate BEFORE TRUNCATE ON events_event
  FOR EACH STATEMENT EXECUTE FUNCTION events_refuse_change();
"""

_UNCHANGED = (
    "id tenant_id realm_id type version occurred_at recorded_at correlation_id outcome actor_type actor_id".split()
)
_BLANKED = "actor_display_name client_ip client_user_agent client_country".split()
SQLITE = (
    "CREATE TABLE events_unsealed (arrival INTEGER PRIMARY KEY AUTOINCREMENT, event_id char(32) NOT NULL)",
    "CREATE TABLE events_permission (purpose text NOT NULL, realm_id text NOT NULL, edge char(32) NOT NULL)",
    "UPDATE events_event SET salt = randomblob(16)",
    "INSERT INTO events_unsealed (event_id) SELECT id FROM events_event ORDER BY id",
    "INSERT OR IGNORE INTO events_eventtarget (realm_id, target_id, event_id) "
    "SELECT e.realm_id, json_extract(t.value, '$.id'), e.id FROM events_event e, json_each(e.targets) t",
    "CREATE TRIGGER events_arrival AFTER INSERT ON events_event "
    "BEGIN INSERT INTO events_unsealed (event_id) VALUES (NEW.id); END",
    "CREATE TRIGGER events_no_update BEFORE UPDATE ON events_event WHEN NOT EXISTS ("  # noqa: S608 - names of our own
    "SELECT 1 FROM events_permission WHERE purpose = 'blank' AND edge = OLD.id) OR NEW.redaction IS NULL OR NEW.salt <> x'' "
    + " ".join(f"OR NEW.{name} IS NOT OLD.{name}" for name in _UNCHANGED)
    + " "
    + " ".join(f"OR NEW.{name} NOT IN ('', OLD.{name})" for name in _BLANKED)
    + " OR json_remove(NEW.data, '$.personal', '$.input') IS NOT json_remove(OLD.data, '$.personal', '$.input')"
    " OR (SELECT json_group_array(json_remove(value, '$.display_name')) FROM json_each(NEW.targets))"
    " IS NOT (SELECT json_group_array(json_remove(value, '$.display_name')) FROM json_each(OLD.targets))"
    " BEGIN SELECT RAISE(ABORT, 'events are append-only'); END",
    "CREATE TRIGGER events_no_delete BEFORE DELETE ON events_event WHEN NOT EXISTS ("
    "SELECT 1 FROM events_permission WHERE purpose = 'purge' AND realm_id = OLD.realm_id AND OLD.id < edge) "
    "BEGIN SELECT RAISE(ABORT, 'events are append-only'); END",
)
SQLITE_BACK = (
    "CREATE TRIGGER events_no_update BEFORE UPDATE ON events_event "
    "BEGIN SELECT RAISE(ABORT, 'events are append-only'); END",
    "CREATE TRIGGER events_no_delete BEFORE DELETE ON events_event "
    "BEGIN SELECT RAISE(ABORT, 'events are append-only'); END",
)


def kinds() -> str:
    return ", ".join(f"('{table}', '{key}')" for table, key in TABLES.items())


def partition(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        _run(schema_editor, "DROP TRIGGER events_append_only ON events_event")
        for table, key in TABLES.items():
            _rebuild(schema_editor, table, key)
        for texts in (WEEK_EDGE, KEEP_AHEAD, PURGE, DROP_WEEK, BLANK, REFUSE):
            _run(schema_editor, texts.replace("{tables}", kinds()))
        _run(schema_editor, *(f"REVOKE ALL ON FUNCTION {name} FROM PUBLIC" for name in FUNCTIONS))
        _run(schema_editor, GUARD, _KEEP_WEEKS, _TELL_TARGETS, _INDEX_TRANSACTIONS)
        return
    _run(schema_editor, *_WITHOUT_TRIGGERS, *SQLITE)


def unite(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        _run(schema_editor, "DROP INDEX events_txid", UNGUARD)
        for table in TABLES:
            _rebuild(schema_editor, table, "")
        _run(schema_editor, "DROP FUNCTION events_week_edge(date)", APPEND_ONLY)
        return
    _run(schema_editor, *_WITHOUT_TRIGGERS, "DROP TABLE events_unsealed", "DROP TABLE events_permission", *SQLITE_BACK)


# From the week of the oldest event on. What is older than two years may stay in the default partition.
_KEEP_WEEKS = """
SELECT events_keep_ahead(first, (current_date - first) / 7 + 5) FROM (
  SELECT greatest(current_date - 730, least(current_date, coalesce(
    (SELECT to_timestamp(('x' || left(replace(id::text, '-', ''), 12))::bit(48)::bigint / 1000.0)::date
     FROM events_event ORDER BY id LIMIT 1), current_date))) AS first
) AS oldest
"""
_TELL_TARGETS = """
INSERT INTO events_eventtarget (realm_id, target_id, event_id)
SELECT DISTINCT e.realm_id, t ->> 'id', e.id FROM events_event e, jsonb_array_elements(e.targets) t
"""
_INDEX_TRANSACTIONS = "CREATE INDEX events_txid ON events_event (txid, id)"
_WITHOUT_TRIGGERS = tuple(
    f"DROP TRIGGER IF EXISTS {name}" for name in ("events_no_update", "events_no_delete", "events_arrival")
)
_SALT = "decode(replace(gen_random_uuid()::text, '-', ''), 'hex')"  # 122 random bits, from the system's own source


def _rebuild(schema_editor: BaseDatabaseSchemaEditor, table: str, key: str) -> None:
    """The same table with the same rows, partitioned by `key` or, with "", not any more."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT indexname, indexdef FROM pg_indexes WHERE tablename = %s ORDER BY indexname", [table])
        indexes = cursor.fetchall()
        columns = [
            column.name for column in schema_editor.connection.introspection.get_table_description(cursor, table)
        ]
    columns = [name for name in columns if name != "txid"]
    values = ", ".join(_SALT if name == "salt" and key else f'"{name}"' for name in columns)
    names = ", ".join(f'"{name}"' for name in columns)
    is_events = table == "events_event"
    _run(
        schema_editor,
        f"ALTER TABLE {table} RENAME TO {table}_before",
        f"CREATE TABLE {table} (LIKE {table}_before INCLUDING DEFAULTS INCLUDING CONSTRAINTS)"
        + (f" PARTITION BY RANGE ({key})" if key else ""),
        *([f"ALTER TABLE {table} ADD txid xid8 NOT NULL DEFAULT pg_current_xact_id()"] if is_events and key else []),
        *([f"ALTER TABLE {table} DROP txid"] if is_events and not key else []),
        *([f"CREATE TABLE {table}_default PARTITION OF {table} DEFAULT"] if key else []),
        f"INSERT INTO {table} ({names}) SELECT {values} FROM {table}_before",  # noqa: S608 - names of our own
        f"DROP TABLE {table}_before",
    )
    for name, definition in indexes:
        if name == f"{table}_pkey":
            columns_of_key = definition.rpartition("(")[2].rstrip(")")
            _run(schema_editor, f"ALTER TABLE {table} ADD CONSTRAINT {name} PRIMARY KEY ({columns_of_key})")
        else:
            _run(schema_editor, definition.replace(" ON ONLY ", " ON "))


def _run(schema_editor: BaseDatabaseSchemaEditor, *statements: str) -> None:
    for statement in statements:
        schema_editor.execute(statement, None)  # no parameters: a percent sign is one


class Migration(migrations.Migration):
    dependencies = [("events", "0004_integrity")]
    operations = [migrations.RunPython(partition, unite)]
