"""What nobody sends by mistake: refused in SCIM's own words, never a crash (anchors H7, H10, L3)."""

import json
from typing import Any

import pytest

from tests import ceremonies
from tests.faces.scim.provisioner import BULK, ENTERPRISE, GROUP, PATCH, USER, Provisioner, read, refused
from tests.world import World

pytestmark = pytest.mark.django_db

BODIES: dict[str, bytes] = {
    "nothing": b"",
    "no JSON": b"{",
    "a list": b"[]",
    "a text": b'"x"',
    "null": b"null",
    "bottomless": b"[" * 100_000,
    "bottomless and closed": b'{"a":' * 5000 + b"1" + b"}" * 5000,
    "a key twice": b'{"userName": "a", "userName": "b"}',
    "a NUL": b'{"userName": "a\\u0000b", "displayName": "a\\u0000b"}',
    "half a surrogate pair": b'{"userName": "\\ud800", "displayName": "\\ud800"}',
    "no UTF-8": b'{"userName": "\xff"}',
    "no number": b'{"userName": NaN}',
    "a huge number": b'{"userName": ' + b"9" * 5000 + b"}",
    "no names": b"{}",
}
WRONG: list[dict[str, Any]] = [
    {"userName": ["x"]}, {"userName": {"a": 1}}, {"userName": 5}, {"userName": None}, {"userName": " "},
    {"userName": "x" * 65},
    {"userName": "a\u202eb"}, {"active": "perhaps"}, {"active": []}, {"active": 7}, {"emails": "x"}, {"emails": [["x"]]},
    {"emails": [{"value": "no address", "primary": True}]}, {"emails": [{"value": {"a": 1}}]}, {"name": "x"}, {"name": [1]},
    {"displayName": "<script>"}, {"displayName": "x" * 65}, {"externalId": "x" * 257}, {"title": "x" * 513},
    {"phoneNumbers": {"value": 1}}, {"addresses": [5]}, {ENTERPRISE: "x"}, {ENTERPRISE: {"manager": {"value": "../x"}}},
    {ENTERPRISE: {"manager": {"value": "0" * 10_000}}}, {ENTERPRISE: {"department": {"a": 1}}}, {"schemas": "x"},
    {"schemas": [5]},
]  # fmt: skip
OPERATIONS: list[Any] = [
    None, [], "x", 5, [None], [5], [[]], [{}], [{"op": "explode"}], [{"op": 5, "path": "title"}], [{"op": "add"}],
    [{"op": "remove"}], [{"op": "replace", "path": "title"}], [{"op": "replace", "path": 5, "value": "x"}],
    [{"op": "replace", "path": "title[", "value": "x"}], [{"op": "replace", "path": "a" * 5000, "value": "x"}],
    [{"op": "remove", "path": "members[" + "(" * 900 + 'value eq "x"' + ")" * 900 + "]"}],
    [{"op": "add", "value": {"emails[" + "(" * 900 + 'value eq "x"' + ")" * 900 + "].value": "x"}}],
    [{"op": "remove", "path": "members[" + "not (" * 19 + 'value eq "x"' + ")" * 19}],
    [{"op": "replace", "path": "displayName", "value": {"a": [1]}}],
    [{"op": "replace", "path": "displayName", "value": "<b>"}],
    [{"op": "replace", "value": "x"}], [{"op": "add", "path": "members", "value": [[1]]}],
    [{"op": "add", "path": "emails", "value": {"value": ["x"]}}], [{"op": "replace", "path": "name", "value": 5}],
]  # fmt: skip


