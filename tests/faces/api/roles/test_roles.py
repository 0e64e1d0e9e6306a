"""R/resource-servers/{rs}/roles: made, read, changed and deleted (contract/wire.md §1.9; extensions.md §10)."""

from typing import Any

import pytest

from apps.applications.models import ResourceServer, Role
from apps.applications.services import resource_servers, roles
from apps.events.models import Event
from apps.events.types import EventType
from tests.faces.api.caller import Caller, missing, read, violations
from tests.faces.api.roles.told import new, refusal, role_json
from tests.faces.api.told import change, target
from tests.world import World


# --- create -------------------------------------------------------------------------------------------------------------
def test_create_answers_the_bare_role(world: World, api: Caller, base: str, pets: ResourceServer) -> None:
    response = api.post(base, new(description="Customer support personnel."))
    made = read(response)
    assert made == role_json(made["id"], display_name="Help Desk", description="Customer support personnel.")
    assert (made["resource_server_id"], made["realm_id"]) == (str(pets.pk), world.realm.pk)
    assert response["ETag"] == api.get(f"{base}/{made['id']}")["ETag"]
    assert Role.objects.get(pk=made["id"]).scopes == []


def test_create_leaves_its_event(world: World, api: Caller, base: str, pets: ResourceServer) -> None:
    made = read(api.post(base, new()))
    event = change(world, world.realm, EventType.ROLE_CHANGE)
    assert event.data == {"action": "CREATE", "changes": {"display_name": [None, "Help Desk"]}}
    server = {"type": "resource_server", "id": str(pets.pk), "display_name": "Pets"}
    assert event.targets == [target("role", made), server]


def test_two_roles_may_have_one_name(api: Caller, base: str) -> None:
    assert read(api.post(base, new()))["id"] != read(api.post(base, new()))["id"]


def test_what_we_alone_say_is_ignored_in_a_request(world: World, api: Caller, base: str, pets: ResourceServer) -> None:
    lies = dict.fromkeys(("id", "realm_id", "tenant_id", "resource_server_id", "create_time", "update_time"), "1")
    made = read(api.post(base, new(**lies)))
    assert (made["realm_id"], made["resource_server_id"]) == (world.realm.pk, str(pets.pk))


NOT_ALLOWED = "contains a character that is not allowed: {}[]<>;:?\\/|*^%$#=~`!"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"display_name": None}, [("role.display_name", "missing")]),
        ({"display_name": ""}, [("role.display_name", "empty string")]),
        ({"display_name": []}, [("role.display_name", "not a string")]),
        ({"display_name": "x" * 65}, [("role.display_name", "longer than 64 characters")]),
        ({"description": "x" * 301}, [("role.description", "longer than 300 characters")]),
        ({"description": 5}, [("role.description", "not a string")]),
        ({"scopes": ["pets:read"]}, [("role.scopes", "unknown field")]),
        (
            {"display_name": "*", "description": {"deep": 1}, "is_managed": True},
            [
                ("role.display_name", NOT_ALLOWED),
                ("role.description", "not a string"),
                ("role.is_managed", "unknown field"),
            ],
        ),
    ],
)
def test_a_bad_field_is_named(
    api: Caller, base: str, path: str, given: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    before = (Role.objects.count(), Event.objects.exclude(type="API_REQUEST_DENIED").count())
    assert violations(api.post(base, {"role": {"display_name": "Fine", **given}})) == expected
    assert violations(api.patch(path, {"role": given})) == expected
    assert (Role.objects.count(), Event.objects.exclude(type="API_REQUEST_DENIED").count()) == before


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, [("role", "missing")]),
        ([], [("role", "missing")]),
        ({"role": None}, [("role", "not an object")]),
        ({"group": {"display_name": "x"}}, [("group", "unknown field"), ("role", "missing")]),
    ],
)
def test_a_body_without_a_role_is_refused(
    api: Caller, base: str, path: str, body: Any, expected: list[tuple[str, str]]
) -> None:
    assert violations(api.post(base, body)) == expected
    assert violations(api.patch(path, body)) == expected


