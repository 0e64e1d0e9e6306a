"""New rows of the busiest requests, written by statements that are worked out once, of the models' own columns."""

import json
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from types import NoneType
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, models, transaction
from psycopg import Binary
from psycopg.types.json import Jsonb

from apps.core.json_text import json_text
from apps.core.known_statements import KnownQuery, KnownUpdate, kept_cursor
from apps.core.own_connection import own_connection

_PARAMETERS = 65_535  # of one statement
_MANY = 10  # rows
_SHAPES = 256  # of the rows of a table, by the types of what they hold
_PLAIN = {"CharField": str, "TextField": str}
_PLAIN_FOR_POSTGRESQL = {"UUIDField": uuid.UUID, "DateTimeField": datetime, "BinaryField": bytes}
# What PostgreSQL reads from a text as well, and is made one with less to do than the field and psycopg have with it.
_AS_TEXT: dict[str, tuple[type | tuple[type, ...], Callable[[Any], str]]] = {
    "JSONField": ((dict, list), json_text),
    "PositiveSmallIntegerField": (int, str),
}

_ENCODERS = (None, DjangoJSONEncoder)  # the latter a column of the library's names, which holds URLs


class Missed(Exception):
    """The row that others stand on was not as it had been read; nothing was written."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One row that must be found, and changed or held, for anything beside it to be written: by an update, or by a query
    that locks."""

    statement: KnownUpdate | KnownQuery[Any]
    values: tuple[Any, ...]

    def holds(self) -> bool:
        """In a transaction, which keeps it so."""
        return self.statement.count(*self.values) == 1


def insert_if(condition: Condition, *rows: models.Model) -> None:
    """Inserts rows if the condition holds, and otherwise raises Missed. On PostgreSQL by one statement, which is a
    transaction by itself and asks nothing twice. The rows are a subquery's there, whose values must say what they are;
    lengths are left out, for a cast to one would cut what is too long where an INSERT refuses it."""
    connection = own_connection()
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
        for row in new:
            parameters += columns.values(row, connection)
    cursor = kept_cursor()
    cursor.execute(_if_found(asked, tuple(shapes)), parameters)
    if cursor.fetchone() != (1,):
        raise Missed


def insert(*rows: models.Model) -> None:
    """Whole new rows, their keys included: all or none, those of a table next to each other by one statement, and on
    PostgreSQL those of several tables too. Statements are worked out once, where the ORM would do it every time: half of
    what writing a token and its event costs."""
    connection = own_connection()
    asked = list(_insertions(rows, connection))
    if connection.vendor == "postgresql" and len(asked) > 1 and sum(len(values) for _, values in asked) <= _PARAMETERS:
        statement = _in_one(tuple(statement for statement, _ in asked))
        asked = [(statement, [value for _, values in asked for value in values])]
    with transaction.atomic(savepoint=False) if len(asked) > 1 else nullcontext():
        for statement, values in asked:
            kept_cursor().execute(statement, values)


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
            columns = _columns(kind)
            names = [each.field.column for each in columns.all]
            found = [dict(zip(names, columns.values(row, connection), strict=True)) for row in waiting]
            yield _insertion_of_many(kind), [json.dumps(found, default=_in_json)]
            continue
        size = min(connection.ops.bulk_batch_size(columns.all, waiting), _PARAMETERS // len(columns.all))
        for batch in (waiting[start : start + size] for start in range(0, len(waiting), size)):
            yield _insertion(kind, len(batch)), [value for row in batch for value in columns.values(row, connection)]


@dataclass(frozen=True, slots=True)
class _Column:
    """`plain` are the types whose values the field would hand on as they are: it need not be asked. Those of the types
    `told` are written as texts."""

    field: Any
    name: str
    plain: tuple[type, ...]
    told: type | tuple[type, ...]
    as_text: Callable[[Any], str]

    def value(self, row: models.Model, found: Any, connection: Any) -> Any:
        if isinstance(found, self.told):
            return self.as_text(found)
        return self.field.get_db_prep_save(self.field.pre_save(row, True), connection)


class _Columns:
    """Of a table. Which of a row's values are handed on as they are hangs on their types alone, and rows of one kind nearly
    always hold the same."""

    def __init__(self, columns: Iterable[_Column]) -> None:
        self.all = list(columns)
        self._read = itemgetter(*(column.name for column in self.all))
        self._known: dict[tuple[type, ...], list[int]] = {}

    def values(self, row: models.Model, connection: Any) -> list[Any]:
        values = list(self._read(row.__dict__))
        types = tuple(map(type, values))
        changed = self._known.get(types)
        if changed is None:
            changed = [number for number, each in enumerate(self.all) if not issubclass(types[number], each.plain)]
            if len(self._known) < _SHAPES:
                self._known[types] = changed
        for number in changed:
            values[number] = self.all[number].value(row, values[number], connection)
        return values


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
def _columns(kind: type[models.Model], vendor: str = "") -> _Columns:
    return _Columns(_column(field, vendor) for field in kind._meta.concrete_fields)


def _column(field: Any, vendor: str) -> _Column:
    asked = _Column(field, field.attname, (), (), str)
    sets_itself = getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False)
    if sets_itself or type(field).pre_save not in (models.Field.pre_save, models.DateTimeField.pre_save):
        return asked
    kind = (field.target_field if field.is_relation else field).get_internal_type()
    on_postgresql = vendor == "postgresql" and getattr(field, "encoder", None) in _ENCODERS
    known = _PLAIN.get(kind) or (on_postgresql and _PLAIN_FOR_POSTGRESQL.get(kind))
    plain = (known, NoneType) if known else (NoneType,)
    if not on_postgresql:
        return replace(asked, plain=plain)
    told, as_text = _AS_TEXT.get(kind, ((), str))
    return replace(asked, plain=plain, told=told, as_text=as_text)


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


@lru_cache
def _insertion_of_many(kind: type[models.Model]) -> str:
    """Of one parameter, and so the same for any number of rows: it is read and planned once, where a hundred rows are two
    thousand places for values."""
    quote = connection.ops.quote_name
    columns = ", ".join(quote(str(field.column)) for field in kind._meta.concrete_fields)
    table = quote(kind._meta.db_table)
    found = f"SELECT {columns} FROM json_populate_recordset(NULL::{table}, %s::json)"  # noqa: S608  (names of models)
    return f"{_into(kind)} {found}"


def _into(kind: type[models.Model]) -> str:
    quote = connection.ops.quote_name
    columns = ", ".join(quote(str(field.column)) for field in kind._meta.concrete_fields)
    return f"INSERT INTO {quote(kind._meta.db_table)} ({columns})"


def _typed_values(kind: type[models.Model], count: int) -> str:
    types = [str(field.db_type(connection)).partition("(")[0] for field in kind._meta.concrete_fields]
    row = f"({', '.join(f'%s::{each}' for each in types)})"
    return f"(VALUES {', '.join([row] * count)})"
