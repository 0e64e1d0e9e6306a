"""/v1/tenants/{t}/realms (contract/wire.md §1.2, §1.3; extensions.md §2, §10)."""

from typing import Any

import pytest
from django.test import Client

from apps.applications.models import Application, ResourceServer
from apps.applications.services import resource_servers, roles
from apps.core.times import rfc3339
from apps.directory.models import Identity
from apps.directory.services import groups, identities
from apps.events.models import Event
from apps.events.types import EventType
from apps.policy import selectors as policy
from apps.realms import themes
from apps.realms.models import Realm
from apps.tokens import keys
from tests import ceremonies, record
from tests.faces.api.bearers import realm_token
from tests.faces.api.caller import FORBIDDEN, UNAUTHORIZED, Caller, missing, path_of, read, violations
from tests.faces.api.test_preconditions import at_once
from tests.faces.api.told import change
from tests.world import World, build, join


@pytest.fixture
def tenant(api: Caller) -> Caller:
    return api.tenant


def new(**given: Any) -> dict[str, Any]:
    return {"realm": {"display_name": "Partners", **given}}


def realm_json(realm_id: str, **changes: Any) -> dict[str, Any]:
    row = Realm.objects.get(pk=realm_id)
    return {
        "id": row.pk,
        "tenant_id": row.tenant_id,
        "display_name": row.display_name,
        "classification": row.classification,
        "event_retention_days": row.event_retention_days,
        "create_time": rfc3339(row.created_at),
        "update_time": rfc3339(row.updated_at),
        **changes,
    }


def refusal(code: str, message: str, realm: Realm, words: str | None = None) -> dict[str, Any]:
    info = {"type": "ResourceInfo", "resource_type": "Realm", "id": realm.pk, "description": words or message}
    return {"code": code, "message": message, "details": [info]}


def test_events_are_kept_as_long_as_the_realm_says(world: World, api: Caller) -> None:
    assert read(api.get(""))["event_retention_days"] == 90
    assert read(api.patch("", {"realm": {"event_retention_days": 365}}))["event_retention_days"] == 365
    assert change(world, world.realm, EventType.REALM_CHANGE).data["changes"] == {"event_retention_days": [90, 365]}
    response = api.patch("", {"realm": {"event_retention_days": 3651}})
    assert violations(response) == [("realm.event_retention_days", "must be a number of days from 1 to 3650")]


# --- create -------------------------------------------------------------------------------------------------------------
def test_create_answers_the_bare_realm(world: World, tenant: Caller) -> None:
    response = tenant.post("/realms", new())
    made = read(response)
    assert made == realm_json(made["id"], display_name="Partners", classification="SECURE_CUSTOMER")
    assert made["tenant_id"] == world.acme.tenant.pk
    assert response["ETag"] == tenant.get(f"/realms/{made['id']}")["ETag"]


@pytest.mark.parametrize("classification", ["SECURE_CUSTOMER", "SECURE_WORKFORCE"])
def test_create_takes_a_classification(tenant: Caller, classification: str) -> None:
    assert read(tenant.post("/realms", new(classification=classification)))["classification"] == classification


def test_a_new_realm_can_be_used_at_once(world: World, tenant: Caller) -> None:
    """It has a key to sign with, a published policy, a look, and nobody in it."""
    made = Realm.objects.get(pk=read(tenant.post("/realms", new()))["id"])
    assert keys.current_key(made.pk, "ES256")
    assert [rule["name"] for rule in policy.published(made).rules] == ["First passkey", "Passkey sign-in"]
    here = Caller(tenant.browser, tenant.token, made)
    assert read(here.get("/themes/active"))["email_realm_name"] == "Partners"
    person = {"identity": {"traits": {"type": "traits_v0", "username": "bob"}}}
    assert read(here.post("/identities", person))["realm_id"] == made.pk


