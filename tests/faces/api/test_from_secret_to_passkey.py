"""The whole way over HTTP, as a script goes it: secret → token → identity → binding job → link → passkey."""

import base64
import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.management import call_command
from django.test import Client

from tests import ceremonies
from tests.authenticator import SoftPasskey, base64url

pytestmark = pytest.mark.django_db


@pytest.fixture
def opened(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    call_command("create_tenant", name="Acme", admin_email="ada@acme.test", json=True)
    return json.loads(capsys.readouterr().out)


def token(client: Client, api: dict[str, Any]) -> str:
    pair = base64.b64encode(f"{api['client_id']}:{api['client_secret']}".encode()).decode()
    response = client.post(
        urlsplit(api["token_endpoint"]).path,
        "grant_type=client_credentials&scope=identities%3Acreate+credential-binding-jobs%3Acreate+credentials%3Aread",
        content_type="application/x-www-form-urlencoded",
        headers={"Authorization": f"Basic {pair}"},
    )
    body = response.json()
    assert (response.status_code, body["token_type"]) == (200, "Bearer")
    return body["access_token"]


def test_from_secret_to_passkey(client: Client, opened: dict[str, Any]) -> None:
    first = opened["first_realm"]
    realm = f"/v1/tenants/{opened['tenant_id']}/realms/{first['realm_id']}"
    bearer = {"Authorization": f"Bearer {token(client, opened['management_api'])}"}

    def post(path: str, body: dict[str, Any]) -> Any:
        response = client.post(path, json.dumps(body), content_type="application/json", headers=bearer)
        assert response.status_code == 200, response.content
        return response.json()

    identity = post(f"{realm}/identities", {"identity": {"traits": {"type": "traits_v0", "username": "grace"}}})
    given = {"delivery_method": "RETURN", "authenticator_config_id": first["authenticator_config_id"]}
    made = post(f"{realm}/identities/{identity['id']}/credential-binding-jobs", {"job": given})
    link = made["credential_binding_link"]
    assert client.get(link).status_code == 302
    opened_link = client.get(link, headers={"Accept": "application/json"}).json()
    assert opened_link["job_id"] == made["credential_binding_job"]["id"]
    credential = bind(client, link, identity)
    listed = client.get(f"{realm}/identities/{identity['id']}/credentials", headers=bearer).json()
    assert [found["id"] for found in listed["credentials"]] == [credential["id"]]


def bind(client: Client, link: str, identity: dict[str, Any]) -> Any:
    secret = parse_qs(urlsplit(link).query)["token"][0]
    subject = f"CN={identity['id']}, OU={identity['realm_id']}, O={identity['tenant_id']}"
    challenge = json.dumps({"sub": subject, "token": secret}).encode()
    handle = base64url(b"\x00" * 32)
    made = SoftPasskey().create(challenge, origin=ceremonies.origin(), user_handle=handle.encode())
    response = client.post(
        f"{urlsplit(link).path.replace(':invokeAuthenticator', ':bind')}",
        json.dumps({"type": "WEBAUTHN", "raw": made.raw}),
        content_type="application/json",
        headers={"Authorization": f"Bearer {secret}"},
    )
    assert response.status_code == 200, response.content
    return response.json()
