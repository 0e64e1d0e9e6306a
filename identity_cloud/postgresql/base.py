"""The backend, under the name that Django looks for.

Making a cursor costs as much of the processor as asking a small question with it, and reading a moment, which psycopg does
with a regular expression, half as much as signing a token (docs/decisions/0030).
"""

from datetime import UTC, datetime
from typing import Any

from django.db.backends.postgresql import base
from psycopg import Connection
from psycopg.types.datetime import TimestamptzLoader

from identity_cloud.postgresql.straight import KeptStatements, StraightCursor


class MomentLoader(TimestamptzLoader):
    """In UTC, as every connection of Django's is."""

    timezone = UTC

    def load(self, data: Any) -> datetime:
        try:
            found = datetime.fromisoformat(bytes(data).decode())
        except ValueError:
            return super().load(data)  # who says why: such as "infinity", which is no datetime
        return found if found.tzinfo is UTC else found.astimezone(UTC)


class DatabaseWrapper(base.DatabaseWrapper):
    _kept: "tuple[Connection[Any] | None, StraightCursor | None]" = (None, None)

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        connection = super().get_new_connection(conn_params)
        connection.adapters.register_loader("timestamptz", MomentLoader)
        connection._prepared = KeptStatements(connection.prepare_threshold)
        return connection

    def kept_cursor(self) -> Any:
        """For one statement whose rows are read at once: the same cursor for as long as the connection stands, not closed by
        who uses it. A connection is one thread's."""
        self.ensure_connection()
        connection, cursor = self._kept
        if connection is not self.connection or cursor is None:
            cursor = StraightCursor(self, self.create_cursor())
            self._kept = self.connection, cursor
        watched = self.execute_wrappers or self.queries_logged or self.needs_rollback
        return self._prepare_cursor(cursor) if watched else cursor  # type: ignore[attr-defined]
