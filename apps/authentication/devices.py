"""The device flow (RFC 8628), the person's half: find the device by its code, sign in, approve it or not.

Nothing is granted by opening a link or by being signed in: the person is shown what waits, and where, and says yes.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.db.models.functions import Now

from apps.applications import scopes, selectors
from apps.applications.models import Application, DeviceGrant, Grant
from apps.authentication import own_pages
from apps.authentication.models import Session
from apps.authentication.services import consents, decisions, requests
from apps.core import secrets
from apps.core.context import Actor, ActorType, Context
from apps.core.errors import Gone, NotFound
from apps.events.attempt import Draft, attempt, record
from apps.events.types import EventType
from apps.realms.models import Realm
from apps.tokens import device_codes
from apps.tokens.issuer import offers_devices
from apps.tokens.services.codes import NothingGranted

_OF_APPLICATION = ("realm__tenant", "resource_server", "authenticator_config")


class CodeUnknown(NotFound):
    """No device waits with this code: mistyped, too old, or answered already. Which of them is nobody's to know."""

    code = "code_unknown"


class SignedOut(Gone):
    """The session ended while the page was open."""

    code = "signed_out"


@dataclass(frozen=True, slots=True)
class WaitingDevice:
    """What a person is shown before they answer. `user_code` is as the device shows it."""

    id: int
    application: Application
    user_code: str
    scopes: tuple[str, ...]
    resources: tuple[str, ...]
    client_ip: str
    client_user_agent: str
    expires_at: datetime
    correlation_id: str


def find_device(ctx: Context, user_code: str, realm: Realm | None = None) -> WaitingDevice:
    """`realm` None: wherever it is, for who was given nothing but a code. Raises CodeUnknown."""
    code = device_codes.plain(user_code)
    waiting = _waiting(ctx).filter(user_code=secrets.digest(code))
    if realm is not None:
        waiting = waiting.filter(realm=realm)
    found = list(waiting.select_related(*(f"application__{name}" for name in _OF_APPLICATION))[:2]) if code else []
    if len(found) != 1 or not offers_devices(found[0].application):  # of two with one code nobody knows which is meant
        if realm is not None:
            told = {"by": "device", "code": "CODE_UNKNOWN", "reason": "no device waits with this code"}
            record(ctx, EventType.AUTHENTICATION_TRANSACTION, realm, outcome="DENY", phase="COMPLETE", **told)
        raise CodeUnknown("Device")
    row = found[0]
    return WaitingDevice(
        id=row.pk,
        application=row.application,
        user_code=device_codes.shown(code),
        scopes=tuple(row.scope.split()),
        resources=tuple(row.resources),
        client_ip=row.client_ip,
        client_user_agent=row.client_user_agent,
        expires_at=row.expires,
        correlation_id=row.correlation_id,
    )


def sign_in_url(ctx: Context, device: WaitingDevice, *, page_url: str, browser_key: str) -> str:
    """Where the browser goes to sign in, and comes back from to `page_url`: a flow like any other, with its policy."""
    return own_pages.sign_in_url(
        ctx.in_flow(device.correlation_id),
        device.application,
        page_url=page_url,
        browser_key=browser_key,
        scopes=device.scopes,
    )


def suffices(device: WaitingDevice, session: Session) -> bool:
    """What the session was proven by is what the authenticator of the device's application takes."""
    return requests.is_taken(device.application, session)


def approve_device(ctx: Context, device: WaitingDevice, session: Session) -> None:
    """The policy is asked for the device's application as if the proof were given now, whichever proof it was. Of several
    answers the first counts.

    Raises PolicyDenied, VerificationRequired, NothingGranted (the device goes on waiting), CodeUnknown, SignedOut.
    """
    with _answering(ctx, device, session) as event:
        identity, application = session.identity, device.application
        if not suffices(device, session):
            raise SignedOut("you are signed in by less than it takes here")
        decisions.require(
            event, ctx, application, identity, session.credential, verified="user" in session.amr, acr=session.acr
        )
        granted = _granted(device, session)
        if not application.is_first_party:
            consents.remember(event, ctx, application, identity, granted)
        grant_id = _insert_grant(event.ctx, device, session, granted)
        _answer(device, status=DeviceGrant.AUTHORIZED, user=identity, grant_id=grant_id)
        event.outcome = "ALLOW"
        event.data["scope"] = " ".join(granted)


def deny_device(ctx: Context, device: WaitingDevice, session: Session) -> None:
    """Raises CodeUnknown, SignedOut."""
    with _answering(ctx, device, session) as event:
        _answer(device, status=DeviceGrant.DENIED)
        event.outcome = "DENY"


@contextmanager
def _answering(ctx: Context, device: WaitingDevice, session: Session) -> Iterator[Draft]:
    """The attempt of both answers. The session is held: of somebody who was signed out in this moment nothing comes."""
    realm = device.application.realm
    with attempt(ctx.in_flow(device.correlation_id), EventType.AUTHENTICATION_TRANSACTION, realm) as event:
        event.data |= {"phase": "COMPLETE", "by": "device"}
        event.target(device.application)
        identity = session.identity
        event.acting_as(Actor(ActorType.IDENTITY, identity.pk, identity.display_name))
        event.target(identity)
        held = Session.objects.select_for_update().filter(pk=session.pk, realm_id=realm.pk, ended_at=None)
        if not list(held.values_list("pk", flat=True)):
            raise SignedOut("you are signed out")
        yield event


def _waiting(ctx: Context) -> "QuerySet[DeviceGrant]":
    return DeviceGrant.objects.filter(status=DeviceGrant.AUTHORIZATION_PENDING, expires__gt=ctx.now)


def _answer(device: WaitingDevice, **answer: Any) -> None:
    unanswered = DeviceGrant.objects.filter(
        pk=device.id, status=DeviceGrant.AUTHORIZATION_PENDING, consumed_at=None, expires__gt=Now()
    )
    if unanswered.update(**answer) != 1:
        raise CodeUnknown("Device")


def _granted(device: WaitingDevice, session: Session) -> tuple[str, ...]:
    application = device.application
    granted = scopes.granted(
        device.scopes,
        allowed=application.allowed_scopes,
        of_roles=selectors.role_scopes(session.identity, application.resource_server),
        openid=application.protocol == "oidc",
    )
    if device.scopes and not granted:
        raise NothingGranted("none of the scopes asked for may be granted")
    return granted


def _insert_grant(ctx: Context, device: WaitingDevice, session: Session, granted: tuple[str, ...]) -> UUID:
    """What the device's tokens will hang on. It is taken by the device's next poll and by nothing else: nobody has been
    given its code. It is of the person and the passkey, and ends with them, and of no session: who signs out of the browser
    that they approved it in does not switch off the television."""
    application = device.application
    grant = Grant(
        tenant_id=application.tenant_id,
        realm_id=application.realm_id,
        application=application,
        user=session.identity,
        code=secrets.digest(secrets.new_token()),
        expires=device.expires_at,
        redirect_uri="",
        scope=" ".join(granted),
        credential_id=session.credential_id or "",
        authenticated_at=session.authenticated_at,
        acr=session.acr,
        amr=list(session.amr),
        resource=list(device.resources),
        correlation_id=ctx.correlation_id,
    )
    Grant.objects.bulk_create([grant])
    return grant.pk
