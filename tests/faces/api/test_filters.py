"""`filter` of the identities' list (contract/wire.md §1.4); the grammar has its own tests in the domain."""

import pytest

from apps.directory.models import Identity
from tests.faces.api.caller import Caller, read, violations
from tests.world import World


@pytest.mark.parametrize("text", ['traits.username eq "bob"', 'username eq "BOB"', 'traits.username EQ "Bob"'])
def test_the_documented_filter_finds_one(world: World, api: Caller, text: str) -> None:
    body = read(api.get("/identities", filter=text))
    assert [identity["id"] for identity in body["identities"]] == [world.bob.pk]
    assert body["total_size"] == 1


@pytest.mark.parametrize(
    ("text", "description"),
    [
        ("x", "an operator (eq, ne, co, sw, ew, gt, ge, lt, le, pr) expected at the end"),
        ('shoe_size eq "7"', "shoe_size is not an attribute to filter by"),
        ("(" * 500, "nested deeper than 20"),
        ("username eq 1", "username: the value must be a string in double quotes"),
        ("x" * 3000, "longer than 2048 characters"),
    ],
)
def test_a_bad_filter_is_a_violation(api: Caller, text: str, description: str) -> None:
    assert violations(api.get("/identities", filter=text)) == [("filter", description)]


@pytest.mark.parametrize(
    "text", ["id pr or id eq null", 'not (username eq "nobody")', 'id ne "x" or status pr', 'username gt " "']
)
def test_no_filter_leaves_the_realm(world: World, api: Caller, text: str) -> None:
    body = read(api.get("/identities", filter=text, page_size=200))
    assert {identity["realm_id"] for identity in body["identities"]} == {world.realm.pk}
    assert body["total_size"] == Identity.objects.filter(realm=world.realm).count()


def test_an_id_of_elsewhere_is_nobodys(world: World, api: Caller) -> None:
    for stranger in (world.acme.staff.bob, world.evil.customers.bob, world.ada):
        assert read(api.get("/identities", filter=f'id eq "{stranger.pk}"')) == {"identities": [], "total_size": 0}
