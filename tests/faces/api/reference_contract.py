"""The reference's description as a test reads it: its operations, the examples of its answers, its schemas."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import yaml
from openapi_schema_validator import OAS30Validator

FILE = Path(__file__).parent / "reference" / "management-api.openapi.yaml"
METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True)
class Asked:
    """One operation of the reference."""

    id: str
    method: str
    path: str
    described: Mapping[str, Any]

    @property
    def is_scim(self) -> bool:
        return "/scim/v2/" in self.path

    @property
    def takes_body(self) -> bool:
        return "requestBody" in self.described


@dataclass(frozen=True)
class Refused:
    """One example of a refusal: what is wrong, by the words of the reference, and the body it answers."""

    asked: Asked
    status: int
    what: str
    body: Mapping[str, Any]

    def __str__(self) -> str:
        return f"{self.asked.id} {self.status} {self.what}"


@cache
def document() -> dict[str, Any]:
    found = yaml.safe_load(FILE.read_text())
    return _extended(found)


def _extended(found: dict[str, Any]) -> dict[str, Any]:
    """What our contract adds to closed lists of the reference (contract/extensions.md §4, §5)."""
    schemas = found["components"]["schemas"]
    schemas["TokenConfiguration"]["properties"]["token_signing_algorithm"]["enum"] += ["PS256", "ES256", "EdDSA"]
    return found


@cache
def operations() -> tuple[Asked, ...]:
    return tuple(
        Asked(said["operationId"], method, path, said)
        for path, methods in document()["paths"].items()
        for method, said in methods.items()
        if method in METHODS
    )


def refusals(asked: Asked) -> Iterator[Refused]:
    for status, said in asked.described["responses"].items():
        if int(status) >= 400:
            for what, example in _json(said).get("examples", {}).items():
                yield Refused(asked, int(status), what, resolved(example)["value"])


def problems(asked: Asked, status: int, body: Any) -> list[str]:
    """What is wrong with an answer by the reference's own schema of it. Every refusal has the one body of all errors, though
    the file once names a part of it in its place (contract/wire.md §1.1)."""
    error = document()["components"]["schemas"]["Error"]
    schema = error if status >= 400 else _json(asked.described["responses"][str(status)]).get("schema")
    if schema is None:
        return [] if body is None else ["a body where the reference has none"]
    return [f"{each.json_path}: {each.message[:200]}" for each in OAS30Validator(_whole(schema)).iter_errors(body)]


def _whole(said: Any) -> Any:
    """The schema with nothing left to look up: some of the file's references lead through others."""
    if isinstance(said, list):
        return [_whole(each) for each in said]
    if not isinstance(said, dict):
        return said
    return {name: _whole(each) for name, each in resolved(said).items() if name != "discriminator"}


def unanswered(asked: Asked, body: Any) -> set[str]:
    """Fields that the reference has in its 200 and this answer has not, dotted."""
    schema = _json(asked.described["responses"]["200"]).get("schema")
    return set(_unanswered(schema, body, "")) if schema else set()


def _unanswered(schema: Mapping[str, Any], value: Any, where: str) -> Iterator[str]:
    schema = resolved(schema)
    if isinstance(value, list):
        for each in value[:1]:
            yield from _unanswered(schema["items"], each, where)
    if not isinstance(value, dict):
        return
    if "oneOf" in schema:
        schema = next(
            each
            for each in map(resolved, schema["oneOf"])
            if value["type"] in resolved(each["properties"]["type"]).get("enum", [value["type"]])
        )
    for name, inner in schema.get("properties", {}).items():
        if name not in value:
            yield f"{where}{name}"
        else:
            yield from _unanswered(inner, value[name], f"{where}{name}.")


def _json(response: Mapping[str, Any]) -> Mapping[str, Any]:
    return response.get("content", {}).get("application/json", {})


def resolved(said: Mapping[str, Any]) -> Mapping[str, Any]:
    """Follows `$ref`, which may lead into paths, and through what is itself a reference."""
    while "$ref" in said:
        found: Any = document()
        for part in said["$ref"].removeprefix("#/").split("/"):
            name = unquote(part).replace("~1", "/").replace("~0", "~")
            found = found[int(name)] if isinstance(found, list) else resolved(found)[name]
        said = found
    return said
