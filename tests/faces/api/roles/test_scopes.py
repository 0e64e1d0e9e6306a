"""What a role carries, and how soon a token feels it (contract/wire.md §1.9)."""

from typing import Any

import pytest
from django.test import Client

from apps.applications import selectors
from apps.applications.models import ResourceServer, Role
from apps.applications.services import resource_servers, roles
from apps.directory.models import Group
from apps.directory.services import groups
from apps.events.types import EventType
from tests import ceremonies
from tests.faces.api.caller import FORBIDDEN, Caller, read, violations
from tests.faces.api.roles.told import role_json
from tests.faces.api.told import change, target
from tests.world import World, join


# --- scopes -------------------------------------------------------------------------------------------------------------
def test_scopes_are_given_and_taken(world: World, api: Caller, path: str, keeper: Role) -> None:
    response = api.post(f"{path}:addScopes", {"scopes": ["pets:write", "pets:read", "pets:write"]})
    assert read(response) == role_json(keeper.pk)
    event = change(world, world.realm, EventType.ROLE_SCOPES_CHANGE)
    assert event.data == {"action": "ADD", "changes": {"scopes": [[], ["pets:write", "pets:read"]]}}
    assert event.targets == [target("role", read(response))]
    assert read(api.get(f"{path}:listScopes")) == {"scopes": ["pets:read", "pets:write"], "total_size": 2}
    assert read(api.post(f"{path}:deleteScopes", {"scopes": ["pets:write", "pets:feed"]})) == role_json(keeper.pk)
    event = change(world, world.realm, EventType.ROLE_SCOPES_CHANGE)
    assert event.data == {"action": "REMOVE", "changes": {"scopes": [["pets:write", "pets:read"], ["pets:read"]]}}
    assert read(api.get(f"{path}:listScopes")) == {"scopes": ["pets:read"], "total_size": 1}


@pytest.mark.parametrize("verb", ["addScopes", "deleteScopes"])
@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, [("scopes", "missing")]),
        ([], [("scopes", "missing")]),
        ({"scopes": []}, [("scopes", "empty array")]),
        ({"scopes": "pets:read"}, [("scopes", "not a list")]),
        ({"scopes": None}, [("scopes", "not a list")]),
        ({"scopes": ["x"] * 1001}, [("scopes", "array exceeds 1000 elements")]),
        ({"scopes": ["pets:read", 1, "", "a b"]}, [
            ("scopes.1", "not a string"),
            ("scopes.2", "empty string"),
            ("scopes.3", "contains a character that a scope cannot have"),
        ]),
        ({"scopes": ["pets:read", "pets:sell", "identities:read"]}, [
            ("scopes.1", "not a scope of the resource server"),
            ("scopes.2", "not a scope of the resource server"),
        ]),
        ({"scopes": ["pets:read"], "scope": "x"}, [("scope", "unknown field")]),
    ],
)  # fmt: skip
def test_a_bad_list_of_scopes_is_named(
    api: Caller, path: str, keeper: Role, verb: str, body: Any, expected: list[tuple[str, str]]
) -> None:
    assert violations(api.post(f"{path}:{verb}", body)) == expected
    assert Role.objects.get(pk=keeper.pk).scopes == []


def test_the_scopes_come_in_pages(world: World, api: Caller, path: str, keeper: Role) -> None:
    every = [f"pets:{number:02}" for number in range(25)]
    resource_servers.update_resource_server(world.ctx, keeper.resource_server, scopes=every)
    roles.add_scopes(world.ctx, keeper, list(reversed(every)))
    first = read(api.get(f"{path}:listScopes"))
    assert (first["scopes"], first["total_size"]) == (every[:20], 25)
    roles.remove_scopes(world.ctx, keeper, ["pets:19", "pets:21"])
    second = read(api.get(f"{path}:listScopes", page_token=first["next_page_token"]))
    assert (second["scopes"], second["total_size"]) == ([every[20], *every[22:]], 23)
    assert "next_page_token" not in second
    assert read(api.get(f"{path}:listScopes", page_size=2, skip=3))["scopes"] == every[3:5]
    assert read(api.get(f"{path}:listScopes", skip=100)) == {"scopes": [], "total_size": 23}


