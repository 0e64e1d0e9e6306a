"""Whether an answer is one that the API's own description tells of, and an accepted request one that it allows.

The description leaves answers open, since fields may come; here they are closed, so that a field nobody described is seen.
"""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from django.http import HttpResponse
from jsonschema import Draft202012Validator, FormatChecker

from apps.api import description
from apps.api.description import Described

SAID = ("ETag", "Retry-After", "WWW-Authenticate", "Idempotent-Replayed", "X-Correlation-Id")
SAID_OF_LIMITS = ("RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset")
# A method that the path does not have has no description; so are these answered, by whatever is in front of it.
_WITHOUT_OPERATION = {400, 401, 403, 404, 405, 413, 415, 429}


def check(method: str, path: str, sent: bytes, response: HttpResponse) -> None:
    """Raises AssertionError, in words for who changes the API."""
    found = _found(path)
    if not found:
        return
    told = f"{method} {path} → {response.status_code}"
    each = found.get("get" if method == "HEAD" else method.lower())
    if each is None:
        assert response.status_code in _WITHOUT_OPERATION, told
        return
    described = _responses(each).get(str(response.status_code))
    assert described is not None, f"{told}: {each.operation.id} does not say that it answers this"
    unsaid = {name for name in SAID + SAID_OF_LIMITS if name in response} - set(described.get("headers", {}))
    assert not unsaid, f"{told}: no word of the headers {unsaid}"
    if method != "HEAD":
        _check_body(told, each, described, response)
    if response.status_code == 200 and each.operation.takes is not None and sent:
        _check_request(told, each, json.loads(sent))


def _check_body(told: str, each: Described, described: Mapping[str, Any], response: HttpResponse) -> None:
    content = described.get("content")
    if content is None:
        assert response.content == b"", f"{told}: a body that {each.operation.id} says nothing of"
        return
    kind = response["Content-Type"].partition(";")[0]
    assert kind in content, told
    if kind != "application/json":
        return
    where = (each.operation.id, str(response.status_code))
    problems = list(_validator(*where).iter_errors(json.loads(response.content)))
    assert not problems, f"{told}: {where[0]} is not as described: {list(_words(problems))}"


def _check_request(told: str, each: Described, sent: Any) -> None:
    """Fields that only we set may be sent along, and are passed over."""
    validator = _request_validator(each.operation.id)
    problems = [problem for problem in validator.iter_errors(sent) if problem.validator != "additionalProperties"]
    assert not problems, f"{told}: accepted, and not as described: {list(_words(problems))}"


def _words(problems: list[Any]) -> Iterator[str]:
    for problem in problems:
        yield f"{problem.json_path}: {problem.message[:300]}"
        yield from _words(list(problem.context or []))


@cache
def _operations() -> dict[str, Described]:
    return {each.operation.id: each for each in description.operations()}


@cache
def _paths() -> list[tuple[re.Pattern[str], dict[str, Described]]]:
    """By path, in the URLconf's order: the first that fits is the one that answers."""
    found: dict[str, dict[str, Described]] = {}
    for each in _operations().values():
        found.setdefault(each.path, {})[each.method] = each
    return [(re.compile(re.sub(r"{\w+}", "[^/:]+", path)), methods) for path, methods in found.items()]


def _found(path: str) -> dict[str, Described]:
    if path.endswith("/events/jwks.json"):  # public, and so no operation of this API: the doors of OpenID have it
        return {}
    return next((methods for pattern, methods in _paths() if pattern.fullmatch(path)), {})


@cache
def _closed() -> dict[str, Any]:
    return _shut(description.document())


def _shut(value: Any) -> Any:
    if isinstance(value, list):
        return [_shut(each) for each in value]
    if not isinstance(value, dict):
        return value
    shut = {name: _shut(each) for name, each in value.items()}
    if value.get("type") == "object" and "properties" in value:
        shut.setdefault("additionalProperties", False)
    return shut


def _responses(each: Described) -> dict[str, Any]:
    document = _closed()
    found = document["paths"][each.path][each.method]["responses"]
    named = document["components"]["responses"]
    return {
        status: named[said["$ref"].rpartition("/")[2]] if "$ref" in said else said for status, said in found.items()
    }


@cache
def _validator(name: str, status: str) -> Draft202012Validator:
    schema = _responses(_operations()[name])[status]["content"]["application/json"]["schema"]
    return _of(schema)


@cache
def _request_validator(name: str) -> Draft202012Validator:
    each = _operations()[name]
    body = _closed()["paths"][each.path][each.method]["requestBody"]
    return _of(body["content"]["application/json"]["schema"])


def _of(schema: dict[str, Any]) -> Draft202012Validator:
    return Draft202012Validator(
        {**schema, "components": _closed()["components"]}, format_checker=FormatChecker(["date-time", "uuid"])
    )
