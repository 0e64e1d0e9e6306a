"""Administrators at the console, each in a browser of their own."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client

from apps.applications.services import access
from apps.authentication.services import sessions
from apps.console.refusal_words import REFUSALS
from apps.core.errors import Told
from apps.directory.models import Identity
from apps.directory.services import groups
from apps.events.attempt import attempt
from apps.events.types import EventType
from apps.web import cookies, language
from tests.world import DESK, Company, World, acting_as, join


@pytest.fixture(autouse=True)
def refusals_have_words(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Whatever a verb says no with and any test here gets to read is listed to be translated, its values apart."""
    read: set[str] = set()
    words = language.words

    def listening(text: str) -> str:
        read.add(text.template if isinstance(text, Told) else str(text))
        return words(text)

    monkeypatch.setattr(language, "words", listening)
    yield
    assert not read - {"", *REFUSALS}, "add it to apps/console/refusal_words.py; if it holds values, say it with `told`"


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


@pytest.fixture
def clerk(world: World, sign_in: Callable[..., Client]) -> Callable[..., Client]:
    """`clerk("realms:read", …)` seats an administrator of Acme whose role has these scopes alone."""

    def seat(*scopes: str) -> Client:
        realm, server = world.acme.admin_realm, world.acme.console.resource_server
        assert server is not None
        person = join(world.ctx, realm, "clerk", "Clara Clerk", "acme.test")
        office = groups.create_group(world.ctx, realm, display_name="Office")
        groups.add_members(world.ctx, office, [person.pk])
        role = access.insert_role(world.ctx, server, display_name="Office", scopes=scopes)
        access.insert_role_group(world.ctx, role, office)
        return sign_in(world.acme, person)

    return seat
