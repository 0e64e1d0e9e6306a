"""Authorization requests as nearly all of them are: a code for a registered address, with scopes and PKCE, in plain ASCII.

They are read at once. Whatever is unusual about one, or wrong, is None here: `authorization` then reads it with oauthlib,
decides, and says why; what is read here is read there alike (docs/decisions/0029). Pure but for the application.
"""

import re
from collections.abc import Mapping
from urllib.parse import parse_qsl

from apps.applications import scopes
from apps.applications.models import Application
from apps.tokens import authorization_parameters
from apps.tokens.authorization import CHALLENGE, AuthorizationRequest
from apps.tokens.authorization_parameters import Wrong

_LONGEST = 4096
_QUERY = re.compile(r"(?:[A-Za-z0-9._~:/?@!$'()*,=&+-]++|%[2-7][0-9A-Fa-f])*+")
_SCOPES = re.compile(r"[!#-\[\]-~]+(?: [!#-\[\]-~]+)*")  # RFC 6749 §3.3
_NEEDED = frozenset({"response_type", "client_id", "redirect_uri", "scope", "code_challenge", "code_challenge_method"})
_KNOWN = _NEEDED | {"state", "nonce"}


def read(application: Application, query: str) -> AuthorizationRequest | None:
    if len(query) > _LONGEST or not _QUERY.fullmatch(query):
        return None
    pairs = parse_qsl(query)
    given = dict(pairs)
    if len(given) != len(pairs) or not _NEEDED <= given.keys() <= _KNOWN:
        return None
    if not _is_in_order(application, given):
        return None
    granted = scopes.granted(
        given["scope"].split(" "),
        allowed=application.allowed_scopes,
        of_roles=None,
        openid=application.protocol == "oidc",
    )
    if not granted:
        return None
    return AuthorizationRequest(
        redirect_uri=given["redirect_uri"],
        scopes=granted,
        state=given.get("state", ""),
        nonce=given.get("nonce", ""),
        code_challenge=given["code_challenge"],
        code_challenge_method="S256",
        asked_for_scopes=True,
    )


def _is_in_order(application: Application, given: Mapping[str, str]) -> bool:
    try:
        authorization_parameters.refuse_out_of_bounds(given)
    except Wrong:
        return False
    return (
        not application.requires_pushed_requests
        and not application.require_signed_request_object
        and "authorization_code" in application.grant_types
        and given["response_type"] == "code"
        and given["client_id"] == application.client_id
        and given["redirect_uri"] in application.redirect_uri_list
        and given["code_challenge_method"] == "S256"
        and CHALLENGE.fullmatch(given["code_challenge"]) is not None
        and _SCOPES.fullmatch(given["scope"]) is not None
    )
