"""Three places with one thing of each kind in them, and everybody who might knock."""

from dataclasses import dataclass

import pytest
from django.test import Client

from apps.authentication import sessions
from apps.authentication.services import sessions as sessions_verbs
from apps.web import cookies
from tests import ceremonies
from tests.faces.api.conftest import _as_described  # noqa: F401 - hostile requests get described answers too
from tests.isolation import atlas
from tests.world import Company, World


@dataclass(frozen=True)
class Places:
    """`here` is where the caller may be; the others are a realm beside it, and one of another tenant."""

    here: dict[str, str]
    beside: dict[str, str]
    beyond: dict[str, str]
    nowhere: dict[str, str]


@pytest.fixture
def places(world: World) -> Places:
    here, beside, beyond = (
        atlas.furnish(world, place) for place in (world.acme.customers, world.acme.staff, world.evil.customers)
    )
    return Places(here, beside, beyond, atlas.nowhere())


def console_of(world: World, company: Company, **options: bool) -> Client:
    """The company's first administrator, signed in to the console with a passkey."""
    passkey = ceremonies.give_passkey(world, company.administrator)
    done = ceremonies.sign_in(world.visitor, ceremonies.client_of(world, company.console), passkey)
    parent = sessions.find_session(world.visitor, company.admin_realm.pk, done.session_token)
    assert parent is not None
    opened = sessions_verbs.start_console_session(
        world.visitor, company.console, session_id=str(parent.pk), identity_id=company.administrator.pk
    )
    browser = Client(**options)
    browser.cookies[cookies.console_cookie()] = opened.token
    browser.cookies[cookies.session_cookie(company.admin_realm.pk)] = done.session_token
    return browser


@pytest.fixture
def ada(world: World) -> Client:
    return console_of(world, world.acme)


@pytest.fixture
def eve(world: World) -> Client:
    return console_of(world, world.evil)