def test_scopes_given_at_once_are_all_there(world: World, api: Caller, path: str, keeper: Role) -> None:
    """Two programs that each read the role before the other wrote."""
    first, second = (selectors.get_role(world.realm, str(keeper.resource_server_id), keeper.pk) for _ in range(2))
    roles.add_scopes(world.ctx, first, ["pets:read"])
    roles.add_scopes(world.ctx, second, ["pets:write"])
    assert read(api.get(f"{path}:listScopes"))["scopes"] == ["pets:read", "pets:write"]


# --- acting at once -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("loss", ["the membership", "the group's membership", "the scope", "the server's scope"])
def test_a_role_that_is_lost_is_lost_for_tokens_already_issued(world: World, client: Client, loss: str) -> None:
    """Grace signed in when her role carried a scope; the token lives on, and no longer opens what it did."""
    admin = world.acme.admin_realm
    server = ResourceServer.objects.get(realm=admin)
    role = roles.create_role(world.ctx, server, display_name="Help Desk")
    roles.add_scopes(world.ctx, role, ["identities:read", "groups:read"])
    grace = join(world.ctx, admin, "grace", "Grace", "acme.test")
    desk = groups.create_group(world.ctx, admin, display_name="Desk")
    insiders = Group.objects.get(realm=admin, is_managed=True)
    super_role = Role.objects.get(realm=admin, is_managed=True)
    groups.add_members(world.ctx, insiders, [world.ada.pk, grace.pk])
    roles.add_members(world.ctx, super_role, identity_ids=[world.ada.pk])
    roles.remove_members(world.ctx, super_role, group_ids=[insiders.pk])
    through_group = loss == "the group's membership"
    if through_group:
        groups.add_members(world.ctx, desk, [grace.pk])
    given = {"group_ids": [desk.pk]} if through_group else {"identity_ids": [grace.pk]}
    roles.add_members(world.ctx, role, **given)
    passkey = ceremonies.give_passkey(world, grace)
    asked = ceremonies.client_of(world, world.acme.console)
    answer = ceremonies.tokens_for(world.visitor, asked, passkey, scope="openid identities:read groups:read")
    api = Caller(client, answer["access_token"], world.realm)
    assert (api.get("/identities").status_code, api.get("/groups").status_code) == (200, 200)

    match loss:
        case "the membership":
            roles.remove_members(world.ctx, role, identity_ids=[grace.pk])
        case "the group's membership":
            groups.remove_members(world.ctx, desk, [grace.pk])
        case "the scope":
            roles.remove_scopes(world.ctx, role, ["identities:read"])
        case "the server's scope":
            server.scopes = [scope for scope in server.scopes if scope != "identities:read"]
            server.save()
    assert read(api.get("/identities"), 403) == FORBIDDEN
    left = 200 if "scope" in loss else 403
    assert api.get("/groups").status_code == left


def test_a_persons_token_costs_one_query_more(world: World, client: Client, django_assert_num_queries: Any) -> None:
    passkey = ceremonies.give_passkey(world, world.ada)
    asked = ceremonies.client_of(world, world.acme.console)
    answer = ceremonies.tokens_for(world.visitor, asked, passkey, scope="openid identities:read")
    ada = Caller(client, answer["access_token"], world.acme.admin_realm)
    ada.get("/identities")
    with django_assert_num_queries(3):
        ada.get("/identities")


def test_an_application_that_loses_a_scope_loses_it_in_its_tokens(world: World, api: Caller) -> None:
    application = world.acme.management_api
    application.allowed_scopes = [scope for scope in application.allowed_scopes if scope != "identities:read"]
    application.save()
    assert read(api.get("/identities"), 403) == FORBIDDEN
    assert api.get("/groups").status_code == 200
