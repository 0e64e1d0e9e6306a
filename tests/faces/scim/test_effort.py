"""What a request may cost: operations that search what others before them put into a list are bounded in number."""

import time
from typing import Any

import pytest

from tests.faces.scim.provisioner import BULK, GROUP, PATCH, USER, Provisioner, read, refused
from tests.world import World

pytestmark = pytest.mark.django_db


def filtered(number: int) -> dict[str, Any]:
    return {"op": "replace", "path": f'emails[type eq "{number}"].value', "value": "g@acme.test"}


def adding(number: int, values: int) -> dict[str, Any]:
    return {
        "op": "add",
        "path": "emails",
        "value": [{"value": f"g{number}.{each}@acme.test"} for each in range(values)],
    }


def as_keys(number: int) -> dict[str, Any]:
    return {"op": "replace", "value": {f'emails[type eq "{each}"].value': "g@acme.test" for each in range(number)}}


TOO_MUCH = {
    "fifteen thousand that search": [filtered(number) for number in range(15_000)],
    "a thousand that search": [filtered(number) for number in range(1_000)],
    "as many in one value": [as_keys(9_000)],
    "ninety that search a long list": [adding(0, 20_000), *map(filtered, range(90))],
    "many that add a few each": [adding(number, 40) for number in range(300)],
    "four hundred that say one thing": [{"op": "replace", "path": "displayName", "value": "G"}] * 400,
}


@pytest.mark.parametrize("operations", TOO_MUCH.values(), ids=TOO_MUCH.keys())
def test_a_patch_that_would_take_minutes_is_refused_at_once(
    scim: Provisioner, world: World, operations: list[dict[str, Any]]
) -> None:
    path = f"/Users/{world.bob.pk}"
    before = read(scim.get(path))
    begun = time.process_time()
    refused(scim.patch(path, *operations), 413)
    assert time.process_time() - begun < 5
    assert read(scim.get(path)) == before


def test_neither_may_a_bulk_bring_it_in_slices(scim: Provisioner, world: World) -> None:
    data = {"schemas": [PATCH], "Operations": [filtered(number) for number in range(100)]}
    step = {"method": "PATCH", "path": f"/Users/{world.bob.pk}", "data": data}
    begun = time.process_time()
    answered = read(scim.post("/Bulk", {"schemas": [BULK], "Operations": [step] * 12}))
    assert [each["status"] for each in answered["Operations"]].count("200") == 5
    assert {each["status"] for each in answered["Operations"][5:]} == {"413"}
    assert time.process_time() - begun < 15
    refused(scim.post("/Bulk", {"schemas": [BULK], "Operations": [step] * 60}), 413)


def test_what_directories_send_is_far_below(scim: Provisioner, world: World) -> None:
    """Sixty attributes of a person; a group whose thousand members come one by one, or all at once with its name."""
    sixty = [{"op": "Replace", "path": f"name.{each}", "value": "G"} for each in ("givenName", "familyName")] * 30
    read(scim.patch(f"/Users/{world.bob.pk}", *sixty))
    bob = {"value": world.bob.pk}
    group = read(scim.post("/Groups", {"schemas": [GROUP], "displayName": "Crew"}), 201)
    one_by_one = [{"op": "add", "path": "members", "value": [bob]}] * 1_000
    read(scim.patch(f"/Groups/{group['id']}", *one_by_one))
    whole = {"displayName": "Crew two", "members": [bob] * 20_000}
    assert read(scim.patch(f"/Groups/{group['id']}", {"op": "replace", "value": whole}))["displayName"] == "Crew two"
    steps = [
        {"method": "PATCH", "path": f"/Users/{world.bob.pk}", "data": {"schemas": [PATCH], "Operations": sixty[:3]}}
    ] * 100
    assert {
        each["status"] for each in read(scim.post("/Bulk", {"schemas": [BULK], "Operations": steps}))["Operations"]
    } == {"200"}
    assert read(scim.get(f"/Users/{world.bob.pk}"))["schemas"][0] == USER
