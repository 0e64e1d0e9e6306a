"""Pushed authorization requests (RFC 9126): a client leaves its request with us and sends the browser with a reference."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import parse_qsl, unquote_plus, urlencode

from apps.applications.models import Application
from apps.core import secrets
from apps.core.context import Actor, ActorType, Context
from apps.core.errors import Invalid
from apps.events.attempt import attempt
from apps.events.types import EventType
from apps.tokens import authorization, client_authentication, client_keys, possession, request_sources
from apps.tokens.authorization import AuthorizationRefused, UntrustedClient
from apps.tokens.dpop import Proof
from apps.tokens.issuer import endpoints_of
from apps.tokens.models import PushedRequest
from apps.tokens.parameters import Form
from apps.tokens.possession import PossessionRefused, Shown
from apps.tokens.request_sources import ObjectRefused

LIFE_SECONDS = 60
# How the client proves itself is no part of what it asks for.
_PROOFS = frozenset({"client_secret", "client_assertion", "client_assertion_type"})


class RequestRefused(Invalid):
    """RFC 9126 §2.3. `code` is the error that the authorization endpoint would have given; `nonce` a DPoP nonce or ""."""

    def __init__(self, code: str, message: str, nonce: str = "") -> None:
        super().__init__(message=message)
        self.code, self.nonce = code, nonce


@dataclass(frozen=True, slots=True)
class Pushed:
    """`nonce` is for the client's next DPoP proof; "" for one that showed none."""

    request_uri: str
    expires_in: int
    nonce: str


def push(ctx: Context, application: Application, *, form: Form, headers: Mapping[str, str]) -> Pushed:
    """Checks the request as the authorization endpoint would, and keeps it. Raises ClientRefused, RequestRefused."""
    client_authentication.prepare(application, form)
    request_sources.prepare(application, form.text)
    with attempt(ctx, EventType.AUTHORIZE_REQUEST, application.realm, action="PUSH") as event:
        event.target(application)
        held = _held_key(ctx, application, headers)
        proof = client_authentication.authenticate_client(ctx, application, form=form, headers=headers)
        event.acting_as(Actor(ActorType.APPLICATION, str(application.pk), application.display_name))
        if proof.once:
            event.keep(proof.once.spend)
        if held:
            event.keep(possession.once(held).spend)
            _spend(ctx, held)
        query = _checked(ctx, application, _asked(application, form), held.jkt if held else "")
        request_uri = f"{request_sources.URI_PREFIX}{secrets.new_token()}"
        _insert(ctx, application, request_uri, query, held.jkt if held else "")
    return Pushed(request_uri, LIFE_SECONDS, possession.nonce(ctx) if held else "")


def forget(ctx: Context) -> int:
    """Maintenance only. A sign-in that began in time may take a while to end, and must find what it came from."""
    forgotten, _ = PushedRequest.objects.filter(expires_at__lt=ctx.now - timedelta(hours=1)).delete()
    return forgotten


def _held_key(ctx: Context, application: Application, headers: Mapping[str, str]) -> Proof | None:
    """The key that the code is to be bound to (RFC 9449 §10.1)."""
    if "HTTP_DPOP" not in headers:
        return None
    try:
        shown = Shown(headers["HTTP_DPOP"], "POST", endpoints_of(application).pushed_authorization_request)
        return possession.check(ctx, shown, algorithms=client_keys.algorithms_of(application))
    except PossessionRefused as refused:
        raise RequestRefused(refused.code, refused.message, refused.nonce) from None


def _spend(ctx: Context, held: Proof) -> None:
    try:
        possession.spend(ctx, held)
    except PossessionRefused as refused:
        raise RequestRefused(refused.code, refused.message, refused.nonce) from None


def _asked(application: Application, form: Form) -> str:
    """What would have been the authorization request's query, as it came, so that what is wrong with it still shows."""
    if "request_uri" in form:
        raise RequestRefused("invalid_request", "request_uri has no place in a pushed request")
    parts = [part for part in form.text.split("&") if unquote_plus(part.partition("=")[0]) not in _PROOFS]
    if "client_id" not in form:  # said in the Authorization header or the assertion, and proven there
        parts.append(urlencode({"client_id": application.client_id}))
    return "&".join(parts)


def _checked(ctx: Context, application: Application, query: str, jkt: str) -> str:
    """The request that will count when the browser comes, bound to the key that was shown."""
    try:
        if application.require_signed_request_object and not request_sources.is_signed(application, query):
            raise RequestRefused("invalid_request", request_sources.UNSIGNED)
        query = request_sources.opened(ctx, application, query)
        given = dict(parse_qsl(query))
        if application.is_fapi2 and "redirect_uri" not in given:
            raise RequestRefused("invalid_request", "redirect_uri is missing")
        if jkt and given.get("dpop_jkt", jkt) != jkt:
            raise RequestRefused("invalid_dpop_proof", "the DPoP proof is of another key than dpop_jkt")
        if jkt and "dpop_jkt" not in given:
            query = f"{query}&{urlencode({'dpop_jkt': jkt})}"
        authorization.check_authorization_request(ctx, application, query)
    except ObjectRefused as problem:
        raise RequestRefused("invalid_request_object", str(problem)) from None
    except UntrustedClient as problem:
        raise RequestRefused("invalid_request", str(problem)) from None
    except AuthorizationRefused as problem:
        raise RequestRefused(problem.error, problem.description) from None
    return query


def _insert(ctx: Context, application: Application, request_uri: str, query: str, jkt: str) -> None:
    row = PushedRequest(
        tenant_id=application.tenant_id,
        realm_id=application.realm_id,
        application=application,
        digest=secrets.digest(request_uri),
        parameters=query,
        dpop_jkt=jkt,
        expires_at=ctx.now + timedelta(seconds=LIFE_SECONDS),
        created_at=ctx.now,
        updated_at=ctx.now,
    )
    PushedRequest.objects.bulk_create([row])  # one INSERT; save() would look for a row to update first
