"""Who holds a role: people and groups (contract/wire.md §1.9)."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from apps.applications.models import Role, RoleMembership
from apps.applications.services import resource_servers, roles
from apps.directory.services import groups
from apps.events.types import EventType
from tests import ceremonies
from tests.faces.api.caller import Caller, missing, read, violations
from tests.faces.api.groups.told import group_json
from tests.faces.api.roles.told import holders, new, role_json
from tests.faces.api.test_identities import bob_json
from tests.faces.api.test_preconditions import at_once
from tests.faces.api.told import change
from tests.world import World, build, join


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
