"""Authorization requests: read by oauthlib, checked by it and by us (RFC 6749 §4.1.1, RFC 7636 §4.3, RFC 9700 §2.1).

What is wrong with the client or its redirect URI is never redirected; everything else goes back to the client.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote_to_bytes

from oauthlib.common import Request
from oauthlib.oauth2.rfc6749 import errors
from oauthlib.oauth2.rfc6749.endpoints import AuthorizationEndpoint
from oauthlib.openid.connect.core.grant_types import AuthorizationCodeGrant

from apps.applications.models import Application
from apps.core.context import Context
from apps.tokens import assurance, jose, mistakes, parameters, redirects, request_objects, token_options, verification
from apps.tokens import authorization_parameters as read
from apps.tokens.authorization_parameters import AskedClaims, Wrong
from apps.tokens.claims import PERSONAL
from apps.tokens.client_validator import ClientValidator
from apps.tokens.token_options import OptionRefused

_REQUEST_LENGTH = 65_536
CHALLENGE = re.compile(r"[A-Za-z0-9._~-]{43,128}")  # RFC 7636 §4.2


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """A checked authorization request. It may be stored and resumed; nothing in it is believed twice.

    `subject` is the one person meant, as this client knows them, "" for anybody. `acr_values` are enough when the least of
    them is reached; `acr_essential`: otherwise there is no code (OpenID Connect Core §5.5.1.1). `dpop_jkt` is the key that
    the code is for (RFC 9449 §10), `pushed_id` the pushed request that this was, "" when there is none.
    `for_own_page`: no client's request, but one of a page of ours (approving a device, `/me`); it ends there, with no code.
    """

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
    response_mode: str = "query"
    subject: str = ""
    acr_values: tuple[str, ...] = ()
    acr_essential: bool = False
    userinfo_claims: tuple[str, ...] = ()
    id_token_claims: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    dpop_jkt: str = ""
    pushed_id: str = ""
    for_own_page: bool = False
    ui_locales: str = ""

    @property
    def prompts(self) -> frozenset[str]:
        return frozenset(self.prompt.split())

    @property
    def is_silent(self) -> bool:
        return "none" in self.prompts


class UntrustedClient(Exception):
    """The client or its redirect URI is wrong: a page, never a redirect (RFC 6749 §4.1.2.1). Says what is wrong."""


class AuthorizationRefused(Exception):
    """An error to send back to the client by way of the browser."""

    def __init__(
        self, error: str, description: str, redirect_uri: str, state: str, response_mode: str = "query"
    ) -> None:
        super().__init__(error)
        self.error, self.description, self.redirect_uri, self.state = error, description, redirect_uri, state
        self.response_mode = response_mode


def check_authorization_request(
    ctx: Context, application: Application, query: str, *, own_redirect_uri: str = ""
) -> AuthorizationRequest:
    """`query` is the raw query string, so that a parameter given twice is seen; `own_redirect_uri` see ClientValidator.
    Raises UntrustedClient, AuthorizationRefused."""
    query = parameters.without_empty(query)
    _refuse_unreadable(query)
    try:
        mode, hidden_state = _way_back(query)
        asked, found = _endpoint(ctx, application, own_redirect_uri).validate_authorization_request(
            f"https://authorize.invalid/?{_for_oauthlib(query)}", "GET"
        )
    except errors.FatalClientError as problem:
        raise UntrustedClient(mistakes.told(problem.description or problem.error, query)) from None
    except errors.OAuth2Error as problem:
        to, state = problem.redirect_uri or "", problem.state or hidden_state
        if not to:  # oauthlib forgets it in places, and an answer to nowhere would be one to ourselves
            raise UntrustedClient(mistakes.told(problem.description or problem.error, query)) from None
        said = mistakes.told(problem.description or "", query)
        raise AuthorizationRefused(problem.error, said, to, state, _mode(mode, to)) from None
    except ValueError:  # oauthlib's word for a query string it cannot parse
        raise UntrustedClient("the request cannot be read") from None
    request = found["request"]
    try:
        return _checked(ctx, application, request, asked, query)
    except Wrong as problem:
        to, state = request.redirect_uri, request.state or hidden_state
        raise AuthorizationRefused(problem.error, problem.description, to, state, _mode(mode, to)) from None


def _endpoint(ctx: Context, application: Application, own_redirect_uri: str) -> AuthorizationEndpoint:
    validator = ClientValidator(ctx, application, own_redirect_uri=own_redirect_uri)
    return AuthorizationEndpoint(
        default_response_type="code",
        default_token_type=None,
        response_types={"code": AuthorizationCodeGrant(validator)},
    )


def _refuse_unreadable(query: str) -> None:
    """A `#` is nothing a URL's query has: in the URL that oauthlib reads it would hide what follows. Text that is not UTF-8
    could not be given back as it came."""
    try:
        unquoted = unquote_to_bytes(query.replace("+", " "))
        unquoted.decode()
    except UnicodeError:
        raise UntrustedClient("the request cannot be read") from None
    if "#" in query or b"\x00" in unquoted or len(query) > _REQUEST_LENGTH:
        raise UntrustedClient("the request cannot be read")


def _for_oauthlib(query: str) -> str:
    """Without `claims`: it would refuse what it cannot read and not say whom to tell."""
    return "&".join(part for part in query.split("&") if part.partition("=")[0] != "claims")


def _way_back(query: str) -> tuple[str, str]:
    """How the client listens for an error, and the state it knows it by: that of a request object, if there is one here, as
    it would have been had we taken it."""
    given = parse_qsl(query)
    modes = [value for name, value in given if name == "response_mode"]
    inside, state = request_objects.way_back(dict(given).get("request", ""))
    mode = (inside or modes[0]) if len(modes) == 1 else inside
    return mode if mode in read.RESPONSE_MODES else "query", state


def _mode(asked: str, redirect_uri: str) -> str:
    return asked if redirects.can_be_posted_to(redirect_uri) else "query"


def _checked(
    ctx: Context, application: Application, request: Request, asked: list[str], query: str
) -> AuthorizationRequest:
    """Raises Wrong."""
    pairs = parse_qsl(query)
    given = dict(pairs)
    _refuse_wrong(application, request, given, parameters.repeated(query))
    claims = read.claims(given.get("claims", ""))
    acr_values = claims.acr_values or tuple(given.get("acr_values", "").split())
    return AuthorizationRequest(
        redirect_uri=request.redirect_uri,
        scopes=tuple(asked),
        state=request.state or "",
        nonce=given.get("nonce", ""),
        code_challenge=request.code_challenge or "",
        code_challenge_method=(request.code_challenge_method or "") if request.code_challenge else "",
        prompt=read.prompt(given.get("prompt", "")),
        max_age=read.max_age(given.get("max_age", "")),
        login_hint=given.get("login_hint", "")[:254],
        ui_locales=given.get("ui_locales", "")[:100],
        asked_for_scopes=bool(given.get("scope", "").strip()),
        response_mode=given.get("response_mode", "query"),
        subject=_subject(ctx, application, given, claims),
        acr_values=tuple(value for value in acr_values if value in assurance.LEVELS),
        acr_essential=claims.acr_essential,
        userinfo_claims=tuple(name for name in claims.userinfo if name in PERSONAL),
        id_token_claims=tuple(name for name in claims.id_token if name in PERSONAL),
        resources=_resources(application, [value for name, value in pairs if name == "resource"]),
        dpop_jkt=read.thumbprint(given.get("dpop_jkt", "")),
    )


def _refuse_wrong(application: Application, request: Request, given: Mapping[str, str], repeated: list[str]) -> None:
    read.refuse_unsupported(given, repeated)
    if "request" in given:
        raise Wrong("request_not_supported", "request objects are not supported")
    if "request_uri" in given:
        raise Wrong("request_uri_not_supported", "request_uri is not supported")
    read.refuse_out_of_bounds(given)
    _refuse_challenge(application, request)
    response_mode = given.get("response_mode", "query")
    if response_mode != _mode(response_mode, request.redirect_uri):
        raise Wrong("invalid_request", "a form cannot be posted to this redirect_uri")


def _refuse_challenge(application: Application, request: Request) -> None:
    if request.code_challenge and not CHALLENGE.fullmatch(request.code_challenge):
        raise Wrong("invalid_request", "code_challenge must be 43 to 128 unreserved characters")
    if request.code_challenge and request.code_challenge_method != "S256" and application.pkce != "plain":
        raise Wrong("invalid_request", "code_challenge_method must be S256")


def _subject(ctx: Context, application: Application, given: Mapping[str, str], claims: AskedClaims) -> str:
    hint = given.get("id_token_hint", "")
    try:
        hinted = verification.read_id_token_hint(ctx, application, hint)["sub"] if hint else ""
    except jose.TokenRejected:
        raise Wrong("invalid_request", "id_token_hint is no ID token that this client got from us") from None
    return read.one_subject(hinted, claims.subject)


def _resources(application: Application, asked: list[str]) -> tuple[str, ...]:
    try:
        return token_options.known_resources(application, asked)
    except OptionRefused as problem:
        raise Wrong(problem.error, problem.description) from None
