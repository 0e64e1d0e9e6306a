"""Several provisioners at once: nobody's change is lost (anchors §3; RFC 7644 §3.14)."""

from typing import Any

import pytest
from django.test import Client

from tests import ceremonies
from tests.faces.scim.provisioner import BULK, GROUP, USER, Provisioner, read
from tests.racing import race
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def token(world: World) -> str:
    return ceremonies.management_token(world.ctx, world.acme, scope="scim:all")


def patching(world: World, token: str, path: str, operation: dict[str, Any]) -> Any:
    return lambda: Provisioner(Client(), token, world.realm).patch(path, operation).status_code


def test_members_added_at_once_are_all_in(world: World, token: str) -> None:
    scim = Provisioner(Client(), token, world.realm)
    group = read(scim.post("/Groups", {"schemas": [GROUP], "displayName": "Awake"}), 201)
    path, people = f"/Groups/{group['id']}", [person.pk for person in world.acme.customers.people.values()]
    added = [{"op": "add", "path": "members", "value": [{"value": pk}]} for pk in people]
    assert set(race(*(patching(world, token, path, each) for each in added)).won) == {200}
    assert {each["value"] for each in read(scim.get(path))["members"]} == set(people)


def test_two_attributes_changed_at_once_are_both_changed(world: World, token: str) -> None:
    path = f"/Users/{world.bob.pk}"
    changes = [{"op": "replace", "path": name, "value": "Both"} for name in ("title", "nickName")]
    assert set(race(*(patching(world, token, path, each) for each in changes)).won) == {200}
    bob = read(Provisioner(Client(), token, world.realm).get(path))
    assert (bob["title"], bob["nickName"]) == ("Both", "Both")


def test_of_two_who_make_one_user_one_does(world: World, token: str) -> None:
    body = {"schemas": [USER], "userName": "grace"}
    made = race(lambda: Provisioner(Client(), token, world.realm).post("/Users", body).status_code, times=2).won
    assert sorted(made) == [201, 409]


@pytest.mark.parametrize("bulk", [False, True])
def test_of_two_who_take_one_external_id_one_gets_it(world: World, token: str, bulk: bool) -> None:
    def take(name: str) -> Any:
        user = {"schemas": [USER], "userName": name, "externalId": "E-1"}
        step = {"method": "POST", "path": "/Users", "bulkId": name, "data": user}
        scim = Provisioner(Client(), token, world.realm)
        if not bulk:
            return lambda: scim.post("/Users", user).status_code
        body = {"schemas": [BULK], "Operations": [step]}
        return lambda: int(read(scim.post("/Bulk", body))["Operations"][0]["status"])

    assert sorted(race(take("grace"), take("heidi")).won) == [201, 409]


def test_of_two_who_saw_one_version_one_changes_it(world: World, token: str) -> None:
    path = f"/Users/{world.bob.pk}"
    seen = Provisioner(Client(), token, world.realm).get(path)["ETag"]

    def change(title: str) -> Any:
        step = {"op": "replace", "path": "title", "value": title}
        return lambda: Provisioner(Client(), token, world.realm).patch(path, step, If_Match=seen).status_code

    assert sorted(race(change("One"), change("Two")).won) == [200, 412]