def test_the_event_of_its_creation_stands_in_the_admin_realm(world: World, tenant: Caller) -> None:
    made = read(tenant.post("/realms", new()))
    event = change(world, world.acme.admin_realm, EventType.REALM_CHANGE)
    changes = {"display_name": [None, "Partners"], "classification": [None, "SECURE_CUSTOMER"]}
    changes |= {"event_retention_days": [None, 90]}
    assert event.data == {"action": "CREATE", "changes": changes}
    assert event.targets == [{"type": "realm", "id": made["id"], "display_name": "Partners"}]
    assert not Event.objects.filter(realm_id=made["id"], type=EventType.REALM_CHANGE).exists()


def test_what_we_alone_say_is_ignored_in_a_request(world: World, tenant: Caller) -> None:
    lies = {"id": "1", "tenant_id": world.evil.tenant.pk, "create_time": 1, "update_time": []}
    made = read(tenant.post("/realms", new(**lies)))
    assert made["tenant_id"] == world.acme.tenant.pk
    assert made["id"] != "1"


@pytest.mark.parametrize("name", ["Customers", "CUSTOMERS", " customers "])
def test_a_name_is_one_realms_whatever_its_case(world: World, tenant: Caller, name: str) -> None:
    words = "a realm with this name already exists"
    assert read(tenant.post("/realms", new(display_name=name)), 409) == refusal("conflict", words, world.realm)
    change(world, world.acme.admin_realm, EventType.REALM_CHANGE, "CONFLICT")


def test_the_same_name_is_free_in_another_tenant(tenant: Caller) -> None:
    assert read(tenant.post("/realms", new(display_name="Evil Customers")))["display_name"] == "Evil Customers"


def told() -> int:
    """Events of anything but a refusal."""
    return Event.objects.exclude(type=EventType.API_REQUEST_DENIED).count()


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, [("realm", "missing")]),
        ([], [("realm", "missing")]),
        ("realm", [("realm", "missing")]),
        ({"realm": []}, [("realm", "not an object")]),
        ({"realms": {"display_name": "X"}}, [("realms", "unknown field"), ("realm", "missing")]),
        ({"realm": {}}, [("realm.display_name", "missing")]),
        (new(display_name=None), [("realm.display_name", "missing")]),
        (new(display_name=""), [("realm.display_name", "empty string")]),
        (new(display_name=7), [("realm.display_name", "not a string")]),
        (new(display_name="x" * 65), [("realm.display_name", "longer than 64 characters")]),
        (new(classification="ADMIN"), [("realm.classification", "must be SECURE_CUSTOMER or SECURE_WORKFORCE")]),
        (new(classification=None), [("realm.classification", "must be SECURE_CUSTOMER or SECURE_WORKFORCE")]),
        (new(classification=["ADMIN"]), [("realm.classification", "must be SECURE_CUSTOMER or SECURE_WORKFORCE")]),
        (
            {"realm": {"display_name": "<b>", "classification": 1, "is_managed": True}},
            [
                ("realm.display_name", "contains a character that is not allowed: {}[]<>;:?\\/|*^%$#=~`!"),
                ("realm.classification", "must be SECURE_CUSTOMER or SECURE_WORKFORCE"),
                ("realm.is_managed", "unknown field"),
            ],
        ),
    ],
)
def test_a_bad_body_names_its_fields(tenant: Caller, body: Any, expected: list[tuple[str, str]]) -> None:
    realms, events = Realm.objects.count(), told()
    assert violations(tenant.post("/realms", body)) == expected
    assert (Realm.objects.count(), told()) == (realms, events)


def test_the_same_request_again_makes_no_second_realm(tenant: Caller) -> None:
    first = tenant.post("/realms", new(), Idempotency_Key="k")
    again = tenant.post("/realms", new(), Idempotency_Key="k")
    assert (again.status_code, again.content, again["Idempotent-Replayed"]) == (200, first.content, "true")
    assert Realm.objects.filter(display_name="Partners").count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_many_realms_of_one_name_one_is_made() -> None:
    world = build()
    token = ceremonies.management_token(world.ctx, world.acme)

    def create(_: int) -> int:
        return Caller(Client(), token, world.realm).tenant.post("/realms", new()).status_code

    assert sorted(at_once(6, create)) == [200] + [409] * 5
    assert Realm.objects.filter(display_name="Partners").count() == 1


