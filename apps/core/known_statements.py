"""Queries and updates of the busiest requests, worked out once where the ORM would work them out every time.

They are the ORM's own: of its querysets' SQL. Only what changes from one call to the next is put in anew.
"""

import uuid
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any, Generic, TypeVar

from django.db import connection, models, transaction
from django.db.models.sql import UpdateQuery
from psycopg import Binary

from apps.core.new_rows import read_row
from apps.core.own_connection import own_connection

Row = TypeVar("Row", bound=models.Model)


def kept_cursor() -> Any:
    """To ask one statement and read all it answers at once. Not to be closed: on PostgreSQL the connection keeps it."""
    database = own_connection()
    return database.kept_cursor() if database.vendor == "postgresql" else database.cursor()


class _Known:
    """A statement of which only values change, of the given kinds (str, UUID, datetime, bytes). Each is compared with a
    column, or put into one, as it is."""

    def __init__(self, ask: Callable[..., Any], *kinds: type) -> None:
        self.ask = ask
        self.stand_ins = [_stand_in(kind, number) for number, kind in enumerate(kinds)]

    def _places(self, parameters: Iterable[Any]) -> list[Any]:
        """The parameters, with a place for every stand-in."""
        places = {_stored(stand_in): _Place(number) for number, stand_in in enumerate(self.stand_ins)}
        return [places.get(key, _stored(each)) for key, each in ((_plainly(each), each) for each in parameters)]


def _bind(parameters: list[Any], values: tuple[Any, ...]) -> list[Any]:
    stored = [_stored(value) for value in values]
    return [stored[each.number] if isinstance(each, _Place) else each for each in parameters]


class KnownQuery(_Known, Generic[Row]):
    """A query for rows, with those that `select_related` names: `ask` makes its queryset. `sharing`: until the transaction
    ends nobody changes the rows, and others may share them; the ORM knows only locks for one."""

    def __init__(self, ask: Callable[..., "models.QuerySet[Row]"], *kinds: type, sharing: bool = False) -> None:
        super().__init__(ask, *kinds)
        self.sharing = sharing

    def one(self, *values: Any) -> Row | None:
        """The first, or None."""
        cursor = kept_cursor()
        row_of = self._execute(cursor, values)
        found = cursor.fetchone()
        return None if found is None else row_of(found)

    def all(self, *values: Any) -> list[Row]:
        cursor = kept_cursor()
        row_of = self._execute(cursor, values)
        return [row_of(found) for found in cursor.fetchall()]

    def count(self, *values: Any) -> int:
        return len(self.all(*values))

    def bound(self, values: tuple[Any, ...]) -> tuple[str, list[Any]]:
        """(statement, parameters)."""
        statement, parameters, _ = self._worked_out
        return statement, _bind(parameters, values)

    def _execute(self, cursor: Any, values: tuple[Any, ...]) -> Callable[[Any], Row]:
        cursor.execute(*self.bound(values))
        return self._worked_out[2]

    @cached_property
    def _worked_out(self) -> tuple[str, list[Any], Callable[[Any], Row]]:
        queryset = self.ask(*self.stand_ins)
        compiler = queryset.query.get_compiler(connection=connection)
        statement, parameters = compiler.as_sql()
        if self.sharing and connection.features.has_select_for_update:
            statement = f"{statement} FOR SHARE"
        return statement, self._places(parameters), _reader(queryset.model, compiler)


class KnownUpdate(_Known):
    """`ask` makes the queryset of the rows to change, and a dict of what to put into them."""

    def __call__(self, *values: Any) -> int:
        """How many rows it changed."""
        statement, parameters = self._worked_out
        cursor = kept_cursor()
        cursor.execute(statement, _bind(parameters, values))
        return int(cursor.rowcount)

    count = __call__

    def bound(self, values: tuple[Any, ...]) -> tuple[str, list[Any]]:
        """(statement, parameters): a row of it for each that is changed."""
        statement, parameters = self._worked_out
        return f"{statement} RETURNING 1", _bind(parameters, values)

    @cached_property
    def _worked_out(self) -> tuple[str, list[Any]]:
        """In a transaction, or the ORM would not work out a statement that locks rows of another table."""
        queryset, changes = self.ask(*self.stand_ins)
        query = queryset.query.chain(UpdateQuery)
        query.add_update_values(changes)
        with transaction.atomic():
            statement, parameters = query.get_compiler(connection=connection).as_sql()
        return statement, self._places(parameters)


class _Place:
    def __init__(self, number: int) -> None:
        self.number = number


def _stand_in(kind: type, number: int) -> Any:
    if kind is datetime:
        return datetime(1, 1, 1, tzinfo=UTC) + timedelta(microseconds=number)
    if kind is bytes:
        return uuid.uuid4().bytes
    return uuid.uuid4() if kind is uuid.UUID else f"stand-in {uuid.uuid4()}"


def _stored(value: Any) -> Any:
    if isinstance(value, str):
        return value
    if isinstance(value, datetime):
        return own_connection().ops.adapt_datetimefield_value(value)
    if isinstance(value, uuid.UUID):
        return value if own_connection().features.has_native_uuid_field else value.hex
    return value


def _plainly(parameter: Any) -> Any:
    """Bytes, as a driver wraps them for the ORM; anything else as it is."""
    if isinstance(parameter, memoryview):
        return bytes(parameter)
    return parameter.obj if isinstance(parameter, Binary) else _stored(parameter)


def _reader(model: type[Row], compiler: Any) -> Callable[[Any], Row]:
    """What the ORM does with each row of a query (django.db.models.query.ModelIterable), but rows are made at once."""
    select, database = compiler.select, own_connection()
    converters = compiler.get_converters([each[0] for each in select]).items()
    make = _maker(compiler.klass_info, select)
    annotations = (compiler.annotation_col_map or {}).items()

    def read(found: Any) -> Row:
        values = list(found)
        for number, (convert, expression) in converters:
            for each in convert:
                values[number] = each(values[number], expression, database)
        row: Row = make(values)
        row.__dict__.update((name, values[number]) for name, number in annotations)
        return row

    return read


def _maker(info: dict[str, Any], select: list[Any]) -> Callable[[Sequence[Any]], Any]:
    """A row with those that `select_related` names, or None where the database has none."""
    kind, columns = info["model"], info["select_fields"]
    first, last = columns[0], columns[-1] + 1
    names = [select[number][0].target.attname for number in columns]
    key = first + names.index(kind._meta.pk_fields[0].attname)
    related = [(each["local_setter"], _maker(each, select)) for each in info.get("related_klass_infos", ())]

    def make(values: Sequence[Any]) -> Any:
        if values[key] is None:
            return None
        row = read_row(kind, names, values[first:last])
        for keep, further in related:
            keep(row, further(values))
        return row

    return make
