"""The OAuth engine: oauthlib's grants, driven by django-oauth-toolkit's validator made to know realms.

Every import of the toolkit's machinery is here (its model bases are in applications.models). What it does wrongly for
many realms is overridden below, each with its reason; the measured list is in docs/decisions/0003-oauth-engine.md.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlencode

from django.db.models.functions import Now
from oauth2_provider.oauth2_validators import OAuth2Validator
from oauthlib.common import Request
from oauthlib.oauth2.rfc6749 import errors
from oauthlib.oauth2.rfc6749.endpoints import AuthorizationEndpoint, TokenEndpoint
from oauthlib.oauth2.rfc6749.grant_types import ClientCredentialsGrant
from oauthlib.oauth2.rfc6749.tokens import BearerToken
from oauthlib.openid.connect.core.grant_types import AuthorizationCodeGrant

from apps.applications import scopes, selectors
from apps.applications.hashers import SHA256SecretHasher
from apps.applications.models import Application, Grant
from apps.core import secrets
from apps.core.context import Context
from apps.tokens import minting
from apps.tokens.minting import MintedToken, Subject

_PARAMETER_LENGTH = 2048
_CHALLENGE = re.compile(r"[A-Za-z0-9._~-]{43,128}")  # RFC 7636 §4.2


class RealmValidator(OAuth2Validator):
    """One request to one application. Built per request: no global client, no context variable."""

    def __init__(self, ctx: Context, application: Application) -> None:
        super().__init__()
        self.ctx = ctx
        self.application = application
        self.grant: Grant | None = None
        self.minted: MintedToken | None = None
        self.replayed_grant: Grant | None = None

    # --- the client: the toolkit looks up client_id in the whole installation; ours is the one in the path -------------
    def _load_application(self, client_id: str, request: Request) -> Application | None:
        if client_id != self.application.client_id:
            return None
        request.client = self.application
        return self.application

    def _check_secret(self, provided_secret: str, stored_secret: str) -> bool:
        if SHA256SecretHasher().verify(provided_secret, stored_secret):
            return True
        expires_at = self.application.previous_secret_expires_at
        within_grace = expires_at is not None and self.ctx.now < expires_at
        return within_grace and SHA256SecretHasher().verify(provided_secret, self.application.previous_secret)

    # --- authorization requests ------------------------------------------------------------------------------------------
    def validate_redirect_uri(
        self, client_id: str, redirect_uri: str, request: Request, *args: Any, **kwargs: Any
    ) -> bool:
        """Exact string match; only a loopback IP literal may vary its port (RFC 9700 §2.1, RFC 8252 §7.3)."""
        return any(_same_redirect(registered, redirect_uri) for registered in self.application.redirect_uri_list)

    def get_default_redirect_uri(self, client_id: str, request: Request, *args: Any, **kwargs: Any) -> str | None:
        registered = self.application.redirect_uri_list
        return registered[0] if len(registered) == 1 else None

    def is_pkce_required(self, client_id: str, request: Request) -> bool:
        return self.application.pkce != "disabled" or not self.application.is_confidential

    def validate_scopes(
        self, client_id: str, asked: list[str], client: Any, request: Request, *a: Any, **k: Any
    ) -> bool:
        """Narrows what was asked to what the application may have; refuses only when nothing of it is left."""
        request.scopes = list(
            scopes.granted(
                asked,
                allowed=self.application.allowed_scopes,
                of_roles=None,
                openid=self.application.protocol == "oidc",
            )
        )
        return bool(request.scopes) or not asked

    def get_default_scopes(self, client_id: str, request: Request, *args: Any, **kwargs: Any) -> list[str]:
        return list(self.application.allowed_scopes)

    # prompt=none needs the browser's session, which lives above us: authentication answers it.
    def validate_silent_login(self, request: Request) -> bool:
        return True

    def validate_silent_authorization(self, request: Request) -> bool:
        return True

    # --- codes: stored hashed, read once, consumed by one conditional UPDATE -------------------------------------------
    def validate_code(
        self, client_id: str, code: str, client: Any, request: Request, *args: Any, **kwargs: Any
    ) -> bool:
        found = (
            Grant.objects.select_related("user").filter(code=secrets.digest(code), application=self.application).first()
        )
        if found is None:
            return False
        self.grant = found
        if found.consumed_at is not None:
            self.replayed_grant = found
            return False
        if found.is_expired() or not found.user.is_active:
            return False
        request.user, request.scopes, request.nonce = found.user, found.scope.split(), found.nonce or None
        return True

    def get_code_challenge(self, code: str, request: Request) -> str | None:
        return (self.grant and self.grant.code_challenge) or None

    def get_code_challenge_method(self, code: str, request: Request) -> str | None:
        return (self.grant and self.grant.code_challenge_method) or None

    def confirm_redirect_uri(
        self, client_id: str, code: str, redirect_uri: str, client: Any, *args: Any, **kwargs: Any
    ) -> bool:
        return self.grant is not None and redirect_uri == self.grant.redirect_uri

    def get_authorization_code_nonce(
        self, client_id: str, code: str, redirect_uri: str, request: Request
    ) -> str | None:
        return (self.grant and self.grant.nonce) or None

    def invalidate_authorization_code(self, client_id: str, code: str, request: Request, *a: Any, **k: Any) -> None:
        """Done already, before anything was minted: see `consume`."""

    def consume(self, request: Request) -> None:
        """Only the winner mints. The toolkit saves the token first, which leaves orphans behind (anchors/security.md L4).

        Refuses a code of another moment or use, by the database's clock.
        """
        grant = self.grant
        if grant is None:
            raise errors.InvalidGrantError(request=request)
        unused = Grant.objects.filter(pk=grant.pk, consumed_at=None, expires__gt=Now())
        if unused.update(consumed_at=Now()) != 1:
            self.replayed_grant = grant
            raise errors.InvalidGrantError(request=request)

    # --- tokens ----------------------------------------------------------------------------------------------------------
    def generate_access_token(self, request: Request) -> str:
        if request.grant_type == "authorization_code":
            self.consume(request)
        scope = self._final_scope(request)
        request.scopes = scope.split()
        self.minted = minting.mint_access_token(
            self.ctx, self.application, self.subject(), scope=scope, grant_type=request.grant_type
        )
        return self.minted.token

    def _final_scope(self, request: Request) -> str:
        """Roles are asked again when the code is redeemed: one taken away in between is gone."""
        if self.grant is None:
            return " ".join(request.scopes)
        held = selectors.role_scopes(self.grant.user, self.application.resource_server)
        return " ".join(scope for scope in request.scopes if scope in held or scope in scopes.OPENID_SCOPES)

    def subject(self) -> Subject:
        grant = self.grant
        if grant is None:
            return Subject()
        return Subject(
            identity=grant.user,
            authenticated_at=grant.authenticated_at,
            session_id=grant.session_id,
            grant_id=grant.pk,
            acr=grant.acr,
            amr=tuple(grant.amr),
            nonce=grant.nonce,
        )

    def save_bearer_token(self, token: dict[str, Any], request: Request, *args: Any, **kwargs: Any) -> None:
        if self.minted is None:
            raise errors.ServerError(request=request)
        minting.insert_access_token(self.ctx, self.application, self.subject(), self.minted)

    def get_id_token(self, token: dict[str, Any], token_handler: Any, request: Request) -> str:
        """Signed by the realm's key and not stored; the toolkit would write a row for each."""
        return minting.mint_id_token(self.ctx, self.application, self.subject(), token["access_token"])


