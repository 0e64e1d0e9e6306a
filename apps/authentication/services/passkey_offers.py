"""After a code, or the word of an identity provider: a passkey is offered; the sign-in waits (wire.md §7, page 3)."""

from dataclasses import dataclass
from datetime import timedelta

from apps.authentication import sessions
from apps.authentication.flows import FlowOver
from apps.authentication.models import LoginFlow
from apps.authentication.services import consents
from apps.authenticators.profile import Method, profile_of
from apps.core.context import Actor, ActorType, Context
from apps.core.errors import Denied
from apps.credentials import facts
from apps.credentials.models import BindingReason, DeliveryMethod
from apps.credentials.services import jobs
from apps.credentials.services.jobs import JobWithLink
from apps.directory.models import Identity
from apps.events.attempt import attempt
from apps.events.types import EventType
from apps.policy import engine
from apps.policy import selectors as policies
from apps.policy.engine import Transaction, TransactionType
from apps.tokens import assurance

LIFE = timedelta(minutes=15)
_WOULD_BE = {
    Method.WEBAUTHN: ("webauthn", ("hardware", "synced")),
    Method.SOFTWARE: ("x509", ("software",)),
}


class NothingToOffer(Denied):
    """The profile asks for no passkey here, or no rule would let one in."""

    code = "nothing_to_offer"


@dataclass(frozen=True, slots=True)
class Offer:
    """`kinds`: which this person may make in this browser, the wanted one first; none when nothing is offered. `is_new`:
    signed up in this very flow, and named by an address alone. `by_code`: and not by an identity provider."""

    identity: Identity
    kinds: tuple[Method, ...]
    is_new: bool
    by_code: bool = True


def offer_of(ctx: Context, flow: LoginFlow) -> Offer:
    """Of a flow that paused after its code, or after what an identity provider said. Raises FlowUnknown for one that did
    not, FlowOver when the person has signed out meanwhile."""
    session = consents.session_of(ctx, flow)
    identity = session.identity
    by_code = session.acr == assurance.OTP
    is_new = by_code and identity.created_at > flow.created_at and session.credential_id is None
    return Offer(identity, _kinds(ctx, flow, identity), is_new, by_code)


def accept(ctx: Context, flow: LoginFlow) -> JobWithLink:
    """The person wants one: a job for this browser, and for a quarter of an hour. The policy is asked when it is bound.
    Raises NothingToOffer, FlowUnknown, FlowOver."""
    application = flow.application
    offer = offer_of(ctx, flow)
    config = application.authenticator_config
    ctx = _as(ctx.in_flow(flow.correlation_id), offer.identity)
    with attempt(ctx, EventType.CREDENTIAL_BINDING_JOB_CHANGE, application.realm, action="CREATE") as event:
        event.target(offer.identity)
        if not offer.kinds or config is None:
            raise NothingToOffer("no passkey is offered here")
        if not sessions.hold(consents.session_of(ctx, flow)):
            raise FlowOver("this sign-in is over; start again from the application")
        made = jobs.insert_job(
            ctx,
            offer.identity,
            delivery_method=DeliveryMethod.RETURN,
            authenticator_config=config,
            expires_after=LIFE,
            reason=BindingReason.ADDITIONAL,
        )
        event.target(made.job, offer.identity.display_name)
        event.data |= {"delivery_method": made.job.delivery_method, "binding_reason": made.job.reason}
        event.changed("state", None, made.job.state)
    return made


def _kinds(ctx: Context, flow: LoginFlow, identity: Identity) -> tuple[Method, ...]:
    """Nobody is offered what the rules would refuse: they are asked of the likely passkey, and leave no event."""
    config = flow.application.authenticator_config
    profile = profile_of(config.config) if config is not None else None
    if profile is None or not profile.wants_passkeys:
        return ()
    known = facts.of_identity(ctx, identity) | facts.of_request(ctx, config)
    reason = BindingReason.ADDITIONAL if known["identity.credential_count"] else BindingReason.FIRST
    known["binding.reason"] = reason.value
    _, rules = policies.rules_in_force(flow.application.realm)
    return tuple(kind for kind in profile.passkey_kinds if _is_likely(rules, known, kind))


def _is_likely(rules: tuple[engine.Rule, ...], known: dict[str, object], kind: Method) -> bool:
    method, bindings = _WOULD_BE[kind]
    verified = kind == Method.WEBAUTHN
    for binding in bindings:
        passkey = {"credential.method": method, "credential.binding": binding, "credential.user_verified": verified}
        decision = engine.decide(rules, Transaction(TransactionType.CREDENTIAL_BINDING, known | passkey))
        if not decision.denies and (verified or not decision.needs_user_verification):
            return True
    return False


def _as(ctx: Context, identity: Identity) -> Context:
    return ctx.acting_as(Actor(ActorType.IDENTITY, identity.pk, identity.display_name))
