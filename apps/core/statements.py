"""Statements of the busiest requests, worked out once where the ORM would work them out every time.

They are the ORM's own: of its models' columns and its querysets' SQL. Only what changes from one request to the next is
put in anew.
"""

import json
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property, lru_cache
from itertools import groupby
from types import NoneType
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection, connections, models, transaction
from django.db.models.query import get_related_populators
from django.db.models.sql import UpdateQuery
from psycopg import Binary, _queries
from psycopg.types.json import Jsonb

Row = TypeVar("Row", bound=models.Model)
_PARAMETERS = 65_535  # of one statement
_MANY = 10  # rows
_PLAIN = {"CharField": str, "TextField": str}
_PLAIN_FOR_POSTGRESQL = {"UUIDField": uuid.UUID, "DateTimeField": datetime}

# psycopg reads a statement for its placeholders anew each time when it has more than these, for statements of the ORM are
# seldom the same twice. Ours are, and a code's has 70 parameters.
_queries.MAX_CACHED_STATEMENT_PARAMS = 256
_queries.MAX_CACHED_STATEMENT_LENGTH = 16_384


class Missed(Exception):
    """The row that others stand on was not as it had been read; nothing was written."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One row that must be found, and changed or held, for anything beside it to be written: by an update, or by a query
    that locks."""

    statement: "KnownUpdate | KnownQuery[Any]"
    values: tuple[Any, ...]

    def holds(self) -> bool:
        """In a transaction, which keeps it so."""
        return self.statement.count(*self.values) == 1


def insert_if(condition: Condition, *rows: models.Model) -> None:
    """Inserts rows if the condition holds, and otherwise raises Missed. On PostgreSQL by one statement, which is a
    transaction by itself and asks nothing twice. The rows are a subquery's there, whose values must say what they are;
    lengths are left out, for a cast to one would cut what is too long where an INSERT refuses it."""
    connection = connections[DEFAULT_DB_ALIAS]
    if connection.vendor != "postgresql":
        with transaction.atomic():
            if not condition.holds():
                raise Missed
            insert(*rows)
        return
    asked, parameters = condition.statement.bound(condition.values)
    shapes = []
    for kind, group in groupby(rows, type):
        columns, new = _columns(kind, connection.vendor), list(group)
        shapes.append((kind, len(new)))
        parameters += [value for row in new for value in _values(row, columns, connection)]
    with connection.cursor() as cursor:
        cursor.execute(_if_found(asked, tuple(shapes)), parameters)
        if cursor.fetchone() != (1,):
            raise Missed


def insert(*rows: models.Model) -> None:
    """Whole new rows, their keys included: all or none, those of a table next to each other by one statement, and on
    PostgreSQL those of several tables too. Statements are worked out once, where the ORM would do it every time: half of
    what writing a token and its event costs."""
    connection = connections[DEFAULT_DB_ALIAS]  # the one itself: what stands for it looks it up with every use
    asked = list(_insertions(rows, connection))
    if connection.vendor == "postgresql" and len(asked) > 1 and sum(len(values) for _, values in asked) <= _PARAMETERS:
        statement = _in_one(tuple(statement for statement, _ in asked))
        asked = [(statement, [value for _, values in asked for value in values])]
    with transaction.atomic(savepoint=False) if len(asked) > 1 else nullcontext(), connection.cursor() as cursor:
        for statement, values in asked:
            cursor.execute(statement, values)


def insert_unless_taken(*rows: models.Model) -> int:
    """Whole new rows of one table, but those that a unique constraint keeps out; how many went in. No savepoint is needed to
    go on after a refusal."""
    went_in = 0
    with transaction.atomic(savepoint=False), connection.cursor() as cursor:
        for statement, values in _insertions(rows, connection):
            cursor.execute(f"{statement} ON CONFLICT DO NOTHING", values)
            went_in += cursor.rowcount
    return went_in


def _insertions(rows: Iterable[models.Model], connection: Any) -> Iterator[tuple[str, list[Any]]]:
    for kind, group in groupby(rows, lambda row: row.__class__):
        columns, waiting = _columns(kind, connection.vendor), list(group)
        if connection.vendor == "postgresql" and len(waiting) >= _MANY:
            names = [column.field.column for column in columns]
            found = [dict(zip(names, _values(row, columns, connection), strict=True)) for row in waiting]
            yield _insertion_of_many(kind), [json.dumps(found, default=_in_json)]
            continue
        size = min(connection.ops.bulk_batch_size(columns, waiting), _PARAMETERS // len(columns))
        for batch in (waiting[start : start + size] for start in range(0, len(waiting), size)):
            yield _insertion(kind, len(batch)), [value for row in batch for value in _values(row, columns, connection)]


@dataclass(frozen=True, slots=True)
class _Column:
    """`plain` are the types whose values the field would hand on as they are: it need not be asked."""

    field: Any
    name: str
    plain: tuple[type, ...]


def _values(row: models.Model, columns: Iterable[_Column], connection: Any) -> list[Any]:
    found = row.__dict__
    return [
        value
        if isinstance(value := found[column.name], column.plain)
        else column.field.get_db_prep_save(column.field.pre_save(row, True), connection)
        for column in columns
    ]


def _in_json(value: Any) -> Any:
    """What a column's type reads, as it reads it from a text."""
    if isinstance(value, Jsonb):
        return value.obj
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Binary):
        return f"\\x{bytes(value.obj).hex()}"
    if isinstance(value, uuid.UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} is not written in JSON yet")


@lru_cache
def _columns(kind: type[models.Model], vendor: str) -> list[_Column]:
    return [_Column(field, field.attname, _plain(field, vendor)) for field in kind._meta.concrete_fields]