@dataclass(frozen=True, slots=True)
class TokenAnswer:
    """What the token endpoint says: RFC 6749 §5.1, or §5.2 with `error`."""

    status: int
    body: str
    error: str
    headers: Mapping[str, str]
    validator: RealmValidator


def answer_token_request(
    ctx: Context, application: Application, *, form: str, headers: Mapping[str, str]
) -> TokenAnswer:
    """Runs one token request through oauthlib. `form` is the urlencoded body. Writes rows: call it in an attempt."""
    validator = RealmValidator(ctx, application)
    if "HTTP_AUTHORIZATION" in headers and "client_secret" in parse_qs(form):  # RFC 6749 §2.3: one method a request
        body = json.dumps({"error": "invalid_request", "error_description": "one way of client authentication only"})
        return TokenAnswer(400, body, "invalid_request", {}, validator)
    code_grant = AuthorizationCodeGrant(validator)
    bearer = BearerToken(validator, validator.generate_access_token, lambda r: application.token_expires_after_seconds)
    endpoint = TokenEndpoint(
        default_grant_type="unsupported",
        default_token_type=bearer,
        grant_types={
            "authorization_code": code_grant,
            "client_credentials": ClientCredentialsGrant(validator),
            "unsupported": code_grant,
        },
    )
    code_grant.refresh_token = False
    out_headers, body, status = endpoint.create_token_response(
        f"https://token.invalid/{application.path}", "POST", form, dict(headers)
    )
    return TokenAnswer(status, body or "", _error_in(body, status), out_headers, validator)


