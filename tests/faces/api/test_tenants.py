"""/v1/tenants/{t} (contract/wire.md §1.2, §1.3)."""

from typing import Any

import pytest
from django.test import Client

from apps.core.times import rfc3339
from apps.events.models import Event
from apps.events.types import EventType
from apps.realms.models import Realm
from apps.tenants.models import Tenant
from tests import ceremonies, record
from tests.faces.api.bearers import realm_token
from tests.faces.api.caller import FORBIDDEN, UNAUTHORIZED, Caller, read, violations
from tests.faces.api.told import change
from tests.world import World


@pytest.fixture
def tenant(api: Caller) -> Caller:
    return api.tenant


def acme(world: World, **changes: Any) -> dict[str, Any]:
    row = Tenant.objects.get(pk=world.acme.tenant.pk)
    return {
        "id": row.pk,
        "display_name": "Acme",
        "create_time": rfc3339(row.created_at),
        "update_time": rfc3339(row.updated_at),
        **changes,
    }


def test_get_answers_the_bare_tenant(world: World, tenant: Caller) -> None:
    response = tenant.get("")
    assert read(response) == acme(world)
    assert response["ETag"]
    assert acme(world)["id"].startswith("0001")


def test_patch_gives_another_name(world: World, tenant: Caller) -> None:
    changed = read(tenant.patch("", {"tenant": {"display_name": "Acme & Co."}}))
    assert changed == acme(world, display_name="Acme & Co.")
    assert changed["update_time"] > changed["create_time"]
    assert read(tenant.get("")) == changed


def test_the_event_stands_in_the_admin_realm(world: World, tenant: Caller) -> None:
    tenant.patch("", {"tenant": {"display_name": "Acme & Co."}})
    event = change(world, world.acme.admin_realm, EventType.TENANT_CHANGE)
    assert event.data == {"action": "UPDATE", "changes": {"display_name": ["Acme", "Acme & Co."]}}
    assert [(target["type"], target["id"]) for target in event.targets] == [("tenant", world.acme.tenant.pk)]


def test_patch_of_nothing_changes_nothing(world: World, tenant: Caller) -> None:
    assert read(tenant.patch("", {"tenant": {}})) == acme(world)
    assert "changes" not in change(world, world.acme.admin_realm, EventType.TENANT_CHANGE).data


def test_what_we_alone_say_is_ignored(world: World, tenant: Caller) -> None:
    given = {
        **acme(world),
        "id": "0001ffffffffffff",
        "create_time": 7,
        "update_time": None,
        "display_name": "Acme Ltd.",
    }
    assert read(tenant.patch("", {"tenant": given})) == acme(world, display_name="Acme Ltd.")


def told() -> int:
    """Events of anything but a refusal."""
    return Event.objects.exclude(type=EventType.API_REQUEST_DENIED).count()


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, [("tenant", "missing")]),
        ([], [("tenant", "missing")]),
        (None, [("tenant", "missing")]),
        ({"tenant": None}, [("tenant", "not an object")]),
        ({"tenant": "Acme"}, [("tenant", "not an object")]),
        ({"tenants": {}, "tenant": {}}, [("tenants", "unknown field")]),
        ({"tenant": {"display_name": ""}}, [("tenant.display_name", "empty string")]),
        ({"tenant": {"display_name": "  "}}, [("tenant.display_name", "empty string")]),
        ({"tenant": {"display_name": None}}, [("tenant.display_name", "missing")]),
        ({"tenant": {"display_name": {"a": 1}}}, [("tenant.display_name", "not a string")]),
        ({"tenant": {"display_name": "x" * 65}}, [("tenant.display_name", "longer than 64 characters")]),
        (
            {"tenant": {"display_name": "a\u202eb"}},
            [("tenant.display_name", "contains control or invisible characters")],
        ),
        (
            {"tenant": {"display_name": 5, "realm_id": "x", "plan": "gold"}},
            [
                ("tenant.display_name", "not a string"),
                ("tenant.realm_id", "unknown field"),
                ("tenant.plan", "unknown field"),
            ],
        ),
    ],
)
def test_a_bad_body_names_its_fields(world: World, tenant: Caller, body: Any, expected: list[tuple[str, str]]) -> None:
    before, events = acme(world), told()
    assert violations(tenant.patch("", body)) == expected
    assert (acme(world), told()) == (before, events)


