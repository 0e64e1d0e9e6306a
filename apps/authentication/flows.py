"""Login flows: an authorization request, stored, on its way to a proof (contract/wire.md §3.3)."""

from collections.abc import Mapping
from dataclasses import asdict, fields
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models.functions import Now

from apps.applications.models import Application
from apps.authentication import challenges, request_claims
from apps.authentication.models import LoginFlow
from apps.core import ids, secrets
from apps.core.context import Context
from apps.core.errors import Gone, NotFound
from apps.credentials.invoke import authenticator_base
from apps.credentials.proofs import x509
from apps.tokens import jose, keys, verification
from apps.tokens.authorization import AuthorizationRequest
from apps.tokens.issuer import endpoints_of

FLOW_LIFE = timedelta(minutes=15)
URL_LENGTH = 4_000  # of an address that servers, proxies and apps on the way all take
_SESSION = "session_id"  # beside what was asked for, of a flow whose proof is given
_STEPS_UP = "steps_up"  # of one whose first proof was too weak
_ASKED = frozenset(each.name for each in fields(AuthorizationRequest))


class FlowUnknown(NotFound):
    """No such flow here, or another browser's."""


class FlowOver(Gone):
    """Finished, or too old. The fact `ui_locales` is in which language that is to be said, where it is known."""

    code = "flow_over"


def insert_flow(
    ctx: Context,
    application: Application,
    asked: AuthorizationRequest,
    *,
    browser_key: str,
    notice: str = "",
    session_id: UUID | None = None,
) -> LoginFlow:
    """`browser_key` is the secret of the browser's flow cookie; "" for an embedded authenticator, which has no cookie.
    `session_id`: of a person who is known already and only has to agree."""
    flow_id, nonce = ids.uuid7(), challenges.new(ctx)
    flow = LoginFlow(
        id=flow_id,
        tenant_id=application.tenant_id,
        realm_id=application.realm_id,
        application=application,
        asked={**asdict(asked), **({_SESSION: str(session_id)} if session_id else {})},
        nonce=nonce,
        proof_digest="" if browser_key else _proof_digest(application, flow_id, nonce),
        browser_digest=secrets.digest(browser_key) if browser_key else "",
        correlation_id=ctx.correlation_id,
        expires_at=ctx.now + FLOW_LIFE,
        notice=notice[:300],
        created_at=ctx.now,
        updated_at=ctx.now,
    )
    LoginFlow.objects.bulk_create([flow])
    return flow


def get_flow(ctx: Context, application: Application, flow_id: str, browser_key: str) -> LoginFlow:
    """An open flow of this application in this browser. Raises FlowUnknown, FlowOver."""
    return _opened(ctx, application, _flow_with(application, pk=ids.parse_uuid(flow_id)), flow_id, browser_key)


def get_flow_at(
    ctx: Context, tenant_id: str, realm_id: str, config_id: UUID, flow_id: str, browser_key: str
) -> LoginFlow:
    """The same by the path of its authenticator, whichever application it is for. Raises FlowUnknown, FlowOver."""
    rows = LoginFlow.objects.select_related("application__authenticator_config", "application__realm__tenant")
    here = {"tenant_id": tenant_id, "realm_id": realm_id, "application__authenticator_config_id": config_id}
    flow = rows.filter(pk=ids.parse_uuid(flow_id), **here).first()
    if flow is None:
        raise FlowUnknown("LoginFlow", flow_id)
    return _opened(ctx, flow.application, flow, flow_id, browser_key)


def find_by_proof(ctx: Context, application: Application, proof_digest: str) -> LoginFlow:
    """The open flow that a certificate answers, by what is among its names. Only of an embedded authenticator: other flows
    belong to a browser. Raises FlowUnknown, FlowOver."""
    found = _flow_with(application, proof_digest=proof_digest) if proof_digest.isascii() and proof_digest else None
    return _opened(ctx, application, found, "", "")


def _flow_with(application: Application, **which: Any) -> LoginFlow | None:
    return LoginFlow.objects.filter(application=application, **which).first()


def _opened(
    ctx: Context, application: Application, flow: LoginFlow | None, flow_id: str, browser_key: str
) -> LoginFlow:
    if flow is None or (flow.browser_digest and not secrets.matches(browser_key, flow.browser_digest)):
        raise FlowUnknown("LoginFlow", flow_id)
    if flow.consumed_at is not None or flow.expires_at <= ctx.now:
        raise FlowOver("this sign-in is over; start again from the application", ui_locales=asked_of(flow).ui_locales)
    flow.application = application
    return flow


def asked_of(flow: LoginFlow) -> AuthorizationRequest:
    stored: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in flow.asked.items()
        if name in _ASKED  # one that was begun before an update may hold what is no longer asked for
    }
    return AuthorizationRequest(**stored)


def session_id_of(flow: LoginFlow) -> str:
    """The session that its proof opened, "" while there was none."""
    return str(flow.asked.get(_SESSION, ""))


def go_on_with(ctx: Context, flow: LoginFlow, session_id: UUID) -> None:
    """The proof is given and the person has yet to agree: the flow is open to that, and to no second proof of this
    challenge. Raises FlowOver."""
    asked = {**flow.asked, _SESSION: str(session_id)}
    unused = LoginFlow.objects.filter(pk=flow.pk, nonce=flow.nonce, consumed_at=None, expires_at__gt=Now())
    if unused.update(asked=asked, **_next_challenge(ctx, flow)) != 1:
        raise FlowOver("this sign-in is over; start again from the application")


