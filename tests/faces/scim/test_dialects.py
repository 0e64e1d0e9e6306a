"""What Entra and Okta really send: each of their ways of speaking that no RFC knows is a test."""

from typing import Any

import pytest

from tests.faces.scim.provisioner import ENTERPRISE, GROUP, USER, Provisioner, read, refused
from tests.world import World

pytestmark = pytest.mark.django_db


def make(scim: Provisioner, **given: Any) -> Any:
    return read(scim.post("/Users", {"schemas": [USER, ENTERPRISE], "userName": "grace", **given}), 201)


def patched(scim: Provisioner, path: str, *operations: dict[str, Any]) -> Any:
    return read(scim.patch(path, *operations))


def test_entra_writes_truth_as_a_word(scim: Provisioner) -> None:
    made = make(scim, active="True")
    path = f"/Users/{made['id']}"
    assert patched(scim, path, {"op": "Replace", "path": "active", "value": "False"})["active"] is False
    assert patched(scim, path, {"op": "Replace", "value": {"active": "True"}})["active"] is True


def test_entra_capitalises_what_is_to_be_done(scim: Provisioner) -> None:
    path = f"/Users/{make(scim)['id']}"
    assert patched(scim, path, {"op": "Add", "path": "title", "value": "Guide"})["title"] == "Guide"
    assert "title" not in patched(scim, path, {"op": "Remove", "path": "title"})


def test_entra_adds_to_a_list_by_a_filter_that_finds_nothing_yet(scim: Provisioner) -> None:
    path = f"/Users/{make(scim)['id']}"
    done = patched(
        scim,
        path,
        {"op": "Add", "path": 'emails[type eq "work"].value', "value": "g@acme.test"},
        {"op": "Add", "path": 'phoneNumbers[type eq "mobile"].value', "value": "+1 555"},
        {"op": "Add", "path": 'addresses[type eq "work"].locality', "value": "Paris"},
    )
    assert [each["value"] for each in done["emails"]] == ["g@acme.test"]
    assert [(each["type"], each["value"]) for each in done["phoneNumbers"]] == [("mobile", "+1 555")]
    assert done["addresses"][0]["locality"] == "Paris"


def test_entra_names_paths_as_keys(scim: Provisioner) -> None:
    path = f"/Users/{make(scim)['id']}"
    value = {"name.givenName": "Grace", "name.familyName": "Hopper", f"{ENTERPRISE}:department": "Navy"}
    done = patched(scim, path, {"op": "Add", "value": value})
    assert (done["name"]["givenName"], done["name"]["familyName"]) == ("Grace", "Hopper")
    assert done[ENTERPRISE]["department"] == "Navy"


@pytest.mark.parametrize("operation", ["Add", "replace"])
def test_a_key_may_hold_a_filter(scim: Provisioner, operation: str) -> None:
    path = f"/Users/{make(scim, emails=[{'value': 'old@acme.test', 'type': 'work', 'primary': True}])['id']}"
    value = {
        "displayName": "Grace Hopper",
        'emails[type eq "work"].value': "new@acme.test",
        'phoneNumbers[type eq "mobile"].value': "+1 555",
        f"{ENTERPRISE}:department": "Navy",
    }
    done = patched(scim, path, {"op": operation, "value": value})
    assert (done["displayName"], done[ENTERPRISE]["department"]) == ("Grace Hopper", "Navy")
    assert [(each["type"], each["value"]) for each in done["emails"]] == [("work", "new@acme.test")]
    assert [(each["type"], each["value"]) for each in done["phoneNumbers"]] == [("mobile", "+1 555")]


def test_a_key_that_is_no_path_is_refused_whole(scim: Provisioner) -> None:
    path = f"/Users/{make(scim)['id']}"
    value = {"displayName": "Half", "emails[type eq": "new@acme.test"}
    refused(scim.patch(path, {"op": "replace", "value": value}), 400, "invalidPath")
    assert read(scim.get(path))["displayName"] != "Half"


def test_entra_gives_a_manager_as_a_bare_id(scim: Provisioner, world: World) -> None:
    path = f"/Users/{make(scim)['id']}"
    done = patched(scim, path, {"op": "Add", "path": f"{ENTERPRISE}:manager", "value": world.bob.pk})
    assert done[ENTERPRISE]["manager"]["value"] == world.bob.pk
    done = patched(scim, path, {"op": "Remove", "path": f"{ENTERPRISE}:manager"})
    assert "manager" not in done.get(ENTERPRISE, {})


@pytest.mark.parametrize("path", [f"{ENTERPRISE}:manager", f"{ENTERPRISE}:manager.value"])
def test_entra_gives_a_manager_as_an_object_or_its_value(scim: Provisioner, world: World, path: str) -> None:
    user = f"/Users/{make(scim)['id']}"
    value = world.bob.pk if path.endswith("value") else {"value": world.bob.pk, "$ref": f"../Users/{world.bob.pk}"}
    done = patched(scim, user, {"op": "Replace", "path": path, "value": value})
    assert done[ENTERPRISE]["manager"]["value"] == world.bob.pk


def test_entra_takes_a_manager_away_by_an_empty_one(scim: Provisioner, world: World) -> None:
    user = f"/Users/{make(scim, **{ENTERPRISE: {'manager': {'value': world.bob.pk}}})['id']}"
    done = patched(scim, user, {"op": "Replace", "path": f"{ENTERPRISE}:manager", "value": ""})
    assert "manager" not in done.get(ENTERPRISE, {})