def test_a_role_needs_a_name(api: Caller, base: str) -> None:
    assert violations(api.post(base, {"role": {}})) == [("role.display_name", "missing")]


def test_the_same_request_again_makes_no_second_role(api: Caller, base: str) -> None:
    first = api.post(base, new(), Idempotency_Key="k")
    again = api.post(base, new(), Idempotency_Key="k")
    assert (again.status_code, again.content, again["Idempotent-Replayed"]) == (200, first.content, "true")
    assert Role.objects.filter(display_name="Help Desk").count() == 1


# --- read ---------------------------------------------------------------------------------------------------------------
def test_get_answers_the_bare_role(api: Caller, path: str, keeper: Role) -> None:
    assert read(api.get(path)) == role_json(keeper.pk, display_name="Keeper", description="Keeps pets.")


def test_the_list_has_the_roles_of_one_resource_server(world: World, api: Caller, base: str, keeper: Role) -> None:
    other = resource_servers.create_resource_server(world.ctx, world.realm, display_name="O", identifier="other")
    roles.create_role(world.ctx, other, display_name="Elsewhere")
    second = read(api.post(base, new()))
    assert read(api.get(base)) == {"roles": [role_json(keeper.pk), second], "total_size": 2}
    first = read(api.get(base, page_size=1))
    assert read(api.get(base, page_token=first["next_page_token"]))["roles"] == [second]


@pytest.mark.parametrize("name", ["page_size", "page_token", "skip"])
@pytest.mark.parametrize("verb", ["", ":listScopes"])
def test_a_bad_page_names_its_parameter(api: Caller, base: str, path: str, verb: str, name: str) -> None:
    response = api.get(f"{path}{verb}" if verb else base, **{name: "x"})
    assert [field for field, _ in violations(response)] == [name]


VERBS = [
    ("GET", ""), ("PATCH", ""), ("DELETE", ""), ("POST", ":addMembers"), ("POST", ":deleteMembers"),
    ("GET", ":listMembers"), ("POST", ":addScopes"), ("POST", ":deleteScopes"), ("GET", ":listScopes"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "verb"), VERBS)
def test_a_role_that_is_not_there_is_not_found(
    world: World, api: Caller, base: str, super_role: Role, method: str, verb: str
) -> None:
    other = resource_servers.create_resource_server(world.ctx, world.realm, display_name="O", identifier="other")
    elsewhere = roles.create_role(world.ctx, other, display_name="Elsewhere").pk
    for wanted in ("fb785d40cbe4fc0d", "x", "é", "-", super_role.pk, elsewhere):
        assert read(api.call(method, f"{base}/{wanted}{verb}"), 404) == missing("role", "Role", wanted)


@pytest.mark.parametrize(("method", "verb"), [("POST", "/roles"), ("GET", "/roles"), *VERBS])
def test_a_resource_server_that_is_not_there_is_named(
    api: Caller, keeper: Role, super_role: Role, method: str, verb: str
) -> None:
    verb = verb if verb.startswith("/") else f"/roles/{keeper.pk}{verb}"
    for wanted in ("7b5a4325-00e0-4379-bd7b-3e5e7e30b09e", "x", "é", str(super_role.resource_server_id)):
        body = read(api.call(method, f"/resource-servers/{wanted}{verb}"), 404)
        assert body == missing("resource server", "ResourceServer", wanted)


# --- change -------------------------------------------------------------------------------------------------------------
def test_patch_changes_what_is_given_and_nothing_else(world: World, api: Caller, path: str, keeper: Role) -> None:
    changed = read(api.patch(path, {"role": {"display_name": "Vet"}}))
    assert changed == role_json(keeper.pk, display_name="Vet", description="Keeps pets.")
    assert changed["update_time"] > changed["create_time"]
    event = change(world, world.realm, EventType.ROLE_CHANGE)
    assert event.data == {"action": "UPDATE", "changes": {"display_name": ["Keeper", "Vet"]}}
    assert read(api.patch(path, {"role": {"description": ""}}))["description"] == ""
    assert read(api.patch(path, {"role": {}})) == role_json(keeper.pk, display_name="Vet", description="")


