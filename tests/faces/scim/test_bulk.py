"""Many changes in one request, each as if it stood alone (RFC 7644 §3.7)."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.events.models import Event
from tests.faces.scim.provisioner import BULK, ENTERPRISE, GROUP, PATCH, USER, Provisioner, read, refused
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


def test_many_are_added_by_few_statements_each_told_as_if_alone(scim: Provisioner, world: World) -> None:
    read(scim.post("/Users", user("alone", title="Guide")["data"]), 201)
    with CaptureQueriesContext(connection) as asked:
        done = bulk(scim, *(user(f"new{n}", title="Guide") for n in range(100)))
    assert {each["status"] for each in done} == {"201"}
    assert len(asked) < 15
    made = read(scim.get(done[41]["location"].partition("/scim/v2")[2]))
    assert (made["userName"], made["title"], made["meta"]["version"]) == ("new41", "Guide", done[41]["version"])
    alone, *told = Event.objects.filter(type="IDENTITY_CHANGE", realm_id=world.realm.pk).order_by("-id")[:101][::-1]
    assert [len(each.targets) for each in told] == [1] * 100
    assert [each.targets[0]["id"] for each in told] == [each["location"].rpartition("/")[2] for each in done]
    assert {(each.actor_id, each.outcome, frozenset(each.data)) for each in told} == {
        (alone.actor_id, alone.outcome, frozenset(alone.data))
    }


def test_who_cannot_be_added_is_refused_in_the_midst_of_those_who_can(scim: Provisioner, world: World) -> None:
    outside = {ENTERPRISE: {"manager": {"value": world.evil.customers.bob.pk}}}
    inside = {ENTERPRISE: {"manager": {"value": world.bob.pk}}}
    beside = {ENTERPRISE: {"manager": {"value": "bulkId:grace"}}}
    done = bulk(
        scim,
        user("grace", externalId="1"),
        user("GRACE"),
        user("heidi", **outside),
        user("ivan", externalId="1"),
        user("judy", active="perhaps"),
        user("k" * 65),
        user("mallory", **inside),
        user("niaj", **beside),
        user("niaj2") | {"bulkId": "niaj"},
    )
    assert [each["status"] for each in done] == "201 409 400 409 400 400 201 201 400".split()
    found = {each["userName"]: each for each in read(scim.get("/Users"))["Resources"]}
    assert {*found} == {*world.acme.customers.people, "grace", "mallory", "niaj"}
    assert found["niaj"][ENTERPRISE]["manager"]["value"] == found["grace"]["id"]


def test_nobody_after_the_last_error_that_is_suffered_is_added(scim: Provisioner) -> None:
    done = bulk(scim, user("grace"), user("bob"), user("heidi"), user("carol"), user("ivan"), failOnErrors=2)
    assert [each["status"] for each in done] == ["201", "409", "201", "409"]
    assert scim.found("/Users", 'userName eq "heidi" or userName eq "ivan"') == ["heidi"]
