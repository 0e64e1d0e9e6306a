"""How far a token reaches, and what its requests leave (contract/extensions.md §10)."""

from typing import Any

from django.test import Client

from apps.applications.models import AccessToken
from apps.events.types import EventType
from tests import ceremonies, record
from tests.faces.api.bearers import realm_token
from tests.faces.api.caller import FORBIDDEN, Caller, missing, read
from tests.world import World


def test_a_realms_own_token_reaches_that_realm_alone(world: World, client: Client) -> None:
    own = Caller(client, realm_token(world, ["identities:read"]), world.realm)
    assert read(own.get("/identities"))["total_size"] == 3
    for realm in (world.acme.staff.realm, world.acme.admin_realm, world.acme.opened.first_realm):
        assert read(own.at(realm).get("/identities"), 404) == missing("realm", "Realm", realm.pk)
    assert read(own.at(world.evil.customers.realm).get("/identities"), 403) == FORBIDDEN
    assert read(own.delete(f"/identities/{world.bob.pk}"), 403) == FORBIDDEN
    denied = record.events(world.realm, EventType.API_REQUEST_DENIED)
    assert [event.outcome for event in denied] == ["FOREIGN_TENANT", "INSUFFICIENT_SCOPE"]


def test_an_admin_realms_token_reaches_every_realm_of_the_tenant(world: World, api: Caller) -> None:
    for realm in (world.acme.admin_realm, world.acme.opened.first_realm, world.acme.staff.realm):
        listed = read(api.at(realm).get("/identities"))["identities"]
        assert {identity["realm_id"] for identity in listed} <= {realm.pk}


def test_an_administrators_token_acts_as_the_administrator(world: World, client: Client) -> None:
    passkey = ceremonies.give_passkey(world, world.ada)
    tokens = ceremonies.tokens_for(
        world.visitor, ceremonies.client_of(world, world.acme.console), passkey, scope="openid identities:update"
    )
    caller = Caller(client, tokens["access_token"], world.realm)
    assert read(caller.patch(f"/identities/{world.bob.pk}", {"identity": {"display_name": "B"}}))["display_name"] == "B"
    event = record.last(world.realm, EventType.IDENTITY_CHANGE)
    assert (event.actor_type, event.actor_id) == ("identity", world.ada.pk)
    assert read(caller.get(f"/identities/{world.bob.pk}"), 403) == FORBIDDEN


def test_the_events_of_a_request_carry_its_correlation_id(world: World, api: Caller) -> None:
    response = api.patch(f"/identities/{world.bob.pk}", {"identity": {}}, X_Correlation_Id="order-12345")
    assert response["X-Correlation-Id"] == "order-12345"
    assert record.last(world.realm, EventType.IDENTITY_CHANGE).correlation_id == "order-12345"


def test_reading_costs_three_queries_with_the_token(world: World, api: Caller, django_assert_num_queries: Any) -> None:
    api.get("/identities")
    assert AccessToken.objects.count()
    with django_assert_num_queries(3):
        api.get(f"/identities/{world.bob.pk}")
    with django_assert_num_queries(3):
        api.get("/identities", filter='traits.username sw "b"')
