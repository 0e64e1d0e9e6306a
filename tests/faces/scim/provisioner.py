"""A SCIM client as Okta, Entra or a script is one: speaks application/scim+json with an access token."""

import json
from dataclasses import dataclass, replace
from typing import Any

from django.http import HttpResponse
from django.test import Client

from apps.realms.models import Realm
from tests.faces.scim import agreement

SCIM = "application/scim+json"
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
SEARCH = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"


@dataclass(frozen=True)
class Provisioner:
    browser: Client
    token: str
    realm: Realm

    @property
    def base(self) -> str:
        return f"/v1/tenants/{self.realm.tenant_id}/realms/{self.realm.pk}/scim/v2"

    def at(self, realm: Realm) -> "Provisioner":
        return replace(self, realm=realm)

    def holding(self, token: str) -> "Provisioner":
        return replace(self, token=token)

    def call(
        self, method: str, path: str, body: Any = None, query: dict[str, Any] | None = None, **headers: str
    ) -> Any:
        """`body` is sent as JSON, bytes as they are."""
        sent: dict[str, Any] = {}
        if method not in ("GET", "HEAD"):
            data = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
            sent = {"data": data, "content_type": headers.pop("content_type", SCIM)}
        elif query:
            sent = {"data": query}
        own = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        response = getattr(self.browser, method.lower())(f"{self.base}{path}", headers={**own, **named}, **sent)
        agreement.check(method, f"{self.base}{path}".partition("?")[0], response)
        return response

    def get(self, path: str, **query: Any) -> Any:
        return self.call("GET", path, query=query)

    def post(self, path: str, body: Any, **headers: str) -> Any:
        return self.call("POST", path, body, **headers)

    def put(self, path: str, body: Any, **headers: str) -> Any:
        return self.call("PUT", path, body, **headers)

    def patch(self, path: str, *operations: dict[str, Any], **headers: str) -> Any:
        return self.call("PATCH", path, {"schemas": [PATCH], "Operations": list(operations)}, **headers)

    def delete(self, path: str, **headers: str) -> Any:
        return self.call("DELETE", path, **headers)

    def found(self, path: str, filter: str, **query: Any) -> list[str]:
        """The names of those a filter finds."""
        resources = read(self.get(path, filter=filter, **query)).get("Resources", [])
        return sorted(each.get("userName") or each["displayName"] for each in resources)


def read(response: HttpResponse, status: int = 200) -> Any:
    assert response.status_code == status, response.content
    assert response["Content-Type"] == SCIM
    return json.loads(response.content)


def refused(response: HttpResponse, status: int, keyword: str | None = None) -> str:
    """The detail of a SCIM error (RFC 7644 §3.12)."""
    body = read(response, status)
    assert body["schemas"] == [ERROR]
    assert body["status"] == str(status)
    assert body.get("scimType") == keyword, body
    return body.get("detail", "")
