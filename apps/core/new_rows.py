"""Rows of the busiest tables, made of their values at once.

Django's own way looks at every column by itself and tells whoever listens for objects that are made, which nobody does: for
a token and its event as much work as the signature."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, TypeVar

from django.db import models
from django.db.models.base import ModelState
from django.db.models.fields import NOT_PROVIDED

Row = TypeVar("Row", bound=models.Model)


def new_row(kind: type[Row], **values: Any) -> Row:
    """The row that `kind(**values)` is, not written yet. Raises TypeError for a name that is no column's."""
    plain, made, references = _shape(kind)
    row = kind.__new__(kind)
    row._state = ModelState()
    for name in values.keys() & references.keys():
        row._state.fields_cache[name] = thing = values.pop(name)
        column, of_thing = references[name]
        values[column] = None if thing is None else getattr(thing, of_thing)
    if unknown := values.keys() - plain.keys() - made.keys():
        raise TypeError(f"{kind.__name__} has no {', '.join(sorted(unknown))}")
    row.__dict__.update(plain)
    row.__dict__.update(values)
    row.__dict__.update({name: default() for name, default in made.items() if name not in values})
    return row


@lru_cache
def _shape(
    kind: type[models.Model],
) -> tuple[Mapping[str, Any], Mapping[str, Callable[[], Any]], Mapping[str, tuple[str, str]]]:
    """(each column's default that is a value, what makes each other's, {reference: (its column, the column of the row that
    it names)})."""
    fields: Any = kind._meta.concrete_fields
    references = {field.name: (field.attname, field.target_field.attname) for field in fields if field.is_relation}
    made = {field.attname: field.get_default for field in fields if _is_made(field)}
    plain = {field.attname: field.get_default() for field in fields if field.attname not in made}
    return plain, made, references


def _is_made(field: Any) -> bool:
    """Anew for each row, or by the database."""
    return callable(field.default) or field.db_default is not NOT_PROVIDED
