"""R/groups and who is in them (contract/wire.md §1.2, §1.3; extensions.md §10)."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from apps.applications.models import RoleMembership
from apps.applications.services import resource_servers, roles
from apps.core.times import rfc3339
from apps.directory.models import Group, GroupMembership
from apps.directory.services import groups
from apps.events.models import Event
from apps.events.types import EventType
from tests import ceremonies
from tests.faces.api.caller import FORBIDDEN, Caller, missing, read, violations
from tests.faces.api.test_identities import bob_json
from tests.faces.api.test_preconditions import at_once
from tests.faces.api.told import change, target
from tests.world import World, build, join


def new(**given: Any) -> dict[str, Any]:
    return {"group": {"display_name": "Help Desk", **given}}


def group_json(group_id: str, **changes: Any) -> dict[str, Any]:
    row = Group.objects.get(pk=group_id)
    return {
        "id": row.pk,
        "realm_id": row.realm_id,
        "tenant_id": row.tenant_id,
        "display_name": row.display_name,
        "description": row.description,
        "create_time": rfc3339(row.created_at),
        "update_time": rfc3339(row.updated_at),
        **changes,
    }


def refusal(code: str, message: str, group_id: str, words: str | None = None) -> dict[str, Any]:
    info = {"type": "ResourceInfo", "resource_type": "Group", "id": group_id, "description": words or message}
    return {"code": code, "message": message, "details": [info]}


def members_of(group_id: str) -> set[str]:
    return set(GroupMembership.objects.filter(group_id=group_id).values_list("identity_id", flat=True))


@pytest.fixture
def contractors(world: World) -> str:
    """The path of the group that Carol alone is in."""
    return f"/groups/{world.acme.customers.contractors.pk}"


@pytest.fixture
def admins(world: World) -> Group:
    """The managed group that Ada alone is in."""
    return Group.objects.get(realm=world.acme.admin_realm)


# --- create -------------------------------------------------------------------------------------------------------------
def test_create_answers_the_bare_group(world: World, api: Caller) -> None:
    response = api.post("/groups", new(description="Ten to six."))
    made = read(response)
    assert made == group_json(made["id"], display_name="Help Desk", description="Ten to six.")
    assert (made["realm_id"], made["tenant_id"]) == (world.realm.pk, world.acme.tenant.pk)
    assert response["ETag"] == api.get(f"/groups/{made['id']}")["ETag"]


def test_a_description_may_be_left_out(api: Caller) -> None:
    assert read(api.post("/groups", new()))["description"] == ""
    assert read(api.post("/groups", new(display_name="Second", description=None)))["description"] == ""


def test_create_leaves_its_event(world: World, api: Caller) -> None:
    made = read(api.post("/groups", new(description="Ten to six.")))
    event = change(world, world.realm, EventType.GROUP_CHANGE)
    changes = {"display_name": [None, "Help Desk"], "description": [None, "Ten to six."]}
    assert event.data == {"action": "CREATE", "changes": changes}
    assert event.targets == [target("group", made)]


def test_what_we_alone_say_is_ignored_in_a_request(world: World, api: Caller) -> None:
    lies = {"id": "1", "tenant_id": "1", "realm_id": world.evil.customers.realm.pk, "create_time": 1, "update_time": 1}
    made = read(api.post("/groups", new(**lies)))
    assert (made["tenant_id"], made["realm_id"]) == (world.acme.tenant.pk, world.realm.pk)


def test_a_name_is_one_groups_in_a_realm(world: World, api: Caller) -> None:
    words = "a group with this name already exists"
    holder = world.acme.customers.contractors.pk
    assert read(api.post("/groups", new(display_name="Contractors")), 409) == refusal("conflict", words, holder)
    change(world, world.realm, EventType.GROUP_CHANGE, "CONFLICT")
    assert read(api.at(world.acme.opened.first_realm).post("/groups", new(display_name="Contractors")))


NOT_ALLOWED = "contains a character that is not allowed: {}[]<>;:?\\/|*^%$#=~`!"
BAD_FIELDS: list[tuple[dict[str, Any], list[tuple[str, str]]]] = [
    ({"display_name": None}, [("group.display_name", "missing")]),
    ({"display_name": ""}, [("group.display_name", "empty string")]),
    ({"display_name": 7}, [("group.display_name", "not a string")]),
    ({"display_name": "x" * 65}, [("group.display_name", "longer than 64 characters")]),
    ({"display_name": "a\u200bb"}, [("group.display_name", "contains control or invisible characters")]),
    ({"description": "x" * 301}, [("group.description", "longer than 300 characters")]),
    ({"description": ["x"]}, [("group.description", "not a string")]),
    ({"description": "<b>"}, [("group.description", NOT_ALLOWED)]),
    ({"is_managed": True}, [("group.is_managed", "unknown field")]),
    ({"members": [{"id": {"deep": []}}]}, [("group.members", "unknown field")]),
    (
        {"display_name": "$", "description": 1, "x": 1, "y": 2},
        [
            ("group.display_name", NOT_ALLOWED),
            ("group.description", "not a string"),
            ("group.x", "unknown field"),
            ("group.y", "unknown field"),
        ],
    ),
]


@pytest.mark.parametrize(("given", "expected"), BAD_FIELDS)
def test_a_bad_field_is_named(
    api: Caller, contractors: str, given: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    before = (Group.objects.count(), Event.objects.exclude(type="API_REQUEST_DENIED").count())
    assert violations(api.post("/groups", {"group": {"display_name": "Fine", **given}})) == expected
    assert violations(api.patch(contractors, {"group": given})) == expected
    assert (Group.objects.count(), Event.objects.exclude(type="API_REQUEST_DENIED").count()) == before


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, [("group", "missing")]),
        ([], [("group", "missing")]),
        ("group", [("group", "missing")]),
        (None, [("group", "missing")]),
        ({"group": None}, [("group", "not an object")]),
        ({"group": []}, [("group", "not an object")]),
        ({"groups": {}, "group": {}}, [("groups", "unknown field")]),
    ],
)
def test_a_body_without_a_group_is_refused(
    api: Caller, contractors: str, body: Any, expected: list[tuple[str, str]]
) -> None:
    assert violations(api.post("/groups", body)) == expected
    assert violations(api.patch(contractors, body)) == expected


def test_a_group_needs_a_name(api: Caller) -> None:
    assert violations(api.post("/groups", {"group": {}})) == [("group.display_name", "missing")]


def test_json_that_is_none_is_an_invalid_request(api: Caller, contractors: str) -> None:
    for response in (
        api.post("/groups", b"{"),
        api.patch(contractors, b'{"group": {}, "group": {}}'),
        api.post(f"{contractors}:addMembers", b"[1,"),
        api.post(f"{contractors}:deleteMembers", b'{"identity_ids": ["\\ud800"]}'),
    ):
        assert read(response, 400) == {"code": "bad_request", "message": "invalid request"}


def test_the_same_request_again_makes_no_second_group(api: Caller) -> None:
    first = api.post("/groups", new(), Idempotency_Key="k")
    again = api.post("/groups", new(), Idempotency_Key="k")
    assert (again.status_code, again.content, again["Idempotent-Replayed"]) == (200, first.content, "true")
    assert read(api.post("/groups", new(display_name="Other"), Idempotency_Key="k"), 422)


@pytest.mark.django_db(transaction=True)
def test_of_many_groups_of_one_name_one_is_made() -> None:
    world = build()
    token = ceremonies.management_token(world.ctx, world.acme)

    def create(_: int) -> int:
        return Caller(Client(), token, world.realm).post("/groups", new()).status_code

    assert sorted(at_once(6, create)) == [200] + [409] * 5
    assert Group.objects.filter(realm=world.realm, display_name="Help Desk").count() == 1


# --- read ---------------------------------------------------------------------------------------------------------------
def test_get_answers_the_bare_group(world: World, api: Caller, contractors: str) -> None:
    pk = world.acme.customers.contractors.pk
    assert read(api.get(contractors)) == group_json(pk, display_name="Contractors", description="Outside staff")


def test_the_list_has_the_groups_of_the_realm_oldest_first(world: World, api: Caller) -> None:
    made = read(api.post("/groups", new()))
    expected = [group_json(world.acme.customers.contractors.pk), made]
    assert read(api.get("/groups")) == {"groups": expected, "total_size": 2}


def test_the_list_comes_in_pages(api: Caller) -> None:
    for number in range(21):
        read(api.post("/groups", new(display_name=f"Group {number}")))
    first = read(api.get("/groups"))
    second = read(api.get("/groups", page_token=first["next_page_token"]))
    assert (len(first["groups"]), len(second["groups"]), second["total_size"]) == (20, 2, 22)
    assert "next_page_token" not in second
    assert second["groups"][-1]["display_name"] == "Group 20"
    assert len(read(api.get("/groups", page_size=201))["groups"]) == 22


@pytest.mark.parametrize("path", ["/groups", "/groups/{}:listMembers", "/groups/{}:listRoles"])
@pytest.mark.parametrize("name", ["page_size", "page_token", "skip"])
def test_a_bad_page_names_its_parameter(world: World, api: Caller, path: str, name: str) -> None:
    path = path.format(world.acme.customers.contractors.pk)
    assert [field for field, _ in violations(api.get(path, **{name: "x"}))] == [name]


@pytest.mark.parametrize("wanted", ["4822738be6b7f658", "x", "é", "%0A", "0" * 3000, "-"])
def test_a_group_that_is_not_there_is_not_found(api: Caller, wanted: str) -> None:
    for response in (
        api.get(f"/groups/{wanted}"),
        api.patch(f"/groups/{wanted}", {}),
        api.delete(f"/groups/{wanted}"),
        api.post(f"/groups/{wanted}:addMembers", {}),
        api.post(f"/groups/{wanted}:deleteMembers", {}),
        api.get(f"/groups/{wanted}:listMembers"),
        api.get(f"/groups/{wanted}:listRoles"),
    ):
        assert read(response, 404)["message"] == "group not found"
    assert read(api.get("/groups/4822738be6b7f658"), 404) == missing("group", "Group", "4822738be6b7f658")


# --- change -------------------------------------------------------------------------------------------------------------
def test_patch_changes_what_is_given_and_nothing_else(world: World, api: Caller, contractors: str) -> None:
    pk = world.acme.customers.contractors.pk
    changed = read(api.patch(contractors, {"group": {"display_name": "Outsiders"}}))
    assert changed == group_json(pk, display_name="Outsiders", description="Outside staff")
    assert changed["update_time"] > changed["create_time"]
    event = change(world, world.realm, EventType.GROUP_CHANGE)
    assert event.data == {"action": "UPDATE", "changes": {"display_name": ["Contractors", "Outsiders"]}}
    assert read(api.patch(contractors, {"group": {"description": None}}))["description"] == ""
    assert read(api.get(contractors)) == group_json(pk, display_name="Outsiders", description="")


def test_patch_of_nothing_changes_nothing(world: World, api: Caller, contractors: str) -> None:
    changed = read(api.patch(contractors, {"group": {}}))
    assert changed == group_json(world.acme.customers.contractors.pk, display_name="Contractors")


def test_what_was_read_may_be_sent_back(api: Caller, contractors: str) -> None:
    assert api.patch(contractors, {"group": read(api.get(contractors))}).status_code == 200


def test_a_name_that_is_taken_is_refused_and_changes_nothing(world: World, api: Caller, contractors: str) -> None:
    other = read(api.post("/groups", new()))
    words = "a group with this name already exists"
    given = {"group": {"display_name": "Help Desk", "description": "x"}}
    assert read(api.patch(contractors, given), 409) == refusal("conflict", words, other["id"])
    assert read(api.get(contractors))["description"] == "Outside staff"
    change(world, world.realm, EventType.GROUP_CHANGE, "CONFLICT")


def test_if_match_refuses_the_reader_of_another_version(world: World, api: Caller, contractors: str) -> None:
    old = api.get(contractors)["ETag"]
    assert api.patch(contractors, new(display_name="First"), If_Match=old).status_code == 200
    for response in (
        api.patch(contractors, new(display_name="Second"), If_Match=old),
        api.delete(contractors, If_Match=old),
    ):
        assert read(response, 412)["code"] == "precondition_failed"
    assert read(api.get(contractors))["display_name"] == "First"
    assert change(world, world.realm, EventType.GROUP_CHANGE, "PRECONDITION_FAILED").data["action"] == "DELETE"


def test_the_managed_group_is_neither_renamed_nor_deleted(world: World, api: Caller, admins: Group) -> None:
    there = api.at(world.acme.admin_realm)
    body = refusal("forbidden", "forbidden", admins.pk, "this group is managed and cannot be changed")
    assert read(there.patch(f"/groups/{admins.pk}", new()), 403) == body
    assert read(there.delete(f"/groups/{admins.pk}"), 403) == body
    change(world, world.acme.admin_realm, EventType.GROUP_CHANGE, "FORBIDDEN")


# --- delete -------------------------------------------------------------------------------------------------------------
def test_a_group_with_members_is_not_deleted(world: World, api: Caller, contractors: str) -> None:
    pk = world.acme.customers.contractors.pk
    assert read(api.delete(contractors), 409) == refusal("conflict", "group has children", pk)
    change(world, world.realm, EventType.GROUP_CHANGE, "CONFLICT")


def test_delete_answers_200_and_nothing(world: World, api: Caller) -> None:
    made = read(api.post("/groups", new()))
    response = api.delete(f"/groups/{made['id']}")
    assert (response.status_code, response.content) == (200, b"")
    event = change(world, world.realm, EventType.GROUP_CHANGE)
    assert (event.data, event.targets) == ({"action": "DELETE"}, [target("group", made)])
    assert read(api.delete(f"/groups/{made['id']}"), 404) == missing("group", "Group", made["id"])


def test_a_deleted_group_leaves_its_roles_and_the_record_says_so(world: World, api: Caller) -> None:
    made = read(api.post("/groups", new()))
    role = keeper(world)
    roles.add_members(world.ctx, role, group_ids=[made["id"]])
    assert api.delete(f"/groups/{made['id']}").status_code == 200
    assert not RoleMembership.objects.filter(role=role).exists()
    event = change(world, world.realm, EventType.ROLE_MEMBERSHIP_CHANGE)
    assert event.data == {"action": "REMOVE"}
    assert event.targets == [
        {"type": "role", "id": role.pk, "display_name": "Keeper"},
        target("group", made),
    ]


# --- members ------------------------------------------------------------------------------------------------------------
def test_members_are_added_and_the_group_is_answered(world: World, api: Caller, contractors: str) -> None:
    place = world.acme.customers
    ids = [world.bob.pk, place.people["dave"].pk, world.bob.pk, place.carol.pk]
    response = api.post(f"{contractors}:addMembers", {"identity_ids": ids})
    assert read(response) == group_json(place.contractors.pk)
    assert response["ETag"] == api.get(contractors)["ETag"]
    assert members_of(place.contractors.pk) == set(ids)
    event = change(world, world.realm, EventType.GROUP_MEMBERSHIP_CHANGE)
    assert event.data == {"action": "ADD"}
    assert event.targets[0] == target("group", read(response))
    assert {found["id"] for found in event.targets[1:]} == set(ids)


def test_members_are_removed_and_who_is_not_in_is_no_matter(world: World, api: Caller, contractors: str) -> None:
    ids = [world.bob.pk, world.acme.customers.carol.pk]
    response = api.post(f"{contractors}:deleteMembers", {"identity_ids": ids})
    assert read(response) == group_json(world.acme.customers.contractors.pk)
    assert members_of(world.acme.customers.contractors.pk) == set()
    event = change(world, world.realm, EventType.GROUP_MEMBERSHIP_CHANGE)
    assert (event.data, len(event.targets)) == ({"action": "REMOVE"}, 3)


@pytest.mark.parametrize("verb", ["addMembers", "deleteMembers"])
@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, [("identity_ids", "missing")]),
        ([], [("identity_ids", "missing")]),
        (None, [("identity_ids", "missing")]),
        ({"identity_ids": []}, [("identity_ids", "empty array")]),
        ({"identity_ids": None}, [("identity_ids", "not a list")]),
        ({"identity_ids": "x"}, [("identity_ids", "not a list")]),
        ({"identity_ids": {"0": "x"}}, [("identity_ids", "not a list")]),
        ({"identity_ids": ["x"] * 1001}, [("identity_ids", "array exceeds 1000 elements")]),
        ({"identity_ids": [7, "x", None]}, [("identity_ids.0", "not a string"), ("identity_ids.2", "not a string")]),
        ({"identity_ids": ["x"], "group_ids": []}, [("group_ids", "unknown field")]),
    ],
)
def test_a_bad_list_of_members_is_named(
    world: World, api: Caller, contractors: str, verb: str, body: Any, expected: list[tuple[str, str]]
) -> None:
    assert violations(api.post(f"{contractors}:{verb}", body)) == expected
    assert members_of(world.acme.customers.contractors.pk) == {world.acme.customers.carol.pk}


@pytest.mark.parametrize("verb", ["addMembers", "deleteMembers"])
def test_members_are_of_the_realm_all_or_none(world: World, api: Caller, contractors: str, verb: str) -> None:
    for stranger in (world.acme.staff.bob.pk, world.evil.customers.bob.pk, "0" * 16, "x", "", "ABCDEF0123456789"):
        given = {"identity_ids": [world.bob.pk, world.acme.customers.carol.pk, stranger]}
        assert read(api.post(f"{contractors}:{verb}", given), 404) == missing("identity", "Identity", stranger)
        assert members_of(world.acme.customers.contractors.pk) == {world.acme.customers.carol.pk}
    change(world, world.realm, EventType.GROUP_MEMBERSHIP_CHANGE, "NOT_FOUND")


def test_a_thousand_come_at_once(world: World, api: Caller) -> None:
    made = read(api.post("/groups", new()))
    given = [world.bob.pk] * 998 + [world.acme.customers.carol.pk, world.acme.customers.people["dave"].pk]
    read(api.post(f"/groups/{made['id']}:addMembers", {"identity_ids": given}))
    assert len(members_of(made["id"])) == 3


def test_adding_is_repeated_without_a_second_event(world: World, api: Caller, contractors: str) -> None:
    given = {"identity_ids": [world.bob.pk]}
    api.post(f"{contractors}:addMembers", given, Idempotency_Key="k")
    events = Event.objects.count()
    assert api.post(f"{contractors}:addMembers", given, Idempotency_Key="k")["Idempotent-Replayed"] == "true"
    assert Event.objects.count() == events


def test_the_members_of_a_group(world: World, api: Caller, contractors: str) -> None:
    groups.add_members(world.ctx, world.acme.customers.contractors, [world.bob.pk])
    body = read(api.get(f"{contractors}:listMembers"))
    assert set(body) == {"identities", "total_size"}
    assert [identity["id"] for identity in body["identities"]] == [world.bob.pk, world.acme.customers.carol.pk]
    assert (body["identities"][0], body["total_size"]) == (bob_json(world), 2)


def test_the_members_come_in_pages(world: World, api: Caller, contractors: str) -> None:
    everybody = [person.pk for person in world.acme.customers.people.values()]
    groups.add_members(world.ctx, world.acme.customers.contractors, everybody)
    first = read(api.get(f"{contractors}:listMembers", page_size=2))
    second = read(api.get(f"{contractors}:listMembers", page_token=first["next_page_token"]))
    assert [identity["id"] for identity in first["identities"] + second["identities"]] == sorted(everybody)
    other = f"/groups/{read(api.post('/groups', new()))['id']}:listMembers"
    token = first["next_page_token"]
    assert violations(api.get(other, page_token=token)) == [("page_token", "invalid page token")]


# --- the last administrator ---------------------------------------------------------------------------------------------
def test_the_last_administrator_is_not_removed(world: World, api: Caller, admins: Group) -> None:
    there = api.at(world.acme.admin_realm)
    body = read(there.post(f"/groups/{admins.pk}:deleteMembers", {"identity_ids": [world.ada.pk]}), 409)
    locked_out = {"type": "WouldLockOut", "identity_ids": [world.ada.pk]}
    assert body == {"code": "conflict", "message": "would_lock_out", "details": [locked_out]}
    assert members_of(admins.pk) == {world.ada.pk}
    change(world, world.acme.admin_realm, EventType.GROUP_MEMBERSHIP_CHANGE, "WOULD_LOCK_OUT")


def test_one_of_two_administrators_may_go(world: World, api: Caller, admins: Group) -> None:
    there = api.at(world.acme.admin_realm)
    grace = join(world.ctx, world.acme.admin_realm, "grace", "Grace", "acme.test")
    read(there.post(f"/groups/{admins.pk}:addMembers", {"identity_ids": [grace.pk]}))
    assert read(there.post(f"/groups/{admins.pk}:deleteMembers", {"identity_ids": [world.ada.pk]}))
    assert members_of(admins.pk) == {grace.pk}


@pytest.mark.django_db(transaction=True)
def test_two_administrators_who_remove_each_other_do_not_both_go() -> None:
    world = build()
    admins = Group.objects.get(realm=world.acme.admin_realm)
    grace = join(world.ctx, world.acme.admin_realm, "grace", "Grace", "acme.test")
    groups.add_members(world.ctx, admins, [grace.pk])
    token = ceremonies.management_token(world.ctx, world.acme)
    people = [world.ada.pk, grace.pk]

    def remove(number: int) -> int:
        there = Caller(Client(), token, world.acme.admin_realm)
        given = {"identity_ids": [people[number]]}
        return there.post(f"/groups/{admins.pk}:deleteMembers", given).status_code

    assert sorted(at_once(2, remove)) == [200, 409]


# --- at once ------------------------------------------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("undo", ["the group is deleted", "the person is deleted"])
def test_adding_somebody_while_one_of_the_two_goes_fails_cleanly(undo: str) -> None:
    world = build()
    token = ceremonies.management_token(world.ctx, world.acme)

    def race(number: int) -> None:
        group = groups.create_group(world.ctx, world.realm, display_name=f"Group {number}")
        person = join(world.ctx, world.realm, f"user{number}", "User", "acme.test")
        calls: list[Callable[[Caller], int]] = [
            lambda api: api.post(f"/groups/{group.pk}:addMembers", {"identity_ids": [person.pk]}).status_code,
            lambda api: (
                api.delete(f"/groups/{group.pk}" if "group" in undo else f"/identities/{person.pk}").status_code
            ),
        ]
        added, gone = at_once(2, lambda i: calls[i](Caller(Client(), token, world.realm)))
        assert (added, gone) in ((200, 200), (200, 409), (404, 200)), (added, gone)

    for number in range(5 if connection.vendor == "postgresql" else 2):
        race(number)


# --- roles of a group ---------------------------------------------------------------------------------------------------
def keeper(world: World, name: str = "Keeper", identifier: str = "https://pets.test") -> Any:
    server = resource_servers.create_resource_server(
        world.ctx, world.realm, display_name="Pets", identifier=identifier, scopes=["pets:read"]
    )
    return roles.create_role(world.ctx, server, display_name=name, description="Keeps pets.")


def test_the_roles_of_a_group(world: World, api: Caller, contractors: str) -> None:
    role, other = keeper(world), keeper(world, "Other", "https://other.test")
    for each in (role, other):
        roles.add_members(world.ctx, each, group_ids=[world.acme.customers.contractors.pk])
    expected = {
        "id": role.pk,
        "resource_server_id": str(role.resource_server_id),
        "realm_id": world.realm.pk,
        "tenant_id": world.acme.tenant.pk,
        "display_name": "Keeper",
        "description": "Keeps pets.",
        "create_time": rfc3339(role.created_at),
        "update_time": rfc3339(role.updated_at),
    }
    found = read(api.get(f"{contractors}:listRoles", resource_server_id=role.resource_server_id))
    assert found == {"roles": [expected], "total_size": 1}
    assert [each["id"] for each in read(api.get(f"{contractors}:listRoles"))["roles"]] == [role.pk, other.pk]
    page = read(api.get(f"{contractors}:listRoles", page_size=1))
    assert read(api.get(f"{contractors}:listRoles", page_token=page["next_page_token"]))["roles"][0]["id"] == other.pk


@pytest.mark.parametrize("where", ["groups/{group}", "identities/{bob}"])
def test_a_resource_server_that_is_not_there_is_a_conflict(world: World, api: Caller, where: str) -> None:
    path = "/" + where.format(group=world.acme.customers.contractors.pk, bob=world.bob.pk)
    foreign = str(world.acme.console.resource_server_id)
    for wanted in ("7b5a4325-00e0-4379-bd7b-3e5e7e30b09e", "x", foreign):
        words = "resource server not found"
        info = {"type": "ResourceInfo", "resource_type": "ResourceServer", "id": wanted, "description": words}
        body = read(api.get(f"{path}:listRoles", resource_server_id=wanted), 409)
        assert body == {"code": "conflict", "message": words, "details": [info]}
    empty = [("resource_server_id", "empty string")]
    assert violations(api.get(f"{path}:listRoles", resource_server_id="")) == empty


# --- authority ----------------------------------------------------------------------------------------------------------
def test_who_leaves_the_managed_group_loses_the_tokens_of_its_role(world: World, client: Client, admins: Group) -> None:
    """Ada's token names scopes that her role gave her; she keeps her identity, and the token its life."""
    passkey = ceremonies.give_passkey(world, world.ada)
    asked = ceremonies.client_of(world, world.acme.console)
    token = ceremonies.tokens_for(world.visitor, asked, passkey, scope="openid groups:read")["access_token"]
    ada = Caller(client, token, world.realm)
    assert ada.get("/groups").status_code == 200
    grace = join(world.ctx, world.acme.admin_realm, "grace", "Grace", "acme.test")
    groups.add_members(world.ctx, admins, [grace.pk])
    role = admins.role_memberships.get().role
    roles.add_members(world.ctx, role, identity_ids=[grace.pk])
    roles.remove_members(world.ctx, role, group_ids=[admins.pk])
    assert read(ada.get("/groups"), 403) == FORBIDDEN
    roles.add_members(world.ctx, role, group_ids=[admins.pk])
    assert ada.get("/groups").status_code == 200


def test_reading_costs_three_queries_with_the_token(
    api: Caller, contractors: str, django_assert_num_queries: Any
) -> None:
    api.get("/groups")
    for path, queries in ((contractors, 3), ("/groups", 3), (f"{contractors}:listMembers", 4)):
        with django_assert_num_queries(queries):
            api.get(path)