@pytest.mark.parametrize("name", BODIES)
def test_no_body_breaks_any_door(scim: Provisioner, world: World, name: str) -> None:
    group = read(scim.post("/Groups", {"schemas": [GROUP], "displayName": "Awake"}), 201)["id"]
    bob = world.bob.pk
    for method, path in (
        ("POST", "/Users"), ("PUT", f"/Users/{bob}"), ("PATCH", f"/Users/{bob}"), ("POST", "/Groups"), ("POST", "/Bulk"),
        ("PUT", f"/Groups/{group}"), ("PATCH", f"/Groups/{group}"),
    ):  # fmt: skip
        response = scim.call(method, path, BODIES[name])
        assert read(response, 400)["status"] == "400", (method, path)


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: json.dumps(wrong)[:40])
def test_a_value_of_the_wrong_kind_is_refused(scim: Provisioner, world: World, wrong: dict[str, Any]) -> None:
    body = {"schemas": [USER, ENTERPRISE], "userName": "grace", **wrong}
    assert read(scim.post("/Users", body), 400)["scimType"] in ("invalidValue", "invalidSyntax")
    assert read(scim.put(f"/Users/{world.bob.pk}", body), 400)["scimType"] in ("invalidValue", "invalidSyntax")
    assert scim.found("/Users", 'userName eq "grace"') == []


@pytest.mark.parametrize("operations", OPERATIONS, ids=lambda operations: json.dumps(operations)[:40])
def test_a_patch_that_is_none_is_refused(scim: Provisioner, world: World, operations: Any) -> None:
    group = read(scim.post("/Groups", {"schemas": [GROUP], "displayName": "Awake"}), 201)["id"]
    before = read(scim.get(f"/Users/{world.bob.pk}"))
    for path in (f"/Users/{world.bob.pk}", f"/Groups/{group}"):
        response = scim.call("PATCH", path, {"schemas": [PATCH], "Operations": operations})
        assert response.status_code in (200, 400), response.content
    assert read(scim.get(f"/Users/{world.bob.pk}")) == before


def test_a_huge_body_is_refused_before_it_is_read(scim: Provisioner) -> None:
    for path in ("/Users", "/Bulk"):
        refused(scim.call("POST", path, b"[" + b"0," * 5_000_000 + b"0]"), 413)


def test_a_reference_to_elsewhere_leads_nowhere(scim: Provisioner, world: World) -> None:
    """Not by `value`, not by `$ref`, not by a filter, in a single request or in a bulk."""
    stranger, bob = world.evil.customers.bob.pk, world.bob.pk
    there = f"http://testserver{scim.at(world.evil.customers.realm).base}/Users/{stranger}"
    group = {"schemas": [GROUP], "displayName": "Awake", "members": [{"value": bob, "$ref": there}, {"$ref": there}]}
    made = read(scim.post("/Groups", group), 201)
    (member,) = made["members"]
    assert member["value"] == bob
    assert member["$ref"].endswith(f"{scim.base}/Users/{bob}")
    path = f"/Groups/{made['id']}"
    for step in (
        {"op": "add", "path": "members", "value": [{"value": stranger}]},
        {"op": "replace", "value": {"members": [{"value": bob}, {"value": stranger}]}},
        {"op": "add", "path": "members", "value": [{"value": made["id"], "type": "Group"}]},
    ):
        refused(scim.patch(path, step), 400, "invalidValue")
        wrapped = {"method": "PATCH", "path": path, "data": {"schemas": [PATCH], "Operations": [step]}}
        (done,) = read(scim.post("/Bulk", {"schemas": [BULK], "Operations": [wrapped]}))["Operations"]
        assert done["status"] == "400"
    assert scim.found("/Groups", f'members.value eq "{stranger}"') == []
    assert scim.found("/Users", f'{ENTERPRISE}:manager.value eq "{stranger}"') == []
    assert [each["value"] for each in read(scim.get(path))["members"]] == [bob]


def test_references_in_a_circle_make_nothing(scim: Provisioner) -> None:
    def group(name: str, *members: str) -> dict[str, Any]:
        data = {"schemas": [GROUP], "displayName": name, "members": [{"value": f"bulkId:{each}"} for each in members]}
        return {"method": "POST", "path": "/Groups", "bulkId": name, "data": data}

    chain = [group(str(n), str(n + 1)) for n in range(900)]
    for steps in ([group("a", "b"), group("b", "a")], [group("c", "c")], [group("d", "nobody")], chain):
        done = read(scim.post("/Bulk", {"schemas": [BULK], "Operations": steps}))["Operations"]
        assert {each["status"] for each in done} == {"409"}
    assert scim.found("/Groups", "displayName pr") == ["Contractors"]


