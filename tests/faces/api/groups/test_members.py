"""Who is in a group, and what leaving it takes away (contract/wire.md §1.2, §1.3)."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from apps.applications.services import roles
from apps.directory.models import Group
from apps.directory.services import groups
from apps.events.models import Event
from apps.events.types import EventType
from tests import ceremonies
from tests.faces.api.caller import FORBIDDEN, Caller, missing, read, violations
from tests.faces.api.groups.told import group_json, members_of, new
from tests.faces.api.test_identities import bob_json
from tests.faces.api.test_preconditions import at_once
from tests.faces.api.told import change, target
from tests.world import World, build, join


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
