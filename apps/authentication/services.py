"""Verbs of signing in: start an authorization request, answer it with a proof.

Each is one transaction with its events; all events of one sign-in share the flow's correlation id.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from apps.applications.models import Application
from apps.authentication import flows, sessions
from apps.authentication.models import LoginFlow, Session
from apps.core import secrets
from apps.core.context import Actor, ActorType, Context
from apps.core.errors import Invalid, Refusal, Violation
from apps.credentials import facts, selectors, webauthn
from apps.credentials.models import Binding, Credential, CredentialState
from apps.credentials.services.passkeys import IdentitySuspended, ProofRefused
from apps.directory.models import Identity
from apps.directory.services import identities
from apps.events.attempt import Draft, attempt, record
from apps.events.types import EventType
from apps.policy import services as policy
from apps.policy.engine import Transaction, TransactionType
from apps.tokens import authorization, redirects
from apps.tokens.authorization import AuthorizationRefused, AuthorizationRequest, UntrustedClient
from apps.tokens.issuer import issuer_of
from apps.tokens.services import codes
from apps.tokens.services.codes import NothingGranted, Proof


class PasskeyUnknown(ProofRefused):
    """Nobody here has this passkey, or it was revoked."""

    code = "passkey_unknown"


class PasskeyOfAnotherRealm(ProofRefused):
    """Realms share the browser's passkey store; this one was picked by mistake (contract/extensions.md §5)."""

    code = "passkey_of_another_realm"


class LoginRefused(Refusal):
    """An error that goes back to the client by redirect (RFC 6749 §4.1.2.1)."""

    def __init__(self, error: str, description: str, redirect_url: str) -> None:
        super().__init__(description or error)
        self.code = error
        self.outcome = "ERROR"
        self.redirect_url = redirect_url


@dataclass(frozen=True, slots=True)
class Finished:
    """The browser's session sufficed: go back to the client with a code."""

    redirect_url: str


@dataclass(frozen=True, slots=True)
class NeedsProof:
    """Go to the authenticator."""

    flow: LoginFlow
    authenticate_url: str


@dataclass(frozen=True, slots=True)
class Authenticated:
    """`session_token` is the browser's cookie; "" for an embedded authenticator, which makes no session."""

    code: str
    redirect_url: str
    identity: Identity
    credential: Credential
    session_token: str


def start(
    ctx: Context, application: Application, query: str, *, session: Session | None, browser_key: str
) -> Finished | NeedsProof:
    """An authorization request (RFC 6749 §4.1.1). `query` is the raw query string, `session` the browser's in this realm.

    Raises UntrustedClient (show a page, never redirect) and LoginRefused (redirect with the error); both leave an event.
    """
    try:
        asked = authorization.check_authorization_request(ctx, application, query)
    except UntrustedClient as refusal:
        record(ctx, EventType.AUTHORIZE_REQUEST, application.realm, outcome="ERROR", reason=str(refusal))
        raise
    except AuthorizationRefused as refusal:
        return _refuse(ctx, application, refusal.error, refusal.description, refusal.redirect_uri, refusal.state)
    with attempt(ctx, EventType.AUTHORIZE_REQUEST, application.realm) as event:
        event.target(application)
        event.outcome = "ACCEPTED"
        event.data |= {"scope": " ".join(asked.scopes), "prompt": asked.prompt}
        reusable = _reusable(ctx, application, asked, session)
        if reusable is not None and (finished := _finish_silently(event, ctx, application, asked, reusable)):
            return finished
        if asked.prompt == "none":
            raise _refusal(application, "login_required", "the person has to sign in", asked.redirect_uri, asked.state)
        flow = flows.insert_flow(ctx, application, asked, browser_key=browser_key, notice=_denial(event))
        event.follow(EventType.AUTHENTICATION_TRANSACTION, outcome="START", phase="START").target(application)
        return NeedsProof(flow, flows.authenticate_url(ctx, flow))