# --- read ---------------------------------------------------------------------------------------------------------------
def test_get_answers_the_bare_realm(world: World, api: Caller) -> None:
    response = api.get("")
    assert read(response) == realm_json(world.realm.pk, display_name="Customers", classification="SECURE_CUSTOMER")
    assert api.call("GET", "", If_None_Match=response["ETag"]).status_code == 304


def test_the_admin_realm_is_read_like_any(world: World, api: Caller) -> None:
    body = read(api.at(world.acme.admin_realm).get(""))
    assert body == realm_json(world.acme.admin_realm.pk)
    assert (body["display_name"], body["classification"]) == ("Identity Cloud Admin Realm", "ADMIN")


def test_the_list_has_every_realm_of_the_tenant_oldest_first(world: World, tenant: Caller) -> None:
    body = read(tenant.get("/realms"))
    assert set(body) == {"realms", "total_size"}
    names = ["Identity Cloud Admin Realm", "My First Realm", "Customers", "Staff"]
    assert ([realm["display_name"] for realm in body["realms"]], body["total_size"]) == (names, 4)
    assert body["realms"][2] == realm_json(world.realm.pk)


def test_the_list_comes_in_pages(tenant: Caller) -> None:
    whole = [realm["id"] for realm in read(tenant.get("/realms"))["realms"]]
    first = read(tenant.get("/realms", page_size=1, skip=1))
    second = read(tenant.get("/realms", page_token=first["next_page_token"], page_size=2))
    assert [realm["id"] for realm in first["realms"] + second["realms"]] == whole[1:]
    assert (first["total_size"], second["total_size"], "next_page_token" in second) == (4, 4, False)


@pytest.mark.parametrize(
    ("query", "field"),
    [({"page_token": "x"}, "page_token"), ({"page_size": "x"}, "page_size"), ({"skip": "-1"}, "skip")],
)
def test_a_bad_page_names_its_parameter(tenant: Caller, query: dict[str, str], field: str) -> None:
    assert [found for found, _ in violations(tenant.get("/realms", **query))] == [field]


def test_a_realm_that_is_not_there_is_not_found(world: World, api: Caller) -> None:
    for realm_id in ("19a95130480dfa79", world.evil.customers.realm.pk, "x", "-"):
        there = api.at(Realm(pk=realm_id, tenant_id=world.acme.tenant.pk))
        for response in (there.get(""), there.patch("", new()), there.delete("")):
            assert read(response, 404) == missing("realm", "Realm", realm_id)


# --- change -------------------------------------------------------------------------------------------------------------
def test_patch_changes_what_is_given_and_nothing_else(world: World, api: Caller) -> None:
    changed = read(api.patch("", new(display_name="Buyers")))
    assert changed == realm_json(world.realm.pk, display_name="Buyers", classification="SECURE_CUSTOMER")
    assert changed["update_time"] > changed["create_time"]
    event = change(world, world.realm, EventType.REALM_CHANGE)
    assert event.data == {"action": "UPDATE", "changes": {"display_name": ["Customers", "Buyers"]}}
    assert read(api.patch("", {"realm": {"classification": "SECURE_WORKFORCE"}}))["display_name"] == "Buyers"
    changes = {"classification": ["SECURE_CUSTOMER", "SECURE_WORKFORCE"]}
    assert change(world, world.realm, EventType.REALM_CHANGE).data["changes"] == changes


def test_patch_of_nothing_changes_nothing(world: World, api: Caller) -> None:
    assert read(api.patch("", {"realm": {}})) == realm_json(world.realm.pk, display_name="Customers")


def test_a_realm_keeps_its_name_in_another_case(api: Caller) -> None:
    assert read(api.patch("", new(display_name="CUSTOMERS")))["display_name"] == "CUSTOMERS"


