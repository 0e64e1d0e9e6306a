"""What the API's page shows (contract/extensions.md §1 `/docs/api`), told from the very document that programs read."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import slugify

from apps.api import description
from apps.api.reference_examples import curl_of, example_of
from apps.api.schemas.kinds import SHORT_ID

_REALM = "/v1/tenants/{tenant_id}/realms/{realm_id}"
_ABOUT_IDS = "The id of the {}."
_DEEPEST = 5
_JSON = ("application/json", "application/scim+json")


@dataclass(frozen=True, slots=True)
class Row:
    """A parameter or a field. `depth` is how far it is indented; `kind` says in words what may stand there."""

    name: str
    kind: str
    about: str = ""
    required: bool = False
    depth: int = 0


@dataclass(frozen=True, slots=True)
class Body:
    """What is sent or answered: field by field, and an example of it."""

    rows: Sequence[Row]
    example: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One operation. `in_path`, `in_query` and `in_headers` are its parameters; `refusals` are (status, meaning)."""

    id: str
    summary: str
    details: str
    method: str
    path: str
    scopes: Sequence[str]
    in_path: Sequence[Row]
    in_query: Sequence[Row]
    in_headers: Sequence[Row]
    body: Body | None
    answer: Body | None
    refusals: Sequence[tuple[str, str]]
    curl: str
    is_any_scope_enough: bool = False
    status: str = "200"

    @property
    def short_path(self) -> str:
        """Without what nearly all have in common."""
        return self.path.replace(_REALM, "…")

    @property
    def words(self) -> str:
        """What the filter box looks through."""
        return f"{self.summary} {self.id} {self.method} {self.path} {' '.join(self.scopes)}".lower()


@dataclass(frozen=True, slots=True)
class Noun:
    name: str
    about: str
    slug: str
    entries: Sequence[Entry]

    @property
    def url(self) -> str:
        return f"/docs/api/{self.slug}"


@cache
def nouns() -> tuple[Noun, ...]:
    document = description.document()
    found: dict[str, list[Entry]] = {tag["name"]: [] for tag in document["tags"]}
    for path, methods in document["paths"].items():
        for method, said in methods.items():
            found[said["tags"][0]].append(_entry(document, path, method, said))
    return tuple(
        Noun(tag["name"], tag["description"], slugify(tag["name"]), tuple(found[tag["name"]]))
        for tag in document["tags"]
    )


def _entry(document: Mapping[str, Any], path: str, method: str, said: Mapping[str, Any]) -> Entry:
    parameters = [_resolved(document, each) for each in said["parameters"]]
    body = _body(document, said.get("requestBody"), sent=True)
    return Entry(
        id=said["operationId"],
        summary=said["summary"],
        details=_worded(said.get("description", "")),
        method=method.upper(),
        path=path,
        scopes=[scope for way in said["security"] for scope in way["accessToken"]],
        in_path=[_parameter(each) for each in parameters if each["in"] == "path"],
        in_query=[_parameter(each) for each in parameters if each["in"] == "query"],
        in_headers=[_parameter(each) for each in parameters if each["in"] == "header"],
        body=body,
        answer=_body(document, said["responses"].get(_success(said))),
        refusals=[
            (status, _worded(_resolved(document, each)["description"]))
            for status, each in said["responses"].items()
            if status != _success(said)
        ],
        curl=curl_of(
            document["servers"][0]["url"], path, method, body.example if body and body.rows else "", _kind_sent(said)
        ),
        is_any_scope_enough=len(said["security"]) > 1,
        status=_success(said),
    )


def _kind_sent(said: Mapping[str, Any]) -> str:
    return next(iter(said.get("requestBody", {}).get("content", {})), "")


def _success(said: Mapping[str, Any]) -> str:
    """The status of what was done; "" for what is never done."""
    return next((status for status in sorted(said["responses"]) if status.startswith("2")), "")


def _parameter(said: Mapping[str, Any]) -> Row:
    about = said.get("description") or said["schema"].get("description") or ""
    if said["in"] == "path" and not about:
        about = _ABOUT_IDS.format(said["name"].removesuffix("_id").replace("_", " "))
    return Row(said["name"], kind_of(said["schema"]), _worded(about))  # a path is nothing without each of its own


def _body(document: Mapping[str, Any], said: Mapping[str, Any] | None, *, sent: bool = False) -> Body | None:
    if said is None or "content" not in said:
        return None
    json_kinds = [kind for kind in said["content"] if kind in _JSON]
    if not json_kinds:
        shown = (f"{kind}\n{each['schema']['examples'][0]}" for kind, each in said["content"].items())
        return Body((), "\n\n".join(shown))
    schema = said["content"][json_kinds[0]]["schema"]
    example = json.dumps(example_of(document, schema, sent=sent), ensure_ascii=False, indent=2)
    return Body(tuple(_rows(document, schema)), example)


def _rows(document: Mapping[str, Any], schema: Mapping[str, Any], depth: int = 0) -> Iterator[Row]:
    """The fields of an object, each followed by those inside it; of a list by those of what it lists."""
    schema = _resolved(document, schema)
    if "oneOf" in schema and depth < _DEEPEST:
        for each in schema["oneOf"]:
            yield Row("", f"either: {_resolved(document, each).get('title', '')}", depth=depth)
            yield from _rows(document, each, depth + 1)
    for name, each in schema.get("properties", {}).items():
        field = _resolved(document, each)
        yield Row(
            name, kind_of(field), _worded(field.get("description", "")), name in schema.get("required", ()), depth
        )
        inner = field.get("items", field)
        if depth < _DEEPEST:
            yield from _rows(document, inner, depth + 1)


def kind_of(schema: Mapping[str, Any]) -> str:
    """What may stand there, in words: "text, 1 to 64 characters", "active or suspended"."""
    kinds = schema.get("type", "object")
    kind = next(each for each in kinds if each != "null") if isinstance(kinds, list) else kinds
    if "enum" in schema:
        return " or ".join(str(each) for each in schema["enum"] if each is not None)
    if schema.get("pattern") == SHORT_ID["pattern"]:
        return "id, 16 hexadecimal digits"
    words = {"string": schema.get("format", "text"), "array": "list", "boolean": "true or false"}.get(kind, kind)
    words = {"date-time": "time", "uuid": "UUID"}.get(words, words)
    return words + _bounds(schema) + (", or null" if isinstance(kinds, list) else "")


def _worded(text: str) -> SafeString:
    """What stands between backticks is code."""
    pieces = ((("<code>{}</code>" if number % 2 else "{}"), piece) for number, piece in enumerate(text.split("`")))
    return format_html_join("", "{}", ((format_html(form, piece),) for form, piece in pieces))


def _bounds(schema: Mapping[str, Any]) -> str:
    for smallest, largest, unit in (
        ("minLength", "maxLength", " characters"),
        ("minimum", "maximum", ""),
        ("minItems", "maxItems", " items"),
    ):
        low, high = schema.get(smallest), schema.get(largest)
        if high is not None and high < 2**32 - 1:
            return f", {low} to {high:,}{unit}" if low else f", up to {high:,}{unit}"
    return ""


def _resolved(document: Mapping[str, Any], said: Mapping[str, Any]) -> Mapping[str, Any]:
    """Follows `$ref`, which always leads into this document's components."""
    if "$ref" not in said:
        return said
    _, _, section, name = said["$ref"].split("/")
    return document["components"][section][name]