def test_entra_writes_paths_with_the_name_of_the_schema(scim: Provisioner) -> None:
    user = f"/Users/{make(scim)['id']}"
    done = patched(
        scim,
        user,
        {"op": "Add", "path": f"{ENTERPRISE}:department", "value": "Navy"},
        {"op": "Replace", "path": f"{USER}:title", "value": "Guide"},
    )
    assert (done[ENTERPRISE]["department"], done["title"]) == ("Navy", "Guide")


def test_entra_changes_the_address_it_finds_by_its_type(scim: Provisioner) -> None:
    emails = [{"value": "g@acme.test", "type": "work", "primary": True}, {"value": "g@home.test", "type": "home"}]
    user = f"/Users/{make(scim, emails=emails)['id']}"
    done = patched(scim, user, {"op": "Replace", "path": 'emails[type eq "work"].value', "value": "grace@acme.test"})
    assert [each["value"] for each in done["emails"]] == ["grace@acme.test", "g@home.test"]


def test_entra_sends_lists_of_nothing_and_attributes_that_are_not_kept(scim: Provisioner) -> None:
    made = make(scim, roles=[], addresses=[], phoneNumbers=[], ims=[], meta={"resourceType": "User"})
    assert "roles" not in made
    assert patched(scim, f"/Users/{made['id']}", {"op": "Add", "value": {"roles": []}})["userName"] == "grace"


def test_okta_looks_somebody_up_and_counts_on_the_figures(scim: Provisioner) -> None:
    query = {"filter": 'userName eq "nobody@acme.test"', "startIndex": 1, "count": 100}
    found = read(scim.get("/Users", **query))
    assert (found["totalResults"], found["startIndex"], found["itemsPerPage"]) == (0, 1, 0)
    page = read(scim.get("/Users", startIndex=3, count=2))
    assert (page["totalResults"], page["startIndex"], page["itemsPerPage"]) == (3, 3, 1)


def test_okta_names_the_character_set(scim: Provisioner) -> None:
    body = {"schemas": [USER], "userName": "grace", "locale": "en-US", "groups": []}
    made = read(scim.post("/Users", body, content_type="application/scim+json; charset=utf-8"), 201)
    assert (made["locale"], made["active"]) == ("en-US", True)


def test_okta_brings_somebody_back_by_putting_them_active(scim: Provisioner) -> None:
    made = make(scim, active=False)
    assert read(scim.put(f"/Users/{made['id']}", {**made, "active": True}))["active"] is True


def test_entra_takes_members_away_by_value(scim: Provisioner, world: World) -> None:
    members = [{"value": world.bob.pk}, {"value": world.acme.customers.carol.pk}]
    group = read(scim.post("/Groups", {"schemas": [GROUP], "displayName": "Awake", "members": members}), 201)
    done = patched(scim, f"/Groups/{group['id']}", {"op": "Remove", "path": "members", "value": members[:1]})
    assert [each["value"] for each in done["members"]] == [members[1]["value"]]


def test_entra_asks_whether_a_user_is_there_before_it_makes_one(scim: Provisioner) -> None:
    assert read(scim.get("/Users", filter='userName eq "grace@acme.test"'))["totalResults"] == 0
    make(scim, userName="grace@acme.test", externalId="grace")
    assert scim.found("/Users", 'externalId eq "grace"') == ["grace@acme.test"]


def test_a_guest_of_entra_may_have_a_hash_in_the_user_name(scim: Provisioner) -> None:
    made = make(scim, userName="grace_navy.test#EXT#@acme.onmicrosoft.test")
    assert made["displayName"] == "grace_navy.test EXT @acme.onmicrosoft.test"


def test_okta_deactivates_by_a_replace_without_a_path(scim: Provisioner) -> None:
    path = f"/Users/{make(scim)['id']}"
    assert patched(scim, path, {"op": "replace", "value": {"active": False}})["active"] is False


def test_okta_puts_the_whole_user_with_a_password_and_its_groups(scim: Provisioner) -> None:
    made = make(scim, password="x", groups=[])
    body = {**made, "active": False, "password": "y", "groups": [{"value": "0" * 16}], "title": "Guide"}
    done = read(scim.put(f"/Users/{made['id']}", body))
    assert (done["active"], done["title"]) == (False, "Guide")
    assert "groups" not in done


def test_okta_renames_a_group_by_a_value_that_holds_its_id(scim: Provisioner) -> None:
    group = read(scim.post("/Groups", {"schemas": [GROUP], "displayName": "Awake", "members": []}), 201)
    value = {"id": group["id"], "displayName": "Asleep"}
    assert patched(scim, f"/Groups/{group['id']}", {"op": "replace", "value": value})["displayName"] == "Asleep"


def test_plain_json_is_as_good(scim: Provisioner) -> None:
    body = {"schemas": [USER], "userName": "grace"}
    read(scim.post("/Users", body, content_type="application/json"), 201)
    assert scim.post("/Users", body, content_type="text/plain").status_code == 415


def test_a_slash_at_the_end_changes_nothing(scim: Provisioner) -> None:
    assert read(scim.get("/Users/"))["totalResults"] == read(scim.get("/Users"))["totalResults"]
    read(scim.post("/Groups/", {"schemas": [GROUP], "displayName": "Awake"}), 201)


def test_what_another_face_wrote_is_shown_whatever_it_is(scim: Provisioner, world: World) -> None:
    world.bob.traits = {"photo_url": "not a URL", "profile_url": "nor this: \\", "preferred_language": "?"}
    world.bob.save()
    bob = read(scim.get(f"/Users/{world.bob.pk}"))
    assert bob["photos"][0]["value"] == "not a URL"
    done = patched(scim, f"/Users/{world.bob.pk}", {"op": "replace", "path": "title", "value": "Guide"})
    assert done["photos"] == bob["photos"]
