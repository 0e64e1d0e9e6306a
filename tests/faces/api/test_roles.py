"""R/resource-servers/{rs}/roles: what they carry and who holds them (contract/wire.md §1.2, §1.9; extensions.md §10)."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from apps.applications import selectors
from apps.applications.models import ResourceServer, Role, RoleMembership
from apps.applications.services import resource_servers, roles
from apps.core.times import rfc3339
from apps.directory.models import Group
from apps.directory.services import groups, identities
from apps.events.models import Event
from apps.events.types import EventType
from tests import ceremonies
from tests.faces.api.caller import FORBIDDEN, Caller, missing, read, violations
from tests.faces.api.test_groups import group_json
from tests.faces.api.test_identities import bob_json
from tests.faces.api.test_preconditions import at_once
from tests.faces.api.told import change, target
from tests.world import World, build, join

SCOPES = ["pets:feed", "pets:read", "pets:write"]


def new(**given: Any) -> dict[str, Any]:
    return {"role": {"display_name": "Help Desk", **given}}


def role_json(role_id: str, **changes: Any) -> dict[str, Any]:
    row = Role.objects.get(pk=role_id)
    return {
        "id": row.pk,
        "resource_server_id": str(row.resource_server_id),
        "realm_id": row.realm_id,
        "tenant_id": row.tenant_id,
        "display_name": row.display_name,
        "description": row.description,
        "create_time": rfc3339(row.created_at),
        "update_time": rfc3339(row.updated_at),
        **changes,
    }


def refusal(code: str, message: str, role_id: str, words: str | None = None) -> dict[str, Any]:
    info = {"type": "ResourceInfo", "resource_type": "Role", "id": role_id, "description": words or message}
    return {"code": code, "message": message, "details": [info]}


def holders(role_id: str) -> set[str]:
    rows = RoleMembership.objects.filter(role_id=role_id)
    return {row.identity_id or row.group_id for row in rows}


@pytest.fixture
def pets(world: World) -> ResourceServer:
    return resource_servers.create_resource_server(
        world.ctx, world.realm, display_name="Pets", identifier="https://pets.test", scopes=SCOPES
    )


@pytest.fixture
def keeper(world: World, pets: ResourceServer) -> Role:
    return roles.create_role(world.ctx, pets, display_name="Keeper", description="Keeps pets.")


@pytest.fixture
def base(pets: ResourceServer) -> str:
    return f"/resource-servers/{pets.pk}/roles"


@pytest.fixture
def path(base: str, keeper: Role) -> str:
    return f"{base}/{keeper.pk}"


@pytest.fixture
def super_role(world: World) -> Role:
    """The managed role that Ada holds through the managed group."""
    return Role.objects.get(realm=world.acme.admin_realm)


@pytest.fixture
def admins(world: World) -> Group:
    return Group.objects.get(realm=world.acme.admin_realm)


def of_super(role: Role) -> str:
    return f"/resource-servers/{role.resource_server_id}/roles/{role.pk}"


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


# --- members ------------------------------------------------------------------------------------------------------------
def test_people_and_groups_are_given_a_role(world: World, api: Caller, path: str, keeper: Role) -> None:
    group = world.acme.customers.contractors
    given = {"group_ids": [group.pk, group.pk], "identity_ids": [world.bob.pk]}
    response = api.post(f"{path}:addMembers", given)
    assert read(response) == role_json(keeper.pk)
    assert response["ETag"] == api.get(path)["ETag"]
    assert holders(keeper.pk) == {group.pk, world.bob.pk}
    event = change(world, world.realm, EventType.ROLE_MEMBERSHIP_CHANGE)
    assert event.data == {"action": "ADD"}
    assert [(found["type"], found["id"]) for found in event.targets] == [
        ("role", keeper.pk),
        ("identity", world.bob.pk),
        ("group", group.pk),
    ]
    assert read(api.post(f"{path}:addMembers", {"identity_ids": [world.bob.pk, world.acme.customers.carol.pk]}))
    assert len(holders(keeper.pk)) == 3


def test_people_and_groups_lose_a_role(world: World, api: Caller, path: str, keeper: Role) -> None:
    group = world.acme.customers.contractors
    roles.add_members(world.ctx, keeper, group_ids=[group.pk], identity_ids=[world.bob.pk])
    both = {"group_ids": [group.pk], "identity_ids": [world.acme.customers.carol.pk]}
    assert read(api.post(f"{path}:deleteMembers", both)) == role_json(keeper.pk)
    assert holders(keeper.pk) == {world.bob.pk}
    assert change(world, world.realm, EventType.ROLE_MEMBERSHIP_CHANGE).data == {"action": "REMOVE"}
    assert read(api.post(f"{path}:deleteMembers", {"identity_ids": [world.bob.pk], "group_ids": []}))
    assert holders(keeper.pk) == set()


BOTH_MISSING = [("group_ids", "missing"), ("identity_ids", "missing")]


@pytest.mark.parametrize("verb", ["addMembers", "deleteMembers"])
@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, BOTH_MISSING),
        ([], BOTH_MISSING),
        (None, BOTH_MISSING),
        ({"group_ids": [], "identity_ids": []}, [("group_ids", "empty array"), ("identity_ids", "empty array")]),
        ({"group_ids": []}, [("group_ids", "empty array"), ("identity_ids", "missing")]),
        ({"group_ids": None}, [("group_ids", "not a list")]),
        ({"group_ids": "x", "identity_ids": 5}, [("group_ids", "not a list"), ("identity_ids", "not a list")]),
        ({"identity_ids": ["x"] * 1001}, [("identity_ids", "array exceeds 1000 elements")]),
        ({"group_ids": ["x"] * 1001}, [("group_ids", "array exceeds 1000 elements")]),
        ({"group_ids": ["x", 1]}, [("group_ids.1", "not a string")]),
        ({"identity_ids": [["x"]]}, [("identity_ids.0", "not a string")]),
        ({"identity_ids": ["x"], "role": {}}, [("role", "unknown field")]),
    ],
)
def test_a_bad_list_of_members_is_named(
    api: Caller, path: str, keeper: Role, verb: str, body: Any, expected: list[tuple[str, str]]
) -> None:
    assert violations(api.post(f"{path}:{verb}", body)) == expected
    assert holders(keeper.pk) == set()


@pytest.mark.parametrize("verb", ["addMembers", "deleteMembers"])
def test_members_are_of_the_realm_all_or_none(world: World, api: Caller, path: str, keeper: Role, verb: str) -> None:
    own = world.acme.customers
    roles.add_members(world.ctx, keeper, identity_ids=[own.carol.pk])
    for place in (world.acme.staff, world.evil.customers):
        given = {"identity_ids": [world.bob.pk, own.carol.pk, place.bob.pk], "group_ids": [own.contractors.pk]}
        body = read(api.post(f"{path}:{verb}", given), 404)
        assert body == missing("identity", "Identity", place.bob.pk)
        given = {"identity_ids": [world.bob.pk, own.carol.pk], "group_ids": [place.contractors.pk]}
        assert read(api.post(f"{path}:{verb}", given), 404) == missing("group", "Group", place.contractors.pk)
    assert holders(keeper.pk) == {own.carol.pk}
    change(world, world.realm, EventType.ROLE_MEMBERSHIP_CHANGE, "NOT_FOUND")


def test_a_persons_id_is_no_groups(world: World, api: Caller, path: str) -> None:
    body = read(api.post(f"{path}:addMembers", {"group_ids": [world.bob.pk]}), 404)
    assert body == missing("group", "Group", world.bob.pk)


def test_the_members_of_a_role_come_in_two_lists(world: World, api: Caller, path: str, keeper: Role) -> None:
    empty = {"groups": [], "total_groups_size": 0, "identities": [], "total_identities_size": 0}
    assert read(api.get(f"{path}:listMembers")) == empty
    group = world.acme.customers.contractors
    roles.add_members(world.ctx, keeper, group_ids=[group.pk], identity_ids=[world.bob.pk])
    assert read(api.get(f"{path}:listMembers")) == {
        "groups": [group_json(group.pk)],
        "total_groups_size": 1,
        "identities": [bob_json(world)],
        "total_identities_size": 1,
    }


@pytest.fixture
def crowd(world: World, keeper: Role) -> tuple[list[str], list[str]]:
    """Three groups and seven people hold the role."""
    made = [groups.create_group(world.ctx, world.realm, display_name=f"Group {number}").pk for number in range(3)]
    people = [join(world.ctx, world.realm, f"user{number}", "User", "acme.test").pk for number in range(7)]
    roles.add_members(world.ctx, keeper, group_ids=made, identity_ids=people)
    return made, people


def walk(api: Caller, path: str, **query: Any) -> list[tuple[list[str], list[str]]]:
    pages, token = [], ""
    while True:
        body = read(api.get(f"{path}:listMembers", **query, **({"page_token": token} if token else {})))
        assert (body["total_groups_size"], body["total_identities_size"]) == (3, 7)
        pages.append(tuple([thing["id"] for thing in body[name]] for name in ("groups", "identities")))
        token, query = body.get("next_page_token", ""), {}
        if not token:
            return pages


def test_each_list_has_pages_of_its_own_size(api: Caller, path: str, crowd: tuple[list[str], list[str]]) -> None:
    made, people = crowd
    assert walk(api, path, groups_page_size=2, identities_page_size=3) == [
        (made[:2], people[:3]),
        (made[2:], people[3:6]),
        ([], people[6:]),
    ]
    assert walk(api, path, groups_page_size=1) == [(made[:1], people), (made[1:2], []), (made[2:], [])]
    assert walk(api, path) == [(made, people)]


def test_each_list_skips_for_itself_and_once(api: Caller, path: str, crowd: tuple[list[str], list[str]]) -> None:
    made, people = crowd
    assert walk(api, path, groups_skip=1, identities_skip=2, identities_page_size=4) == [
        (made[1:], people[2:6]),
        ([], people[6:]),
    ]
    assert walk(api, path, groups_skip=100, identities_page_size=5) == [([], people[:5]), ([], people[5:])]


def test_the_sizes_may_change_on_the_way(api: Caller, path: str, crowd: tuple[list[str], list[str]]) -> None:
    first = read(api.get(f"{path}:listMembers", groups_page_size=1, identities_page_size=1))
    query = {"page_token": first["next_page_token"], "identities_page_size": 4}
    second = read(api.get(f"{path}:listMembers", **query))
    assert [identity["id"] for identity in second["identities"]] == crowd[1][1:5]
    assert [group["id"] for group in second["groups"]] == crowd[0][1:2]


@pytest.mark.parametrize("name", ["groups_page_size", "groups_skip", "identities_page_size", "identities_skip"])
def test_a_bad_number_names_its_parameter(api: Caller, path: str, name: str) -> None:
    for value in ("-1", "x", "1.5", "4294967296"):
        expected = [(name, "must be a number from 0 to 4294967295")]
        assert violations(api.get(f"{path}:listMembers", **{name: value})) == expected


def test_a_token_of_elsewhere_is_refused(
    world: World, api: Caller, base: str, path: str, crowd: tuple[list[str], list[str]]
) -> None:
    token = read(api.get(f"{path}:listMembers", groups_page_size=1))["next_page_token"]
    other = f"{base}/{read(api.post(base, new()))['id']}:listMembers"
    for there, bad in ((other, token), (f"{path}:listMembers", token[:-1]), ("/groups", token)):
        assert violations(api.get(there, page_token=bad)) == [("page_token", "invalid page token")]


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


# --- what is managed ----------------------------------------------------------------------------------------------------
def test_the_managed_role_keeps_its_name_and_scopes(world: World, api: Caller, super_role: Role) -> None:
    there, path = api.at(world.acme.admin_realm), of_super(super_role)
    body = refusal("forbidden", "forbidden", super_role.pk, "this role is managed and cannot be changed")
    assert read(there.patch(path, new()), 403) == body
    assert read(there.delete(path), 403) == body
    for verb in ("addScopes", "deleteScopes"):
        assert read(there.post(f"{path}:{verb}", {"scopes": ["realms:read"]}), 403) == body
    assert Role.objects.get(pk=super_role.pk).scopes == super_role.scopes
    change(world, world.acme.admin_realm, EventType.ROLE_SCOPES_CHANGE, "FORBIDDEN")


def test_the_management_api_may_have_further_roles(world: World, api: Caller, super_role: Role, admins: Group) -> None:
    """The help desk: reads people, and nothing else."""
    there = api.at(world.acme.admin_realm)
    base = f"/resource-servers/{super_role.resource_server_id}/roles"
    made = f"{base}/{read(there.post(base, new()))['id']}"
    read(there.post(f"{made}:addScopes", {"scopes": ["identities:read"]}))
    grace = join(world.ctx, world.acme.admin_realm, "grace", "Grace", "acme.test")
    read(there.post(f"{made}:addMembers", {"identity_ids": [grace.pk]}))
    groups.add_members(world.ctx, admins, [grace.pk])
    roles.add_members(world.ctx, super_role, identity_ids=[world.ada.pk])
    roles.remove_members(world.ctx, super_role, group_ids=[admins.pk])
    passkey = ceremonies.give_passkey(world, grace)
    asked = ceremonies.client_of(world, world.acme.console)
    answer = ceremonies.tokens_for(world.visitor, asked, passkey, scope="openid identities:read identities:delete")
    desk = Caller(api.browser, answer["access_token"], world.realm)
    assert desk.get("/identities").status_code == 200
    assert read(desk.delete(f"/identities/{world.bob.pk}"), 403) == FORBIDDEN


# --- the last administrator ---------------------------------------------------------------------------------------------
def test_the_last_administrator_keeps_the_role(world: World, api: Caller, super_role: Role, admins: Group) -> None:
    there = api.at(world.acme.admin_realm)
    locked_out = {"type": "WouldLockOut", "identity_ids": [world.ada.pk]}
    body = read(there.post(f"{of_super(super_role)}:deleteMembers", {"group_ids": [admins.pk]}), 409)
    assert body == {"code": "conflict", "message": "would_lock_out", "details": [locked_out]}
    assert holders(super_role.pk) == {admins.pk}
    change(world, world.acme.admin_realm, EventType.ROLE_MEMBERSHIP_CHANGE, "WOULD_LOCK_OUT")


def test_who_cannot_use_the_role_is_nobody_to_rely_on(
    world: World, api: Caller, super_role: Role, admins: Group
) -> None:
    """One is suspended, one the console does not let in; only who is neither lets the group go."""
    there, verb = api.at(world.acme.admin_realm), f"{of_super(super_role)}:deleteMembers"
    suspended, outside = (join(world.ctx, world.acme.admin_realm, name, name, "acme.test") for name in ("s", "o"))
    groups.add_members(world.ctx, admins, [suspended.pk])
    identities.suspend_identity(world.ctx, suspended)
    roles.add_members(world.ctx, super_role, identity_ids=[suspended.pk, outside.pk])
    assert read(there.post(verb, {"group_ids": [admins.pk]}), 409)["message"] == "would_lock_out"
    groups.add_members(world.ctx, admins, [outside.pk])
    assert read(there.post(verb, {"group_ids": [admins.pk]})) == role_json(super_role.pk)
    assert read(there.post(verb, {"identity_ids": [outside.pk]}), 409)["message"] == "would_lock_out"
    assert read(there.post(verb, {"identity_ids": [suspended.pk]})) == role_json(super_role.pk)


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


# --- at once ------------------------------------------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
def test_one_membership_given_many_times_at_once_is_one() -> None:
    world = build()
    token = ceremonies.management_token(world.ctx, world.acme)
    server = resource_servers.create_resource_server(world.ctx, world.realm, display_name="P", identifier="p")
    role = roles.create_role(world.ctx, server, display_name="Keeper")
    path = f"/resource-servers/{server.pk}/roles/{role.pk}"

    def give(_: int) -> int:
        api = Caller(Client(), token, world.realm)
        given = {"identity_ids": [world.bob.pk], "group_ids": [world.acme.customers.contractors.pk]}
        return api.post(f"{path}:addMembers", given).status_code

    assert at_once(6, give) == [200] * 6
    assert RoleMembership.objects.filter(role=role).count() == 2


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("undo", ["role", "group", "identity"])
def test_giving_a_role_while_one_of_the_two_goes_fails_cleanly(undo: str) -> None:
    world = build()
    token = ceremonies.management_token(world.ctx, world.acme)
    server = resource_servers.create_resource_server(world.ctx, world.realm, display_name="P", identifier="p")
    for number in range(5 if connection.vendor == "postgresql" else 2):
        path = f"/resource-servers/{server.pk}/roles/{roles.create_role(world.ctx, server, display_name='K').pk}"
        group = groups.create_group(world.ctx, world.realm, display_name=f"Group {number}").pk
        person = join(world.ctx, world.realm, f"user{number}", "User", "acme.test").pk
        there = {"role": path, "group": f"/groups/{group}", "identity": f"/identities/{person}"}[undo]
        given = {"group_ids": [group], "identity_ids": [person]}
        calls: list[Callable[[Caller], Any]] = [
            lambda api, path=path, given=given: api.post(f"{path}:addMembers", given),
            lambda api, there=there: api.delete(there),
        ]
        added, gone = at_once(2, lambda i, calls=calls: calls[i](Caller(Client(), token, world.realm)).status_code)
        assert (added, gone) in ((200, 200), (200, 409), (404, 200)), (added, gone)


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
