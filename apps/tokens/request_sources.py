"""Where an authorization request comes from: the query itself, a signed object in it (RFC 9101), or a request that the
client left with us before (RFC 9126). Whichever it is, the same checks follow."""

from dataclasses import dataclass, replace
from urllib.parse import parse_qsl
from uuid import UUID

from django.db.models.functions import Now

from apps.applications.models import Application
from apps.core import secrets
from apps.core.context import Context
from apps.tokens import (
    authorization,
    client_keys,
    ordinary_authorization,
    parameters,
    request_objects,
    signatures,
)
from apps.tokens.authorization import AuthorizationRefused, AuthorizationRequest, UntrustedClient
from apps.tokens.issuer import issuer_of
from apps.tokens.models import PushedRequest
from apps.tokens.signatures import SignatureRejected, Unverified

UNSIGNED = "this client must sign its requests: send them as a request object (RFC 9101)"
URI_PREFIX = "urn:ietf:params:oauth:request_uri:"


@dataclass(frozen=True, slots=True)
class Source:
    """The parameters that count, urlencoded; `is_signed` says that the client signed them wherever it must. `pushed_id` is
    the row they were left in, if they were, and `own_redirect_uri` what that row allows beside the registered addresses."""

    query: str
    is_signed: bool = False
    pushed_id: UUID | None = None
    own_redirect_uri: str = ""


class ObjectRefused(Exception):
    """invalid_request_object (RFC 9101 §6). Says why; may be shown."""


def check(ctx: Context, application: Application, query: str) -> AuthorizationRequest:
    """What a browser brought. May ask the client's server for its keys, so no transaction is open. Raises UntrustedClient,
    AuthorizationRefused."""
    if (ordinary := ordinary_authorization.read(application, query)) is not None:
        return ordinary
    source = _resolved(ctx, application, query)
    asked = authorization.check_authorization_request(
        ctx, application, source.query, own_redirect_uri=source.own_redirect_uri
    )
    if application.requires_pushed_requests and source.pushed_id is None:
        raise _refused(asked, "the request must be pushed first")
    if application.require_signed_request_object and not source.is_signed:
        raise _refused(asked, UNSIGNED)
    return replace(asked, pushed_id=str(source.pushed_id or ""))


def is_signed(application: Application, query: str) -> bool:
    """Whether it brings an object that `opened` looks into, and refuses if the client did not sign it."""
    return "request" in dict(parse_qsl(query)) and client_keys.has_keys(application)


def opened(ctx: Context, application: Application, query: str) -> str:
    """The parameters of a signed request, or `query` itself when none of the client's is in it. Raises ObjectRefused."""
    given = dict(parse_qsl(query))
    if not is_signed(application, query):
        return query
    if given.get("client_id") != application.client_id or parameters.repeated(query):
        raise ObjectRefused("the client_id beside the request object must be the client's, and nothing be said twice")
    try:
        token = _read(application, given["request"])
        client_keys.require_signed_by(application, token)
        return request_objects.parameters_of(
            token.claims,
            client_id=application.client_id,
            issuer=issuer_of(application),
            is_fapi2=application.is_fapi2,
            now=ctx.now.timestamp(),
        )
    except SignatureRejected as problem:
        raise ObjectRefused(f"request: {problem}") from None


def _refused(asked: AuthorizationRequest, description: str) -> AuthorizationRefused:
    return AuthorizationRefused("invalid_request", description, asked.redirect_uri, asked.state, asked.response_mode)


def prepare(application: Application, query: str) -> None:
    """Has the client's keys fetched if they must be, before a transaction is open. What is wrong is refused inside it."""
    given = dict(parse_qsl(query))
    if "request" in given and application.jwks_uri:
        try:
            client_keys.prepare(application, _read(application, given["request"]))
        except SignatureRejected:
            return


def _read(application: Application, request: str) -> Unverified:
    return signatures.read(request, kinds=request_objects.KINDS, algorithms=client_keys.algorithms_of(application))


def _resolved(ctx: Context, application: Application, query: str) -> Source:
    query = parameters.without_empty(query)
    uris = [value for name, value in parse_qsl(query) if name == "request_uri"]
    if any(uri.startswith(URI_PREFIX) for uri in uris):
        return _pushed(ctx, application, query, uris)
    try:
        return Source(opened(ctx, application, query), is_signed=is_signed(application, query))
    except ObjectRefused as problem:
        raise UntrustedClient(str(problem)) from None


def _pushed(ctx: Context, application: Application, query: str, uris: list[str]) -> Source:
    """Of the rest only client_id is read (RFC 9126 §4). It stays open until a code is made of it: a page loaded twice, or
    by somebody who previews links, has not used it up."""
    clients = [value for name, value in parse_qsl(query) if name == "client_id"]
    if len(uris) > 1 or clients != [application.client_id]:
        raise UntrustedClient("the request_uri is not this client's")
    found = PushedRequest.objects.filter(
        application=application, digest=secrets.digest(uris[0]), consumed_at=None, expires_at__gt=Now()
    ).first()
    if found is None:
        raise UntrustedClient("the request_uri is not known, or not any more")
    signed = True  # or it would not have been taken when it was pushed
    return Source(found.parameters, signed, found.pk, found.own_redirect_uri)