def test_a_name_that_is_taken_is_refused_and_changes_nothing(world: World, api: Caller) -> None:
    given = new(display_name="staff", classification="SECURE_WORKFORCE")
    words = "a realm with this name already exists"
    assert read(api.patch("", given), 409) == refusal("conflict", words, world.acme.staff.realm)
    assert read(api.get("")) == realm_json(world.realm.pk, display_name="Customers", classification="SECURE_CUSTOMER")
    change(world, world.realm, EventType.REALM_CHANGE, "CONFLICT")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, [("realm", "missing")]),
        (new(display_name=""), [("realm.display_name", "empty string")]),
        (new(classification="ADMIN"), [("realm.classification", "must be SECURE_CUSTOMER or SECURE_WORKFORCE")]),
        (new(theme={}), [("realm.theme", "unknown field")]),
    ],
)
def test_a_bad_change_names_its_fields(api: Caller, body: Any, expected: list[tuple[str, str]]) -> None:
    assert violations(api.patch("", body)) == expected


def test_if_match_refuses_the_reader_of_another_version(world: World, api: Caller) -> None:
    old = api.get("")["ETag"]
    assert api.patch("", new(display_name="First"), If_Match=old).status_code == 200
    assert read(api.patch("", new(display_name="Second"), If_Match=old), 412)["code"] == "precondition_failed"
    assert read(api.delete("", If_Match=old), 412)["code"] == "precondition_failed"
    assert read(api.get(""))["display_name"] == "First"
    change(world, world.acme.admin_realm, EventType.REALM_CHANGE, "PRECONDITION_FAILED")


def test_the_admin_realm_is_fixed(world: World, api: Caller) -> None:
    admin = api.at(world.acme.admin_realm)
    body = refusal("forbidden", "forbidden", world.acme.admin_realm, "the admin realm cannot be changed")
    for given in (new(display_name="Mine"), {"realm": {}}):
        assert read(admin.patch("", given), 403) == body
        change(world, world.acme.admin_realm, EventType.REALM_CHANGE, "FORBIDDEN")
    assert read(admin.delete(""), 403) == body
    assert read(admin.get(""))["display_name"] == "Identity Cloud Admin Realm"


# --- delete -------------------------------------------------------------------------------------------------------------
def test_delete_takes_the_furniture_along(world: World, api: Caller) -> None:
    """Its application, authenticator, resource server, theme, keys and policy; the record stays."""
    made = api.at(world.acme.opened.first_realm)
    read(made.post("/themes", {"theme": {"email_realm_name": "First"}}))
    read(made.post("/resource-servers", {"resource_server": {"display_name": "Pets", "identifier": "pets"}}))
    response = made.delete("")
    assert (response.status_code, response.content) == (200, b"")
    event = change(world, world.acme.admin_realm, EventType.REALM_CHANGE)
    assert event.data == {"action": "DELETE"}
    assert event.targets == [{"type": "realm", "id": made.realm.pk, "display_name": "My First Realm"}]
    assert not Application.objects.filter(realm_id=made.realm.pk).exists()
    assert record.events(made.realm, EventType.THEME_CHANGE)
    for gone in (made.get(""), made.delete(""), made.get("/identities")):
        assert read(gone, 404) == missing("realm", "Realm", made.realm.pk)


def a_group(world: World, realm: Realm) -> None:
    groups.create_group(world.ctx, realm, display_name="Left over")


def an_identity(world: World, realm: Realm) -> None:
    join(world.ctx, realm, "bob", "Bob", "acme.test")


def a_role(world: World, realm: Realm) -> None:
    server = resource_servers.create_resource_server(world.ctx, realm, display_name="Pets", identifier="pets")
    roles.create_role(world.ctx, server, display_name="Keeper")


