"""R/groups: made, read, changed and deleted (contract/wire.md §1.2, §1.3)."""

from typing import Any

import pytest
from django.test import Client

from apps.applications.models import RoleMembership
from apps.applications.services import roles
from apps.directory.models import Group
from apps.events.models import Event
from apps.events.types import EventType
from tests import ceremonies
from tests.faces.api.caller import Caller, missing, read, violations
from tests.faces.api.groups.told import group_json, keeper, new, refusal
from tests.faces.api.test_preconditions import at_once
from tests.faces.api.told import change, target
from tests.world import World, build


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


def test_reading_costs_three_queries_with_the_token(
    api: Caller, contractors: str, django_assert_num_queries: Any
) -> None:
    api.get("/groups")
    for path, queries in ((contractors, 3), ("/groups", 3), (f"{contractors}:listMembers", 4)):
        with django_assert_num_queries(queries):
            api.get(path)
