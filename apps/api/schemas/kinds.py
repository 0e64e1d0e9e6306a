"""The vocabulary of this API's schemas (JSON Schema 2020-12, as OpenAPI 3.1 uses it). Pure data, and a few words to make it.

A resource's schemas stand in the module of its noun. `Component` gives one a name: wherever it is used, the document
refers to it.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

Schema = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Component:
    """`schema` under a name of its own in the document, or what else of it has one: `section` says what."""

    name: str
    schema: Schema = field(hash=False)
    section: str = "schemas"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One of the query; never required."""

    name: str
    about: str
    schema: Schema = field(hash=False)


# The contract's pattern for names, descriptions and usernames (contract/wire.md §1.1 "Names").
IN_NAMES = r"^[^{}\[\]<>;:?\\/|*^%$#=~`!]*$"

SHORT_ID: Schema = {"type": "string", "pattern": "^[0-9a-f]{16}$", "examples": ["3f1c0a9b52d7e846"]}
UUID: Schema = {"type": "string", "format": "uuid", "examples": ["019a2f6e-4b1c-7d3a-9e52-8c0f6b7a1d24"]}
TENANT_ID: Schema = {"type": "string", "pattern": "^[0-9a-f]{16}$", "examples": ["0001b42d80372976"]}
TIME: Schema = {"type": "string", "format": "date-time", "examples": ["2026-11-02T09:30:00.000000Z"]}
BOOLEAN: Schema = {"type": "boolean"}
COLOR: Schema = {"type": "string", "pattern": "^#[0-9A-Fa-f]{6}$", "examples": ["#4673D3"]}
NAME: Schema = {"type": "string", "minLength": 1, "maxLength": 64, "pattern": IN_NAMES}
DESCRIPTION: Schema = {"type": "string", "maxLength": 300, "pattern": IN_NAMES}
SCOPE: Schema = {"type": "string", "minLength": 1, "maxLength": 128, "examples": ["pets:read"]}
COUNT: Schema = {"type": "integer", "minimum": 0, "examples": [1]}

# The body of a verb that takes none: nothing, or an empty object.
NOTHING: Schema = {"type": "object", "maxProperties": 0, "additionalProperties": False}

# What every resource of a realm begins and ends with.
IN_REALM: Schema = {"realm_id": {**SHORT_ID, "examples": ["caf2ff640497591a"]}, "tenant_id": TENANT_ID}
TIMES: Schema = {"create_time": TIME, "update_time": TIME}


def title_of(name: str) -> str:
    """NewGroup → New group."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).capitalize()


def said(schema: Schema, about: str = "", example: Any = None) -> Schema:
    """The same, with words for its reader and an example of its own."""
    words = {"description": about} if about else {}
    return {**schema, **words, **({"examples": [example]} if example is not None else {})}


def text(longest: int | None = None, *, shortest: int = 0) -> Schema:
    bounds = {"minLength": shortest or None, "maxLength": longest}
    return {"type": "string", **{name: value for name, value in bounds.items() if value is not None}}


def number(smallest: int, largest: int) -> Schema:
    return {"type": "integer", "minimum": smallest, "maximum": largest}


def one_of(*values: str) -> Schema:
    return {"type": "string", "enum": list(values), "examples": [values[0]]}


def listing(item: "Schema | Component", longest: int | None = None, *, shortest: int = 0) -> Schema:
    bounds = {"minItems": shortest or None, "maxItems": longest}
    return {"type": "array", "items": item, **{name: value for name, value in bounds.items() if value is not None}}


def or_null(schema: Schema) -> Schema:
    """Null says as much as leaving it empty."""
    enum = {"enum": [*schema["enum"], None]} if "enum" in schema else {}
    return {**schema, "type": [schema["type"], "null"], **enum}


def thing(fields: Schema, *, sometimes: Iterable[str] = ()) -> Schema:
    """What we answer: every field is there but those in `sometimes`. More may come with a later version."""
    optional = frozenset(sometimes)
    return {"type": "object", "properties": dict(fields), "required": [name for name in fields if name not in optional]}


def given(fields: Schema, *, required: Iterable[str] = ()) -> Schema:
    """What we are sent: an unknown field is refused (contract/extensions.md §3)."""
    needed = {"required": list(required)} if required else {}
    return {"type": "object", "properties": dict(fields), **needed, "additionalProperties": False}


def wrapped(name: str, body: Component) -> Schema:
    """The request wrapper (contract/wire.md §1.1): the resource under its name, and nothing beside it."""
    return given({name: body}, required=[name])


def page_of(name: str, item: "Schema | Component") -> Schema:
    """One page of a list. The last has no `next_page_token`."""
    more = said(text(), "Ask for the next page with it; absent on the last. It lives a week.", "eyJvZiI6IjRhWl8…")
    total = said(COUNT, "How many there are in all; 10001 stands for more than 10,000.")
    return thing({name: listing(item), "total_size": total, "next_page_token": more}, sometimes=["next_page_token"])
