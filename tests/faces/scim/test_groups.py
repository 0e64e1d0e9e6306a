"""Groups over SCIM, with their members."""

from typing import Any

import pytest

from apps.directory import selectors
from apps.directory.services import groups
from tests.faces.scim.provisioner import GROUP, Provisioner, read, refused
from tests.world import World

pytestmark = pytest.mark.django_db


def make(scim: Provisioner, *members: str, **given: Any) -> Any:
    body = {"schemas": [GROUP], "displayName": "Night shift", "members": [{"value": pk} for pk in members], **given}
    return read(scim.post("/Groups", body), 201)


def members(scim: Provisioner, group: Any) -> set[str]:
    return {each["value"] for each in read(scim.get(f"/Groups/{group['id']}")).get("members", [])}


def test_a_group_comes_with_its_members(scim: Provisioner, world: World) -> None:
    made = make(scim, world.bob.pk, externalId="G-1")
    (bob,) = made["members"]
    assert (bob["value"], bob["type"]) == (world.bob.pk, "User")
    assert bob["$ref"].endswith(f"/Users/{world.bob.pk}")
    assert read(scim.get(f"/Groups/{made['id']}")) == made
    assert made["externalId"] == "G-1"
    (group,) = (each for each in read(scim.get(f"/Users/{world.bob.pk}"))["groups"] if each["value"] == made["id"])
    assert group["display"] == "Night shift"
    assert "members" not in read(scim.get(f"/Groups/{made['id']}", excludedAttributes="members"))


def test_members_join_and_leave(scim: Provisioner, world: World) -> None:
    bob, carol, dave = (person.pk for person in world.acme.customers.people.values())
    made = make(scim)
    path = f"/Groups/{made['id']}"
    read(scim.patch(path, {"op": "add", "path": "members", "value": [{"value": bob}, {"value": carol}]}))
    assert members(scim, made) == {bob, carol}
    read(scim.patch(path, {"op": "remove", "path": f'members[value eq "{bob}"]'}))
    assert members(scim, made) == {carol}
    read(scim.patch(path, {"op": "Remove", "path": "members", "value": [{"value": carol}]}))
    assert members(scim, made) == set()
    read(scim.patch(path, {"op": "replace", "path": "members", "value": [{"value": dave}]}))
    read(scim.put(path, {"schemas": [GROUP], "displayName": "Late shift", "members": [{"value": bob}]}))
    assert members(scim, made) == {bob}


def test_nobody_of_elsewhere_becomes_a_member(scim: Provisioner, world: World) -> None:
    made = make(scim)
    for stranger in (world.evil.customers.bob.pk, world.acme.staff.bob.pk, "0" * 16, "x"):
        value = [{"value": world.bob.pk}, {"value": stranger}]
        said = refused(
            scim.patch(f"/Groups/{made['id']}", {"op": "add", "path": "members", "value": value}), 400, "invalidValue"
        )
        assert said == f"members: there is no user {stranger}"
        body = {"schemas": [GROUP], "displayName": "Other", "members": value}
        refused(scim.post("/Groups", body), 400, "invalidValue")
    assert members(scim, made) == set()
    assert scim.found("/Groups", 'displayName eq "other"') == []


def test_two_groups_of_one_name_or_one_external_id_there_are_not(scim: Provisioner) -> None:
    make(scim, externalId="1")
    refused(scim.post("/Groups", {"schemas": [GROUP], "displayName": "Night shift"}), 409, "uniqueness")
    body = {"schemas": [GROUP], "displayName": "Day shift", "externalId": "1"}
    refused(scim.post("/Groups", body), 409, "uniqueness")


def test_a_group_goes_with_its_memberships(scim: Provisioner, world: World) -> None:
    made = make(scim, world.bob.pk)
    assert scim.delete(f"/Groups/{made['id']}").status_code == 204
    refused(scim.get(f"/Groups/{made['id']}"), 404)
    assert read(scim.get(f"/Users/{world.bob.pk}"))["userName"] == "bob"


def test_a_managed_group_keeps_its_name_and_its_members_from_a_token_that_may_do_less(
    scim: Provisioner, world: World
) -> None:
    admins = scim.at(world.acme.admin_realm)
    (managed,) = (group for group in selectors.groups_in(world.acme.admin_realm) if group.is_managed)
    path = f"/Groups/{managed.pk}"
    refused(admins.patch(path, {"op": "replace", "path": "displayName", "value": "Mine"}), 403, "forbidden")
    refused(
        admins.patch(path, {"op": "remove", "path": "members"}), 403, "forbidden"
    )  # they may do more than the token
    refused(admins.delete(path), 403, "forbidden")
    assert selectors.members_of(managed).exists()


def test_a_member_whom_somebody_else_added_stays(scim: Provisioner, world: World) -> None:
    made = make(scim)
    group = selectors.get_group(world.realm, made["id"])
    groups.add_members(world.ctx, group, [world.acme.customers.carol.pk])
    read(scim.patch(f"/Groups/{made['id']}", {"op": "add", "path": "members", "value": [{"value": world.bob.pk}]}))
    assert members(scim, made) == {world.bob.pk, world.acme.customers.carol.pk}
