"""ETag, If-Match, If-None-Match (RFC 9110 §8.8.3, §13.1): a resource's tag is a digest of what we say of it."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.utils.http import parse_etags
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core import secrets

_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


def etag_of(representation: Mapping[str, Any]) -> str:
    text = json.dumps(representation, sort_keys=True, separators=(",", ":"))
    return f'"{secrets.base64url(hashlib.sha256(text.encode()).digest()[:16])}"'


def answer(request: Request, representation: Mapping[str, Any]) -> Response:
    """The bare resource with its tag; 304 to a reader who has it already."""
    tag = etag_of(representation)
    known = parse_etags(request.headers.get("If-None-Match", "")) if request.method in ("GET", "HEAD") else []
    fresh = "*" in known or tag in (other.removeprefix("W/") for other in known)
    response = Response(status=304) if fresh else Response(representation)
    response["ETag"] = tag
    return response


def seen_at(request: Request, updated_at: datetime, representation: Mapping[str, Any]) -> datetime | None:
    """What a verb must still find `updated_at` to be: nothing without If-Match; a moment at which nothing was ever changed
    when the caller saw another version, so that it is the verb that refuses, and its event that says so."""
    if "If-Match" not in request.headers:
        return None
    wanted = parse_etags(request.headers["If-Match"])
    return updated_at if "*" in wanted or etag_of(representation) in wanted else _NEVER
