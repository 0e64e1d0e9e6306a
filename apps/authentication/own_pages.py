"""Signing in to a page of ours that is no application's: `/me`, and approving a device. A flow like any other, with its
policy; it opens the browser's session and ends at the page, with no code for anybody."""

from datetime import timedelta
from typing import Any

from apps.applications import selectors as applications
from apps.applications.models import Application
from apps.authentication import flows
from apps.authentication.models import LoginFlow, Session
from apps.authenticators.models import AuthenticatorConfig, AuthenticatorType
from apps.core.context import Context
from apps.core.errors import NotFound
from apps.events.attempt import attempt
from apps.events.types import EventType
from apps.realms.models import Realm
from apps.tokens.authorization import AuthorizationRequest

RECENT = timedelta(minutes=5)


def sign_in_url(ctx: Context, application: Application, **asked: Any) -> str:
    """Where the browser goes to prove who it is, and comes back from: see `begin`."""
    return flows.authenticate_url(ctx, begin(ctx, application, **asked))


def begin(
    ctx: Context,
    application: Application,
    *,
    page_url: str,
    browser_key: str,
    scopes: tuple[str, ...] = (),
    login_hint: str = "",
) -> LoginFlow:
    """A sign-in that ends at `page_url`. Always a new proof: the session that the browser has is not asked about."""
    asked = AuthorizationRequest(redirect_uri=page_url, scopes=scopes, login_hint=login_hint, for_own_page=True)
    with attempt(ctx, EventType.AUTHENTICATION_TRANSACTION, application.realm) as event:
        event.outcome = "START"
        event.data["phase"] = "START"
        event.target(application)
        return flows.insert_flow(ctx, application, asked, browser_key=browser_key)


def application_for(realm: Realm, application_id: str = "") -> Application:
    """With whose hosted authenticator people of the realm sign in to a page of ours: the one that is named, else the
    oldest. Raises NotFound when there is none, and for one that has no hosted authenticator."""
    hosted = applications.applications_in(realm).filter(authenticator_config__type=AuthenticatorType.HOSTED_WEB)
    if application_id:
        hosted = hosted.filter(pk=applications.get_application(realm, application_id).pk)
    application = hosted.select_related("realm__tenant", "authenticator_config", "resource_server").first()
    if application is None:
        raise NotFound("Application", application_id)
    return application


def config_for(realm: Realm, application_id: str = "") -> AuthenticatorConfig:
    """The hosted authenticator of that application. Raises NotFound."""
    config = application_for(realm, application_id).authenticator_config
    if config is None:
        raise NotFound("AuthenticatorConfig")
    return config


def is_recent(ctx: Context, session: Session) -> bool:
    """The person proved themselves minutes ago: enough for what cannot be undone."""
    return ctx.now - session.authenticated_at <= RECENT


def is_by_passkey(session: Session) -> bool:
    """A one-time code does not do to revoke a passkey: without any its reader is asked to make a first one, which the rules
    allow where they allow no further one (contract/extensions.md §10 "binding.reason")."""
    return session.credential_id is not None
