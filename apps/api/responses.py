"""What an operation may answer, status by status: its own 200, and the refusals that follow from what it is."""

from collections.abc import Mapping
from typing import Any

from apps.api.operations import Operation
from apps.api.schemas.errors import ERROR, MEANINGS, example
from apps.api.schemas.kinds import Component, Schema

_TEXT = {"type": "string"}
_NUMBER = {"type": "integer", "minimum": 0}


def _header(name: str, about: str, schema: Schema) -> dict[str, Component]:
    return {name: Component(name, {"description": about, "schema": schema}, "headers")}


_CORRELATION = _header("X-Correlation-Id", "The flow this request is part of.", _TEXT)
_LIMITS = {
    **_header("RateLimit-Limit", "Requests in a window.", _NUMBER),
    **_header("RateLimit-Remaining", "What is left of them.", _NUMBER),
    **_header("RateLimit-Reset", "Seconds until the next window.", _NUMBER),
}
_ETAG = _header("ETag", "This version, for If-Match and If-None-Match.", _TEXT)
_REPLAYED = _header("Idempotent-Replayed", "`true`: the answer of an earlier request.", _TEXT)
_ASKED_FOR = _header("WWW-Authenticate", "RFC 6750 §3; after a 403 it names the scopes that are missing.", _TEXT)
_AFTER = _header("Retry-After", "Seconds.", _NUMBER)
_OF_STATUS = {
    401: _ASKED_FOR,
    403: _ASKED_FOR | _REPLAYED,
    404: _REPLAYED,
    409: _REPLAYED,
    412: _REPLAYED,
    422: _REPLAYED,
    429: _AFTER,
    503: _AFTER,
}
_WORDS = {
    400: "BadRequest", 401: "Unauthorized", 403: "Forbidden", 404: "NotFound", 406: "NotAcceptable", 409: "Conflict",
    412: "PreconditionFailed", 413: "PayloadTooLarge", 415: "UnsupportedMediaType", 422: "UnprocessableEntity",
    429: "TooManyRequests", 500: "InternalServerError", 503: "Unavailable",
}  # fmt: skip


def responses_of(path: str, method: str, operation: Operation, links: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {"200": {**_success(method, operation), **({"links": links} if links else {})}}
    if method == "get" and isinstance(operation.answers, Component):
        found["304"] = {
            "description": "Still the version that If-None-Match names.",
            "headers": _CORRELATION | _LIMITS | _ETAG,
        }
    for status in statuses_of(path, method, operation):
        if own := operation.refuses.get(status):
            found[str(status)] = _refusal(status, f"{own} Or: {MEANINGS[status]}")
        else:
            found[str(status)] = Component(_WORDS[status], _refusal(status, MEANINGS[status]), "responses")
    return found


def statuses_of(path: str, method: str, operation: Operation) -> list[int]:
    found = {400, 401, 403, 406, 413, 415, 429, 500, *operation.refuses}
    if "{realm_id}" in path:
        found.add(404)
    if method != "get":
        found |= {409, 503}
    if method == "post":
        found.add(422)
    if operation.if_match:
        found.add(412)
    return sorted(found)


def _success(method: str, operation: Operation) -> dict[str, Any]:
    headers = _CORRELATION | _LIMITS | (_REPLAYED if method == "post" else {})
    if operation.answers_as:
        content: dict[str, Any] = {kind: {"schema": schema} for kind, schema in operation.answers_as.items()}
        return {"description": "Done.", "headers": headers, "content": content}
    if operation.answers is None:
        return {"description": "Done. The body is empty.", "headers": headers}
    if isinstance(operation.answers, Component):
        headers = headers | _ETAG
    content = {"application/json": {"schema": operation.answers}}
    return {"description": "Done.", "headers": headers, "content": content}


def _refusal(status: int, words: str) -> dict[str, Any]:
    return {
        "description": words,
        "headers": _CORRELATION | (_LIMITS if status != 401 else {}) | _OF_STATUS.get(status, {}),
        "content": {"application/json": {"schema": ERROR, "example": example(status)}},
    }
