"""A tenant that was opened before the management API learnt a scope gets it when the product is next started."""

import pytest

from apps.applications.models import Application, ResourceServer, Role
from apps.applications.scopes import MANAGEMENT_SCOPES
from apps.applications.services import access, resource_servers
from apps.core.context import system_context
from apps.events.types import EventType
from identity_cloud.preflight import bring_tenants_up_to_date
from tests import ceremonies, record
from tests.racing import race
from tests.world import World, build

OLD = [scope for scope in MANAGEMENT_SCOPES if not scope.startswith("scim")]
NEW = [scope for scope in MANAGEMENT_SCOPES if scope.startswith("scim")]


def make_old(world: World) -> None:
    """As of a version that knew no SCIM."""
    Application.objects.filter(realm=world.acme.admin_realm).update(allowed_scopes=OLD)
    Role.objects.filter(realm=world.acme.admin_realm).update(scopes=OLD)
    ResourceServer.objects.filter(realm=world.acme.admin_realm).update(scopes=OLD)


def scopes_of(world: World) -> list[set[str]]:
    admin = world.acme.admin_realm
    rows = [
        *ResourceServer.objects.filter(realm=admin, is_managed=True).values_list("scopes", flat=True),
        *Application.objects.filter(realm=admin, is_managed=True).values_list("allowed_scopes", flat=True),
        *Role.objects.filter(realm=admin, is_managed=True).values_list("scopes", flat=True),
    ]
    return [set(row) for row in rows]


def test_it_gets_what_is_new_everywhere_that_we_manage_and_once(world: World) -> None:
    make_old(world)
    bring_tenants_up_to_date()
    assert scopes_of(world) == [set(MANAGEMENT_SCOPES)] * 4
    told = record.events(
        world.acme.admin_realm,
        EventType.RESOURCE_SERVER_CHANGE,
        EventType.APPLICATION_CHANGE,
        EventType.ROLE_SCOPES_CHANGE,
    )[-4:]
    assert {event.actor_type for event in told} == {"system"}
    assert told[0].data["changes"]["scopes"] == [OLD, [*OLD, *NEW]]
    before = len(record.events(world.acme.admin_realm))
    assert access.grant_new_scopes(system_context()) == 0
    assert len(record.events(world.acme.admin_realm)) == before
    token = ceremonies.management_token(world.ctx, world.acme)
    assert set(ceremonies.payload_of(token)["scope"].split()) == set(MANAGEMENT_SCOPES)


def test_what_a_tenant_made_itself_is_left_alone(world: World) -> None:
    make_old(world)
    managed = ResourceServer.objects.get(realm=world.acme.admin_realm)
    role = Role.objects.create(
        resource_server=managed, realm_id=managed.realm_id, tenant_id=managed.tenant_id, display_name="Reader",
        scopes=["realms:read"], created_at=world.ctx.now, updated_at=world.ctx.now,
    )  # fmt: skip
    pets = resource_servers.create_resource_server(
        world.ctx, world.realm, display_name="Pets", identifier="https://pets.test", scopes=["pets:read"]
    )
    access.grant_new_scopes(system_context())
    role.refresh_from_db()
    pets.refresh_from_db()
    assert (role.scopes, pets.scopes) == (["realms:read"], ["pets:read"])


def test_up_to_date_it_is_one_query(world: World, django_assert_num_queries: object) -> None:
    with django_assert_num_queries(1):  # type: ignore[operator]
        bring_tenants_up_to_date()


@pytest.mark.django_db(transaction=True)
def test_hosts_that_start_together_do_it_once() -> None:
    world = build()
    make_old(world)
    finish = race(lambda: access.grant_new_scopes(system_context()), times=4)
    assert sorted(finish.won) == [0, 0, 0, 1]
    assert scopes_of(world) == [set(MANAGEMENT_SCOPES)] * 4
