"""Rows of the busiest tables, made of their values at once.

Django's own way looks at every column by itself and tells whoever listens for objects that are made, which nobody does: for
a token and its event as much work as the signature."""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, models
from django.db.models.base import ModelState
from django.db.models.fields import NOT_PROVIDED

Row = TypeVar("Row", bound=models.Model)


def new_row(kind: type[Row], **values: Any) -> Row:
    """The row that `kind(**values)` is, not written yet. Raises TypeError for a name that is no column's. A thing counts
    more than the column of its key."""
    plain, made, references = _shape(kind)
    row = kind.__new__(kind)
    row._state = state = ModelState()
    found = row.__dict__
    found.update(plain)
    for name, column, of_thing in references:
        if name in values:
            state.fields_cache[name] = thing = values.pop(name)
            values[column] = None if thing is None else getattr(thing, of_thing)
    found.update(values)
    if len(found) > len(plain) + 1 and (unknown := values.keys() - plain.keys() - made.keys()):
        raise TypeError(f"{kind.__name__} has no {', '.join(sorted(unknown))}")
    for name, default in made.items():
        if name not in values:
            found[name] = default()
    return row


def read_row(kind: type[Row], names: Sequence[str], values: Sequence[Any]) -> Row:
    """The row that the ORM would make of these columns of the database's; those that are not named it asks for later."""
    row = kind.__new__(kind)
    row._state = state = ModelState()
    state.adding, state.db = False, DEFAULT_DB_ALIAS
    row.__dict__.update(zip(names, values, strict=True))
    return row


@lru_cache
def _shape(
    kind: type[models.Model],
) -> tuple[Mapping[str, Any], Mapping[str, Callable[[], Any]], tuple[tuple[str, str, str], ...]]:
    """(each column's default that is a value, what makes each other's, (reference, its column, the column of the row that it
    names) of each)."""
    fields: Any = kind._meta.concrete_fields
    relations = [field for field in fields if field.is_relation]
    references = tuple((field.name, field.attname, field.target_field.attname) for field in relations)
    made = {field.attname: _maker(field) for field in fields if _is_made(field)}
    plain = {field.attname: field.get_default() for field in fields if field.attname not in made}
    return plain, made, references


def _is_made(field: Any) -> bool:
    """Anew for each row, or by the database."""
    return _has_maker(field) or field.db_default is not NOT_PROVIDED


def _has_maker(field: Any) -> bool:
    return field.default is not NOT_PROVIDED and callable(field.default)


def _maker(field: Any) -> Callable[[], Any]:
    found: Callable[[], Any] = field.default if _has_maker(field) else field.get_default
    return found
