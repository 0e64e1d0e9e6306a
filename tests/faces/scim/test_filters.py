"""Filters, sorting and searches: all of the grammar, none of another realm, nothing that crashes (RFC 7644 §3.4.2)."""

import pytest

from tests.faces.scim.provisioner import ENTERPRISE, GROUP, SEARCH, USER, Provisioner, read, refused
from tests.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(scim: Provisioner) -> Provisioner:
    """Grace, of Tours, who has two addresses; beside Bob, Carol and Dave."""
    body = {
        "schemas": [USER, ENTERPRISE],
        "userName": "grace",
        "externalId": "E-1",
        "title": "Größe",
        "nickName": "100%_sure",
        "name": {"givenName": "Grace", "familyName": "Hopper"},
        "emails": [{"value": "g@work.test", "type": "work", "primary": True}, {"value": "g@home.test", "type": "home"}],
        "active": False,
        ENTERPRISE: {"department": "Tours"},
    }
    read(scim.post("/Users", body), 201)
    return scim


@pytest.mark.parametrize(
    "filter",
    [
        'userName eq "GRACE"',
        f'{USER}:userName eq "grace"',
        'USERNAME EQ "grace"',
        'externalId eq "E-1"',
        'name.familyName co "opp"',
        'name.familyName sw "HOP" and name.givenName ew "ace"',
        'emails eq "g@home.test"',
        'emails.value eq "g@work.test"',
        'emails[type eq "work" and value co "@work"]',
        'emails[primary eq true and value sw "g@"]',
        'emails[type eq "home"]',
        "active eq false",
        'active ne true and userName sw "g"',
        f'{ENTERPRISE}:department eq "tours"',
        "externalId pr",
        'nickName co "0%_s"',
        'not (userName eq "bob" or userName eq "carol") and not (userName eq "dave")',
        'title eq "Größe"',
        'meta.created gt "2020-01-01T00:00:00Z" and title pr',
        'userName eq "nobody" or userName eq "grace" and active eq false',
    ],
)
def test_grace_is_found(people: Provisioner, filter: str) -> None:
    assert people.found("/Users", filter) == ["grace"]


@pytest.mark.parametrize(
    "filter",
    [
        'emails[type eq "home" and value eq "g@work.test"]',
        'nickName co "0__s"',
        'nickName co "%%"',
        'externalId eq "e-1"',
        'meta.created lt "2020-01-01T00:00:00Z"',
        'meta.created gt "9999-12-31T23:59:59Z"',
        'userName co "Evil"',
        "not (id pr)",
        "groups pr and title pr",
    ],
)
def test_nobody_is_found(people: Provisioner, filter: str) -> None:
    assert people.found("/Users", filter) == []


def test_what_has_no_value_is_not_lost_to_not(people: Provisioner) -> None:
    assert people.found("/Users", 'not (title eq "x")') == ["bob", "carol", "dave", "grace"]
    assert people.found("/Users", 'title ne "Größe"') == ["bob", "carol", "dave"]


def test_no_filter_finds_anybody_of_another_realm(people: Provisioner, world: World) -> None:
    for filter in (
        'userName co "" or id pr',
        f'id eq "{world.evil.customers.bob.pk}" or id eq "{world.acme.staff.bob.pk}"',
        'not (userName eq "zz") or displayName co "Evil"',
        f'groups.value eq "{world.evil.customers.contractors.pk}"',
        f'groups[value eq "{world.acme.staff.contractors.pk}"]',
    ):
        assert set(people.found("/Users", filter)) <= {"bob", "carol", "dave", "grace"}
    assert people.found("/Users", f'groups.value eq "{world.evil.customers.contractors.pk}"') == []
    assert people.found("/Groups", f'members.value eq "{world.evil.customers.bob.pk}"') == []


def test_groups_are_found_by_name_and_by_member(scim: Provisioner, world: World) -> None:
    body = {"schemas": [GROUP], "displayName": "Awake", "externalId": "9", "members": [{"value": world.bob.pk}]}
    made = read(scim.post("/Groups", body), 201)
    for filter in ('displayName eq "awake"', f'members.value eq "{world.bob.pk}"', 'externalId eq "9"',
                   f'members[value eq "{world.bob.pk}"]', f'members eq "{world.bob.pk}"'):  # fmt: skip
        assert scim.found("/Groups", filter) == ["Awake"]
    assert scim.found("/Groups", 'displayName ne "Awake"') == ["Contractors"]
    assert scim.found("/Users", f'groups.value eq "{made["id"]}"') == ["bob"]
    assert scim.found("/Users", f'groups eq "{made["id"]}"') == ["bob"]


@pytest.mark.parametrize(
    "filter",
    [
        "",
        "userName",
        'userName eq "x" and',
        'password eq "x"',
        'nothing.like.this eq "x"',
        "userName gt true",
        "active gt true",
        'active eq "maybe"',
        'meta.created gt "yesterday"',
        'meta.created gt "0001-01-01T00:00:00+14:00"',
        'emails[nothing eq "x"]',
        'emails[type eq "x"',
        'groups co "x"',
        "(" * 21 + 'userName eq "x"' + ")" * 21,
        "(" * 900 + 'userName eq "x"' + ")" * 900,
        " or ".join(['userName eq "x"'] * 51),
        'userName eq "' + "x" * 2048 + '"',
        'userName eq "\\u0000"',
        'userName eq "\\ud800"',
        "userName eq 'x'",
        'userName eq "x"; DROP TABLE',
    ],
)
def test_what_is_no_filter_is_refused(scim: Provisioner, filter: str) -> None:
    assert refused(scim.get("/Users", filter=filter), 400, "invalidFilter")
    body = {"schemas": [SEARCH], "filter": filter}
    assert refused(scim.post("/Users/.search", body), 400, "invalidFilter")


def test_a_list_is_sorted_and_paged_without_gaps(people: Provisioner) -> None:
    names = [
        user["userName"] for user in read(people.get("/Users", sortBy="userName", sortOrder="descending"))["Resources"]
    ]
    assert names == ["grace", "dave", "carol", "bob"]
    pages = [
        read(people.get("/Users", sortBy="name.familyName", startIndex=str(i), count="1"))["Resources"]
        for i in range(1, 5)
    ]
    assert len({page[0]["id"] for page in pages}) == 4
    for path in ("emails", "emails.value", "meta.lastModified", "active", f"{ENTERPRISE}:department", "groups"):
        assert read(people.get("/Users", sortBy=path))["totalResults"] == 4, path


def test_a_search_may_stand_in_the_body(people: Provisioner) -> None:
    body = {"schemas": [SEARCH], "filter": 'userName sw "g"', "attributes": ["userName"], "startIndex": 1, "count": 10}
    (grace,) = read(people.post("/Users/.search", body))["Resources"]
    assert set(grace) == {"schemas", "id", "userName"}


def test_all_of_a_realm_may_be_searched_at_once(people: Provisioner) -> None:
    assert people.found("/", 'displayName co "c"') == ["Contractors", "carol", "grace"]
    assert people.found("/", 'userName eq "bob"') == ["bob"]
    body = {"schemas": [SEARCH], "startIndex": 4, "count": 2}
    found = read(people.post("/.search", body))
    assert found["totalResults"] == 5
    assert [each["meta"]["resourceType"] for each in found["Resources"]] == ["User", "Group"]


def test_a_page_costs_a_fixed_number_of_queries(
    people: Provisioner, world: World, django_assert_max_num_queries
) -> None:  # type: ignore[no-untyped-def]
    people.get("/Users")
    for path in ("/Users", "/Groups"):
        with django_assert_max_num_queries(6):
            read(people.get(path))
