"""The proof's verb: a passkey's answer to a flow's challenge, of whichever kind, and what comes of it."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings

from apps.applications.models import Application
from apps.authentication import challenges, flows
from apps.authentication.models import LoginFlow
from apps.authentication.services import completion, decisions
from apps.authentication.services.answers import Authenticated
from apps.core.context import Actor, ActorType, Context
from apps.core.errors import Invalid, Violation
from apps.credentials import ceremonies, history, invoke, kinds, selectors
from apps.credentials.kinds import LoginProof
from apps.credentials.models import Credential, CredentialState
from apps.credentials.proofs import KnownKey, ProofMalformed, ProofRejected, Proven, Question
from apps.credentials.services.passkeys import IdentitySuspended, KindNotAccepted, ProofRefused
from apps.directory.services import identities
from apps.events.attempt import Draft, attempt
from apps.events.types import EventType
from apps.policy import services as policy
from apps.realms.models import Realm

ASKED_AGAIN_AT_MOST = 1  # the request itself asks for the first proof, and two are all that is asked for


class PasskeyUnknown(ProofRefused):
    """Nobody here has this passkey, or it was revoked."""

    code = "passkey_unknown"


class PasskeyOfAnotherRealm(ProofRefused):
    """Realms share the browser's passkey store; this one was picked by mistake (contract/extensions.md §5)."""

    code = "passkey_of_another_realm"


class ChallengeExpired(ProofRefused):
    """The proof holds, and is of a challenge that is too old to be believed: answer the next one."""

    code = "challenge_expired"
    outcome = "PROVE"


def authenticate(
    ctx: Context,
    flow: LoginFlow,
    given: object,
    *,
    signals: Mapping[str, Any] | None = None,
    cookie: str = "",
) -> Authenticated:
    """Answers a flow with a passkey's proof over its nonce: a page's JSON (see kinds.parse_login). One answer a nonce, right
    or wrong. `cookie` is of the session that the browser has in the realm, "" when it has none.

    Raises what `authenticate_with` does, and Invalid (malformed).
    """
    try:
        proof = kinds.parse_login(given)
    except ProofMalformed as problem:
        raise Invalid(Violation("proof", f"not a proof of a passkey: {problem}")) from None
    return _answered(ctx, flow, proof, signals or {}, cookie)


def authenticate_with(ctx: Context, flow: LoginFlow, proof: LoginProof, *, signals: Mapping[str, Any]) -> Authenticated:
    """The same for an SDK's proof, which is read already.

    Raises ProofRefused (and kinds of it), KindNotAccepted, IdentitySuspended, PolicyDenied, VerificationRequired, FlowOver,
    NothingGranted, RequirementUnmet. After a refusal `flow.nonce` is the next challenge.
    """
    return _answered(ctx, flow, proof, signals, "")


def _answered(
    ctx: Context, flow: LoginFlow, proof: LoginProof, signals: Mapping[str, Any], cookie: str
) -> Authenticated:
    application = flow.application
    ctx = ctx.in_flow(flow.correlation_id)
    next_nonce: list[str] = []
    try:
        with attempt(ctx, EventType.AUTHENTICATION_TRANSACTION, application.realm) as event:
            event.data["phase"] = "COMPLETE"
            event.target(application)
            event.keep(lambda: next_nonce.append(flows.renew_nonce(ctx, flow)))
            credential, proven = _prove(event, ctx, flow, proof)
            identity = credential.identity
            _ask_policy(event, ctx, flow, credential, verified=proven.user_verified, signals=signals)
            mark_used(ctx, credential, proven)
            event.outcome = "ALLOW"
            event.data |= {"binding": credential.binding, "method": credential.method}
            event.data["personal"] = {"signals": dict(signals)}
            acr, amr = completion.strength(credential, proven.user_verified)
            return completion.complete(event, ctx, flow, identity, credential, acr=acr, amr=amr, cookie=cookie)
    finally:
        flow.nonce = next_nonce[0] if next_nonce else flow.nonce


def _ask_policy(
    event: Draft, ctx: Context, flow: LoginFlow, credential: Credential, *, verified: bool, signals: Mapping[str, Any]
) -> None:
    application, identity = flow.application, credential.identity
    try:
        decisions.require(event, ctx, application, identity, credential, verified=verified, signals=signals)
    except policy.VerificationRequired:
        if may_be_asked_again(flow):
            event.data["phase"] = "SUSPEND"
        raise


def may_be_asked_again(flow: LoginFlow) -> bool:
    """By an SDK, which shows no page of ours that would say what to do."""
    return not flow.browser_digest and flow.asked_again < ASKED_AGAIN_AT_MOST


def _prove(event: Draft, ctx: Context, flow: LoginFlow, proof: LoginProof) -> tuple[Credential, Proven]:
    application = flow.application
    config = application.authenticator_config
    if config is not None and not kinds.is_accepted(config, kinds.kind_of(proof)):
        raise KindNotAccepted("passkeys of this kind are not accepted here")
    claim = history.watch(event, ctx, application.realm)
    credential = credential_of(application.realm, proof)
    claim.identity = credential.identity
    try:
        proven = kinds.verify(proof, known_key(credential), _question(ctx, flow, credential))
    except (ProofRejected, ProofMalformed) as problem:
        raise ProofRefused(str(problem)) from None
    identity = credential.identity
    event.acting_as(Actor(ActorType.IDENTITY, identity.pk, identity.display_name))
    event.target(identity)
    event.target(credential)
    if not identity.is_active:
        raise IdentitySuspended("this identity is suspended")
    if challenges.is_over(ctx, flow.nonce):
        if may_be_asked_again(flow):
            event.data["phase"] = "SUSPEND"
        raise ChallengeExpired("the challenge is too old")
    return credential, proven


def credential_of(realm: Realm, proof: LoginProof) -> Credential:
    """By its own id over all realms, which share one RP ID; by its key within the realm, as two may use one key."""
    if isinstance(proof, ceremonies.Assertion):
        credential = selectors.credential_by_webauthn_id(proof.webauthn_id)
    else:
        credential = selectors.credential_by_thumbprint(realm, proof.jwk_thumbprint)
    if credential is None or not credential.is_active:
        raise PasskeyUnknown("this passkey is not known here")
    if credential.realm_id != realm.pk:
        raise PasskeyOfAnotherRealm("this passkey belongs to another organisation")
    if credential.method != kinds.kind_of(proof):
        raise ProofRefused("a proof of another kind than the passkey")
    return credential


def known_key(credential: Credential) -> KnownKey:
    return KnownKey(
        public_key=bytes(credential.public_key),
        webauthn_id=credential.webauthn_id,
        sign_count=credential.sign_count,
        backup_eligible=credential.backup_eligible,
        user_handle=credential.user_handle,
    )


def _question(ctx: Context, flow: LoginFlow, credential: Credential) -> Question:
    """An SDK's proof may leave the person unverified: the policy says whether that will do (contract/extensions.md §6)."""
    application = flow.application
    config = application.authenticator_config
    return Question(
        audience=flows.audience_of(application),
        transaction=str(flow.pk),
        nonce=flow.nonce,
        subject=invoke.subject_of(credential.identity),
        now=ctx.now,
        origins=_origins(application),
        verification_required=config is None or config.is_hosted,
    )


def _origins(application: Application) -> list[str]:
    config = application.authenticator_config
    if config is None or config.is_hosted:
        return [settings.IDENTITY_CLOUD_AUTH_URL]
    return config.trusted_origins


def mark_used(ctx: Context, credential: Credential, proven: Proven) -> None:
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
