"""Prepares a realm for the app in this folder: an embedded authenticator, a public application, a person and their link.

    python3 examples/spa/prepare.py tenant.json [grace] > spa.json

tenant.json is what `manage.py create_tenant --json` printed. The link is told on standard error, for it is a secret.
"""

import json
import os
import sys
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

APP = f"http://localhost:{os.environ.get('SPA_PORT', '5173')}"
AUTHENTICATOR = {
    "type": "embedded",
    "invoke_url": APP,  # …/bind and …/bi-authenticate are added to it
    "invocation_type": "automatic",
    "trusted_origins": [APP],
    "authentication_methods": [
        {"type": "webauthn_passkey", "device_bound": "any"},
        {"type": "software_passkey"},
        {"type": "email_one_time_password"},
    ],
}
PROTOCOL = {
    "type": "oidc",
    "confidentiality": "public",
    "grant_type": ["authorization_code"],
    "pkce": "s256",
    "redirect_uris": [f"{APP}/callback"],
    "token_configuration": {"expires_after": 3600, "token_signing_algorithm": "ES256"},
}


class Realm:
    """The management API of one realm."""

    def __init__(self, tenant: dict[str, Any]) -> None:
        api = tenant["management_api"]
        base = api["token_endpoint"].partition("/v1/")[0]
        self.url = f"{base}/v1/tenants/{tenant['tenant_id']}/realms/{tenant['first_realm']['realm_id']}"
        own = {"client_id": api["client_id"], "client_secret": api["client_secret"]}
        form = urllib.parse.urlencode({"grant_type": "client_credentials", **own}).encode()
        token = sent(urllib.request.Request(api["token_endpoint"], form))["access_token"]
        self.headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def create(self, path: str, **body: Any) -> dict[str, Any]:
        return sent(urllib.request.Request(f"{self.url}/{path}", json.dumps(body).encode(), self.headers))


def sent(request: urllib.request.Request) -> dict[str, Any]:
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as refused:  # the username is taken, for one: name another
        sys.exit(f"{request.full_url}: {refused.read().decode()}")


def main(tenant_file: str, username: str = "grace") -> None:
    with open(tenant_file, encoding="utf-8") as file:
        realm = Realm(json.load(file))
    config = realm.create(
        "authenticator-configs", authenticator_config={"display_name": "Bistro", "config": AUTHENTICATOR}
    )
    application = realm.create(
        "applications",
        application={
            "display_name": "Bistro",
            "authenticator_config_id": config["id"],
            "protocol_config": PROTOCOL,
        },
    )
    traits = {"type": "traits_v0", "username": username, "primary_email_address": f"{username}@acme.test"}
    person = realm.create("identities", identity={"display_name": username.title(), "traits": traits})
    job = {"delivery_method": "RETURN", "authenticator_config_id": config["id"], "post_binding_redirect_uri": f"{APP}/"}
    made = realm.create(f"identities/{person['id']}/credential-binding-jobs", job=job)
    issuer = f"{realm.url}/applications/{application['id']}"
    print(json.dumps({"issuer": issuer, "client_id": application["protocol_config"]["client_id"]}))
    print(f"{username} makes a passkey at\n  {made['credential_binding_link']}", file=sys.stderr)


if __name__ == "__main__":
    main(*sys.argv[1:])
