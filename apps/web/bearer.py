"""Reading `Authorization: Bearer …` (RFC 6750 §2.1) and `Authorization: DPoP …` (RFC 9449 §7.1): the header only, one token,
one space."""

import re

from django.conf import settings
from django.http import HttpRequest

from apps.core.context import Context
from apps.core.errors import Denied, Unauthenticated
from apps.tokens import possession, signatures
from apps.tokens.possession import PossessionRefused, Shown
from apps.tokens.services import access
from apps.tokens.services.access import Bearer

_TOKEN = r"([A-Za-z0-9._~+/=-]{1,16384})"
_BEARER = re.compile(f"Bearer {_TOKEN}", re.IGNORECASE)
_DPOP = re.compile(f"DPoP {_TOKEN}", re.IGNORECASE)


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


def access_token_of(request: HttpRequest, origin: str) -> tuple[str, Shown | None]:
    """The token, and the DPoP proof that came with it or None by the Bearer scheme. `origin` is where this endpoint is, by
    our settings. Raises NoBearer."""
    found = _DPOP.fullmatch(request.headers.get("Authorization", ""))
    if found is None:
        return token_of(request), None
    return found[1], Shown(request.headers.get("DPoP", ""), request.method or "", f"{origin}{request.path}")


def require(ctx: Context, request: HttpRequest, *, audience: str) -> Bearer:
    """The caller of an API, by an access token meant for it. Raises NoBearer, InvalidToken, PossessionRefused."""
    token, shown = access_token_of(request, settings.IDENTITY_CLOUD_API_URL)
    bearer = access.read_bearer(ctx, token, shown=shown)
    if audience not in bearer.audience:
        raise access.InvalidToken("the access token is not valid")
    return bearer


def challenges(refusal: Unauthenticated) -> dict[str, str]:
    """The headers of a 401: WWW-Authenticate, and a nonce where one may be used (RFC 6750 §3, RFC 9449 §7.1, §9)."""
    algorithms = " ".join(signatures.ALGORITHMS)
    if isinstance(refusal, PossessionRefused):
        challenge = f'{possession.SCHEME} error="{refusal.code}", algs="{algorithms}"'
        return {"WWW-Authenticate": challenge, "DPoP-Nonce": refusal.nonce}
    if refusal.code != access.InvalidToken.code:  # a request without any token is told the scheme and nothing else
        return {"WWW-Authenticate": "Bearer"}
    if refusal.facts.get("scheme") == possession.SCHEME:
        return {"WWW-Authenticate": f'{possession.SCHEME} error="invalid_token", algs="{algorithms}"'}
    return {"WWW-Authenticate": 'Bearer error="invalid_token"'}
