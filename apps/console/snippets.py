"""Code to copy: how an application talks to us, with its own names filled in. The secret is never among them; it is read
from the environment, where it belongs."""

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from apps.tokens.issuer import endpoints_of


@dataclass(frozen=True, slots=True)
class Snippet:
    title: str
    code: str


def of_application(application: Any) -> list[Snippet]:
    """None for a client with keys of its own: its library's page says how to give them to it."""
    if application.token_endpoint_auth_method == "private_key_jwt":
        return []
    if "authorization_code" in application.grant_types:
        return [_node(application), _python(application)]
    return [Snippet(_("Get a token"), _token_request(application))]


def of_management_api(application: Any, realm: Any, config: Any) -> list[Snippet]:
    """Journeys of the management API: a token, a person in `realm`, and a link for a passkey made with `config`."""
    base = f"{settings.IDENTITY_CLOUD_API_URL}/v1/{realm.path}"
    identity = {
        "identity": {
            "display_name": "Ada Lovelace",
            "traits": {"type": "traits_v0", "username": "ada", "primary_email_address": "ada@example.com"},
        }
    }
    snippets = [
        Snippet(_("Get a token"), _kept("TOKEN", _token_request(application), "access_token")),
        Snippet(_("Create an identity"), _kept("IDENTITY_ID", _post(f"{base}/identities", identity), "id")),
    ]
    if config is not None:
        job = {"job": {"delivery_method": "RETURN", "authenticator_config_id": str(config.pk)}}
        url = f"{base}/identities/$IDENTITY_ID/credential-binding-jobs"
        snippets.append(Snippet(_("Ask for a link to create a passkey"), _post(url, job)))
    return snippets


def _token_request(application: Any) -> str:
    return f"""curl --silent --user "{application.client_id}:$CLIENT_SECRET" \\
  --data grant_type=client_credentials \\
  {endpoints_of(application).token}"""


def _post(url: str, body: dict[str, Any]) -> str:
    return f"""curl --silent --header "Authorization: Bearer $TOKEN" \\
  --json '{json.dumps(body)}' \\
  "{url}\""""


def _kept(variable: str, command: str, field: str) -> str:
    """The command, with one field of its answer kept for the next."""
    reading = f"python3 -c 'import json, sys; print(json.load(sys.stdin)[\"{field}\"])'"
    return f"{variable}=$({command} \\\n  | {reading})"


def _python(application: Any) -> Snippet:
    secret = '\n    client_secret=os.environ["CLIENT_SECRET"],' if application.is_confidential else ""
    code = f"""# pip install authlib
oauth.register(
    "identity_cloud",
    client_id="{application.client_id}",{secret}
    server_metadata_url="{endpoints_of(application).discovery}",
    client_kwargs={{"scope": "openid profile email", "code_challenge_method": "S256"}},
)"""
    return Snippet(_("Python, with Authlib"), code)


def _node(application: Any) -> Snippet:
    redirect = (application.redirect_uri_list or ["http://localhost:3000/callback"])[0]
    local = urlsplit(redirect)
    code = _NODE % {
        "issuer": endpoints_of(application).issuer,
        "client_id": application.client_id,
        "redirect": redirect,
        "authentication": _node_authentication(application),
        "port": local.port or 3000,
        "path": local.path or "/",
    }
    return Snippet(_("Node.js, with openid-client"), code)


def _node_authentication(application: Any) -> str:
    """How it says who it is, and leave to speak http where our own issuer does."""
    secret = "process.env.CLIENT_SECRET" if application.is_confidential else "undefined"
    method = "undefined" if application.is_confidential else "client.None()"
    if endpoints_of(application).issuer.startswith("http:"):
        return f"{secret}, {method}, {{ execute: [client.allowInsecureRequests] }}"
    return secret if application.is_confidential else f"{secret}, {method}"


_NODE = """\
// npm install openid-client
import { createServer } from "node:http";
import * as client from "openid-client";

const issuer = new URL("%(issuer)s");
const redirect_uri = "%(redirect)s";
const config = await client.discovery(issuer, "%(client_id)s", %(authentication)s);
let pending; // one person at a time: keep it in the browser's session instead

createServer(async (request, response) => {
  const url = new URL(request.url, redirect_uri);
  if (url.pathname === "%(path)s" && pending) {
    const tokens = await client.authorizationCodeGrant(config, url, pending);
    return response.end(`Signed in: ${tokens.claims().sub}`);
  }
  pending = {
    pkceCodeVerifier: client.randomPKCECodeVerifier(),
    expectedState: client.randomState(),
    expectedNonce: client.randomNonce(),
  };
  const authorize = client.buildAuthorizationUrl(config, {
    redirect_uri,
    scope: "openid profile email",
    state: pending.expectedState,
    nonce: pending.expectedNonce,
    code_challenge: await client.calculatePKCECodeChallenge(pending.pkceCodeVerifier),
    code_challenge_method: "S256",
  });
  response.writeHead(302, { Location: authorize.href }).end();
}).listen(%(port)s);
"""
