"""The reference's extension of groups, which describes them (contract/wire.md §4), and what discovery says of it."""

from typing import Any

import pytest

from apps.directory.models import Group
from apps.events.types import EventType
from tests import record
from tests.faces.scim.provisioner import GROUP, Provisioner, read, refused
from tests.world import World

EXTENSION = "urn:scim:schemas:extension:byndid:1.0:Group"

pytestmark = pytest.mark.django_db


def described(scim: Provisioner, words: str = "Who is on call") -> dict[str, Any]:
    return read(
        scim.post(
            "/Groups", {"schemas": [GROUP, EXTENSION], "displayName": "Awake", EXTENSION: {"description": words}}
        ),
        201,
    )


def test_discovery_tells_of_it_and_where_to_read_on(scim: Provisioner) -> None:
    of_groups = read(scim.get("/ResourceTypes/Group"))
    assert of_groups["schemaExtensions"] == [{"schema": EXTENSION, "required": False}]
    (attribute,) = read(scim.get(f"/Schemas/{EXTENSION}"))["attributes"]
    assert (attribute["name"], attribute["type"], attribute["required"]) == ("description", "string", False)
    told = read(scim.get("/ServiceProviderConfig"))
    assert told["documentationUri"].endswith("/docs/api")
    assert [each["documentationUri"] for each in told["authenticationSchemes"]] == [told["documentationUri"]]


def test_a_group_is_described_and_found_by_it(scim: Provisioner) -> None:
    made = described(scim)
    assert (made["schemas"], made[EXTENSION]) == ([GROUP, EXTENSION], {"description": "Who is on call"})
    assert Group.objects.get(pk=made["id"]).description == "Who is on call"
    assert read(scim.get(f"/Groups/{made['id']}")) == made
    assert scim.found("/Groups", f'{EXTENSION}:description eq "who is on call"') == ["Awake"]
    plain = read(scim.post("/Groups", {"schemas": [GROUP], "displayName": "Asleep"}), 201)
    assert (plain["schemas"], EXTENSION in plain) == ([GROUP], False)


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "replace", "path": f"{EXTENSION}:description", "value": "New"},
        {"op": "add", "value": {EXTENSION: {"description": "New"}}},
        {"op": "remove", "path": f"{EXTENSION}:description"},
    ],
)
def test_a_patch_says_it_anew_or_takes_it_back(scim: Provisioner, world: World, operation: dict[str, Any]) -> None:
    made = described(scim)
    answer = read(scim.patch(f"/Groups/{made['id']}", operation))
    now = "" if operation["op"] == "remove" else "New"
    assert answer.get(EXTENSION, {"description": ""}) == {"description": now}
    event = record.last(world.realm, EventType.GROUP_CHANGE)
    assert event.data["changes"] == {"description": ["Who is on call", now]}


def test_a_put_without_it_leaves_it_be(scim: Provisioner) -> None:
    """A client that never heard of it does not wipe what administrators wrote."""
    made = described(scim)
    put = read(scim.put(f"/Groups/{made['id']}", {"schemas": [GROUP], "displayName": "Up"}))
    assert (put["displayName"], put[EXTENSION]) == ("Up", {"description": "Who is on call"})
    named = {"schemas": [GROUP, EXTENSION], "displayName": "Up", EXTENSION: {"description": "Then"}}
    assert read(scim.put(f"/Groups/{made['id']}", named))[EXTENSION] == {"description": "Then"}


@pytest.mark.parametrize("words", ["a<b", "x" * 301, 5])
def test_what_describes_nothing_is_refused(scim: Provisioner, words: Any) -> None:
    body = {"schemas": [GROUP, EXTENSION], "displayName": "Awake", EXTENSION: {"description": words}}
    refused(scim.post("/Groups", body), 400, "invalidValue")