def authenticate(
    ctx: Context, flow: LoginFlow, assertion_json: object, *, signals: Mapping[str, Any] | None = None
) -> Authenticated:
    """Answers a flow with a passkey's signature over its nonce. One answer a nonce, right or wrong.

    Raises Invalid (malformed), ProofRefused (and kinds of it), IdentitySuspended, PolicyDenied, VerificationRequired,
    FlowOver, NothingGranted. After a refusal `flow.nonce` is the next challenge.
    """
    try:
        assertion = webauthn.parse_assertion(assertion_json)
    except webauthn.ProofMalformed as problem:
        raise Invalid(Violation("proof", f"not a WebAuthn assertion: {problem}")) from None
    application = flow.application
    ctx = ctx.in_flow(flow.correlation_id)
    next_nonce: list[str] = []
    try:
        with attempt(ctx, EventType.AUTHENTICATION_TRANSACTION, application.realm) as event:
            event.data["phase"] = "COMPLETE"
            event.target(application)
            event.keep(lambda: next_nonce.append(flows.renew_nonce(flow)))
            credential, proven = _prove(event, application, flow, assertion)
            identity = credential.identity
            _decide(event, ctx, application, identity, credential, proven.user_verified)
            flows.consume(flow)
            _remember_use(ctx, credential, proven)
            event.outcome = "ALLOW"
            event.data |= {"binding": credential.binding, "method": credential.method}
            event.data["personal"] = {"signals": dict(signals or {})}
            return _complete(event, ctx, application, flow, credential, proven.user_verified)
    finally:
        flow.nonce = next_nonce[0] if next_nonce else flow.nonce


# --- a session that suffices --------------------------------------------------------------------------------------------


def _reusable(
    ctx: Context, application: Application, asked: AuthorizationRequest, session: Session | None
) -> Session | None:
    if session is None or session.realm_id != application.realm_id:
        return None
    if {"login", "select_account"} & set(asked.prompt.split()):
        return None
    if asked.max_age is not None and (ctx.now - session.authenticated_at).total_seconds() > asked.max_age:
        return None
    if session.credential is None or not session.credential.is_active:
        return None
    return session


def _finish_silently(
    event: Draft, ctx: Context, application: Application, asked: AuthorizationRequest, session: Session
) -> Finished | None:
    """The policy is asked for this application as if the proof were given now. Denied: None, so another may sign in."""
    identity = session.identity
    event.acting_as(Actor(ActorType.IDENTITY, identity.pk, identity.display_name))
    try:
        if session.credential is not None:
            _decide(event, ctx, application, identity, session.credential, "user" in session.amr)
        used = session.credential_id or ""
        proof = Proof(identity, session.authenticated_at, session.acr, session.amr, session.pk, used)
        code = codes.insert_code(ctx, application, asked, proof)
    except (policy.PolicyDenied, policy.VerificationRequired) as refusal:
        event.data["denied"] = refusal.message
        return None
    except NothingGranted as refusal:
        raise _refusal(application, refusal.code, refusal.message, asked.redirect_uri, asked.state) from None
    done = event.follow(EventType.AUTHENTICATION_TRANSACTION, outcome="ALLOW", phase="COMPLETE", by="session")
    done.target(application)
    return Finished(_redirect(application, asked, code))


def _denial(event: Draft) -> str:
    return str(event.data.get("denied", ""))


# --- a fresh proof ------------------------------------------------------------------------------------------------------


def _prove(
    event: Draft, application: Application, flow: LoginFlow, assertion: webauthn.Assertion
) -> tuple[Credential, webauthn.ProvenPasskey]:
    credential = selectors.credential_by_webauthn_id(assertion.webauthn_id)
    if credential is None or not credential.is_active:
        raise PasskeyUnknown("this passkey is not known here")
    if credential.realm_id != application.realm_id:
        raise PasskeyOfAnotherRealm("this passkey belongs to another organisation")
    known = webauthn.KnownPasskey(
        credential.webauthn_id,
        bytes(credential.public_key),
        credential.sign_count,
        credential.backup_eligible,
        credential.user_handle,
    )
    party = webauthn.RelyingParty(_origins(application))
    challenge = secrets.from_base64url(flow.nonce)
    try:
        proven = webauthn.verify_assertion(assertion, known, challenge=challenge, party=party)
    except (webauthn.ProofRejected, webauthn.ProofMalformed) as problem:
        raise ProofRefused(str(problem)) from None
    identity = credential.identity
    event.acting_as(Actor(ActorType.IDENTITY, identity.pk, identity.display_name))
    event.target(identity)
    event.target(credential)
    if not identity.is_active:
        raise IdentitySuspended("this identity is suspended")
    return credential, proven


