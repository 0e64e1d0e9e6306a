"""Administrators at the console, each in a browser of their own."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from apps.authentication import sessions
from apps.directory.models import Identity
from apps.events.attempt import attempt
from apps.events.types import EventType
from apps.web import cookies
from tests.world import DESK, Company, World, acting_as


@pytest.fixture
def sign_in(world: World) -> Callable[..., Client]:
    """`sign_in(company)` seats the company's first administrator, or the identity named; without a browser ceremony."""

    def sign(company: Company, identity: Identity | None = None, **options: Any) -> Client:
        identity = identity or company.administrator
        ctx = acting_as(world.ctx, identity)
        with attempt(ctx, EventType.SESSION_CHANGE, company.admin_realm, action="START"):
            browser = sessions.insert_session(ctx, identity, credential=None, acr="phr", amr=["hwk", "user"])
        opened = sessions.start_console_session(
            ctx, company.console, session_id=str(browser.session.pk), identity_id=identity.pk
        )
        client = Client(HTTP_USER_AGENT=DESK.user_agent, REMOTE_ADDR=DESK.ip, **options)
        client.cookies[cookies.console_cookie()] = opened.token
        return client

    return sign


@pytest.fixture
def ada(world: World, sign_in: Callable[..., Client]) -> Client:
    return sign_in(world.acme)


@pytest.fixture
def eve(world: World, sign_in: Callable[..., Client]) -> Client:
    """Another tenant's administrator."""
    return sign_in(world.evil)
