"""Reading `Authorization: Bearer …` (RFC 6750 §2.1): the header only, one token, one space."""

import re

from django.http import HttpRequest

from apps.core.context import Context
from apps.core.errors import Denied, Unauthenticated
from apps.tokens.services import access
from apps.tokens.services.access import Bearer

_BEARER = re.compile(r"Bearer ([A-Za-z0-9._~+/=-]{1,16384})", re.IGNORECASE)


class NoBearer(Unauthenticated):
    """No token, or not one."""


class Forbidden(Denied):
    """Another tenant, or not enough scope: both read alike (contract/wire.md §1.1)."""


def token_of(request: HttpRequest) -> str:
    """Raises NoBearer."""
    found = _BEARER.fullmatch(request.headers.get("Authorization", ""))
    if found is None:
        raise NoBearer("unauthorized")
    return found[1]


def require(ctx: Context, request: HttpRequest, *, audience: str) -> Bearer:
    """The caller of an API, by an access token meant for it. Raises NoBearer, InvalidToken."""
    bearer = access.read_bearer(ctx, token_of(request))
    if audience not in bearer.audience:
        raise access.InvalidToken("the access token is not valid")
    return bearer
