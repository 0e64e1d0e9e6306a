"""R/resource-servers: changed and deleted, and what goes with a scope (contract/wire.md §1.9)."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from apps.applications.models import Application, ResourceServer, Role
from apps.applications.services import resource_servers, roles
from apps.events.types import EventType
from tests import ceremonies, record
from tests.faces.api.caller import UNKNOWN, Caller, read
from tests.faces.api.resource_servers.told import PETS, machine, refusal, server_json
from tests.faces.api.test_preconditions import at_once
from tests.faces.api.told import change
from tests.world import World, build


# --- change -------------------------------------------------------------------------------------------------------------
def test_patch_changes_what_is_given_and_nothing_else(
    world: World, api: Caller, pets: ResourceServer, path: str
) -> None:
    changed = read(api.patch(path, {"resource_server": {"display_name": "Animals"}}))
    assert changed == server_json(pets, display_name="Animals")
    event = change(world, world.realm, EventType.RESOURCE_SERVER_CHANGE)
    assert event.data == {"action": "UPDATE", "changes": {"display_name": ["Pet API", "Animals"]}}
    more = ["pets:read", "pets:write", "pets:feed"]
    assert read(api.patch(path, {"resource_server": {"scopes": more}})) == {**changed, "scopes": more}
    event = change(world, world.realm, EventType.RESOURCE_SERVER_CHANGE)
    assert event.data["changes"] == {"scopes": [PETS["scopes"], more]}


def test_the_identifier_never_changes(api: Caller, pets: ResourceServer, path: str) -> None:
    for other in ("https://other.test", "identity-cloud", 5, None):
        changed = read(api.patch(path, {"resource_server": {"identifier": other, "is_managed": True}}))
        assert changed == server_json(pets)


def test_what_was_read_may_be_sent_back(api: Caller, pets: ResourceServer, path: str) -> None:
    assert read(api.patch(path, {"resource_server": read(api.get(path))})) == server_json(pets)


def test_a_scope_taken_away_leaves_roles_and_applications(
    world: World, api: Caller, pets: ResourceServer, path: str
) -> None:
    keeper = roles.create_role(world.ctx, pets, display_name="Keeper")
    guest = roles.create_role(world.ctx, pets, display_name="Guest")
    roles.add_scopes(world.ctx, keeper, ["pets:read", "pets:write"])
    roles.add_scopes(world.ctx, guest, ["pets:read"])
    sync = machine(world, pets, "pets:write", "pets:read").application
    read(api.patch(path, {"resource_server": {"scopes": ["pets:read", "pets:feed"]}}))
    assert [Role.objects.get(pk=role.pk).scopes for role in (keeper, guest)] == [["pets:read"]] * 2
    assert Application.objects.get(pk=sync.pk).allowed_scopes == ["pets:read"]
    server, *followed = record.events(world.realm)[-3:]
    assert server.type == EventType.RESOURCE_SERVER_CHANGE
    told = [(event.type, event.data["changes"], event.targets[0]["id"]) for event in followed]
    assert told == [
        ("ROLE_SCOPES_CHANGE", {"scopes": [["pets:read", "pets:write"], ["pets:read"]]}, keeper.pk),
        ("APPLICATION_CHANGE", {"allowed_scopes": [["pets:write", "pets:read"], ["pets:read"]]}, str(sync.pk)),
    ]
    change(world, world.realm, EventType.ROLE_SCOPES_CHANGE)


def test_a_scope_that_comes_back_is_nobodys_again(world: World, api: Caller, pets: ResourceServer, path: str) -> None:
    role = roles.create_role(world.ctx, pets, display_name="Keeper")
    roles.add_scopes(world.ctx, role, ["pets:write"])
    for scopes in (["pets:read"], PETS["scopes"]):
        read(api.patch(path, {"resource_server": {"scopes": scopes}}))
    assert Role.objects.get(pk=role.pk).scopes == []


def test_if_match_refuses_the_reader_of_another_version(world: World, api: Caller, path: str) -> None:
    old = api.get(path)["ETag"]
    assert api.patch(path, {"resource_server": {"display_name": "First"}}, If_Match=old).status_code == 200
    for response in (
        api.patch(path, {"resource_server": {"display_name": "Second"}}, If_Match=old),
        api.delete(path, If_Match=old),
    ):
        assert read(response, 412)["code"] == "precondition_failed"
    assert read(api.get(path))["display_name"] == "First"
    change(world, world.realm, EventType.RESOURCE_SERVER_CHANGE, "PRECONDITION_FAILED")


def test_the_managed_one_does_not_change(world: World, api: Caller, managed: ResourceServer) -> None:
    there, path = api.at(world.acme.admin_realm), f"/resource-servers/{managed.pk}"
    words = "this resource server is managed and cannot be changed"
    body = refusal("forbidden", "forbidden", str(managed.pk), words)
    for given in ({"display_name": "Mine"}, {"scopes": []}, {}):
        assert read(there.patch(path, {"resource_server": given}), 403) == body
    assert read(there.delete(path), 403) == body
    assert read(there.get(path)) == server_json(managed)
    change(world, world.acme.admin_realm, EventType.RESOURCE_SERVER_CHANGE, "FORBIDDEN")


# --- delete -------------------------------------------------------------------------------------------------------------
def test_delete_answers_200_and_nothing(world: World, api: Caller, pets: ResourceServer, path: str) -> None:
    response = api.delete(path)
    assert (response.status_code, response.content) == (200, b"")
    event = change(world, world.realm, EventType.RESOURCE_SERVER_CHANGE)
    assert event.data == {"action": "DELETE"}
    assert event.targets == [{"type": "resource_server", "id": str(pets.pk), "display_name": "Pet API"}]
    assert read(api.get(path), 404) == UNKNOWN
    assert read(api.delete(path), 404) == UNKNOWN


@pytest.mark.parametrize("user", ["application", "role"])
def test_one_that_is_in_use_stays(world: World, api: Caller, pets: ResourceServer, path: str, user: str) -> None:
    if user == "application":
        machine(world, pets, "pets:read")
    else:
        roles.create_role(world.ctx, pets, display_name="Keeper")
    body = refusal("conflict", "the resource server is in use", str(pets.pk))
    assert read(api.delete(path), 409) == body
    change(world, world.realm, EventType.RESOURCE_SERVER_CHANGE, "CONFLICT")
    assert read(api.get(path)) == server_json(pets)


@pytest.mark.django_db(transaction=True)
def test_a_role_that_comes_while_its_server_goes_fails_cleanly() -> None:
    world = build()
    token = ceremonies.management_token(world.ctx, world.acme)
    for number in range(5 if connection.vendor == "postgresql" else 2):
        server = resource_servers.create_resource_server(
            world.ctx, world.realm, display_name="Pets", identifier=f"urn:{number}"
        )
        path = f"/resource-servers/{server.pk}"
        calls: list[Callable[[Caller], Any]] = [
            lambda api, path=path: api.post(f"{path}/roles", {"role": {"display_name": "Keeper"}}),
            lambda api, path=path: api.delete(path),
        ]
        made, gone = at_once(2, lambda i, calls=calls: calls[i](Caller(Client(), token, world.realm)).status_code)
        assert (made, gone) in ((200, 409), (404, 200)), (made, gone)


@pytest.mark.django_db(transaction=True)
def test_a_scope_given_while_it_goes_is_not_left_behind() -> None:
    world = build()
    token = ceremonies.management_token(world.ctx, world.acme)
    server = resource_servers.create_resource_server(world.ctx, world.realm, **PETS)
    role = roles.create_role(world.ctx, server, display_name="Keeper")
    path = f"/resource-servers/{server.pk}"
    for _ in range(5 if connection.vendor == "postgresql" else 2):
        resource_servers.update_resource_server(world.ctx, server, scopes=["pets:read", "pets:write"])
        calls: list[Callable[[Caller], Any]] = [
            lambda api: api.post(f"{path}/roles/{role.pk}:addScopes", {"scopes": ["pets:write"]}),
            lambda api: api.patch(path, {"resource_server": {"scopes": ["pets:read"]}}),
        ]
        given, gone = at_once(2, lambda i, calls=calls: calls[i](Caller(Client(), token, world.realm)).status_code)
        assert (given in (200, 400), gone) == (True, 200)
        assert Role.objects.get(pk=role.pk).scopes == []