def test_what_was_read_may_be_sent_back(api: Caller, path: str) -> None:
    assert api.patch(path, {"role": read(api.get(path))}).status_code == 200


def test_if_match_refuses_the_reader_of_another_version(world: World, api: Caller, path: str) -> None:
    old = api.get(path)["ETag"]
    assert api.patch(path, new(display_name="First"), If_Match=old).status_code == 200
    for response in (api.patch(path, new(display_name="Second"), If_Match=old), api.delete(path, If_Match=old)):
        assert read(response, 412)["code"] == "precondition_failed"
    assert read(api.get(path))["display_name"] == "First"
    change(world, world.realm, EventType.ROLE_CHANGE, "PRECONDITION_FAILED")


# --- delete -------------------------------------------------------------------------------------------------------------
def test_delete_answers_200_and_nothing(world: World, api: Caller, path: str, keeper: Role) -> None:
    response = api.delete(path)
    assert (response.status_code, response.content) == (200, b"")
    event = change(world, world.realm, EventType.ROLE_CHANGE)
    assert event.data == {"action": "DELETE"}
    assert event.targets == [{"type": "role", "id": keeper.pk, "display_name": "Keeper"}]
    assert read(api.delete(path), 404) == missing("role", "Role", keeper.pk)


@pytest.mark.parametrize("child", ["identity", "group", "scope"])
def test_a_role_with_members_or_scopes_stays(world: World, api: Caller, path: str, keeper: Role, child: str) -> None:
    if child == "scope":
        roles.add_scopes(world.ctx, keeper, ["pets:read"])
    elif child == "group":
        roles.add_members(world.ctx, keeper, group_ids=[world.acme.customers.contractors.pk])
    else:
        roles.add_members(world.ctx, keeper, identity_ids=[world.bob.pk])
    assert read(api.delete(path), 409) == refusal("conflict", "role has children", keeper.pk)
    change(world, world.realm, EventType.ROLE_CHANGE, "CONFLICT")


# --- roles of a person --------------------------------------------------------------------------------------------------
def test_the_roles_of_a_person(world: World, api: Caller, keeper: Role) -> None:
    """Those given to the person; what comes through a group, the group says."""
    place = world.acme.customers
    other = resource_servers.create_resource_server(world.ctx, world.realm, display_name="O", identifier="other")
    second = roles.create_role(world.ctx, other, display_name="Second")
    for role in (keeper, second):
        roles.add_members(world.ctx, role, identity_ids=[place.carol.pk])
    third = roles.create_role(world.ctx, other, display_name="Third")
    roles.add_members(world.ctx, third, group_ids=[place.contractors.pk])
    path = f"/identities/{place.carol.pk}:listRoles"
    expected = {"roles": [role_json(keeper.pk)], "total_size": 1}
    assert read(api.get(path, resource_server_id=keeper.resource_server_id)) == expected
    assert read(api.get(path)) == {"roles": [role_json(keeper.pk), role_json(second.pk)], "total_size": 2}
    page = read(api.get(path, page_size=1))
    assert read(api.get(path, page_token=page["next_page_token"]))["roles"] == [role_json(second.pk)]
    assert violations(api.get(path, page_token="x")) == [("page_token", "invalid page token")]
    assert read(api.get(f"/identities/{world.bob.pk}:listRoles")) == {"roles": [], "total_size": 0}
    assert read(api.get("/identities/nobody:listRoles"), 404) == missing("identity", "Identity", "nobody")


def test_reading_costs_five_queries_at_most_with_the_token(
    world: World, api: Caller, base: str, path: str, keeper: Role, django_assert_num_queries: Any
) -> None:
    group = world.acme.customers.contractors
    roles.add_members(world.ctx, keeper, group_ids=[group.pk], identity_ids=[world.bob.pk])
    costs = {path: 3, base: 4, f"{path}:listScopes": 3, f"{path}:listMembers": 5}
    for there, queries in {**costs, f"/identities/{world.bob.pk}:listRoles": 4}.items():
        api.get(there)
        with django_assert_num_queries(queries):
            api.get(there)
