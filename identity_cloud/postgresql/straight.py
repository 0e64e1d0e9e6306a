"""Statements of the busiest requests, handed to PostgreSQL past what psycopg does for those it has not seen.

psycopg finds out for each anew how it is written for PostgreSQL, of what types its values are and whether that was
prepared, and asks in steps between which other tasks may go. These statements are few and always the same: each is prepared
once a connection, PostgreSQL says then what its values have to be, and libpq asks in one step (docs/decisions/0033).
"""

from collections.abc import Sequence
from itertools import count
from typing import Any

from django.db.backends.postgresql.base import DatabaseWrapper
from psycopg import Connection, Cursor, OperationalError, errors, postgres, pq
from psycopg._preparing import PrepareManager
from psycopg.adapt import PyFormat, Transformer

_STATEMENTS = 256  # prepared a connection; further ones go psycopg's way, which forgets the one longest unused
_BEGUN = (pq.TransactionStatus.INTRANS, pq.TransactionStatus.INERROR)
_ANSWERED = (pq.ExecStatus.TUPLES_OK, pq.ExecStatus.COMMAND_OK)
# What is written in binary with a tenth of what a text of it costs, and has but one binary form. A number has several.
_BINARY = {postgres.types[name].oid for name in ("timestamptz", "uuid", "bytea")}
_CHANGES = (b"DROP", b"ALTER", b"DISCARD ALL", b"DEALLOCATE ALL")
_Prepared = tuple[bytes, list[PyFormat]]


class KeptStatements(PrepareManager):
    """What psycopg has prepared on a connection. It forgets all of that at every rollback, lest a table went with it: after
    each request that was refused. Tables go with none of ours; what a migration changes is forgotten as before."""

    def __init__(self, threshold: int | None) -> None:
        super().__init__()
        self.prepare_threshold = threshold
        self.forgotten = 0  # times, of which others that prepare statements want to know

    def clear(self) -> bool:
        return False

    def _should_discard(self, prep: Any, results: Sequence[Any], *_: Any) -> bool:
        if not any((result.command_status or b"").startswith(_CHANGES) for result in results):
            return False
        super().clear()
        self._to_flush.append(None)
        self.forgotten += 1
        return True


class StraightCursor:
    """Asks one statement and holds its answer until the next. Of what it may not prepare, and of the first statement of a
    transaction, which psycopg begins with it, `cursor` is asked."""

    def __init__(self, wrapper: DatabaseWrapper, cursor: "Cursor[Any]") -> None:
        self._wrapper, self._cursor = wrapper, cursor
        self._connection: Connection[Any] = cursor.connection
        self._statements: KeptStatements = cursor.connection._prepared  # type: ignore[assignment]
        self._writing, self._reading = Transformer(self._connection), Transformer(self._connection)
        self._known: dict[str, _Prepared] = {}
        self._forgotten = 0
        self._numbers = count()
        self._rows: list[Any] = []
        self.rowcount = -1

    def execute(self, statement: str, values: Sequence[Any] = ()) -> None:
        with self._wrapper.wrap_database_errors:
            prepared = (self._known.get(statement) or self._prepare(statement)) if self._may_ask() else None
            if prepared is None:
                self._cursor.execute(statement, values)
                self._rows = self._cursor.fetchall() if self._cursor.description else []
                self.rowcount = self._cursor.rowcount
                return
            name, formats = prepared
            written: Any = self._writing.dump_sequence(values, formats)
            try:
                result = self._checked(self._connection.pgconn.exec_prepared(name, written, self._writing.formats))
            except errors.FeatureNotSupported:  # a migration has changed what it answers with: it is prepared anew
                del self._known[statement]
                raise
        self.rowcount = -1 if (changed := result.command_tuples) is None else changed
        self._reading.set_pgresult(result)
        self._rows = self._reading.load_rows(0, result.ntuples, tuple)

    def fetchone(self) -> Any:
        return self._rows.pop(0) if self._rows else None

    def fetchall(self) -> list[Any]:
        rows, self._rows = self._rows, []
        return rows

    def _may_ask(self) -> bool:
        connection = self._connection
        if self._forgotten != self._statements.forgotten:
            self._known.clear()
            self._forgotten = self._statements.forgotten
        begun = connection.autocommit or connection.pgconn.transaction_status in _BEGUN
        return begun and connection.prepare_threshold is not None

    def _prepare(self, statement: str) -> _Prepared | None:
        if len(self._known) >= _STATEMENTS:
            return None
        first, *others = statement.split("%s")
        text = first + "".join(f"${number}{other}" for number, other in enumerate(others, 1))
        name, pgconn = f"straight_{next(self._numbers)}".encode(), self._connection.pgconn
        self._checked(pgconn.prepare(name, text.encode()))
        described = self._checked(pgconn.describe_prepared(name))
        kinds = (described.param_type(number) for number in range(described.nparams))
        formats = [PyFormat.AUTO if kind in _BINARY else PyFormat.TEXT for kind in kinds]
        self._known[statement] = name, formats
        return name, formats

    def _checked(self, result: pq.abc.PGresult) -> pq.abc.PGresult:
        if result.status in _ANSWERED:
            return result
        if self._connection.closed:  # which nobody on the other side could say
            raise OperationalError(self._connection.pgconn.get_error_message())
        raise errors.error_from_result(result, self._connection.info.encoding)