@pytest.mark.parametrize("character", "{}[]<>;:?\\/|*^%$#=~`!")
def test_a_display_name_has_none_of_these(tenant: Caller, character: str) -> None:
    ((field, description),) = violations(tenant.patch("", {"tenant": {"display_name": f"Acme{character}"}}))
    assert field == "tenant.display_name"
    assert "not allowed" in description


def test_json_that_is_none_is_an_invalid_request(tenant: Caller) -> None:
    assert read(tenant.patch("", b"{"), 400) == {"code": "bad_request", "message": "invalid request"}


def test_if_match_refuses_the_reader_of_another_version(world: World, tenant: Caller) -> None:
    old = tenant.get("")["ETag"]
    assert tenant.patch("", {"tenant": {"display_name": "First"}}, If_Match=old).status_code == 200
    lost = read(tenant.patch("", {"tenant": {"display_name": "Second"}}, If_Match=old), 412)
    assert lost == {"code": "precondition_failed", "message": "somebody else changed it meanwhile"}
    assert read(tenant.get(""))["display_name"] == "First"
    change(world, world.acme.admin_realm, EventType.TENANT_CHANGE, "PRECONDITION_FAILED")


# --- authority ----------------------------------------------------------------------------------------------------------
def test_nobody_reads_or_changes_it(world: World, client: Client) -> None:
    nobody = Caller(client, "", world.realm).tenant
    assert read(nobody.get(""), 401) == UNAUTHORIZED
    assert read(nobody.patch("", {"tenant": {"display_name": "Mine"}}), 401) == UNAUTHORIZED


@pytest.mark.parametrize("tenant_id", ["evil", "0001ffffffffffff", "x", "%0A", "é"])
def test_another_tenant_is_forbidden_whether_it_exists_or_not(world: World, tenant: Caller, tenant_id: str) -> None:
    tenant_id = world.evil.tenant.pk if tenant_id == "evil" else tenant_id
    elsewhere = tenant.at(Realm(tenant_id=tenant_id))
    assert read(elsewhere.get(""), 403) == FORBIDDEN
    assert read(elsewhere.patch("", {"tenant": {"display_name": "Mine"}}), 403) == FORBIDDEN
    assert Tenant.objects.get(pk=world.evil.tenant.pk).display_name == "Evil Corp"
    told = record.told(world.acme.admin_realm, EventType.API_REQUEST_DENIED)
    assert told == [("API_REQUEST_DENIED", "FOREIGN_TENANT")] * 2


@pytest.mark.parametrize(("method", "scope"), [("GET", "tenants:read"), ("PATCH", "tenants:update")])
def test_each_operation_needs_its_scope(world: World, client: Client, method: str, scope: str) -> None:
    others = " ".join(set(world.acme.management_api.allowed_scopes) - {scope})
    weak = Caller(client, ceremonies.management_token(world.ctx, world.acme, scope=others), world.realm).tenant
    response = weak.call(method, "", {"tenant": {}}) if method == "PATCH" else weak.get("")
    assert read(response, 403) == FORBIDDEN
    assert response["WWW-Authenticate"] == f'Bearer error="insufficient_scope", scope="{scope}"'


def test_the_token_of_one_realm_reads_its_tenant_and_leaves_it_alone(world: World, client: Client) -> None:
    one = Caller(client, realm_token(world, ["tenants:read", "tenants:update"]), world.realm).tenant
    assert read(one.get("")) == acme(world)
    assert read(one.patch("", {"tenant": {"display_name": "Mine"}}), 403) == FORBIDDEN
    assert acme(world)["display_name"] == Tenant.objects.get(pk=world.acme.tenant.pk).display_name
    assert record.last(world.realm, EventType.API_REQUEST_DENIED).outcome == "ONE_REALM_ONLY"


def test_reading_costs_two_queries_with_the_token(tenant: Caller, django_assert_num_queries: Any) -> None:
    tenant.get("")
    with django_assert_num_queries(2):
        tenant.get("")
