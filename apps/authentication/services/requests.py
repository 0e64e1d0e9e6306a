"""The authorization request's verb: is the browser's session enough, and if not, what has to come first."""

from apps.applications.models import Application
from apps.authentication import flows, sessions
from apps.authentication.models import Session
from apps.authentication.services import answers, consents, decisions
from apps.authentication.services.answers import Finished, NeedsConsent, NeedsProof
from apps.authenticators.profile import profile_of
from apps.core.context import Actor, ActorType, Context
from apps.core.statements import Missed
from apps.credentials import kinds
from apps.credentials.proofs import Kind
from apps.events.attempt import Draft, attempt
from apps.events.types import EventType
from apps.federation import selectors as federation
from apps.policy import services as policy
from apps.tokens import assurance, claims, ordinary_authorization, request_sources
from apps.tokens.authorization import AuthorizationRefused, AuthorizationRequest, UntrustedClient
from apps.tokens.services import codes
from apps.tokens.services.codes import NothingGranted


def start(
    ctx: Context, application: Application, query: str, *, session: Session | None, browser_key: str
) -> Finished | NeedsProof | NeedsConsent:
    """An authorization request (RFC 6749 §4.1.1). `query` is the raw query string, `session` the browser's in this realm,
    `browser_key` the secret of its flow cookie.

    Raises UntrustedClient (show a page, never redirect) and LoginRefused (answer with the error); both leave an event.
    """
    try:
        asked = request_sources.check(ctx, application, query)
    except UntrustedClient as refusal:
        _tell_untrusted(ctx, application, refusal)
        raise
    except AuthorizationRefused as refusal:
        return _refuse(ctx, application, refusal)
    suffices = session is not None and _suffices(ctx, application, asked, session)
    if session is not None and suffices and (finished := _at_once(ctx, application, asked, session)):
        return finished
    with attempt(ctx, EventType.AUTHORIZE_REQUEST, application.realm) as event:
        _tell_accepted(event, application, asked)
        if session is not None and suffices:
            step = _go_on(event, ctx, application, asked, session, browser_key)
            if step is not None:
                return step
        if asked.is_silent:
            raise answers.refused_as_asked(application, asked, "login_required", "the person has to sign in")
        return _begin(event, ctx, application, asked, browser_key)


def answer_at_once(ctx: Context, application: Application, query: str, token: str) -> Finished | None:
    """`start` for an ordinary request and the session of a cookie, where that is all it takes, as it nearly always is. None
    for everything else, and nothing was written: `start` then finds out what has to come first, or who says no."""
    asked = ordinary_authorization.read(application, query)
    session = sessions.find_answering_session(ctx, application.realm_id, token) if asked else None
    if asked is None or session is None or not _suffices(ctx, application, asked, session):
        return None
    return _at_once(ctx, application, asked, session)


def _at_once(ctx: Context, application: Application, asked: AuthorizationRequest, session: Session) -> Finished | None:
    """A session that suffices, as it does nearly always: a code, written with the events by one statement that holds the
    session. None, and nothing told, where more has to be written, or somebody says no: `_go_on` then finds out who."""
    if asked.pushed_id or not application.is_first_party:
        return None
    try:
        with attempt(ctx, EventType.AUTHORIZE_REQUEST, application.realm, reading=True) as event:
            _tell_accepted(event, application, asked)
            event.acting_as(_actor(session))
            event.only_if(sessions.sharing(session))
            try:
                _ask_policy(event, ctx, application, session)
                code = codes.insert_code(event, ctx, application, asked, consents.proof_of(session))
            except (policy.PolicyDenied, policy.VerificationRequired, NothingGranted):
                raise Missed from None
            _tell_complete(event, application)
    except Missed:
        return None
    return Finished(answers.granted(application, asked, code))


def _ask_policy(event: Draft, ctx: Context, application: Application, session: Session) -> None:
    """By what the session was proven with, as if that were given now. Raises PolicyDenied, VerificationRequired."""
    verified = "user" in session.amr
    decisions.require(event, ctx, application, session.identity, session.credential, verified=verified, acr=session.acr)


def _actor(session: Session) -> Actor:
    return Actor(ActorType.IDENTITY, session.identity.pk, session.identity.display_name)