def _plain(field: Any, vendor: str) -> tuple[type, ...]:
    sets_itself = getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False)
    if sets_itself or type(field).pre_save not in (models.Field.pre_save, models.DateTimeField.pre_save):
        return ()
    kind = (field.target_field if field.is_relation else field).get_internal_type()
    found = _PLAIN.get(kind) or (vendor == "postgresql" and _PLAIN_FOR_POSTGRESQL.get(kind))
    return (found, NoneType) if found else (NoneType,)


@lru_cache
def _in_one(statements: tuple[str, ...]) -> str:
    *before, last = statements
    beside = ", ".join(f"rows_{number} AS ({statement})" for number, statement in enumerate(before))
    return f"WITH {beside} {last}"


@lru_cache
def _if_found(asked: str, shapes: tuple[tuple[type[models.Model], int], ...]) -> str:
    parts = [f"found AS ({asked})"]
    for number, (kind, count) in enumerate(shapes):
        rows = " ".join((_into(kind), "SELECT * FROM", _typed_values(kind, count), "given WHERE EXISTS (TABLE found)"))
        parts.append(f"rows_{number} AS ({rows})")
    return " ".join(("WITH", ", ".join(parts), "SELECT COUNT(*) FROM found"))


@lru_cache
def _insertion(kind: type[models.Model], count: int) -> str:
    row = f"({', '.join(['%s'] * len(kind._meta.concrete_fields))})"
    return f"{_into(kind)} VALUES {', '.join([row] * count)}"


def _into(kind: type[models.Model]) -> str:
    quote = connection.ops.quote_name
    columns = ", ".join(quote(str(field.column)) for field in kind._meta.concrete_fields)
    return f"INSERT INTO {quote(kind._meta.db_table)} ({columns})"


def _typed_values(kind: type[models.Model], count: int) -> str:
    types = [str(field.db_type(connection)).partition("(")[0] for field in kind._meta.concrete_fields]
    row = f"({', '.join(f'%s::{each}' for each in types)})"
    return f"(VALUES {', '.join([row] * count)})"


@lru_cache
def _insertion_of_many(kind: type[models.Model]) -> str:
    """Of one parameter, and so the same for any number of rows: it is read and planned once, where a hundred rows are two
    thousand places for values."""
    quote = connection.ops.quote_name
    columns = ", ".join(quote(str(field.column)) for field in kind._meta.concrete_fields)
    table = quote(kind._meta.db_table)
    found = f"SELECT {columns} FROM json_populate_recordset(NULL::{table}, %s::json)"  # noqa: S608  (names of models)
    return f"INSERT INTO {table} ({columns}) {found}"


class _Known:
    """A statement of which only values change, of the given kinds (str, UUID, datetime, bytes). Each is compared with a
    column, or put into one, as it is."""

    def __init__(self, ask: Callable[..., Any], *kinds: type) -> None:
        self.ask = ask
        self.stand_ins = [_stand_in(kind, number) for number, kind in enumerate(kinds)]

    def _places(self, parameters: Iterable[Any]) -> list[Any]:
        """The parameters, with a place for every stand-in."""
        places = {_stored(stand_in): _Place(number) for number, stand_in in enumerate(self.stand_ins)}
        return [places.get(key, each) for key, each in ((_plainly(each), each) for each in parameters)]


def _bind(parameters: list[Any], values: tuple[Any, ...]) -> list[Any]:
    return [_stored(values[each.number] if isinstance(each, _Place) else each) for each in parameters]


class KnownQuery(_Known, Generic[Row]):
    """A query for rows, with those that `select_related` names: `ask` makes its queryset. `sharing`: until the transaction
    ends nobody changes the rows, and others may share them; the ORM knows only locks for one."""

    def __init__(self, ask: Callable[..., "models.QuerySet[Row]"], *kinds: type, sharing: bool = False) -> None:
        super().__init__(ask, *kinds)
        self.sharing = sharing

    def one(self, *values: Any) -> Row | None:
        """The first, or None."""
        with connection.cursor() as cursor:
            row_of = self._execute(cursor, values)
            found = cursor.fetchone()
        return None if found is None else row_of(found)

    def all(self, *values: Any) -> list[Row]:
        with connection.cursor() as cursor:
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
        with connection.cursor() as cursor:
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
        return connection.ops.adapt_datetimefield_value(value)
    if isinstance(value, uuid.UUID):
        return value if connection.features.has_native_uuid_field else value.hex
    return value


def _plainly(parameter: Any) -> Any:
    """Bytes, as a driver wraps them for the ORM; anything else as it is."""
    if isinstance(parameter, memoryview):
        return bytes(parameter)
    return parameter.obj if isinstance(parameter, Binary) else _stored(parameter)


def _reader(model: type[Row], compiler: Any) -> Callable[[Any], Row]:
    """What the ORM does with each row of a query (django.db.models.query.ModelIterable)."""
    select, info = compiler.select, compiler.klass_info
    columns = info["select_fields"]
    first, last = columns[0], columns[-1] + 1
    names = [select[number][0].target.attname for number in columns]
    converters = compiler.get_converters([each[0] for each in select])
    annotations = compiler.annotation_col_map or {}
    populators = get_related_populators(info, select, connection.alias)  # type: ignore[call-arg]  # the stubs are ahead

    def read(found: Any) -> Row:
        values = next(iter(compiler.apply_converters([found], converters))) if converters else found
        row = model.from_db(connection.alias, names, values[first:last])
        for populator in populators:
            populator.populate(values, row)
        for name, number in annotations.items():
            setattr(row, name, values[number])
        return row

    return read
