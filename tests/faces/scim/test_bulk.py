"""Many changes in one request, each as if it stood alone (RFC 7644 §3.7)."""

from typing import Any

import pytest

from tests.faces.scim.provisioner import BULK, GROUP, PATCH, USER, Provisioner, read, refused
from tests.world import World

pytestmark = pytest.mark.django_db


def bulk(scim: Provisioner, *operations: dict[str, Any], **further: Any) -> list[dict[str, Any]]:
    return read(scim.post("/Bulk", {"schemas": [BULK], "Operations": list(operations), **further}))["Operations"]


def user(name: str, **given: Any) -> dict[str, Any]:
    return {"method": "POST", "path": "/Users", "bulkId": name, "data": {"schemas": [USER], "userName": name, **given}}


def test_a_group_is_made_with_members_made_beside_it(scim: Provisioner) -> None:
    members = [{"value": "bulkId:grace"}, {"value": "bulkId:heidi"}]
    group = {"schemas": [GROUP], "displayName": "Awake", "members": members}
    done = bulk(scim, {"method": "POST", "path": "/Groups", "bulkId": "g", "data": group}, user("grace"), user("heidi"))
    assert [each["status"] for each in done] == ["201"] * 3
    (found,) = read(scim.get("/Groups", filter='displayName eq "Awake"'))["Resources"]
    assert {each["value"] for each in found["members"]} == {each["location"].rpartition("/")[2] for each in done[1:]}


def test_one_that_fails_takes_no_other_with_it(scim: Provisioner, world: World) -> None:
    title = {"schemas": [PATCH], "Operations": [{"op": "replace", "path": "title", "value": "Guide"}]}
    done = bulk(
        scim,
        user("bob"),
        {"method": "PATCH", "path": f"/Users/{world.bob.pk}", "data": title},
        {"method": "DELETE", "path": f"/Users/{world.evil.customers.bob.pk}"},
        {"method": "DELETE", "path": f"/Users/{world.acme.customers.carol.pk}"},
    )
    assert [each["status"] for each in done] == ["409", "200", "404", "204"]
    assert done[0]["response"]["scimType"] == "uniqueness"
    assert read(scim.get(f"/Users/{world.bob.pk}"))["title"] == "Guide"


def test_it_stops_after_as_many_errors_as_it_was_told(scim: Provisioner) -> None:
    done = bulk(scim, user("bob"), user("carol"), user("grace"), failOnErrors=1)
    assert [each["status"] for each in done] == ["409"]
    assert scim.found("/Users", 'userName eq "grace"') == []


def test_more_than_a_thousand_are_refused_and_none_is_done(scim: Provisioner) -> None:
    operations = [user(f"u{i}") for i in range(1001)]
    refused(scim.post("/Bulk", {"schemas": [BULK], "Operations": operations}), 413)
    assert read(scim.get("/Users"))["totalResults"] == 3
