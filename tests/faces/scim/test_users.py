"""Users over SCIM: made, read, listed, changed and removed through the directory's own verbs (contract/extensions.md §8)."""

from typing import Any

import pytest

from apps.directory.models import Identity
from apps.events.models import Event
from tests import ceremonies
from tests.faces.scim.provisioner import ENTERPRISE, USER, Provisioner, read, refused
from tests.world import World

pytestmark = pytest.mark.django_db

BARBARA: dict[str, Any] = {
    "schemas": [USER, ENTERPRISE],
    "userName": "bjensen",
    "externalId": "E-17",
    "displayName": "Barbara Jensen",
    "name": {"givenName": "Barbara", "familyName": "Jensen", "formatted": "Ms. Barbara Jensen"},
    "nickName": "Babs",
    "title": "Tour guide",
    "userType": "Employee",
    "preferredLanguage": "en",
    "locale": "en-GB",
    "timezone": "Europe/London",
    "profileUrl": "https://login.example.com/bjensen",
    "active": True,
    "emails": [
        {"value": "babs@home.test", "type": "home"},
        {"value": "bjensen@acme.test", "type": "work", "primary": True},
    ],
    "phoneNumbers": [{"value": "+1 555 1", "type": "work"}, {"value": "+1 555 2", "type": "mobile"}],
    "photos": [{"value": "https://photos.example.com/b", "type": "photo"}],
    "addresses": [
        {"streetAddress": "100 Universal City Plaza", "locality": "Hollywood", "country": "US", "type": "work"}
    ],
    ENTERPRISE: {"employeeNumber": "701984", "costCenter": "4130", "department": "Tours"},
    "password": "never kept",
}


def make(scim: Provisioner, **given: Any) -> Any:
    return read(scim.post("/Users", {"schemas": [USER], "userName": "grace", **given}), 201)


def test_all_that_is_declared_comes_back_as_it_was_given(scim: Provisioner) -> None:
    response = scim.post("/Users", BARBARA)
    made = read(response, 201)
    assert response["Location"] == made["meta"]["location"]
    assert made["meta"]["location"].endswith(f"{scim.base}/Users/{made['id']}")
    shown = read(scim.get(f"/Users/{made['id']}"))
    assert shown == made
    for name, value in BARBARA.items():
        if name not in ("password", "emails", "schemas"):
            assert shown[name] == value, name
    assert [each["value"] for each in shown["emails"]] == ["bjensen@acme.test", "babs@home.test"]
    assert "password" not in shown


def test_the_event_names_the_application_that_did_it(scim: Provisioner, world: World) -> None:
    made = make(scim)
    event = Event.objects.get(realm_id=world.realm.pk, type="IDENTITY_CHANGE", targets__0__id=made["id"])
    assert (event.actor_type, event.actor_id) == ("application", str(world.acme.management_api.pk))


def test_a_user_name_is_one_persons_whatever_its_case(scim: Provisioner) -> None:
    make(scim)
    refused(scim.post("/Users", {"schemas": [USER], "userName": "GRACE"}), 409, "uniqueness")
    make(scim, userName="heidi", externalId="7")
    refused(scim.post("/Users", {"schemas": [USER], "userName": "ivan", "externalId": "7"}), 409, "uniqueness")


def test_a_suspended_user_is_in_the_way_of_a_new_one_and_stays_suspended(scim: Provisioner) -> None:
    made = make(scim, active=False)
    refused(scim.post("/Users", {"schemas": [USER], "userName": "grace", "title": "Back"}), 409, "uniqueness")
    assert read(scim.get(f"/Users/{made['id']}"))["active"] is False


def test_what_put_leaves_out_is_cleared(scim: Provisioner) -> None:
    made = read(scim.post("/Users", BARBARA), 201)
    put = read(scim.put(f"/Users/{made['id']}", {"schemas": [USER], "userName": "bjensen", "displayName": "Babs"}))
    assert set(put) == {"schemas", "id", "meta", "userName", "displayName", "active"}
    assert put["meta"]["version"] != made["meta"]["version"]


def test_patch_changes_what_it_names_and_answers_the_whole(scim: Provisioner) -> None:
    made = read(scim.post("/Users", BARBARA), 201)
    done = read(
        scim.patch(
            f"/Users/{made['id']}",
            {"op": "replace", "path": "name.familyName", "value": "Jones"},
            {"op": "replace", "path": 'emails[type eq "work"].value', "value": "jones@acme.test"},
            {"op": "remove", "path": "nickName"},
            {"op": "add", "path": f"{ENTERPRISE}:division", "value": "Parks"},
        )
    )
    assert done["name"]["familyName"] == "Jones"
    assert done["emails"][0]["value"] == "jones@acme.test"
    assert "nickName" not in done
    assert done[ENTERPRISE]["division"] == "Parks"
    assert done["title"] == "Tour guide"


def test_a_patch_is_made_whole_or_not_at_all(scim: Provisioner) -> None:
    made = make(scim)
    steps = ({"op": "replace", "path": "title", "value": "X"}, {"op": "replace", "path": "userName", "value": ""})
    refused(scim.patch(f"/Users/{made['id']}", *steps), 400, "invalidValue")
    assert "title" not in read(scim.get(f"/Users/{made['id']}"))


