"""Statements of the busiest requests, worked out once where the ORM would work them out every time.

They are the ORM's own: of its models' columns and its querysets' SQL. Only what changes from one request to the next is
put in anew.
"""

import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from functools import cached_property, lru_cache
from itertools import groupby
from typing import Any, Generic, TypeVar

from django.db import connection, models, transaction
from django.db.models.query import get_related_populators

Row = TypeVar("Row", bound=models.Model)
_PARAMETERS = 65_535  # of one statement


def insert(*rows: models.Model) -> None:
    """Whole new rows, their keys included: all or none, those of a table next to each other by one statement, and on
    PostgreSQL those of several tables too. Statements are worked out once, where the ORM would do it every time: half of
    what writing a token and its event costs."""
    asked = list(_insertions(rows))
    if connection.vendor == "postgresql" and len(asked) > 1 and sum(len(values) for _, values in asked) <= _PARAMETERS:
        *before, last = (statement for statement, _ in asked)
        beside = ", ".join(f"rows_{number} AS ({statement})" for number, statement in enumerate(before))
        asked = [(f"WITH {beside} {last}", [value for _, values in asked for value in values])]
    with transaction.atomic(savepoint=False) if len(asked) > 1 else nullcontext(), connection.cursor() as cursor:
        for statement, values in asked:
            cursor.execute(statement, values)


def _insertions(rows: Iterable[models.Model]) -> Iterator[tuple[str, list[Any]]]:
    for kind, group in groupby(rows, lambda row: row.__class__):
        fields, waiting = kind._meta.concrete_fields, list(group)
        size = min(connection.ops.bulk_batch_size(fields, waiting), _PARAMETERS // len(fields))
        for batch in (waiting[start : start + size] for start in range(0, len(waiting), size)):
            values = [
                field.get_db_prep_save(field.pre_save(row, True), connection) for row in batch for field in fields
            ]
            yield _insertion(kind, len(batch)), values


@lru_cache
def _insertion(kind: type[models.Model], count: int) -> str:
    quote = connection.ops.quote_name
    columns = [quote(str(field.column)) for field in kind._meta.concrete_fields]
    row = f"({', '.join(['%s'] * len(columns))})"
    into = f"INSERT INTO {quote(kind._meta.db_table)} ({', '.join(columns)})"
    return f"{into} VALUES {', '.join([row] * count)}"


class KnownQuery(Generic[Row]):
    """A query for rows, with those that `select_related` names. `ask` makes its queryset of values of the given kinds (str,
    UUID, datetime), each of which is compared with a column as it is."""

    def __init__(self, ask: Callable[..., "models.QuerySet[Row]"], *kinds: type) -> None:
        self.ask = ask
        self.stand_ins = [_stand_in(kind, number) for number, kind in enumerate(kinds)]

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

    def _execute(self, cursor: Any, values: tuple[Any, ...]) -> Callable[[Any], Row]:
        statement, parameters, row_of = self._worked_out
        given = [values[each.number] if isinstance(each, _Place) else each for each in parameters]
        cursor.execute(statement, [_stored(value) for value in given])
        return row_of

    @cached_property
    def _worked_out(self) -> tuple[str, list[Any], Callable[[Any], Row]]:
        queryset = self.ask(*self.stand_ins)
        compiler = queryset.query.get_compiler(connection=connection)
        statement, parameters = compiler.as_sql()
        places = {_stored(stand_in): _Place(number) for number, stand_in in enumerate(self.stand_ins)}
        return statement, [places.get(_stored(each), each) for each in parameters], _reader(queryset.model, compiler)


class _Place:
    def __init__(self, number: int) -> None:
        self.number = number


def _stand_in(kind: type, number: int) -> Any:
    if kind is datetime:
        return datetime(1, 1, 1, tzinfo=UTC) + timedelta(microseconds=number)
    return uuid.uuid4() if kind is uuid.UUID else f"stand-in {uuid.uuid4()}"


def _stored(value: Any) -> Any:
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    is_text = isinstance(value, uuid.UUID) and not connection.features.has_native_uuid_field
    return value.hex if is_text else value


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
