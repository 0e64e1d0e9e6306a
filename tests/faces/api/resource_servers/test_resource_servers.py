"""R/resource-servers: made and read (contract/wire.md §1.9)."""

from typing import Any

import pytest
from django.test import Client

from apps.applications.models import ResourceServer
from apps.events.models import Event
from apps.events.types import EventType
from apps.realms.models import Realm
from tests import ceremonies
from tests.faces.api.bearers import token_of
from tests.faces.api.caller import UNKNOWN, Caller, read, violations
from tests.faces.api.resource_servers.told import PETS, machine, new, refusal, server_json
from tests.faces.api.test_preconditions import at_once
from tests.faces.api.told import change, target
from tests.world import World, build


# --- create -------------------------------------------------------------------------------------------------------------
def test_create_answers_the_bare_resource_server(world: World, api: Caller) -> None:
    response = api.post("/resource-servers", new())
    made = read(response)
    row = ResourceServer.objects.get(pk=made["id"])
    assert made == server_json(row, **PETS, is_managed=False, realm_id=world.realm.pk, tenant_id=world.acme.tenant.pk)
    assert response["ETag"] == api.get(f"/resource-servers/{row.pk}")["ETag"]


def test_scopes_may_be_left_out_and_are_named_once(api: Caller) -> None:
    assert read(api.post("/resource-servers", new(scopes=...)))["scopes"] == []
    twice = new(identifier="other", scopes=["b", "a", "b"])
    assert read(api.post("/resource-servers", twice))["scopes"] == ["b", "a"]


def test_create_leaves_its_event(world: World, api: Caller) -> None:
    made = read(api.post("/resource-servers", new()))
    event = change(world, world.realm, EventType.RESOURCE_SERVER_CHANGE)
    assert event.data == {"action": "CREATE", "changes": {name: [None, value] for name, value in PETS.items()}}
    assert event.targets == [target("resource_server", made)]


def test_what_we_alone_say_is_ignored_in_a_request(world: World, api: Caller) -> None:
    made = read(api.post("/resource-servers", new(id="1", tenant_id="1", realm_id="1", is_managed=True)))
    assert (made["realm_id"], made["tenant_id"], made["is_managed"]) == (world.realm.pk, world.acme.tenant.pk, False)


def test_an_identifier_is_one_servers_in_a_realm(world: World, api: Caller, pets: ResourceServer) -> None:
    assert read(api.post("/resource-servers", new()), 409) == refusal(
        "conflict", "identifier already exists", str(pets.pk)
    )
    change(world, world.realm, EventType.RESOURCE_SERVER_CHANGE, "CONFLICT")
    assert read(api.at(world.acme.staff.realm).post("/resource-servers", new()))["identifier"] == pets.identifier


BAD_SCOPES: list[tuple[Any, list[tuple[str, str]]]] = [
    (None, [("scopes", "not a list")]),
    ("pets:read", [("scopes", "not a list")]),
    ({"pets:read": True}, [("scopes", "not a list")]),
    (["x"] * 1001, [("scopes", "array exceeds 1000 elements")]),
    (["a", 7, "", "b c"], [
        ("scopes.1", "not a string"),
        ("scopes.2", "empty string"),
        ("scopes.3", "contains a character that a scope cannot have"),
    ]),
    (['say "hi"', "a\\b", "é", "\t"], [
        (f"scopes.{position}", "contains a character that a scope cannot have") for position in range(4)
    ]),
    (["x" * 129], [("scopes.0", "longer than 128 characters")]),
    (["openid", "offline_access"], [
        ("scopes.0", "openid is reserved"),
        ("scopes.1", "offline_access is reserved"),
    ]),
]  # fmt: skip


@pytest.mark.parametrize(("scopes", "expected"), BAD_SCOPES)
def test_a_bad_scope_is_named_by_its_place(
    api: Caller, path: str, scopes: Any, expected: list[tuple[str, str]]
) -> None:
    named = [(f"resource_server.{field}", description) for field, description in expected]
    assert violations(api.post("/resource-servers", new(identifier="x", scopes=scopes))) == named
    assert violations(api.patch(path, {"resource_server": {"scopes": scopes}})) == named


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, [("resource_server", "missing")]),
        ([], [("resource_server", "missing")]),
        ({"resource_server": []}, [("resource_server", "not an object")]),
        ({"resource-server": {}, **new()}, [("resource-server", "unknown field")]),
        (
            {"resource_server": {}},
            [("resource_server.display_name", "missing"), ("resource_server.identifier", "missing")],
        ),
        (new(display_name=""), [("resource_server.display_name", "empty string")]),
        (new(display_name=1), [("resource_server.display_name", "not a string")]),
        (new(display_name="x" * 65), [("resource_server.display_name", "longer than 64 characters")]),
        (new(identifier=None), [("resource_server.identifier", "missing")]),
        (new(identifier=""), [("resource_server.identifier", "empty string")]),
        (new(identifier=5), [("resource_server.identifier", "not a string")]),
        (new(identifier="x" * 257), [("resource_server.identifier", "longer than 256 characters")]),
        (new(identifier="a b"), [("resource_server.identifier", "contains white space")]),
        (new(identifier="identity-cloud"), [("resource_server.identifier", "identity-cloud is reserved")]),
        (
            new(display_name="<", identifier=[], scopes=[{"deep": 1}], token_lifetime=5),
            [
                (
                    "resource_server.display_name",
                    "contains a character that is not allowed: {}[]<>;:?\\/|*^%$#=~`!",
                ),
                ("resource_server.identifier", "not a string"),
                ("resource_server.scopes.0", "not a string"),
                ("resource_server.token_lifetime", "unknown field"),
            ],
        ),
    ],
)
def test_a_bad_body_names_its_fields(api: Caller, body: Any, expected: list[tuple[str, str]]) -> None:
    before = (ResourceServer.objects.count(), Event.objects.exclude(type="API_REQUEST_DENIED").count())
    assert violations(api.post("/resource-servers", body)) == expected
    assert (ResourceServer.objects.count(), Event.objects.exclude(type="API_REQUEST_DENIED").count()) == before


