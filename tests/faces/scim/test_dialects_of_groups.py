"""How Entra and Okta push groups: what they really send that no RFC says, or says once in passing."""

from typing import Any

import pytest

from tests.faces.scim.provisioner import GROUP, Provisioner, read
from tests.world import World

pytestmark = pytest.mark.django_db

ENTRAS_OWN = "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"


def make(scim: Provisioner, *member_ids: str, **given: Any) -> str:
    members = [{"value": pk} for pk in member_ids]
    body = {"schemas": [GROUP], "displayName": "Awake", "members": members, **given}
    return read(scim.post("/Groups", body), 201)["id"]


def ids_in(scim: Provisioner, group_id: str) -> list[str]:
    return sorted(each["value"] for each in read(scim.get(f"/Groups/{group_id}")).get("members", []))


@pytest.fixture
def carol(world: World) -> str:
    return world.acme.customers.carol.pk


def test_entra_names_a_schema_of_its_own(scim: Provisioner) -> None:
    given = {"schemas": [GROUP, ENTRAS_OWN], "externalId": "8aa1a0c0", "meta": {"resourceType": "Group"}, "roles": []}
    assert ids_in(scim, make(scim, **given)) == []


def test_entra_adds_members_one_request_each_in_capitals(scim: Provisioner, world: World, carol: str) -> None:
    group = make(scim)
    for pk in (world.bob.pk, carol):
        read(scim.patch(f"/Groups/{group}", {"op": "Add", "path": "members", "value": [{"value": pk}]}))
    assert ids_in(scim, group) == sorted([world.bob.pk, carol])


def test_entra_looks_a_group_up_without_its_members(scim: Provisioner, world: World) -> None:
    make(scim, world.bob.pk)
    found = read(scim.get("/Groups", filter='displayName eq "Awake"', excludedAttributes="members"))
    assert (found["totalResults"], "members" in found["Resources"][0]) == (1, False)


def test_entra_asks_whether_somebody_is_in_a_group(scim: Provisioner, world: World, carol: str) -> None:
    group = make(scim, world.bob.pk)
    assert scim.found("/Groups", f'id eq "{group}" and members eq "{world.bob.pk}"') == ["Awake"]
    assert scim.found("/Groups", f'id eq "{group}" and members eq "{carol}"') == []


def test_entra_adds_a_flag_to_every_address(scim: Provisioner) -> None:
    make(scim)
    found = read(scim.get("/Groups", filter='displayName eq "Awake"', aadOptscim062020=""))
    assert found["totalResults"] == 1


def test_okta_replaces_all_members_in_a_push(scim: Provisioner, world: World, carol: str) -> None:
    group = make(scim, world.bob.pk)
    value = [{"value": carol, "display": "carol@acme.test"}]
    read(scim.patch(f"/Groups/{group}", {"op": "replace", "path": "members", "value": value}))
    assert ids_in(scim, group) == [carol]
    read(scim.patch(f"/Groups/{group}", {"op": "replace", "path": "members", "value": []}))
    assert ids_in(scim, group) == []


def test_okta_takes_one_away_and_adds_another_in_one_request(scim: Provisioner, world: World, carol: str) -> None:
    group = make(scim, world.bob.pk)
    away = {"op": "remove", "path": f'members[value eq "{world.bob.pk}"]'}
    joins = {"op": "add", "path": "members", "value": [{"value": carol, "display": "carol@acme.test"}]}
    read(scim.patch(f"/Groups/{group}", away, joins))
    assert ids_in(scim, group) == [carol]


def test_okta_puts_a_whole_group(scim: Provisioner, world: World, carol: str) -> None:
    group = make(scim, world.bob.pk)
    body = {"schemas": [GROUP], "id": group, "displayName": "Asleep", "members": [{"value": carol, "display": "c"}]}
    assert read(scim.put(f"/Groups/{group}", body))["displayName"] == "Asleep"
    assert ids_in(scim, group) == [carol]