def read_revocation(ctx: Context, application: Application, *, form: str, headers: Mapping[str, str]) -> str | None:
    """The `token` an authentic client wants revoked; None when it is not that client (RFC 7009 §2.1)."""
    validator = RealmValidator(ctx, application)
    request = Request(f"https://revoke.invalid/{application.path}", "POST", form, dict(headers))
    if validator.client_authentication_required(request):
        authentic = validator.authenticate_client(request)
    else:
        authentic = validator.authenticate_client_id(request.client_id, request)
    return (request.token or "") if authentic else None


def _error_in(body: str | None, status: int) -> str:
    if status < 400:
        return ""
    try:
        return str(json.loads(body or "{}").get("error", "invalid_request"))
    except ValueError:
        return "invalid_request"


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
    return _checked(application, found["request"], asked)


def _checked(application: Application, request: Request, asked: list[str]) -> AuthorizationRequest:
    def refuse(error: str, description: str) -> AuthorizationRefused:
        return AuthorizationRefused(error, description, request.redirect_uri, request.state or "")

    parameters = dict(request.uri_query_params)
    if "request" in parameters:
        raise refuse("request_not_supported", "request objects are not supported")
    if "request_uri" in parameters:
        raise refuse("request_uri_not_supported", "request_uri is not supported")
    if parameters.get("response_mode", "query") != "query":
        raise refuse("invalid_request", "response_mode must be query")
    if any(len(value) > _PARAMETER_LENGTH or "\x00" in value for value in parameters.values()):
        raise refuse("invalid_request", "a parameter is too long or holds a NUL")
    if request.code_challenge and not _CHALLENGE.fullmatch(request.code_challenge):
        raise refuse("invalid_request", "code_challenge must be 43 to 128 unreserved characters")
    if request.code_challenge and request.code_challenge_method != "S256" and application.pkce != "plain":
        raise refuse("invalid_request", "code_challenge_method must be S256")
    if len(parameters.get("nonce", "")) > 255:
        raise refuse("invalid_request", "nonce is longer than 255 characters")
    max_age = parameters.get("max_age", "")
    if max_age and not (max_age.isascii() and max_age.isdigit() and len(max_age) < 10):
        raise refuse("invalid_request", "max_age must be a whole number of seconds")
    return AuthorizationRequest(
        redirect_uri=request.redirect_uri,
        scopes=tuple(asked),
        state=request.state or "",
        nonce=parameters.get("nonce", ""),
        code_challenge=request.code_challenge or "",
        code_challenge_method=(request.code_challenge_method or "") if request.code_challenge else "",
        prompt=parameters.get("prompt", ""),
        max_age=int(max_age) if max_age else None,
        login_hint=parameters.get("login_hint", "")[:254],
        asked_for_scopes=bool(parameters.get("scope", "").strip()),
    )


def with_parameters(redirect_uri: str, parameters: Mapping[str, str]) -> str:
    """The redirect URI with parameters added to whatever query it has (RFC 6749 §4.1.2); empty ones are left out."""
    query = urlencode({name: value for name, value in parameters.items() if value})
    return f"{redirect_uri}{'&' if '?' in redirect_uri else '?'}{query}"


def _same_redirect(registered: str, given: str) -> bool:
    if registered == given:
        return True
    return _without_port(registered) is not None and _without_port(registered) == _without_port(given)


def _without_port(uri: str) -> tuple[str, str] | None:
    """(host, rest) of an http loopback IP literal, whose port is the native app's to choose; None for anything else."""
    for host in ("http://127.0.0.1", "http://[::1]"):
        if uri.startswith(host):
            authority, slash, rest = uri[len(host) :].partition("/")
            if not authority or (authority[0] == ":" and authority[1:].isdigit()):
                return host, slash + rest
    return None