def test_the_same_request_again_makes_no_second_one(api: Caller) -> None:
    first = api.post("/resource-servers", new(), Idempotency_Key="k")
    again = api.post("/resource-servers", new(), Idempotency_Key="k")
    assert (again.status_code, again.content, again["Idempotent-Replayed"]) == (200, first.content, "true")


@pytest.mark.django_db(transaction=True)
def test_of_many_with_one_identifier_one_is_made() -> None:
    world = build()
    token = ceremonies.management_token(world.ctx, world.acme)

    def create(_: int) -> int:
        return Caller(Client(), token, world.realm).post("/resource-servers", new()).status_code

    assert sorted(at_once(6, create)) == [200] + [409] * 5
    assert ResourceServer.objects.filter(realm=world.realm).count() == 1


# --- read ---------------------------------------------------------------------------------------------------------------
def test_get_answers_the_bare_resource_server(api: Caller, pets: ResourceServer, path: str) -> None:
    assert read(api.get(path)) == server_json(pets)


def test_the_managed_one_says_so_and_has_every_scope(world: World, api: Caller, managed: ResourceServer) -> None:
    body = read(api.at(world.acme.admin_realm).get("/resource-servers"))
    assert body == {"resource_servers": [server_json(managed, is_managed=True)], "total_size": 1}
    assert body["resource_servers"][0]["identifier"] == "identity-cloud"
    assert {"scim:users:create", "event-streams:read", "themes:update"} <= set(body["resource_servers"][0]["scopes"])


def test_a_hundred_at_a_time(api: Caller, world: World) -> None:
    rows = [
        ResourceServer(
            realm=world.realm, tenant=world.acme.tenant, display_name="A", identifier=f"urn:{number}",
            created_at=world.ctx.now, updated_at=world.ctx.now,
        )
        for number in range(101)
    ]  # fmt: skip
    ResourceServer.objects.bulk_create(rows)
    first = read(api.get("/resource-servers", page_size=500))
    second = read(api.get("/resource-servers", page_token=first["next_page_token"]))
    found = [server["identifier"] for server in first["resource_servers"] + second["resource_servers"]]
    assert found == [f"urn:{number}" for number in range(101)]
    assert (len(first["resource_servers"]), first["total_size"], "next_page_token" in second) == (100, 101, False)
    assert len(read(api.get("/resource-servers"))["resource_servers"]) == 100


def test_nothing_is_skipped(api: Caller) -> None:
    """Lists of what applications are made of know no skip (contract/wire.md §1.1 "Pagination")."""
    made = read(api.post("/resource-servers", new()))
    assert [each["id"] for each in read(api.get("/resource-servers", skip=1))["resource_servers"]] == [made["id"]]


@pytest.mark.parametrize("name", ["page_size", "page_token"])
def test_a_bad_page_names_its_parameter(api: Caller, name: str) -> None:
    assert [field for field, _ in violations(api.get("/resource-servers", **{name: "x"}))] == [name]


def test_one_that_is_not_there_is_not_found(api: Caller, managed: ResourceServer) -> None:
    for wanted in ("7b5a4325-00e0-4379-bd7b-3e5e7e30b09e", "x", "é", "0" * 3000, "-", str(managed.pk)):
        there = f"/resource-servers/{wanted}"
        for response in (api.get(there), api.patch(there, {}), api.delete(there)):
            assert read(response, 404) == UNKNOWN


def test_a_realm_that_is_not_there_is_named_no_more(world: World, api: Caller) -> None:
    nowhere = api.at(Realm(pk="0" * 16, tenant_id=world.acme.tenant.pk))
    assert read(nowhere.get("/resource-servers"), 404) == UNKNOWN
    assert read(nowhere.post("/resource-servers", {}), 404) == UNKNOWN


# --- tokens -------------------------------------------------------------------------------------------------------------
def test_the_identifier_and_scopes_are_in_tokens(world: World, pets: ResourceServer) -> None:
    made = machine(world, pets, "pets:read")
    claims = ceremonies.payload_of(token_of(world, made.application, made.client_secret))
    assert (claims["aud"], claims["scope"]) == ([made.application.client_id, pets.identifier], "pets:read")


def test_no_realm_makes_itself_a_key_to_this_api(world: World, api: Caller, client: Client) -> None:
    """A server with the management API's scopes, under any name that may be taken, opens nothing."""
    given = new(identifier="identity-cloud2", scopes=["identities:read", "realms:create"])
    server = ResourceServer.objects.get(pk=read(api.post("/resource-servers", given))["id"])
    made = machine(world, server, "identities:read", "realms:create")
    thief = Caller(client, token_of(world, made.application, made.client_secret), world.realm)
    assert read(thief.get("/identities"), 401)["code"] == "unauthorized"


def test_reading_costs_three_queries_with_the_token(api: Caller, path: str, django_assert_num_queries: Any) -> None:
    api.get(path)
    for each in (path, "/resource-servers"):
        with django_assert_num_queries(3):
            api.get(each)
