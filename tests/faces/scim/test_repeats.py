"""Idempotency-Key over SCIM (contract/extensions.md §3): who lost the answer asks again, and nothing happens twice."""

from typing import Any

import pytest

from apps.directory.models import Group, Identity
from apps.events.models import Event
from tests import ceremonies
from tests.faces.scim.provisioner import BULK, GROUP, USER, Provisioner, read, refused
from tests.world import World

pytestmark = pytest.mark.django_db

GRACE: dict[str, Any] = {"schemas": [USER], "userName": "grace"}


def test_a_creation_sent_again_is_answered_as_before_and_done_once(scim: Provisioner) -> None:
    first = scim.post("/Users", GRACE, Idempotency_Key="sync-1")
    events = Event.objects.count()
    second = scim.post("/Users", GRACE, Idempotency_Key="sync-1")
    assert (second.status_code, second.content) == (201, first.content)
    for name in ("ETag", "Location", "Content-Location", "Content-Type"):
        assert second[name] == first[name]
    assert ("Idempotent-Replayed" in first, second["Idempotent-Replayed"]) == (False, "true")
    assert Event.objects.count() == events


def test_a_bulk_request_sent_again_makes_nothing_new(scim: Provisioner, world: World) -> None:
    steps = [
        {"method": "POST", "path": "/Users", "bulkId": "g", "data": GRACE},
        {"method": "POST", "path": "/Users", "bulkId": "b", "data": {"schemas": [USER], "userName": "bob"}},
        {
            "method": "POST",
            "path": "/Groups",
            "bulkId": "c",
            "data": {"schemas": [GROUP], "displayName": "Crew", "members": [{"value": "bulkId:g"}]},
        },
    ]
    sent = {"schemas": [BULK], "Operations": steps}
    first = scim.post("/Bulk", sent, Idempotency_Key="sync-1")
    assert [each["status"] for each in read(first)["Operations"]] == ["201", "409", "201"]
    assert scim.post("/Bulk", sent, Idempotency_Key="sync-1").content == first.content
    assert Group.objects.filter(realm=world.realm, display_name="Crew").count() == 1
    refusals = Event.objects.filter(type="IDENTITY_CHANGE", outcome="CONFLICT")
    assert refusals.count() == 1  # the step that was refused left its event, once


def test_another_request_with_the_key_is_refused(scim: Provisioner) -> None:
    read(scim.post("/Users", GRACE, Idempotency_Key="k"), 201)
    for path, body in (
        ("/Users", {**GRACE, "userName": "heidi"}),
        ("/Groups", {"schemas": [GROUP], "displayName": "G"}),
    ):
        detail = refused(scim.post(path, body, Idempotency_Key="k"), 422)
        assert detail == "this Idempotency-Key was used for another request"
    assert not Identity.objects.filter(username="heidi").exists()


def test_a_refusal_is_repeated_and_a_mended_request_keeps_its_key(scim: Provisioner) -> None:
    taken = {**GRACE, "userName": "BOB"}
    first = scim.post("/Users", taken, Idempotency_Key="k")
    refused(first, 409, "uniqueness")
    assert scim.post("/Users", taken, Idempotency_Key="k").content == first.content
    refused(scim.post("/Users", {**GRACE, "active": "maybe"}, Idempotency_Key="m"), 400, "invalidValue")
    read(scim.post("/Users", GRACE, Idempotency_Key="m"), 201)


def test_a_key_is_of_one_client(scim: Provisioner, world: World) -> None:
    read(scim.post("/Users", GRACE, Idempotency_Key="k"), 201)
    eve = scim.at(world.evil.customers.realm).holding(ceremonies.management_token(world.ctx, world.evil))
    read(eve.post("/Users", GRACE, Idempotency_Key="k"), 201)


@pytest.mark.parametrize("key", ["", "x" * 256, "\x7f"])
def test_a_key_that_is_none_is_refused(scim: Provisioner, key: str) -> None:
    assert "Idempotency-Key" in refused(scim.post("/Users", GRACE, Idempotency_Key=key), 400, "invalidValue")
    assert not Identity.objects.filter(username="grace").exists()
