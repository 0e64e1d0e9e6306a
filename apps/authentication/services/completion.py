"""What comes of a proof that the policy allowed, whichever kind it was: a session, and a code or the next question."""

from apps.applications.models import Application
from apps.authentication import flows, sessions
from apps.authentication.flows import FlowOver
from apps.authentication.models import LoginFlow, Session
from apps.authentication.services import answers, consents
from apps.authentication.services import sessions as sessions_verbs
from apps.authentication.services.answers import Authenticated
from apps.core.context import Actor, ActorType, Context
from apps.core.errors import Denied
from apps.credentials import kinds
from apps.credentials import selectors as credentials
from apps.credentials.models import Binding, Credential
from apps.credentials.proofs import Kind
from apps.directory.models import Identity
from apps.events.attempt import Draft, attempt
from apps.events.types import EventType
from apps.tokens import assurance, claims
from apps.tokens.authorization import AuthorizationRequest
from apps.tokens.services import codes
from apps.tokens.services.codes import Proof

TOO_WEAK = "unmet_authentication_requirements"  # OpenID Connect Core Unmet Authentication Requirements 1.0


class RequirementUnmet(Denied):
    """The proof is right and not what the client asked for, and an embedded authenticator has no way to tell the client."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.code = error


def complete(
    event: Draft,
    ctx: Context,
    flow: LoginFlow,
    identity: Identity,
    credential: Credential | None,
    *,
    acr: str,
    amr: list[str],
    cookie: str,
    pauses: bool = False,
) -> Authenticated:
    """Inside the attempt that proved and asked the policy. `credential` None: proven by a one-time code. `cookie` is of the
    session that the browser has in the realm. `pauses`: nobody is sent on before `go_on`; of no meaning to an embedded
    authenticator. Raises FlowOver, NothingGranted, RequirementUnmet."""
    application = flow.application
    config = application.authenticator_config
    hosted = config is not None and config.is_hosted
    asked = flows.asked_of(flow)
    unmet = _unmet(application, asked, identity, acr, hosted=hosted)
    if not hosted:
        if unmet:
            raise RequirementUnmet(*unmet)
        flows.consume(flow)
        proof = Proof(identity, ctx.now, acr, amr, None, credential.pk if credential else "")
        code = codes.insert_code(event, ctx, application, asked, proof)
        return Authenticated(code, answers.granted(application, asked, code).url, identity, credential, "")
    opened = sessions_verbs.open_session(event, ctx, identity, credential=credential, acr=acr, amr=amr, cookie=cookie)
    if pauses:
        event.data["awaits"] = "passkey_offer"
        flows.go_on_with(ctx, flow, opened.session.pk)
        return Authenticated("", "", identity, credential, opened.token)
    code, url = _next(event, ctx, flow, opened.session, unmet)
    return Authenticated(code, url, identity, credential, opened.token)


def go_on(ctx: Context, flow: LoginFlow) -> str:
    """Where the browser of a flow that paused goes now. Once. Raises FlowUnknown for one that did not pause, FlowOver,
    NothingGranted."""
    application = flow.application
    ctx = ctx.in_flow(flow.correlation_id)
    with attempt(ctx, EventType.AUTHENTICATION_TRANSACTION, application.realm) as event:
        event.data["phase"] = "RESUME"
        event.target(application)
        session = consents.session_of(ctx, flow)
        if not sessions.hold(session):  # signed out in this moment
            raise FlowOver("this sign-in is over; start again from the application")
        identity = session.identity
        event.acting_as(Actor(ActorType.IDENTITY, identity.pk, identity.display_name))
        event.target(identity)
        unmet = _unmet(application, flows.asked_of(flow), identity, session.acr, hosted=True)
        return _next(event, ctx, flow, session, unmet)[1]


def _next(
    event: Draft, ctx: Context, flow: LoginFlow, session: Session, unmet: tuple[str, str] | None
) -> tuple[str, str]:
    """(code or "", where the browser goes): to the client with a code or an error, or first to be asked for consent, or
    for a passkey where a code is too little."""
    application, asked = flow.application, flows.asked_of(flow)
    if asked.for_own_page:
        flows.consume(flow)
        return "", asked.redirect_uri
    if unmet is None and consents.are_needed(application, asked, session.identity):
        event.data["awaits"] = "consent"
        flows.go_on_with(ctx, flow, session.pk)
        return "", answers.consent_url(application, flow)
    if unmet is not None and unmet[0] == TOO_WEAK and _has_better(session, application):
        event.data["awaits"] = "passkey"
        flows.begin_again(ctx, flow)
        return "", flows.authenticate_url(ctx, flow)
    flows.consume(flow)
    if unmet is not None:
        event.outcome = "ERROR"
        event.data["error"] = unmet[0]
        return "", answers.url_of(ctx, application, answers.refused_as_asked(application, asked, *unmet).answer)
    code = codes.insert_code(event, ctx, application, asked, consents.proof_of(session))
    return code, answers.url_of(ctx, application, answers.granted(application, asked, code))


def _has_better(session: Session, application: Application) -> bool:
    """Signed in by a code, with a passkey that this application's authenticator takes."""
    config = application.authenticator_config
    if session.credential_id is not None or config is None:
        return False
    known = credentials.active_credentials_of(session.identity)
    return any(kinds.is_accepted(config, Kind(each.method)) for each in known)


def _unmet(
    application: Application, asked: AuthorizationRequest, identity: Identity, acr: str, *, hosted: bool
) -> tuple[str, str] | None:
    """(error, description) for the client whose request the right proof of a person does not meet."""
    if asked.subject and asked.subject != claims.subject_identifier(application, identity):
        return "login_required", "somebody else signed in"
    if asked.acr_essential and not assurance.suffices(acr, asked.acr_values):
        return TOO_WEAK, "the proof was not as strong as asked for"
    if not hosted and consents.are_needed(application, asked, identity):
        return "consent_required", "the person has to agree"
    return None


def strength(credential: Credential, verified: bool) -> tuple[str, list[str]]:
    """acr of OpenID EAP and amr of RFC 8176 (contract/extensions.md §4), as proven, never as wished."""
    hardware = credential.binding == Binding.HARDWARE
    trusted = hardware and credential.attestation_trusted
    acr = assurance.HARDWARE_PROTECTED if trusted else assurance.PHISHING_RESISTANT
    return acr, ["pop", "hwk" if hardware else "swk", *(["user"] if verified else [])]