def test_inactive_ends_every_session_at_once(scim: Provisioner, world: World) -> None:
    passkey = ceremonies.give_passkey(world, world.bob)
    ceremonies.tokens_for(world.visitor, ceremonies.client_of(world), passkey)
    assert ceremonies.live_sessions(world, world.bob)
    read(scim.patch(f"/Users/{world.bob.pk}", {"op": "replace", "path": "active", "value": False}))
    assert not ceremonies.live_sessions(world, world.bob)
    assert Identity.objects.get(pk=world.bob.pk).status == "suspended"


def test_a_deleted_user_is_gone_and_one_of_the_same_name_is_somebody_else(scim: Provisioner) -> None:
    made = make(scim)
    assert scim.delete(f"/Users/{made['id']}").status_code == 204
    assert refused(scim.get(f"/Users/{made['id']}"), 404) == f"Resource {made['id']} not found."
    refused(scim.delete(f"/Users/{made['id']}"), 404)
    assert make(scim)["id"] != made["id"]


def test_the_manager_is_somebody_of_the_realm(scim: Provisioner, world: World) -> None:
    made = make(scim, **{ENTERPRISE: {"manager": {"value": world.bob.pk}}})
    assert made[ENTERPRISE]["manager"]["value"] == world.bob.pk
    assert made[ENTERPRISE]["manager"]["$ref"].endswith(f"/Users/{world.bob.pk}")
    for stranger in (world.evil.customers.bob.pk, world.acme.staff.bob.pk, "0" * 16):
        body = {"op": "add", "path": f"{ENTERPRISE}:manager", "value": {"value": stranger}}
        said = refused(scim.patch(f"/Users/{made['id']}", body), 400, "invalidValue")
        assert said == f"manager: there is no user {stranger}"


def test_a_version_that_is_no_more_is_refused(scim: Provisioner) -> None:
    made = make(scim)
    old = made["meta"]["version"]
    title = {"op": "replace", "path": "title", "value": "One"}
    read(scim.patch(f"/Users/{made['id']}", title, If_Match=old))
    refused(scim.patch(f"/Users/{made['id']}", {**title, "value": "Two"}, If_Match=old), 412)
    refused(scim.delete(f"/Users/{made['id']}", If_Match=old), 412)
    new = scim.get(f"/Users/{made['id']}")["ETag"]
    assert scim.call("GET", f"/Users/{made['id']}", If_None_Match=new).status_code == 304


def test_a_page_without_count_is_a_hundred_and_never_more_than_a_thousand(scim: Provisioner) -> None:
    listed = read(scim.get("/Users"))
    assert listed["totalResults"] == 3 == listed["itemsPerPage"]
    none = read(scim.get("/Users", count="0"))
    assert (none["totalResults"], none.get("Resources", [])) == (3, [])
    assert read(scim.get("/Users", count="-5"))["itemsPerPage"] == 0
    assert read(scim.get("/Users", startIndex="-9", count="2"))["startIndex"] == 1
    second = read(scim.get("/Users", startIndex="3", count="2", sortBy="userName"))
    assert [user["userName"] for user in second["Resources"]] == ["dave"]
    past = read(scim.get("/Users", startIndex=str(10**30)))
    assert (past["totalResults"], past["itemsPerPage"], past["Resources"]) == (3, 0, [])
    refused(scim.get("/Users", count="many"), 400, "invalidValue")


def test_only_the_attributes_asked_for_are_shown(scim: Provisioner) -> None:
    (bob,) = read(scim.get("/Users", filter='userName eq "bob"', attributes="userName"))["Resources"]
    assert set(bob) == {"schemas", "id", "userName"}
    (bob,) = read(scim.get("/Users", filter='userName eq "bob"', excludedAttributes="meta,emails"))["Resources"]
    assert not {"meta", "emails"} & set(bob)


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        ("attributes=userName,name.givenName", {"schemas", "id", "userName", "name"}),
        ("excludedAttributes=meta,active,name", {"schemas", "id", "userName", "displayName"}),
    ],
)
def test_a_creation_shows_what_was_asked_for(scim: Provisioner, asked: str, shown: set[str]) -> None:
    """RFC 7644 §3.9: on any operation that answers with the resource."""
    given = {"schemas": [USER], "userName": "grace", "name": {"givenName": "Grace", "familyName": "Hopper"}}
    response = scim.post(f"/Users?{asked}", given)
    made = read(response, 201)
    assert set(made) == shown
    assert made.get("name", {"givenName": "Grace"}) == {"givenName": "Grace"}
    assert response["Location"].endswith(f"/Users/{made['id']}")
    assert response["ETag"] == scim.get(f"/Users/{made['id']}")["ETag"]


def test_a_creation_that_asks_for_two_things_at_once_makes_nothing(scim: Provisioner) -> None:
    given = {"schemas": [USER], "userName": "grace"}
    refused(scim.post("/Users?attributes=userName&excludedAttributes=meta", given), 400, "invalidValue")
    assert not Identity.objects.filter(username="grace").exists()
