"""A realm has a key for every algorithm its applications sign with (contract/extensions.md §4)."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest

from apps.applications.services import applications
from apps.tokens import keys
from apps.tokens.services.exchange import exchange
from tests.world import World, web

pytestmark = pytest.mark.django_db


def machine(algorithm: str) -> dict[str, Any]:
    return {
        "type": "oauth2",
        "grant_type": ["client_credentials"],
        "token_configuration": {"expires_after": 60, "token_signing_algorithm": algorithm},
    }


def token_header(world: World, made: Any) -> str:
    form = {
        "grant_type": "client_credentials",
        "client_id": made.application.client_id,
        "client_secret": made.client_secret,
    }
    return json.loads(exchange(world.visitor, made.application, form=urlencode(form), headers={}).body)["access_token"]


@pytest.mark.parametrize("algorithm", ["RS256", "PS256", "ES256", "EdDSA"])
def test_a_new_application_gets_tokens_of_its_algorithm(world: World, algorithm: str) -> None:
    made = applications.create_application(
        world.ctx, world.realm, display_name="Robot", protocol_config=machine(algorithm)
    )
    assert token_header(world, made).count(".") == 2
    assert algorithm in {key["alg"] for key in keys.jwks(world.realm)["keys"]}


def test_an_application_that_changes_its_algorithm_finds_the_key_of_the_new_one(world: World) -> None:
    config = web(token_configuration={"expires_after": 60, "token_signing_algorithm": "EdDSA"})
    applications.update_application(
        world.ctx, world.application, display_name="Shop", protocol_config=config,
        authenticator_config=world.acme.customers.config, resource_server=None,
    )  # fmt: skip
    assert keys.current_key(world.realm.pk, "EdDSA").algorithm == "EdDSA"