def begin_again(ctx: Context, flow: LoginFlow) -> None:
    """What was proven is too little for the client, and the person has better: the flow is open to another proof. Raises
    FlowOver."""
    asked = {name: value for name, value in flow.asked.items() if name != _SESSION} | {_STEPS_UP: True}
    unused = LoginFlow.objects.filter(pk=flow.pk, nonce=flow.nonce, consumed_at=None, expires_at__gt=Now())
    if unused.update(asked=asked, **_next_challenge(ctx, flow)) != 1:
        raise FlowOver("this sign-in is over; start again from the application")


def steps_up(flow: LoginFlow) -> bool:
    return bool(flow.asked.get(_STEPS_UP))


def renew_nonce(ctx: Context, flow: LoginFlow) -> str:
    """The next challenge. What was answered, rightly or wrongly, is never asked again."""
    challenge = _next_challenge(ctx, flow)
    LoginFlow.objects.filter(pk=flow.pk, nonce=flow.nonce, consumed_at=None).update(**challenge)
    return challenge["nonce"]


def ask(ctx: Context, flow: LoginFlow) -> str:
    """The challenge to show to whoever asks now. Of two who find it worn both are given the next, which is one."""
    if challenges.is_worn(ctx, flow.nonce) and not take_nonce(ctx, flow):
        flow.refresh_from_db(fields=["nonce"])
    return flow.nonce


def take_nonce(ctx: Context, flow: LoginFlow) -> bool:
    """For what answers a challenge and does not end the flow: of two at once one has it, and the next challenge."""
    challenge = _next_challenge(ctx, flow)
    unanswered = LoginFlow.objects.filter(pk=flow.pk, nonce=flow.nonce, consumed_at=None)
    taken = unanswered.update(**challenge) == 1
    flow.nonce = challenge["nonce"] if taken else flow.nonce
    return taken


def audience_of(application: Application) -> str:
    """Where a proof at login is posted to."""
    return endpoints_of(application).authenticate


def _next_challenge(ctx: Context, flow: LoginFlow) -> dict[str, str]:
    nonce = challenges.new(ctx)
    if flow.browser_digest:
        return {"nonce": nonce}
    return {"nonce": nonce, "proof_digest": _proof_digest(flow.application, flow.pk, nonce)}


def _proof_digest(application: Application, flow_id: UUID, nonce: str) -> str:
    return x509.proof_digest(audience_of(application), str(flow_id), nonce)


def consume(flow: LoginFlow) -> None:
    """Ends the flow for its winner, by the database's clock. Raises FlowOver for everybody else."""
    unused = LoginFlow.objects.filter(pk=flow.pk, nonce=flow.nonce, consumed_at=None, expires_at__gt=Now())
    if unused.update(consumed_at=Now()) != 1:
        raise FlowOver("this sign-in is over; start again from the application")


def authenticate_url(ctx: Context, flow: LoginFlow) -> str:
    """Where the authenticator is called: {invoke_url}/bi-authenticate?request=<JWT>, or our hosted page."""
    config = flow.application.authenticator_config
    if config is None:
        raise ValueError("an application that signs people in has an authenticator config")
    base = authenticator_base(config)
    whole = f"{base}/bi-authenticate?request={sign_request(ctx, flow)}"
    if len(whole) <= URL_LENGTH:
        return whole
    return f"{base}/bi-authenticate?request={_signed(flow, request_claims.reference(ctx, flow))}"


def sign_request(ctx: Context, flow: LoginFlow) -> str:
    """The `request` JWT (contract/wire.md §3.3, full form), signed with the realm's key."""
    return _signed(flow, request_claims.full(ctx, flow, asked_of(flow)))


def read_request(ctx: Context, application_of: Any, request_jwt: str) -> tuple[Application, str]:
    """(application, flow id) named by a `request` JWT of ours, in either form. `application_of(tenant, realm, application)`
    finds one.

    Raises FlowUnknown for anything we did not sign or that is too old.
    """
    try:
        claims = jose.verify(request_jwt, verification.find_key, typ="JWT", now=ctx.now.timestamp())
        *path, flow_id = request_claims.named_by(claims["token"]) if "token" in claims else _named_in(claims)
        application = application_of(*path)
    except (jose.TokenRejected, KeyError, TypeError, ValueError, NotFound):
        raise FlowUnknown("LoginFlow") from None
    if claims.get("verb") != "authenticate" or claims.get("iss") != endpoints_of(application).issuer:
        raise FlowUnknown("LoginFlow")
    return application, flow_id


def read_reference(ctx: Context, application: Application, token: str) -> dict[str, Any]:
    """The whole request that a reference stands for, with today's challenge: for an embedded authenticator, whose flow is
    no browser's. Raises FlowUnknown, FlowOver."""
    try:
        *path, flow_id = request_claims.named_by(token)
    except (ValueError, TypeError):
        raise FlowUnknown("LoginFlow") from None
    if path != [application.tenant_id, application.realm_id, str(application.pk)]:
        raise FlowUnknown("LoginFlow")
    flow = get_flow(ctx, application, flow_id, "")
    ask(ctx, flow)
    return request_claims.full(ctx, flow, asked_of(flow))


def _named_in(claims: Mapping[str, Any]) -> tuple[str, str, str, str]:
    authn = claims["authn"]
    return authn["tid"], authn["rid"], authn["aid"], claims["transaction_id"]


def _signed(flow: LoginFlow, claims: dict[str, Any]) -> str:
    """By RS256 where the application signs so, else ES256: an SDK reads no other (contract/wire.md §3.3)."""
    application = flow.application
    algorithm = application.token_signing_algorithm
    signing_key = keys.current_key(application.realm_id, algorithm if algorithm == "RS256" else "ES256")
    return jose.sign(claims, signing_key, typ="JWT", jku=endpoints_of(application).jwks)
