"""The plain case of what the protocol engine does: a user spelt as in the schema, an answer that shows the whole.

The engine asks of every attribute what it may be, by a function call or two each, which is right for whatever clients send
and half the work of a first sync. Nearly all that they send is plain: names as in the schema, values of their kind. Whatever
is not raises NotPlain and goes to the engine. What is read and written here follows from the models, and is the same as the
engine's (tests/faces/scim/test_plain.py holds one against the other). Pure.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from types import NoneType
from typing import Any, get_args, get_origin

from scim2_models import ComplexAttribute, Extension, Mutability, Resource

_IDLE: tuple[Any, ...] = (None, [], {"resourceType": "User"})  # of read-only attributes, which clients like to name


class NotPlain(Exception):
    """For the engine, which knows what is wrong with it, if anything is."""


class Plain:
    """Is read like the engine's model of the same thing, and takes a tenth of the time to make: what it was not given is
    None."""

    def __init__(self, found: dict[str, Any]) -> None:
        self.__dict__.update(found)

    def __getattr__(self, name: str) -> None:
        return None

    def __getitem__(self, extension: type[Any]) -> Any:
        return getattr(self, extension.__name__)


NOTHING = Plain({})


@dataclass(frozen=True, slots=True)
class _Kind:
    """Of an attribute: the field that holds it, and str, bool or the model of its values, of which there may be several."""

    name: str
    of: Any
    several: bool


@dataclass(frozen=True, slots=True)
class _Shape:
    """`written`: what a client may write, as in the schema. `read`: every name the engine knows, in lower case."""

    written: Mapping[str, _Kind]
    read: frozenset[str]
    urn: str | None


def read(model: Any, value: Any) -> Plain:
    """The resource as the engine reads it for a creation, none of whose values refers to another step of a Bulk. Raises
    NotPlain."""
    shape = _shape(model)
    if shape.urn not in _schemas(value):
        raise NotPlain
    return _complex(model, value)


def _schemas(value: Any) -> list[Any]:
    named = value.get("schemas") if type(value) is dict else None
    if type(named) is not list or any(type(each) is not str for each in named):
        raise NotPlain
    return named


def _complex(model: Any, value: Any) -> Plain:
    if type(value) is not dict:
        raise NotPlain
    shape = _shape(model)
    found: dict[str, Any] = {}
    for key, inner in value.items():
        kind = shape.written.get(key)
        if kind is None:
            if key.lower() in shape.read and not (key == "schemas" and shape.urn) and inner not in _IDLE:
                raise NotPlain
        elif inner is not None:
            found[kind.name] = _list(kind.of, inner) if kind.several else _value(kind.of, inner)
    return Plain(found)


def _list(kind: Any, value: Any) -> list[Any]:
    if type(value) is not list:
        raise NotPlain
    found = [_value(kind, each) for each in value]
    if len(found) > 1 and sum(getattr(each, "primary", None) is True for each in found) > 1:
        raise NotPlain
    return found


def _value(kind: Any, value: Any) -> Any:
    if kind is not str and kind is not bool:
        return _complex(kind, value)
    if type(value) is not kind or (isinstance(value, str) and value.startswith("bulkId:")):
        raise NotPlain
    return value


@lru_cache
def _shape(model: Any) -> _Shape:
    written, known = {}, set()
    for name, field in model.model_fields.items():
        key = field.serialization_alias or name
        known |= {name.lower(), key.lower()}
        kind = _kind(name, field)
        if kind is not None and model.get_field_annotation(name, Mutability) != Mutability.read_only:
            written[key] = kind
    return _Shape(written, frozenset(known), str(urn) if (urn := getattr(model, "__schema__", None)) else None)


def _kind(name: str, field: Any) -> _Kind | None:
    """None for what is for the engine to read: schemas, references."""
    (of,) = [each for each in get_args(field.annotation) if each is not NoneType] or [None]
    several = get_origin(of) is list
    of = get_args(of)[0] if several else of
    is_known = of in (str, bool) or (isinstance(of, type) and issubclass(of, ComplexAttribute | Extension))
    return _Kind(name, of, several) if is_known and name != "schemas" else None


def shown(resource: Resource[Any]) -> dict[str, Any]:
    """The whole of it, as the engine would write it into an answer that nobody asked to be less."""
    found = _shown(resource)
    beside = [str(urn) for urn in resource.get_extension_models() if urn in found]
    return {"schemas": [str(resource.__schema__), *beside], **found}


def _shown(model: Any) -> dict[str, Any]:
    held, found = model.__dict__, {}
    for name, key in _keys(model.__class__):
        value = held.get(name)
        if type(value) is str or type(value) is bool:
            found[key] = value
        elif value is not None and (written := _written(value)) not in ([], {}):
            found[key] = written
    return found


def _written(value: Any) -> Any:
    if isinstance(value, list):
        return [_shown(each) for each in value]
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return str(value) if isinstance(value, str) else _shown(value)


@lru_cache
def _keys(model: Any) -> tuple[tuple[str, str], ...]:
    fields = model.model_fields.items()
    return tuple((name, field.serialization_alias or name) for name, field in fields if name != "schemas")
