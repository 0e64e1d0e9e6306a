"""A client hears its own words again: the kinds of addresses, and what it took back (RFC 7644 §3.5.2.2)."""

from typing import Any

import pytest

from tests.faces.scim.provisioner import USER, Provisioner, read
from tests.world import World

pytestmark = pytest.mark.django_db


def make(scim: Provisioner, **given: Any) -> Any:
    return read(scim.post("/Users", {"schemas": [USER], "userName": "grace", **given}), 201)


def test_addresses_keep_the_kinds_they_were_given(scim: Provisioner) -> None:
    emails = [{"value": "g@b.test", "type": "Other"}, {"value": "g@a.test", "type": "home", "primary": True}]
    shown = [{"value": "g@a.test", "type": "home", "primary": True}, {"value": "g@b.test", "type": "Other"}]
    made = make(scim, emails=emails)
    assert made["emails"] == shown
    for found in ('emails[type eq "other"]', 'emails[type eq "home" and primary eq true]', 'emails.type eq "HOME"'):
        assert "grace" in scim.found("/Users", found)
    assert "grace" not in scim.found("/Users", 'emails[type eq "work"]')


def test_an_address_of_no_kind_is_for_work_and_the_next_for_home(scim: Provisioner) -> None:
    made = make(scim, emails=[{"value": "g@a.test"}, {"value": "g@b.test"}])
    assert [each["type"] for each in made["emails"]] == ["work", "home"]
    assert "grace" in scim.found("/Users", 'emails[type eq "work" and primary eq true]')


def test_what_a_patch_takes_back_is_not_shown_and_changes_nobody(scim: Provisioner, world: World) -> None:
    path = f"/Users/{make(scim, active=False, displayName='Grace Hopper')['id']}"
    removed = [{"op": "remove", "path": name} for name in ("active", "displayName")]
    done = read(scim.patch(path, *removed))
    assert {"active", "displayName"} & {*done} == set()
    for filter in ("active eq false", "active pr", 'displayName co "grace"', "displayName pr and active pr"):
        assert "grace" not in scim.found("/Users", filter), filter
    for filter in ("not (active pr)", "active ne true", 'displayName ne "Grace Hopper"', "displayName eq null"):
        assert "grace" in scim.found("/Users", filter), filter
    assert read(scim.patch(path, {"op": "add", "path": "title", "value": "Admiral"})).get("active") is None
    assert read(scim.patch(path, {"op": "add", "value": {"active": True, "displayName": "G"}}))["displayName"] == "G"


def test_what_is_left_out_of_a_put_is_as_for_somebody_new(scim: Provisioner) -> None:
    path = f"/Users/{make(scim, active=False, displayName='Grace Hopper')['id']}"
    read(scim.patch(path, {"op": "remove", "path": "displayName"}, {"op": "remove", "path": "active"}))
    put = read(scim.put(path, {"schemas": [USER], "userName": "grace", "title": "Admiral"}))
    assert (put["displayName"], put["active"]) == ("grace", False)


def test_the_management_api_is_told_none_of_it(scim: Provisioner, world: World) -> None:
    made = make(scim, emails=[{"value": "g@a.test", "type": "other"}])
    base = scim.base.removesuffix("/scim/v2")
    token = {"Authorization": f"Bearer {scim.token}"}
    answer = scim.browser.get(f"{base}/identities/{made['id']}", headers=token)
    assert b"other" not in answer.content


def test_a_value_of_the_wrong_kind_is_refused_in_words_of_the_protocol(scim: Provisioner) -> None:
    path = f"/Users/{make(scim)['id']}"
    for operation in (
        {"op": "replace", "path": "active", "value": "maybe"},
        {"op": "add", "value": {"active": "maybe"}},
    ):
        refused = read(scim.patch(path, operation), 400)
        assert refused["scimType"] == "invalidValue"
        assert refused["detail"] == "Input should be a valid boolean, unable to interpret input: active"
