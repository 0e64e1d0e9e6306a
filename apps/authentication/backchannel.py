"""Telling applications that somebody signed out (OpenID Connect Back-Channel Logout 1.0): the outbox and what is sent.

A notice is written with what ends the session, in the same transaction, and delivered later: see notices.py.
"""

import logging
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from celery import current_app
from django.conf import settings
from django.db import transaction

from apps.applications.models import AccessToken, Application, Grant
from apps.authentication.models import LogoutNotice
from apps.core import secrets
from apps.core.context import Context
from apps.directory.models import Identity
from apps.tokens import claims, jose, keys
from apps.tokens.issuer import issuer_of

logger = logging.getLogger(__name__)

EVENT = "http://schemas.openid.net/event/backchannel-logout"
TOKEN_SECONDS = 120


def insert_notices(ctx: Context, session_ids: Sequence[UUID]) -> int:
    """One for each application that got tokens in one of the sessions and wants to hear of it, inside the attempt that ends
    them and after their codes were ended: a code that is being redeemed in this moment counts. Returns how many."""
    told = Grant.objects.filter(session_id__in=session_ids, consumed_at__isnull=False)
    grants = told.exclude(application__backchannel_logout_uri="").select_related("application", "user")
    parties = {(grant.application_id, grant.session_id): grant for grant in grants}
    return _insert(ctx, ((grant.application, grant.user, grant.session_id) for grant in parties.values()))


def insert_notices_without_session(ctx: Context, identity: Identity) -> int:
    """For somebody who ends altogether: applications that hold tokens of theirs from sign-ins that made no session. One
    that can only be told of sessions hears nothing (§2.2, backchannel_logout_session_required)."""
    live = AccessToken.objects.filter(user=identity, session_id=None, revoked_at=None, expires__gt=ctx.now)
    wanting = Application.objects.filter(pk__in=live.values("application"), backchannel_logout_session_required=False)
    return _insert(ctx, ((each, identity, None) for each in wanting.exclude(backchannel_logout_uri="")))


def logout_token(ctx: Context, notice: LogoutNotice) -> str:
    """§2.4, with a new jti each time; `typ: logout+jwt` keeps it from being taken for an ID token."""
    application = notice.application
    issued = int(ctx.now.timestamp())
    said: dict[str, Any] = {
        "iss": issuer_of(application),
        "sub": notice.subject,
        "aud": application.client_id,
        "iat": issued,
        "exp": issued + TOKEN_SECONDS,
        "jti": secrets.new_token(24),
        "events": {EVENT: {}},
        **({"sid": str(notice.session_id)} if notice.session_id else {}),
    }
    signing_key = keys.current_key(application.realm_id, application.token_signing_algorithm)
    return jose.sign(said, signing_key, typ="logout+jwt")


def _insert(ctx: Context, parties: Iterable[tuple[Application, Identity, UUID | None]]) -> int:
    rows = [
        LogoutNotice(
            tenant_id=application.tenant_id,
            realm_id=application.realm_id,
            application=application,
            session_id=session_id,
            subject=claims.subject_identifier(application, identity),
            correlation_id=ctx.correlation_id,
            next_try_at=ctx.now,
            created_at=ctx.now,
            updated_at=ctx.now,
        )
        for application, identity, session_id in parties
    ]
    LogoutNotice.objects.bulk_create(rows)
    if rows:
        transaction.on_commit(_hint, robust=True)
    return len(rows)


def _hint() -> None:
    """Tells the broker, if there is one. It may be down: the sweep finds the rows anyway."""
    if settings.CELERY_BROKER_URL:
        try:
            current_app.send_task("apps.authentication.tasks.send_logout_notices", retry=False)
        except Exception:  # kombu raises many kinds; none may reach the person who signed out
            logger.warning("the broker is not answering; applications hear of a sign-out by the sweep")
