"""Whether an answer is one that SCIM's chapter of the API's description tells of: its status, and every field."""

import json
import re
from functools import cache
from typing import Any

from django.http import HttpResponse
from jsonschema import Draft202012Validator, FormatChecker

from apps.api import description
from apps.scim.description import MEDIA_TYPE

# Before anybody looks at what is asked: no such method, a body of another kind, a scope or a tenant that is not theirs.
_ANYWHERE = {400, 401, 403, 404, 405, 413, 415, 429, 501}


def check(method: str, path: str, response: HttpResponse) -> None:
    """`path` without the query. Raises AssertionError."""
    said = _found(path.rstrip("/")).get("get" if method == "HEAD" else method.lower())
    if said is None:
        assert response.status_code in _ANYWHERE, (method, path)
        return
    described = said["responses"].get(str(response.status_code))
    if described is None:
        assert response.status_code in _ANYWHERE, (method, path, response.status_code, response.content)
        return
    if "content" not in described or method == "HEAD":
        assert response.content == b"", (method, path)
        return
    schema = described["content"][MEDIA_TYPE]["schema"]["$ref"].rpartition("/")[2]
    problems = [
        f"{each.json_path}: {each.message[:200]}"
        for each in _validator(schema).iter_errors(json.loads(response.content))
    ]
    assert not problems, (method, path, problems)


@cache
def _paths() -> list[tuple[re.Pattern[str], dict[str, Any]]]:
    known = description.document()["paths"].items()
    return [(re.compile(re.sub(r"{\w+}", "[^/]+", path)), methods) for path, methods in known if "/scim/v2" in path]


def _found(path: str) -> dict[str, Any]:
    return next((methods for pattern, methods in _paths() if pattern.fullmatch(path)), {})


@cache
def _validator(name: str) -> Draft202012Validator:
    """Closed to fields that nobody described, but for discovery, whose schemas are the RFC's."""
    schemas = description.document()["components"]["schemas"]
    shut = {
        each: said if each == "ScimDiscovery" else _shut(said)
        for each, said in schemas.items()
        if each.startswith("Scim")
    }
    return Draft202012Validator(
        {"$ref": f"#/components/schemas/{name}", "components": {"schemas": shut}},
        format_checker=FormatChecker(["date-time"]),
    )


def _shut(value: Any) -> Any:
    if isinstance(value, list):
        return [_shut(each) for each in value]
    if not isinstance(value, dict):
        return value
    shut = {name: _shut(each) for name, each in value.items()}
    return {**shut, "additionalProperties": False} if value.get("type") == "object" and "properties" in value else shut