def test_many_elements_are_no_burden(scim: Provisioner) -> None:
    emails = [{"value": f"g{i}@acme.test"} for i in range(15_000)]
    made = read(scim.post("/Users", {"schemas": [USER], "userName": "grace", "emails": emails}), 201)
    assert len(made["emails"]) == 2
    members = [{"value": f"{i:016x}"} for i in range(20_000)]
    refused(scim.post("/Groups", {"schemas": [GROUP], "displayName": "All", "members": members}), 400, "invalidValue")


def test_what_only_we_say_is_passed_over(scim: Provisioner, world: World) -> None:
    staff = world.acme.staff
    body = {
        "schemas": [USER], "userName": "grace", "id": staff.bob.pk, "meta": {"created": "1970-01-01T00:00:00Z"},
        "groups": [{"value": world.acme.customers.contractors.pk}], "tenant_id": "x", "realm_id": staff.realm.pk,
    }  # fmt: skip
    made = read(scim.post("/Users", body), 201)
    assert made["id"] != staff.bob.pk
    assert not made["meta"]["created"].startswith("1970")
    assert "groups" not in made
    steps = [{"op": "replace", "path": "id", "value": "x"}, {"op": "add", "path": "groups", "value": [{"value": "x"}]}]
    for step in steps:
        assert scim.patch(f"/Users/{made['id']}", step).status_code in (200, 400)
    assert "groups" not in read(scim.get(f"/Users/{made['id']}"))


def test_no_id_and_no_address_breaks_a_door(scim: Provisioner) -> None:
    for wrong in ("%00", "..", "%2e%2e%2f", "' OR 1=1 --", "x" * 3000, "-", "null", "%ff", "{}", "0", "\u0661"):
        for noun in ("Users", "Groups", "Schemas", "ResourceTypes"):
            assert scim.get(f"/{noun}/{wrong}").status_code in (400, 404), (noun, wrong)
    shown = read(scim.call("GET", "/Users", Host="testserver", X_Forwarded_Host="evil.test"))
    assert all("evil" not in user["meta"]["location"] for user in shown["Resources"])
    assert scim.get("/Nothing").status_code == 404
    refused(scim.get("/Me"), 501)
    refused(scim.get("/Users", cursor="x"), 501)
    assert refused(scim.delete("/Users"), 405)


def test_each_scope_opens_its_own_door_and_no_other(scim: Provisioner, world: World) -> None:
    bob, group = f"/Users/{world.bob.pk}", f"/Groups/{world.acme.customers.contractors.pk}"
    asked = {
        "scim:users:read": ("GET", "/Users"), "scim:users:create": ("POST", "/Users"), "scim:users:update": ("PATCH", bob),
        "scim:users:delete": ("DELETE", bob), "scim:groups:read": ("GET", group), "scim:groups:create": ("POST", "/Groups"),
        "scim:groups:update": ("PUT", group), "scim:groups:delete": ("DELETE", group),
    }  # fmt: skip
    for scope in asked:
        held = scim.holding(ceremonies.management_token(world.ctx, world.acme, scope=scope))
        for needed, (method, path) in asked.items():
            if needed != scope:
                said = refused(held.call(method, path, b"{}" if method != "GET" else None), 403, "forbidden")
                assert said == "token is unauthorized."
    reader = scim.holding(ceremonies.management_token(world.ctx, world.acme, scope="scim:users:read"))
    assert read(reader.get("/Users"))["totalResults"] == 3
    step = {"method": "DELETE", "path": bob}
    refused(reader.post("/Bulk", {"schemas": [BULK], "Operations": [step]}), 403, "forbidden")
    writer = scim.holding(ceremonies.management_token(world.ctx, world.acme, scope="scim:users:update"))
    (done,) = read(writer.post("/Bulk", {"schemas": [BULK], "Operations": [step]}))["Operations"]
    assert done["status"] == "403"
    assert scim.get(bob).status_code == 200
