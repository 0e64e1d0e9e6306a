"""/v1/openapi.json (contract/extensions.md §1): for everybody, with or without a token."""

import hashlib
from functools import cache

from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from apps.api import description
from apps.core import secrets


@require_safe
def openapi(request: HttpRequest) -> HttpResponse:
    response = HttpResponse(description.text(), content_type="application/json")
    response["ETag"] = _tag()
    response["Cache-Control"] = "public, max-age=300"
    return get_conditional_response(request, etag=_tag(), response=response) or response


@cache
def _tag() -> str:
    return f'"{secrets.base64url(hashlib.sha256(description.text()).digest()[:16])}"'