@pytest.mark.parametrize("child", [an_identity, a_group, a_role], ids=["identity", "group", "role"])
def test_a_realm_with_children_stays_whole(world: World, api: Caller, child: Any) -> None:
    realm = world.acme.opened.first_realm
    themes.create_theme(world.ctx, realm, email_realm_name="First")
    child(world, realm)
    before = (Application.objects.count(), ResourceServer.objects.count(), Identity.objects.count())
    assert read(api.at(realm).delete(""), 409) == refusal("conflict", "realm has children", realm)
    assert (Application.objects.count(), ResourceServer.objects.count(), Identity.objects.count()) == before
    assert read(api.at(realm).get("/themes/active"))["email_realm_name"] == "First"
    change(world, world.acme.admin_realm, EventType.REALM_CHANGE, "CONFLICT")


def test_a_realm_goes_when_its_last_person_has_gone(world: World, api: Caller) -> None:
    """With everything signing in left behind: sessions, flows, codes, tokens, mail."""
    passkey = ceremonies.give_passkey(world, world.bob)
    ceremonies.tokens_for(world.visitor, ceremonies.client_of(world), passkey)
    ceremonies.begin(world.visitor, ceremonies.client_of(world))
    groups.remove_members(world.ctx, world.acme.customers.contractors, [world.acme.customers.carol.pk])
    groups.delete_group(world.ctx, world.acme.customers.contractors)
    for person in world.acme.customers.people.values():
        assert read(api.delete(""), 409)["message"] == "realm has children"
        identities.delete_identity(world.ctx, person)
    assert api.delete("").status_code == 200


# --- authority ----------------------------------------------------------------------------------------------------------
def test_nobody_lists_or_makes_realms(world: World, client: Client) -> None:
    nobody = Caller(client, "", world.realm).tenant
    assert read(nobody.get("/realms"), 401) == UNAUTHORIZED
    assert read(nobody.post("/realms", new()), 401) == UNAUTHORIZED


@pytest.mark.parametrize("tenant_id", ["evil", "0001ffffffffffff", "x"])
def test_another_tenant_is_forbidden_whether_it_exists_or_not(world: World, tenant: Caller, tenant_id: str) -> None:
    elsewhere = tenant.at(Realm(tenant_id=world.evil.tenant.pk if tenant_id == "evil" else tenant_id))
    count = Realm.objects.count()
    assert read(elsewhere.get("/realms"), 403) == FORBIDDEN
    assert read(elsewhere.post("/realms", new()), 403) == FORBIDDEN
    assert Realm.objects.count() == count


@pytest.mark.parametrize(("method", "scope"), [("GET", "realms:read"), ("POST", "realms:create")])
def test_each_operation_needs_its_scope(world: World, client: Client, method: str, scope: str) -> None:
    others = " ".join(set(world.acme.management_api.allowed_scopes) - {scope})
    weak = Caller(client, ceremonies.management_token(world.ctx, world.acme, scope=others), world.realm).tenant
    response = weak.post("/realms", new()) if method == "POST" else weak.get("/realms")
    assert read(response, 403) == FORBIDDEN
    assert response["WWW-Authenticate"] == f'Bearer error="insufficient_scope", scope="{scope}"'


def test_the_token_of_one_realm_sees_that_one_and_makes_none(world: World, client: Client) -> None:
    one = Caller(client, realm_token(world, ["realms:read", "realms:create", "realms:update"]), world.realm)
    assert read(one.tenant.get("/realms")) == {"realms": [realm_json(world.realm.pk)], "total_size": 1}
    assert read(one.tenant.post("/realms", new()), 403) == FORBIDDEN
    assert record.last(world.realm, EventType.API_REQUEST_DENIED).outcome == "ONE_REALM_ONLY"
    assert read(one.patch("", new(display_name="Buyers")))["display_name"] == "Buyers"
    for realm in (world.acme.staff.realm, world.acme.admin_realm):
        assert read(one.at(realm).get(""), 404) == missing("realm", "Realm", realm.pk)
        assert read(one.at(realm).patch("", new()), 404) == missing("realm", "Realm", realm.pk)
    assert path_of(world.realm) == one.base


def test_reading_costs_two_queries_with_the_token(api: Caller, django_assert_num_queries: Any) -> None:
    api.get("")
    with django_assert_num_queries(2):
        api.get("")
    with django_assert_num_queries(2):
        api.tenant.get("/realms")
