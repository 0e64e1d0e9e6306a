"""SCIM's chapter of /v1/openapi.json: what every answer here is held against (provisioner.py), and what it promises."""

from typing import Any

from jsonschema import Draft202012Validator

from apps.api import description
from apps.applications.scopes import MANAGEMENT_SCOPES
from apps.scim.description import MEDIA_TYPE
from tests.faces.api import reference_contract as reference

DOCUMENT = description.document()
OPERATIONS: dict[str, Any] = {
    each["operationId"]: each
    for path, methods in DOCUMENT["paths"].items()
    if "/scim/v2" in path
    for each in methods.values()
}


def test_every_operation_of_the_reference_is_in_it_by_its_name_scope_and_statuses() -> None:
    asked = [each for each in reference.operations() if each.is_scim and each.described.get("security")]
    assert len(asked) == 11
    for each in asked:
        ours = OPERATIONS[each.id]
        (scopes,) = [next(iter(way.values())) for way in each.described["security"]]
        assert [scopes[0]] in [way["accessToken"] for way in ours["security"]], each.id
        assert set(each.described["responses"]) <= set(ours["responses"]), each.id


def test_any_one_of_the_scopes_is_enough_and_discovery_needs_none() -> None:
    for name, each in OPERATIONS.items():
        scopes = [scope for way in each["security"] for scope in way["accessToken"]]
        assert all(len(way["accessToken"]) == 1 for way in each["security"])
        assert set(scopes) <= set(MANAGEMENT_SCOPES)
        assert bool(scopes) == (each["summary"] != "SCIM: schemas" and each.get("description") != "Needs no token."), (
            name
        )


def test_bodies_and_refusals_are_of_scims_own_kind() -> None:
    for name, each in OPERATIONS.items():
        told = [each.get("requestBody", {}), *each["responses"].values()]
        assert {kind for one in told for kind in one.get("content", {})} <= {MEDIA_TYPE}, name
        for status, one in each["responses"].items():
            if status >= "400":
                assert one["content"][MEDIA_TYPE]["schema"] == {"$ref": "#/components/schemas/ScimError"}, (
                    name,
                    status,
                )


def test_a_user_is_described_field_by_field_from_what_is_kept() -> None:
    user = DOCUMENT["components"]["schemas"]["ScimGivenUser"]
    assert user["required"] == ["schemas", "userName"]
    assert {"externalId", "emails", "groups", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"} <= set(
        user["properties"]
    )
    assert user["properties"]["groups"]["readOnly"]
    assert user["properties"]["emails"]["items"]["properties"]["primary"] == {"type": "boolean"}
    assert user["properties"]["meta"]["properties"]["created"]["format"] == "date-time"


def test_every_example_is_what_its_schema_says() -> None:
    schemas = {name: each for name, each in DOCUMENT["components"]["schemas"].items() if name.startswith("Scim")}
    for name, each in schemas.items():
        for example in each.get("examples", ()):
            told = {"$ref": f"#/components/schemas/{name}", "components": {"schemas": schemas}}
            assert not list(Draft202012Validator(told).iter_errors(example)), name
    assert all(
        schemas[name]["examples"] for name in ("ScimUser", "ScimUsers", "ScimFound", "ScimPatch", "ScimBulkRequest")
    )
