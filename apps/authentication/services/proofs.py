"""The proof's verb: a passkey's signature over a flow's challenge, and what comes of it."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings

from apps.applications.models import Application
from apps.authentication import flows, sessions
from apps.authentication.models import LoginFlow, Session
from apps.authentication.services import answers, consents, decisions
from apps.authentication.services.answers import Authenticated
from apps.core import secrets
from apps.core.context import Actor, ActorType, Context
from apps.core.errors import Denied, Invalid, Violation
from apps.credentials import selectors, webauthn
from apps.credentials.models import Binding, Credential, CredentialState
from apps.credentials.services.passkeys import IdentitySuspended, ProofRefused
from apps.directory.models import Identity
from apps.directory.services import identities
from apps.events.attempt import Draft, attempt
from apps.events.types import EventType
from apps.tokens import assurance, claims
from apps.tokens.authorization import AuthorizationRequest
from apps.tokens.services import codes
from apps.tokens.services.codes import Proof


class PasskeyUnknown(ProofRefused):
    """Nobody here has this passkey, or it was revoked."""

    code = "passkey_unknown"


class PasskeyOfAnotherRealm(ProofRefused):
    """Realms share the browser's passkey store; this one was picked by mistake (contract/extensions.md §5)."""

    code = "passkey_of_another_realm"


class RequirementUnmet(Denied):
    """The proof is right and not what the client asked for, and an embedded authenticator has no way to tell the client."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.code = error


def authenticate(
    ctx: Context,
    flow: LoginFlow,
    assertion_json: object,
    *,
    signals: Mapping[str, Any] | None = None,
    cookie: str = "",
) -> Authenticated:
    """Answers a flow with a passkey's signature over its nonce. One answer a nonce, right or wrong. `cookie` is of the
    session that the browser has in the realm, "" when it has none.

    Raises Invalid (malformed), ProofRefused (and kinds of it), IdentitySuspended, PolicyDenied, VerificationRequired,
    FlowOver, NothingGranted, RequirementUnmet. After a refusal `flow.nonce` is the next challenge.
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
            decisions.require(event, ctx, application, identity, credential, verified=proven.user_verified)
            _remember_use(ctx, credential, proven)
            event.outcome = "ALLOW"
            event.data |= {"binding": credential.binding, "method": credential.method}
            event.data["personal"] = {"signals": dict(signals or {})}
            return _complete(event, ctx, application, flow, credential, proven.user_verified, cookie)
    finally:
        flow.nonce = next_nonce[0] if next_nonce else flow.nonce


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
    event: Draft,
    ctx: Context,
    application: Application,
    flow: LoginFlow,
    credential: Credential,
    verified: bool,
    cookie: str,
) -> Authenticated:
    config = application.authenticator_config
    hosted = config is not None and config.is_hosted
    acr, amr = _strength(credential, verified)
    identity, asked = credential.identity, flows.asked_of(flow)
    unmet = _unmet(application, asked, identity, acr, hosted=hosted)
    if not hosted:
        if unmet:
            raise RequirementUnmet(*unmet)
        flows.consume(flow)
        code = codes.insert_code(
            event, ctx, application, asked, Proof(identity, ctx.now, acr, amr, None, credential.pk)
        )
        return Authenticated(code, answers.granted(application, asked, code).url, identity, credential, "")
    opened = sessions.open_session(event, ctx, identity, credential=credential, acr=acr, amr=amr, cookie=cookie)
    code, url = _next(event, ctx, flow, opened.session, unmet)
    return Authenticated(code, url, identity, credential, opened.token)


def _next(
    event: Draft, ctx: Context, flow: LoginFlow, session: Session, unmet: tuple[str, str] | None
) -> tuple[str, str]:
    """(code or "", where the browser goes): to the client with a code or an error, or first to be asked for consent."""
    application, asked = flow.application, flows.asked_of(flow)
    if asked.for_device:
        flows.consume(flow)
        return "", asked.redirect_uri
    if unmet is None and consents.are_needed(application, asked, session.identity):
        event.data["awaits"] = "consent"
        flows.go_on_with(flow, session.pk)
        return "", answers.consent_url(application, flow)
    flows.consume(flow)
    if unmet is not None:
        event.outcome = "ERROR"
        event.data["error"] = unmet[0]
        return "", answers.url_of(ctx, application, answers.refused_as_asked(application, asked, *unmet).answer)
    code = codes.insert_code(event, ctx, application, asked, consents.proof_of(session))
    return code, answers.url_of(ctx, application, answers.granted(application, asked, code))


def _unmet(
    application: Application, asked: AuthorizationRequest, identity: Identity, acr: str, *, hosted: bool
) -> tuple[str, str] | None:
    """(error, description) for the client whose request the right proof of a person does not meet."""
    if asked.subject and asked.subject != claims.subject_identifier(application, identity):
        return "login_required", "somebody else signed in"
    if asked.acr_essential and not assurance.suffices(acr, asked.acr_values):
        return "unmet_authentication_requirements", "the proof was not as strong as asked for"
    if not hosted and consents.are_needed(application, asked, identity):
        return "consent_required", "the person has to agree"
    return None


def _strength(credential: Credential, verified: bool) -> tuple[str, list[str]]:
    """acr of OpenID EAP and amr of RFC 8176 (contract/extensions.md §4), as proven, never as wished."""
    hardware = credential.binding == Binding.HARDWARE
    trusted = hardware and credential.attestation_trusted
    acr = assurance.HARDWARE_PROTECTED if trusted else assurance.PHISHING_RESISTANT
    return acr, ["pop", "hwk" if hardware else "swk", *(["user"] if verified else [])]
