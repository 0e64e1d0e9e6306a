"""The fourteen SCIM operations of the reference's description: asked as it asks, answered and refused in its own shapes."""

import json
from typing import Any

import pytest
from openapi_schema_validator import OAS30Validator

from apps.core import ids
from tests import ceremonies
from tests.faces.api import reference_contract as reference
from tests.faces.api.reference_contract import Asked, Refused
from tests.faces.scim.provisioner import GROUP, Provisioner
from tests.world import World

pytestmark = pytest.mark.django_db

OPERATIONS = [asked for asked in reference.operations() if asked.is_scim]
STATUS = {"SCIMCreateUser": 201, "SCIMCreateGroup": 201, "SCIMDeleteUser": 204, "SCIMDeleteGroup": 204}
# A delete and a GET of one thing take nothing that could be badly formed.
TAKES_NOTHING = {"SCIMDeleteUser", "SCIMDeleteGroup", "SCIMGetUser", "SCIMGetGroup"}
# The file writes an object as the list of its parts in its examples, and so in its schema (RFC 7643 §4.1.1: one object).


class Desk:
    """A caller with scim:all, a user and a group."""

    def __init__(self, scim: Provisioner, world: World) -> None:
        self.scim, self.world = scim, world
        groups = scim.post("/Groups", {"schemas": [GROUP], "displayName": "Awake"}).json()
        self.values = {
            "tenant_id": scim.realm.tenant_id, "realm_id": scim.realm.pk, "user_id": world.bob.pk, "group_id": groups["id"],
        }  # fmt: skip

    def bodies(self, asked: Asked) -> list[Any]:
        """The examples of the file, with people who are there in the places of its own."""
        content = asked.described.get("requestBody", {}).get("content", {}).get("application/json", {})
        found = json.dumps([reference.resolved(each)["value"] for each in content.get("examples", {}).values()])
        known = (self.world.acme.customers.bob.pk, self.world.acme.customers.carol.pk)
        for theirs, ours in zip(("6c9f819d6a0f1b57", "a46bd3fb5c62d80d"), known, strict=True):
            found = found.replace(theirs, ours)
        return json.loads(found) or [None]

    def ask(self, asked: Asked, body: Any = None, query: str = "", token: str | None = None, **values: str) -> Any:
        path = asked.path.format(**{**self.values, **values})
        scim = self.scim if token is None else self.scim.holding(token)
        return (
            scim.call(
                asked.method.upper(), path.removeprefix(self.scim.base) + query, body, content_type="application/json"
            )
            if asked.method != "get"
            else scim.call("GET", path.removeprefix(self.scim.base) + query)
        )


@pytest.fixture
def desk(scim: Provisioner, world: World) -> Desk:
    return Desk(scim, world)


def problems(asked: Asked, status: int, body: Any) -> list[str]:
    """What is wrong with an answer by the file's own schema of it."""
    content = reference.resolved(asked.described["responses"][str(status)]).get("content", {})
    schema = content.get("application/json", {}).get("schema")
    if schema is None:
        return [] if body is None else ["a body where the reference has none"]
    return [
        f"{each.json_path}: {each.message[:200]}" for each in OAS30Validator(reference._whole(schema)).iter_errors(body)
    ]


def test_there_are_fourteen() -> None:
    assert len(OPERATIONS) == 14


@pytest.mark.parametrize("asked", OPERATIONS, ids=lambda asked: asked.id)
def test_each_is_answered_as_the_reference_does(desk: Desk, asked: Asked) -> None:
    for body in desk.bodies(asked):
        response = desk.ask(asked, body)
        assert response.status_code == STATUS.get(asked.id, 200), response.content
        assert not problems(asked, response.status_code, json.loads(response.content) if response.content else None)


REFUSALS = [
    refused for asked in OPERATIONS for refused in reference.refusals(asked)
    if refused.status != 500 and not (refused.status == 400 and asked.id in TAKES_NOTHING)
]  # fmt: skip


@pytest.mark.parametrize("refused", REFUSALS, ids=str)
def test_each_is_refused_in_each_way_that_the_reference_shows(desk: Desk, refused: Refused) -> None:
    asked = refused.asked
    response = cause(desk, refused)
    assert response.status_code == refused.status, response.content
    body = response.json()
    assert not problems(asked, refused.status, body)
    assert {name: body[name] for name in refused.body if name != "detail"} == {
        name: value for name, value in refused.body.items() if name != "detail"
    }
    if refused.status == 400:
        assert body["detail"]
    else:
        nobody = desk.values["tenant_id"]
        assert nobody not in body["detail"]
        assert body["detail"].split()[-2:] == refused.body["detail"].split()[-2:]


def cause(desk: Desk, refused: Refused) -> Any:
    asked = refused.asked
    (body, *_) = desk.bodies(asked)
    if refused.status == 401:
        return desk.ask(asked, body, token="nonsense")
    if refused.status == 403:
        return desk.ask(
            asked, body, token=ceremonies.management_token(desk.world.ctx, desk.world.acme, scope="roles:read")
        )
    if refused.status == 404:
        return desk.ask(asked, body, user_id=ids.short_id(), group_id=ids.short_id())
    return desk.ask(asked, spoilt(body), query="?count=many" if asked.method == "get" else "")


def spoilt(body: Any) -> Any:
    """A value of the wrong kind where the example has one."""
    if body is None:
        return None
    if "Operations" in body:
        return {**body, "Operations": [{"op": "replace", "path": "displayName", "value": {"no": "text"}}]}
    return {**body, "displayName": {"no": "text"}, "userName": ""}