def _tell_accepted(event: Draft, application: Application, asked: AuthorizationRequest) -> None:
    event.target(application)
    event.outcome = "ACCEPTED"
    event.data |= {"scope": " ".join(asked.scopes), "prompt": asked.prompt}


def _begin(
    event: Draft, ctx: Context, application: Application, asked: AuthorizationRequest, browser_key: str
) -> NeedsProof:
    config = application.authenticator_config
    key = browser_key if config is not None and config.is_hosted else ""
    flow = flows.insert_flow(ctx, application, asked, browser_key=key, notice=str(event.data.get("denied", "")))
    event.follow(EventType.AUTHENTICATION_TRANSACTION, outcome="START", phase="START").target(application)
    return NeedsProof(flow, flows.authenticate_url(ctx, flow))


def _suffices(ctx: Context, application: Application, asked: AuthorizationRequest, session: Session) -> bool:
    """Recent enough, good enough, and of the person meant (OpenID Connect Core §3.1.2.1, RFC 9470 §4)."""
    if session.realm_id != application.realm_id or asked.prompts & {"login", "select_account"}:
        return False
    if not is_taken(application, session):
        return False
    if asked.max_age is not None and (ctx.now - session.authenticated_at).total_seconds() > asked.max_age:
        return False
    if session.credential is not None and not session.credential.is_active:
        return False
    if asked.subject and asked.subject != claims.subject_identifier(application, session.identity):
        return False
    return assurance.suffices(session.acr, asked.acr_values)


def is_taken(application: Application, session: Session) -> bool:
    """By the authenticator of this application: the session may be another's, who is content with less."""
    config = application.authenticator_config
    if config is None:
        return True
    if session.credential is not None:
        return kinds.is_accepted(config, Kind(session.credential.method))
    if session.acr == assurance.FEDERATED:
        return config.is_hosted and federation.open_providers_in(application.realm).exists()
    return profile_of(config.config).codes_open


def _go_on(
    event: Draft,
    ctx: Context,
    application: Application,
    asked: AuthorizationRequest,
    session: Session,
    browser_key: str,
) -> Finished | NeedsConsent | None:
    """The policy is asked for this application as if the proof were given now. Denied: None, so another may sign in. None
    for a session that has just ended, too: what comes of one that is held ends with it."""
    if not sessions.share(session):
        return None
    identity = session.identity
    event.acting_as(_actor(session))
    try:
        _ask_policy(event, ctx, application, session)
        if consents.are_needed(application, asked, identity):
            return _ask(event, ctx, application, asked, session, browser_key)
        code = codes.insert_code(event, ctx, application, asked, consents.proof_of(session))
    except (policy.PolicyDenied, policy.VerificationRequired) as refusal:
        event.data["denied"] = refusal.message
        return None
    except NothingGranted as refusal:
        raise answers.refused_as_asked(application, asked, refusal.code, refusal.message) from None
    _tell_complete(event, application)
    return Finished(answers.granted(application, asked, code))


def _ask(
    event: Draft,
    ctx: Context,
    application: Application,
    asked: AuthorizationRequest,
    session: Session,
    browser_key: str,
) -> NeedsConsent:
    if asked.is_silent:
        raise answers.refused_as_asked(application, asked, "consent_required", "the person has to agree")
    flow = flows.insert_flow(ctx, application, asked, browser_key=browser_key, session_id=session.pk)
    _tell_complete(event, application)
    return NeedsConsent(flow, answers.consent_url(application, flow))


def _tell_complete(event: Draft, application: Application) -> None:
    done = event.follow(EventType.AUTHENTICATION_TRANSACTION, outcome="ALLOW", phase="COMPLETE", by="session")
    done.target(application)


def _tell_untrusted(ctx: Context, application: Application, why: UntrustedClient) -> None:
    """An event of the application, so that who builds it finds what was wrong beside its other events."""
    with attempt(ctx, EventType.AUTHORIZE_REQUEST, application.realm) as event:
        event.target(application)
        event.outcome = "ERROR"
        event.data["reason"] = str(why)


def _refuse(ctx: Context, application: Application, why: AuthorizationRefused) -> Finished:
    """Always raises LoginRefused, through an attempt, so that the refusal is an event."""
    with attempt(ctx, EventType.AUTHORIZE_REQUEST, application.realm) as event:
        event.target(application)
        event.data["error"] = why.error
        raise answers.refused(application, why.error, why.description, why.redirect_uri, why.state, why.response_mode)