def _origins(application: Application) -> list[str]:
    config = application.authenticator_config
    if config is None or config.is_hosted:
        return [settings.IDENTITY_CLOUD_AUTH_URL]
    return config.trusted_origins


def _decide(
    event: Draft, ctx: Context, application: Application, identity: Identity, credential: Credential, verified: bool
) -> None:
    known = facts.of_identity(ctx, identity)
    known |= facts.of_credential(credential, user_verified=verified)
    known |= facts.of_request(ctx, application.authenticator_config)
    known["application.id"] = str(application.pk)
    policy.require(event, application.realm, Transaction(TransactionType.AUTHENTICATION, known))


def _remember_use(ctx: Context, credential: Credential, proven: webauthn.ProvenPasskey) -> None:
    """Only after the policy allowed it (WebAuthn L3 §7.2, last steps). Person first, then passkey, as whoever ends one of
    them takes them: what was ended since it was read is refused here."""
    if not identities.mark_authenticated(ctx, credential.identity):
        raise IdentitySuspended("this identity is suspended")
    used = Credential.objects.filter(pk=credential.pk, state=CredentialState.ACTIVE).update(
        sign_count=proven.sign_count,
        backed_up=proven.backed_up,
        last_used_at=ctx.now,
        last_used_ip=ctx.client.ip[:45],
    )
    if used != 1:
        raise PasskeyUnknown("this passkey is not known here")


def _complete(
    event: Draft, ctx: Context, application: Application, flow: LoginFlow, credential: Credential, verified: bool
) -> Authenticated:
    acr, amr = _strength(credential, verified)
    identity = credential.identity
    asked = flows.asked_of(flow)
    opened = None
    config = application.authenticator_config
    if config is not None and config.is_hosted:
        opened = sessions.insert_session(ctx, identity, credential=credential, acr=acr, amr=amr)
        event.follow(EventType.SESSION_CHANGE, outcome="SUCCESS", action="CREATE").target(identity)
    session_id = opened.session.pk if opened else None
    code = codes.insert_code(ctx, application, asked, Proof(identity, ctx.now, acr, amr, session_id, credential.pk))
    token = opened.token if opened else ""
    return Authenticated(code, _redirect(application, asked, code), identity, credential, token)


def _strength(credential: Credential, verified: bool) -> tuple[str, list[str]]:
    """acr of OpenID EAP and amr of RFC 8176 (contract/extensions.md §4), as proven, never as wished."""
    hardware = credential.binding == Binding.HARDWARE
    acr = "phrh" if hardware and credential.attestation_trusted else "phr"
    return acr, ["pop", "hwk" if hardware else "swk", *(["user"] if verified else [])]


# --- answers ------------------------------------------------------------------------------------------------------------


def _redirect(application: Application, asked: AuthorizationRequest, code: str) -> str:
    parameters = {"code": code, "state": asked.state, "iss": issuer_of(application)}
    return redirects.with_parameters(asked.redirect_uri, parameters)


def _refusal(application: Application, error: str, description: str, redirect_uri: str, state: str) -> LoginRefused:
    parameters = {"error": error, "error_description": description, "state": state, "iss": issuer_of(application)}
    return LoginRefused(error, description, redirects.with_parameters(redirect_uri, parameters))


def _refuse(
    ctx: Context, application: Application, error: str, description: str, redirect_uri: str, state: str
) -> Finished:
    """Always raises LoginRefused, through an attempt, so that the refusal is an event."""
    with attempt(ctx, EventType.AUTHORIZE_REQUEST, application.realm) as event:
        event.target(application)
        event.data["error"] = error
        raise _refusal(application, error, description, redirect_uri, state)
