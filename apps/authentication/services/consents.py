"""Consent for applications of third parties (OpenID Connect Core §3.1.2.4): who has to be asked what, and the answer.

First-party applications ask nothing. What was agreed to is remembered; see tokens.services.consents for taking it back.
"""

from dataclasses import dataclass

from apps.applications.models import Application, Consent
from apps.authentication import flows, sessions
from apps.authentication.flows import FlowOver, FlowUnknown
from apps.authentication.models import LoginFlow, Session
from apps.authentication.services import answers
from apps.core.context import Actor, ActorType, Context
from apps.core.errors import NotFound
from apps.directory.models import Identity
from apps.events.attempt import Draft, attempt
from apps.events.types import EventType
from apps.tokens.authorization import AuthorizationRequest
from apps.tokens.redirects import Answer
from apps.tokens.services import codes
from apps.tokens.services.codes import NothingGranted, Proof

CLAIM = "claim:"  # before the name of a claim that is asked for by itself, among the scopes agreed to


@dataclass(frozen=True, slots=True)
class Question:
    """What the page asks: may this application have this of this person?"""

    application: Application
    identity: Identity
    wanted: tuple[str, ...]


def are_needed(application: Application, asked: AuthorizationRequest, identity: Identity) -> bool:
    """Inside somebody's attempt, and true until it ends: whoever takes the consent back waits, and ends what came of it.
    Raises NothingGranted: nobody is asked for nothing."""
    if application.is_first_party:
        return False
    wanted = _wanted(application, asked, identity)
    agreed = Consent.objects.select_for_update(no_key=True).filter(identity=identity, application=application).first()
    return "consent" in asked.prompts or agreed is None or not set(wanted) <= set(agreed.scopes)


def _wanted(application: Application, asked: AuthorizationRequest, identity: Identity) -> tuple[str, ...]:
    by_name = dict.fromkeys((*asked.userinfo_claims, *asked.id_token_claims))
    return (*codes.scopes_for(application, asked, identity), *(f"{CLAIM}{name}" for name in by_name))


def question_of(ctx: Context, flow: LoginFlow) -> Question:
    """Raises FlowUnknown for a flow that has not come so far, FlowOver when the person has signed out meanwhile, and
    LoginRefused when there is nothing left to ask for."""
    identity, application, asked = session_of(ctx, flow).identity, flow.application, flows.asked_of(flow)
    try:
        return Question(application, identity, _wanted(application, asked, identity))
    except NothingGranted as refusal:
        raise answers.refused_as_asked(application, asked, refusal.code, refusal.message) from None


def give_consent(ctx: Context, flow: LoginFlow) -> Answer:
    """Yes: remembered, and a code for the client. Of two answers the first counts. Raises FlowUnknown, FlowOver."""
    application, asked = flow.application, flows.asked_of(flow)
    with attempt(
        ctx.in_flow(flow.correlation_id), EventType.CONSENT_CHANGE, application.realm, action="GRANT"
    ) as event:
        session = _answered(event, ctx, flow)
        try:
            remember(event, ctx, application, session.identity, _wanted(application, asked, session.identity))
            code = codes.insert_code(event, event.ctx, application, asked, proof_of(session))
        except NothingGranted as refusal:
            raise answers.refused_as_asked(application, asked, refusal.code, refusal.message) from None
        return answers.granted(application, asked, code)


def refuse_consent(ctx: Context, flow: LoginFlow) -> Answer:
    """No: what was agreed to before stays as it was. Raises FlowUnknown, FlowOver."""
    application, asked = flow.application, flows.asked_of(flow)
    with attempt(
        ctx.in_flow(flow.correlation_id), EventType.CONSENT_CHANGE, application.realm, action="REFUSE"
    ) as event:
        _answered(event, ctx, flow)
        event.outcome = "DENY"
    return answers.refused_as_asked(application, asked, "access_denied", "the person did not agree").answer


def proof_of(session: Session) -> Proof:
    return Proof(
        session.identity, session.authenticated_at, session.acr, session.amr, session.pk, session.credential_id or ""
    )


def _answered(event: Draft, ctx: Context, flow: LoginFlow) -> Session:
    event.target(flow.application)
    session = session_of(ctx, flow)
    if not sessions.hold(session):  # signed out in this moment
        raise _over()
    identity = session.identity
    event.acting_as(Actor(ActorType.IDENTITY, identity.pk, identity.display_name))
    event.target(identity)
    flows.consume(flow)
    return session


def session_of(ctx: Context, flow: LoginFlow) -> Session:
    """That a flow's proof opened. Raises FlowUnknown for a flow without one, FlowOver when it has ended."""
    session_id = flows.session_id_of(flow)
    if not session_id:
        raise FlowUnknown("LoginFlow", str(flow.pk))
    try:
        return sessions.get_session(ctx, flow.application.realm, session_id)
    except NotFound:
        raise _over() from None


def _over() -> FlowOver:
    return FlowOver("this sign-in is over; start again from the application")


def remember(event: Draft, ctx: Context, application: Application, identity: Identity, wanted: tuple[str, ...]) -> None:
    row, made = Consent.objects.select_for_update().get_or_create(
        identity=identity,
        application=application,
        defaults={
            "tenant_id": application.tenant_id,
            "realm_id": application.realm_id,
            "scopes": list(wanted),
            "granted_at": ctx.now,
        },
    )
    before = [] if made else row.scopes
    row.scopes, row.granted_at = list(dict.fromkeys((*before, *wanted))), ctx.now
    event.changed("scopes", before, row.scopes)
    if not made:
        row.save(update_fields=["scopes", "granted_at"])
