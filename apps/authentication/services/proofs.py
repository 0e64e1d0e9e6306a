"""The proof's verb: a passkey's signature over a flow's challenge, and what comes of it."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings

from apps.applications.models import Application
from apps.authentication import flows
from apps.authentication.models import LoginFlow
from apps.authentication.services import completion, decisions
from apps.authentication.services.answers import Authenticated
from apps.core import secrets
from apps.core.context import Actor, ActorType, Context
from apps.core.errors import Invalid, Violation
from apps.credentials import selectors, webauthn
from apps.credentials.models import Credential, CredentialState
from apps.credentials.services.passkeys import IdentitySuspended, ProofRefused
from apps.directory.services import identities
from apps.events.attempt import Draft, attempt
from apps.events.types import EventType


class PasskeyUnknown(ProofRefused):
    """Nobody here has this passkey, or it was revoked."""

    code = "passkey_unknown"


class PasskeyOfAnotherRealm(ProofRefused):
    """Realms share the browser's passkey store; this one was picked by mistake (contract/extensions.md §5)."""

    code = "passkey_of_another_realm"


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
            acr, amr = completion.strength(credential, proven.user_verified)
            return completion.complete(event, ctx, flow, identity, credential, acr=acr, amr=amr, cookie=cookie)
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
