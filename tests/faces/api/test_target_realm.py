"""Applications of the admin realm that act on one realm alone (contract/extensions.md §10)."""

from typing import Any

import pytest
from django.test import Client

from apps.applications.models import Application, ResourceServer
from apps.applications.services import applications
from apps.events.types import EventType
from tests import ceremonies, record
from tests.faces.api.bearers import token_of
from tests.faces.api.caller import FORBIDDEN, Caller, missing, read, violations
from tests.world import World

SCOPES = ["identities:read", "identities:create", "realms:read", "realms:create", "tenants:read", "applications:create"]


def narrowed(world: World, realm_id: str | None) -> Application:
    server = ResourceServer.objects.get(realm=world.acme.admin_realm, is_managed=True)
    protocol: dict[str, Any] = {
        "type": "oauth2",
        "grant_type": ["client_credentials"],
        "allowed_scopes": SCOPES,
        "token_configuration": {"expires_after": 600, "token_signing_algorithm": "ES256"},
        **({"target_realm_id": realm_id} if realm_id else {}),
    }
    made = applications.create_application(
        world.ctx, world.acme.admin_realm, display_name="CI", protocol_config=protocol, resource_server=server
    )
    made.application.shown_once = made.client_secret
    return made.application


@pytest.fixture
def ci(world: World, client: Client) -> Caller:
    application = narrowed(world, world.realm.pk)
    return Caller(client, token_of(world, application, application.shown_once), world.realm)  # type: ignore[attr-defined]


def test_its_tokens_say_which_realm(world: World, ci: Caller) -> None:
    assert ceremonies.payload_of(ci.token)["bi_r"] == world.realm.pk
    wide = narrowed(world, None)
    assert ceremonies.payload_of(token_of(world, wide, wide.shown_once))["bi_r"] == "*"  # type: ignore[attr-defined]


def test_it_acts_on_that_realm_and_on_no_other(world: World, ci: Caller) -> None:
    assert read(ci.get("/identities"))["total_size"] == 3
    assert read(ci.get(""))["id"] == world.realm.pk
    for realm in (world.acme.admin_realm, world.acme.staff.realm, world.acme.opened.first_realm):
        assert read(ci.at(realm).get("/identities"), 404) == missing("realm", "Realm", realm.pk)
        assert read(ci.at(realm).get(f"/identities/{world.bob.pk}"), 404) == missing("realm", "Realm", realm.pk)
    assert read(ci.at(world.evil.customers.realm).get("/identities"), 403) == FORBIDDEN


def test_it_cannot_reach_what_is_above_realms(world: World, ci: Caller) -> None:
    """Nor make an application in the admin realm that could."""
    assert read(ci.tenant.post("/realms", {"realm": {"display_name": "Mine"}}), 403) == FORBIDDEN
    assert record.last(world.acme.admin_realm, EventType.API_REQUEST_DENIED).outcome == "ONE_REALM_ONLY"
    body = {"application": {"display_name": "X"}}
    assert ci.at(world.acme.admin_realm).post("/applications", body).status_code == 404


def test_a_change_of_it_acts_on_tokens_that_are_out(world: World, ci: Caller) -> None:
    application = Application.objects.get(display_name="CI")
    staff = world.acme.staff.realm
    applications.update_application(world.ctx, application, protocol_config={"target_realm_id": staff.pk})
    assert read(ci.get("/identities"), 404) == missing("realm", "Realm", world.realm.pk)
    assert ci.at(staff).get("/identities").status_code == 200


def test_only_a_realm_of_the_tenant_may_be_named_and_only_in_the_admin_realm(world: World, api: Caller) -> None:
    protocol = {
        "type": "oauth2",
        "grant_type": ["client_credentials"],
        "token_configuration": {"expires_after": 600, "token_signing_algorithm": "ES256"},
    }
    field = "application.protocol_config.target_realm_id"
    for wanted in (world.evil.customers.realm.pk, "0000000000000000", "x", "é" * 16):
        body = {"application": {"display_name": "A", "protocol_config": {**protocol, "target_realm_id": wanted}}}
        assert violations(api.at(world.acme.admin_realm).post("/applications", body)) == [(field, "realm not found")]
    body = {"application": {"display_name": "A", "protocol_config": {**protocol, "target_realm_id": world.realm.pk}}}
    assert violations(api.post("/applications", body)) == [
        (field, "only an application of the admin realm may have one")
    ]
    made = read(api.at(world.acme.admin_realm).post("/applications", body))
    assert made["protocol_config"]["target_realm_id"] == world.realm.pk
