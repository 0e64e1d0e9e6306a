"""The commands that the console offers are run as they stand, by a shell, against the server they name."""

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client

from apps.applications.scopes import MANAGEMENT_SCOPES
from apps.console import curls
from apps.console.curls import Curl
from apps.directory import selectors as directory
from apps.directory import traits
from apps.directory.services import identities
from apps.tokens.services import named_tokens
from tests.world import World, build

HOSTILE = 'O\'Brien & "Söhne"'


@pytest.fixture
def world(transactional_db: None, live_server: Any, settings: Any) -> Iterator[World]:
    settings.IDENTITY_CLOUD_API_URL = settings.IDENTITY_CLOUD_AUTH_URL = live_server.url
    return build()


@pytest.fixture
def shell(world: World) -> Callable[..., Any]:
    """`shell(command)` runs it with a token for everything, and reads its answer; "" for an empty one."""
    made = named_tokens.create_token(
        world.request,
        world.acme.management_api,
        display_name="Shell",
        scopes=list(MANAGEMENT_SCOPES),
        expires_after=600,
    )

    def run(command: str, **variables: str) -> Any:
        known = {"PATH": os.environ["PATH"], "TOKEN": made.token, "no_proxy": "*", **variables}
        done = subprocess.run(
            [
                "bash",
                "-euc",
                command.replace("curl --silent", "curl --silent --show-error --fail-with-body --max-time 100"),
            ],
            env=known,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        return json.loads(done.stdout) if done.stdout else ""

    return run


def named(listed: list[Curl], scope: str) -> str:
    return next(curl.command for curl in listed if curl.scope == scope)


def test_every_command_of_every_page_works_as_it_stands(world: World, shell: Callable[..., Any]) -> None:
    realm, place = world.realm, world.acme.customers
    offered = [
        *curls.of_realm(realm),
        *curls.of_identities(realm),
        *curls.of_identity(realm, place.bob),
        curls.binding_link(realm, place.carol, place.config),
        *curls.of_groups(realm),
        *curls.of_group(realm, place.contractors),
        *curls.of_applications(realm),
        *curls.of_application(place.application),
        *curls.of_application(world.acme.management_api)[:2],
        *curls.of_authenticators(realm),
        *curls.of_authenticator(realm, place.config),
        *curls.of_signing_keys(realm),
    ]
    for curl in offered:
        assert curl.scope in MANAGEMENT_SCOPES, curl
        shell(curl.command, IDENTITY_ID=place.people["dave"].pk)
    assert not directory.get_identity(realm, place.bob.pk).is_active
    assert directory.identities_in(realm).filter(username__in=["ada", "bob-2"]).count() == 2
    assert place.people["dave"] in directory.members_of(place.contractors)


def test_tokens_are_made_and_revoked_by_the_commands_that_say_so(world: World, shell: Callable[..., Any]) -> None:
    application = world.acme.management_api
    spare = named_tokens.create_token(
        world.request,
        application,
        display_name="Spare",
        scopes=["realms:read"],
        expires_after=60,
    )
    offered = curls.of_tokens(application)
    assert shell(named(offered, "tokens:read"))["total_size"] == 2
    assert shell(named(offered, "tokens:create"))["token"]
    shell(named(offered, "tokens:delete"), TOKEN_ID=spare.jti)
    assert shell(named(offered, "tokens:read"))["total_size"] == 2


def test_the_command_beside_a_new_token_brings_its_token_along(world: World, shell: Callable[..., Any]) -> None:
    made = named_tokens.create_token(
        world.request,
        world.acme.management_api,
        display_name="Reader",
        scopes=["identities:read"],
        expires_after=60,
    )
    curl = curls.with_token(world.acme.tenant, world.acme.management_api, made)
    assert curl is not None
    assert "identities" in shell(curl.command, TOKEN="")


def test_a_name_with_quotes_is_data_to_the_shell(world: World, shell: Callable[..., Any]) -> None:
    given = {"type": traits.TYPE, "username": HOSTILE, "title": "$(id) `id` \\ '; exit 9; '"}
    person = identities.create_identity(
        world.request, world.realm, display_name=HOSTILE, traits=traits.parse(given, creating=True)
    )
    offered = curls.of_identity(world.realm, person)
    copy = shell(named(offered, "identities:create"))
    assert copy["display_name"] == HOSTILE
    assert copy["traits"]["title"] == given["title"]


def test_a_page_offers_only_what_its_reader_could_run(world: World, clerk: Callable[..., Client]) -> None:
    reader = clerk("identities:read")
    page = reader.get(f"/console/realms/{world.realm.pk}/identities/{world.bob.pk}")
    assert {curl.scope for curl in page.context["curls"]} == {"identities:read"}
    assert page.context["curls"][0].command.replace('"', "&quot;") in page.content.decode()
