"""Authorization requests: read by oauthlib, checked by it and by us (RFC 6749 §4.1.1, RFC 7636 §4.3, RFC 9700 §2.1).

What is wrong with the client or its redirect URI is never redirected; everything else goes back to the client.
"""

import re
from dataclasses import dataclass

from oauthlib.common import Request
from oauthlib.oauth2.rfc6749 import errors
from oauthlib.oauth2.rfc6749.endpoints import AuthorizationEndpoint
from oauthlib.openid.connect.core.grant_types import AuthorizationCodeGrant

from apps.applications.models import Application
from apps.core.context import Context
from apps.tokens import parameters
from apps.tokens.validator import RealmValidator

_PARAMETER_LENGTH = 2048
_CHALLENGE = re.compile(r"[A-Za-z0-9._~-]{43,128}")  # RFC 7636 §4.2


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """A checked authorization request. It may be stored and resumed; nothing in it is believed twice."""

    redirect_uri: str
    scopes: tuple[str, ...]
    state: str = ""
    nonce: str = ""
    code_challenge: str = ""
    code_challenge_method: str = ""
    prompt: str = ""
    max_age: int | None = None
    login_hint: str = ""
    asked_for_scopes: bool = False


class UntrustedClient(Exception):
    """The client or its redirect URI is wrong: a page, never a redirect (RFC 6749 §4.1.2.1). Says what is wrong."""


class AuthorizationRefused(Exception):
    """An error to send back to the client by redirect."""

    def __init__(self, error: str, description: str, redirect_uri: str, state: str) -> None:
        super().__init__(error)
        self.error, self.description, self.redirect_uri, self.state = error, description, redirect_uri, state


def check_authorization_request(ctx: Context, application: Application, query: str) -> AuthorizationRequest:
    """`query` is the raw query string, so that a parameter given twice is seen. Raises UntrustedClient,
    AuthorizationRefused."""
    validator = RealmValidator(ctx, application)
    endpoint = AuthorizationEndpoint(
        default_response_type="code",
        default_token_type=None,
        response_types={"code": AuthorizationCodeGrant(validator)},
    )
    query = parameters.without_empty(query)
    if "#" in query:  # a body may hold one; in the URL that oauthlib reads it would hide what follows
        raise UntrustedClient("the request cannot be read")
    try:
        asked, found = endpoint.validate_authorization_request(f"https://authorize.invalid/?{query}", "GET")
    except errors.FatalClientError as problem:
        raise UntrustedClient(problem.description or problem.error) from None
    except errors.OAuth2Error as problem:
        raise AuthorizationRefused(
            problem.error, problem.description or "", problem.redirect_uri or "", problem.state or ""
        ) from None
    except ValueError:  # oauthlib's word for a query string it cannot parse
        raise UntrustedClient("the request cannot be read") from None
    return _checked(application, found["request"], asked, parameters.repeated(query))


def _checked(application: Application, request: Request, asked: list[str], repeated: list[str]) -> AuthorizationRequest:
    def refuse(error: str, description: str) -> AuthorizationRefused:
        return AuthorizationRefused(error, description, request.redirect_uri, request.state or "")

    given = dict(request.uri_query_params)
    if repeated:
        raise refuse("invalid_request", f"{repeated[0]} is given twice")
    if "request" in given:
        raise refuse("request_not_supported", "request objects are not supported")
    if "request_uri" in given:
        raise refuse("request_uri_not_supported", "request_uri is not supported")
    if given.get("response_mode", "query") != "query":
        raise refuse("invalid_request", "response_mode must be query")
    if any(len(value) > _PARAMETER_LENGTH or "\x00" in value for value in given.values()):
        raise refuse("invalid_request", "a parameter is too long or holds a NUL")
    if request.code_challenge and not _CHALLENGE.fullmatch(request.code_challenge):
        raise refuse("invalid_request", "code_challenge must be 43 to 128 unreserved characters")
    if request.code_challenge and request.code_challenge_method != "S256" and application.pkce != "plain":
        raise refuse("invalid_request", "code_challenge_method must be S256")
    if len(given.get("nonce", "")) > 255:
        raise refuse("invalid_request", "nonce is longer than 255 characters")
    max_age = given.get("max_age", "")
    if max_age and not (max_age.isascii() and max_age.isdigit() and len(max_age) < 10):
        raise refuse("invalid_request", "max_age must be a whole number of seconds")
    return AuthorizationRequest(
        redirect_uri=request.redirect_uri,
        scopes=tuple(asked),
        state=request.state or "",
        nonce=given.get("nonce", ""),
        code_challenge=request.code_challenge or "",
        code_challenge_method=(request.code_challenge_method or "") if request.code_challenge else "",
        prompt=given.get("prompt", ""),
        max_age=int(max_age) if max_age else None,
        login_hint=given.get("login_hint", "")[:254],
        asked_for_scopes=bool(given.get("scope", "").strip()),
    )
