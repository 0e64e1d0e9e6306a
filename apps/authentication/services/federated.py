"""Signing in through an identity provider: out to it, and back with its word for who somebody is (extensions.md §9).

Whether they get in is still the realm's to say: the link tells who it is here, a suspended person is refused before any
rule, and the policy is asked through the one gate. What is asked of the network is asked while no transaction is open.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from apps.authentication import flows, provider_sign_ins, security_notices
from apps.authentication.flows import FlowOver
from apps.authentication.models import LoginFlow, ProviderSignIn
from apps.authentication.services import completion, decisions
from apps.authentication.services.answers import Authenticated
from apps.core.context import Actor, ActorType, Context
from apps.core.errors import Denied, NotFound, Refusal
from apps.credentials.services.passkeys import IdentitySuspended
from apps.directory.services import identities
from apps.events.attempt import attempt
from apps.events.types import EventType
from apps.federation import asking, discovery, people, selectors
from apps.federation import services as federation
from apps.federation.asking import Answer
from apps.federation.id_tokens import Expected
from apps.federation.models import IdentityLink, IdentityProvider
from apps.tokens import assurance

METHOD = "identity_provider"


class ProviderClosed(Denied):
    """It is switched off, or no use to a sign-in that asks for a passkey."""

    code = "provider_closed"


class AnswerUsed(Denied):
    """What the provider gave back was brought here before, or another way out took its place."""

    code = "provider_answer_used"


def begin(ctx: Context, flow: LoginFlow, provider: IdentityProvider) -> str:
    """Where the browser goes to. Raises ProviderUnavailable, ProviderClosed, FlowOver."""
    application = flow.application
    published = _asked(lambda: discovery.metadata_of(provider.issuer))
    with attempt(ctx.in_flow(flow.correlation_id), EventType.AUTHENTICATION_TRANSACTION, application.realm) as event:
        event.data |= {"phase": "SUSPEND", "method": METHOD}
        event.target(application)
        event.target(provider)
        _require_open(flow, provider)
        metadata, own = published(), asking.new_secrets()
        proven_since, further = _wanted(ctx, flow)
        provider_sign_ins.insert(ctx, flow, provider, own, proven_since)
        event.outcome = "ACCEPTED"
    return asking.authorization_url(provider, metadata, own, further)


def finish(
    ctx: Context, flow: LoginFlow, sign_in: ProviderSignIn, provider: IdentityProvider, answer: Answer, *, cookie: str
) -> Authenticated:
    """Signs in whom the provider names; of two who bring the same answer one wins. The flow stays open, for the page that
    offers a passkey (completion.go_on ends it). `cookie` is of the session that the browser has in the realm.

    Raises AnswerUsed, AnswerRefused, Declined, ProviderClosed, ProviderUnavailable, AccountUnknown, AccountTaken,
    IdentitySuspended, PolicyDenied, VerificationRequired, FlowOver, NothingGranted.
    """
    application = flow.application
    stranger = _redeemed(ctx, sign_in, provider, answer)
    with attempt(ctx.in_flow(flow.correlation_id), EventType.AUTHENTICATION_TRANSACTION, application.realm) as event:
        event.data |= {"phase": "SUSPEND", "method": METHOD}
        event.target(application)
        event.target(provider)
        flow.refresh_from_db(fields=["asked", "nonce", "consumed_at"])
        provider = _as_it_is_now(provider)
        _require_open(flow, provider)
        who = stranger()
        event.data["phase"] = "COMPLETE"
        found = people.who_is(event, event.ctx, provider, who)
        identity = found.identity
        event.acting_as(Actor(ActorType.IDENTITY, identity.pk, identity.display_name))
        event.target(identity)
        if not identity.is_active or not identities.mark_authenticated(ctx, identity):
            raise IdentitySuspended("this identity is suspended")
        if found.is_linked_now:
            security_notices.provider_linked(event.ctx, identity, provider)
        decisions.require(event, event.ctx, application, identity, None, verified=False, acr=assurance.FEDERATED)
        event.outcome = "ALLOW"
        return completion.complete(
            event, event.ctx, flow, identity, None, acr=assurance.FEDERATED, amr=[], cookie=cookie, pauses=True
        )


def disconnect(ctx: Context, link: IdentityLink) -> None:
    """The subject is nobody here any more, and the person is told by mail. Who has the same verified address may be linked
    again, where the provider links so."""
    identity = link.identity
    with attempt(ctx, EventType.IDENTITY_CHANGE, identity.realm, action="UNLINK") as event:
        federation.remove_link(event, link)
        security_notices.provider_unlinked(ctx, identity, link.provider)


def _redeemed(ctx: Context, sign_in: ProviderSignIn, provider: IdentityProvider, answer: Answer) -> Callable[[], Any]:
    """The state is spent before anybody is asked, and whatever comes of it."""
    if not provider_sign_ins.take(sign_in):
        return _asked(_refuse_used)
    since = sign_in.proven_since
    expected = Expected(
        issuer=provider.issuer,
        client_id=provider.client_id,
        nonce_digest=sign_in.nonce_digest,
        now=ctx.now.timestamp(),
        proven_since=since.timestamp() if since else None,
    )
    verifier = provider_sign_ins.verifier_of(sign_in)
    if not provider.enabled:
        return lambda: None  # refused inside the attempt; nobody is asked
    return _asked(lambda: asking.stranger_behind(provider, answer, verifier, expected))


def _refuse_used() -> None:
    raise AnswerUsed("this answer of the provider was used before")


def _as_it_is_now(provider: IdentityProvider) -> IdentityProvider:
    """It was asked for a while, for as long as it liked: what was switched off or deleted meanwhile lets nobody in. Raises
    ProviderClosed."""
    try:
        return selectors.get_identity_provider(provider.realm, provider.pk)
    except NotFound:
        raise ProviderClosed("nobody signs in through this provider") from None


def _require_open(flow: LoginFlow, provider: IdentityProvider) -> None:
    config = flow.application.authenticator_config
    if not provider.enabled or config is None or not config.is_hosted:
        raise ProviderClosed("nobody signs in through this provider")
    if flows.steps_up(flow):
        raise ProviderClosed("this sign-in asks for a passkey")
    if flows.session_id_of(flow) or flow.consumed_at is not None:
        raise FlowOver("this sign-in is over; start again from the application")


def _wanted(ctx: Context, flow: LoginFlow) -> tuple[datetime | None, dict[str, str]]:
    """What the client asks of the proof is handed on; what it says of who it is for, too (OpenID Connect Core §3.1.2.1)."""
    asked = flows.asked_of(flow)
    further = {"login_hint": asked.login_hint} if asked.login_hint else {}
    if "login" in asked.prompts or asked.max_age is not None:
        seconds = 0 if "login" in asked.prompts else int(asked.max_age or 0)
        prompt = {} if seconds else {"prompt": "login"}
        return ctx.now - timedelta(seconds=seconds), {**further, **prompt, "max_age": str(seconds)}
    if "select_account" in asked.prompts:
        further["prompt"] = "select_account"
    return None, further


def _asked(ask: Callable[[], Any]) -> Callable[[], Any]:
    """Asked at once; the answer, or the refusal, is there to be told inside the attempt."""
    try:
        value = ask()
    except Refusal as refusal:
        again = refusal

        def refuse() -> Any:
            raise again

        return refuse
    return lambda: value
