"""A program that calls the management API over HTTP with an access token, the way any client of the reference does."""

import json
from dataclasses import dataclass, replace
from typing import Any

from django.http import HttpResponse
from django.test import Client

from apps.realms.models import Realm

JSON = "application/json"
_ABSENT = object()


@dataclass(frozen=True)
class Caller:
    browser: Client
    token: str
    realm: Realm
    above_realms: bool = False

    @property
    def base(self) -> str:
        return f"/v1/tenants/{self.realm.tenant_id}" if self.above_realms else path_of(self.realm)

    @property
    def tenant(self) -> "Caller":
        """The same token at the paths of the realm's tenant."""
        return replace(self, above_realms=True)

    def at(self, realm: Realm) -> "Caller":
        """The same token, used elsewhere."""
        return replace(self, realm=realm)

    def call(
        self, method: str, path: str, body: Any = _ABSENT, query: dict[str, Any] | None = None, **headers: str
    ) -> Any:
        """`path` is under the realm. `body` is sent as JSON, bytes as they are."""
        sent: dict[str, Any] = {"content_type": headers.pop("content_type", JSON)} if method != "GET" else {}
        if body is not _ABSENT:
            sent["data"] = body if isinstance(body, bytes) else json.dumps(body)
        own = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        request = getattr(self.browser, method.lower())
        if query:
            return request(f"{self.base}{path}", query, headers={**own, **named})
        return request(f"{self.base}{path}", headers={**own, **named}, **sent)

    def get(self, path: str, **query: Any) -> Any:
        return self.call("GET", path, query=query)

    def post(self, path: str, body: Any = _ABSENT, **headers: str) -> Any:
        return self.call("POST", path, body, **headers)

    def put(self, path: str, body: Any, **headers: str) -> Any:
        return self.call("PUT", path, body, **headers)

    def patch(self, path: str, body: Any, **headers: str) -> Any:
        return self.call("PATCH", path, body, **headers)

    def delete(self, path: str, **headers: str) -> Any:
        return self.call("DELETE", path, **headers)


def path_of(realm: Realm) -> str:
    return f"/v1/tenants/{realm.tenant_id}/realms/{realm.pk}"


def read(response: HttpResponse, status: int = 200) -> Any:
    """The body of an answer that has this status and is JSON."""
    assert response.status_code == status, response.content
    assert response["Content-Type"] == JSON
    return json.loads(response.content)


def violations(response: HttpResponse) -> list[tuple[str, str]]:
    """(field, description) of each in a 400 that has the contract's form (contract/wire.md §1.1)."""
    body = read(response, 400)
    assert {name: body[name] for name in ("code", "message")} == {
        "code": "bad_request",
        "message": "invalid parameters",
    }
    (detail,) = body["details"]
    assert detail["type"] == "FieldViolations"
    return [(found["field"], found["description"]) for found in detail["field_violations"]]


def missing(thing: str, kind: str, wanted: str) -> dict[str, Any]:
    """The body of a 404 (contract/wire.md §1.1)."""
    words = f"{thing} not found"
    info = {"type": "ResourceInfo", "resource_type": kind, "id": wanted, "description": words}
    return {"code": "not_found", "message": words, "details": [info]}


UNAUTHORIZED = {"code": "unauthorized", "message": "unauthorized"}
FORBIDDEN = {"code": "forbidden", "message": "forbidden"}
UNKNOWN = {"code": "not_found", "message": "The requested resource was not found."}
